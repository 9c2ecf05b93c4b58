"""The table of matrix multiplies: sizes, tiles and what of them is padding."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from inspector.analysis.fit import Fit
from inspector.ui.widgets.row_table import Column, IntArray, name_ranks, order_by

COLUMNS = (
    Column("node", tip="Name of the node", width=176, is_text=True),
    Column("op", tip="Operator type, and the part of it", width=80, is_text=True),
    Column(
        "utilisation",
        "utilisation",
        "Useful MACs over the MACs that the tiles have room for",
        152,
        has_bar=True,
    ),
    Column("M", "m", "Rows: positions times batch", 72),
    Column("K", "k", "Depth: products that make one result", 72),
    Column("N", "n", "Columns: output channels or features", 72),
    Column("count", "count", "Independent multiplies of this size, such as groups", 64),
    Column("tiles", "tiles", "Tiles of the unit that all of them take", 80),
    Column("MACs", "macs", "Useful multiply-accumulates", 112),
    Column("padding MACs", "padding_macs", "MACs that the tiles spend on padding", 120),
    Column(
        "partial sum B",
        "partial_sum_bytes",
        "Bytes of partial sums written and read back between K blocks",
        112,
    ),
)
NODE, OP, UTILISATION = range(3)


class FitTable:
    """Rows are the multiplies of a `Fit`."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit

    def on(self, fit: Fit) -> FitTable:
        """The same multiplies on another unit; what is known of their names is kept."""
        other = FitTable(fit)
        for name in ("_names", "_lower", "_name_ranks", "_operators", "_op_ranks"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    @property
    def row_nodes(self) -> IntArray:
        """The node of each multiply."""
        return self.fit.node

    def order(self, number: int, descending: bool) -> IntArray:
        """Rows by a column; by default in the order of the file."""
        if number < 0:
            return np.arange(len(self.fit.node))
        if number == NODE:
            return order_by(self._name_ranks, descending)
        if number == OP:
            return order_by(self._op_ranks, descending)
        return order_by(getattr(self.fit, COLUMNS[number].field), descending)

    def matches(self, text: str) -> npt.NDArray[np.bool_]:
        """Rows of which name or operator holds a text, whatever its case."""
        wanted = text.strip().casefold()
        if not wanted:
            return np.ones(len(self.fit.node), bool)
        found = [wanted in name for name in self._lower]
        ops = [wanted in op.casefold() for op in self._operators]
        return np.array(found, bool) | np.array(ops, bool)

    def text(self, number: int, row: int) -> str:
        """What a cell says."""
        if number == NODE:
            return self.fit.graph.names[self.fit.node[row]]
        if number == OP:
            return self._operators[row]
        if number == UTILISATION:
            return f"{100 * self.fit.utilisation[row]:.5g} %"
        return f"{int(getattr(self.fit, COLUMNS[number].field)[row]):,}"

    def tip(self, number: int, row: int) -> str | None:
        """The whole name, or the formula with its numbers."""
        if number == NODE:
            return self.fit.graph.names[self.fit.node[row]]
        return self.fit.explain_row(row)

    def fraction(self, number: int, row: int) -> float | None:
        """The utilisation."""
        return float(self.fit.utilisation[row])

    @cached_property
    def _names(self) -> list[str]:
        return [self.fit.graph.names[node] for node in self.fit.node.tolist()]

    @cached_property
    def _lower(self) -> list[str]:
        return [name.casefold() for name in self._names]

    @cached_property
    def _name_ranks(self) -> IntArray:
        return name_ranks(self._names)

    @cached_property
    def _operators(self) -> list[str]:
        ops = self.fit.graph.op_types
        pairs = zip(self.fit.node.tolist(), self.fit.parts, strict=True)
        return [f"{ops[node]} · {part}" if part else ops[node] for node, part in pairs]

    @cached_property
    def _op_ranks(self) -> IntArray:
        return name_ranks(self._operators)
