"""Work away from the window, the same to watch whether a thread or the child process does it.

A `Job` reports by signals in the window's thread. After `cancel` nothing but `cancelled` comes.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from inspector.model.problems import Cancelled, ModelError

if TYPE_CHECKING:
    from inspector.worker.client import JobHandle, WorkerClient
    from inspector.worker.protocol import Failure

Progress = Callable[[float, str], None]
Cancel = Callable[[], bool]
Work = Callable[[Progress, Cancel], Any]

_POLL_S = 0.05


@dataclass(frozen=True)
class JobError:
    """Why a job failed, for the person at the screen; `detail` is for a report."""

    what: str
    hint: str = ""
    detail: str = ""


class Job(QObject):
    """One piece of work. Exactly one of finished, failed and cancelled is emitted."""

    progressed = Signal(float, str)
    finished = Signal(object)
    failed = Signal(JobError)
    cancelled = Signal()
    ended = Signal()
    _reported = Signal(str, object)

    def __init__(self, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.is_over = False
        self._stop = Event()
        self._handle: JobHandle | None = None
        self._reported.connect(self._receive)

    @property
    def is_cancelled(self) -> bool:
        """Whether the job was asked to stop."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Asks the work to stop; the job ends for its watchers at once."""
        if self.is_over:
            return
        self._stop.set()
        if self._handle is not None:
            self._handle.cancel()
        self._end("cancelled", None)

    def _post(self, what: str, value: object = None) -> None:
        """From any thread; the window's thread receives it."""
        try:
            self._reported.emit(what, value)
        except RuntimeError:
            # The window and this object are gone; nobody is left to tell.
            return

    def _receive(self, what: str, value: Any) -> None:
        if self.is_over:
            return
        if what == "progress":
            self.progressed.emit(*value)
        else:
            self._end(what, value)

    def _end(self, what: str, value: Any) -> None:
        self.is_over = True
        if what == "finished":
            self.finished.emit(value)
        elif what == "failed":
            self.failed.emit(value)
        else:
            self.cancelled.emit()
        self.ended.emit()


class _Runner(QRunnable):
    def __init__(self, job: Job, work: Work) -> None:
        super().__init__()
        self._job = job
        self._work = work

    def run(self) -> None:
        job = self._job
        try:
            result = self._work(lambda *p: job._post("progress", p), lambda: job.is_cancelled)
        except Cancelled:
            job._post("cancelled")
        except ModelError as error:
            job._post("failed", JobError(error.what, error.hint))
        except MemoryError:
            job._post("failed", JobError("There was not enough memory.", "Close other models."))
        except Exception as error:
            what = f"{job.title} stopped by an error: {type(error).__name__}: {error}"
            job._post("failed", JobError(what, "", traceback.format_exc()))
        else:
            job._post("finished", result)


def run_in_thread(title: str, work: Work, parent: QObject | None = None) -> Job:
    """Starts `work(progress, cancelled)` on a thread of the pool.

    Connect to the job before returning to the event loop; nothing is emitted earlier.
    """
    job = Job(title, parent)
    QThreadPool.globalInstance().start(_Runner(job, work))
    return job


def call_worker(
    client: WorkerClient, name: str, payload: Any, progress: Progress, cancelled: Cancel
) -> Any:
    """Has a child process do a job and waits for it, for work that already is on a thread.

    Raises ModelError where it failed, and Cancelled.
    """
    answers: Queue[tuple[bool, Any]] = Queue()
    handle = client.submit(
        name,
        payload,
        on_progress=progress,
        on_result=lambda value: answers.put((True, value)),
        on_failure=lambda failure: answers.put((False, failure)),
    )
    while True:
        try:
            succeeded, value = answers.get(timeout=_POLL_S)
        except Empty:
            if cancelled():
                handle.cancel()
                # It answers once it has really stopped; then what it left can be cleared away.
                answers.get()
                raise Cancelled from None
            continue
        if succeeded:
            return value
        raise ModelError(value.what, value.hint)


def run_in_worker(
    title: str, client: WorkerClient, name: str, payload: Any, parent: QObject | None = None
) -> Job:
    """Sends a job to a child process."""
    job = Job(title, parent)

    def failed(failure: Failure) -> None:
        from inspector.worker.protocol import FailureKind

        if failure.kind is FailureKind.CANCELLED:
            job._post("cancelled")
        else:
            job._post("failed", JobError(failure.what, failure.hint, failure.detail))

    job._handle = client.submit(
        name,
        payload,
        on_progress=lambda fraction, text: job._post("progress", (fraction, text)),
        on_result=lambda value: job._post("finished", value),
        on_failure=failed,
    )
    return job
