"""Verification: two models, the same inputs, and how far apart their outputs are."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.io.onnx_reader import read_onnx
from inspector.model.network import Network
from inspector.model.problems import ModelError
from inspector.model.weights import WeightUnavailable
from inspector.verify.inputs import InputSpec, input_specs, paired_names
from inspector.verify.measures import Measures, compare, worst
from inspector.verify.session import SETTINGS_NOTE, open_model, threads
from inspector.verify.thresholds import Thresholds, Verdict, judge

Array = npt.NDArray[Any]
Source = Network | str | os.PathLike[str]

_BYTES_PER_NODE = 100_000
"""Weight bytes that take about as long to load as one node; for the share of progress."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the verification is, 0 to 1, and what comes next."""

    fraction: float
    text: str


@dataclass(frozen=True)
class VerifyRequest:
    """What to compare: `left` is the reference, `right` the model in question.

    `dims` gives sizes of open dimensions, by symbolic name or by place such as ``input[0]``; those
    it leaves out are 1. Each of `trials`
    draws new inputs from the same seed.
    """

    left: Source
    right: Source
    seed: int = 0
    dims: Mapping[str, int] = field(default_factory=dict)
    thresholds: Thresholds | None = None
    trials: int = 1
    left_title: str = ""
    """What to call the model in messages; else the name of its file, or "the first model"."""
    right_title: str = ""


@dataclass(frozen=True, slots=True)
class OutputResult:
    """One output: its name in the reference, the differences, and whether they pass."""

    name: str
    measures: Measures
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Seconds:
    """Time per stage, in seconds."""

    left_session: float
    left_run: float
    right_session: float
    right_run: float
    total: float


