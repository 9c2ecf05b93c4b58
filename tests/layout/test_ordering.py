"""Crossing counts against the definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inspector.layout.layers import Edges, build_layers
from inspector.layout.ordering import count_crossings, order_layers


def bipartite(pairs: list[tuple[int, int]], layers: int) -> tuple[Edges, np.ndarray]:
    """Ten nodes in each layer; each pair joins places of layer k and k + 1, k by its position."""
    k = np.arange(len(pairs)) % (layers - 1)
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    src, dst = 10 * k + ends[:, 0], 10 * (k + 1) + ends[:, 1]
    at = np.zeros(len(pairs))
    return Edges(src, dst, at, at), np.repeat(np.arange(layers), 10)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40))
def test_crossings_equal_the_definition(pairs: list[tuple[int, int]]) -> None:
    edges, layer = bipartite(pairs, 3)
    back = np.zeros(len(pairs), np.bool_)
    layered = build_layers(np.zeros(30), layer, np.zeros(30, np.int64), edges, back)
    place = np.arange(30) % 10
    expected = [0, 0, 0]
    for i, (a, b) in enumerate(pairs):
        for j, (c, d) in enumerate(pairs):
            if i % 2 == j % 2 and a < c and b > d:
                expected[i % 2] += 1
    assert count_crossings(layered, place).tolist() == expected


def test_crossed_pair_is_uncrossed() -> None:
    edges, layer = bipartite([(0, 5), (5, 0), (1, 6), (6, 1)], 2)
    back = np.zeros(4, np.bool_)
    layered = build_layers(np.zeros(20), layer, np.zeros(20, np.int64), edges, back)
    order = order_layers(layered, True, lambda: None)
    assert count_crossings(layered, order.place).sum() == 0
