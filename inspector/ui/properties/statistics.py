"""Statistics of weights, computed beside the window's thread and kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from threading import Event

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal

from inspector.analysis.weight_stats import WeightStats, weight_stats
from inspector.model.problems import Cancelled
from inspector.model.weights import Weight, WeightUnavailable

_KEPT = 64


class _Answer(QObject):
    ready = Signal(object, object, str)


class _Job(QRunnable):
    def __init__(self, weight: Weight) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self.weight = weight
        self.stopped = Event()
        self.answer = _Answer()

    def run(self) -> None:
        try:
            stats, reason = weight_stats(self.weight, self.stopped.is_set), ""
        except Cancelled:
            stats, reason = None, "cancelled"
        except WeightUnavailable as error:
            stats, reason = None, str(error)
        except (MemoryError, ValueError, TypeError, OverflowError) as error:
            stats, reason = None, f"The values cannot be summed up: {error}"
        self.answer.ready.emit(self, stats, reason)


class StatisticsReader(QObject):
    """Computes the statistics of the weight asked for last; `ready` never tells of another.

    `ready` carries the weight, its statistics or None, and the reason where there are none.
    """

    ready = Signal(object, object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        # One at a time: the newest request stops the one before it.
        self._pool.setMaxThreadCount(1)
        self._jobs: list[_Job] = []
        self._known: OrderedDict[int, tuple[Weight, WeightStats]] = OrderedDict()
        # The pool waits for its thread when it goes; let that not be long.
        jobs = self._jobs
        self.destroyed.connect(lambda: _stop(jobs))

    def known(self, weight: Weight) -> WeightStats | None:
        """The statistics, if they were computed lately."""
        found = self._known.get(id(weight))
        return found[1] if found is not None else None

    def request(self, weight: Weight) -> None:
        """Starts computing, and stops what was asked for before."""
        self.cancel()
        job = _Job(weight)
        job.answer.ready.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._jobs.append(job)
        self._pool.start(job)

    def cancel(self) -> None:
        """Stops what is being computed; nothing more is told of it."""
        _stop(self._jobs)

    def finish(self) -> None:
        """Stops and waits until no thread runs any more."""
        self.cancel()
        self._pool.waitForDone()

    def _take(self, job: _Job, stats: WeightStats | None, reason: str) -> None:
        self._jobs.remove(job)
        if stats is not None:
            # The weight is held too, so that its id cannot come to mean another.
            self._known[id(job.weight)] = (job.weight, stats)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        if not job.stopped.is_set():
            self.ready.emit(job.weight, stats, reason)


def _stop(jobs: list[_Job]) -> None:
    for job in jobs:
        job.stopped.set()
