"""The spatial index against brute force, and curve bounds against sampled curves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.layout import SpatialIndex, curve_bounds


def brute(
    rects: tuple[np.ndarray, ...], left: float, top: float, right: float, bottom: float
) -> list[int]:
    return [
        i
        for i, (x, y, w, h) in enumerate(zip(*rects, strict=True))
        if x <= right and x + w >= left and y <= bottom and y + h >= top
    ]


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 300),
    st.tuples(*[st.floats(-150.0, 1200.0)] * 2),
    st.tuples(*[st.floats(0.0, 600.0)] * 2),
)
def test_query_equals_brute_force(
    seed: int, n: int, corner: tuple[float, float], size: tuple[float, float]
) -> None:
    rng = np.random.default_rng(seed)
    rects = (
        rng.uniform(-100, 1000, n),
        rng.uniform(-100, 1000, n),
        rng.exponential(20, n) * rng.choice([0.0, 1.0, 20.0], n),
        rng.exponential(10, n),
    )
    index = SpatialIndex.build(*rects)
    region = (*corner, corner[0] + size[0], corner[1] + size[1])
    found = index.query(*region)
    assert found.dtype == np.int32
    assert found.tolist() == brute(rects, *region)
    assert index.at(*corner).tolist() == brute(rects, *corner, *corner)


def test_borders_belong_to_the_rectangle() -> None:
    index = SpatialIndex.build(*np.array([[0.0, 20.0], [0.0, 0.0], [10.0, 10.0], [10.0, 10.0]]))
    assert index.at(10.0, 10.0).tolist() == [0]
    assert index.query(10.0, 0.0, 20.0, 5.0).tolist() == [0, 1]
    assert index.query(11.0, 0.0, 19.0, 5.0).tolist() == []
    assert index.query(30.0, 0.0, 0.0, 5.0).tolist() == []


def test_column_of_boxes_finds_few() -> None:
    n = 20_000
    index = SpatialIndex.build(
        np.zeros(n), np.arange(n) * 82.0, np.full(n, 168.0), np.full(n, 46.0)
    )
    assert index.query(-50.0, 8200.0, 500.0, 8200.0 + 164.0).tolist() == [100, 101, 102]


def test_curve_bounds_hold_the_curves() -> None:
    rng = np.random.default_rng(7)
    lengths = rng.integers(2, 6, 50)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    points = rng.uniform(0, 1000, (offsets[-1], 2))
    left, top, right, bottom = curve_bounds(points, offsets)
    t = np.linspace(0, 1, 21)[:, None]
    for e in range(50):
        line = points[offsets[e] : offsets[e + 1]]
        assert left[e] == line[:, 0].min() and bottom[e] == line[:, 1].max()
        for a, b in pairwise(line):
            middle = (a[1] + b[1]) / 2
            c, d = np.array([a[0], middle]), np.array([b[0], middle])
            curve = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * c + 3 * (1 - t) * t**2 * d + t**3 * b
            assert (curve >= (left[e] - 1e-9, top[e] - 1e-9)).all()
            assert (curve <= (right[e] + 1e-9, bottom[e] + 1e-9)).all()


def test_no_edges_have_no_bounds() -> None:
    for side in curve_bounds(np.zeros((0, 2)), np.zeros(1, np.int32)):
        assert side.shape == (0,)


@pytest.mark.parametrize("n", [0, 1])
def test_tiny_index(n: int) -> None:
    index = SpatialIndex.build(*[np.zeros(n)] * 4)
    assert index.at(0.0, 0.0).tolist() == list(range(n))
