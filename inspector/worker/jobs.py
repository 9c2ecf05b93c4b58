"""The jobs a worker knows, by name. Nothing heavy is imported before a job needs it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from inspector.model.problems import Cancelled, ModelError

if TYPE_CHECKING:
    from inspector.model.network import Network
    from inspector.model.problems import Problem
    from inspector.model.tensors import TensorType
    from inspector.verify.run import Progress, VerifyRequest, VerifyResult
    from inspector.worker.process import JobContext

Job = Callable[[Any, "JobContext"], Any]


class UnknownJob(LookupError):
    """No job has this name."""


def check(
    payload: tuple[Network | str, Mapping[str, int]], context: JobContext
) -> tuple[dict[str, TensorType], tuple[Problem, ...]]:
    """What shape inference finds, and what it and onnx's checker complain about.

    The payload is a network with the sizes that its open dimensions are to have. A path instead
    of a network is read here: that costs the window less than sending it over.
    """
    from inspector.analysis.checks import run_checker
    from inspector.analysis.shapes import infer_types
    from inspector.io.onnx_reader import read_onnx

    source, dims = payload
    network = read_onnx(source).network if isinstance(source, str) else source
    context.progress(0.0, "Inferring shapes")
    types, complaint = infer_types(network, dims)
    context.raise_if_cancelled()
    context.progress(0.5, "Checking the model")
    problems = (complaint, run_checker(network))
    return types, tuple(problem for problem in problems if problem is not None)


def save(payload: tuple[Network, str, bool | None], context: JobContext) -> str:
    """Writes a network to a path, checked and then put in place at once; gives the path."""
    from inspector.analysis.checks import require_sound
    from inspector.io.onnx_writer import save_atomic

    network, path, external = payload
    save_atomic(
        network,
        path,
        external=external,
        progress=context.progress,
        cancelled=context.cancelled,
        check=partial(require_sound, network=network),
    )
    return path


def verify(request: VerifyRequest, context: JobContext) -> VerifyResult:
    """Runs two models on the same inputs and judges how far apart their outputs are."""
    from inspector.verify.run import verify as steps

    return drive(steps(request), context)


def sample(payload: tuple[str, int], context: JobContext) -> str:
    """The path of a sample model, made now if it is not in the cache."""
    from inspector.io.samples import SampleCancelled, SampleError, ensure_sample

    key, seed = payload
    try:
        path = ensure_sample(key, progress=context.progress, cancelled=context.cancelled, seed=seed)
    except SampleCancelled:
        raise Cancelled from None
    except SampleError as error:
        raise ModelError(*_what_and_hint(str(error))) from error
    return str(path)


def warm(payload: None, context: JobContext) -> None:
    """Imports what the first verify would otherwise wait for."""
    for module in ("onnxruntime", "inspector.verify.run", "inspector.io.onnx_reader"):
        context.raise_if_cancelled()
        importlib.import_module(module)


_JOBS: dict[str, Job] = {
    "check": check,
    "save": save,
    "verify": verify,
    "sample": sample,
    "warm": warm,
}
_DOING = {
    "check": "checking the model",
    "save": "saving the model",
    "verify": "verifying the models",
    "sample": "making the sample",
    "warm": "starting",
}


def doing(job: str) -> str:
    """What the worker is doing in a job, to follow "while"."""
    return _DOING.get(job, f"running {job}")


def resolve(job: str) -> Job:
    """The function of a job: a name of this module's table, or ``module:function``.

    Raises UnknownJob.
    """
    if job in _JOBS:
        return _JOBS[job]
    module, _, function = job.partition(":")
    try:
        found: Job = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise UnknownJob(f"The worker knows no job {job!r}: {error}") from None
    return found


def drive(steps: Generator[Progress, None, VerifyResult], context: JobContext) -> VerifyResult:
    """Runs a generator to its value, telling its progress and stopping between its steps."""
    try:
        while True:
            step = next(steps)
            context.raise_if_cancelled()
            context.progress(step.fraction, step.text)
    except StopIteration as stop:
        value: VerifyResult = stop.value
        return value
    finally:
        steps.close()


def _what_and_hint(text: str) -> tuple[str, str]:
    what, stop, hint = text.partition(". ")
    return (f"{what}.", hint) if stop else (text, "")
