"""The canvas's lower half: what is shown, and how a frame of it is painted."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QEvent, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPen, QPixmap
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from inspector.ui.graph_view.camera import Camera
from inspector.ui.graph_view.heat import Heat
from inspector.ui.graph_view.ink import make_ink
from inspector.ui.graph_view.labels import Labels
from inspector.ui.graph_view.legend import Legend, legend_rect
from inspector.ui.graph_view.overlays import Overlays, paint_hover_card, paint_overlays
from inspector.ui.graph_view.overview import Overview
from inspector.ui.graph_view.painting import paint_content
from inspector.ui.graph_view.painting_edges import EdgeLabels
from inspector.ui.graph_view.scene import Scene
from inspector.ui.graph_view.states import Message, State, paint_message, paint_skeleton
from inspector.ui.graph_view.surface import BlockValues, Sprites, Surface
from inspector.ui.graph_view.typography import Type
from inspector.ui.graph_view.view import View
from inspector.ui.theme import LIGHT, Theme


@dataclass(frozen=True)
class Shown:
    """A scene with its words."""

    scene: Scene
    labels: Labels
    edge_labels: EdgeLabels
    heat: Heat | None = None


class PaintedView(QAbstractScrollArea):
    """Paints a scene, or what stands in for one, through a camera."""

    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ink = make_ink(LIGHT)
        self._type = Type()
        self._sprites = Sprites()
        self._state = State.BLANK
        self._message = Message()
        self._shown: Shown | None = None
        self._values: dict[int, BlockValues] = {}
        self._overlays = Overlays()
        self._overview = Overview()
        self._legend = Legend()
        self._content: QPixmap | None = None
        self._content_key: tuple[object, ...] = ()
        self._drawn = 0
        self.frame_times: deque[float] = deque(maxlen=2_000)
        """Seconds that the latest frames took to paint."""
        self._camera = Camera(self._canvas_size, self)
        self._camera.changed.connect(self.viewport().update)
        self._camera.scale_changed.connect(self.zoom_changed)
        self._set_up_widget()

    def _set_up_widget(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        viewport = self.viewport()
        viewport.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        viewport.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setAccessibleName("Graph")

    def _single_shot(self, milliseconds: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    @property
    def scene(self) -> Scene | None:
        """The scene in view, None before the first one."""
        return self._shown.scene if self._shown is not None else None

    @property
    def camera(self) -> Camera:
        """The view and its movements."""
        return self._camera

    @property
    def view(self) -> View:
        """The present view."""
        return self._camera.view

    @property
    def scale(self) -> float:
        """1.0 is 100 %."""
        return self._camera.view.scale

    def fit(self) -> None:
        """Show the whole graph."""
        if self._shown is not None:
            self._camera.fit(self._shown.scene.bounds)

    def zoom_in(self) -> None:
        """A step nearer."""
        self._camera.zoom_in()

    def zoom_out(self) -> None:
        """A step further away."""
        self._camera.zoom_out()

    def zoom_reset(self) -> None:
        """100 %."""
        self._camera.reset()

    def set_theme(self, theme: Theme) -> None:
        """Paint in the colours of a theme."""
        self._ink = make_ink(theme)
        self._type = Type()
        self._sprites = Sprites()
        self._redraw()

    def set_animation(self, enabled: bool) -> None:
        """Whether the view glides and scenes fade."""
        self._camera.motion.enabled = enabled

    def paintEvent(self, event: QEvent) -> None:
        started = time.perf_counter()
        painter = QPainter(self.viewport())
        try:
            self._paint(painter)
        except Exception:
            # An exception that unwinds through Qt's C++ may end the process.
            sys.excepthook(*sys.exc_info())
            self._shown, self._state = None, State.ERROR
            self._message = Message("The graph cannot be drawn", "Details are in the log.")
        finally:
            painter.end()
        self.frame_times.append(time.perf_counter() - started)

    def _paint(self, painter: QPainter) -> None:
        size = self._canvas_size()
        if self._state is State.GRAPH and self._shown is not None:
            self._paint_graph(painter, self._shown)
        else:
            painter.fillRect(self.viewport().rect(), self._ink.background)
            if self._state is State.SKELETON:
                paint_skeleton(painter, self._ink, size.width(), size.height())
            elif self._state in (State.EMPTY, State.ERROR):
                bad = self._state is State.ERROR
                words = (self._message, size.width(), size.height(), bad)
                paint_message(painter, self._ink, self._type, *words)
        if self._overlays.keyboard:
            painter.setPen(QPen(self._ink.accent, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1))

    def _paint_graph(self, painter: QPainter, shown: Shown) -> None:
        painter.drawPixmap(0, 0, self._content_picture(shown))
        surface = self._surface(painter, shown)
        old = self._camera.motion.old_picture
        if old is not None:
            painter.setOpacity(self._camera.motion.opacity)
            painter.drawPixmap(0, 0, old)
            painter.setOpacity(1.0)
        paint_overlays(surface, self._overlays)
        self._overview.paint(surface, shown.edge_labels)
        legend = self._legend_card()
        if legend is not None:
            self._legend.paint(surface, legend)
        paint_hover_card(surface, self._overlays.hover)

    def _content_picture(self, shown: Shown) -> QPixmap:
        """The content without overlays, painted anew only when it or the view has changed."""
        size, ratio = self.viewport().size(), self.viewport().devicePixelRatioF()
        key = (self._drawn, self._camera.view, size.width(), size.height(), ratio)
        if key == self._content_key and self._content is not None:
            return self._content
        if self._content is None or self._content_key[2:] != key[2:]:
            self._content = QPixmap(size * ratio)
            self._content.setDevicePixelRatio(ratio)
        self._content.fill(self._ink.background)
        painter = QPainter(self._content)
        paint_content(self._surface(painter, shown), shown.edge_labels)
        painter.end()
        self._content_key = key
        return self._content

    def _surface(self, painter: QPainter, shown: Shown) -> Surface:
        size, ratio = self._canvas_size(), self.viewport().devicePixelRatioF()
        return Surface(
            painter,
            shown.scene,
            shown.labels,
            self._camera.view.snapped(ratio),
            size.width(),
            size.height(),
            ratio,
            self._ink,
            self._type,
            self._sprites,
            self._values,
            heat=shown.heat,
        )

    def _redraw(self) -> None:
        self._drawn += 1
        self.viewport().update()

    def _canvas_size(self) -> QSizeF:
        return QSizeF(self.viewport().size())

    def _put_overlay(self, **changes: Any) -> None:
        self._overlays = replace(self._overlays, **changes)
        self.viewport().update()

    def _legend_card(self) -> QRectF | None:
        """Where the legend of the figures lies, None where categories colour the nodes."""
        if self._shown is None or self._shown.heat is None or self._state is not State.GRAPH:
            return None
        size = self._canvas_size()
        return legend_rect(self._shown.heat, size.width(), size.height(), self._overview_card())

    def _overview_card(self) -> QRectF | None:
        """Where the overview lies, None where it is hidden."""
        if self._shown is None or self._state is not State.GRAPH:
            return None
        size = self._canvas_size()
        return self._overview.rect(self._shown.scene, self.view, size.width(), size.height())
