"""Layout of a graph with nested containers, from item sizes to absolute places and edge routes.

Containers are laid out from the inside out, each as a graph of its own whose borders are ports;
outside it is one big item. Containers with the same inside share one computation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.layout.arrays import (
    Check,
    FloatArray,
    IntArray,
    LayoutCancelled,
    floats,
    group,
    ints,
    offsets_of,
    ragged,
)
from inspector.layout.grid import lay_out_fixed, lay_out_grid
from inspector.layout.layers import Edges
from inspector.layout.level import Level, LevelLayout, lay_out_level
from inspector.layout.nesting import depths, split_edges
from inspector.layout.ranking import ENTRY, EXIT
from inspector.layout.routing import simplify
from inspector.layout.wrapping import FIXED, GRID, ITEM, LAYERED, wrap


@dataclass(frozen=True)
class LayoutInput:
    """A graph of n items and e edges.

    width, height: float64[n] sizes; not read for open containers, whose sizes are results.
    src, dst: int32[e] items an edge joins; never an item and a container around it.
    parent: int32[n] open container the item lies in, -1 for none.
    container: int8[n] 0 ordinary item, 1 open container laid out in layers, 2 open container whose
    children have given places.
    fixed_x, fixed_y: float64[n] place relative to the content origin, read inside containers of
    kind 2 only.
    """

    width: npt.NDArray[np.float64]
    height: npt.NDArray[np.float64]
    src: npt.NDArray[np.int32]
    dst: npt.NDArray[np.int32]
    parent: npt.NDArray[np.int32]
    container: npt.NDArray[np.int8]
    fixed_x: npt.NDArray[np.float64]
    fixed_y: npt.NDArray[np.float64]


@dataclass(frozen=True)
class LayoutOptions:
    """Distances in the unit of the item sizes.

    header is the room at a container's top for its title, padding the room at its other sides; more
    than grid_limit interchangeable items wrap to a grid.
    """

    layer_gap: float = 36.0
    node_gap: float = 24.0
    padding: float = 16.0
    header: float = 40.0
    grid_limit: int = 24


@dataclass(frozen=True)
class LayoutResult:
    """Absolute top-left corners and sizes float64[n], containers included.

    points float64[p, 2] with offsets int32[e + 1]: edge routes as polylines, from the source's
    bottom border to the target's top border, meant for smooth curves with vertical tangents.
    bounds: left, top, right, bottom of everything drawn.
    """

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    width: npt.NDArray[np.float64]
    height: npt.NDArray[np.float64]
    points: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.int32]
    bounds: tuple[float, float, float, float]


def never() -> bool:
    return False


def layout(
    inp: LayoutInput,
    options: LayoutOptions = LayoutOptions(),
    *,
    refine: bool = True,
    cancelled: Callable[[], bool] = never,
) -> LayoutResult:
    """Lay the graph out; `refine=False` takes fewer rounds over order and coordinates.

    Raises LayoutCancelled soon after `cancelled()` turns True, ValueError for arrays that do not
    describe a graph.
    """

    def check() -> None:
        if cancelled():
            raise LayoutCancelled

    check()
    _validate(inp)
    items = _with_hidden(inp, options.grid_limit)
    check()
    return _Nested(inp, items, options, refine, check).run()


def _validate(inp: LayoutInput) -> None:
    n = inp.width.size
    for name in ("height", "parent", "container", "fixed_x", "fixed_y"):
        if getattr(inp, name).size != n:
            raise ValueError(f"layout: {name} has {getattr(inp, name).size} entries for {n} items")
    if inp.src.size != inp.dst.size:
        raise ValueError(f"layout: {inp.src.size} edge sources but {inp.dst.size} targets")
    for name, low in (("src", 0), ("dst", 0), ("parent", -1)):
        values = getattr(inp, name)
        if values.size and (values.min() < low or values.max() >= n):
            raise ValueError(f"layout: {name} names an item outside 0..{n - 1}")
    if (inp.container[inp.parent[inp.parent >= 0]] == ITEM).any():
        raise ValueError("layout: the parent of some item is not an open container")


@dataclass(frozen=True)
class _Items:
    """The items, then hidden containers of grids, then the root; parent[root] = root."""

    width: FloatArray
    height: FloatArray
    parent: IntArray
    kind: IntArray
    src: IntArray
    dst: IntArray


def _with_hidden(inp: LayoutInput, limit: int) -> _Items:
    src, dst = ints(inp.src), ints(inp.dst)
    parent, kind = wrap(ints(inp.parent), ints(inp.container), src, dst, max(1, limit))
    root = parent.size
    spare = np.zeros(root + 1 - inp.width.size)
    return _Items(
        width=floats(np.concatenate((inp.width, spare))),
        height=floats(np.concatenate((inp.height, spare))),
        parent=ints(np.append(np.where(parent < 0, root, parent), root)),
        kind=ints(np.append(kind, LAYERED)),
        src=src,
        dst=dst,
    )


class _Nested:
    """The levels of one layout, worked from the deepest to the root and placed on the way back."""

    def __init__(
        self, inp: LayoutInput, items: _Items, options: LayoutOptions, refine: bool, check: Check
    ) -> None:
        self.inp, self.items, self.options = inp, items, options
        self.refine, self.check = refine, check
        self.size = items.parent.size
        self.root = self.size - 1
        self.depth = depths(items.parent)
        self.pieces = split_edges(
            items.parent, self.depth, items.kind >= FIXED, items.src, items.dst
        )
        ports = self.pieces.port_owner.size
        self.width, self.height = items.width.copy(), items.height.copy()
        self.x, self.y = np.zeros(self.size), np.zeros(self.size)
        self.port_x = np.zeros(ports)
        self.local = np.zeros(self.size + ports, np.int64)
        self.routes: list[FloatArray] = []
        self.route_size = np.zeros(self.pieces.level.size, np.int64)
        self.route_order: list[IntArray] = []
        self.known: dict[bytes, LevelLayout] = {}

    def run(self) -> LayoutResult:
        pieces, kind = self.pieces, self.items.kind
        children, child_start = group(self.items.parent[:-1], self.size)
        cuts, cut_start = group(pieces.level, self.size)
        ports, port_start = group(pieces.port_owner, self.size)
        containers = np.flatnonzero(kind != ITEM)
        for c in containers[np.argsort(-self.depth[containers], kind="stable")].tolist():
            self.check()
            self._level(
                c,
                children[child_start[c] : child_start[c + 1]],
                ports[port_start[c] : port_start[c + 1]],
                cuts[cut_start[c] : cut_start[c + 1]],
            )
        self._place()
        return self._result()

    def _level(self, c: int, items: IntArray, ports: IntArray, cuts: IntArray) -> None:
        pieces, options = self.pieces, self.options
        nodes = np.concatenate((items, self.size + ports))
        self.local[nodes] = np.arange(nodes.size)
        blank = np.zeros(ports.size)
        level = Level(
            width=floats(np.concatenate((self.width[items], blank))),
            height=floats(np.concatenate((self.height[items], blank))),
            port=np.concatenate(
                (
                    np.zeros(items.size, np.int64),
                    np.where(ports < pieces.exits, EXIT, ENTRY),
                )
            ),
            edges=Edges(
                src=self.local[pieces.src[cuts]],
                dst=self.local[pieces.dst[cuts]],
                src_at=self._attachment(pieces.src[cuts], pieces.src_port[cuts]),
                dst_at=self._attachment(pieces.dst[cuts], pieces.dst_port[cuts]),
            ),
        )
        kind = int(self.items.kind[c])
        done = self._solve(kind, level, items)
        bare = kind >= GRID or c == self.root
        side, head = (0.0, 0.0) if bare else (options.padding, options.header)
        points = done.points.copy()
        entering = pieces.src[cuts] >= self.size
        points[done.offsets[:-1][entering], 1] = -head
        leaving = pieces.dst[cuts] >= self.size
        points[done.offsets[1:][leaving] - 1, 1] = done.height + side
        points += (side, head)
        self.routes.append(points)
        self.route_order.append(cuts)
        self.route_size[cuts] = np.diff(done.offsets)
        self.x[items] = done.x[: items.size] + side
        self.y[items] = done.y[: items.size] + head
        self.port_x[ports] = done.x[items.size :] + side
        self.width[c] = done.width + 2 * side
        self.height[c] = done.height + head + side

    def _attachment(self, node: IntArray, port: IntArray) -> FloatArray:
        """x of a piece's end from the left border of its node."""
        middle = np.where(node < self.size, self.width[np.minimum(node, self.root)] / 2, 0.0)
        if not self.port_x.size:
            return floats(middle)
        return floats(np.where(port >= 0, self.port_x[port], middle))

    def _solve(self, kind: int, level: Level, items: IntArray) -> LevelLayout:
        options = self.options
        if kind == FIXED:
            return lay_out_fixed(
                level, floats(self.inp.fixed_x[items]), floats(self.inp.fixed_y[items])
            )
        key = bytes([kind]) + level.key()
        if key not in self.known:
            if kind == GRID:
                self.known[key] = lay_out_grid(level, options.layer_gap, options.node_gap)
            else:
                self.known[key] = lay_out_level(
                    level, options.layer_gap, options.node_gap, self.refine, self.check
                )
        return self.known[key]

    def _place(self) -> None:
        """Turn places within containers into absolute ones, from the outside in."""
        by_depth, start = group(self.depth + 1, int(self.depth.max()) + 2)
        for k in range(2, start.size - 1):
            inner = by_depth[start[k] : start[k + 1]]
            self.x[inner] += self.x[self.items.parent[inner]]
            self.y[inner] += self.y[self.items.parent[inner]]

    def _result(self) -> LayoutResult:
        n = self.inp.width.size
        points, offsets = self._joined_routes()
        x, y, width, height = (a[:n].copy() for a in (self.x, self.y, self.width, self.height))
        self.check()
        corners = (0.0, 0.0, float(self.width[self.root]), float(self.height[self.root]))
        return LayoutResult(x, y, width, height, points, offsets.astype(np.int32), corners)

    def _joined_routes(self) -> tuple[FloatArray, IntArray]:
        pieces = self.pieces
        if not pieces.level.size:
            return np.zeros((0, 2)), np.zeros(1, np.int64)
        stored = offsets_of(self.route_size[np.concatenate(self.route_order)])
        begin = np.empty(pieces.level.size, np.int64)
        begin[np.concatenate(self.route_order)] = stored[:-1]
        flat = np.concatenate(self.routes)
        chain = pieces.chain
        # Neighbouring pieces share the port between them: only the first keeps it.
        later = np.ones(chain.size, np.int64)
        later[pieces.start[:-1]] = 0
        counts = self.route_size[chain] - later
        points = flat[ragged(begin[chain] + later, counts)]
        level = pieces.level[chain]
        points[:, 0] += np.repeat(self.x[level], counts)
        points[:, 1] += np.repeat(self.y[level], counts)
        offsets = offsets_of(counts)[pieces.start]
        return simplify(floats(points), ints(offsets)) if later.any() else (points, ints(offsets))
