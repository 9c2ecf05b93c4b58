"""The result of a verification as JSON and as text."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from inspector.verify.run import OutputResult, VerifyResult

SCHEMA_VERSION = 1


def verification_json(result: VerifyResult) -> dict[str, Any]:
    """Everything in plain types; numbers that are not finite become null."""
    found: dict[str, Any] = _plain(
        {
            "schema_version": SCHEMA_VERSION,
            "passed": result.passed,
            "verdict": result.text,
            "left": result.left,
            "right": result.right,
            "seed": result.seed,
            "trials": result.trials,
            "inputs": result.inputs,
            "outputs": [_output(output) for output in result.outputs],
            "seconds": asdict(result.seconds),
            "versions": dict(result.versions),
            "notes": result.notes,
        }
    )
    return found


def verification_text(result: VerifyResult) -> str:
    """The result for people: a verdict, a line per output, and what was run."""
    lines = ["PASS" if result.passed else "DIFFERENT", result.text, ""]
    for output in result.outputs:
        measures = output.measures
        word = "pass" if output.verdict.passed else "FAIL"
        lines.append(f"{word}  {output.name}  {measures.output_type}")
        lines.append(
            f"      MSE {measures.mse:.3g}, max abs {measures.max_abs:.3g}, "
            f"max rel {measures.max_rel:.3g}, relative L2 {measures.rel_l2:.3g}, "
            f"cosine {measures.cosine:.9g}, top-1 {_agreement(measures.top1_agree)}"
        )
        lines.append(f"      {output.verdict.text}")
    lines.extend(["", f"reference  {result.left}", f"compared   {result.right}"])
    lines.extend(f"input      {line}" for line in result.inputs)
    lines.append(f"seed       {result.seed}, trials {result.trials}")
    lines.extend(f"note       {note}" for note in result.notes)
    return "\n".join(lines)


def _output(output: OutputResult) -> dict[str, Any]:
    verdict = output.verdict
    return {
        "name": output.name,
        "passed": verdict.passed,
        "rule": verdict.rule,
        "verdict": verdict.text,
        **asdict(output.measures),
        "rules": [asdict(rule) for rule in verdict.rules],
    }


def _agreement(agree: bool | None) -> str:
    return "not applicable" if agree is None else "agrees" if agree else "DIFFERS"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
