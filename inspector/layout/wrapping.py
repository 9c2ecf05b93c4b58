"""Finds what is so wide and so regular that it should be a grid instead of one layer.

More than a limit of siblings with the same producers and the same consumers are interchangeable,
and so are chains of siblings whose heads share the producers and whose tails share the consumers:
a row of "multiply, then add" strips wraps like a row of single items. Each such set gets a hidden
container. Found grids count as one item in the next round, so that sums over grids of products,
each its own strip, become a grid of strips.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.layout.arrays import BoolArray, IntArray, ints, offsets_of
from inspector.layout.nesting import climb, depths

ITEM, LAYERED, FIXED, GRID, STRIP = 0, 1, 2, 3, 4
"""Kinds of containers. Grids and strips are hidden: they have neither title nor padding."""

_ROUNDS = 4
_UINT = npt.NDArray[np.uint64]


def wrap(
    parent: IntArray, kind: IntArray, src: IntArray, dst: IntArray, limit: int
) -> tuple[IntArray, IntArray]:
    """Parents (-1 for the root) and kinds with the hidden containers appended."""
    for _ in range(_ROUNDS):
        if parent.size <= limit or not src.size:
            break
        strips, grids = _find(parent, kind, src, dst, limit)
        if not grids:
            break
        for members in strips:
            parent, kind = _enclose(parent, kind, members, STRIP)
        at = np.arange(parent.size)
        at[parent >= 0] = np.where(kind[parent] == STRIP, parent, at)[parent >= 0]
        for members in grids:
            parent, kind = _enclose(parent, kind, ints(at[members]), GRID)
    return parent, kind


def _enclose(
    parent: IntArray, kind: IntArray, members: IntArray, hidden: int
) -> tuple[IntArray, IntArray]:
    parent, kind = np.append(parent, parent[members[0]]), np.append(kind, hidden)
    parent[members] = parent.size - 1
    return parent, kind


@dataclass(frozen=True)
class _Relation:
    """Distinct pairs (item, partner): how many each item has, a hash of them, and one of them."""

    count: IntArray
    digest: _UINT
    partner: IntArray


def _relation(item: IntArray, partner: IntArray, n: int) -> _Relation:
    pairs = np.unique(item * n + partner)
    item, partner = pairs // n, pairs % n
    one = np.full(n, -1, np.int64)
    one[item] = partner
    running = np.zeros(item.size + 1, np.uint64)
    np.cumsum(_mix(partner.astype(np.uint64) + np.uint64(1)), out=running[1:])
    count = ints(np.bincount(item, minlength=n))
    start = offsets_of(count)
    return _Relation(count, running[start[1:]] - running[start[:-1]], one)


def _mix(values: _UINT) -> _UINT:
    """The splitmix64 finaliser (Steele, Lea, Flood, OOPSLA 2014); sums of it identify sets."""
    z = values * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _find(
    parent: IntArray, kind: IntArray, src: IntArray, dst: IntArray, limit: int
) -> tuple[list[IntArray], list[IntArray]]:
    """Chains to enclose as strips, and for each grid its items, a chain standing by its head."""
    n = parent.size
    rooted = np.append(np.where(parent < 0, n, parent), n)
    top_src, top_dst, out, into = climb(rooted, depths(rooted), src, dst)
    whole = _outermost(parent, kind)
    apart = top_src != top_dst
    consumers = _relation(
        np.concatenate((top_src[apart], out.item)),
        np.concatenate((whole[dst[apart]], whole[dst[out.edge]])),
        n,
    )
    producers = _relation(
        np.concatenate((top_dst[apart], into.item)),
        np.concatenate((whole[src[apart]], whole[src[into.edge]])),
        n,
    )
    eligible = (parent < 0) | (kind[parent] == LAYERED)
    eligible[src[src == dst]] = False
    head, tail = _chains(parent, eligible, producers, consumers)
    candidates = np.flatnonzero(
        eligible & (head == np.arange(n)) & (producers.count + consumers.count[tail] > 0)
    )
    grids = _alike(candidates, (parent, producers.digest, consumers.digest[tail]), limit)
    strips = []
    by_head = np.argsort(head, kind="stable")
    start = np.searchsorted(head[by_head], np.arange(n + 1))
    for members in grids:
        for h in members[tail[members] != members].tolist():
            strips.append(ints(by_head[start[h] : start[h + 1]]))
    return strips, grids


def _outermost(parent: IntArray, kind: IntArray) -> IntArray:
    """What an item counts as for others: the outermost fixed or hidden container it is in."""
    up = np.where((parent >= 0) & (kind[parent] >= FIXED), parent, np.arange(parent.size))
    while True:
        further = up[up]
        if np.array_equal(further, up):
            return ints(up)
        up = further


def _chains(
    parent: IntArray, eligible: BoolArray, producers: _Relation, consumers: _Relation
) -> tuple[IntArray, IntArray]:
    """First and last item of the chain of sole producers and sole consumers around each item."""
    n = parent.size
    this = np.arange(n)
    following = consumers.partner
    linked = (
        eligible
        & (consumers.count == 1)
        & eligible[following]
        & (producers.count[following] == 1)
        & (producers.partner[following] == this)
        & (parent[following] == parent)
    )
    head, tail = this.copy(), this.copy()
    head[following[linked]] = this[linked]
    tail[linked] = following[linked]
    for _ in range(n.bit_length()):
        head, tail = head[head], tail[tail]
    # A ring of links has no end; its items count one by one.
    ring = (head[head] != head) | (tail[tail] != tail) | np.isin(head, following[linked])
    return np.where(ring, this, head), np.where(ring, this, tail)


def _alike(candidates: IntArray, keys: tuple[IntArray, _UINT, _UINT], limit: int) -> list[IntArray]:
    if candidates.size <= limit:
        return []
    order = candidates[np.lexsort([key[candidates] for key in keys])]
    new = np.ones(order.size, np.bool_)
    new[1:] = np.logical_or.reduce([key[order][1:] != key[order][:-1] for key in keys])
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], order.size)
    wide = np.flatnonzero(ends - starts > limit)
    return [ints(np.sort(order[starts[k] : ends[k]])) for k in wide]
