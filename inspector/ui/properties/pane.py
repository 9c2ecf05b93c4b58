"""The property pane: a header, actions for weights, and the sections of what is selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from inspector.analysis.figures import Figures
from inspector.analysis.weight_stats import WeightStats
from inspector.model.graph import Graph
from inspector.model.problems import Problem
from inspector.model.weights import Weight
from inspector.ui.dialogs.values_dialog import ValuesDialog
from inspector.ui.properties.node_page import node_page
from inspector.ui.properties.other_pages import (
    group_page,
    model_page,
    statistics_rows,
    weight_page,
    with_statistics,
)
from inspector.ui.properties.sections import Link, LinkKind, Page, Row
from inspector.ui.properties.statistics import StatisticsReader
from inspector.ui.properties.view import PageView
from inspector.ui.widgets.elided_label import ElidedLabel

_PATIENCE_MS = 200


class PropertyPane(QWidget):
    """Shows one node, weight, group or the model; says by signals where the user wants to go."""

    node_activated = Signal(int)
    tensor_activated = Signal(int)
    group_activated = Signal(int)
    export_requested = Signal(int)
    """The tensor id of a weight to be written as .npy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("pane", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(240)
        self._weight: Weight | None = None
        self._title = ElidedLabel(factor=1.45, semibold=True)
        self._name = ElidedLabel()
        self._subtitle = ElidedLabel(factor=0.9)
        self._subtitle.set_colour("secondary")
        self.view = PageView()
        self._values_button = QPushButton("Values…")
        self._export_button = QPushButton("Export .npy…")
        self._reader = StatisticsReader(self)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._lay_out()
        self._connect()
        self.clear()

    def sizeHint(self) -> QSize:
        return QSize(320, 600)

    def show_node(self, graph: Graph, figures: Figures | None, node: int) -> None:
        """Everything about a node; `figures` are None while they are being counted."""
        self._show(node_page(graph, figures, node))

    def show_weight(self, graph: Graph, tensor: int) -> None:
        """A weight; its statistics follow as soon as they are computed."""
        page = weight_page(graph, tensor)
        weight = graph.weights[tensor]
        stats = self._reader.known(weight)
        if stats is not None:
            self._show(with_statistics(page, statistics_rows(stats)))
            self._weight = weight
            return
        self._show(page)
        self._weight = weight
        self._patience.start()
        self._reader.request(weight)

    def show_group(self, graph: Graph, figures: Figures | None, group: int) -> None:
        """A tiled layer or the body of a control-flow node."""
        self._show(group_page(graph, figures, group))

    def show_model(
        self,
        graph: Graph,
        figures: Figures | None = None,
        problems: Sequence[Problem] = (),
        path: Path | None = None,
    ) -> None:
        """The model's own facts; `path` is where it is saved, else the file it was read from."""
        self._show(model_page(graph, figures, problems, path))

    def clear(self) -> None:
        """Nothing is open."""
        self._show(Page("", subtitle="Select a node to see what it is and what it costs."))

    def copy(self) -> None:
        """Copies the selected rows, or everything shown where none is selected."""
        self.view.copy()

    def shut_down(self) -> None:
        """Stops computing; call before the application ends."""
        self._reader.finish()

    def hideEvent(self, event: QHideEvent) -> None:
        self._reader.cancel()
        super().hideEvent(event)

    def _lay_out(self) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(16, 12, 16, 8)
        head.setSpacing(2)
        for widget in (self._title, self._name, self._subtitle):
            head.addWidget(widget)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 8, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._values_button)
        row.addWidget(self._export_button)
        row.addStretch(1)
        head.addWidget(self._buttons)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addWidget(self.view, 1)

    def _connect(self) -> None:
        self.view.link_activated.connect(self._follow)
        self.view.address_activated.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))
        self._values_button.clicked.connect(self._show_values)
        self._export_button.clicked.connect(
            lambda: self.export_requested.emit(self.view.page.tensor)
        )
        self._reader.ready.connect(self._take_statistics)
        self._patience.timeout.connect(
            lambda: self.view.set_rows("STATISTICS", (Row("", "computing…"),))
        )

    def _show(self, page: Page) -> None:
        self._patience.stop()
        self._reader.cancel()
        self._weight = None
        self._title.setText(page.title)
        self._title.set_colour(f"category:{page.category}" if page.category else "text")
        self._title.setVisible(bool(page.title))
        self._name.setText(page.name)
        self._name.setVisible(bool(page.name))
        self._subtitle.setText(page.subtitle)
        self._buttons.setVisible(page.tensor >= 0)
        self.view.show_page(page)

    def _follow(self, link: Link) -> None:
        signals: dict[LinkKind, Callable[[int], None]] = {
            LinkKind.NODE: self.node_activated.emit,
            LinkKind.TENSOR: self.tensor_activated.emit,
            LinkKind.GROUP: self.group_activated.emit,
        }
        signals[link.kind](link.target)

    def _take_statistics(self, weight: Weight, stats: WeightStats | None, reason: str) -> None:
        if weight is not self._weight:
            return
        self._patience.stop()
        rows = statistics_rows(stats) if stats is not None else (Row("", reason),)
        self.view.set_rows("STATISTICS", rows)

    def _show_values(self) -> None:
        if self._weight is not None:
            dialog = ValuesDialog(self._weight, self.window())
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.show()
