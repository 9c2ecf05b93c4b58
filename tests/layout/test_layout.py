"""Concrete graphs whose good drawing is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inspector.layout import LayoutCancelled, LayoutOptions, LayoutResult, layout

Graph = Any
"""The builder of conftest.py, given as the fixture `graph`."""


def centre(result: LayoutResult, *items: int) -> np.ndarray:
    return np.array([result.x[i] + result.width[i] / 2 for i in items])


def route(result: LayoutResult, edge: int) -> np.ndarray:
    return result.points[result.offsets[edge] : result.offsets[edge + 1]]


def test_nothing_gives_nothing(graph: Graph) -> None:
    result = layout(graph.input())
    assert result.x.size == 0 and result.points.shape == (0, 2)
    assert result.offsets.tolist() == [0]
    assert result.bounds == (0.0, 0.0, 0.0, 0.0)


def test_chain_is_straight_with_layer_gaps(graph: Graph) -> None:
    widths = (168.0, 60.0, 200.0, 90.0)
    last = graph.node(size=(widths[0], 46.0))
    for width in widths[1:]:
        last = graph.node(last, size=(width, 46.0))
    result = layout(graph.input())
    assert np.ptp(centre(result, 0, 1, 2, 3)) == 0.0
    assert result.y.tolist() == [0.0, 82.0, 164.0, 246.0]
    assert np.diff(result.offsets).tolist() == [2, 2, 2]


def test_diamond_is_symmetric(graph: Graph) -> None:
    top = graph.node()
    a, b = graph.node(top), graph.node(top)
    bottom = graph.node(a, b)
    result = layout(graph.input())
    ca, cb = centre(result, a, b)
    np.testing.assert_allclose(centre(result, top, bottom), (ca + cb) / 2)
    assert cb - ca == pytest.approx(168.0 + 24.0)


def test_inception_branches_are_straight_and_side_by_side(graph: Graph) -> None:
    top = graph.node(graph.node())
    branches = []
    for length in (2, 4, 4, 3):
        first = graph.node(top)
        graph.chain(first, length - 1)
        branches.append(list(range(first, first + length)))
    bottom = graph.node(*[branch[-1] for branch in branches])
    result = layout(graph.input())
    for branch in branches:
        assert np.ptp(centre(result, *branch)) < 1e-9
        # Short branches hang just above their consumer.
        assert result.y[branch[-1]] == result.y[bottom] - 82.0 - (gap_above(result, bottom) - 36.0)
    columns = np.sort([centre(result, branch[0])[0] for branch in branches])
    np.testing.assert_allclose(np.diff(columns), 192.0)
    np.testing.assert_allclose(centre(result, top, bottom), columns.mean())


def gap_above(result: LayoutResult, item: int) -> float:
    above = result.y + result.height
    return float(result.y[item] - above[above < result.y[item]].max())


@pytest.mark.parametrize("length", [3, 20])
def test_residual_skip_runs_beside_a_straight_trunk(graph: Graph, length: int) -> None:
    start = graph.node()
    end = graph.chain(start, length)
    add = graph.node(end, start)
    tail = graph.node(add)
    result = layout(graph.input())
    trunk = centre(result, *range(tail + 1))
    assert np.ptp(trunk) < 1e-9
    skip = route(result, graph.edges.index((start, add)))
    beside = skip[1:-1, 0]
    assert (np.abs(beside - trunk[0]) > 84.0).all()


def test_long_skips_cost_few_points_and_nest(graph: Graph) -> None:
    trunk = [graph.node()]
    for _ in range(200):
        trunk.append(graph.node(trunk[-1]))
    for inset in range(0, 60, 10):
        graph.edges.append((trunk[inset], trunk[200 - inset]))
    result = layout(graph.input())
    assert np.ptp(centre(result, *trunk)) < 1e-9
    reach = []
    for edge in range(200, 206):
        points = route(result, edge)
        assert len(points) <= 6
        reach.append(abs(points[1, 0] - result.x[0]))
    lanes = {round(float(route(result, e)[1, 0]), 6) for e in range(200, 206)}
    assert len(lanes) == 6


def test_skips_that_follow_each_other_share_a_channel(graph: Graph) -> None:
    last = graph.node()
    skips = []
    for _ in range(3):
        start = last
        last = graph.node(graph.chain(last, 20), start)
        skips.append(graph.edges.index((start, last)))
    result = layout(graph.input())
    assert len({round(float(route(result, e)[1, 0]), 6) for e in skips}) == 1


def test_back_edge_goes_round_the_side(graph: Graph) -> None:
    a = graph.node()
    b = graph.node(a)
    c = graph.node(b)
    graph.edges.append((c, a))
    result = layout(graph.input())
    assert result.y[a] < result.y[b] < result.y[c]
    back = route(result, 2)
    assert back[:, 0].max() > result.x[c] + result.width[c]


def test_self_loop_leaves_and_returns(graph: Graph) -> None:
    a = graph.node()
    graph.edges.append((a, a))
    result = layout(graph.input())
    loop = route(result, 0)
    assert loop[0].tolist() == [84.0, result.y[a] + 46.0]
    assert loop[-1].tolist() == [84.0, result.y[a]]
    assert loop[:, 0].max() > 168.0


def test_wide_fan_out_wraps_to_a_grid(graph: Graph) -> None:
    top = graph.node()
    tiles = [graph.node(top) for _ in range(400)]
    bottom = graph.node(*tiles)
    result = layout(graph.input(), LayoutOptions(grid_limit=24))
    left, upper, right, lower = result.bounds
    assert 1.0 < (right - left) / (lower - upper) < 2.0
    assert (result.y[tiles] > result.y[top] + 46.0).all()
    assert (result.y[tiles] + 46.0 < result.y[bottom]).all()
    # Reading order is index order.
    assert np.array_equal(np.lexsort((result.x[tiles], result.y[tiles])), np.arange(400))


def test_sums_over_grids_become_a_grid_of_strips(graph: Graph) -> None:
    split = graph.node()
    sums = []
    for _ in range(36):
        tiles = [graph.node(split) for _ in range(30)]
        sums.append(graph.node(*tiles))
    concat = graph.node(*sums)
    result = layout(graph.input())
    left, upper, right, lower = result.bounds
    assert 0.8 < (right - left) / (lower - upper) < 2.4
    assert len(np.unique(result.y[sums])) > 3
    assert (result.y[concat] > result.y[sums] + 46.0).all()
    np.testing.assert_allclose(centre(result, split), centre(result, concat))


def test_sums_below_a_mosaic_wrap(graph: Graph) -> None:
    box = graph.node(kind=2)
    sums = []
    for i in range(40):
        row = [graph.node(parent=box, size=(10.0, 10.0), at=(12.0 * j, 12.0 * i)) for j in range(4)]
        sums.append(graph.node(*row))
    graph.node(*sums)
    result = layout(graph.input())
    assert len(np.unique(result.y[sums])) > 3


def test_open_containers_in_a_row_stand_in_a_column(graph: Graph) -> None:
    last = graph.node()
    boxes = []
    for _ in range(5):
        boxes.append(graph.node(kind=1))
        first = graph.node(last, parent=boxes[-1])
        long = graph.chain(first, 2, parent=boxes[-1])
        short = graph.node(first, parent=boxes[-1])
        last = graph.node(long, short, last, parent=boxes[-1])
    graph.node(last)
    result = layout(graph.input())
    np.testing.assert_allclose(result.x[boxes], result.x[boxes[0]])


def test_equal_blocks_get_equal_insides(graph: Graph) -> None:
    last = graph.node()
    insides = []
    for _ in range(3):
        box = graph.node(kind=1)
        first = graph.node(last, parent=box)
        a = graph.node(first, parent=box)
        b = graph.chain(first, 2, parent=box)
        last = graph.node(a, b, parent=box)
        insides.append((box, list(range(first, last + 1))))
    result = layout(graph.input())
    base_box, base = insides[0]
    for box, inside in insides[1:]:
        assert result.width[box] == result.width[base_box]
        np.testing.assert_allclose(
            result.x[inside] - result.x[box], result.x[base] - result.x[base_box]
        )
        np.testing.assert_allclose(
            result.y[inside] - result.y[box], result.y[base] - result.y[base_box]
        )
    boxes = [box for box, _ in insides]
    assert (np.diff(result.y[boxes]) > result.height[boxes[0]]).all()


def test_border_crossing_edge_passes_through_both_borders(graph: Graph) -> None:
    one, two = graph.node(kind=1), graph.node(kind=1)
    a = graph.node(parent=one)
    b = graph.node(parent=two)
    graph.edges.append((a, b))
    result = layout(graph.input())
    assert result.y[two] > result.y[one] + result.height[one]
    np.testing.assert_allclose(centre(result, a), centre(result, b))
    points = route(result, 0)
    assert np.ptp(points[:, 0]) < 1e-9


def test_given_places_are_kept(graph: Graph) -> None:
    source = graph.node()
    box = graph.node(kind=2)
    cells = [
        graph.node(source, parent=box, size=(10.0, 10.0), at=(12.0 * j, 12.0 * i))
        for i in range(4)
        for j in range(6)
    ]
    sink = graph.node(*cells)
    result = layout(graph.input())
    assert result.width[box] == 5 * 12 + 10 + 2 * 16
    assert result.height[box] == 3 * 12 + 10 + 40 + 16
    expected = [(12.0 * j + 16.0, 12.0 * i + 40.0) for i in range(4) for j in range(6)]
    placed = np.column_stack((result.x[cells] - result.x[box], result.y[cells] - result.y[box]))
    np.testing.assert_allclose(placed, expected)
    assert result.y[sink] > result.y[box] + result.height[box]


def test_components_stand_apart_near_a_screen_outline(graph: Graph) -> None:
    for _ in range(60):
        graph.node()
    left, top, right, bottom = layout(graph.input()).bounds
    assert 1.0 < (right - left) / (bottom - top) < 2.6


def test_cancelling_raises_within_the_work(graph: Graph) -> None:
    graph.chain(graph.node(), 3000)
    calls = 0

    def cancelled() -> bool:
        nonlocal calls
        calls += 1
        return calls > 5

    with pytest.raises(LayoutCancelled):
        layout(graph.input(), cancelled=cancelled)
    assert calls == 6


def test_deep_nesting_needs_no_recursion(graph: Graph) -> None:
    outer = -1
    for _ in range(300):
        outer = graph.node(kind=1, parent=outer)
    inner = graph.node(parent=outer)
    graph.node(inner)
    result = layout(graph.input())
    assert result.height[0] == pytest.approx(46.0 + 300 * 56.0, rel=0.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g.edges.append((0, 9)), "dst names an item outside"),
        (lambda g: g.parent.__setitem__(1, 0), "not an open container"),
        (lambda g: (g.kind.__setitem__(0, 1), g.parent.__setitem__(0, 0)), "inside itself"),
    ],
)
def test_wrong_arrays_are_refused(graph: Graph, change: Any, message: str) -> None:
    graph.node()
    graph.node()
    change(graph)
    with pytest.raises(ValueError, match=message):
        layout(graph.input())
