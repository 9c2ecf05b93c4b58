"""One line per output: every measure with whether it keeps its limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from inspector.ui.widgets.figures import number_text
from inspector.ui.widgets.look import theme_of

if TYPE_CHECKING:
    from inspector.verify.run import OutputResult

_COLUMNS = {
    "MSE": "mse",
    "Max abs": "max_abs",
    "Max rel": "max_rel",
    "Relative L2": "rel_l2",
    "Cosine": "cosine",
}


class OutputsTable(QTableWidget):
    """Passed and failed are told by a sign as well as by colour."""

    def __init__(self) -> None:
        titles = ["Output", "Type", *_COLUMNS, "Top-1", "Verdict"]
        super().__init__(0, len(titles))
        self.setHorizontalHeaderLabels(titles)
        self.setAccessibleName("Differences per output")
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(titles) - 1, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def set_outputs(self, outputs: Sequence[OutputResult]) -> None:
        """Fills the table."""
        self.setRowCount(len(outputs))
        for row, output in enumerate(outputs):
            measures = output.measures
            rules = {rule.rule: rule for rule in output.verdict.rules}
            self._put(row, 0, output.name)
            self._put(row, 1, measures.output_type)
            for column, (title, name) in enumerate(_COLUMNS.items(), 2):
                rule = rules.get(name)
                text = number_text(getattr(measures, name))
                self._put(row, column, text, rule.passed if rule else None)
                if rule is not None:
                    self.item(row, column).setToolTip(f"{title}: {rule.text}")
            agree = measures.top1_agree
            top1 = "—" if agree is None else "same" if agree else "differs"
            self._put(row, len(_COLUMNS) + 2, top1, agree)
            verdict = output.verdict
            self._put(row, len(_COLUMNS) + 3, verdict.text, verdict.passed)

    def copy(self) -> None:
        """Copies the selected rows, or all of them."""
        rows = sorted({index.row() for index in self.selectedIndexes()}) or range(self.rowCount())
        columns = range(self.columnCount())
        lines = ["\t".join(self.item(row, c).text() for c in columns) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _put(self, row: int, column: int, text: str, passed: bool | None = None) -> None:
        shown = text if passed is None else f"{'✓' if passed else '✗'} {text}"
        item = QTableWidgetItem(shown)
        item.setToolTip(text)
        if passed is not None:
            theme = theme_of(self)
            item.setForeground(QBrush(QColor(theme.success if passed else theme.error)))
        self.setItem(row, column, item)
