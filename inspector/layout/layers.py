"""The layered graph: every edge cut into segments of one layer, or set aside for a side channel.

A short skip gets one dummy node per layer it passes; skips of one source share their dummies.
An edge over more than `SKIP_LIMIT` layers, and every edge against the ranks, costs no dummy at all:
it is routed through a channel beside the layers it passes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.layout.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    floats,
    group,
    ints,
    offsets_of,
    ragged,
)

SKIP_LIMIT = 8
SIDE, MAIN, INNER = 0, 1, 2
"""Segment classes by how much they deserve to be straight: skips and leaves, the rest, dummies."""


@dataclass(frozen=True)
class Edges:
    """Edges of one level: node ids int64[e] and attachment x from the node's left float64[e]."""

    src: IntArray
    dst: IntArray
    src_at: FloatArray
    dst_at: FloatArray


@dataclass(frozen=True)
class Layered:
    """Nodes 0..real-1 are the level's, the rest dummies; segments join neighbouring layers."""

    real: int
    layers: int
    layer: IntArray
    width: FloatArray
    component: IntArray
    u: IntArray
    v: IntArray
    u_at: FloatArray  # s: where the segment meets its ends, from their left
    v_at: FloatArray
    u_axis: FloatArray  # s: the same, for the sake of straight lines
    v_axis: FloatArray
    kind: IntArray
    channel: BoolArray  # e: the edge goes through a side channel
    first_dummy: IntArray  # e: first of the edge's consecutive dummies
    dummies: IntArray  # e: how many it has

    @property
    def size(self) -> int:
        return self.layer.size


def build_layers(
    width: FloatArray, layer: IntArray, component: IntArray, edges: Edges, back: BoolArray
) -> Layered:
    n = width.size
    loop = edges.src == edges.dst
    span = np.where(loop | back, 0, layer[edges.dst] - layer[edges.src])
    limit = _affordable_span(span, n)
    channel = (back & ~loop) | (span > limit)
    short = np.flatnonzero((span > 1) & ~channel)
    direct = np.flatnonzero((span == 1) & ~channel)
    side = _side_edges(n, edges, span, loop)

    chain, chain_of = _chains(edges, short, side)
    span_of = np.zeros(chain.size, np.int64)
    np.maximum.at(span_of, chain_of, span[short])
    count = span_of - 1
    total = int(count.sum())
    base = n + offsets_of(count)[:-1]
    first_dummy, dummies = np.full(span.size, -1, np.int64), np.zeros(span.size, np.int64)
    first_dummy[short] = base[chain_of]
    dummies[short] = span[short] - 1
    inner = np.setdiff1d(np.arange(n, n + total), base + count - 1, assume_unique=True)
    # Segments: direct edges, into a chain, along a chain, out of a chain.
    from_item = np.concatenate((direct, chain))
    to_item = np.concatenate((direct, short))
    head, tail = np.zeros(chain.size + inner.size), np.zeros(inner.size + short.size)
    axis = _axes(edges, width)
    kinds = np.where(side, SIDE, MAIN)
    along = np.full(inner.size, INNER)
    last = first_dummy[short] + dummies[short] - 1
    return Layered(
        real=n,
        layers=int(layer.max()) + 1 if n else 0,
        layer=_joined(layer, ragged(layer[edges.src[chain]] + 1, count)),
        width=floats(np.concatenate((width, np.zeros(total)))),
        component=_joined(component, np.repeat(component[edges.src[chain]], count)),
        u=_joined(edges.src[from_item], inner, last),
        v=_joined(edges.dst[direct], base, inner + 1, edges.dst[short]),
        u_at=floats(np.concatenate((edges.src_at[from_item], tail))),
        v_at=floats(_around(edges.dst_at[to_item], head, direct.size)),
        u_axis=floats(np.concatenate((axis[edges.src[from_item]], tail))),
        v_axis=floats(_around(axis[edges.dst[to_item]], head, direct.size)),
        kind=_joined(kinds[from_item], along, kinds[short]),
        channel=channel,
        first_dummy=first_dummy,
        dummies=dummies,
    )


