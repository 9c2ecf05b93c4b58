"""Statistics of a weight's values, in one bounded pass over the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.model.problems import Cancelled
from inspector.model.weights import Weight, WeightUnavailable

_CHUNK = 1 << 20
BINS = 64


@dataclass(frozen=True)
class WeightStats:
    """NaN and infinite values are counted apart and left out of everything else."""

    count: int
    minimum: float
    maximum: float
    mean: float
    std: float
    zeros_percent: float
    nan_count: int
    inf_count: int
    histogram: npt.NDArray[np.int64]
    """int64[64] counts."""
    edges: npt.NDArray[np.float64]
    """float64[65] borders of the bins, from minimum to maximum."""


def weight_stats(weight: Weight, cancelled: Callable[[], bool] | None = None) -> WeightStats:
    """Minimum, maximum, mean, population standard deviation, zeros and histogram.

    Two passes in chunks of a million elements. Raises WeightUnavailable, Cancelled.
    """
    stop = cancelled or (lambda: False)
    values = weight.array().reshape(-1)
    if values.dtype.kind not in "fiub" and values.dtype.kind != "V":
        raise WeightUnavailable(f"{weight.name}: {values.dtype} values have no statistics")
    count = zeros = nans = infs = 0
    total = squares = 0.0
    low, high = np.inf, -np.inf
    shift: float | None = None
    for chunk, bad in _finite_chunks(values, stop):
        nans += bad[0]
        infs += bad[1]
        if not chunk.size:
            continue
        # Sums of differences from a typical value, so that a large mean costs no precision.
        shift = float(chunk[0]) if shift is None else shift
        count += chunk.size
        zeros += int(np.count_nonzero(chunk == 0))
        total += float((chunk - shift).sum())
        squares += float(np.square(chunk - shift).sum())
        low, high = min(low, float(chunk.min())), max(high, float(chunk.max()))
    if not count:
        empty = np.zeros(BINS, np.int64)
        nan = float("nan")
        return WeightStats(0, nan, nan, nan, nan, 0.0, nans, infs, empty, np.zeros(BINS + 1))
    offset = total / count
    edges = (
        np.linspace(low, high, BINS + 1)
        if high > low
        else np.linspace(low - 0.5, low + 0.5, BINS + 1)
    )
    histogram = np.zeros(BINS, np.int64)
    for chunk, _ in _finite_chunks(values, stop):
        histogram += np.histogram(chunk, bins=BINS, range=(edges[0], edges[-1]))[0]
    return WeightStats(
        count=count,
        minimum=low,
        maximum=high,
        mean=(shift or 0.0) + offset,
        std=max(squares / count - offset * offset, 0.0) ** 0.5,
        zeros_percent=100.0 * zeros / count,
        nan_count=nans,
        inf_count=infs,
        histogram=histogram,
        edges=edges,
    )


def _finite_chunks(
    values: npt.NDArray[Any], stop: Callable[[], bool]
) -> Iterator[tuple[npt.NDArray[np.float64], tuple[int, int]]]:
    for start in range(0, values.size, _CHUNK):
        if stop():
            raise Cancelled
        chunk = values[start : start + _CHUNK].astype(np.float64)
        finite = np.isfinite(chunk)
        if finite.all():
            yield chunk, (0, 0)
        else:
            nans = int(np.isnan(chunk).sum())
            yield chunk[finite], (nans, int(chunk.size - finite.sum()) - nans)