@dataclass(frozen=True)
class VerifyResult:
    """Everything that a verification found."""

    passed: bool
    text: str
    outputs: tuple[OutputResult, ...]
    inputs: tuple[str, ...]
    """One line per input: name, type, shape and what was drawn."""
    left: str
    right: str
    seed: int
    trials: int
    seconds: Seconds
    versions: Mapping[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Side:
    title: str
    network: Network
    path: str | None

    @property
    def effort(self) -> float:
        stored = sum(weight.nbytes for weight in self.network.weights.values())
        return len(self.network.nodes) + stored / _BYTES_PER_NODE + 1


@dataclass(frozen=True)
class _Ran:
    names: tuple[str, ...]
    trials: tuple[tuple[Any, ...], ...]
    session_s: float
    run_s: float


def verify(request: VerifyRequest) -> Generator[Progress, None, VerifyResult]:
    """Runs both models, one after the other so that only one is in memory, and compares.

    Raises ModelError where a model cannot be read, loaded or run, or where they take different
    inputs.
    """
    start = time.perf_counter()
    if request.trials < 1:
        raise ModelError("A verification needs at least one trial.")
    yield Progress(0.0, "Reading the models")
    left = _side(request.left, request.left_title, "the first model")
    right = _side(request.right, request.right_title, "the second model")
    networks = (left.network, right.network)
    specs, notes = input_specs(networks, request.dims)
    pairs = paired_names(networks)
    unused = [
        f"size {name} was not used: no input leaves it open"
        for name in request.dims
        if not any(name in network.open_sizes for network in networks)
    ]
    renamed = [f"input {a} is {b} in the second model" for a, b in pairs if a != b]
    share = 0.95 * left.effort / (left.effort + right.effort)
    ran_left = yield from _run(left, [a for a, _ in pairs], specs, request, 0.0, share)
    ran_right = yield from _run(right, [b for _, b in pairs], specs, request, share, 0.95)
    yield Progress(0.95, "Comparing the outputs")
    outputs, matched = _compare(ran_left, ran_right, request.thresholds)
    failed = [output for output in outputs if not output.verdict.passed]
    compared = any(output.measures.elements for output in outputs)
    return VerifyResult(
        passed=not failed and compared,
        text=_text(outputs, failed, compared),
        outputs=outputs,
        inputs=tuple(spec.text() for spec in specs),
        left=left.title,
        right=right.title,
        seed=request.seed,
        trials=request.trials,
        seconds=Seconds(
            ran_left.session_s,
            ran_left.run_s,
            ran_right.session_s,
            ran_right.run_s,
            time.perf_counter() - start,
        ),
        versions=_versions(),
        notes=(*notes, *unused, *renamed, *matched, f"{SETTINGS_NOTE}, {threads()} threads"),
    )


def _side(source: Source, title: str, position: str) -> _Side:
    if isinstance(source, Network):
        return _Side(title or position, source, None)
    path = os.fspath(source)
    return _Side(title or Path(path).name, read_onnx(path).network, path)


def _run(
    side: _Side,
    names: Sequence[str],
    specs: Sequence[InputSpec],
    request: VerifyRequest,
    low: float,
    high: float,
) -> Generator[Progress, None, _Ran]:
    yield Progress(low, f"Loading {side.title}")
    start = time.perf_counter()
    try:
        model = open_model(side.network, side.title, side.path)
    except WeightUnavailable as error:
        what = f"{side.title} has weights that cannot be read: {error}."
        raise ModelError(what, "Put the missing file back and open the model again.") from None
    loaded = time.perf_counter()
    session_s, run_s = loaded - start, 0.0
    results: list[tuple[Any, ...]] = []
    try:
        for trial in range(request.trials):
            done = low + (high - low) * (0.9 + 0.1 * trial / request.trials)
            yield Progress(done, f"Running {side.title}")
            feeds = {
                name: spec.draw(request.seed, trial)
                for name, spec in zip(names, specs, strict=True)
            }
            start = time.perf_counter()
            results.append(model.run(feeds))
            run_s += time.perf_counter() - start
        return _Ran(model.output_names, tuple(results), session_s, run_s)
    finally:
        model.close()


def _compare(
    left: _Ran, right: _Ran, thresholds: Thresholds | None
) -> tuple[tuple[OutputResult, ...], list[str]]:
    pairs, alone = _paired_outputs(left.names, right.names)
    notes = [
        f"output {left.names[a]} is {right.names[b]} in the second model"
        for a, b in pairs
        if left.names[a] != right.names[b]
    ]
    found: dict[str, Measures] = {}
    for a, b in pairs:
        name = left.names[a]
        found.update(
            _worst_by_name(
                [_flat(name, trial[a]) for trial in left.trials],
                [_flat(name, trial[b]) for trial in right.trials],
            )
        )
    for name, where in alone:
        found[name] = Measures("", "", mismatch=f"Output {name!r} is only in {where}.")
    results = [
        OutputResult(name, measures, judge(measures, thresholds))
        for name, measures in found.items()
    ]
    return tuple(results), notes


def _paired_outputs(
    left: Sequence[str], right: Sequence[str]
) -> tuple[list[tuple[int, int]], list[tuple[str, str]]]:
    """Positions of matching outputs, by name and else by position; and those without a match."""
    pairs = [(i, right.index(name)) for i, name in enumerate(left) if name in right]
    rest_left = [i for i, name in enumerate(left) if name not in right]
    rest_right = [i for i, name in enumerate(right) if name not in left]
    if len(rest_left) == len(rest_right):
        return sorted([*pairs, *zip(rest_left, rest_right, strict=True)]), []
    alone = [(left[i], "the first model") for i in rest_left]
    alone += [(right[i], "the second model") for i in rest_right]
    return pairs, alone


def _worst_by_name(
    left: Sequence[Mapping[str, Array]], right: Sequence[Mapping[str, Array]]
) -> dict[str, Measures]:
    names = dict.fromkeys(name for trial in (*left, *right) for name in trial)
    return {
        name: worst([_measured(name, a, b) for a, b in zip(left, right, strict=True)])
        for name in names
    }


def _measured(name: str, left: Mapping[str, Array], right: Mapping[str, Array]) -> Measures:
    if name in left and name in right:
        return compare(left[name], right[name])
    where = "the first model" if name in left else "the second model"
    return Measures("", "", mismatch=f"{name} is only in {where}'s output.")


def _flat(name: str, value: Any) -> dict[str, Array]:
    """Tensors by name: a sequence gives name[0], name[1], ..., a map its values in key order."""
    if isinstance(value, list):
        return {
            key: array
            for i, item in enumerate(value)
            for key, array in _flat(f"{name}[{i}]", item).items()
        }
    if isinstance(value, dict):
        return {name: np.asarray([value[key] for key in sorted(value)])}
    return {name: np.asarray(value)}


def _text(outputs: Sequence[OutputResult], failed: Sequence[OutputResult], compared: bool) -> str:
    if failed:
        first = f"{failed[0].name}: {failed[0].verdict.text}"
        if len(outputs) == 1:
            return f"The models differ. {first}."
        return f"The models differ in {len(failed)} of {len(outputs)} outputs. {first}."
    if not compared:
        return "Nothing was compared: every output is empty."
    count = "the output" if len(outputs) == 1 else f"all {len(outputs)} outputs"
    largest = max(output.measures.mse for output in outputs)
    return f"The models agree: {count} within every limit, MSE at most {largest:.3g}."


def _versions() -> dict[str, str]:
    import onnx
    import onnxruntime

    return {
        "onnxruntime": onnxruntime.__version__,
        "onnx": onnx.__version__,
        "numpy": np.__version__,
    }
