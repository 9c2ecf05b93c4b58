"""Which rectangles meet a region: a uniform grid in CSR form, and bounds of edge curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.layout.arrays import BoolArray, FloatArray, IntArray, floats, group, ints, ragged

_MOST = 0.25
"""Above this share of all cells a plain test of every rectangle is the faster way."""


class SpatialIndex:
    """Static index of rectangles; borders belong to them.

    Each rectangle is filed once, in the cell of its top-left corner, and queries reach one cell
    further left and up; those larger than a cell are few and kept in a list apart.
    """

    def __init__(
        self, left: FloatArray, top: FloatArray, right: FloatArray, bottom: FloatArray
    ) -> None:
        self._left, self._top, self._right, self._bottom = left, top, right, bottom
        n = left.size
        width, height = right - left, bottom - top
        self._x0 = float(left.min()) if n else 0.0
        self._y0 = float(top.min()) if n else 0.0
        side = max(1, int(np.sqrt(n)))
        self._cell_w = _cell(left, width, side)
        self._cell_h = _cell(top, height, side)
        large = (width > self._cell_w) | (height > self._cell_h)
        self._large = np.flatnonzero(large)
        small = np.flatnonzero(~large)
        column = ints(np.floor((left[small] - self._x0) / self._cell_w))
        row = ints(np.floor((top[small] - self._y0) / self._cell_h))
        self._columns = int(column.max()) + 1 if small.size else 1
        self._rows = int(row.max()) + 1 if small.size else 1
        order, self._start = group(row * self._columns + column, self._rows * self._columns)
        self._ids = small[order]

    @classmethod
    def build(
        cls,
        x: npt.NDArray[Any],
        y: npt.NDArray[Any],
        w: npt.NDArray[Any],
        h: npt.NDArray[Any],
    ) -> SpatialIndex:
        """Index rectangles given by top-left corner and size, float[n] each."""
        left, top = floats(x), floats(y)
        return cls(left, top, left + floats(w), top + floats(h))

    def query(self, left: float, top: float, right: float, bottom: float) -> npt.NDArray[np.int32]:
        """Ids, ascending, of the rectangles that meet the region: int32[k]."""
        if right < left or bottom < top:
            return np.zeros(0, np.int32)
        c0 = self._clamp((left - self._x0) / self._cell_w - 1, self._columns)
        c1 = self._clamp((right - self._x0) / self._cell_w, self._columns)
        r0 = self._clamp((top - self._y0) / self._cell_h - 1, self._rows)
        r1 = self._clamp((bottom - self._y0) / self._cell_h, self._rows)
        if (c1 - c0 + 1) * (r1 - r0 + 1) > _MOST * self._rows * self._columns:
            return np.flatnonzero(self._meets(slice(None), left, top, right, bottom)).astype(
                np.int32
            )
        rows = np.arange(r0, r1 + 1) * self._columns
        begin = self._start[rows + c0]
        found = self._ids[ragged(begin, self._start[rows + c1 + 1] - begin)]
        found = found[self._meets(found, left, top, right, bottom)]
        large = self._large[self._meets(self._large, left, top, right, bottom)]
        return np.sort(np.concatenate((found, large)).astype(np.int32))

    def at(self, x: float, y: float) -> npt.NDArray[np.int32]:
        """Ids, ascending, of the rectangles that contain the point: int32[k]."""
        return self.query(x, y, x, y)

    @staticmethod
    def _clamp(cell: float, count: int) -> int:
        return int(min(max(np.floor(cell), 0), count - 1))

    def _meets(
        self, ids: IntArray | slice, left: float, top: float, right: float, bottom: float
    ) -> BoolArray:
        meets: BoolArray = self._left[ids] <= right
        meets &= self._right[ids] >= left
        meets &= self._top[ids] <= bottom
        meets &= self._bottom[ids] >= top
        return meets


def _cell(start: FloatArray, size: FloatArray, side: int) -> float:
    """Cell size: about `side` cells over the extent, but no smaller than most rectangles."""
    if not start.size:
        return 1.0
    extent = float(start.max() - start.min())
    return max(extent / side, float(np.quantile(size, 0.9)), extent * 1e-6, 1e-9)


def curve_bounds(
    points: npt.NDArray[np.float64], offsets: npt.NDArray[np.integer[Any]]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """left, top, right, bottom float64[e] of polylines and of the vertical-tangent curves on them.

    The control points of such a curve lie within the box of the two points they join, and a Bezier
    curve within the hull of its control points, so the box of the points holds the curve.
    """
    if offsets.size < 2:
        none = np.zeros(0)
        return none, none, none, none
    starts = ints(offsets[:-1])
    low = np.minimum.reduceat(points, starts, axis=0)
    high = np.maximum.reduceat(points, starts, axis=0)
    return floats(low[:, 0]), floats(low[:, 1]), floats(high[:, 0]), floats(high[:, 1])
