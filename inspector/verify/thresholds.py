"""When two outputs count as the same: limits for each measure, and which of them decides.

A mean squared error alone proves little: two unrelated softmaxes over 1000 classes score 2e-6.
So an output passes only if every rule does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from inspector.verify.measures import Measures


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits that pass; None stands for the default of the output's element type.

    mse, max_abs and rel_l2 must lie below their limit, cosine at or above `cosine_min`. With
    `top1` the largest score must have the same index where an output is scores.
    """

    mse: float | None = None
    max_abs: float | None = None
    rel_l2: float | None = None
    cosine_min: float | None = None
    top1: bool | None = None

    @classmethod
    def from_values(cls, values: Mapping[str, float]) -> Thresholds:
        """Limits from plain numbers by name; names that are none of ours are left out."""
        known = {field.name for field in fields(cls)}
        chosen = {name: value for name, value in values.items() if name in known}
        top1 = chosen.pop("top1", None)
        return cls(**chosen, top1=None if top1 is None else bool(top1))

    def filled(self, dtype: str) -> Thresholds:
        """The same limits with the defaults of an element type in place of None."""
        default = default_thresholds(dtype)
        chosen = {field.name: getattr(self, field.name) for field in fields(self)}
        values = {
            name: getattr(default, name) if value is None else value
            for name, value in chosen.items()
        }
        return Thresholds(**values)


_DEFAULTS = {
    "float64": Thresholds(1e-5, 1e-6, 1e-9, 0.999999, True),
    "float32": Thresholds(1e-5, 1e-3, 1e-4, 0.9999, True),
    "float16": Thresholds(1e-3, 5e-2, 1e-2, 0.999, True),
    "bfloat16": Thresholds(1e-2, 5e-1, 5e-2, 0.99, True),
}


def default_thresholds(dtype: str) -> Thresholds:
    """The limits for an output of an element type; those of float32 where it has none."""
    return _DEFAULTS.get(dtype, _DEFAULTS["float32"])


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule applied: what it measures, the value, the limit, and whether it holds."""

    rule: str
    value: float
    limit: float
    passed: bool
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an output passes. `rule` is the first that failed, or the one nearest its limit."""

    passed: bool
    rule: str
    text: str
    rules: tuple[RuleResult, ...]


def judge(measures: Measures, thresholds: Thresholds | None = None) -> Verdict:
    """Applies every rule that fits an output."""
    limits = _limits(measures, thresholds or Thresholds())
    rules = tuple(_rules(measures, limits))
    failed = [rule for rule in rules if not rule.passed]
    if failed:
        text = "; ".join(rule.text for rule in failed)
        return Verdict(False, failed[0].rule, text + _scale_hint(measures, failed), rules)
    if measures.elements == 0:
        return Verdict(True, "empty", "no elements on either side", rules)
    if not measures.unequal and not measures.exact:
        # Rounding of the cosine would decide; the rule that people know is named instead.
        nearest = next(rule for rule in rules if rule.rule == "mse")
    else:
        nearest = max(rules, key=_nearness)
    return Verdict(True, nearest.rule, nearest.text, rules)


_HALF = ("float16", "bfloat16")


def _limits(measures: Measures, thresholds: Thresholds) -> Thresholds:
    """Limits for an output; default absolute ones of half precision grow with its values.

    Half precision rounds to 3 digits or fewer, so an absolute error means nothing without the
    size of what was rounded. Limits that somebody set stay as they are.
    """
    kind = measures.reference_type.split(" ")[0]
    filled = thresholds.filled(kind)
    scale = max(1.0, measures.reference_max)
    if kind not in _HALF or not math.isfinite(scale):
        return filled
    mse, max_abs = filled.mse, filled.max_abs
    if thresholds.mse is None and mse is not None:
        mse *= scale * scale
    if thresholds.max_abs is None and max_abs is not None:
        max_abs *= scale
    return replace(filled, mse=mse, max_abs=max_abs)


def _rules(measures: Measures, limits: Thresholds) -> Iterator[RuleResult]:
    if measures.mismatch:
        yield RuleResult("type", 1.0, 0.0, False, measures.mismatch.rstrip("."))
        if not measures.elements:
            return
    if measures.exact:
        yield _count("exact", measures.unequal, "elements differ where all must be equal")
        return
    yield _count("nan", measures.nan_mismatches, "elements are NaN on one side only")
    yield _count("inf", measures.inf_mismatches, "elements are infinite on one side only")
    if measures.elements and not measures.finite:
        text = "no element is finite on both sides, so nothing was compared"
        yield RuleResult("finite", 0.0, 1.0, False, text)
    yield _below("mse", "MSE", measures.mse, limits.mse)
    yield _below("max_abs", "largest absolute error", measures.max_abs, limits.max_abs)
    yield _below("rel_l2", "relative L2", measures.rel_l2, limits.rel_l2)
    yield _cosine(measures.cosine, limits.cosine_min)
    if limits.top1 and measures.top1_agree is not None:
        agree = measures.top1_agree
        text = "the top-1 index is the same" if agree else "the top-1 index differs"
        yield RuleResult("top1", float(agree), 1.0, agree, text)


def _count(rule: str, number: int, text: str) -> RuleResult:
    return RuleResult(rule, float(number), 0.0, number == 0, f"{number:,} {text}")


def _below(rule: str, title: str, value: float, limit: float | None) -> RuleResult:
    bound = math.inf if limit is None else limit
    passed = value < bound or value == 0.0
    sign = "<" if passed else "≥"
    return RuleResult(rule, value, bound, passed, f"{title} {value:.3g} {sign} {bound:.3g}")


def _cosine(value: float, limit: float | None) -> RuleResult:
    bound = -1.0 if limit is None else limit
    passed = value >= bound
    sign = "≥" if passed else "<"
    return RuleResult("cosine", value, bound, passed, f"cosine {value:.7g} {sign} {bound:.7g}")


def _nearness(rule: RuleResult) -> float:
    """How much of a rule's allowance is used, 0 to 1."""
    if rule.rule == "cosine":
        return (1.0 - rule.value) / (1.0 - rule.limit) if rule.limit < 1.0 else 0.0
    if rule.rule == "top1" or not rule.limit:
        return 0.0
    return rule.value / rule.limit


def _scale_hint(measures: Measures, failed: list[RuleResult]) -> str:
    absolute = {"mse", "max_abs"}
    if measures.reference_max > 1.0 and all(rule.rule in absolute for rule in failed):
        return (
            f". Values reach {measures.reference_max:.3g} and the relative measures pass: "
            "the absolute limits may be too tight for this output"
        )
    return ""
