"""The metrics panel: cards, the table of nodes and a chart beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from inspector.analysis.figures import Figures
from inspector.model.graph import Graph
from inspector.ui.metrics.bars import (
    Bar,
    BarChart,
    bars_by_category,
    bars_by_node,
    bars_of_operators,
)
from inspector.ui.metrics.cards import card_texts
from inspector.ui.metrics.node_table import NodeTableView
from inspector.ui.metrics.table_model import NodeTable
from inspector.ui.widgets.cards import Card
from inspector.ui.widgets.look import label

_FILTER_DELAY_MS = 80
_Maker = Callable[[Graph, Figures], list[Bar]]
_CHARTS: tuple[tuple[str, _Maker], ...] = (
    ("Top nodes by MACs", partial(bars_by_node, field="macs", unit="")),
    ("Top nodes by bytes moved", partial(bars_by_node, field="total_bytes", unit="B")),
    ("Top nodes by parameters", partial(bars_by_node, field="parameters", unit="")),
    ("Categories by MACs", partial(bars_by_category, field="macs", unit="")),
    ("Categories by bytes moved", partial(bars_by_category, field="total_bytes", unit="B")),
    ("Categories by parameters", partial(bars_by_category, field="parameters", unit="")),
    ("Number of operators", lambda graph, figures: bars_of_operators(graph)),
)


class MetricsPanel(QWidget):
    """Shows `Figures`. Selections made here are told, those set from outside are not."""

    # `object`: Qt would copy a list element by element.
    nodes_selected = Signal(object)
    export_requested = Signal(str)
    """``csv`` or ``json``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("pane", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._graph: Graph | None = None
        self._figures: Figures | None = None
        self.cards = [Card() for _ in range(5)]
        self.table = NodeTableView()
        self.chart = BarChart()
        self.chart_choice = QComboBox()
        self.filter = QLineEdit()
        self._empty = label("", "secondary")
        self._delay = QTimer(self)
        self._lay_out()
        self._connect()
        self.clear()

    def sizeHint(self) -> QSize:
        return QSize(960, 240)

    def set_data(self, graph: Graph, figures: Figures) -> None:
        """Shows the figures of a graph; sorting and filter stay as they are."""
        self._graph, self._figures = graph, figures
        self.setEnabled(True)
        for card, text in zip(self.cards, card_texts(figures), strict=True):
            card.set_text(text)
            card.show()
        self.table.set_table(NodeTable(graph, figures))
        self._draw_chart()
        self._tell_empty()

    def clear(self) -> None:
        """Nothing is open."""
        self._graph = self._figures = None
        self.table.set_table(None)
        self.chart.set_bars([], "No figures yet.")
        for card in self.cards:
            card.hide()
        self._tell_empty()

    def select_nodes(self, nodes: Sequence[int]) -> None:
        """Shows what is selected elsewhere."""
        self.table.select_nodes(nodes)

    def copy(self) -> None:
        """Copies the selected rows."""
        self.table.copy()

    def _lay_out(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 8, 16, 4)
        whole.setSpacing(8)
        whole.addLayout(self._top_row())
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages.addWidget(self._empty)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._pages)
        splitter.addWidget(self._chart_side())
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([720, 300])
        whole.addWidget(splitter, 1)

    def _top_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for card in self.cards:
            row.addWidget(card)
        row.addStretch(1)
        self.filter.setPlaceholderText("Filter nodes")
        self.filter.setToolTip("Name, operator type or output shape")
        self.filter.setAccessibleName("Filter nodes")
        self.filter.setClearButtonEnabled(True)
        self.filter.setMinimumWidth(96)
        self.filter.setMaximumWidth(200)
        row.addWidget(self.filter, 2)
        for kind in ("csv", "json"):
            button = QPushButton(kind.upper())
            button.setFlat(True)
            button.setToolTip(f"Export the figures as {kind.upper()}…")
            button.clicked.connect(partial(self.export_requested.emit, kind))
            button.setStyleSheet("QPushButton { padding: 6px 8px; }")
            row.addWidget(button)
        return row

    def _chart_side(self) -> QWidget:
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(16, 0, 0, 0)
        layout.setSpacing(4)
        self.chart_choice.setAccessibleName("What the chart shows")
        self.chart_choice.addItems([title for title, _ in _CHARTS])
        layout.addWidget(self.chart_choice)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        holder = QWidget()
        holder.setProperty("pane", True)
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.chart)
        inside.addStretch(1)
        area.setWidget(holder)
        layout.addWidget(area, 1)
        return side

    def _connect(self) -> None:
        self._delay.setSingleShot(True)
        self._delay.setInterval(_FILTER_DELAY_MS)
        self._delay.timeout.connect(self._filter)
        self.filter.textChanged.connect(lambda: self._delay.start())
        self.filter.returnPressed.connect(self._filter)
        self.table.nodes_selected.connect(self.nodes_selected)
        self.chart.activated.connect(self._take_bar)
        self.chart_choice.currentIndexChanged.connect(self._draw_chart)

    def _filter(self) -> None:
        self._delay.stop()
        self.table.metrics.set_filter(self.filter.text())
        self._tell_empty()

    def _tell_empty(self) -> None:
        filled = self.table.metrics.rowCount() > 0
        if self._graph is None:
            self._empty.setText("Open a model to see what it costs.")
        elif self.filter.text():
            self._empty.setText(f"No node matches “{self.filter.text()}”.")
        else:
            self._empty.setText("The model has no nodes.")
        self._pages.setCurrentIndex(0 if filled else 1)

    def _draw_chart(self) -> None:
        if self._graph is None or self._figures is None:
            return
        _, make = _CHARTS[max(self.chart_choice.currentIndex(), 0)]
        self.chart.set_bars(make(self._graph, self._figures))

    def _take_bar(self, nodes: list[int]) -> None:
        self.table.select_nodes(nodes)
        self.nodes_selected.emit(nodes)
