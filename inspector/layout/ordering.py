"""Order within the layers: depth-first start, barycentre sweeps, exchanges of neighbours.

The depth-first start draws series-parallel graphs (most networks) without a crossing, and then
nothing more is done.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.layout.arrays import CHECK_MASK, Check, FloatArray, IntArray, adjacency, floats, ints
from inspector.layout.layers import SIDE, Layered, Order, order_by

_EXCHANGE_WIDTH = 64
_EXCHANGE_WORK = 400


def _always() -> None:
    pass


def order_layers(layered: Layered, refine: bool, check: Check) -> Order:
    order = order_by(layered, _depth_first(layered, check))
    crossings = int(count_crossings(layered, order.place, check).sum())
    if not crossings:
        return order
    most = (8, 4) if refine else (2, 0)
    sweeps = most[0] if layered.size < 30_000 else most[1]
    if not sweeps:
        return order
    neighbours = _Neighbours.of(layered, check)
    order, crossings = _sweep(layered, order, crossings, sweeps, neighbours, check)
    if refine and crossings:
        order = _exchange(layered, order, neighbours, check)
    return order


@dataclass(frozen=True)
class _Neighbours:
    above: list[list[int]]
    below: list[list[int]]

    @classmethod
    def of(cls, layered: Layered, check: Check) -> _Neighbours:
        above = adjacency(layered.v, layered.u, layered.size, check)
        check()
        below = adjacency(layered.u, layered.v, layered.size, check)
        check()
        return cls(above, below)


def _depth_first(layered: Layered, check: Check) -> FloatArray:
    """Preorder numbers: trunk before skips, so that skips come to lie on the right."""
    n = layered.size
    by_class = np.lexsort((layered.u_at, layered.kind == SIDE))
    u, v = layered.u[by_class], layered.v[by_class]
    # Reversed, so that popping from the stack meets them in the order given.
    following = adjacency(u[::-1], v[::-1], n, check)
    inputs = np.bincount(layered.v, minlength=n)
    number = [-1] * n
    count = 0
    stack = np.flatnonzero(inputs == 0)[::-1].tolist()
    while stack:
        node = stack.pop()
        if number[node] >= 0:
            continue
        number[node] = count
        count += 1
        if not count & CHECK_MASK:
            check()
        stack.extend(following[node])
    return _beside_siblings(layered, floats(np.array(number, dtype=np.float64)), u, v, inputs)


def _beside_siblings(
    layered: Layered, number: FloatArray, u: IntArray, v: IntArray, inputs: IntArray
) -> FloatArray:
    """Lone sources in the middle move next to the node that feeds their consumer from above."""
    n = layered.size
    outputs = np.bincount(u, minlength=n)
    lone = (inputs == 0) & (outputs == 1)
    if not lone.any():
        return number
    feeder = np.full(n, np.inf)
    np.minimum.at(feeder, v[~lone[u]], number[u[~lone[u]]])
    at = feeder[v[lone[u]]]
    moved = u[lone[u]][np.isfinite(at)]
    number[moved] = at[np.isfinite(at)] + 0.5
    return number


def count_crossings(layered: Layered, place: IntArray, check: Check = _always) -> IntArray:
    """Crossings of segments below each layer: int64[layers].

    Counts inversions bit by bit, from the highest: of two segments in order of their upper ends
    whose lower places agree in all higher bits, the pair crosses if the first has a 1 and the
    second a 0. After each bit every run of equal prefixes is split into its zeros and its ones.
    """
    total = np.zeros(layered.layers, np.int64)
    if not layered.u.size:
        return total
    upper, lower = place[layered.u], place[layered.v]
    cell = layered.layer[layered.u]
    order = np.lexsort((lower, upper, cell))
    cell, lower = cell[order], lower[order]
    index = np.arange(cell.size)
    first = np.ones(cell.size, np.bool_)
    first[1:] = cell[1:] != cell[:-1]
    for bit in range(int(lower.max()).bit_length() - 1, -1, -1):
        check()
        starts = np.flatnonzero(first)
        run = np.cumsum(first) - 1
        one = (lower >> bit) & 1
        before = np.cumsum(one) - one
        ones = before - before[starts][run]
        zeros = index - starts[run] - ones
        total += np.bincount(cell, weights=ones * (1 - one), minlength=layered.layers).astype(
            np.int64
        )
        run_zeros = np.add.reduceat(1 - one, starts)
        target = starts[run] + np.where(one == 1, run_zeros[run] + ones, zeros)
        moved = np.empty_like(lower)
        moved[target] = lower
        lower = moved
        split = starts + run_zeros
        first[split[split < np.append(starts[1:], cell.size)]] = True
    return total


def _sweep(
    layered: Layered,
    order: Order,
    crossings: int,
    sweeps: int,
    neighbours: _Neighbours,
    check: Check,
) -> tuple[Order, int]:
    wide = np.flatnonzero(np.diff(order.start) > 1).tolist()
    bounds = order.start.tolist()
    flat = order.sequence.tolist()
    layers = {k: flat[bounds[k] : bounds[k + 1]] for k in wide}
    place = order.place.tolist()
    best, idle = order, 0
    for sweep in range(sweeps):
        down = sweep % 2 == 0
        nearby = neighbours.above if down else neighbours.below
        for k in wide if down else reversed(wide):
            check()
            layers[k] = _by_barycentre(layers[k], nearby, place)
        key = ints(np.array(place, dtype=np.int64))
        now = int(count_crossings(layered, key, check).sum())
        idle += 1
        if now < crossings:
            best, crossings, idle = order_by(layered, key), now, 0
        if not crossings or idle > 2:
            break
    return best, crossings


def _by_barycentre(nodes: list[int], neighbours: list[list[int]], place: list[int]) -> list[int]:
    """Sort the nodes by the mean place of their neighbours; nodes without any keep their place."""
    keyed = []
    for v in nodes:
        around = neighbours[v]
        if around:
            keyed.append((sum([place[u] for u in around]) / len(around), place[v], v))
    if len(keyed) == len(nodes):
        result = [entry[2] for entry in sorted(keyed)]
    else:
        moving = iter([entry[2] for entry in sorted(keyed)])
        result = [next(moving) if neighbours[v] else v for v in nodes]
    for i, v in enumerate(result):
        place[v] = i
    return result


def _exchange(layered: Layered, order: Order, neighbours: _Neighbours, check: Check) -> Order:
    """Swap neighbours while that removes crossings, in the small layers that have any."""
    bounds = order.start.tolist()
    flat = order.sequence.tolist()
    place = order.place.tolist()
    width = np.diff(order.start)
    for _ in range(3):
        found = count_crossings(layered, ints(np.array(place, dtype=np.int64)), check)
        crossed = found > 0
        crossed[1:] |= found[:-1] > 0
        improved = False
        for k in np.flatnonzero(crossed & (width > 1) & (width <= _EXCHANGE_WIDTH)).tolist():
            check()
            nodes = flat[bounds[k] : bounds[k + 1]]
            if _exchange_layer(nodes, neighbours.above, neighbours.below, place):
                flat[bounds[k] : bounds[k + 1]] = nodes
                improved = True
        if not improved:
            break
    return order_by(layered, ints(np.array(place, dtype=np.int64)))


def _exchange_layer(
    nodes: list[int], above: list[list[int]], below: list[list[int]], place: list[int]
) -> bool:
    improved = False
    for i in range(len(nodes) - 1):
        v, w = nodes[i], nodes[i + 1]
        gain = 0
        for side in (above, below):
            if len(side[v]) * len(side[w]) > _EXCHANGE_WORK:
                gain = 0
                break
            for a in side[v]:
                for b in side[w]:
                    gain += (place[a] > place[b]) - (place[a] < place[b])
        if gain > 0:
            nodes[i], nodes[i + 1] = w, v
            place[v], place[w] = i + 1, i
            improved = True
    return improved
