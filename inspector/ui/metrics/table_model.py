"""The cost of every node as a table: columns are arrays, text is made when it is painted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from inspector.analysis.figures import Figures
from inspector.model.graph import Graph
from inspector.model.tensors import TensorType
from inspector.ui.widgets.figures import UNKNOWN_TEXT, count_text, percent_text

Index = QModelIndex | QPersistentModelIndex
IntArray = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `field` names the array of `Figures`, empty for what is no figure."""

    title: str
    field: str = ""
    tip: str = ""
    width: int = 104


COLUMNS = (
    Column("node", tip="Name of the node", width=208),
    Column("op", tip="Operator type", width=88),
    Column("output shape", tip="Shape of the first output, sorted by its elements", width=120),
    Column("MACs", "macs", "Multiply-accumulates", 104),
    Column("MAC %", tip="Share of the network's MACs", width=72),
    Column("params", "parameters", "Parameters that the node reads", 96),
    Column("weight B", "weight_bytes", "Bytes of its parameters", 104),
    Column("read B", "read_bytes", "Bytes of all inputs, weights included", 104),
    Column("write B", "write_bytes", "Bytes of all outputs", 104),
    Column("total B", "total_bytes", "Bytes read and written", 104),
    Column("output B", "output_bytes", "Bytes of the outputs", 104),
)
NODE, OP, SHAPE, MACS, SHARE = range(5)
_DIGITS = re.compile(r"(\d+)")
_BETWEEN = "\0"


class NodeTable:
    """Sorting and filtering over the columns of a graph; no Qt in here."""

    def __init__(self, graph: Graph, figures: Figures) -> None:
        self.graph = graph
        self.figures = figures
        self._columns: dict[str, IntArray] = {}

    def column(self, number: int) -> IntArray | None:
        """The figures of a column, or None where it has none."""
        field = COLUMNS[MACS if number == SHARE else number].field
        if not field:
            return None
        if field not in self._columns:
            self._columns[field] = getattr(self.figures, field)
        return self._columns[field]

    def order(self, number: int, descending: bool) -> IntArray:
        """All nodes by one column, ties in file order, unknown figures last either way.

        A number below 0 is the file's own order.
        """
        count = self.graph.node_count
        if number < 0:
            return np.arange(count)
        keys = self._keys(number)
        unknown = keys < 0
        ranked = np.where(unknown, np.iinfo(np.int64).max, -keys if descending else keys)
        return np.argsort(ranked, kind="stable")

    def matches(self, text: str) -> npt.NDArray[np.bool_]:
        """Nodes of which name, operator or output shape holds a text, whatever its case."""
        wanted = text.strip().casefold()
        if not wanted:
            return np.ones(self.graph.node_count, bool)
        found = np.array([wanted in name for name in self._lower_names], bool)
        ops, op_of = self._operators
        found |= np.array([wanted in op.casefold() for op in ops], bool)[op_of]
        sizes = wanted.replace("x", "×").replace("*", "×")
        kinds, kind_of = self._shapes
        found |= np.array([sizes in kind.shape_text() for kind in kinds], bool)[kind_of]
        return found

    def shape_text(self, node: int) -> str:
        """Shape of the first output."""
        kinds, kind_of = self._shapes
        return kinds[int(kind_of[node])].shape_text()

    def share(self, node: int) -> str:
        """The node's part of all MACs."""
        macs, total = int(self.figures.macs[node]), self.figures.totals.macs
        if macs < 0:
            return UNKNOWN_TEXT
        return percent_text(macs / total if total else 0.0)

    def _keys(self, number: int) -> IntArray:
        if number == NODE:
            return self._name_ranks
        if number == OP:
            return self._op_ranks
        if number == SHAPE:
            return self._sizes
        column = self.column(number)
        assert column is not None
        return column.astype(np.int64, copy=False)

    @cached_property
    def _lower_names(self) -> list[str]:
        return [name.casefold() for name in self.graph.names]

    @cached_property
    def _name_ranks(self) -> IntArray:
        """Place of each node among the names, digits by their number: k2 before k10."""
        keys = _natural(self._lower_names)
        order = sorted(range(len(keys)), key=keys.__getitem__)
        ranks = np.empty(len(keys), np.int64)
        ranks[order] = np.arange(len(keys))
        return ranks

    @cached_property
    def _operators(self) -> tuple[list[str], IntArray]:
        ops = sorted(set(self.graph.op_types), key=str.casefold)
        code = {op: i for i, op in enumerate(ops)}
        return ops, np.array([code[op] for op in self.graph.op_types], np.int64)

    @cached_property
    def _op_ranks(self) -> IntArray:
        return self._operators[1]

    @cached_property
    def _shapes(self) -> tuple[list[TensorType], IntArray]:
        """Distinct types, and which of them each node's first output has."""
        graph = self.graph
        code: dict[TensorType, int] = {TensorType(0, None): 0}
        offsets, outputs = graph.output_offsets.tolist(), graph.outputs.tolist()
        which = np.zeros(graph.node_count, np.int64)
        for node in range(graph.node_count):
            first = offsets[node]
            if first < offsets[node + 1] and outputs[first] >= 0:
                kind = graph.tensor_types[outputs[first]]
                which[node] = code.setdefault(kind, len(code))
        return list(code), which

    @cached_property
    def _sizes(self) -> IntArray:
        kinds, kind_of = self._shapes
        sizes = [-1 if kind.elements is None else kind.elements for kind in kinds]
        return np.array(sizes, np.int64)[kind_of]


