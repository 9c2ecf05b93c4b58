"""Disconnected components side by side: shelves whose columns are filled from the top."""

from __future__ import annotations

import math

import numpy as np

from inspector.layout.arrays import BoolArray, FloatArray, floats

ASPECT = 1.6


def pack_components(
    width: FloatArray, height: FloatArray, bordering: BoolArray, gap: float
) -> tuple[FloatArray, FloatArray]:
    """Top-left corner of each component: float64[c], float64[c].

    Components with border ports stand in one row at the top, since their ports face the border;
    the others follow on shelves, the tallest first, near a 16:10 outline.
    """
    if width.size == 1:
        return np.zeros(1), np.zeros(1)
    x, y = np.zeros(width.size), np.zeros(width.size)
    first = np.flatnonzero(bordering)
    row = width[first] + gap
    x[first] = np.cumsum(row) - row
    rest = np.flatnonzero(~bordering)
    if rest.size:
        shelf_x, shelf_y = _shelves(width[rest], height[rest], gap)
        x[rest] = shelf_x + row.sum()
        y[rest] = shelf_y
    return x, y


def _shelves(width: FloatArray, height: FloatArray, gap: float) -> tuple[FloatArray, FloatArray]:
    area = float(((width + gap) * (height + gap)).sum())
    limit = max(float(width.max()), math.sqrt(area * ASPECT))
    x, y = [0.0] * width.size, [0.0] * width.size
    widths, heights = width.tolist(), height.tolist()
    shelf_y = shelf_height = column_x = column_width = column_y = 0.0
    for k in np.argsort(-height, kind="stable").tolist():
        if column_width and column_y + heights[k] > shelf_height:
            column_x += column_width + gap
            column_width = column_y = 0.0
        if column_x and not column_width and column_x + widths[k] > limit:
            shelf_y += shelf_height + gap
            shelf_height = column_x = 0.0
        if not shelf_height:
            shelf_height = heights[k]
        x[k], y[k] = column_x, shelf_y + column_y
        column_width = max(column_width, widths[k])
        column_y += heights[k] + gap
    return floats(np.array(x)), floats(np.array(y))
