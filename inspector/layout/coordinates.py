"""x coordinates: blocks of vertically aligned nodes are packed, balanced, then drawn together.

Blocks are packed once to the left and once to the right (longest paths over the constraints
between neighbouring blocks), the two are averaged, and then every block moves towards the median
of what it is joined to as far as its neighbours leave room. All keep every separation, since the
mean of two valid placements is valid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.layout.alignment import align, blocks
from inspector.layout.arrays import CHECK_MASK, BoolArray, Check, FloatArray, IntArray, floats, ints
from inspector.layout.layers import Layered, Order

_MANY = 50_000
_SNAP = 12.0
_CLASS_WEIGHT = np.array([1.0, 4.0, 8.0])


def assign_x(
    layered: Layered, order: Order, node_gap: float, refine: bool, check: Check
) -> FloatArray:
    """Left border of every node, dummies included: float64[n]. Components may overlap."""
    if not layered.size:
        return np.zeros(0)
    left_aligned = align(layered, order, False, check)
    right_aligned = align(layered, order, True, check)
    left = _pack(layered, order, left_aligned, node_gap, False, check)
    right = _pack(layered, order, right_aligned, node_gap, True, check)
    x = (left + right + _median_offset(left - right, layered.component)[layered.component]) / 2
    return _relax(layered, order, left_aligned & right_aligned, x, node_gap, refine, check)


def _median_offset(difference: FloatArray, component: IntArray) -> FloatArray:
    """Median difference of each component: what brings the second placement onto the first."""
    order = np.lexsort((difference, component))
    counts = np.bincount(component)
    starts = np.cumsum(counts) - counts
    return floats(difference[order[starts + (counts - 1) // 2]])


@dataclass(frozen=True)
class _Constraints:
    """x[b] - x[a] >= gap for pairs of blocks, sorted by a."""

    blocks: int
    a: IntArray
    b: IntArray
    gap: FloatArray


def _constraints(
    layered: Layered, order: Order, block: IntArray, shift: FloatArray, node_gap: float
) -> _Constraints:
    left, right = order.sequence[:-1], order.sequence[1:]
    same = layered.layer[left] == layered.layer[right]
    left, right = left[same], right[same]
    dummies = (left >= layered.real).astype(np.int64) + (right >= layered.real)
    space = node_gap * np.array([1.0, 0.75, 0.5])[dummies]
    gap = shift[left] + layered.width[left] + space - shift[right]
    size = int(block.max()) + 1
    key = block[left] * size + block[right]
    by_key = np.argsort(key, kind="stable")
    key, gap = key[by_key], gap[by_key]
    if not key.size:
        return _Constraints(size, key, key, gap)
    starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    widest = floats(np.maximum.reduceat(gap, starts))
    return _Constraints(size, key[starts] // size, key[starts] % size, widest)


def _pack(
    layered: Layered,
    order: Order,
    aligned: BoolArray,
    node_gap: float,
    rightwards: bool,
    check: Check,
) -> FloatArray:
    block, shift = blocks(layered, aligned)
    limits = _constraints(layered, order, block, shift, node_gap)
    if rightwards:
        by_b = np.argsort(limits.b, kind="stable")
        mirrored = _Constraints(limits.blocks, limits.b[by_b], limits.a[by_b], limits.gap[by_b])
        return floats(-_compact(mirrored, check)[block] + shift)
    return floats(_compact(limits, check)[block] + shift)


def _compact(limits: _Constraints, check: Check) -> FloatArray:
    """Smallest positions that keep all gaps, then each block drawn up to what lies beyond it."""
    n = limits.blocks
    start = np.searchsorted(limits.a, np.arange(n + 1)).tolist()
    following, gaps = limits.b.tolist(), limits.gap.tolist()
    missing = np.bincount(limits.b, minlength=n).tolist()
    x = [0.0] * n
    order = [v for v in range(n) if not missing[v]]
    for turn, v in enumerate(order):
        if not turn & CHECK_MASK:
            check()
        base = x[v]
        for k in range(start[v], start[v + 1]):
            w = following[k]
            if base + gaps[k] > x[w]:
                x[w] = base + gaps[k]
            missing[w] -= 1
            if not missing[w]:
                order.append(w)
    for turn, v in enumerate(reversed(order)):
        if not turn & CHECK_MASK:
            check()
        if start[v] < start[v + 1]:
            room = min([x[following[k]] - gaps[k] for k in range(start[v], start[v + 1])])
            x[v] = max(x[v], room)
    return floats(np.array(x))


def _relax(
    layered: Layered,
    order: Order,
    aligned: BoolArray,
    x: FloatArray,
    node_gap: float,
    refine: bool,
    check: Check,
) -> FloatArray:
    """Move blocks towards the weighted median of their neighbours as far as there is room.

    Turns alternate. In the first kind every other block moves, by half the free room at most, so
    that all gaps hold though many move at once. In the second kind blocks that are not neighbours
    of each other move all the way, which ends exactly straight.
    """
    block, shift = blocks(layered, aligned)
    limits = _constraints(layered, order, block, shift, node_gap)
    position = np.zeros(limits.blocks)
    position[block] = x - shift
    pulls = _pulls(layered, ~aligned, block, shift)
    half = (np.arange(limits.blocks) * 2654435761 >> 7) & 1
    still = 0
    large = layered.size > _MANY
    for turn in range((6 if large else 20) if refine else (0 if large else 4)):
        check()
        goal = _nearest_median(pulls, position)
        left, right = _room(limits, position)
        share = 1.0 if turn % 2 else 0.5
        step = np.clip(goal, position - share * left, position + share * right) - position
        if turn % 2:
            step[~_independent(limits, pulls, np.abs(step) > 1e-3)] = 0.0
        else:
            step[half != (turn // 2) % 2] = 0.0
        position = position + step
        still = still + 1 if np.abs(step).max() < 1e-3 else 0
        if still == 4:
            break
    return floats(position[block] + shift)


def _independent(limits: _Constraints, pulls: _Pulls, moving: BoolArray) -> BoolArray:
    """A set of the moving blocks no two of which are beside or joined to each other."""
    chosen = moving.copy()
    for a, b in ((limits.a, limits.b), (pulls.block, pulls.other)):
        both = moving[a] & moving[b]
        chosen[np.maximum(a[both], b[both])] = False
    return chosen


@dataclass(frozen=True)
class _Pulls:
    """Block `block` would like to be at position[other] + offset, with a weight."""

    block: IntArray
    other: IntArray
    offset: FloatArray
    weight: FloatArray


def _pulls(layered: Layered, loose: BoolArray, block: IntArray, shift: FloatArray) -> _Pulls:
    u, v = layered.u[loose], layered.v[loose]
    offset = shift[u] + layered.u_axis[loose] - shift[v] - layered.v_axis[loose]
    return _Pulls(
        ints(np.concatenate((block[u], block[v]))),
        ints(np.concatenate((block[v], block[u]))),
        floats(np.concatenate((-offset, offset))),
        floats(np.tile(_CLASS_WEIGHT[layered.kind[loose]], 2)),
    )


def _nearest_median(pulls: _Pulls, position: FloatArray) -> FloatArray:
    """For each block the point nearest to where it is between the lower and the upper median."""
    goal = position.copy()
    if not pulls.block.size:
        return goal
    target = position[pulls.other] + pulls.offset
    order = np.lexsort((target, pulls.block))
    block, target, weight = pulls.block[order], target[order], pulls.weight[order]
    starts = np.flatnonzero(np.concatenate(([True], block[1:] != block[:-1])))
    owners = block[starts]
    total = np.add.reduceat(weight, starts)
    running = np.cumsum(weight)
    before = running[starts] - weight[starts]
    run = np.repeat(np.arange(starts.size), np.diff(np.append(starts, block.size)))
    share = (running - before[run]) / total[run]
    ends = np.append(starts[1:], block.size) - 1
    lower = np.minimum(
        starts + np.add.reduceat((share < 0.5 - 1e-9).astype(np.int64), starts), ends
    )
    upper = np.minimum(
        starts + np.add.reduceat((share < 0.5 + 1e-9).astype(np.int64), starts), ends
    )
    low, high, at = target[lower], target[upper], position[owners]
    best = np.clip(at, low, high)
    # All between the medians is equally short, but nearly straight looks like a mistake.
    best = np.where(high - best < _SNAP, high, best)
    goal[owners] = np.where(best - low < _SNAP, low, best)
    return goal


def _room(limits: _Constraints, position: FloatArray) -> tuple[FloatArray, FloatArray]:
    slack = np.maximum(position[limits.b] - position[limits.a] - limits.gap, 0.0)
    left, right = np.full(limits.blocks, np.inf), np.full(limits.blocks, np.inf)
    np.minimum.at(right, limits.a, slack)
    np.minimum.at(left, limits.b, slack)
    return left, right
