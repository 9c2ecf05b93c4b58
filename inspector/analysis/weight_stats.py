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
    total = 0.0
    low, high = np.inf, -np.inf
    for chunk, bad in _finite_chunks(values, stop):
        nans += bad[0]
        infs += bad[1]
        if not chunk.size:
            continue
        count += chunk.size
        zeros += int(np.count_nonzero(chunk == 0))
        low, high = min(low, float(chunk.min())), max(high, float(chunk.max()))
        with np.errstate(over="ignore", invalid="ignore"):
            total += float(chunk.sum())
    if not count:
        empty = np.zeros(BINS, np.int64)
        nan = float("nan")
        return WeightStats(0, nan, nan, nan, nan, 0.0, nans, infs, empty, np.zeros(BINS + 1))
    middle = total / count if np.isfinite(total) else low / 2 + high / 2
    # Halved where the range itself is beyond a float64.
    factor = 1.0 if np.isfinite(high - low) else 0.5
    spread = (high * factor - low * factor) or 1.0
    edges = _edges(low, high)
    histogram = np.zeros(BINS, np.int64)
    first = second = 0.0
    for chunk, _ in _finite_chunks(values, stop):
        histogram += _counts(chunk, edges)
        # Differences from about the mean, at most 1: a large mean costs no precision.
        near = (chunk * factor - middle * factor) / spread
        first += float(near.sum())
        second += float(np.square(near).sum())
    offset = first / count
    return WeightStats(
        count=count,
        minimum=low,
        maximum=high,
        mean=middle + offset * spread / factor,
        std=max(second / count - offset * offset, 0.0) ** 0.5 * spread / factor,
        zeros_percent=100.0 * zeros / count,
        nan_count=nans,
        inf_count=infs,
        histogram=histogram,
        edges=edges,
    )


def _edges(low: float, high: float) -> npt.NDArray[np.float64]:
    if low == high:
        most = np.finfo(np.float64).max
        margin = max(0.5, abs(low) * 2.0**-40)
        low, high = max(low - margin, -most), min(high + margin, most)
    share = np.linspace(0.0, 1.0, BINS + 1)
    edges: npt.NDArray[np.float64] = low * (1.0 - share) + high * share
    edges[0], edges[-1] = low, high
    return np.maximum.accumulate(np.clip(edges, low, high))


def _counts(
    chunk: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    low, high = float(edges[0]), float(edges[-1])
    if np.isfinite(high - low) and bool((np.diff(np.linspace(low, high, BINS + 1)) > 0).all()):
        counts: npt.NDArray[np.int64] = np.histogram(chunk, bins=BINS, range=(low, high))[0]
        return counts
    # numpy takes no bins as narrow as neighbouring numbers, nor as wide as all of them.
    return np.bincount(np.searchsorted(edges[1:-1], chunk, side="right"), minlength=BINS)


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
