"""Properties that hold for the layout of any graph."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.layout import LayoutInput, LayoutOptions, LayoutResult, curve_bounds, layout

OPTIONS = LayoutOptions(grid_limit=5)
CLOSE = 1e-6


def around(item: int, parent: list[int]) -> set[int]:
    """Containers around an item."""
    found = set()
    while parent[item] >= 0:
        item = parent[item]
        found.add(item)
    return found


@st.composite
def inputs(draw: st.DrawFn, acyclic: bool = False) -> LayoutInput:
    """Up to 40 items in up to four containers, some of them nested, and arbitrary edges."""
    containers = draw(st.integers(0, 4))
    n = containers + draw(st.integers(0, 36))
    parent = [draw(st.integers(-1, c - 1)) for c in range(containers)]
    parent += [draw(st.integers(-1, containers - 1)) for _ in range(n - containers)]
    kind = [draw(st.integers(1, 2)) for _ in range(containers)] + [0] * (n - containers)
    sizes = st.floats(1.0, 200.0)
    width = [draw(sizes) for _ in range(n)]
    height = [draw(sizes) for _ in range(n)]
    item = st.integers(0, max(n - 1, 0))
    count = draw(st.integers(0, 60)) if n else 0
    pairs = [(draw(item), draw(item)) for _ in range(count)]
    pairs = [(u, v) for u, v in pairs if u not in around(v, parent) and v not in around(u, parent)]
    if acyclic:
        # Levels of a quotient can still have cycles, so only a flat graph is surely without.
        parent, kind = [-1] * n, [0] * n
        pairs = [(min(p), max(p)) for p in pairs if p[0] != p[1]]
    edges = np.array(pairs, np.int32).reshape(-1, 2)
    return LayoutInput(
        np.array(width),
        np.array(height),
        edges[:, 0].copy(),
        edges[:, 1].copy(),
        np.array(parent, np.int32),
        np.array(kind, np.int8),
        # Apart by more than any size of an item, so that given places never overlap.
        np.arange(n) * 1000.0,
        np.zeros(n),
    )


def assert_routes_end_on_borders(inp: LayoutInput, result: LayoutResult) -> None:
    assert (np.diff(result.offsets) >= 2).all()
    if not inp.src.size:
        return
    first, last = result.points[result.offsets[:-1]], result.points[result.offsets[1:] - 1]
    src, dst = inp.src, inp.dst
    np.testing.assert_allclose(first[:, 1], result.y[src] + result.height[src], atol=CLOSE)
    np.testing.assert_allclose(last[:, 1], result.y[dst], atol=CLOSE)
    for point, item in ((first, src), (last, dst)):
        assert (point[:, 0] >= result.x[item] - CLOSE).all()
        assert (point[:, 0] <= result.x[item] + result.width[item] + CLOSE).all()


def overlapping_siblings(
    inp: LayoutInput, result: LayoutResult, gap: float
) -> list[tuple[int, int]]:
    found = []
    n = result.x.size
    for a in range(n):
        for b in range(a + 1, n):
            if inp.parent[a] != inp.parent[b]:
                continue
            if inp.parent[a] >= 0 and inp.container[inp.parent[a]] == 2:
                continue
            apart_x = max(
                result.x[b] - result.x[a] - result.width[a],
                result.x[a] - result.x[b] - result.width[b],
            )
            apart_y = max(
                result.y[b] - result.y[a] - result.height[a],
                result.y[a] - result.y[b] - result.height[b],
            )
            if max(apart_x, apart_y) < gap - CLOSE:
                found.append((a, b))
    return found


@settings(max_examples=150, deadline=None)
@given(inputs(), st.booleans())
def test_any_graph_is_placed_soundly(inp: LayoutInput, refine: bool) -> None:
    result = layout(inp, OPTIONS, refine=refine)
    assert np.isfinite(result.points).all()
    assert np.isfinite(result.x).all() and np.isfinite(result.y).all()
    # Layers beside a port keep half a layer gap; no other distance is less.
    assert not overlapping_siblings(inp, result, min(OPTIONS.node_gap, OPTIONS.layer_gap / 2))
    inside = np.flatnonzero(inp.parent >= 0)
    outer = inp.parent[inside]
    assert (result.x[inside] >= result.x[outer] + OPTIONS.padding - CLOSE).all()
    assert (result.y[inside] >= result.y[outer] + OPTIONS.header - CLOSE).all()
    right, bottom = result.x + result.width, result.y + result.height
    assert (right[inside] <= right[outer] - OPTIONS.padding + CLOSE).all()
    assert (bottom[inside] <= bottom[outer] - OPTIONS.padding + CLOSE).all()
    plain = inp.container == 0
    np.testing.assert_array_equal(result.width[plain], inp.width[plain])
    np.testing.assert_array_equal(result.height[plain], inp.height[plain])
    assert_routes_end_on_borders(inp, result)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=12),
    st.integers(0, 3),
    st.booleans(),
)
def test_wide_regular_graphs_are_placed_soundly(fans: list[int], strip: int, shared: bool) -> None:
    """Fan-outs within a fan-out: each branch a strip after which its own fan is summed up."""
    edges: list[tuple[int, int]] = []
    n = 1
    tails = []
    for fan in fans:
        start = 0
        for _ in range(strip):
            edges.append((start, n))
            start, n = n, n + 1
        tiles = list(range(n, n + fan))
        n += fan
        edges += [(start, t) for t in tiles]
        edges += [(t, n) for t in tiles] or [(start, n)]
        tails.append(n)
        n += 1
    if shared:
        edges += [(t, n) for t in tails]
        n += 1
    pairs = np.array(edges, np.int32)
    inp = LayoutInput(
        np.full(n, 100.0),
        np.full(n, 40.0),
        pairs[:, 0].copy(),
        pairs[:, 1].copy(),
        np.full(n, -1, np.int32),
        np.zeros(n, np.int8),
        np.zeros(n),
        np.zeros(n),
    )
    result = layout(inp, LayoutOptions(grid_limit=3))
    assert not overlapping_siblings(inp, result, 18.0)
    assert_routes_end_on_borders(inp, result)
    assert (result.y[inp.dst] > result.y[inp.src] + 40.0).all()
    assert_routes_avoid_items(inp, result)


def assert_routes_avoid_items(inp: LayoutInput, result: LayoutResult) -> None:
    """No vertical part of a route runs through an item."""
    for edge in range(inp.src.size):
        line = result.points[result.offsets[edge] : result.offsets[edge + 1]]
        for (x0, y0), (x1, y1) in pairwise(line):
            if x0 == x1:
                through = (result.x < x0) & (x0 < result.x + result.width)
                through &= (result.y < max(y0, y1) - CLOSE) & (
                    min(y0, y1) + CLOSE < result.y + result.height
                )
                assert not through.any()


@settings(max_examples=100, deadline=None)
@given(inputs())
def test_bounds_hold_everything(inp: LayoutInput) -> None:
    result = layout(inp, OPTIONS)
    left, top, right, bottom = result.bounds
    if result.x.size:
        assert result.x.min() >= left - CLOSE and result.y.min() >= top - CLOSE
        assert (result.x + result.width).max() <= right + CLOSE
        assert (result.y + result.height).max() <= bottom + CLOSE
    edge_left, edge_top, edge_right, edge_bottom = curve_bounds(result.points, result.offsets)
    assert (edge_left >= left - CLOSE).all() and (edge_right <= right + CLOSE).all()
    assert (edge_top >= top - CLOSE).all() and (edge_bottom <= bottom + CLOSE).all()


@settings(max_examples=100, deadline=None)
@given(inputs(acyclic=True), st.booleans())
def test_without_cycles_every_edge_goes_down(inp: LayoutInput, refine: bool) -> None:
    result = layout(inp, OPTIONS, refine=refine)
    bottom = result.y[inp.src] + result.height[inp.src]
    assert (result.y[inp.dst] > bottom).all()
    assert_routes_avoid_items(inp, result)
    dy = np.diff(result.points[:, 1])
    closing = result.offsets[1:-1] - 1
    inner = np.ones(dy.size, np.bool_)
    inner[closing] = False
    assert (dy[inner] >= -CLOSE).all()


@settings(max_examples=40, deadline=None)
@given(inputs())
def test_same_input_gives_same_output(inp: LayoutInput) -> None:
    once, again = layout(inp, OPTIONS), layout(inp, OPTIONS)
    for field in fields(once):
        np.testing.assert_array_equal(getattr(once, field.name), getattr(again, field.name))
