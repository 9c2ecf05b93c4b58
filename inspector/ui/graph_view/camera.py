"""The view of the canvas and all that moves it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSizeF, Signal

from inspector.ui.graph_view.motion import Motion
from inspector.ui.graph_view.view import LEAST_SCALE, View, centred, fit

Bounds = tuple[float, float, float, float]

NOTCH = 1.18
"""Zoom of one notch of the wheel."""
_STEP = 1.4
_PAN_MS, _ZOOM_MS, _WHEEL_MS = 180, 200, 110
_READABLE = 0.8
_INSET = 48.0


class Camera(QObject):
    """Holds the view; animates it unless told not to."""

    changed = Signal()
    scale_changed = Signal(float)

    def __init__(self, size: Callable[[], QSizeF], parent: QObject) -> None:
        super().__init__(parent)
        self._size = size
        self.view = View()
        self.least = LEAST_SCALE
        self.motion = Motion(self._step, self)

    @property
    def size(self) -> QSizeF:
        """Of the canvas, in logical pixels."""
        return self._size()

    @property
    def aim(self) -> View:
        """The view at the end of the present movement."""
        return self.motion.target or self.view

    def set(self, view: View) -> None:
        """Stand there at once."""
        self.motion.stop()
        self._step(view)

    def go(self, view: View, milliseconds: int = _ZOOM_MS) -> None:
        """Move there."""
        self.motion.go(self.view, view, milliseconds)

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by screen pixels."""
        self.set(self.view.moved(dx, dy))

    def wheel(self, notches: float, x: float, y: float) -> None:
        """Zoom at a screen point."""
        self.go(self._zoomed(NOTCH**notches, x, y), _WHEEL_MS)

    def pinch(self, factor: float, x: float, y: float) -> None:
        """Zoom at a screen point without delay."""
        self.set(self.view.zoomed(factor, x, y, self.least))

    def zoom_in(self) -> None:
        """A step nearer, at the middle."""
        size = self._size()
        self.go(self._zoomed(_STEP, size.width() / 2, size.height() / 2))

    def zoom_out(self) -> None:
        """A step further away, at the middle."""
        size = self._size()
        self.go(self._zoomed(1 / _STEP, size.width() / 2, size.height() / 2))

    def reset(self) -> None:
        """100 %, at the middle."""
        size = self._size()
        self.go(self._zoomed(1 / self.aim.scale, size.width() / 2, size.height() / 2))

    def fit(self, bounds: Bounds, most: float = 1.0, margin: float = 32.0) -> None:
        """Show a region of the scene whole, no larger than `most`."""
        self.go(self.fitted(bounds, most, margin))

    def fitted(self, bounds: Bounds, most: float = 1.0, margin: float = 32.0) -> View:
        """The view that shows a region of the scene whole."""
        size = self._size()
        return fit(bounds, size.width(), size.height(), margin, most)

    def first(self, bounds: Bounds, start_x: float) -> View:
        """Where a new graph is first seen: whole where that is readable, else its beginning."""
        whole, size = self.fitted(bounds), self._size()
        if whole.scale >= 0.5:
            return whole
        left, top, right, _ = bounds
        scale = max(min((size.width() - 64) / max(right - left, 1.0), 1.0), _READABLE)
        fits = (right - left) * scale <= size.width()
        middle = (left + right) / 2 if fits else start_x
        return View(scale, size.width() / 2 - middle * scale, 32 - top * scale)

    def centre(self, box: Bounds, readable: bool = True) -> None:
        """Bring left, top, width, height to the middle; zoomed in where it could not be read."""
        size, aim = self._size(), self.aim
        scale = _READABLE if readable and aim.scale < 0.5 else aim.scale
        x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
        self.go(centred(x, y, scale, size.width(), size.height()))

    def reveal(self, box: Bounds) -> None:
        """Move as little as needed for left, top, width, height to be in view."""
        aim, size = self.aim, self._size()
        x, y = aim.to_screen(box[0], box[1])
        dx = _shift(x, box[2] * aim.scale, size.width())
        dy = _shift(y, box[3] * aim.scale, size.height())
        if dx or dy:
            self.go(aim.moved(dx, dy), _PAN_MS)

    def _zoomed(self, factor: float, x: float, y: float) -> View:
        """Zoom of the present aim, so that quick notches add up; the point under (x, y) stays."""
        scale = self.aim.scale * factor
        return self.view.zoomed(scale / self.view.scale, x, y, self.least)

    def _step(self, view: View | None) -> None:
        if view is not None and view != self.view:
            zoomed = view.scale != self.view.scale
            self.view = view
            if zoomed:
                self.scale_changed.emit(view.scale)
        self.changed.emit()


def _shift(start: float, length: float, room: float) -> float:
    inset = min(_INSET, max((room - length) / 2, 0.0))
    if start < inset:
        return inset - start
    over = start + length - (room - inset)
    return -min(over, start - inset) if over > 0 else 0.0
