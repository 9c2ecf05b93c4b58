"""Measures against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inspector.verify import measures as module
from inspector.verify.measures import Measures, compare, worst


def test_hand_computed() -> None:
    reference = np.array([3.0, -4.0, 0.0], np.float32)
    output = np.array([3.5, -4.0, 0.25], np.float32)
    found = compare(reference, output)
    assert found.elements == found.finite == 3
    assert found.unequal == 2
    assert found.mse == pytest.approx((0.25 + 0.0625) / 3, rel=1e-15)
    assert found.mean_abs == pytest.approx(0.25, rel=1e-15)
    assert found.max_abs == 0.5
    # The element at zero has no relative error; 0.5 / 3 is the largest of the others.
    assert found.max_rel == pytest.approx(0.5 / 3, rel=1e-15)
    assert found.rel_l2 == pytest.approx(math.sqrt(0.3125) / 5, rel=1e-15)
    cosine = (10.5 + 16.0) / (5 * math.sqrt(12.25 + 16 + 0.0625))
    assert found.cosine == pytest.approx(cosine, rel=1e-15)
    assert found.reference_max == 4.0
    assert found.top1_agree is True


def test_float16_is_not_summed_in_float16() -> None:
    reference = np.ones(100_000, np.float16)
    found = compare(reference, reference + np.float16(0.0009765625))
    assert found.mse == pytest.approx(0.0009765625**2, rel=1e-12)
    assert found.rel_l2 == pytest.approx(0.0009765625, rel=1e-12)


def test_zero_reference() -> None:
    zeros, ones = np.zeros(4, np.float32), np.ones(4, np.float32)
    same = compare(zeros, zeros)
    assert (same.rel_l2, same.cosine, same.max_rel) == (0.0, 1.0, 0.0)
    other = compare(zeros, ones)
    assert (other.rel_l2, other.cosine, other.max_rel) == (math.inf, 0.0, 0.0)
    assert other.max_abs == 1.0


def test_nan_and_infinity_are_counted_and_left_out() -> None:
    nan, inf = np.nan, np.inf
    reference = np.array([nan, nan, 1.0, inf, inf, -inf, 2.0, inf], np.float32)
    output = np.array([nan, 0.0, nan, inf, -inf, 5.0, 2.5, nan], np.float32)
    found = compare(reference, output)
    assert found.nan_mismatches == 3
    assert found.inf_mismatches == 2
    assert found.finite == 1
    assert found.mse == 0.25
    assert found.unequal == 6


def test_integers_and_booleans_are_exact() -> None:
    big = np.array([2**60, 5], np.int64)
    found = compare(big, big + np.array([1, 0]))
    assert (found.exact, found.unequal, found.top1_agree) == (True, 1, None)
    flags = compare(np.array([True, False]), np.array([True, True]))
    assert (flags.exact, flags.unequal, flags.max_abs) == (True, 1, 1.0)


def test_strings_are_compared_as_they_are() -> None:
    found = compare(np.array(["a", "b"], object), np.array(["a", "c"], object))
    assert (found.exact, found.unequal, found.reference_type) == (True, 1, "string 2")


def test_other_shapes_and_types_are_said() -> None:
    found = compare(np.zeros((1, 3), np.float32), np.zeros((3, 1), np.float32))
    assert found.mismatch == "The shape differs: float32 1×3 against float32 3×1."
    found = compare(np.zeros(3, np.float32), np.zeros(3, np.float64))
    assert "element type differs" in found.mismatch


@pytest.mark.parametrize(
    ("shape", "applies"),
    [
        ((10,), True),
        ((2, 10), True),
        ((2, 10, 1, 1), True),
        ((1, 1), False),
        ((), False),
        ((1, 5, 4), False),
        ((1, 3, 8, 8), False),
    ],
)
def test_top1_only_for_scores(shape: tuple[int, ...], applies: bool) -> None:
    values = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    found = compare(np.asarray(values), np.asarray(values))
    assert (found.top1_agree is not None) == applies


def test_top1_of_every_row() -> None:
    reference = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32)
    assert compare(reference, reference * 3).top1_agree is True
    assert compare(reference, reference[:, ::-1]).top1_agree is False
    assert compare(reference, np.array([[0, 1], [0, 1]], np.float32)).top1_agree is False


def test_a_tie_in_the_reference_is_no_disagreement() -> None:
    tied = np.array([[1.0, 1.0, 0.0]], np.float32)
    other = np.array([[1.0, np.nextafter(np.float32(1), np.float32(2)), 0.0]], np.float32)
    assert compare(tied, other).top1_agree is True


def test_pieces_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(1)
    a, b = (generator.standard_normal((7, 11)).astype(np.float32) for _ in range(2))
    whole = compare(a, b)
    monkeypatch.setattr(module, "_PIECE", 5)
    pieces = compare(a, b)
    for name in ("mse", "mean_abs", "max_abs", "max_rel", "rel_l2", "cosine"):
        assert getattr(pieces, name) == pytest.approx(getattr(whole, name), rel=1e-12)


def test_the_worst_of_several_trials() -> None:
    row = np.array([[1.0, 2.0]], np.float32)
    near, far = compare(row, row + np.float32(0.5)), compare(row, row[:, ::-1])
    total = worst([near, far])
    assert total.elements == 4
    assert (total.max_abs, total.top1_agree) == (1.0, False)
    assert total.mse == max(near.mse, far.mse)
    assert total.cosine == min(near.cosine, far.cosine)
    assert worst([near]) is near


VALUES = st.floats(-1e6, 1e6, width=32)


@given(arrays(np.float32, (3, 4), elements=VALUES), arrays(np.float32, (3, 4), elements=VALUES))
def test_against_numpy_in_double(b: np.ndarray, a: np.ndarray) -> None:
    found: Measures = compare(b, a)
    wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
    assert found.mse == pytest.approx(np.mean((wide_a - wide_b) ** 2), rel=1e-12, abs=1e-300)
    assert found.max_abs == np.abs(wide_a - wide_b).max()
    assert -1.0 <= found.cosine <= 1.0
    assert found.nan_mismatches == found.inf_mismatches == 0
