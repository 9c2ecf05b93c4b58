"""Insides of grids and of containers whose children have given places."""

from __future__ import annotations

import math

import numpy as np

from inspector.layout.arrays import FloatArray, IntArray, floats, ints, offsets_of
from inspector.layout.level import Level, LevelLayout
from inspector.layout.packing import ASPECT


def lay_out_grid(level: Level, layer_gap: float, node_gap: float) -> LevelLayout:
    """Members in rows near a 16:10 outline, in the order given.

    An edge from the entry fans out above the grid, comes down between two columns and turns into
    its member's top; the way out mirrors it.
    """
    member = np.flatnonzero(level.port == 0)
    count = member.size
    cell_w = float(level.width[member].max()) + node_gap
    cell_h = float(level.height[member].max()) + node_gap
    columns = min(count, max(1, round(math.sqrt(ASPECT * count * cell_h / cell_w))))
    rows = -(-count // columns)
    entered, left = bool((level.port == 1).any()), bool((level.port == 2).any())
    head = layer_gap if entered else 0.0
    width = columns * cell_w
    height = head + rows * cell_h - node_gap + (layer_gap if left else 0.0)
    row, column = np.divmod(np.arange(count), columns)
    x, y = np.full(level.width.size, width / 2), np.zeros(level.width.size)
    x[member] = column * cell_w + (cell_w - level.width[member]) / 2
    y[member] = head + row * cell_h + (cell_h - node_gap - level.height[member]) / 2
    y[level.port == 2] = height
    at = np.zeros(level.width.size, np.int64)
    at[member] = np.arange(count)
    points, offsets = _fans(level, x, y, at, (columns, rows), (cell_w, cell_h, head, node_gap))
    return LevelLayout(floats(x), floats(y), points, offsets, width, height)


def _fans(
    level: Level,
    x: FloatArray,
    y: FloatArray,
    at: IntArray,
    shape: tuple[int, int],
    measure: tuple[float, float, float, float],
) -> tuple[FloatArray, IntArray]:
    columns, rows = shape
    cell_w, cell_h, head, node_gap = measure
    e = level.edges
    into = level.port[e.src] == 1
    row, column = np.divmod(at[np.where(into, e.dst, e.src)], columns)
    sx, sy = x[e.src] + e.src_at, y[e.src] + level.height[e.src]
    tx, ty = x[e.dst] + e.dst_at, y[e.dst]
    foot = head + rows * cell_h - node_gap
    lane = np.where(into, column * cell_w + node_gap / 6, (column + 1) * cell_w - node_gap / 6)
    row_top = head + row * cell_h
    lane_top = np.where(into, head, row_top + cell_h - node_gap / 2)
    lane_end = np.where(into, row_top - node_gap / 2, foot)
    direct = np.where(into, row == 0, row == rows - 1)
    offsets = offsets_of(ints(np.where(direct, 2, 4)))
    points = np.empty((int(offsets[-1]), 2))
    points[offsets[:-1]] = np.column_stack((sx, sy))
    points[offsets[1:] - 1] = np.column_stack((tx, ty))
    bent = offsets[:-1][~direct]
    points[bent + 1] = np.column_stack((lane, lane_top))[~direct]
    points[bent + 2] = np.column_stack((lane, lane_end))[~direct]
    return floats(points), offsets


def lay_out_fixed(level: Level, fixed_x: FloatArray, fixed_y: FloatArray) -> LevelLayout:
    """Members (the nodes that are no ports, in order) at given places; edges are straight."""
    member = level.port == 0
    low_x = min(0.0, float(fixed_x.min(initial=0.0)))
    low_y = min(0.0, float(fixed_y.min(initial=0.0)))
    x, y = np.zeros(level.width.size), np.zeros(level.width.size)
    x[member], y[member] = fixed_x - low_x, fixed_y - low_y
    width = float((x + level.width).max(initial=0.0))
    height = float((y + level.height).max(initial=0.0))
    x[~member] = width / 2
    y[level.port == 2] = height
    e = level.edges
    points = np.empty((2 * e.src.size, 2))
    points[0::2] = np.column_stack((x[e.src] + e.src_at, y[e.src] + level.height[e.src]))
    points[1::2] = np.column_stack((x[e.dst] + e.dst_at, y[e.dst]))
    offsets = ints(np.arange(0, 2 * e.src.size + 1, 2))
    return LevelLayout(floats(x), floats(y), floats(points), offsets, width, height)
