"""Jobs that behave well and badly, run by the worker under test."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from inspector.model.problems import ModelError
from inspector.worker.process import JobContext


def double(payload: int, context: JobContext) -> int:
    return 2 * payload


def process_id(payload: None, context: JobContext) -> int:
    return os.getpid()


def wait_for_cancel(payload: str, context: JobContext) -> None:
    """Leaves a file when it was asked to stop, and then stops."""
    context.progress(0.0, "waiting")
    while not context.cancelled():
        time.sleep(0.002)
    Path(payload).touch()
    context.raise_if_cancelled()


def deaf(payload: None, context: JobContext) -> None:
    """Does not look at the flag."""
    context.progress(0.0, "sleeping")
    time.sleep(60)


def ignore_cancel_and_answer(payload: None, context: JobContext) -> int:
    context.progress(0.0, "working")
    while not context.cancelled():
        time.sleep(0.002)
    return 7


def die(payload: int, context: JobContext) -> None:
    print("last words", file=sys.stderr)
    os.kill(os.getpid(), payload)
    time.sleep(60)


def segfault(payload: None, context: JobContext) -> None:
    ctypes.string_at(0)


def leave(payload: int, context: JobContext) -> None:
    os._exit(payload)


def complain(payload: None, context: JobContext) -> None:
    raise ModelError("The model has no nodes.", "Open another file.")


def run_out_of_memory(payload: None, context: JobContext) -> None:
    raise MemoryError


def fail(payload: None, context: JobContext) -> None:
    raise ZeroDivisionError("one by nought")


def answer_with_what_cannot_travel(payload: None, context: JobContext) -> Any:
    return lambda: None


def count(payload: int, context: JobContext) -> int:
    for i in range(payload):
        context.progress(i / payload, f"step {i}")
    return payload


def report_then_be_silent(payload: float, context: JobContext) -> None:
    context.progress(0.1, "first")
    context.progress(0.2, "second")
    time.sleep(payload)


def shout(payload: None, context: JobContext) -> None:
    print("on stdout")
    os.write(2, b"on stderr\n")


def ignores_interrupt(payload: None, context: JobContext) -> bool:
    os.kill(os.getpid(), signal.SIGINT)
    return True


def measure(payload: Any, context: JobContext) -> int:
    return len(payload.nodes)
