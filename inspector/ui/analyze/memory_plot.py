"""Live bytes over execution order as an area, with the peak and what is selected."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QBrush, QColor

from inspector.analysis.timeline import Order, Timeline
from inspector.ui.analyze.plots import FigureAxis, Plot, line_pen, translucent
from inspector.ui.theme import Theme
from inspector.ui.widgets.figures import short_text
from inspector.ui.widgets.look import theme_of

_MOST_POINTS = 4000


class MemoryPlot(Plot):
    """Steps are main nodes in the order of the file."""

    def __init__(self) -> None:
        self.timeline: Timeline | None = None
        self.order: Order | None = None
        self.step = -1
        self._area = pg.PlotDataItem(fillLevel=0)
        self._better = pg.InfiniteLine(angle=0)
        self._label = pg.InfLineLabel(self._better, "", position=0.99, anchors=[(1, 1), (1, 1)])
        self._chosen = pg.InfiniteLine(angle=90)
        self._peak = pg.ScatterPlotItem(size=9)
        self._name = pg.TextItem(anchor=(0, 0.5))
        super().__init__("Live bytes over execution order", FigureAxis("bottom"), _bytes_axis())
        for item in (self._area, self._better, self._chosen, self._peak, self._name):
            self.addItem(item)
        self._better.hide()
        self._chosen.hide()
        self.setLabel("bottom", "node in execution order")

    def show_timeline(self, timeline: Timeline | None, order: Order | None = None) -> None:
        """Draws a timeline, and the peak of a better order."""
        self.timeline, self.order = timeline, order
        self.step = -1
        self._chosen.hide()
        live = timeline.live if timeline is not None else np.zeros(0, np.int64)
        self._area.setData(*_outline(live))
        peak = int(live.max()) if live.size else 0
        self.setXRange(0.5, max(live.size, 1) + 0.5, padding=0)
        self.setYRange(0, max(peak * 1.16, 1), padding=0)
        self._better.setVisible(order is not None)
        if order is not None:
            self._better.setValue(order.peak_bytes)
            self._label.setFormat(f"another order: {short_text(order.peak_bytes, 'B')}")
        self._mark_peak()

    def select_step(self, step: int) -> None:
        """Marks a node, -1 for none."""
        self.step = step
        self._chosen.setVisible(step >= 0)
        self._chosen.setValue(step + 1)

    def step_at(self, place: QPointF) -> int:
        """The node at a place, -1 outside."""
        count = self.timeline.live.size if self.timeline is not None else 0
        step = int(np.floor(place.x() - 0.5))
        return step if 0 <= step < count else -1

    def tip_at(self, place: QPointF) -> str:
        step = self.step_at(place)
        if step < 0 or self.timeline is None:
            return ""
        graph, live = self.timeline.graph, int(self.timeline.live[step])
        word = "the peak" if step == self.timeline.peak_step else f"node {step + 1:,}"
        return f"{graph.names[step]}\n{graph.op_types[step]} · {word}\n{live:,} B alive"

    def colour(self, theme: Theme) -> None:
        self._area.setPen(line_pen(theme.accent))
        self._area.setFillBrush(QBrush(translucent(theme.accent, 0.18)))
        self._better.setPen(line_pen(theme.success, dashed=True))
        self._label.setColor(QColor(theme.success))
        self._chosen.setPen(line_pen(theme.text))
        self._peak.setBrush(QColor(theme.error))
        self._peak.setPen(line_pen(theme.pane))
        self._name.setColor(QColor(theme.text))

    def _mark_peak(self) -> None:
        timeline = self.timeline
        if timeline is None or timeline.peak_step < 0:
            self._peak.setData([], [])
            self._name.setText("")
            return
        step, count = timeline.peak_step, timeline.live.size
        self._peak.setData([step + 1], [timeline.peak_bytes])
        # The text stands where there is room beside the mark.
        is_left = step < count / 2
        self._name.setText(f" peak {short_text(timeline.peak_bytes, 'B')} ")
        self._name.setAnchor((0 if is_left else 1, 0.8))
        self._name.setPos(step + 1, timeline.peak_bytes)
        self.colour(theme_of(self))


def _bytes_axis() -> FigureAxis:
    axis = FigureAxis("left", "B")
    axis.setWidth(64)
    return axis


def _outline(live: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the steps; of a long order the highest of every few nodes."""
    edges = np.arange(live.size + 1)
    if live.size > _MOST_POINTS:
        edges = np.linspace(0, live.size, _MOST_POINTS + 1).astype(np.int64)
        live = np.maximum.reduceat(live, edges[:-1])
    # The first node stands at 1.
    return np.repeat(edges + 0.5, 2)[1:-1], np.repeat(live, 2)
