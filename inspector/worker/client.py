"""The window's side of a worker: starts it, feeds it, and replaces it when it dies.

One thread does all the waiting. It pickles and sends a job, reads the answers and calls back, so
callers never wait, and jobs that are still queued lose nothing when the process is replaced.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import logging
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any

from inspector.model.problems import Cancelled, ModelError
from inspector.worker.child import Child
from inspector.worker.jobs import doing
from inspector.worker.protocol import Begun, Cancel, Failure, FailureKind, Progress, Request, Result

OnProgress = Callable[[float, str], None]
OnResult = Callable[[Any], None]
OnFailure = Callable[[Failure], None]

_LOG = logging.getLogger(__name__)


class WorkerCrashed(ModelError):
    """The worker process died during a job."""


@dataclass(frozen=True)
class _Callbacks:
    progress: OnProgress | None
    result: OnResult | None
    failure: OnFailure | None


class JobHandle:
    """A job that was submitted."""

    def __init__(
        self, client: WorkerClient, job_id: int, job: str, payload: Any, callbacks: _Callbacks
    ) -> None:
        self._client = client
        self.job_id = job_id
        self.job = job
        self._payload = payload
        self._callbacks = callbacks
        self._cancel = False
        self._begun = False
        self._done = False

    @property
    def done(self) -> bool:
        """True once its last callback is being made, or was."""
        return self._done

    @property
    def cancelled(self) -> bool:
        """True once `cancel` came in time."""
        return self._cancel

    def cancel(self) -> bool:
        """Stops the job; False where it was over already. Never blocks.

        After True neither progress nor a result will come, and the failure CANCELLED comes when
        the worker has really stopped.
        """
        return self._client._request_cancel(self)


class WorkerClient:
    """A worker process and the queue of jobs for it.

    Callbacks are made on the client's own thread, one at a time and in the order of events; each
    job gets exactly one of `on_result` and `on_failure`. The process starts with the first job,
    or with `start`.
    """

    def __init__(self, name: str = "worker", grace_s: float = 0.3) -> None:
        """`grace_s` is how long a cancelled job may take to stop before its process is killed."""
        self._name = name
        self._grace_s = grace_s
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._queue: deque[JobHandle] = deque()
        self._withdrawn: list[JobHandle] = []
        self._wanted = False
        self._closing = False
        self._child: Child | None = None
        self._thread: threading.Thread | None = None
        self._awake = False
        self._bell_in: Connection
        self._bell_out: Connection
        self._bell_in, self._bell_out = Pipe(duplex=False)
        atexit.register(self.close)

    @property
    def process_id(self) -> int | None:
        """The worker's process id, or None while there is none."""
        child = self._child
        return child.process_id if child is not None else None

    def start(self) -> None:
        """Starts the process in the background, so that the first job need not wait for it."""
        with self._lock:
            self._wanted = True
            self._ring()

    def submit(
        self,
        job: str,
        payload: Any,
        on_progress: OnProgress | None = None,
        on_result: OnResult | None = None,
        on_failure: OnFailure | None = None,
    ) -> JobHandle:
        """Queues a job; returns at once. Payloads must pickle and must not change meanwhile.

        After `close` the failure REFUSED comes before this returns.
        """
        callbacks = _Callbacks(on_progress, on_result, on_failure)
        handle = JobHandle(self, next(self._ids), job, payload, callbacks)
        with self._lock:
            refused = self._closing
            if not refused:
                self._queue.append(handle)
                self._ring()
        if refused:
            what = "The worker is closed."
            self._deliver(handle, Failure(handle.job_id, FailureKind.REFUSED, what))
        return handle

    def run(
        self,
        job: str,
        payload: Any,
        timeout: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> Any:
        """Submits a job and waits for its value.

        Raises ModelError, WorkerCrashed, Cancelled, or TimeoutError after `timeout` seconds.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("run() would wait for itself in a callback")
        finished = threading.Event()
        values: list[Any] = []
        failures: list[Failure] = []

        def succeed(value: Any) -> None:
            values.append(value)
            finished.set()

        def fail(failure: Failure) -> None:
            failures.append(failure)
            finished.set()

        handle = self.submit(job, payload, on_progress, succeed, fail)
        try:
            if not finished.wait(timeout):
                raise TimeoutError(f"{job} took longer than {timeout} s")
        except BaseException:
            handle.cancel()
            raise
        if failures:
            raise _as_exception(failures[0])
        return values[0]

    def close(self) -> None:
        """Ends process and thread; jobs that are not over fail as CANCELLED. Safe to repeat."""
        atexit.unregister(self.close)
        with self._lock:
            first = not self._closing
            self._closing = True
            thread, child = self._thread, self._child
            if first and thread is not None:
                self._bell()
        if not first:
            return
        if child is not None:
            child.kill()
        if thread is None:
            self._bell_in.close()
            self._bell_out.close()
        elif thread is not threading.current_thread():
            thread.join()

    def __enter__(self) -> WorkerClient:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _request_cancel(self, handle: JobHandle) -> bool:
        with self._lock:
            if handle._done:
                return False
            handle._cancel = True
            if handle in self._queue:
                self._queue.remove(handle)
                self._withdrawn.append(handle)
            if not self._closing:
                self._bell()
            return True

    def _ring(self) -> None:
        """Wakes the thread, which is made with the first need of it. Call with the lock held."""
        if self._closing:
            return
        if self._thread is None:
            name = f"{self._name} client"
            self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
            self._thread.start()
        self._bell()

    def _bell(self) -> None:
        # At most one byte waits, so that this never blocks.
        if not self._awake:
            self._awake = True
            self._bell_out.send_bytes(b"\0")

    def _listen(self, *others: Any, timeout: float | None = None) -> list[Any]:
        """Waits for the bell or for `others`; gives those of `others` that are ready."""
        ready = wait([self._bell_in, *others], timeout)
        if self._bell_in in ready:
            with self._lock:
                self._bell_in.recv_bytes()
                self._awake = False
        self._deliver_withdrawn()
        return [each for each in ready if each is not self._bell_in]

    def _serve(self) -> None:
        try:
            while (handle := self._next()) is not None:
                self._deliver(handle, self._execute(handle))
        finally:
            self._end()

    def _next(self) -> JobHandle | None:
        while True:
            with self._lock:
                if self._closing:
                    return None
                if self._queue:
                    return self._queue.popleft()
                wanted, self._wanted = self._wanted, False
            if wanted:
                with contextlib.suppress(OSError):
                    self._living_child()
            child = self._child
            if self._listen(*([child.sentinel] if child is not None else [])):
                self._discard_child()

    def _execute(self, handle: JobHandle) -> Result | Failure:
        try:
            payload = pickle.dumps(handle._payload, pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            what = f"The job {handle.job} could not be sent to the worker: {error}"
            return Failure(handle.job_id, FailureKind.ERROR, what)
        finally:
            handle._payload = None
        request = Request(handle.job_id, handle.job, payload)
        outcome = self._attempt(handle, request)
        if isinstance(outcome, Failure) and outcome.kind is FailureKind.CRASH and not handle._begun:
            # The process died before it took up the job, and so not because of it.
            outcome = self._attempt(handle, request)
        return outcome

    def _attempt(self, handle: JobHandle, request: Request) -> Result | Failure:
        try:
            child = self._living_child()
        except OSError as error:
            what = f"The worker process could not be started: {error}"
            return Failure(handle.job_id, FailureKind.CRASH, what)
        try:
            child.send(request)
        except OSError:
            return self._crash(handle)
        return self._await(handle, child)

    def _await(self, handle: JobHandle, child: Child) -> Result | Failure:
        cancelled = Failure(handle.job_id, FailureKind.CANCELLED, "Cancelled.")
        deadline: float | None = None
        while True:
            if self._closing:
                return cancelled
            if handle._cancel and deadline is None:
                deadline = time.monotonic() + self._grace_s
                with contextlib.suppress(OSError):
                    child.send(Cancel(handle.job_id))
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                self._discard_child()
                return cancelled
            ready = self._listen(child.connection, child.sentinel, timeout=left)
            if not ready:
                continue
            message = child.receive() if child.connection in ready else None
            if message is None:
                return self._crash(handle)
            if isinstance(message, Begun):
                handle._begun = True
            elif isinstance(message, Progress):
                self._call(handle, handle._callbacks.progress, message.fraction, message.text)
            else:
                return message

    def _crash(self, handle: JobHandle) -> Failure:
        # The connection closes a moment before the process is dead and can say why.
        reason, hint, detail = self._discard_child(patience_s=1.0)
        what = f"The worker process stopped ({reason}) while {doing(handle.job)}."
        return Failure(handle.job_id, FailureKind.CRASH, what, hint, detail)

    def _deliver(self, handle: JobHandle, outcome: Result | Failure) -> None:
        value: Any = None
        if isinstance(outcome, Result) and not handle._cancel:
            try:
                value = pickle.loads(outcome.value)
            except Exception as error:
                what = f"The answer to {handle.job} could not be read: {error}"
                outcome = Failure(handle.job_id, FailureKind.ERROR, what)
        with self._lock:
            handle._done = True
            cancelled = handle._cancel
        callbacks = handle._callbacks
        if cancelled:
            failure = Failure(handle.job_id, FailureKind.CANCELLED, "Cancelled.")
            self._guard(callbacks.failure, failure)
        elif isinstance(outcome, Failure):
            self._guard(callbacks.failure, outcome)
        else:
            self._guard(callbacks.result, value)

    def _deliver_withdrawn(self) -> None:
        with self._lock:
            handles, self._withdrawn = self._withdrawn, []
        for handle in handles:
            self._deliver(handle, Failure(handle.job_id, FailureKind.CANCELLED, "Cancelled."))

    def _call(self, handle: JobHandle, callback: Callable[..., None] | None, *values: Any) -> None:
        if not handle._cancel:
            self._guard(callback, *values)

    def _guard(self, callback: Callable[..., None] | None, *values: Any) -> None:
        if callback is None:
            return
        try:
            callback(*values)
        except Exception:
            _LOG.exception("A callback of the worker %s failed", self._name)

    def _living_child(self) -> Child:
        child = self._child
        if child is not None and not child.alive:
            self._discard_child()
            child = None
        if child is None:
            child = Child(self._name)
            with self._lock:
                self._child = child
                closing = self._closing
            if closing:
                child.kill()
        return child

    def _discard_child(self, patience_s: float = 0.05) -> tuple[str, str, str]:
        """Ends the process; why it ended, what to do about that, and its last words."""
        with self._lock:
            child, self._child = self._child, None
        return child.end(patience_s) if child is not None else ("", "", "")

    def _end(self) -> None:
        self._discard_child()
        with self._lock:
            self._closing = True
            handles = [*self._withdrawn, *self._queue]
            self._withdrawn = []
            self._queue.clear()
            self._bell_in.close()
            self._bell_out.close()
        for handle in handles:
            self._deliver(handle, Failure(handle.job_id, FailureKind.CANCELLED, "Cancelled."))


def _as_exception(failure: Failure) -> Exception:
    if failure.kind is FailureKind.CANCELLED:
        return Cancelled()
    kind = WorkerCrashed if failure.kind is FailureKind.CRASH else ModelError
    error = kind(failure.what, failure.hint)
    if failure.detail:
        error.add_note(failure.detail)
    return error
