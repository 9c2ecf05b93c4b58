from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from onnx import TensorProto, numpy_helper

from inspector.analysis import weight_stats as module
from inspector.analysis.weight_stats import BINS, weight_stats
from inspector.model.problems import Cancelled
from inspector.model.weights import Inline, Missing, Weight, WeightUnavailable


def weight(values):
    tensor = numpy_helper.from_array(values, "w")
    return Weight("w", tensor.data_type, values.shape, Inline(tensor))


def assert_agrees(values):
    stats = weight_stats(weight(values))
    plain = values.astype(np.float64).reshape(-1)
    finite = plain[np.isfinite(plain)]
    assert stats.count == finite.size
    assert stats.nan_count == np.isnan(plain).sum()
    assert stats.inf_count == np.isinf(plain).sum()
    assert (stats.minimum, stats.maximum) == (finite.min(), finite.max())
    scale = max(np.abs(finite).max(), 1e-300)
    assert stats.mean == pytest.approx(finite.mean(), abs=1e-12 * scale)
    assert stats.std == pytest.approx(finite.std(), abs=1e-7 * scale, rel=1e-6)
    assert stats.zeros_percent == pytest.approx(100 * (finite == 0).mean())
    assert stats.histogram.sum() == finite.size
    assert stats.edges.shape == (BINS + 1,)
    assert (np.diff(stats.edges) >= 0).all()


@given(
    st_numpy.arrays(
        st.sampled_from([np.float32, np.float64, np.float16, np.int8, np.uint8, np.int64]),
        st.integers(1, 300),
        elements=st.integers(-100, 100).map(lambda v: v % 128),
    )
)
def test_agrees_with_numpy(values):
    assert_agrees(values)


@given(st_numpy.arrays(np.float32, st.integers(1, 50)))
@settings(max_examples=200)
def test_agrees_with_numpy_on_any_float32(values):
    if np.isfinite(values).any():
        assert_agrees(values)


def test_more_than_one_chunk(monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 1000)
    values = np.random.default_rng(1).normal(3, 2, (70, 90)).astype(np.float32)
    assert_agrees(values)
    stats = weight_stats(weight(values))
    expected, edges = np.histogram(values.astype(np.float64), bins=BINS)
    np.testing.assert_array_equal(stats.histogram, expected)
    np.testing.assert_allclose(stats.edges, edges)


def test_a_large_mean_costs_no_precision():
    values = 1e9 + np.random.default_rng(2).normal(0, 1e-3, 5000)
    stats = weight_stats(weight(values))
    assert stats.std == pytest.approx(values.std(), rel=1e-6)


@pytest.mark.parametrize(
    "values",
    [
        np.array([1.0, np.nextafter(1.0, 2.0)]),
        np.array([-1.7e308, 1.7e308]),
        np.array([5e-324, 0.0]),
        np.array([2.0**53, 2.0**53 + 2]),
        np.array([1.7e308]),
        np.array([2**63 - 1, -(2**63)]),
    ],
    ids=["neighbours", "whole range", "denormal", "large neighbours", "one huge", "int64 range"],
)
def test_extreme_values_have_statistics(values):
    stats = weight_stats(weight(values))
    assert (stats.minimum, stats.maximum) == (float(values.min()), float(values.max()))
    assert stats.histogram.sum() == values.size
    assert np.isfinite(stats.edges).all()


@pytest.mark.parametrize("value", [0.0, 5.0, -1e30])
def test_a_constant_weight(value):
    stats = weight_stats(weight(np.full(7, value)))
    assert (stats.minimum, stats.maximum, stats.mean, stats.std) == (value, value, value, 0)
    assert stats.histogram.sum() == 7
    assert stats.zeros_percent == (100 if value == 0 else 0)


def test_nothing_finite():
    stats = weight_stats(weight(np.array([np.nan, np.inf, -np.inf])))
    assert (stats.count, stats.nan_count, stats.inf_count) == (0, 1, 2)
    assert np.isnan(stats.mean)
    assert weight_stats(weight(np.zeros(0))).count == 0


@pytest.mark.parametrize(
    "kind", [np.bool_, ml_dtypes.bfloat16, ml_dtypes.int4, ml_dtypes.float8_e4m3fn]
)
def test_small_types(kind):
    values = np.array([0, 1, 1, 0, 1]).astype(kind)
    stats = weight_stats(weight(values))
    assert (stats.mean, stats.zeros_percent) == (pytest.approx(0.6), pytest.approx(40))


@pytest.mark.parametrize("values", [np.ones(3, np.complex64), np.array(["a"], object)])
def test_values_that_are_not_numbers_say_so(values):
    with pytest.raises(WeightUnavailable, match="no statistics"):
        weight_stats(weight(values))


def test_missing_values_and_a_cancel():
    with pytest.raises(WeightUnavailable, match="gone"):
        weight_stats(Weight("w", TensorProto.FLOAT, (2,), Missing("gone")))
    with pytest.raises(Cancelled):
        weight_stats(weight(np.zeros(3)), lambda: True)
