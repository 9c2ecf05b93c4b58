"""The values of a weight in a table that reads only what it shows."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QSpinBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from inspector.model.tensors import TensorType
from inspector.model.weights import Array, Weight, WeightUnavailable
from inspector.ui.widgets.copy_table import CopyTableView
from inspector.ui.widgets.elided_label import ElidedLabel
from inspector.ui.widgets.look import label

Index = QModelIndex | QPersistentModelIndex
_MOST_COPIED = 1_000_000
_VECTOR_COLUMNS = 10


class ValuesModel(QAbstractTableModel):
    """The last two axes of an array at chosen places of the leading ones.

    A vector is shown in rows of ten. A cell is read from the array, usually a view of the file,
    when it is painted.
    """

    def __init__(self, values: Array) -> None:
        super().__init__()
        self._values = values
        self._place: tuple[int, ...] = (0,) * max(values.ndim - 2, 0)

    @property
    def leading(self) -> tuple[int, ...]:
        """Sizes of the axes before the last two."""
        return self._values.shape[:-2] if self._values.ndim > 2 else ()

    def set_place(self, place: tuple[int, ...]) -> None:
        """Chooses a slice: one index for each leading axis."""
        self._place = place
        rows, columns = self.rowCount(), self.columnCount()
        if rows and columns:
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, columns - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        shape = self._values.shape
        if parent.isValid() or not self._values.size:
            return 0
        if len(shape) < 2:
            return -(-prod(shape) // _VECTOR_COLUMNS)
        return int(shape[-2])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        shape = self._values.shape
        if parent.isValid() or not self._values.size:
            return 0
        return min(prod(shape), _VECTOR_COLUMNS) if len(shape) < 2 else int(shape[-1])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        place = self._at(index.row(), index.column())
        if place is None:
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            where = ", ".join(map(str, place))
            return f"[{where}] = {value_text(self._values[place], exact=True)}"
        return value_text(self._values[place])

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if self._values.ndim < 2 and orientation == Qt.Orientation.Vertical:
            return section * _VECTOR_COLUMNS
        return section

    def text(self, rows: range, columns: range) -> str:
        """A rectangle of exact values, tabs between columns and one line for each row."""
        return "\n".join("\t".join(self._exact(row, column) for column in columns) for row in rows)

    def _exact(self, row: int, column: int) -> str:
        place = self._at(row, column)
        return "" if place is None else value_text(self._values[place], exact=True)

    def _at(self, row: int, column: int) -> tuple[int, ...] | None:
        if self._values.ndim >= 2:
            return (*self._place, row, column)
        flat = row * _VECTOR_COLUMNS + column
        if flat >= self._values.size:
            return None
        return (flat,) if self._values.ndim else ()


def value_text(value: object, *, exact: bool = False) -> str:
    """One element as text, in six digits or with all that tell it from its neighbours."""
    if isinstance(value, np.floating):
        return str(value) if exact else f"{float(value):.6g}"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


class ValuesTable(CopyTableView):
    """A table of which Ctrl+C copies the selected rectangle."""

    def copy(self) -> None:
        """Copies the selected cells; of several rectangles the first."""
        model, selection = self.model(), self.selectionModel().selection()
        if selection.isEmpty() or not isinstance(model, ValuesModel):
            return
        first = selection.at(0)
        rows = range(first.top(), first.bottom() + 1)
        columns = range(first.left(), first.right() + 1)
        if len(rows) * len(columns) <= _MOST_COPIED:
            QGuiApplication.clipboard().setText(model.text(rows, columns))


class ValuesDialog(QDialog):
    """A window of its own, so that a weight can stay in sight beside the graph."""

    def __init__(self, weight: Weight, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Values of {weight.name}")
        self.resize(760, 520)
        self.table = ValuesTable()
        self.selectors: list[QSpinBox] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(ElidedLabel(weight.name, factor=1.15, semibold=True))
        layout.addWidget(label(TensorType(weight.elem, weight.shape).text(), "secondary"))
        try:
            self._model: ValuesModel | None = ValuesModel(weight.array())
        except WeightUnavailable as error:
            self._model = None
            layout.addWidget(label(str(error), "error", wrap=True, copyable=True), 1)
        else:
            layout.addLayout(self._selector_row(self._model))
            layout.addWidget(self._set_up_table(self._model), 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    def _set_up_table(self, model: ValuesModel) -> QTableView:
        self.table.setModel(model)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.horizontalHeader().setDefaultSectionSize(112)
        self.table.verticalHeader().setDefaultSectionSize(26)
        self.table.verticalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        return self.table

    def _selector_row(self, model: ValuesModel) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for axis, size in enumerate(model.leading):
            row.addWidget(label(f"axis {axis}", "secondary"))
            selector = QSpinBox()
            selector.setRange(0, max(size - 1, 0))
            selector.setWrapping(True)
            selector.setSuffix(f" of {size:,}")
            selector.setAccessibleName(f"Index of axis {axis}")
            selector.setMinimumWidth(112)
            selector.valueChanged.connect(self._placed(model))
            self.selectors.append(selector)
            row.addWidget(selector)
        row.addStretch(1)
        return row

    def _placed(self, model: ValuesModel) -> Callable[[], None]:
        return lambda: model.set_place(tuple(box.value() for box in self.selectors))
