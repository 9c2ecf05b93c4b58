"""Ranks: cycles broken, longest path from the sources, then short branches let down.

Longest path alone leaves a short branch at its producer with a long edge to its consumer. A node
that has no more inputs than outputs can sink without making the edges longer in sum, so it
hangs just above its nearest consumer.
"""

from __future__ import annotations

import numpy as np

from inspector.layout.arrays import CHECK_MASK, BoolArray, Check, IntArray, adjacency, ints

ENTRY, EXIT = 1, 2
"""Kinds of border ports among the nodes of a level; 0 is an ordinary node."""


def assign_ranks(
    port: IntArray, src: IntArray, dst: IntArray, component: IntArray, check: Check
) -> tuple[IntArray, BoolArray]:
    """Rank of every node and which edges point against the ranks.

    `port` int64[n] tells ordinary nodes (0) from entry and exit ports, which take the first and the
    last rank of their component. Self loops are never reversed and do not count.
    Returns (int64[n], bool[e]); for every edge that is neither reversed nor a self loop the target
    ranks strictly below the source.
    """
    n = port.size
    proper = src != dst
    back = np.zeros(src.size, np.bool_)
    start = np.where((port != ENTRY) & (port == ENTRY).any(), 1, 0)
    successors = adjacency(src[proper], dst[proper], n, check)
    rank, order = _longest_path(successors, dst[proper], start, check)
    if len(order) < n:
        done = np.zeros(n, np.bool_)
        done[order] = True
        back[proper] = _back_edges(src[proper], dst[proper], done, check)
        u, v = np.where(back, dst, src)[proper], np.where(back, src, dst)[proper]
        successors = adjacency(u, v, n, check)
        rank, order = _longest_path(successors, v, start, check)
    else:
        u, v = src[proper], dst[proper]
    leaving = port == EXIT
    if leaving.any():
        last = np.full(n, -1, np.int64)
        np.maximum.at(last, component[~leaving], ints(np.array(rank))[~leaving])
        for v_exit in np.flatnonzero(leaving).tolist():
            rank[v_exit] = max(rank[v_exit], int(last[component[v_exit]]) + 1)
    return _let_down(rank, order, port, u, v, successors, check), back


def _longest_path(
    successors: list[list[int]], dst: IntArray, start: IntArray, check: Check
) -> tuple[list[int], list[int]]:
    """Longest-path ranks and the topological order reached; nodes on cycles are not in it."""
    n = len(successors)
    missing = np.bincount(dst, minlength=n).tolist()
    rank = start.tolist()
    order = [v for v in range(n) if not missing[v]]
    for turn, v in enumerate(order):
        if not turn & CHECK_MASK:
            check()
        below = rank[v] + 1
        for w in successors[v]:
            if rank[w] < below:
                rank[w] = below
            missing[w] -= 1
            if not missing[w]:
                order.append(w)
    return rank, order


def _back_edges(src: IntArray, dst: IntArray, done: BoolArray, check: Check) -> BoolArray:
    """Edges that close a cycle in a depth-first walk of what topological sorting left over.

    The walk begins at nodes fed from outside the cycles, so that a loop is cut where it returns
    to its entry, as a reader expects.
    """
    n = done.size
    rest = ~done[src] & ~done[dst]
    edges = np.flatnonzero(rest)
    out = adjacency(src[rest], ints(edges), n, check)
    fed = np.zeros(n, np.bool_)
    fed[dst[done[src] & ~done[dst]]] = True
    left = np.flatnonzero(~done)
    starts = left[np.argsort(~fed[left], kind="stable")].tolist()
    target = dst.tolist()
    state = [0] * n
    back = np.zeros(src.size, np.bool_)
    turn = 0
    for root in starts:
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(out[root]))]
        while stack:
            turn += 1
            if not turn & CHECK_MASK:
                check()
            v, following = stack[-1]
            edge = next(following, -1)
            if edge < 0:
                state[v] = 2
                stack.pop()
                continue
            w = target[edge]
            if state[w] == 1:
                back[edge] = True
            elif not state[w]:
                state[w] = 1
                stack.append((w, iter(out[w])))
    return back


def _let_down(
    rank: list[int],
    order: list[int],
    port: IntArray,
    src: IntArray,
    dst: IntArray,
    successors: list[list[int]],
    check: Check,
) -> IntArray:
    n = port.size
    outputs = np.bincount(src, minlength=n)
    inner = np.bincount(src[port[dst] != EXIT], minlength=n)
    movable = (outputs >= np.bincount(dst, minlength=n)) & (inner > 0) & (port == 0)
    may = movable.tolist()
    for turn, v in enumerate(reversed(order)):
        if not turn & CHECK_MASK:
            check()
        if may[v]:
            rank[v] = min([rank[w] for w in successors[v]]) - 1
    return ints(np.array(rank, dtype=np.int64))
