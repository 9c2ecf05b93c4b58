"""Edges across container borders, cut into pieces that each lie in one container.

An edge climbs out of its source's containers through exit ports, crosses in the nearest container
that holds both ends, and descends through entry ports. Pieces are shared: everything that leaves a
container from one item uses one exit, and everything that enters from one origin uses one entry,
so a tensor with many readers crosses a border once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.layout.arrays import BoolArray, IntArray, ints, offsets_of


@dataclass(frozen=True)
class Pieces:
    """Pieces of edges. Node codes: item id, or items + 1 + port id; -1 as port means none.

    `level` int64[p] is the container (item count n stands for the root); `src`, `dst` node codes;
    `src_port`, `dst_port` the port of that node, where it is a container, at which the piece meets
    its border. `chain[start[e]:start[e+1]]` lists the pieces of edge e from source to target.
    """

    level: IntArray
    src: IntArray
    src_port: IntArray
    dst: IntArray
    dst_port: IntArray
    chain: IntArray
    start: IntArray
    port_owner: IntArray
    exits: int  # ports 0..exits-1 are exits, the others entries


@dataclass(frozen=True)
class Crossings:
    """Borders crossed: edge, container, the item left or entered, and how many borders before."""

    edge: IntArray
    container: IntArray
    item: IntArray
    step: IntArray


def depths(parent: IntArray) -> IntArray:
    """Number of containers around each item; the root is parent[n] = n. Raises on a loop."""
    n = parent.size - 1
    depth = ints(parent != n)
    at = parent.copy()
    for _ in range(n.bit_length() + 1):
        if (at == n).all():
            depth[n] = -1
            return depth
        depth += depth[at]
        at = at[at]
    raise ValueError("layout: an item lies inside itself; check the parent of each container")


def split_edges(
    parent: IntArray, depth: IntArray, single_port: BoolArray, src: IntArray, dst: IntArray
) -> Pieces:
    n = parent.size - 1
    top_src, top_dst, out, into = climb(parent, depth, src, dst)
    exit_key = _exit_keys(out.container, src[out.edge], single_port, n)
    exits, _ = np.unique(exit_key, return_inverse=True)

    def exit_port(item: IntArray, edge: IntArray) -> IntArray:
        found = np.searchsorted(exits, _exit_keys(item, src[edge], single_port, n))
        return ints(np.where(item == src[edge], -1, found))

    every = np.arange(src.size)
    top_exit = exit_port(top_src, every)
    origin = np.where(top_exit < 0, src, n + 1 + top_exit)
    stride = n + 2 + exits.size

    def entry_key(container: IntArray, edge: IntArray) -> IntArray:
        return ints(container * stride + np.where(single_port[container], stride - 1, origin[edge]))

    entries = np.unique(entry_key(into.container, into.edge))

    def entry_port(item: IntArray, edge: IntArray) -> IntArray:
        found = exits.size + np.searchsorted(entries, entry_key(item, edge))
        return ints(np.where(item == dst[edge], -1, found))

    none = np.full(max(out.edge.size, into.edge.size), -1)
    exit_of = exit_port(out.container, out.edge)
    entry_of = entry_port(into.container, into.edge)
    cut_src = np.concatenate((out.item, top_src, n + 1 + entry_of))
    cut_src_port = np.concatenate((exit_port(out.item, out.edge), top_exit, none[: into.edge.size]))
    cut_dst = np.concatenate((n + 1 + exit_of, top_dst, into.item))
    cut_dst_port = np.concatenate(
        (none[: out.edge.size], entry_port(top_dst, every), entry_port(into.item, into.edge))
    )
    level = np.concatenate((out.container, parent[top_src], into.container))
    edge = np.concatenate((out.edge, every, into.edge))
    far = int(depth.max(initial=0)) * 2 + 2
    place = np.concatenate((out.step, np.full(src.size, far), 2 * far - into.step))
    owner = np.concatenate((exits // (n + 1), entries // stride))
    ports = owner.size
    code_src = np.where(cut_src_port >= 0, n + 1 + ports + cut_src_port, cut_src)
    code_dst = np.where(cut_dst_port >= 0, n + 1 + ports + cut_dst_port, cut_dst)
    _, first, piece = np.unique(
        code_src * (n + 1 + 2 * ports) + code_dst, return_index=True, return_inverse=True
    )
    # Pieces in order of first use, so that equal blocks list theirs in equal order.
    by_use = np.argsort(first, kind="stable")
    rank = np.empty(first.size, np.int64)
    rank[by_use] = np.arange(first.size)
    first = first[by_use]
    return Pieces(
        level=ints(level[first]),
        src=ints(cut_src[first]),
        src_port=ints(cut_src_port[first]),
        dst=ints(cut_dst[first]),
        dst_port=ints(cut_dst_port[first]),
        chain=rank[piece][np.lexsort((place, edge))]
        if out.edge.size + into.edge.size
        else rank[piece],
        start=offsets_of(ints(np.bincount(edge, minlength=src.size))),
        port_owner=ints(owner),
        exits=exits.size,
    )


def _exit_keys(item: IntArray, source: IntArray, single_port: BoolArray, n: int) -> IntArray:
    return ints(item * (n + 1) + np.where(single_port[item], n, source))


def climb(
    parent: IntArray, depth: IntArray, src: IntArray, dst: IntArray
) -> tuple[IntArray, IntArray, Crossings, Crossings]:
    """Lift both ends of every edge until they are siblings, noting each border crossed."""
    u, v = src.copy(), dst.copy()
    out: list[tuple[IntArray, ...]] = []
    into: list[tuple[IntArray, ...]] = []
    active = np.flatnonzero(parent[u] != parent[v])
    step = 0
    while active.size:
        du, dv = depth[u[active]], depth[v[active]]
        for end, lifted, log in ((u, active[du >= dv], out), (v, active[dv >= du], into)):
            item = end[lifted]
            log.append((lifted, parent[item], item, np.full(lifted.size, step)))
            end[lifted] = parent[item]
        active = active[parent[u[active]] != parent[v[active]]]
        step += 1
    return u, v, _joined(out), _joined(into)


def _joined(log: list[tuple[IntArray, ...]]) -> Crossings:
    if not log:
        empty = np.zeros(0, np.int64)
        return Crossings(empty, empty, empty, empty)
    return Crossings(*(ints(np.concatenate(column)) for column in zip(*log, strict=True)))
