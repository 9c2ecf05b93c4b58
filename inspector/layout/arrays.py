"""Array helpers the layout stages share: ragged ranges, CSR adjacency, cancellation."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Check = Callable[[], None]

_CHUNK = 1 << 15
CHECK_MASK = 0xFFF
"""Pure-Python loops look at the cancel flag every 4,096 turns: some milliseconds."""


class LayoutCancelled(Exception):
    """The caller's `cancelled` turned True; there is no result."""


def ints(values: npt.NDArray[Any]) -> IntArray:
    return np.ascontiguousarray(values, dtype=np.int64)


def floats(values: npt.NDArray[Any]) -> FloatArray:
    return np.ascontiguousarray(values, dtype=np.float64)


def offsets_of(counts: IntArray) -> IntArray:
    """Start of each run of a ragged array, with the total at the end: int64[k + 1]."""
    result = np.zeros(counts.size + 1, np.int64)
    np.cumsum(counts, out=result[1:])
    return result


def ragged(starts: IntArray, counts: IntArray) -> IntArray:
    """Concatenation of `arange(starts[i], starts[i] + counts[i])`."""
    offsets = offsets_of(counts)
    return np.arange(offsets[-1], dtype=np.int64) + np.repeat(starts - offsets[:-1], counts)


def group(keys: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Stable order that sorts `keys` (all in [0, size)) and the start of each key's run."""
    return ints(np.argsort(keys, kind="stable")), offsets_of(
        ints(np.bincount(keys, minlength=size))
    )


def adjacency(keys: IntArray, values: IntArray, size: int, check: Check) -> list[list[int]]:
    """For every key the list of its values, in the given order: Python lists for scalar loops."""
    order, start = group(keys, size)
    flat = values[order].tolist()
    bounds = start.tolist()
    result: list[list[int]] = []
    for low in range(0, size, _CHUNK):
        check()
        ends = bounds[low : low + _CHUNK + 1]
        result += [flat[a:b] for a, b in pairwise(ends)]
    return result


def components(n: int, src: IntArray, dst: IntArray) -> IntArray:
    """Component of every node, numbered by smallest member: int64[n].

    Minimum-label hooking with pointer jumping, a logarithmic number of vector steps.
    """
    label = np.arange(n, dtype=np.int64)
    while src.size:
        a, b = label[src], label[dst]
        differ = a != b
        if not differ.any():
            break
        a, b = a[differ], b[differ]
        np.minimum.at(label, np.maximum(a, b), np.minimum(a, b))
        while True:
            jumped = label[label]
            if np.array_equal(jumped, label):
                break
            label = jumped
        src, dst = src[differ], dst[differ]
    return ints(np.unique(label, return_inverse=True)[1])
