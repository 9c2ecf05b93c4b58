"""The worker's promises: it never blocks its owner, stops when told, and survives what it runs."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from onnx import TensorProto, helper

from inspector.model.network import Network
from inspector.model.problems import Cancelled, ModelError
from inspector.worker.client import JobHandle, WorkerClient, WorkerCrashed
from inspector.worker.protocol import Failure, FailureKind

PATIENCE_S = 20


class Watch:
    """Collects what a job calls back."""

    def __init__(self) -> None:
        self.progress: list[tuple[float, str]] = []
        self.begun = threading.Event()
        self.ends: Queue[Any] = Queue()

    def submit(self, client: WorkerClient, job: str, payload: Any = None) -> JobHandle:
        return client.submit(
            f"worker_jobs:{job}", payload, self._progressed, self.ends.put, self.ends.put
        )

    def _progressed(self, fraction: float, text: str) -> None:
        self.progress.append((fraction, text))
        self.begun.set()

    def end(self) -> Any:
        return self.ends.get(timeout=PATIENCE_S)


def run(client: WorkerClient, job: str, payload: Any = None, **more: Any) -> Any:
    return client.run(f"worker_jobs:{job}", payload, PATIENCE_S, **more)


def test_jobs_run_in_order_in_one_child(client: WorkerClient) -> None:
    assert [run(client, "double", i) for i in (1, 2, 3)] == [2, 4, 6]
    assert run(client, "process_id") == client.process_id != os.getpid()


def test_callbacks_come_on_the_clients_thread(client: WorkerClient) -> None:
    names: Queue[str] = Queue()
    client.submit(
        "worker_jobs:double", 1, None, lambda _: names.put(threading.current_thread().name)
    )
    assert names.get(timeout=PATIENCE_S) == "test client"


def test_a_callback_that_fails_does_not_stop_the_client(
    client: WorkerClient, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(value: int) -> None:
        raise RuntimeError("in a callback")

    client.submit("worker_jobs:double", 1, None, explode)
    assert run(client, "double", 4) == 8
    assert "in a callback" in caplog.text


def test_a_network_travels(client: WorkerClient) -> None:
    nodes = tuple(
        helper.make_node("Relu", [f"t{i}"], [f"t{i + 1}"], name=f"n{i}") for i in range(2000)
    )
    info = helper.make_tensor_value_info("t0", TensorProto.FLOAT, [1])
    header = helper.make_model(helper.make_graph([], "g", [info], []))
    assert run(client, "measure", Network(header, nodes, {})) == 2000


# Progress ------------------------------------------------------------------------------------


def test_progress_is_thinned_out_but_in_order(client: WorkerClient) -> None:
    seen: list[tuple[float, str]] = []
    start = time.monotonic()
    assert run(client, "count", 20000, on_progress=lambda *step: seen.append(step)) == 20000
    most = (time.monotonic() - start) * 30 + 2
    assert 1 <= len(seen) <= most
    assert seen[0] == (0.0, "step 0")
    assert seen == sorted(seen)


def test_the_last_progress_before_a_silence_arrives(client: WorkerClient) -> None:
    seen: list[tuple[float, str]] = []
    run(client, "report_then_be_silent", 0.15, on_progress=lambda *step: seen.append(step))
    assert seen == [(0.1, "first"), (0.2, "second")]


# Cancel --------------------------------------------------------------------------------------


def test_a_job_that_looks_stops_by_itself(client: WorkerClient, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    watch = Watch()
    before = run(client, "process_id")
    handle = watch.submit(client, "wait_for_cancel", str(asked))
    assert watch.begun.wait(PATIENCE_S)
    assert handle.cancel()
    assert watch.end().kind is FailureKind.CANCELLED
    assert asked.exists()
    assert run(client, "process_id") == before


def test_a_deaf_job_is_killed_and_the_queue_goes_on(client: WorkerClient) -> None:
    watch, later = Watch(), Watch()
    handle = watch.submit(client, "deaf")
    later.submit(client, "double", 21)
    assert watch.begun.wait(PATIENCE_S)
    deaf = client.process_id
    start = time.monotonic()
    handle.cancel()
    assert time.monotonic() - start < 0.1
    assert watch.end().kind is FailureKind.CANCELLED
    assert time.monotonic() - start >= 0.3
    assert later.end() == 42
    assert client.process_id != deaf


def test_no_result_after_a_cancel(client: WorkerClient) -> None:
    watch = Watch()
    handle = watch.submit(client, "ignore_cancel_and_answer")
    assert watch.begun.wait(PATIENCE_S)
    handle.cancel()
    assert watch.end().kind is FailureKind.CANCELLED
    assert run(client, "double", 1) == 2
    assert watch.ends.empty()


def test_a_queued_job_is_withdrawn_at_once(client: WorkerClient, tmp_path: Path) -> None:
    first, second = Watch(), Watch()
    running = first.submit(client, "wait_for_cancel", str(tmp_path / "asked"))
    assert first.begun.wait(PATIENCE_S)
    waiting = second.submit(client, "double", 1)
    waiting.cancel()
    assert second.end().kind is FailureKind.CANCELLED
    assert not running.done
    running.cancel()
    first.end()


def test_a_cancel_after_the_end_is_too_late(client: WorkerClient) -> None:
    watch = Watch()
    handle = watch.submit(client, "double", 5)
    assert watch.end() == 10
    assert not handle.cancel()
    assert not handle.cancelled


def test_run_gives_up_in_time(client: WorkerClient) -> None:
    with pytest.raises(TimeoutError):
        client.run("worker_jobs:deaf", None, timeout=0.05)
    assert run(client, "double", 3) == 6


# Crash ---------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_worker_costs_one_job(client: WorkerClient) -> None:
    first, second = Watch(), Watch()
    first.submit(client, "die", signal.SIGKILL)
    second.submit(client, "double", 4)
    failure = first.end()
    assert failure.kind is FailureKind.CRASH
    what = "The worker process stopped (signal 9) while running worker_jobs:die."
    assert failure.what == what
    assert "memory" in failure.hint
    assert failure.detail == "last words"
    assert second.end() == 8


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_segfault_leaves_its_trace(client: WorkerClient) -> None:
    with pytest.raises(WorkerCrashed, match="signal 11") as caught:
        run(client, "segfault")
    assert "in segfault" in caught.value.__notes__[0]
    assert run(client, "double", 4) == 8


def test_an_exit_is_a_crash(client: WorkerClient) -> None:
    with pytest.raises(WorkerCrashed, match="exit code 3"):
        run(client, "leave", 3)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_worker_killed_while_idle_is_replaced(client: WorkerClient) -> None:
    first = run(client, "process_id")
    os.kill(first, signal.SIGKILL)
    assert run(client, "process_id") != first


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_at_the_terminal_is_not_for_the_worker(client: WorkerClient) -> None:
    assert run(client, "ignores_interrupt") is True


# Errors --------------------------------------------------------------------------------------


def test_what_a_model_error_says_arrives(client: WorkerClient) -> None:
    with pytest.raises(ModelError) as caught:
        run(client, "complain")
    assert (caught.value.what, caught.value.hint) == (
        "The model has no nodes.",
        "Open another file.",
    )


def test_other_errors_are_told_in_words_with_their_traceback(client: WorkerClient) -> None:
    watch = Watch()
    watch.submit(client, "fail")
    failure: Failure = watch.end()
    assert failure.kind is FailureKind.ERROR
    assert failure.what == "ZeroDivisionError: one by nought"
    assert "in fail" in failure.detail
    watch.submit(client, "run_out_of_memory")
    assert "not enough memory" in watch.end().what


def test_an_unknown_job_is_refused(client: WorkerClient) -> None:
    watch = Watch()
    for name in ("nonsense", "worker_jobs:nonsense", "no_such_module:job"):
        client.submit(name, None, None, watch.ends.put, watch.ends.put)
        failure = watch.end()
        assert failure.kind is FailureKind.REFUSED
        assert name in failure.what


def test_what_cannot_be_pickled_fails_alone(client: WorkerClient) -> None:
    watch = Watch()
    watch.submit(client, "double", lambda: None)
    assert watch.end().kind is FailureKind.ERROR
    watch.submit(client, "answer_with_what_cannot_travel")
    assert watch.end().kind is FailureKind.ERROR
    assert run(client, "double", 4) == 8


def test_what_a_job_prints_stays_in_the_worker(
    client: WorkerClient, capfd: pytest.CaptureFixture[str]
) -> None:
    run(client, "shout")
    assert capfd.readouterr() == ("", "")


# Closing -------------------------------------------------------------------------------------


def test_close_leaves_neither_process_nor_thread(client: WorkerClient) -> None:
    watch, queued = Watch(), Watch()
    watch.submit(client, "deaf")
    queued.submit(client, "double", 1)
    assert watch.begun.wait(PATIENCE_S)
    process = next(p for p in multiprocessing.active_children() if p.pid == client.process_id)
    start = time.monotonic()
    client.close()
    assert time.monotonic() - start < 1.0
    assert watch.end().kind is FailureKind.CANCELLED
    assert queued.end().kind is FailureKind.CANCELLED
    assert process not in multiprocessing.active_children()
    assert "test client" not in [thread.name for thread in threading.enumerate()]
    client.close()


def test_a_closed_client_refuses(client: WorkerClient) -> None:
    client.close()
    watch = Watch()
    watch.submit(client, "double", 1)
    assert watch.end().kind is FailureKind.REFUSED


def test_start_makes_the_process_before_the_first_job(client: WorkerClient) -> None:
    assert client.process_id is None
    client.start()
    deadline = time.monotonic() + PATIENCE_S
    while client.process_id is None and time.monotonic() < deadline:
        threading.Event().wait(0.005)
    started = client.process_id
    assert started is not None
    assert run(client, "process_id") == started


SCRIPT = """
import sys, os
from inspector.worker.client import WorkerClient
if __name__ == "__main__":
    client = WorkerClient("orphan")
    client.submit("worker_jobs:deaf", None, lambda *step: begun.set())
    import threading
    begun = threading.Event()
    begun.wait(20)
    print(client.process_id, flush=True)
    {end}
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("end", ["pass", "os.kill(os.getpid(), 9)"], ids=["exits", "killed"])
def test_the_worker_does_not_outlive_its_owner(tmp_path: Path, end: str) -> None:
    script = tmp_path / "owner.py"
    script.write_text(SCRIPT.replace("{end}", end))
    paths = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=30
    )
    worker = int(done.stdout)
    deadline = time.monotonic() + PATIENCE_S
    while _alive(worker) and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert not _alive(worker)


def _alive(process_id: int) -> bool:
    status = Path(f"/proc/{process_id}/stat")
    if status.parent.parent.joinpath("self").exists():
        return status.exists() and status.read_text().rpartition(") ")[2][0] != "Z"
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_cancelled_run_raises(client: WorkerClient, tmp_path: Path) -> None:
    caught: Queue[BaseException] = Queue()

    def go() -> None:
        try:
            client.run("worker_jobs:wait_for_cancel", str(tmp_path / "asked"))
        except Cancelled as error:
            caught.put(error)

    thread = threading.Thread(target=go)
    thread.start()
    run_until = time.monotonic() + PATIENCE_S
    while client.process_id is None and time.monotonic() < run_until:
        threading.Event().wait(0.005)
    client.close()
    thread.join(PATIENCE_S)
    assert isinstance(caught.get(timeout=PATIENCE_S), Cancelled)
