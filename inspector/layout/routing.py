"""y coordinates, side channels and polylines of one level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.layout.arrays import (
    BoolArray,
    Check,
    FloatArray,
    IntArray,
    floats,
    ints,
    offsets_of,
    ragged,
)
from inspector.layout.layers import Edges, Layered

_COARSE = 4096
_SNAP = 8.0
_RIGHT_BIAS = 0.6


@dataclass(frozen=True)
class Bands:
    """Top and bottom of every layer, relative to its component's top: float64[layers]."""

    top: FloatArray
    bottom: FloatArray


def place_layers(
    layered: Layered, height: FloatArray, x: FloatArray, ports: BoolArray, layer_gap: float
) -> Bands:
    """Stack the layers of each component; a gap is wider where segments travel far sideways."""
    size = layered.layers
    tall = np.zeros(size)
    np.maximum.at(tall, layered.layer[: layered.real], height)
    travel = np.zeros(size)
    sideways = np.abs(x[layered.u] + layered.u_at - x[layered.v] - layered.v_at)
    np.maximum.at(travel, layered.layer[layered.u], sideways)
    gap = np.clip(0.08 * travel, layer_gap, 4 * layer_gap)
    of_port = np.zeros(size, np.bool_)
    of_port[layered.layer[: layered.real][ports]] = True
    gap[of_port] = np.maximum(gap[of_port] - layer_gap / 2, layer_gap / 2)
    before = np.flatnonzero(of_port[1:])
    gap[before] = np.maximum(gap[before] - layer_gap / 2, layer_gap / 2)
    top = np.cumsum(tall + gap) - tall - gap
    owner = np.zeros(size, np.int64)
    owner[layered.layer] = layered.component
    first = np.ones(size, np.bool_)
    first[1:] = owner[1:] != owner[:-1]
    top -= np.maximum.accumulate(np.where(first, top, 0.0))
    return Bands(floats(top), floats(top + tall))


