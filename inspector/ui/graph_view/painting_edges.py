"""Edges as calm curves, their arrowheads and shape labels, and the buses of unfolded layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QPolygonF

from inspector.layout import curve_bounds
from inspector.model.categories import CATEGORIES, Category
from inspector.ui.graph_view.grid import PITCH_X, PITCH_Y, Grid
from inspector.ui.graph_view.ink import mix
from inspector.ui.graph_view.kinds import ItemKind
from inspector.ui.graph_view.scene import Scene
from inspector.ui.graph_view.surface import COMPACT, FULL, MINI, Surface
from inspector.ui.graph_view.typography import LABEL

FloatArray = npt.NDArray[np.float64]

_SHAPE = CATEGORIES.index(Category.SHAPE)
_MERGE = CATEGORIES.index(Category.ARITHMETIC)
_SMOOTH_LIMIT = 150_000.0
"""Pixels of line in view beyond which smooth lines would take too long."""
_EDGE_LIMIT = 12_000
_LABEL_ROOM = 90.0
_ARROW_W, _ARROW_H = 7.0, 6.0


@dataclass(frozen=True)
class EdgeLabels:
    """Where edge labels stand: scene point float64[k], side -1 left or 1 right, plate behind."""

    edge: npt.NDArray[np.int64]
    x: FloatArray
    y: FloatArray
    side: npt.NDArray[np.int8]
    plate: npt.NDArray[np.bool_]


def place_labels(scene: Scene) -> EdgeLabels:
    """One label below each item that makes one value, or above one that reads a single value."""
    src, dst, tensor = scene.edge_src, scene.edge_dst, scene.edge_tensor
    routes = scene.routes
    edges = np.arange(src.size)
    if not src.size:
        none = np.zeros(0)
        return EdgeLabels(edges, none, none, np.zeros(0, np.int8), np.zeros(0, np.bool_))
    start, end = routes.points[routes.offsets[:-1]], routes.points[routes.offsets[1:] - 1]
    reach_left, _, reach_right, _ = curve_bounds(routes.points, routes.offsets)
    left, right = np.zeros(scene.size), np.zeros(scene.size)
    np.minimum.at(left, src, reach_left - start[:, 0])
    np.maximum.at(right, src, reach_right - start[:, 0])
    single_out = _distinct(src, tensor, scene.size)[src] == 1
    _, first = np.unique(src, return_index=True)
    at_source = first[single_out[first] & (scene.kind[src[first]] != ItemKind.CONSTANT)]
    single_in = np.bincount(dst, minlength=scene.size)[dst] == 1
    at_target = edges[~single_out & single_in]
    side = np.where(right[src] > 1, np.where(left[src] < -1, 1, -1), 1)[at_source]
    plate = ((right[src] > 1) & (left[src] < -1))[at_source]
    count = at_target.size
    return EdgeLabels(
        np.concatenate((at_source, at_target)),
        np.concatenate((start[at_source, 0], end[at_target, 0])),
        np.concatenate((start[at_source, 1] + 21, end[at_target, 1] - 14)),
        np.concatenate((side, np.ones(count))).astype(np.int8),
        np.concatenate((plate, np.zeros(count, np.bool_))),
    )


def _distinct(keys: npt.NDArray, values: npt.NDArray, size: int) -> npt.NDArray[np.int64]:
    """Number of distinct values of each key."""
    most = int(values.max(initial=0)) + 1
    pairs = np.unique(keys.astype(np.int64) * most + values)
    return np.bincount(pairs // most, minlength=size)


def paint_edges(surface: Surface, labels: EdgeLabels) -> None:
    """All edges that pass through the view."""
    scene, scale = surface.scene, surface.view.scale
    region = surface.region
    edges = scene.routes.index.query(*region)
    coarse = scale < MINI or edges.size > _EDGE_LIMIT
    lines = scene.routes.pieces(edges, coarse)
    if edges.size > _EDGE_LIMIT:
        length = np.abs(lines[:, 2:] - lines[:, :2]).max(axis=1) * scale
        lines = lines[length > 2.0]
    smooth = _ink_length(lines, surface) <= _SMOOTH_LIMIT
    colour = (
        surface.ink.edge if scale >= MINI else mix(surface.ink.edge, surface.ink.background, 0.3)
    )
    surface.lines(lines, colour, 1.0 if scale < 1.6 else 1.5, smooth)
    if scale >= COMPACT and edges.size < 3000:
        tips = scene.routes.points[scene.routes.offsets[edges + 1] - 1]
        paint_arrows(surface, np.unique(tips, axis=0), surface.ink.edge)
    if scale >= FULL and surface.words:
        _paint_labels(surface, labels, region)


def _ink_length(lines: FloatArray, surface: Surface) -> float:
    """Pixels of line in view, roughly; a line counts for at least 20, which is its overhead."""
    scale = surface.view.scale
    across = np.abs(lines[:, 2:] - lines[:, :2]) * scale
    length = np.minimum(across, (surface.width, surface.height)).sum(axis=1)
    return float(np.maximum(length, 20.0).sum())


def paint_arrows(surface: Surface, tips: FloatArray, colour: QColor, angle: int = 0) -> None:
    """Small arrowheads pointing down (or, by `angle` in degrees, elsewhere) at scene points."""
    arrow = _arrow(surface, colour, angle)
    half = arrow.width() / surface.ratio / 2
    tall = arrow.height() / surface.ratio
    view, painter = surface.view, surface.painter
    screen = tips * view.scale + (view.x, view.y)
    keep = (screen > -20).all(axis=1) & (screen < (surface.width + 20, surface.height + 20)).all(
        axis=1
    )
    dx, dy = (half, tall) if angle == 0 else (tall, half)
    for x, y in screen[keep].tolist():
        painter.drawPixmap(QPointF(surface.snap(x - dx), surface.snap(y - dy)), arrow)


def _arrow(surface: Surface, colour: QColor, angle: int) -> QPixmap:
    scale = min(max(surface.view.scale, 0.55), 1.6)
    cards = surface.sprites.at(surface.view.scale, surface.ratio)
    key = ("arrow", colour.rgba(), angle)
    if key not in cards:
        w, h = _ARROW_W * scale, _ARROW_H * scale
        size = (w, h) if angle == 0 else (h, w)
        pixmap = QPixmap(*(max(int(np.ceil(side * surface.ratio)), 1) for side in size))
        pixmap.setDevicePixelRatio(surface.ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        corners = [(0, 0), (w, 0), (w / 2, h)] if angle == 0 else [(0, 0), (h, w / 2), (0, w)]
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
        painter.end()
        cards[key] = pixmap
    return cards[key]


def _paint_labels(surface: Surface, labels: EdgeLabels, region: tuple[float, ...]) -> None:
    left, top, right, bottom = region
    seen = (labels.x > left - _LABEL_ROOM) & (labels.x < right + _LABEL_ROOM)
    seen &= (labels.y > top - 20) & (labels.y < bottom + 20)
    chosen = np.flatnonzero(seen)
    scene, view, painter, ink = surface.scene, surface.view, surface.painter, surface.ink
    painter.setFont(surface.type.font(LABEL, view.scale))
    for i in chosen.tolist():
        edge = int(labels.edge[i])
        text = surface.labels.edge(int(scene.edge_tensor[edge]))
        width = surface.type.width(LABEL, text)
        if not text or width > _LABEL_ROOM:
            continue
        x = labels.x[i] + 6 if labels.side[i] > 0 else labels.x[i] - 6 - width
        sx, sy = view.to_screen(float(x), float(labels.y[i]))
        if labels.plate[i]:
            inside = scene.parent[scene.edge_src[edge]] >= 0
            ground = ink.frame if inside else ink.background
            box = QRectF(sx - 2, sy - 9 * view.scale, (width + 4) * view.scale, 12 * view.scale)
            painter.fillRect(box, ground)
        painter.setPen(ink.secondary)
        surface.text(sx, sy, text)


def paint_bus(surface: Surface, item: int, grid: Grid) -> None:
    """Trunks, buses and taps of an unfolded layer that are in view."""
    scene, scale, ink = surface.scene, surface.view.scale, surface.ink
    x, y = float(scene.x[item]), float(scene.y[item])
    left, top, right, bottom = surface.region
    inside = (left - x, top - y, right - x, bottom - y)
    shift = np.array((x, y, x, y))
    trunk, bus = mix(ink.edge, ink.category[_SHAPE], 0.5), mix(ink.edge, ink.category[_MERGE], 0.6)
    if scale < 4 * MINI:
        faint = min(max(scale / (4 * MINI), 0.25), 1.0)
        trunk, bus = (mix(ink.frame, c, faint) for c in (trunk, bus))
    surface.lines(grid.links + shift, ink.edge, 1.0, False)
    for panel in grid.panels:
        span = grid.visible(panel, inside)
        if span is None:
            continue
        c0, c1, r0, r1 = span
        if scale * PITCH_X > 4:
            surface.lines(grid.trunks(panel, c0, c1) + shift, trunk, 1.0, False)
        if scale * PITCH_Y > 4:
            surface.lines(grid.buses(panel, r0, r1) + shift, bus, 1.0, False)
        if scale >= 2 * MINI:
            into, out = grid.taps(panel, span)
            surface.lines(into + shift, trunk, 1.0, False)
            surface.lines(out + shift, bus, 1.0, False)
            if scale >= FULL:
                tips = into[len(into) // 2 :, 2:] + (x, y)
                paint_arrows(surface, tips, trunk)
                ends = grid.buses(panel, r0, r1)[:, 2:] + (x, y)
                paint_arrows(surface, ends, bus, 90)
