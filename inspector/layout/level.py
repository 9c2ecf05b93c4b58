"""Layout of one level: a flat graph of sized nodes and border ports, without nesting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.layout.arrays import Check, FloatArray, IntArray, components, floats, ints
from inspector.layout.coordinates import assign_x
from inspector.layout.layers import Edges, build_layers
from inspector.layout.ordering import order_layers
from inspector.layout.packing import pack_components
from inspector.layout.ranking import assign_ranks
from inspector.layout.routing import channel_x, place_layers, polylines


@dataclass(frozen=True)
class Level:
    """Nodes (ports have no size) and the edges among them."""

    width: FloatArray
    height: FloatArray
    port: IntArray
    edges: Edges

    def key(self) -> bytes:
        """Equal for levels that are the same graph with the same sizes."""
        e = self.edges
        arrays = (self.width, self.height, self.port, e.src, e.dst, e.src_at, e.dst_at)
        return b"".join([len(self.width).to_bytes(8, "little"), *(a.tobytes() for a in arrays)])


@dataclass(frozen=True)
class LevelLayout:
    """Top-left corners and routes relative to the content's top-left, and the content's size."""

    x: FloatArray
    y: FloatArray
    points: FloatArray
    offsets: IntArray
    width: float
    height: float


def lay_out_level(
    level: Level, layer_gap: float, node_gap: float, refine: bool, check: Check
) -> LevelLayout:
    edges, n = level.edges, level.width.size
    if not n:
        return LevelLayout(
            np.zeros(0), np.zeros(0), np.zeros((0, 2)), np.zeros(1, np.int64), 0.0, 0.0
        )
    component = components(n, edges.src, edges.dst)
    rank, back = assign_ranks(level.port, edges.src, edges.dst, component, check)
    check()
    # Every component gets layers of its own, numbered on, so that all are treated in one go.
    layer = ints(np.unique(component * (int(rank.max()) + 1) + rank, return_inverse=True)[1])
    layered = build_layers(level.width, layer, component, edges, back)
    order = order_layers(layered, refine, check)
    x = assign_x(layered, order, node_gap, refine, check)
    bands = place_layers(layered, level.height, x, level.port > 0, layer_gap)
    middle = (bands.top + bands.bottom)[layer] / 2
    y = floats(middle - level.height / 2)
    check()
    channel = channel_x(layered, edges, x, back, node_gap, check)
    points, offsets = polylines(
        layered, edges, x, y, level.height, bands, channel, back, (node_gap, layer_gap)
    )
    check()
    return _packed(level, component, floats(x[:n]), y, points, offsets, 2 * node_gap)


def _packed(
    level: Level,
    component: IntArray,
    x: FloatArray,
    y: FloatArray,
    points: FloatArray,
    offsets: IntArray,
    gap: float,
) -> LevelLayout:
    owner = np.repeat(component[level.edges.src], np.diff(offsets))
    size = int(component.max()) + 1
    left, top = np.full(size, np.inf), np.full(size, np.inf)
    right, bottom = np.full(size, -np.inf), np.full(size, -np.inf)
    for index, xs, ys, xe, ye in (
        (component, x, y, x + level.width, y + level.height),
        (owner, points[:, 0], points[:, 1], points[:, 0], points[:, 1]),
    ):
        np.minimum.at(left, index, xs)
        np.minimum.at(top, index, ys)
        np.maximum.at(right, index, xe)
        np.maximum.at(bottom, index, ye)
    bordering = np.zeros(size, np.bool_)
    bordering[component[level.port > 0]] = True
    at_x, at_y = pack_components(right - left, bottom - top, bordering, gap)
    move_x, move_y = at_x - left, at_y - top
    points = points + np.column_stack((move_x[owner], move_y[owner]))
    return LevelLayout(
        floats(x + move_x[component]),
        floats(y + move_y[component]),
        floats(points),
        offsets,
        float((at_x + right - left).max()),
        float((at_y + bottom - top).max()),
    )
