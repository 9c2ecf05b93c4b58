"""Edge routes as arrays that can be culled, flattened and drawn in one call."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.layout import LayoutResult, SpatialIndex, curve_bounds

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_FINE, _MANY, _COARSE = 12, 30_000, 5


@dataclass(frozen=True)
class Routes:
    """Polylines of e edges, and the flattened curves on them.

    points float64[p, 2], offsets int64[e + 1]: where curves pass with vertical tangents.
    segments float64[s, 4] (x1, y1, x2, y2), starts int64[e + 1]: the curves as short lines.
    """

    points: FloatArray
    offsets: IntArray
    segments: FloatArray
    starts: IntArray
    index: SpatialIndex

    def polyline(self, edge: int) -> FloatArray:
        """Points of one edge."""
        return self.points[self.offsets[edge] : self.offsets[edge + 1]]

    def pieces(self, edges: npt.NDArray[np.int32], coarse: bool) -> FloatArray:
        """Lines of the given edges, all together: float64[k, 4]; `coarse` leaves out the bends."""
        if coarse:
            first, last = self.offsets[edges], self.offsets[edges + 1] - 1
            picked = _ragged(first, last - first)
            return np.hstack((self.points[picked], self.points[picked + 1]))
        first = self.starts[edges]
        return self.segments[_ragged(first, self.starts[edges + 1] - first)]

    def distance(self, edge: int, x: float, y: float) -> float:
        """Distance of a point from an edge's curve."""
        lines = self.segments[self.starts[edge] : self.starts[edge + 1]]
        a, d = lines[:, :2], lines[:, 2:] - lines[:, :2]
        to = np.array((x, y)) - a
        length = np.maximum((d**2).sum(axis=1), 1e-12)
        t = np.clip((to * d).sum(axis=1) / length, 0, 1)
        away = to - d * t[:, None]
        return float(np.sqrt((away**2).sum(axis=1).min()))


def make_routes(result: LayoutResult) -> Routes:
    """Routes of a layout, flattened."""
    points = np.ascontiguousarray(result.points, np.float64).reshape(-1, 2)
    offsets = result.offsets.astype(np.int64)
    left, top, right, bottom = curve_bounds(points, offsets)
    segments, starts = _flatten(points, offsets)
    return Routes(points, offsets, segments, starts, SpatialIndex(left, top, right, bottom))


def _flatten(points: FloatArray, offsets: IntArray) -> tuple[FloatArray, IntArray]:
    counts = np.maximum(np.diff(offsets) - 1, 0)
    first = _ragged(offsets[:-1], counts)
    a, b = points[first], points[first + 1]
    bent = np.abs(a[:, 0] - b[:, 0]) > 0.01
    steps = _FINE if int(bent.sum()) <= _MANY else _COARSE
    pieces = np.where(bent, steps, 1)
    owner = np.repeat(np.arange(len(first)), pieces)
    step = _ragged(np.zeros(len(first), np.int64), pieces)
    begin = step / pieces[owner]
    end = (step + 1) / pieces[owner]
    lines = np.empty((len(owner), 4))
    lines[:, 0], lines[:, 1] = _bezier(a[owner], b[owner], begin)
    lines[:, 2], lines[:, 3] = _bezier(a[owner], b[owner], end)
    per_edge = np.concatenate(([0], np.cumsum(pieces)))
    edge_first = np.concatenate(([0], np.cumsum(counts)))
    return lines, per_edge[edge_first]


def _bezier(a: FloatArray, b: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The cubic from a to b whose control points lie above and below at half height."""
    middle = (a[:, 1] + b[:, 1]) / 2
    u = 1 - t
    near, far = u * u * (u + 3 * t), t * t * (t + 3 * u)
    x = near * a[:, 0] + far * b[:, 0]
    y = u**3 * a[:, 1] + 3 * u * t * middle + t**3 * b[:, 1]
    return x, y


def _ragged(starts: IntArray, counts: IntArray) -> IntArray:
    offsets = np.concatenate(([0], np.cumsum(counts)))
    return np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], counts)
