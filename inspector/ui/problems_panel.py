"""The list of what is wrong with the model; an entry leads to its node."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from inspector.model.graph import Graph
from inspector.model.problems import Problem, Severity
from inspector.ui.icons import icon
from inspector.ui.theme import LIGHT, Theme

_ICONS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "info"}
_NODE = Qt.ItemDataRole.UserRole
_SEVERITY = Qt.ItemDataRole.UserRole + 1


class ProblemsPanel(QWidget):
    """Problems with their nodes and advice. Enter or a double click goes to the node."""

    node_activated = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.list = QTreeWidget()
        self.list.setAccessibleName("Problems")
        self.list.setHeaderLabels(["Problem", "Node", "What to do"])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = self.list.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, 620)
        header.resizeSection(1, 240)
        self.list.itemActivated.connect(self._activate)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self.list)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._copy)
        self._empty = QLabel("No problems found.")
        self._empty.setProperty("role", "secondary")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.list)

    def set_theme(self, theme: Theme) -> None:
        """Draws the icons in the theme's colours."""
        self._theme = theme
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            assert item is not None
            item.setIcon(0, icon(_ICONS[item.data(0, _SEVERITY)], theme))

    def set_problems(self, problems: Sequence[Problem], graph: Graph | None) -> None:
        """Shows problems; errors first, otherwise in the order given."""
        self.list.clear()
        order = list(Severity)
        for problem in sorted(problems, key=lambda p: order.index(p.severity)):
            self.list.addTopLevelItem(self._item(problem, graph))
        self._pages.setCurrentIndex(1 if problems else 0)

    def _item(self, problem: Problem, graph: Graph | None) -> QTreeWidgetItem:
        node = -1 if problem.node is None else problem.node
        known = graph is not None and 0 <= node < graph.node_count
        name = graph.names[node] if graph is not None and known else ""
        item = QTreeWidgetItem([problem.message, name, problem.hint])
        item.setIcon(0, icon(_ICONS[problem.severity], self._theme))
        item.setData(0, _NODE, node if known else -1)
        item.setData(0, _SEVERITY, problem.severity)
        for column, text in enumerate((problem.message, name, problem.hint)):
            item.setToolTip(column, text)
        return item

    def _activate(self, item: QTreeWidgetItem) -> None:
        node = item.data(0, _NODE)
        if node >= 0:
            self.node_activated.emit(node)

    def _copy(self) -> None:
        rows = ["\t".join(item.text(c) for c in range(3)) for item in self.list.selectedItems()]
        QGuiApplication.clipboard().setText("\n".join(rows))
