"""Activation memory: what is alive when, what makes the peak, what another order needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from inspector.analysis.figures import Figures
from inspector.analysis.memory import main_nodes
from inspector.analysis.timeline import Order, Timeline, better_order, compute_timeline
from inspector.app.jobs import Cancel
from inspector.model.graph import Graph
from inspector.ui.analyze.memory_table import COLUMNS, AliveTable
from inspector.ui.analyze.panel import AnalyzePanel
from inspector.ui.widgets.cards import CardText
from inspector.ui.widgets.elided_label import ElidedLabel
from inspector.ui.widgets.figures import count_text, short_name, short_text
from inspector.ui.widgets.row_view import RowView

if TYPE_CHECKING:
    from inspector.ui.analyze.memory_plot import MemoryPlot

_SEARCH_S = 1.0
_Result = tuple[Timeline, Order | None]


class MemoryPanel(AnalyzePanel):
    """The timeline of live bytes beside the tensors alive at one of its nodes."""

    title = "Following activations"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.timeline: Timeline | None = None
        self.order: Order | None = None
        self.plot: MemoryPlot | None = None
        self.table: RowView | None = None
        self.heading = ElidedLabel(semibold=True)
        self.to_peak = QPushButton("Show Peak")

    # Content -----------------------------------------------------------------------------------

    def build(self) -> QWidget:
        from inspector.ui.analyze.memory_plot import MemoryPlot

        self.plot = MemoryPlot()
        self.plot.clicked_at.connect(self._take_place)
        self.plot.stepped.connect(self._step)
        content = QWidget()
        whole = QVBoxLayout(content)
        whole.setContentsMargins(16, 8, 16, 4)
        whole.setSpacing(8)
        whole.addLayout(self.card_row(4))
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.plot)
        splitter.addWidget(self._side())
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setSizes([520, 440])
        whole.addWidget(splitter, 1)
        return content

    def _side(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(16, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.heading, 1)
        self.to_peak.setFlat(True)
        self.to_peak.setStyleSheet("QPushButton { padding: 2px 8px; }")
        self.to_peak.setToolTip("Select the node at which most is alive")
        self.to_peak.clicked.connect(self._show_peak)
        row.addWidget(self.to_peak)
        column.addLayout(row)
        self.table = RowView(COLUMNS, "Tensors alive at the node")
        self.table.nodes_selected.connect(self.tell_from_table)
        column.addWidget(self.table, 1)
        return side

    # Figures -----------------------------------------------------------------------------------

    def work(self, graph: Graph, figures: Figures) -> Callable[[Cancel], _Result]:
        def compute(cancelled: Cancel) -> _Result:
            timeline = compute_timeline(graph)
            return timeline, better_order(timeline, _SEARCH_S, cancelled)

        return compute

    def present(self, result: _Result) -> None:
        self.timeline, self.order = result
        assert self.plot is not None
        self.plot.show_timeline(self.timeline, self.order)
        self.show_cards(card_texts(self.timeline, self.order))

    def present_selection(self) -> None:
        self._show_step(self._main_step(self.chosen[0]) if self.chosen else -1)

    def forget(self) -> None:
        self.timeline = self.order = None
        if self.plot is not None and self.table is not None:
            self.plot.show_timeline(None)
            self.table.set_table(None)

    def copy(self) -> None:
        """Copies the selected rows."""
        if self.table is not None:
            self.table.copy()

    # Selection ---------------------------------------------------------------------------------

    def tell_from_table(self, nodes: list[int]) -> None:
        """A tensor was selected: its maker is, and the list stays as it is."""
        if nodes:
            self.tell(nodes)

    def _take_place(self, place: QPointF, more: bool) -> None:
        step = self.plot.step_at(place) if self.plot is not None else -1
        if step >= 0:
            self._go(step)

    def _step(self, by: int) -> None:
        if self.timeline is None or self.plot is None:
            return
        now = self.plot.step if self.plot.step >= 0 else self.timeline.peak_step
        self._go(min(max(now + by, 0), self.timeline.live.size - 1))

    def _show_peak(self) -> None:
        if self.timeline is not None and self.timeline.peak_step >= 0:
            self._go(self.timeline.peak_step)

    def _go(self, step: int) -> None:
        self._show_step(step)
        self.tell([step])

    def _main_step(self, node: int) -> int:
        """The main node of one that may lie in a body."""
        if self.graph is None or node < self.graph.main_count:
            return node
        return int(main_nodes(self.graph)[node])

    def _show_step(self, step: int) -> None:
        """Lists what is alive at a node; without one, at the peak."""
        timeline = self.timeline
        if timeline is None or self.plot is None or self.table is None:
            return
        self.plot.select_step(step)
        at = step if step >= 0 else timeline.peak_step
        if at < 0:
            self.heading.setText("The model has no nodes.")
            self.table.set_table(None)
            return
        name = short_name(timeline.graph.names[at], timeline.graph.op_types[at])
        is_peak = int(timeline.live[at]) == timeline.peak_bytes
        word = "Alive at the peak" if is_peak else "Alive"
        self.heading.setText(f"{word}: {short_text(int(timeline.live[at]), 'B')} at {name}")
        self.to_peak.setVisible(not is_peak)
        self.table.set_table(AliveTable(timeline, at))


def card_texts(timeline: Timeline, order: Order | None) -> tuple[CardText, ...]:
    """The figures of a timeline; the last one only where another order needs less."""
    graph = timeline.graph
    has_nodes = timeline.peak_step >= 0
    left_out = f"\n{timeline.unknown:,} tensors of unknown size count as nothing."
    unknown, at_least = (left_out, ", at least") if timeline.unknown else ("", "")
    peak_node = graph.names[timeline.peak_step] if has_nodes else ""
    floor_node = graph.names[timeline.floor_node] if has_nodes else ""
    is_least = timeline.peak_bytes == timeline.floor_bytes
    texts = [
        CardText(
            "Peak" + at_least,
            timeline.peak_bytes,
            "B",
            count_text(timeline.peak_bytes, "B"),
            f"The largest sum of activations alive at the same time, at {peak_node}. Inputs and "
            "outputs of a node are alive together: results written over their inputs are not "
            f"modelled.{unknown}",
        ),
        CardText(
            "Sum of outputs" + at_least,
            timeline.output_bytes,
            "B",
            count_text(timeline.output_bytes, "B"),
            f"All that the nodes make: what memory that is never used again would take.{unknown}",
        ),
        CardText(
            "Least of any order" + (" = peak" if is_least and has_nodes else ""),
            timeline.floor_bytes,
            "B",
            count_text(timeline.floor_bytes, "B"),
            f"No order needs less: {floor_node} reads and makes this much."
            + (" The file's order reaches it." if is_least else ""),
        ),
    ]
    if order is not None:
        saved = 1 - order.peak_bytes / timeline.peak_bytes
        texts.append(
            CardText(
                "Another order needs",
                order.peak_bytes,
                "B",
                f"{order.peak_bytes:,} B, {100 * saved:.1f} % less",
                "A greedy search that runs next what lets memory grow least has found an order "
                "of the same nodes with this peak. There may be better ones.",
            )
        )
    return tuple(texts)