def _joined(*parts: IntArray) -> IntArray:
    return ints(np.concatenate(parts))


def _around(outer: FloatArray, middle: FloatArray, at: int) -> FloatArray:
    return floats(np.concatenate((outer[:at], middle, outer[at:])))


def _axes(edges: Edges, width: FloatArray) -> FloatArray:
    """x at which a node takes part in straight lines: its middle, or its median port.

    Lines straight from port to port would shift every container against the one above it by the
    distance between its entry and its exit; a single axis keeps equal containers in a column.
    """
    node = np.concatenate((edges.src, edges.dst))
    at = np.concatenate((edges.src_at, edges.dst_at))
    axis = width / 2
    ported = at != axis[node]
    node, at = node[ported], at[ported]
    if node.size:
        order = np.lexsort((at, node))
        starts = np.flatnonzero(np.diff(node[order], prepend=-1))
        counts = np.diff(np.append(starts, order.size))
        axis[node[order[starts]]] = at[order[starts + (counts - 1) // 2]]
    return floats(axis)


def _affordable_span(span: IntArray, n: int) -> int:
    """The longest span still given dummies; lower where so many skips would dominate the cost."""
    budget = 2 * n + 1000
    spent = np.bincount(np.clip(span, 0, SKIP_LIMIT + 1), minlength=SKIP_LIMIT + 2)
    cost = np.cumsum(spent[: SKIP_LIMIT + 1] * np.maximum(np.arange(SKIP_LIMIT + 1) - 1, 0))
    return max(1, int(np.count_nonzero(cost <= budget)) - 1)


def _side_edges(n: int, edges: Edges, span: IntArray, loop: BoolArray) -> BoolArray:
    """Edges that should yield to the trunk: true skips, and lone sources or sinks beside it.

    A skip's source has another way on and its target another way in; an edge that leads into a
    branch of its own is no skip, however long.
    """
    src, dst = edges.src, edges.dst
    outputs = np.bincount(src[~loop], minlength=n)
    inputs = np.bincount(dst[~loop], minlength=n)
    skip = (span > 1) & (outputs[src] > 1) & (inputs[dst] > 1)
    leaf_in = (inputs[src] == 0) & (outputs[src] == 1)
    leaf_out = (outputs[dst] == 0) & (inputs[dst] == 1)
    fed = np.zeros(n, np.bool_)
    fed[dst[~leaf_in & ~skip]] = True
    feeds = np.zeros(n, np.bool_)
    feeds[src[~leaf_out & ~skip]] = True
    side: BoolArray = skip | (leaf_in & fed[dst]) | (leaf_out & feeds[src])
    return side


def _chains(edges: Edges, short: IntArray, side: BoolArray) -> tuple[IntArray, IntArray]:
    """Edges that own a dummy chain, and for each of `short` the index of the chain it uses."""
    own = np.arange(short.size)
    sharing = np.flatnonzero(side[short])
    if sharing.size:
        keys = np.stack(
            (edges.src[short[sharing]].astype(np.float64), edges.src_at[short[sharing]])
        )
        order = np.lexsort((sharing, keys[1], keys[0]))
        new = np.ones(order.size, np.bool_)
        new[1:] = (np.diff(keys[:, order], axis=1) != 0).any(axis=0)
        leader = sharing[order][new][np.cumsum(new) - 1]
        own[sharing[order]] = leader
    owners, index = np.unique(own, return_inverse=True)
    return short[owners], ints(index)


@dataclass(frozen=True)
class Order:
    """Nodes sequence by layer and place: `sequence` int64[N], `start` int64[layers+1], `place`."""

    sequence: IntArray
    start: IntArray
    place: IntArray


def order_by(layered: Layered, key: FloatArray | IntArray) -> Order:
    by_key = np.argsort(key, kind="stable")
    by_layer, start = group(layered.layer[by_key], layered.layers)
    sequence = ints(by_key[by_layer])
    place = np.empty(layered.size, np.int64)
    place[sequence] = np.arange(layered.size) - start[layered.layer[sequence]]
    return Order(sequence, start, place)