def channel_x(
    layered: Layered, edges: Edges, x: FloatArray, back: BoolArray, node_gap: float, check: Check
) -> FloatArray:
    """x of the side channel of every edge that needs one: float64[e], else 0.

    Skips of one source (or, alone there, of one target) share a channel; short channels lie
    inside, long ones outside, and channels that pass different layers may share an x. Each layer
    remembers how far its channels reach; beyond 4,096 layers, bands of several.
    """
    result = np.zeros(edges.src.size)
    wanted = np.flatnonzero(layered.channel)
    if not wanted.size:
        return result
    leader, member = _bundles(edges, wanted, back)
    low, high = _extent(layered, edges, wanted, back)
    bundles = leader.size
    lo = np.full(bundles, layered.layers)
    hi = np.zeros(bundles, np.int64)
    np.minimum.at(lo, member, low)
    np.maximum.at(hi, member, high)
    coarse = -(-layered.layers // _COARSE)
    left, right = _reach(layered, x, coarse)
    at_source = x[edges.src[leader]] + edges.src_at[leader]
    at_target = x[edges.dst[leader]] + edges.dst_at[leader]
    placed = np.zeros(bundles)
    step, clear = node_gap * 0.5, node_gap * 0.75
    for turn, k in enumerate(np.lexsort((lo, hi - lo)).tolist()):
        if not turn & 0xFF:
            check()
        a, b = int(lo[k]) // coarse, int(hi[k]) // coarse + 1
        far_left, far_right = float(left[a:b].min()), float(right[a:b].max())
        ends = float(at_source[k] + at_target[k])
        if ends - 2 * far_left < _RIGHT_BIAS * (2 * far_right - ends):
            placed[k] = far_left - clear
            left[a:b] = far_left - step
        else:
            placed[k] = far_right + clear
            right[a:b] = far_right + step
    result[wanted] = placed[member]
    return result


def _bundles(edges: Edges, wanted: IntArray, back: BoolArray) -> tuple[IntArray, IntArray]:
    """A leading edge of every bundle and each wanted edge's bundle."""
    src, dst = edges.src[wanted], edges.dst[wanted]
    n = int(max(src.max(), dst.max())) + 1
    several = np.bincount(src, minlength=n)[src] > 1
    key = np.where(back[wanted], 2 * n + dst, np.where(several, src, n + dst))
    _, first, member = np.unique(key, return_index=True, return_inverse=True)
    return wanted[first], ints(member)


def _extent(
    layered: Layered, edges: Edges, wanted: IntArray, back: BoolArray
) -> tuple[IntArray, IntArray]:
    above, below = layered.layer[edges.src[wanted]], layered.layer[edges.dst[wanted]]
    turned = back[wanted]
    return ints(np.where(turned, below, above + 1)), ints(np.where(turned, above, below - 1))


def _reach(layered: Layered, x: FloatArray, coarse: int) -> tuple[FloatArray, FloatArray]:
    cells = -(-layered.layers // coarse)
    left, right = np.full(cells, np.inf), np.full(cells, -np.inf)
    np.minimum.at(left, layered.layer // coarse, x)
    np.maximum.at(right, layered.layer // coarse, x + layered.width)
    return left, right


def polylines(
    layered: Layered,
    edges: Edges,
    x: FloatArray,
    y: FloatArray,
    height: FloatArray,
    bands: Bands,
    channel: FloatArray,
    back: BoolArray,
    gaps: tuple[float, float],
) -> tuple[FloatArray, IntArray]:
    """Points float64[p, 2] and offsets int64[e + 1] of all edges.

    A route leaves its source downwards to the layer's lower border, passes dummies and channels
    vertically, and enters its target from the upper border of the target's layer.
    """
    node_gap, layer_gap = gaps
    src, dst = edges.src, edges.dst
    loop = src == dst
    middle = np.where(layered.channel | loop, 1, layered.dummies)
    offsets = offsets_of(ints(4 + 2 * middle))
    points = np.empty((int(offsets[-1]), 2))
    first, last = offsets[:-1], offsets[1:] - 1
    sx, tx = x[src] + edges.src_at, x[dst] + edges.dst_at
    exit_y = bands.bottom[layered.layer[src]]
    entry_y = bands.top[layered.layer[dst]]
    bottom, top = y[src] + height[src], y[dst]
    exit_y = np.where(loop | (exit_y - bottom < _SNAP), bottom, exit_y)
    entry_y = np.where(loop | (top - entry_y < _SNAP), top, entry_y)
    points[first] = np.column_stack((sx, bottom))
    points[first + 1] = np.column_stack((sx, exit_y))
    points[last - 1] = np.column_stack((tx, entry_y))
    points[last] = np.column_stack((tx, top))

    dummy = ragged(layered.first_dummy[layered.dummies > 0], layered.dummies[layered.dummies > 0])
    slot = ragged(first[layered.dummies > 0] + 2, 2 * layered.dummies[layered.dummies > 0])
    points[slot[0::2]] = np.column_stack((x[dummy], bands.top[layered.layer[dummy]]))
    points[slot[1::2]] = np.column_stack((x[dummy], bands.bottom[layered.layer[dummy]]))

    passing = np.flatnonzero(layered.channel & ~back)
    points[first[passing] + 2, 0] = points[first[passing] + 3, 0] = channel[passing]
    points[first[passing] + 2, 1] = bands.top[layered.layer[src[passing]] + 1]
    points[first[passing] + 3, 1] = bands.bottom[layered.layer[dst[passing]] - 1]
    around = np.flatnonzero((layered.channel & back) | loop)
    beside = x[src] + layered.width[src] + node_gap / 2
    aside = np.where(loop, beside, channel)[around]
    points[first[around] + 2, 0] = points[first[around] + 3, 0] = aside
    points[first[around] + 2, 1] = exit_y[around] + layer_gap / 3
    points[first[around] + 3, 1] = entry_y[around] - layer_gap / 3
    return simplify(points, offsets)


def simplify(points: FloatArray, offsets: IntArray) -> tuple[FloatArray, IntArray]:
    """Drop interior points that repeat their neighbour or lie on a vertical between two others."""
    if not points.size:
        return points, offsets
    x, y = points[:, 0], points[:, 1]
    inner = np.ones(len(points), np.bool_)
    inner[offsets[:-1]] = False
    inner[offsets[1:] - 1] = False
    closing = np.zeros(len(points), np.bool_)
    closing[offsets[1:] - 1] = True
    same_x = np.abs(np.diff(x)) < 1e-6
    dy = np.diff(y)
    drop = np.zeros(len(points), np.bool_)
    drop[1:-1] = same_x[:-1] & same_x[1:] & (dy[:-1] * dy[1:] >= 0)
    repeats = same_x & (np.abs(dy) < 1e-6)
    drop[1:] |= repeats
    drop[:-1] |= repeats & closing[1:]
    keep = ~(drop & inner)
    kept = np.concatenate(([0], np.cumsum(keep)))
    return points[keep], ints(kept[offsets])
