"""The messages between the window's process and its worker.

Payloads and values travel as pickled bytes inside a message, so that what cannot be unpickled
costs its own job and not the connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """Why a job has no value."""

    ERROR = "error"
    CRASH = "crash"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    """The job was never begun: nobody knows it, or the worker is closed."""


@dataclass(frozen=True, slots=True)
class Request:
    """Run `job`, a name that `inspector.worker.jobs.resolve` knows; `payload` is pickled."""

    job_id: int
    job: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop a job as soon as it looks."""

    job_id: int


@dataclass(frozen=True, slots=True)
class Begun:
    """The worker has taken up a job: if it dies now, that may be the job's doing."""

    job_id: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is, 0 to 1, and what it is doing."""

    job_id: int
    fraction: float
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """A job's value, pickled."""

    job_id: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job has no value: `what` and `hint` for people, `detail` for a bug report."""

    job_id: int
    kind: FailureKind
    what: str
    hint: str = ""
    detail: str = ""


ToWorker = Request | Cancel
FromWorker = Begun | Progress | Result | Failure
