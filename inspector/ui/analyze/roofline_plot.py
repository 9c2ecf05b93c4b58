"""The roof of an accelerator with the network's nodes below it, on logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QFontMetricsF, QResizeEvent

from inspector.analysis.roofline import Roofline
from inspector.ui.analyze.plots import FigureAxis, Plot, line_pen, translucent
from inspector.ui.analyze.roofline_points import Point, points_of
from inspector.ui.theme import Theme
from inspector.ui.widgets.figures import rate_text
from inspector.ui.widgets.look import theme_of

_NEAR_PX = 6
_MOST_NAMES = 4


class RooflinePlot(Plot):
    """Points are selected by clicks, with Control in addition, or by the arrow keys."""

    ruled = ("left", "bottom")

    def __init__(self) -> None:
        self.roofline: Roofline | None = None
        self.points: list[Point] = []
        self._chosen: set[int] = set()
        self._roof = pg.PlotDataItem()
        self._ridge = pg.PlotDataItem()
        self._dots = pg.ScatterPlotItem(pxMode=True)
        self._peak = pg.TextItem(anchor=(1, 1))
        self._slope = pg.TextItem(anchor=(0.5, 1))
        self._names = [pg.TextItem(anchor=(0, 0.5)) for _ in range(_MOST_NAMES)]
        super().__init__(
            "Roofline",
            FigureAxis("bottom", logarithmic=True),
            FigureAxis("left", logarithmic=True),
        )
        self.getAxis("left").setWidth(52)
        for item in (self._ridge, self._roof, self._dots, self._peak, self._slope, *self._names):
            self.addItem(item)
        self.setLabel("bottom", "MACs per byte moved")
        self.setLabel("left", "MAC/s")

    def show_roofline(self, roofline: Roofline | None) -> None:
        """Draws a roofline; what is selected stays so."""
        self.roofline = roofline
        self.points = points_of(roofline) if roofline is not None else []
        self._draw_roof()
        self._draw_dots(theme_of(self))
        self._name_points()

    def select_nodes(self, nodes: Sequence[int]) -> None:
        """Rings the points of nodes."""
        self._chosen = set(nodes)
        self._draw_dots(theme_of(self))

    def is_chosen(self, point: Point) -> bool:
        """Whether a node of a point is selected."""
        return not self._chosen.isdisjoint(point.nodes)

    def point_at(self, place: QPointF) -> Point | None:
        """The point nearest to a place, within reach of the pointer; the one on top first."""
        where = self.pixel_of(place.x(), place.y())
        best, least = None, math.inf
        for point in reversed(self.points):
            away = self.pixel_of(point.x, point.y) - where
            beyond = math.hypot(away.x(), away.y()) - point.size / 2
            if beyond <= _NEAR_PX and max(beyond, 0) < least:
                best, least = point, max(beyond, 0)
        return best

    def next_point(self, by: int) -> Point | None:
        """The point beside the selected one along the intensity."""
        ranked = sorted(self.points, key=lambda point: (point.x, point.y))
        if not ranked:
            return None
        places = [place for place, point in enumerate(ranked) if self.is_chosen(point)]
        if not places:
            return ranked[0 if by > 0 else -1]
        return ranked[min(max(places[0] + by, 0), len(ranked) - 1)]

    def tip_at(self, place: QPointF) -> str:
        point = self.point_at(place)
        return point.tip if point is not None else ""

    def colour(self, theme: Theme) -> None:
        self._roof.setPen(line_pen(theme.text, 2))
        self._ridge.setPen(line_pen(theme.edge, 1, dashed=True))
        for item in (self._peak, self._slope):
            item.setColor(QColor(theme.secondary))
        for item in self._names:
            item.setColor(QColor(theme.text))
        self._draw_dots(theme)

    def _draw_dots(self, theme: Theme) -> None:
        spots = []
        for point in self.points:
            chosen = self.is_chosen(point)
            colour = theme.category(point.category)
            spots.append(
                {
                    "pos": (point.x, point.y),
                    "size": point.size + (4 if chosen else 0),
                    "brush": translucent(colour, 0.95 if chosen else 0.7),
                    "pen": line_pen(theme.text, 2) if chosen else line_pen(theme.pane, 1),
                }
            )
        self._dots.setData(spots)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.roofline is not None:
            self._name_points()

    def _name_points(self) -> None:
        """Names beside the points that take longest, those left out that would cover others."""
        ranked = sorted(self.points, key=lambda point: -point.seconds)
        metrics = QFontMetricsF(self._names[0].textItem.font())
        taken: list[QRectF] = []
        ground = self.ground()
        labels = iter(self._names)
        for point in ranked[: 2 * _MOST_NAMES]:
            pixel = QPointF(self.pixel_of(point.x, point.y))
            size = QSizeF(metrics.horizontalAdvance(point.name) + 16, metrics.height())
            # Below its point and to the right the roof is never in the way.
            corner = pixel + QPointF(point.size / 2, 0)
            area = QRectF(corner, size)
            inside = ground.contains(area) and not any(area.intersects(t) for t in taken)
            label = next(labels, None) if inside else None
            if label is None:
                continue
            taken.append(area)
            label.setText(point.name)
            label.setPos(point.x, point.y)
            label.setAnchor((-point.size / 2 / size.width(), 0.1))
            label.show()
        for label in labels:
            label.hide()

    def _draw_roof(self) -> None:
        roofline = self.roofline
        if roofline is None:
            self._roof.setData([], [])
            self._ridge.setData([], [])
            self._peak.setText("")
            self._slope.setText("")
            return
        machine = roofline.accelerator
        peak, ridge = math.log10(machine.peak_macs_per_s), math.log10(machine.ridge)
        left = min([point.x for point in self.points] + [ridge - 1]) - 0.4
        right = max([point.x for point in self.points] + [ridge + 0.7]) + 0.3
        low = min([point.y for point in self.points] + [peak - 1.2]) - 0.4
        self._roof.setData([left, ridge, right], [peak - (ridge - left), peak, peak])
        self._ridge.setData([ridge, ridge], [low, peak])
        self.setXRange(left, right, padding=0)
        self.setYRange(low, peak + 0.7, padding=0)
        self._peak.setText(rate_text(machine.peak_macs_per_s, "MAC/s"))
        self._peak.setPos(right, peak)
        self._slope.setText(f"{rate_text(machine.bandwidth_bytes_per_s, 'B/s')}  ")
        self._slope.setAnchor((1, 1))
        self._slope.setPos((left + ridge) / 2, peak - (ridge - left) / 2)
