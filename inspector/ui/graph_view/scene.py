"""What the canvas shows, as arrays: items with kinds and places, edges with routes.

A scene is made from a graph and the state of the view (which groups are open, whether constants
are shown) by `build_scene`, a pure function for a background thread, and never changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.layout import (
    LayoutInput,
    LayoutOptions,
    LayoutResult,
    SpatialIndex,
    layout,
    never,
)
from inspector.model.graph import Graph
from inspector.ui.graph_view.grid import Grid
from inspector.ui.graph_view.items import ItemPlan, choose_items
from inspector.ui.graph_view.kinds import ItemKind
from inspector.ui.graph_view.mosaic import Mosaic
from inspector.ui.graph_view.routes import Routes, make_routes
from inspector.ui.graph_view.tiles import TileTable, tile_tables

FloatArray = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int32]

OPTIONS = LayoutOptions(layer_gap=36.0, node_gap=24.0, padding=20.0, header=48.0)


@dataclass(frozen=True)
class Scene:
    """n items, e edges.

    kind, category int8[n]; x, y, width, height float64[n]; node, tensor, group, parent int32[n],
    -1 for none; depth int8[n].
    node_item int32[nodes]: the item that shows a node: itself, or the folded group that holds it.
    node_boxes float64[nodes, 4]: left, top, width, height of a node's own mark: a cell of a mosaic,
    a part of a bar, or the item's whole box.
    edge_tensor, edge_src, edge_dst int32[e].
    """

    graph: Graph
    open_groups: frozenset[int]
    show_constants: bool
    kind: npt.NDArray[np.int8]
    category: npt.NDArray[np.int8]
    depth: npt.NDArray[np.int8]
    x: FloatArray
    y: FloatArray
    width: FloatArray
    height: FloatArray
    node: Ids
    tensor: Ids
    group: Ids
    parent: Ids
    node_item: Ids
    node_boxes: FloatArray
    edge_tensor: Ids
    edge_src: Ids
    edge_dst: Ids
    routes: Routes
    tables: dict[int, TileTable]
    mosaics: dict[int, Mosaic]
    grids: dict[int, Grid]
    index: SpatialIndex
    bounds: tuple[float, float, float, float]
    refined: bool

    @property
    def size(self) -> int:
        """Number of items."""
        return int(self.kind.size)

    def rect(self, item: int) -> tuple[float, float, float, float]:
        """left, top, width, height of an item."""
        x, y, width, height = self.x[item], self.y[item], self.width[item], self.height[item]
        return float(x), float(y), float(width), float(height)

    def item_at(self, x: float, y: float) -> int:
        """The innermost item at a point, -1 for none."""
        found = self.index.at(x, y)
        if not found.size:
            return -1
        return int(found[np.lexsort((-found, self.width[found] * self.height[found]))[0]])

    def group_item(self, group: int) -> int:
        """The item of a group, -1 where a folded group around it hides it."""
        found = np.flatnonzero(self.group == group)
        return int(found[0]) if found.size else -1

    def tensor_item(self, tensor: int) -> int:
        """The item that stands for a tensor (an input, an output, a constant), -1 for none."""
        found = np.flatnonzero(self.tensor == tensor)
        return int(found[0]) if found.size else -1

    def node_at(self, x: float, y: float) -> int:
        """The node at a point: also a cell of a mosaic or a part of its bars; -1 for none."""
        item = self.item_at(x, y)
        mosaic = self.mosaics.get(item)
        if mosaic is None:
            return int(self.node[item]) if item >= 0 else -1
        local = x - float(self.x[item]), y - float(self.y[item])
        cell = mosaic.cell_at(*local)
        if cell is not None:
            return int(mosaic.table.tiles[cell])
        part = mosaic.part_at(*local)
        return part.nodes[0] if part is not None else -1

    def edges_of(self, item: int) -> Ids:
        """Edges in and out of an item."""
        return np.flatnonzero((self.edge_src == item) | (self.edge_dst == item)).astype(np.int32)


def foldable_groups(graph: Graph) -> frozenset[int]:
    """Ids of the groups that fold: tiled layers and control flow; bodies follow their owner."""
    return frozenset(g.id for g in graph.groups if g.tiling is not None or g.kind == "control")


def plan_scene(
    graph: Graph,
    open_groups: frozenset[int] = frozenset(),
    show_constants: bool = False,
    tables: dict[int, TileTable] | None = None,
) -> ItemPlan:
    """Choose the items of a view of a graph and the edges between them."""
    return choose_items(
        graph, open_groups, show_constants, tile_tables(graph) if tables is None else tables
    )


def lay_out_scene(
    plan: ItemPlan, *, refine: bool = True, cancelled: Callable[[], bool] = never
) -> Scene:
    """Give the items places and route the edges. Raises `layout.LayoutCancelled`."""
    zero = np.zeros(plan.kind.size)
    open_frames = np.where(plan.kind == ItemKind.CONTAINER, 1, 0).astype(np.int8)
    inp = LayoutInput(
        plan.width,
        plan.height,
        plan.edge_src,
        plan.edge_dst,
        plan.parent,
        open_frames,
        zero,
        zero,
    )
    return _assemble(plan, layout(inp, OPTIONS, refine=refine, cancelled=cancelled), refine)


def build_scene(
    graph: Graph, open_groups: frozenset[int] = frozenset(), show_constants: bool = False
) -> Scene:
    """Items, layout and routes in one go."""
    return lay_out_scene(plan_scene(graph, open_groups, show_constants))


def _assemble(plan: ItemPlan, result: LayoutResult, refined: bool) -> Scene:
    graph = plan.graph
    columns = _with_grids(plan, result)
    node_item = plan.node_item.copy()
    first = plan.kind.size
    for grid in plan.grids.values():
        node_item[grid.nodes] = first + np.arange(grid.nodes.size)
        first += grid.nodes.size
    x, y, width, height = (columns[k] for k in ("x", "y", "width", "height"))
    node_boxes = np.zeros((graph.node_count, 4))
    shown = node_item >= 0
    node_boxes[shown] = np.column_stack((x, y, width, height))[node_item[shown]]
    for item, mosaic in plan.mosaics.items():
        mosaic.place_nodes(node_boxes, float(x[item]), float(y[item]))
    return Scene(
        graph=graph,
        open_groups=plan.open_groups,
        show_constants=plan.show_constants,
        depth=_depth(columns["parent"]),
        node_item=node_item,
        node_boxes=node_boxes,
        edge_tensor=plan.edge_tensor,
        edge_src=plan.edge_src,
        edge_dst=plan.edge_dst,
        routes=make_routes(result),
        tables=plan.tables,
        mosaics=plan.mosaics,
        grids=plan.grids,
        index=SpatialIndex.build(x, y, width, height),
        bounds=result.bounds,
        refined=refined,
        **columns,
    )


def _with_grids(plan: ItemPlan, result: LayoutResult) -> dict[str, npt.NDArray[Any]]:
    """The columns of all items: those laid out, then the nodes inside open tiled layers."""
    columns: dict[str, list[npt.NDArray[Any]]] = {
        "kind": [plan.kind],
        "category": [plan.category],
        "x": [result.x],
        "y": [result.y],
        "width": [result.width],
        "height": [result.height],
        "node": [plan.node],
        "tensor": [plan.tensor],
        "group": [plan.group],
        "parent": [plan.parent],
    }
    for item, grid in plan.grids.items():
        inner = grid.nodes
        blank = np.full(inner.size, -1, np.int32)
        added = (
            np.zeros(inner.size, np.int8),
            plan.graph.categories[inner],
            result.x[item] + grid.boxes[:, 0],
            result.y[item] + grid.boxes[:, 1],
            grid.boxes[:, 2],
            grid.boxes[:, 3],
            inner,
            blank,
            blank,
            np.full(inner.size, item, np.int32),
        )
        for column, values in zip(columns.values(), added, strict=True):
            column.append(values)
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def _depth(parent: Ids) -> npt.NDArray[np.int8]:
    depth = np.zeros(parent.size, np.int8)
    at = parent.copy()
    while (at >= 0).any():
        depth += at >= 0
        at = np.where(at >= 0, parent[at], -1)
    return depth
