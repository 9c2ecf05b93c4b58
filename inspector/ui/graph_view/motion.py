"""Movement of the view over time, and the cross-fade from one scene to the next."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QPixmap

from inspector.ui.graph_view.view import View, between, ease

_TICK_MS = 15


class Motion(QObject):
    """Moves a view to a target and fades an old picture out. `step(view)` is called per frame."""

    def __init__(self, step: Callable[[View | None], None], parent: QObject) -> None:
        super().__init__(parent)
        self._step = step
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._from = self._to = View()
        self._began = 0.0
        self._seconds = 0.0
        self._moving = False
        self._fade_began = 0.0
        self._fade_seconds = 0.0
        self.old_picture: QPixmap | None = None
        self.enabled = True

    @property
    def target(self) -> View | None:
        """Where the view is going, None where it stands."""
        return self._to if self._moving else None

    def go(self, start: View, end: View, milliseconds: int) -> None:
        """Move there; at once where animation is off."""
        if not self.enabled or milliseconds <= 0:
            self.stop()
            self._step(end)
            return
        self._from, self._to = start, end
        self._began, self._seconds, self._moving = time.monotonic(), milliseconds / 1000, True
        self._timer.start()

    def stop(self) -> None:
        """Stay where the view is."""
        self._moving = False

    def fade(self, picture: QPixmap, milliseconds: int) -> None:
        """Lay a picture over what is painted and let it vanish."""
        if not self.enabled:
            return
        self.old_picture = picture
        self._fade_began, self._fade_seconds = time.monotonic(), milliseconds / 1000
        self._timer.start()

    @property
    def opacity(self) -> float:
        """Of the old picture, 1 down to 0."""
        passed = time.monotonic() - self._fade_began
        return 1 - ease(passed / self._fade_seconds) if self._fade_seconds else 0.0

    def _tick(self) -> None:
        now = time.monotonic()
        if self.old_picture is not None and now - self._fade_began >= self._fade_seconds:
            self.old_picture = None
        if not self._moving:
            if self.old_picture is None:
                self._timer.stop()
            self._step(None)
            return
        share = (now - self._began) / self._seconds
        self._moving = share < 1
        self._step(between(self._from, self._to, ease(share)))
