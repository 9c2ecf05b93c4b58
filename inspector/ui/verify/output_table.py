"""The outputs of both models with their measures, each against its limit."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QHeaderView, QTableView

from inspector.ui.theme import LIGHT, Theme
from inspector.ui.verify.outcome import FAIL, MEASURES, PASS, Cell, cells
from inspector.ui.widgets.copy_table import CopyTableView
from inspector.ui.widgets.look import theme_of
from inspector.verify.run import OutputResult

Index = QModelIndex | QPersistentModelIndex
_WIDTHS = (132, 96, 96, 80, 96, 104, 84, 240)


class OutputModel(QAbstractTableModel):
    """One row for each output, those that fail first."""

    def __init__(self) -> None:
        super().__init__()
        self._outputs: list[OutputResult] = []
        self._cells: list[tuple[Cell, ...]] = []
        self.theme: Theme = LIGHT

    def set_outputs(self, outputs: Sequence[OutputResult]) -> None:
        """Shows other outputs."""
        self.beginResetModel()
        self._outputs = sorted(outputs, key=lambda output: output.verdict.passed)
        self._cells = [cells(output) for output in self._outputs]
        self.endResetModel()

    def is_used(self, column: int) -> bool:
        """Whether a column says anything."""
        return column == 0 or any(row[column - 1].text not in ("", "–") for row in self._cells)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._outputs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(MEASURES) + 1

    def cell(self, index: Index) -> Cell:
        """What a place of the table says."""
        output = self._outputs[index.row()]
        if index.column() == 0:
            tip = f"{output.name}\n{output.measures.reference_type}\n{output.verdict.text}"
            return Cell(output.name, output.verdict.passed, tip.strip())
        return self._cells[index.row()][index.column() - 1]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        cell = self.cell(index)
        if role == Qt.ItemDataRole.DisplayRole:
            symbol = {True: f"{PASS}  ", False: f"{FAIL}  ", None: ""}[cell.passed]
            return symbol + cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return cell.tip or cell.text
        if role == Qt.ItemDataRole.ForegroundRole and cell.passed is not None:
            colour = self.theme.success if cell.passed else self.theme.error
            return QColor(self.theme.text if index.column() == 0 and cell.passed else colour)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        title, _, tip = MEASURES[section - 1] if section else ("output", "", "Name of the output")
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


def _alignment(column: int) -> int:
    numbers = 0 < column < len(MEASURES) - 1
    side = Qt.AlignmentFlag.AlignRight if numbers else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


class OutputTable(CopyTableView):
    """Shows `OutputModel`; Ctrl+C copies the selected rows."""

    def __init__(self) -> None:
        super().__init__()
        self.outputs = OutputModel()
        self.setModel(self.outputs)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Outputs compared")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.setStyleSheet(
            "QTableView, QTableView:focus { border: none; }"
            "QHeaderView::section { padding: 6px 11px; }"
        )

    def show_outputs(self, outputs: Sequence[OutputResult]) -> None:
        """Shows outputs; columns that say nothing about any of them are hidden."""
        self.outputs.theme = theme_of(self)
        self.outputs.set_outputs(outputs)
        for column in range(self.outputs.columnCount()):
            self.setColumnHidden(column, not self.outputs.is_used(column))

    def copy(self) -> None:
        """Copies the selected rows, tabs between columns."""
        columns = [c for c in range(self.outputs.columnCount()) if not self.isColumnHidden(c)]
        rows = sorted({index.row() for index in self.selectedIndexes()})
        lines = (
            "\t".join(str(self.outputs.index(row, column).data()) for column in columns)
            for row in rows
        )
        QGuiApplication.clipboard().setText("\n".join(lines))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "outputs"):
            self.outputs.theme = theme_of(self)
            self.viewport().update()
