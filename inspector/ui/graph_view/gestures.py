"""Mouse gestures on the canvas, each a class: start, move, end, cancel."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication

from inspector.ui.graph_view.view import View


class Stage(Protocol):
    """What gestures do to the canvas."""

    @property
    def view(self) -> View: ...
    def set_view(self, view: View) -> None: ...
    def click_at(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None: ...
    def show_rubber(self, rect: QRectF | None) -> None: ...
    def zoom_to_rect(self, rect: QRectF) -> None: ...
    def centre_overview(self, position: QPointF) -> None: ...
    def set_grabbing(self, grabbing: bool) -> None: ...


class Gesture:
    """One press to release. `cancel` leaves everything as it was at the start."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def start(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        raise NotImplementedError

    def move(self, position: QPointF) -> None:
        raise NotImplementedError

    def end(self, position: QPointF) -> None:
        raise NotImplementedError

    def cancel(self) -> None:
        raise NotImplementedError


class ClickOrPan(Gesture):
    """A click, unless the mouse leaves the spot: then the view follows it."""

    def __init__(self, stage: Stage, clicks: bool) -> None:
        super().__init__(stage)
        self.clicks = clicks
        self.moving = False

    def start(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.origin, self.modifiers, self.before = position, modifiers, self.stage.view

    def move(self, position: QPointF) -> None:
        away = position - self.origin
        if not self.moving:
            if away.manhattanLength() < QApplication.startDragDistance():
                return
            self.moving = True
            self.stage.set_grabbing(True)
        self.stage.set_view(self.before.moved(away.x(), away.y()))

    def end(self, position: QPointF) -> None:
        if self.moving:
            self.stage.set_grabbing(False)
        elif self.clicks:
            self.stage.click_at(self.origin, self.modifiers)

    def cancel(self) -> None:
        if self.moving:
            self.stage.set_grabbing(False)
            self.stage.set_view(self.before)


class RubberZoom(Gesture):
    """Shift and drag: the marked rectangle fills the view."""

    def start(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.origin = position

    def move(self, position: QPointF) -> None:
        self.stage.show_rubber(QRectF(self.origin, position).normalized())

    def end(self, position: QPointF) -> None:
        self.stage.show_rubber(None)
        rect = QRectF(self.origin, position).normalized()
        if min(rect.width(), rect.height()) >= QApplication.startDragDistance():
            self.stage.zoom_to_rect(rect)

    def cancel(self) -> None:
        self.stage.show_rubber(None)


class OverviewDrag(Gesture):
    """A press or drag in the overview moves the view there."""

    def start(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self.before = self.stage.view
        self.stage.centre_overview(position)

    def move(self, position: QPointF) -> None:
        self.stage.centre_overview(position)

    def end(self, position: QPointF) -> None:
        """The view is there already."""

    def cancel(self) -> None:
        self.stage.set_view(self.before)
