"""The roofline: which nodes an accelerator could compute faster, and which wait for memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from inspector.analysis.accelerator import Accelerator
from inspector.analysis.figures import Figures
from inspector.analysis.fit import Fit, compute_fit
from inspector.analysis.fit_summary import percent
from inspector.analysis.roofline import Roofline, compute_roofline
from inspector.analysis.timeline import Timeline, compute_timeline
from inspector.app.jobs import Cancel
from inspector.model.graph import Graph
from inspector.ui.analyze.accelerator_form import AcceleratorForm
from inspector.ui.analyze.panel import AnalyzePanel
from inspector.ui.widgets.cards import CardText
from inspector.ui.widgets.figures import rate_text, short_name, short_rate, short_text

if TYPE_CHECKING:
    from inspector.ui.analyze.roofline_plot import RooflinePlot

_FORM_WIDTH = 272
_Result = tuple[Timeline, Fit]


class RooflinePanel(AnalyzePanel):
    """The plot beside the accelerator's figures."""

    accelerator_changed = Signal(object)
    """The `Accelerator` that the user set."""
    padding_changed = Signal(bool)
    title = "Drawing the roofline"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = AcceleratorForm()
        self.roofline: Roofline | None = None
        self.plot: RooflinePlot | None = None
        self._known: _Result | None = None
        self.form.accelerator_changed.connect(self._changed)
        self.form.padding_changed.connect(self._padding_toggled)

    def set_accelerator(self, accelerator: Accelerator, padding: bool = True) -> None:
        """Shows another accelerator, without telling of it."""
        self.form.set_values(accelerator, padding)
        self._draw()

    # Content -----------------------------------------------------------------------------------

    def build(self) -> QWidget:
        from inspector.ui.analyze.roofline_plot import RooflinePlot

        self.plot = RooflinePlot()
        self.plot.clicked_at.connect(self._take_place)
        self.plot.stepped.connect(self._step)
        content = QWidget()
        whole = QHBoxLayout(content)
        whole.setContentsMargins(16, 8, 0, 4)
        whole.setSpacing(0)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(self.card_row(4))
        left.addWidget(self.plot, 1)
        whole.addLayout(left, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(_FORM_WIDTH)
        area.setWidget(self.form)
        whole.addWidget(area)
        return content

    # Figures -----------------------------------------------------------------------------------

    def work(self, graph: Graph, figures: Figures) -> Callable[[Cancel], _Result]:
        unit = self.form.accelerator.unit
        return lambda stop: (compute_timeline(graph), compute_fit(graph, unit, stop))

    def present(self, result: _Result) -> None:
        self._known = result
        self._draw()

    def present_selection(self) -> None:
        if self.plot is not None:
            self.plot.select_nodes(self.chosen)

    def forget(self) -> None:
        self._known = self.roofline = None
        if self.plot is not None:
            self.plot.show_roofline(None)

    def _draw(self) -> None:
        if self._known is None or self.figures is None or self.plot is None:
            return
        timeline, fit = self._known
        machine = self.form.accelerator
        counted = fit.with_unit(machine.unit) if self.form.padding.isChecked() else None
        self.roofline = compute_roofline(self.figures, machine, timeline, counted)
        self.plot.show_roofline(self.roofline)
        self.show_cards(card_texts(self.roofline, self.figures, counted is not None))

    # What the user does ------------------------------------------------------------------------

    def _changed(self, accelerator: Accelerator) -> None:
        self._draw()
        self.accelerator_changed.emit(accelerator)

    def _padding_toggled(self, counted: bool) -> None:
        self._draw()
        self.padding_changed.emit(counted)

    def _take_place(self, place: QPointF, more: bool) -> None:
        point = self.plot.point_at(place) if self.plot is not None else None
        if point is not None:
            self._choose(list(dict.fromkeys([*(self.chosen if more else ()), *point.nodes])))

    def _step(self, by: int) -> None:
        point = self.plot.next_point(by) if self.plot is not None else None
        if point is not None:
            self._choose(list(point.nodes))

    def _choose(self, nodes: list[int]) -> None:
        self.tell(nodes)
        self.present_selection()


def card_texts(roofline: Roofline, figures: Figures, padded: bool) -> tuple[CardText, ...]:
    """Time, what bounds it, what is moved and what takes longest."""
    totals, machine = roofline.totals, roofline.accelerator
    seconds = totals.seconds
    left_out = f"\n{totals.unknown_nodes:,} nodes with an unknown figure are left out."
    unknown = left_out if totals.unknown_nodes else ""
    waiting = totals.memory_bound_s / seconds if seconds else 0.0
    kept = figures.totals.total_bytes - totals.moved_bytes
    unit = f" Padding of {machine.unit.text()} tiles counts as computing." if padded else ""
    still = float(roofline.seconds[roofline.macs == 0].sum()) if roofline.macs.size else 0.0
    texts = [
        CardText(
            "Time at best" + (", known nodes" if unknown else ""),
            0,
            "s",
            f"{rate_text(seconds, 's')} = {rate_text(totals.compute_bound_s, 's')} computing + "
            f"{rate_text(totals.memory_bound_s, 's')} moving",
            "Every node takes the longer of MACs / peak and bytes / bandwidth, one after the "
            f"other. A bound of an ideal machine, no forecast.{unit} Nodes without MACs are not "
            f"drawn; they take {rate_text(still, 's')} of it.{unknown}",
            short_rate(seconds, "s"),
        ),
        CardText(
            "Waits for memory",
            0,
            "%",
            f"{percent(waiting)} of the time",
            "The share of the time that nodes take which are bound by memory: left of the ridge "
            f"at {machine.ridge:.4g} MACs per byte their bytes take longer than their MACs.",
            _split(percent(waiting)),
        ),
        CardText(
            "Bytes moved",
            totals.moved_bytes,
            "B",
            f"{totals.moved_bytes:,} B; {kept:,} B stay on chip",
            f"Of {figures.totals.total_bytes:,} B that nodes read and write. An activation stays "
            "on chip where, during its whole life, all live activations fit in "
            f"{short_text(machine.on_chip_bytes, 'B', binary=True)}; weights, inputs and outputs "
            "of the network always move.",
        ),
    ]
    longest = roofline.dominant()
    if longest is not None:
        name, nodes, time = longest
        share = time / seconds if seconds else 0.0
        op_type = roofline.graph.op_types[nodes[0]] if len(nodes) == 1 else ""
        told = short_name(name, op_type)
        tiles = f" ({len(nodes):,} nodes)" if len(nodes) > 1 else ""
        texts.append(
            CardText(
                f"Longest: {told if len(told) <= 26 else '…' + told[-25:]}",
                0,
                "%",
                f"{name}{tiles}: {rate_text(time, 's')}, {percent(share)} of the time",
                "The node, or the tiled layer, that takes longest.",
                _split(percent(share)),
            )
        )
    return tuple(texts)


def _split(text: str) -> tuple[str, str]:
    figure, _, unit = text.partition(" ")
    return figure, unit
