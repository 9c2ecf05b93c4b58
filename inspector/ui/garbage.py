"""Collects cyclic garbage when the window has time for it.

Python's own trigger may come on any thread and takes tens of milliseconds over the objects of a
large model, all of them alive: a stop that one sees. So it is switched off, the objects of an
open model are set aside, and what is left is collected from the event loop.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS = 2000
_YOUNG = 20_000
_FULL_EVERY = 15


class GarbageKeeper(QObject):
    """Runs while the window runs; `stop` restores Python's own ways."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._turns = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._turn)
        self._timer.start(_INTERVAL_MS)

    def set_aside(self) -> None:
        """Leaves everything that is alive now out of later collections."""
        gc.freeze()

    def collect_all(self) -> None:
        """Collects everything, what was set aside too: for when a model has been closed."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def stop(self) -> None:
        """Python collects by itself again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def _turn(self) -> None:
        self._turns += 1
        if self._turns % _FULL_EVERY == 0:
            gc.collect()
        elif gc.get_count()[0] > _YOUNG:
            gc.collect(1)
