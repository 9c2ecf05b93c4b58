"""Which rule decides, and that a small mean squared error is not enough."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.verify.measures import Measures, compare
from inspector.verify.thresholds import Thresholds, default_thresholds, judge

VALUES = np.linspace(-1, 1, 50, dtype=np.float32).reshape(1, 50)


def rules(measures: Measures, thresholds: Thresholds | None = None) -> dict[str, bool]:
    return {rule.rule: rule.passed for rule in judge(measures, thresholds).rules}


def test_the_same_passes_every_rule() -> None:
    verdict = judge(compare(VALUES, VALUES))
    assert verdict.passed
    assert {rule.rule for rule in verdict.rules} == {
        "nan",
        "inf",
        "mse",
        "max_abs",
        "rel_l2",
        "cosine",
        "top1",
    }


def test_two_unrelated_softmaxes_pass_mse_alone() -> None:
    generator = np.random.default_rng(0)
    logits = generator.standard_normal((2, 1, 1000))
    first, second = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    measures = compare(first.astype(np.float32), second.astype(np.float32))
    assert measures.mse < 1e-5
    verdict = judge(measures)
    assert not verdict.passed
    assert verdict.rule == "max_abs"
    assert rules(measures) == {
        "nan": True,
        "inf": True,
        "mse": True,
        "max_abs": False,
        "rel_l2": False,
        "cosine": False,
        "top1": False,
    }


def test_the_first_failing_rule_decides_and_all_are_told() -> None:
    verdict = judge(compare(VALUES, VALUES + np.float32(0.1)))
    assert (verdict.passed, verdict.rule) == (False, "mse")
    assert "MSE 0.01 ≥ 1e-05" in verdict.text
    assert "largest absolute error 0.1 ≥ 0.001" in verdict.text


def test_limits_can_be_changed_one_by_one() -> None:
    measures = compare(VALUES, VALUES + np.float32(0.01))
    loose = Thresholds(mse=1e-3, max_abs=0.1, rel_l2=0.1, cosine_min=0.99)
    assert judge(measures, loose).passed
    assert not judge(measures, Thresholds(mse=1e-3)).passed
    assert Thresholds(mse=1e-3).filled("float32").max_abs == 1e-3


def test_top1_can_be_left_out() -> None:
    swapped = VALUES.copy()
    swapped[0, -2:] = swapped[0, :-3:-1]
    loose = {"mse": 1.0, "max_abs": 1.0, "rel_l2": 1.0, "cosine_min": 0.0}
    measures = compare(VALUES, swapped)
    assert judge(measures, Thresholds.from_values(loose)).rule == "top1"
    assert judge(measures, Thresholds.from_values({**loose, "top1": 0, "other": 3})).passed


def test_defaults_follow_the_element_type() -> None:
    names = ["float64", "float32", "float16", "bfloat16"]
    limits = [default_thresholds(name) for name in names]
    assert [one.rel_l2 for one in limits] == sorted(one.rel_l2 or 0 for one in limits)
    assert limits[1].mse == 1e-5
    half = VALUES.astype(np.float16)
    off = np.nextafter(half, np.float16(2))
    assert judge(compare(half, off)).passed
    assert not judge(compare(half.astype(np.float64), off.astype(np.float64))).passed


@pytest.mark.parametrize(
    ("value", "rule"), [(np.nan, "nan"), (np.inf, "inf")], ids=["nan", "infinity"]
)
def test_one_value_that_is_no_number_fails(value: float, rule: str) -> None:
    broken = VALUES.copy()
    broken[0, 7] = value
    verdict = judge(compare(VALUES, broken))
    assert (verdict.passed, verdict.rule) == (False, rule)


def test_nothing_finite_proves_nothing() -> None:
    nothing = np.full((1, 4), np.nan, np.float32)
    verdict = judge(compare(nothing, nothing))
    assert (verdict.passed, verdict.rule) == (False, "finite")


def test_exact_types() -> None:
    labels = np.array([3, 4], np.int64)
    assert judge(compare(labels, labels)).passed
    assert judge(compare(labels, labels + 1)).rule == "exact"


def test_another_shape_fails() -> None:
    verdict = judge(compare(VALUES, VALUES.T))
    assert (verdict.passed, verdict.rule) == (False, "type")
    assert "1×50 against float32 50×1" in verdict.text


def test_large_outputs_get_a_hint() -> None:
    large = VALUES * np.float32(1e5)
    verdict = judge(compare(large, large * np.float32(1 + 1e-6)))
    assert not verdict.passed
    assert "relative measures pass" in verdict.text


def test_half_precision_is_judged_by_the_size_of_its_values() -> None:
    reference = np.array([[198.0, -20.0, 3.0]], np.float16)
    rounded = np.array([[197.875, -20.0, 3.0]], np.float16)
    assert judge(compare(reference, rounded)).passed
    # A limit that somebody set is kept as it is.
    assert not judge(compare(reference, rounded), Thresholds(max_abs=0.05)).passed
    wrong = np.array([[180.0, -20.0, 3.0]], np.float16)
    assert not judge(compare(reference, wrong)).passed


def test_exact_agreement_is_told_by_the_measure_people_know() -> None:
    values = np.array([[1.0, 2.0]], np.float32)
    assert judge(compare(values, values.copy())).rule == "mse"