def _natural(names: list[str]) -> list[str]:
    """Keys that sort digits by their number. All names in one text: one call for thousands."""
    parts = _DIGITS.split(_BETWEEN.join(name.replace(_BETWEEN, " ") for name in names))
    # Odd places are digits; few of them differ.
    digits = parts[1::2]
    width = max(map(len, digits), default=0)
    padded = {text: text.zfill(width) for text in set(digits)}
    parts[1::2] = [padded[text] for text in digits]
    return "".join(parts).split(_BETWEEN) if names else []


class MetricsModel(QAbstractTableModel):
    """The rows that pass the filter, in the order asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table: NodeTable | None = None
        self.nodes: IntArray = np.zeros(0, np.int64)
        self._sort = (-1, False)
        self._filter = ""

    def set_table(self, table: NodeTable | None) -> None:
        """Shows another graph, with the sorting and filter as they are."""
        self.table = table
        self._arrange()

    def set_filter(self, text: str) -> None:
        """Keeps the rows that hold a text."""
        if text != self._filter:
            self._filter = text
            self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort = (column, order == Qt.SortOrder.DescendingOrder)
        self._arrange()

    def rows_of(self, nodes: IntArray) -> IntArray:
        """Rows in which the nodes are now, ascending; those filtered out are left out."""
        return np.flatnonzero(np.isin(self.nodes, nodes))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.nodes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        table, number = self.table, index.column()
        if table is None:
            return None
        node = int(self.nodes[index.row()])
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(table, number, node)
        return _text(table, number, node)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            return COLUMNS[section].tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def _arrange(self) -> None:
        self.beginResetModel()
        if self.table is None:
            self.nodes = np.zeros(0, np.int64)
        else:
            order = self.table.order(*self._sort)
            self.nodes = order[self.table.matches(self._filter)[order]]
        self.endResetModel()


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignLeft if column < MACS else Qt.AlignmentFlag.AlignRight
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _text(table: NodeTable, number: int, node: int) -> str:
    if number == NODE:
        return table.graph.names[node]
    if number == OP:
        return table.graph.op_types[node]
    if number == SHAPE:
        return table.shape_text(node)
    if number == SHARE:
        return table.share(node)
    column = table.column(number)
    return count_text(int(column[node])) if column is not None else ""


def _tip(table: NodeTable, number: int, node: int) -> str | None:
    if number == NODE:
        return table.graph.names[node]
    return table.figures.explain(node) if number in (MACS, SHARE) else None
