"""Plots in the window's colours. The one module that imports pyqtgraph; import it late."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip

from inspector.ui.theme import Theme
from inspector.ui.widgets.figures import short_text
from inspector.ui.widgets.look import scaled_font, theme_of

_STEPS = {
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
}
_CLICK_PX = 4
_GRID = 72
"""Opacity of the lines across a plot, of 255."""
_TALL = 180
"""Height from which on there is room for the titles of axes."""


class FigureAxis(pg.AxisItem):  # type: ignore[misc]
    """Ticks as short figures; with `logarithmic` the values are powers of ten."""

    def __init__(self, side: str, unit: str = "", *, logarithmic: bool = False) -> None:
        super().__init__(side)
        self.unit = unit
        self.logarithmic = logarithmic
        self.enableAutoSIPrefix(False)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Whole powers of ten where the axis is logarithmic, never finer than they read."""
        if not self.logarithmic:
            return [level for level in super().tickValues(low, high, size)[:2] if level[1]]
        powers = range(math.ceil(low), math.floor(high) + 1)
        step = max(1, math.ceil(len(powers) * 40 / max(size, 1)))
        return [(float(step), [float(power) for power in powers if power % step == 0])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Figures with a prefix: 1.5 MB, 100 G."""
        if self.logarithmic:
            return [power_text(value) for value in values]
        if not self.unit:
            return [f"{round(value):,}" if value == round(value) else "" for value in values]
        return [tick_text(value, self.unit) for value in values]


def tick_text(value: float, unit: str) -> str:
    """A round figure without needless zeros."""
    figure, _, shown = short_text(round(value), unit).partition(" ")
    figure = figure.rstrip("0").rstrip(".") if "." in figure else figure
    return f"{figure} {shown}"


def power_text(power: float) -> str:
    """Ten to a whole power: 0.01, 10, 1 k, 100 G."""
    if power < 3:
        return f"{10**power:.6g}"
    return tick_text(10**power, "").strip()


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """A plot that tells clicks, keys and hovering in its own coordinates."""

    clicked_at = Signal(QPointF, bool)
    """A place in the plot's coordinates, and whether Control was down."""
    stepped = Signal(int)
    """Arrow keys: on by one or back by one."""

    ruled: tuple[str, ...] = ("left",)
    """Axes with lines across the plot."""

    def __init__(self, name: str, bottom: FigureAxis, left: FigureAxis) -> None:
        super().__init__(axisItems={"bottom": bottom, "left": left})
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        self.setMinimumSize(160, 88)
        self.getViewBox().setMouseEnabled(x=False, y=False)
        self.getPlotItem().setContentsMargins(0, 4, 8, 0)
        self._pressed: QPoint | None = None
        self._worn = ""
        self.wear(theme_of(self))

    def wear(self, theme: Theme) -> None:
        """Takes the colours of a theme."""
        self._worn = theme.name
        self.setBackground(theme.pane)
        font = scaled_font(self.font(), 0.9)
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(QPen(QColor(theme.hairline)))
            axis.setTextPen(QPen(QColor(theme.secondary)))
            axis.setStyle(tickFont=font, tickLength=-4, tickTextOffset=6)
            axis.setTickPen(QPen(QColor(theme.edge)))
            axis.setGrid(_GRID if side in self.ruled else False)
        self.colour(theme)

    def colour(self, theme: Theme) -> None:
        """Colours what is drawn."""

    def tip_at(self, place: QPointF) -> str:
        """What hovering over a place says."""
        return ""

    def ground(self) -> QRectF:
        """Where things are drawn, in pixels of the widget."""
        area = self.getViewBox().sceneBoundingRect()
        return QRectF(self.mapFromScene(area).boundingRect())

    def place_of(self, pixel: QPointF) -> QPointF:
        """Coordinates of the plot under a pixel of the widget."""
        scene = self.mapToScene(pixel.toPoint())
        place: QPointF = self.getViewBox().mapSceneToView(scene)
        return place

    def pixel_of(self, x: float, y: float) -> QPoint:
        """The pixel of the widget at a place of the plot."""
        scene = self.getViewBox().mapViewToScene(QPointF(x, y))
        pixel: QPoint = self.mapFromScene(scene)
        return pixel

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # pyqtgraph's own constructor resizes before there are axes.
        if getattr(self, "_worn", None):
            for side in ("left", "bottom"):
                axis = self.getAxis(side)
                axis.showLabel(bool(axis.labelText) and self.height() >= _TALL)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        changes = (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange)
        if event.type() in changes and getattr(self, "_worn", None):
            theme = theme_of(self)
            if theme.name != self._worn or event.type() == QEvent.Type.FontChange:
                self.wear(theme)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._pressed = event.position().toPoint()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        inside = (
            self.getViewBox()
            .sceneBoundingRect()
            .contains(self.mapToScene(event.position().toPoint()))
        )
        text = self.tip_at(self.place_of(event.position())) if inside else ""
        self.setCursor(Qt.CursorShape.PointingHandCursor if text else Qt.CursorShape.ArrowCursor)
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if event.button() != Qt.MouseButton.LeftButton or pressed is None:
            return
        if (event.position().toPoint() - pressed).manhattanLength() <= _CLICK_PX:
            more = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.clicked_at.emit(self.place_of(event.position()), more)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.unsetCursor()

    def wheelEvent(self, event: Any) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
        else:
            self.stepped.emit(step)


def translucent(colour: str, alpha: float) -> QColor:
    """A colour of the theme that lets the ground through."""
    result = QColor(colour)
    result.setAlphaF(alpha)
    return result


def line_pen(colour: str, width: float = 1.5, *, dashed: bool = False) -> QPen:
    """A pen of the same width at every zoom."""
    pen = QPen(QColor(colour), width)
    pen.setCosmetic(True)
    if dashed:
        pen.setDashPattern([4, 4])
    return pen
