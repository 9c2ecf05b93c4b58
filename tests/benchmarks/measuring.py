"""What the benchmarks share: a sample model, memory, and gaps in the event loop."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QTimer

_TIMEOUT_S = 120.0


def rss_mb() -> float:
    """Resident memory of this process now, in MB (1e6 bytes)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))]


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


class LoopGaps(QObject):
    """Longest time that the event loop did not turn, told by a timer that always is due."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._timer.start(1)

    def reset(self) -> None:
        """Forgets what was measured."""
        self.longest = 0.0
        self._last = time.perf_counter()

    def stop(self) -> None:
        """Ends the measurement."""
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now


def wait_for(signal: object, start: Callable[[], object]) -> float:
    """Seconds from calling `start` until `signal` comes. Raises TimeoutError."""
    loop = QEventLoop()
    seen: list[float] = []

    def arrived(*_: object) -> None:
        seen.append(time.perf_counter())
        loop.quit()

    signal.connect(arrived)  # type: ignore[attr-defined]
    timer = QTimer()
    timer.setSingleShot(True)
    timer.timeout.connect(loop.quit)
    timer.start(int(_TIMEOUT_S * 1000))
    began = time.perf_counter()
    start()
    if not seen:
        loop.exec()
    signal.disconnect(arrived)  # type: ignore[attr-defined]
    if not seen:
        raise TimeoutError
    return seen[0] - began
