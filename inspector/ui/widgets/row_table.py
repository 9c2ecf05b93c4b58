"""Tables over arrays: rows sort and filter as NumPy columns, text is made when it is painted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
IntArray = npt.NDArray[Any]
FRACTION_ROLE = int(Qt.ItemDataRole.UserRole)
"""The length of the bar in a cell, 0 to 1, or None."""
_DIGITS = re.compile(r"(\d+)")
_BETWEEN = "\0"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `field` names the array behind it, empty for what is no figure."""

    title: str
    field: str = ""
    tip: str = ""
    width: int = 104
    is_text: bool = False
    has_bar: bool = False


class RowTable(Protocol):
    """What a table shows. A row stands for a node, or for none: -1."""

    @property
    def row_nodes(self) -> IntArray:
        """int64[rows]: the node of each row."""

    def order(self, number: int, descending: bool) -> IntArray:
        """All rows by one column; a number below 0 is the table's own order."""

    def matches(self, text: str) -> npt.NDArray[np.bool_]:
        """bool[rows]: rows that hold a text."""

    def text(self, number: int, row: int) -> str:
        """What a cell says."""

    def tip(self, number: int, row: int) -> str | None:
        """What a cell says on hovering."""

    def fraction(self, number: int, row: int) -> float | None:
        """The length of a cell's bar, 0 to 1."""


def order_by(keys: IntArray, descending: bool) -> IntArray:
    """Rows by their keys, ties in their own order, keys below 0 (unknown) last either way."""
    ranked = np.where(keys < 0, np.inf if keys.dtype.kind == "f" else np.iinfo(np.int64).max, keys)
    if descending:
        ranked = np.where(keys < 0, ranked, -keys)
    return np.argsort(ranked, kind="stable")


def name_ranks(names: Sequence[str]) -> IntArray:
    """Place of each name among all, whatever its case, digits by their number: k2 before k10."""
    keys = _natural([name.casefold() for name in names])
    order = sorted(range(len(keys)), key=keys.__getitem__)
    ranks = np.empty(len(keys), np.int64)
    ranks[order] = np.arange(len(keys))
    return ranks


def _natural(names: list[str]) -> list[str]:
    """Keys that sort digits by their number. All names in one text: one call for thousands."""
    parts = _DIGITS.split(_BETWEEN.join(name.replace(_BETWEEN, " ") for name in names))
    # Odd places are digits; few of them differ.
    digits = parts[1::2]
    width = max(map(len, digits), default=0)
    padded = {text: text.zfill(width) for text in set(digits)}
    parts[1::2] = [padded[text] for text in digits]
    return "".join(parts).split(_BETWEEN) if names else []


class RowModel(QAbstractTableModel):
    """The rows that pass the filter, in the order asked for."""

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.table: RowTable | None = None
        self.rows: IntArray = np.zeros(0, np.int64)
        self._sort = (-1, False)
        self._filter = ""

    def set_table(self, table: RowTable | None) -> None:
        """Shows another table, with the sorting and filter as they are."""
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

    @property
    def nodes(self) -> IntArray:
        """The node of each row shown."""
        return self.table.row_nodes[self.rows] if self.table is not None else self.rows

    def rows_of(self, nodes: IntArray) -> IntArray:
        """Places at which the nodes are now, ascending; those filtered out are left out."""
        return np.flatnonzero(np.isin(self.nodes, nodes))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        table, number = self.table, index.column()
        if table is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return table.text(number, int(self.rows[index.row()]))
        if role == Qt.ItemDataRole.ToolTipRole:
            return table.tip(number, int(self.rows[index.row()]))
        if role == FRACTION_ROLE and self.columns[number].has_bar:
            return table.fraction(number, int(self.rows[index.row()]))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.columns[section].tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def _alignment(self, number: int) -> int:
        column = self.columns[number]
        side = Qt.AlignmentFlag.AlignLeft if column.is_text else Qt.AlignmentFlag.AlignRight
        return int(side | Qt.AlignmentFlag.AlignVCenter)

    def _arrange(self) -> None:
        self.beginResetModel()
        if self.table is None:
            self.rows = np.zeros(0, np.int64)
        else:
            order = self.table.order(*self._sort)
            self.rows = order[self.table.matches(self._filter)[order]]
        self.endResetModel()
