"""The arithmetic of views: what stays where it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.ui.graph_view.view import MOST_SCALE, View, between, fit

scales = st.floats(0.01, 10.0)
places = st.floats(-5_000.0, 5_000.0)
views = st.builds(View, scales, places, places)


@given(views, st.floats(0.2, 5.0), st.floats(0.0, 1_600.0), st.floats(0.0, 1_000.0))
def test_zoom_keeps_the_point_under_the_pointer(
    view: View, factor: float, x: float, y: float
) -> None:
    zoomed = view.zoomed(factor, x, y)
    at = zoomed.to_screen(*view.to_scene(x, y))
    assert at == pytest.approx((x, y), abs=1e-6 * max(1.0, abs(view.x), abs(view.y)))
    assert 0 < zoomed.scale <= MOST_SCALE


@given(views, views)
def test_movement_starts_and_ends_where_it_should(start: View, end: View) -> None:
    first = between(start, end, 0.0)
    assert (first.scale, first.x, first.y) == pytest.approx(
        (start.scale if abs(start.scale - end.scale) > 1e-6 * start.scale else end.scale,
         start.x, start.y)
    )  # fmt: skip
    assert between(start, end, 1.0) == end


def test_zoom_about_a_point_keeps_it_all_the_way() -> None:
    start = View(1.0, 30.0, -20.0)
    end = start.zoomed(4.0, 200.0, 100.0)
    for step in range(11):
        at = between(start, end, step / 10).to_screen(*start.to_scene(200.0, 100.0))
        assert at == pytest.approx((200.0, 100.0))


def test_fit_shows_all_in_the_middle() -> None:
    view = fit((0.0, 0.0, 2_000.0, 500.0), 1_000.0, 800.0, margin=0.0)
    assert view.scale == 0.5
    assert view.to_screen(1_000.0, 250.0) == (500.0, 400.0)
    assert fit((0.0, 0.0, 10.0, 10.0), 1_000.0, 800.0).scale == 1.0
