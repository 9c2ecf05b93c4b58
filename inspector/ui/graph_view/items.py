"""Chooses the items and edges of a scene from a graph and the state of the view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.model.categories import CATEGORIES, Category
from inspector.model.graph import Graph, TensorKind
from inspector.model.groups import GroupKind
from inspector.ui.graph_view.grid import Grid, plan_grid
from inspector.ui.graph_view.kinds import CONSTANT_H, CONSTANT_W, NODE_H, NODE_W, ItemKind
from inspector.ui.graph_view.mosaic import Mosaic, plan_mosaic
from inspector.ui.graph_view.tiles import TileTable

Ids = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float64]

_IO = CATEGORIES.index(Category.IO)
_LINEAR = CATEGORIES.index(Category.LINEAR)
_CONTROL = CATEGORIES.index(Category.CONTROL)
_SHAPE = CATEGORIES.index(Category.SHAPE)


@dataclass(frozen=True)
class ItemPlan:
    """Items without places, and the edges between them; columns as in `Scene`."""

    graph: Graph
    open_groups: frozenset[int]
    show_constants: bool
    kind: npt.NDArray[np.int8]
    category: npt.NDArray[np.int8]
    width: FloatArray
    height: FloatArray
    node: Ids
    tensor: Ids
    group: Ids
    parent: Ids
    node_item: Ids
    edge_tensor: Ids
    edge_src: Ids
    edge_dst: Ids
    tables: dict[int, TileTable]
    mosaics: dict[int, Mosaic]
    grids: dict[int, Grid]


def choose_items(
    graph: Graph,
    open_groups: frozenset[int],
    show_constants: bool,
    tables: dict[int, TileTable],
) -> ItemPlan:
    """Items and edges of a view of a graph. Linear in its size."""
    return _Chooser(graph, open_groups, show_constants, tables).plan()


class _Chooser:
    def __init__(
        self,
        graph: Graph,
        open_groups: frozenset[int],
        show_constants: bool,
        tables: dict[int, TileTable],
    ) -> None:
        self.graph, self.open, self.show_constants = graph, open_groups, show_constants
        self.tables = tables
        self.rows: list[tuple[int, int, float, float, int, int, int, int]] = []
        self.mosaics: dict[int, Mosaic] = {}
        self.grids: dict[int, Grid] = {}
        self.tensor_item = np.full(len(graph.tensor_names), -1, np.int32)
        groups = len(graph.groups)
        self.group_item = np.full(groups + 1, -1, np.int32)
        """Item of the frame or folded box that a group's own nodes lie in; the last is the top."""
        self.inside = np.zeros(groups + 1, np.bool_)
        """Whether that item stands for the nodes (folded, or a grid) rather than around them."""

    def plan(self) -> ItemPlan:
        graph = self.graph
        for group in graph.groups:
            self._add_group(group.id)
        hidden = self._hidden_constants()
        node_item, own = self._add_nodes(hidden)
        self._add_tensors(node_item)
        node_item = self._follow_constants(node_item, hidden)
        columns = self._columns(own)
        tensor, src, dst = self._edges(node_item, hidden, columns[7])
        kind, category, width, height, node, tensors, groups, parent = columns
        return ItemPlan(
            graph=graph,
            open_groups=self.open,
            show_constants=self.show_constants,
            kind=kind,
            category=category,
            width=width,
            height=height,
            node=node,
            tensor=tensors,
            group=groups,
            parent=parent,
            node_item=node_item,
            edge_tensor=tensor,
            edge_src=src,
            edge_dst=dst,
            tables=self.tables,
            mosaics=self.mosaics,
            grids=self.grids,
        )

    def _add(self, kind, category, width, height, node=-1, tensor=-1, group=-1, parent=-1) -> int:
        self.rows.append((int(kind), category, width, height, node, tensor, group, parent))
        return len(self.rows) - 1

    def _add_group(self, number: int) -> None:
        group = self.graph.groups[number]
        outer = group.parent
        if outer >= 0 and self.inside[outer]:
            self.group_item[number], self.inside[number] = self.group_item[outer], True
            return
        parent = int(self.group_item[outer]) if outer >= 0 else -1
        if number in self.tables:
            self._add_tiled(number, parent)
        elif group.kind is GroupKind.CONTROL and number not in self.open:
            self.group_item[number] = self._add(
                ItemKind.FOLDED, _CONTROL, NODE_W, NODE_H, group.owner, group=number, parent=parent
            )
            self.inside[number] = True
        else:
            owner = group.owner if group.kind is GroupKind.CONTROL else -1
            self.group_item[number] = self._add(
                ItemKind.CONTAINER, _CONTROL, NODE_W, NODE_H, owner, group=number, parent=parent
            )

    def _add_tiled(self, number: int, parent: int) -> None:
        table = self.tables[number]
        if number in self.open:
            grid = plan_grid(table, self.graph)
            box, kind = (grid.width, grid.height), ItemKind.GRID
        else:
            mosaic = plan_mosaic(table)
            box, kind = (mosaic.width, mosaic.height), ItemKind.MOSAIC
        item = self._add(kind, _LINEAR, *box, group=number, parent=parent)
        if kind is ItemKind.GRID:
            self.grids[item] = grid
        else:
            self.mosaics[item] = mosaic
        self.group_item[number], self.inside[number] = item, True

    def _hidden_constants(self) -> npt.NDArray[np.bool_]:
        """Constant nodes that are read and are not shown: they belong to what reads them."""
        graph = self.graph
        hidden = np.zeros(graph.node_count, np.bool_)
        if self.show_constants:
            return hidden
        outputs = set(graph.graph_outputs)
        constant = np.flatnonzero(graph.tensor_kinds == TensorKind.CONSTANT)
        read = np.diff(graph.consumer_offsets)[constant] > 0
        for tensor in constant[read].tolist():
            hidden[graph.producers[tensor]] = tensor not in outputs
        return hidden

    def _add_nodes(self, hidden: npt.NDArray[np.bool_]) -> tuple[Ids, Ids]:
        """Item of every node, -1 for a hidden constant; and the nodes that are items themselves."""
        graph = self.graph
        item = np.where(self.inside, self.group_item, -1)[graph.node_group]
        for group in graph.groups:
            if group.kind is GroupKind.CONTROL and not self.inside[group.id]:
                item[group.owner] = self.group_item[group.id]
        own = np.flatnonzero((item < 0) & ~hidden)
        item[own] = len(self.rows) + np.arange(own.size)
        return item.astype(np.int32), own.astype(np.int32)

    def _add_tensors(self, node_item: Ids) -> None:
        """Items for graph inputs and outputs, and with constants shown for the weights."""
        graph = self.graph
        self.first_tensor_row = len(self.rows)
        for tensor in graph.graph_inputs:
            self.tensor_item[tensor] = self._add_tensor(ItemKind.INPUT, tensor)
        for group in graph.groups:
            if group.kind is GroupKind.BODY and not self.inside[group.id]:
                self._add_body_inputs(group.id)
        if self.show_constants:
            for tensor in sorted(graph.weights):
                if graph.producers[tensor] < 0:
                    self._add_weight(tensor)
        self.output_items = [(t, self._add_tensor(ItemKind.OUTPUT, t)) for t in graph.graph_outputs]

    def _add_tensor(self, kind: ItemKind, tensor: int, parent: int = -1) -> int:
        return self._add(kind, _IO, NODE_W, NODE_H, tensor=tensor, parent=parent)

    def _add_body_inputs(self, group: int) -> None:
        graph = self.graph
        members = np.flatnonzero(graph.node_group == group)
        read = {int(t) for node in members.tolist() for t in graph.node_inputs(node) if t >= 0}
        item = int(self.group_item[group])
        for tensor in sorted(read):
            formal = graph.tensor_kinds[tensor] == TensorKind.INPUT
            if formal and tensor not in graph.graph_inputs and self.tensor_item[tensor] < 0:
                self.tensor_item[tensor] = self._add_tensor(ItemKind.INPUT, tensor, item)

    def _add_weight(self, tensor: int) -> None:
        """A weight as an item beside its first reader, unless a folded or tiled group has it."""
        graph = self.graph
        readers = graph.tensor_consumers(tensor)
        outside = [int(r) for r in readers if not self.inside[graph.node_group[r]]]
        if not outside:
            return
        home = graph.node_group[outside[0]]
        parent = int(self.group_item[home]) if home >= 0 else -1
        self.tensor_item[tensor] = self._add(
            ItemKind.CONSTANT, _SHAPE, CONSTANT_W, CONSTANT_H, tensor=tensor, parent=parent
        )

    def _follow_constants(self, node_item: Ids, hidden: npt.NDArray[np.bool_]) -> Ids:
        """A hidden constant is shown by its first reader that is shown."""
        graph = self.graph
        for node in np.flatnonzero(hidden & (node_item < 0)).tolist():
            for reader in graph.successors(node):
                if node_item[reader] >= 0:
                    node_item[node] = node_item[reader]
                    break
        return node_item

    def _columns(self, own: Ids) -> tuple[np.ndarray, ...]:
        """Items in order: groups, nodes, tensors. The rows of tensors follow those of nodes."""
        graph = self.graph
        rows = np.array(self.rows, np.float64).reshape(-1, 8)
        first, k = self.first_tensor_row, own.size
        home = graph.node_group[own]
        parent = np.where(home >= 0, self.group_item[home], -1)
        constant = np.array([graph.op_types[n] == "Constant" for n in own.tolist()], np.bool_)
        small = constant & (k > 0)
        nodes = np.column_stack(
            (
                np.where(small, int(ItemKind.CONSTANT), int(ItemKind.NODE)),
                graph.categories[own],
                np.where(small, CONSTANT_W, NODE_W),
                np.where(small, CONSTANT_H, NODE_H),
                own,
                np.full(k, -1),
                np.full(k, -1),
                parent,
            )
        ).reshape(-1, 8)
        table = np.vstack((rows[:first], nodes, rows[first:]))
        self.shift = k
        moved = self.tensor_item >= 0
        self.tensor_item[moved] += k
        types = (np.int8, np.int8, np.float64, np.float64, np.int32, np.int32, np.int32, np.int32)
        return tuple(np.ascontiguousarray(table[:, i], t) for i, t in enumerate(types))

    def _edges(
        self, node_item: Ids, hidden: npt.NDArray[np.bool_], parent: Ids
    ) -> tuple[Ids, Ids, Ids]:
        graph = self.graph
        reader = np.repeat(np.arange(graph.node_count), np.diff(graph.input_offsets))
        tensor = graph.inputs.astype(np.int64)
        kept = tensor >= 0
        reader, tensor = reader[kept], tensor[kept]
        src, dst = self._source(tensor, node_item, hidden), node_item[reader]
        dst = np.where(hidden[reader], -1, dst)
        outputs = [(t, i + self.shift) for t, i in self.output_items]
        if outputs:
            t, i = np.array(outputs, np.int64).T
            tensor = np.concatenate((tensor, t))
            src = np.concatenate((src, self._source(t, node_item, hidden)))
            dst = np.concatenate((dst, i))
        good = (src >= 0) & (dst >= 0) & (src != dst)
        tensor, src, dst = tensor[good], src[good], dst[good]
        good = ~(_around(parent, src, dst) | _around(parent, dst, src))
        tensor, src, dst = tensor[good], src[good], dst[good]
        size = np.int64(max(parent.size, 1))
        _, first = np.unique((tensor * size + src) * size + dst, return_index=True)
        first.sort()
        return (
            tensor[first].astype(np.int32),
            src[first].astype(np.int32),
            dst[first].astype(np.int32),
        )

    def _source(self, tensor, node_item: Ids, hidden) -> npt.NDArray[np.int64]:
        maker = self.graph.producers[tensor]
        made = np.where(hidden[maker] | (maker < 0), -1, node_item[maker])
        return np.where(maker >= 0, made, self.tensor_item[tensor]).astype(np.int64)


def _around(parent: Ids, outer: np.ndarray, inner: np.ndarray) -> npt.NDArray[np.bool_]:
    """Whether `outer` is a frame around `inner`."""
    found = np.zeros(outer.size, np.bool_)
    at = inner.astype(np.int64)
    while at.size and (at >= 0).any():
        at = np.where(at >= 0, parent[at], -1)
        found |= at == outer
    return found
