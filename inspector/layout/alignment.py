"""Which segments become vertical: the alignment half of Brandes and Koepf's coordinate assignment.

Brandes, Koepf, "Fast and Simple Horizontal Coordinate Assignment", Graph Drawing 2001, aligns each
node with a median neighbour, layer after layer, in four variants. Here a segment is aligned if it
is a median of both its ends, which gives the same choice upwards and downwards, so two variants
(lower and upper medians) suffice, trunks do not drift over repeated fan-outs, and each round is a
handful of vector operations.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from inspector.layout.arrays import BoolArray, Check, FloatArray, IntArray, floats, ints
from inspector.layout.layers import INNER, Layered, Order

_ROUNDS = 3


def align(layered: Layered, order: Order, upper_median: bool, check: Check) -> BoolArray:
    """Segments drawn vertical: bool[s], at most one above and one below a node, none crossing."""
    place = order.place
    chosen = np.zeros(layered.u.size, np.bool_)
    eligible = _best_of_each_end(layered)
    candidates = np.flatnonzero(eligible & (layered.kind == INNER))
    _add(layered, place, candidates, chosen, upper_median)
    for _ in range(_ROUNDS):
        check()
        candidates = np.flatnonzero(eligible & ~chosen)
        if not candidates.size:
            break
        free = _free(layered, candidates, chosen)
        candidates = candidates[free]
        candidates = candidates[_uncrossed(layered, place, candidates, chosen)]
        if not _add(layered, place, candidates, chosen, upper_median):
            break
    return chosen


def _best_of_each_end(layered: Layered) -> BoolArray:
    """Segments that are of the best class either end has on that side."""
    n = layered.size
    best_below = np.zeros(n, np.int64)
    best_above = np.zeros(n, np.int64)
    np.maximum.at(best_below, layered.u, layered.kind)
    np.maximum.at(best_above, layered.v, layered.kind)
    best: BoolArray = (layered.kind >= best_below[layered.u]) & (
        layered.kind >= best_above[layered.v]
    )
    return best


def _free(layered: Layered, candidates: IntArray, chosen: BoolArray) -> BoolArray:
    taken_below = np.zeros(layered.size, np.bool_)
    taken_above = np.zeros(layered.size, np.bool_)
    taken_below[layered.u[chosen]] = True
    taken_above[layered.v[chosen]] = True
    free: BoolArray = ~(taken_below[layered.u[candidates]] | taken_above[layered.v[candidates]])
    return free


def _uncrossed(
    layered: Layered, place: IntArray, candidates: IntArray, chosen: BoolArray
) -> BoolArray:
    """Candidates that cross no chosen segment.

    Chosen segments of a layer are monotone, so only the nearest chosen neighbour on each side needs
    a look; keys of (layer, place) make one sorted array of all layers.
    """
    stride = int(place.max()) + 2
    fixed = np.flatnonzero(chosen)
    if not fixed.size:
        return np.ones(candidates.size, np.bool_)
    key = layered.layer[layered.u[fixed]] * stride + place[layered.u[fixed]]
    order = np.argsort(key)
    key = key[order]
    lower = layered.layer[layered.u[fixed]][order] * stride + place[layered.v[fixed]][order]
    base = layered.layer[layered.u[candidates]] * stride
    mine = base + place[layered.u[candidates]]
    mine_lower = base + place[layered.v[candidates]]
    at = np.searchsorted(key, mine)
    padded = np.concatenate(([-1], lower, [np.iinfo(np.int64).max]))
    result: BoolArray = (padded[at] < mine_lower) & (padded[at + 1] > mine_lower)
    return result


def _add(
    layered: Layered,
    place: IntArray,
    candidates: IntArray,
    chosen: BoolArray,
    upper_median: bool,
) -> bool:
    if not candidates.size:
        return False
    u, v = layered.u[candidates], layered.v[candidates]
    median = _is_median(u, place[v], upper_median) & _is_median(v, place[u], upper_median)
    selected = candidates[median]
    if not selected.size:
        return False
    selected = selected[
        np.lexsort((place[layered.u[selected]], layered.layer[layered.u[selected]]))
    ]
    chosen[_monotone(layered, place, selected)] = True
    return True


def _is_median(end: IntArray, other_place: IntArray, upper: bool) -> BoolArray:
    """Whether each segment is the median, by the place of its other end, among those of `end`."""
    order = np.lexsort((other_place, end))
    sorted_end = end[order]
    first = np.ones(order.size, np.bool_)
    first[1:] = sorted_end[1:] != sorted_end[:-1]
    starts = np.flatnonzero(first)
    counts = np.diff(np.append(starts, order.size))
    middle = starts + (counts // 2 if upper else (counts - 1) // 2)
    result = np.zeros(end.size, np.bool_)
    result[order[middle]] = True
    return result


def _monotone(layered: Layered, place: IntArray, selected: IntArray) -> IntArray:
    """The selected segments, sorted by layer and upper place, less those that make crossings."""
    layer = layered.layer[layered.u[selected]]
    lower = place[layered.v[selected]]
    bad = (layer[1:] == layer[:-1]) & (lower[1:] <= lower[:-1])
    if not bad.any():
        return selected
    keep = np.ones(selected.size, np.bool_)
    for k in np.unique(layer[1:][bad]).tolist():
        a, b = np.searchsorted(layer, (k, k + 1)).tolist()
        keep[a:b] = False
        keep[a + np.array(_longest_increasing(lower[a:b].tolist()))] = True
    return selected[keep]


def _longest_increasing(values: list[int]) -> list[int]:
    """Indices of a longest strictly increasing subsequence (patience sorting)."""
    tails: list[int] = []
    tail_index: list[int] = []
    previous = [-1] * len(values)
    for i, value in enumerate(values):
        j = bisect_left(tails, value)
        if j:
            previous[i] = tail_index[j - 1]
        if j == len(tails):
            tails.append(value)
            tail_index.append(i)
        else:
            tails[j] = value
            tail_index[j] = i
    result = []
    i = tail_index[-1]
    while i >= 0:
        result.append(i)
        i = previous[i]
    return result[::-1]


def blocks(layered: Layered, aligned: BoolArray) -> tuple[IntArray, FloatArray]:
    """Block of each node and its left border relative to the block's: int64[n], float64[n].

    Blocks are numbered 0, 1, ...; pointer jumping takes a logarithmic number of vector steps.
    """
    n = layered.size
    root = np.arange(n, dtype=np.int64)
    shift = np.zeros(n)
    lower = layered.v[aligned]
    root[lower] = layered.u[aligned]
    shift[lower] = layered.u_axis[aligned] - layered.v_axis[aligned]
    while True:
        further = root[root]
        if np.array_equal(further, root):
            break
        shift = shift + shift[root]
        root = further
    return ints(np.unique(root, return_inverse=True)[1]), floats(shift)
