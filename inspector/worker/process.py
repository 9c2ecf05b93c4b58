"""The worker process: runs one job after the other and listens for a cancel meanwhile."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import pickle
import queue
import signal
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any

from inspector.model.problems import Cancelled, ModelError
from inspector.worker.jobs import UnknownJob, resolve
from inspector.worker.protocol import Begun, Cancel, Failure, FailureKind, Progress, Request, Result

_PROGRESS_INTERVAL_S = 1 / 30
_NICENESS = 5
"""The window's process goes first where processors are few."""


class JobContext:
    """What a running job may ask of and tell to the one who wants its value."""

    def __init__(self, job_id: int, channel: _Channel) -> None:
        self._job_id = job_id
        self._channel = channel
        self._stop = threading.Event()

    def progress(self, fraction: float, text: str = "") -> None:
        """Tells how far the job is; may be called at any rate, at most 30 a second are sent."""
        self._channel.report(Progress(self._job_id, float(fraction), text))

    def cancelled(self) -> bool:
        """True once the job should stop."""
        return self._stop.is_set()

    def raise_if_cancelled(self) -> None:
        """Raises Cancelled once the job should stop."""
        if self._stop.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Asks the job to stop."""
        self._stop.set()


class _Channel:
    """Sends messages from several threads; of progress, the newest that is due.

    A report that comes too early is kept and sent by the flusher, because the job may then be
    silent for seconds inside a native call.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._waiting: Progress | None = None
        self._early = threading.Event()
        self._next_due = 0.0
        threading.Thread(target=self._flush, name="progress", daemon=True).start()

    def report(self, progress: Progress) -> None:
        with self._lock:
            if time.monotonic() < self._next_due:
                self._waiting = progress
                self._early.set()
            else:
                self._send_progress(progress)

    def begin(self, job_id: int) -> None:
        """Says that a job is taken up."""
        with self._lock:
            self._connection.send(Begun(job_id))

    def finish(self, message: Result | Failure) -> None:
        """Sends a job's last message; progress that still waits is forgotten."""
        with self._lock:
            self._waiting = None
            self._next_due = 0.0
            self._connection.send(message)

    def _send_progress(self, progress: Progress) -> None:
        self._waiting = None
        self._next_due = time.monotonic() + _PROGRESS_INTERVAL_S
        self._connection.send(progress)

    def _flush(self) -> None:
        while True:
            self._early.wait()
            time.sleep(_PROGRESS_INTERVAL_S)
            with self._lock:
                self._early.clear()
                if self._waiting is not None:
                    self._send_progress(self._waiting)


class _Inbox:
    """Requests in order, and the contexts of those a cancel may still reach."""

    def __init__(self, connection: Connection, channel: _Channel, log: str) -> None:
        self._connection = connection
        self._channel = channel
        self._log = log
        self._lock = threading.Lock()
        self._contexts: dict[int, JobContext] = {}
        self.requests: queue.SimpleQueue[tuple[Request, JobContext]] = queue.SimpleQueue()

    def listen(self) -> None:
        """Runs until the other side is gone, which ends the process whatever it is doing."""
        while True:
            try:
                message = self._connection.recv()
            except (EOFError, OSError):
                # The owner may have been killed, and then nobody else removes it.
                with contextlib.suppress(OSError):
                    os.unlink(self._log)
                os._exit(0)
            with self._lock:
                if isinstance(message, Request):
                    context = JobContext(message.job_id, self._channel)
                    self._contexts[message.job_id] = context
                    self.requests.put((message, context))
                elif isinstance(message, Cancel) and message.job_id in self._contexts:
                    self._contexts[message.job_id].cancel()

    def forget(self, job_id: int) -> None:
        with self._lock:
            self._contexts.pop(job_id, None)


def main(connection: Connection, log: str) -> None:
    """The process's life. Everything that is printed here, also by native code, goes to `log`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _redirect_output(log)
    faulthandler.enable()
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_NICENESS)
    channel = _Channel(connection)
    inbox = _Inbox(connection, channel, log)
    threading.Thread(target=inbox.listen, name="listener", daemon=True).start()
    while True:
        request, context = inbox.requests.get()
        _empty_output()
        try:
            channel.begin(request.job_id)
            outcome = _outcome(request, context)
            inbox.forget(request.job_id)
            channel.finish(outcome)
        except OSError:
            os._exit(0)


def _outcome(request: Request, context: JobContext) -> Result | Failure:
    job_id = request.job_id
    try:
        context.raise_if_cancelled()
        value = resolve(request.job)(_unpickled(request.payload), context)
        return Result(job_id, pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    except Cancelled:
        return Failure(job_id, FailureKind.CANCELLED, "Cancelled.")
    except UnknownJob as error:
        return Failure(job_id, FailureKind.REFUSED, str(error))
    except ModelError as error:
        detail = traceback.format_exc()
        return Failure(job_id, FailureKind.ERROR, error.what, error.hint, detail)
    except MemoryError:
        return _failure(
            job_id, "There is not enough memory for this.", "Close other programs and try again."
        )
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _failure(job_id, f"{place}{error.strerror or error}.")
    except BaseException as error:
        return _failure(job_id, _in_words(error))


def _unpickled(payload: bytes) -> Any:
    # A network is 100,000 objects and no garbage: looking for it takes most of the time.
    gc.disable()
    try:
        return pickle.loads(payload)
    finally:
        gc.enable()


def _failure(job_id: int, what: str, hint: str = "") -> Failure:
    return Failure(job_id, FailureKind.ERROR, what, hint, traceback.format_exc())


def _in_words(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else f"{type(error).__name__}."


def _redirect_output(log: str) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for descriptor in (1, 2):
        os.dup2(handle, descriptor)
    os.close(handle)
    stream: Any = open(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stderr = stream


def _empty_output() -> None:
    # So that the end of the file, which goes into a crash's detail, speaks of the running job.
    with contextlib.suppress(OSError):
        os.ftruncate(2, 0)
