from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.worker.client import WorkerClient


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerClient]:
    # The child gets this process's import path, and so finds worker_jobs.
    monkeypatch.syspath_prepend(Path(__file__).parent)
    with WorkerClient("test") as client:
        yield client
