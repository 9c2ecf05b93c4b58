"""The cost of every node as a table: columns are arrays, text is made when it is painted."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from inspector.analysis.figures import Figures
from inspector.model.graph import Graph
from inspector.model.tensors import TensorType
from inspector.ui.widgets.figures import UNKNOWN_TEXT, count_text, percent_text
from inspector.ui.widgets.row_table import Column, IntArray, name_ranks, order_by

COLUMNS = (
    Column("node", tip="Name of the node", width=208, is_text=True),
    Column("op", tip="Operator type", width=88, is_text=True),
    Column(
        "output shape",
        tip="Shape of the first output, sorted by its elements",
        width=120,
        is_text=True,
    ),
    Column("MACs", "macs", "Multiply-accumulates", 104),
    Column("MAC %", tip="Share of the network's MACs", width=72),
    Column("params", "parameters", "Parameters that the node reads", 96),
    Column("weight B", "weight_bytes", "Bytes of its parameters", 104),
    Column("read B", "read_bytes", "Bytes of all inputs, weights included", 104),
    Column("write B", "write_bytes", "Bytes of all outputs", 104),
    Column("total B", "total_bytes", "Bytes read and written", 104),
    Column("output B", "output_bytes", "Bytes of the outputs", 104),
    Column(
        "element ops",
        "element_operations",
        "Element-wise and reduction operations, which are no MACs",
        104,
    ),
)
NODE, OP, SHAPE, MACS, SHARE = range(5)


class NodeTable:
    """Sorting and filtering over the columns of a graph; no Qt in here."""

    def __init__(self, graph: Graph, figures: Figures) -> None:
        self.graph = graph
        self.figures = figures
        self._columns: dict[str, IntArray] = {}
        self._nodes = np.arange(graph.node_count)

    @property
    def row_nodes(self) -> IntArray:
        """Rows are nodes."""
        return self._nodes

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
        return order_by(self._keys(number), descending)

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

    def text(self, number: int, node: int) -> str:
        """What a cell says."""
        if number == NODE:
            return self.graph.names[node]
        if number == OP:
            return self.graph.op_types[node]
        if number == SHAPE:
            return self.shape_text(node)
        if number == SHARE:
            return self.share(node)
        column = self.column(number)
        return count_text(int(column[node])) if column is not None else ""

    def tip(self, number: int, node: int) -> str | None:
        """The whole name, and where MACs come from."""
        if number == NODE:
            return self.graph.names[node]
        return self.figures.explain(node) if number in (MACS, SHARE) else None

    def fraction(self, number: int, node: int) -> float | None:
        """No column has bars."""
        return None

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
        return name_ranks(self.graph.names)

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
