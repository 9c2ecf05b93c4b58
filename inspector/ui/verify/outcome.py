"""A verification's result as the panel tells it: verdict, table cells and text to copy."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inspector.verify.run import OutputResult, VerifyResult
from inspector.verify.thresholds import RuleResult, Thresholds, judge

PASS, FAIL = "✓", "✗"


@dataclass(frozen=True, slots=True)
class Cell:
    """One measure of one output; `passed` is None where no rule looks at it."""

    text: str
    passed: bool | None = None
    tip: str = ""


MEASURES = (
    ("MSE", "mse", "Mean of the squared differences"),
    ("max abs", "max_abs", "Largest absolute difference"),
    ("max rel", "max_rel", "Largest difference relative to the reference; shown, not judged"),
    ("rel L2", "rel_l2", "Norm of the difference over the norm of the reference"),
    ("cosine", "cosine", "Cosine of the angle between both outputs"),
    ("top-1", "top1", "Whether the largest score has the same index"),
    ("other", "other", "Shape, type, exact equality, NaN and infinite values"),
)
_OTHER = ("type", "exact", "nan", "inf")


def judged(result: VerifyResult, thresholds: Thresholds) -> VerifyResult:
    """The same measures against other limits: nothing has to run again."""
    outputs = tuple(
        replace(output, verdict=judge(output.measures, thresholds)) for output in result.outputs
    )
    passed = all(o.verdict.passed for o in outputs) and any(o.measures.elements for o in outputs)
    return replace(result, passed=passed, outputs=outputs, text=_sentence(outputs, passed))


def _sentence(outputs: tuple[OutputResult, ...], passed: bool) -> str:
    failed = [output for output in outputs if not output.verdict.passed]
    if failed:
        return f"The models differ. {failed[0].name}: {failed[0].verdict.text}."
    return "The models agree within every limit." if passed else "Nothing was compared."


def headline(result: VerifyResult) -> str:
    """The verdict in a few words."""
    count = len(result.outputs)
    failed = sum(not output.verdict.passed for output in result.outputs)
    if failed:
        return "The models differ" if count == 1 else f"{failed} of {count} outputs differ"
    if not result.passed:
        return "Nothing was compared"
    return "The models agree" if count == 1 else f"All {count} outputs agree"


def deciding(result: VerifyResult) -> str:
    """The rule that decided: the first that failed, or the one nearest its limit."""
    failed = [output for output in result.outputs if not output.verdict.passed]
    shown = failed or list(result.outputs)
    if not shown:
        return "Neither model has an output."
    first = shown[0]
    word = "Failed" if failed else "Nearest to its limit"
    return f"{word}: {first.name}, {first.verdict.text}"


def facts(result: VerifyResult) -> tuple[str, ...]:
    """Inputs, times and what else was noted, one line each."""
    seconds = result.seconds
    trials = f", {result.trials} trials" if result.trials > 1 else ""
    versions = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    return (
        f"{result.right} against {result.left}",
        f"Inputs (seed {result.seed}{trials}): " + "; ".join(result.inputs),
        f"Loading {seconds.left_session:.2f} s and {seconds.right_session:.2f} s, running "
        f"{seconds.left_run:.2f} s and {seconds.right_run:.2f} s, {seconds.total:.2f} s in all",
        *(note[:1].upper() + note[1:] for note in result.notes),
        versions,
    )


def cells(output: OutputResult) -> tuple[Cell, ...]:
    """The measures of one output in the order of `MEASURES`."""
    rules = {rule.rule: rule for rule in output.verdict.rules}
    return tuple(_cell(output, rules, name) for _, name, _ in MEASURES)


def _cell(output: OutputResult, rules: dict[str, RuleResult], name: str) -> Cell:
    measures, rule = output.measures, rules.get(name)
    if name == "other":
        return _other([rules[key] for key in _OTHER if key in rules])
    if name == "top1":
        agree = measures.top1_agree
        word = "–" if agree is None else "same" if agree else "differs"
        return Cell(word, rule.passed if rule else None, rule.text if rule else "")
    if measures.exact or not measures.elements or (measures.mismatch and rule is None):
        return Cell("–")
    value = f"{getattr(measures, name):.6g}" if name == "cosine" else _short(measures, name)
    if rule is None:
        return Cell(value)
    return Cell(value, rule.passed, rule.text)


def _short(measures: object, name: str) -> str:
    value = float(getattr(measures, name))
    return "0" if value == 0 else f"{value:.3g}"


def _other(rules: list[RuleResult]) -> Cell:
    failed = [rule for rule in rules if not rule.passed]
    if failed:
        return Cell("; ".join(rule.text for rule in failed), False, failed[0].text)
    exact = any(rule.rule == "exact" for rule in rules)
    return Cell("all elements equal", True) if exact else Cell("")
