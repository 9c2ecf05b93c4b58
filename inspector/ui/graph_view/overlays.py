"""What lies over the content: search hits, selection and its edges, hover, rubber band."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from inspector.model.groups import Role
from inspector.ui.graph_view.painting_edges import paint_arrows
from inspector.ui.graph_view.selection import NOTHING, Selection
from inspector.ui.graph_view.surface import COMPACT, Surface
from inspector.ui.graph_view.typography import SUBTITLE, TITLE

_MOST_RINGS = 150
_CARD_PAD = 10.0
_SMALL, _TINY = 28.0, 9.0


@dataclass(frozen=True)
class Hover:
    """What the pointer is on, and what the hover card says; no card without lines."""

    node: int = -1
    item: int = -1
    edge: int = -1
    at: QPointF = field(default_factory=QPointF)
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Overlays:
    """Everything drawn over the content in one frame."""

    selection: Selection = NOTHING
    selected_items: tuple[int, ...] = ()
    hits: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    current_hit: int = -1
    hover: Hover = field(default_factory=Hover)
    rubber: QRectF | None = None
    keyboard: bool = False


def paint_overlays(surface: Surface, overlays: Overlays) -> None:
    """From back to front."""
    _paint_hits(surface, overlays)
    _paint_hover(surface, overlays)
    _paint_selection(surface, overlays)
    if overlays.rubber is not None:
        _paint_rubber(surface, overlays.rubber)


def _paint_hits(surface: Surface, overlays: Overlays) -> None:
    hits, scene, colour = overlays.hits, surface.scene, surface.ink.hit
    if hits.size:
        seen = surface.seen(scene.node_boxes[hits[scene.node_item[hits] >= 0]])
        placed = surface.boxes(seen, 2.0)
        if len(placed) > _MOST_RINGS and np.median(placed[:, 3]) < _TINY:
            surface.fill_rects(placed, colour)
        else:
            fill = QColor(colour)
            fill.setAlpha(60)
            surface.fill_rects(placed, fill)
            _rings(surface, placed, colour, 1.5, 1.0)
    current = overlays.current_hit
    if current >= 0 and scene.node_item[current] >= 0:
        _ring(surface, surface.rect(*scene.node_boxes[current].tolist()), colour, 3.0, 3.0)


def _rings(
    surface: Surface, placed: npt.NDArray[np.float64], colour: QColor, width: float, away: float
) -> None:
    """Rings around many screen boxes: rounded while they are few."""
    if len(placed) > _MOST_RINGS:
        surface.outline_rects(placed, colour)
        return
    for row in placed.tolist():
        _ring(surface, QRectF(*row), colour, width, away)


def _paint_hover(surface: Surface, overlays: Overlays) -> None:
    hover, scene = overlays.hover, surface.scene
    if hover.edge >= 0:
        lines = scene.routes.pieces(np.array([hover.edge], np.int32), False)
        surface.lines(lines, surface.ink.accent, 1.5)
    if hover.node >= 0:
        rect = surface.rect(*scene.node_boxes[hover.node].tolist())
    elif hover.item >= 0:
        rect = surface.item_rect(hover.item)
    else:
        return
    colour = QColor(surface.ink.accent)
    colour.setAlpha(150)
    _ring(surface, rect, colour, 1.0, 0.5)


def _paint_selection(surface: Surface, overlays: Overlays) -> None:
    scene, ink = surface.scene, surface.ink
    _paint_selected_edges(surface, overlays)
    nodes = np.array(overlays.selection.nodes, np.int64)
    boxes = scene.node_boxes[nodes[scene.node_item[nodes] >= 0]]
    if not nodes.size:
        boxes = np.array([scene.rect(item) for item in overlays.selected_items]).reshape(-1, 4)
    placed = surface.boxes(surface.seen(boxes), 3.0)
    if len(placed) > _MOST_RINGS:
        tiny = np.median(placed[:, 3]) < _TINY
        surface.fill_rects(placed, ink.accent if tiny else ink.halo)
        if not tiny:
            surface.outline_rects(placed, ink.accent)
        return
    for row in placed.tolist():
        rect = QRectF(*row)
        small = min(rect.width(), rect.height()) < _SMALL
        _ring(surface, rect, ink.card if small else ink.halo, 5.0 if small else 4.0, 3.0)
        _ring(surface, rect, ink.accent, 2.0, 2.0)


def _paint_selected_edges(surface: Surface, overlays: Overlays) -> None:
    scene, ink = surface.scene, surface.ink
    for item in overlays.selected_items[:64]:
        edges = scene.edges_of(item)
        if edges.size > 4000:
            continue
        surface.lines(scene.routes.pieces(edges, False), ink.accent, 1.8)
        if edges.size and surface.view.scale >= COMPACT:
            tips = scene.routes.points[scene.routes.offsets[edges + 1] - 1]
            paint_arrows(surface, np.unique(tips, axis=0), ink.accent)
    for node in overlays.selection.nodes[:64]:
        _paint_tile_path(surface, node)


def _paint_tile_path(surface: Surface, node: int) -> None:
    """The way of one block: along its trunk and bus, or up and down its column of the mosaic."""
    scene, accent = surface.scene, surface.ink.accent
    mark = scene.graph.marks.get(node)
    item = int(scene.node_item[node])
    if mark is None or mark.role is not Role.TILE or item < 0:
        return
    parent = int(scene.parent[item])
    if parent in scene.grids:
        x, y = float(scene.x[parent]), float(scene.y[parent])
        path = scene.grids[parent].path_of(*mark.block)
        surface.lines(path + np.array((x, y, x, y)), accent, 2.0)
    elif item in scene.mosaics:
        mosaic = scene.mosaics[item]
        m, n, k = mark.block
        panel = scene.rect(item)[0] + mosaic.left, scene.rect(item)[1] + mosaic.panels[m]
        ground = QColor(surface.ink.card)
        ground.setAlpha(190)
        column = (panel[0] + k * mosaic.cell, panel[1], mosaic.cell, mosaic.panel_height)
        row = (panel[0], panel[1] + n * mosaic.cell, mosaic.panel_width, mosaic.cell)
        for box in (column, row):
            _ring(surface, surface.rect(*box), ground, 3.0, 0.5, 0.0)
            _ring(surface, surface.rect(*box), accent, 1.0, 0.5, 0.0)


def _ring(
    surface: Surface,
    rect: QRectF,
    colour: QColor,
    width: float,
    away: float,
    radius: float | None = None,
) -> None:
    """A ring around a screen rectangle; square where the rectangle is small."""
    painter = surface.painter
    small = min(rect.width(), rect.height()) < _SMALL
    if radius is None:
        radius = 1.5 if small else (6.0 * min(surface.view.scale, 2.0) + away)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(colour, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    view = QRectF(0, 0, surface.width, surface.height).adjusted(-60, -60, 60, 60)
    painter.drawRoundedRect(
        rect.adjusted(-away, -away, away, away).intersected(view), radius, radius
    )


def _paint_rubber(surface: Surface, rect: QRectF) -> None:
    painter = surface.painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(surface.ink.accent, 1.0))
    painter.setBrush(surface.ink.halo)
    painter.drawRect(rect)


def paint_hover_card(surface: Surface, hover: Hover) -> None:
    """The card beside the pointer: first line prominent, the rest below."""
    if not hover.lines:
        return
    painter, ink, type_ = surface.painter, surface.ink, surface.type
    fonts = [type_.fixed(TITLE, 0.92)] + [type_.fixed(SUBTITLE, 1.0)] * (len(hover.lines) - 1)
    metrics = [QFontMetricsF(font) for font in fonts]
    most = min(460.0, surface.width - 24)
    lines = [
        m.elidedText(line, Qt.TextElideMode.ElideMiddle, most - 2 * _CARD_PAD)
        for m, line in zip(metrics, hover.lines, strict=True)
    ]
    width = max(m.horizontalAdvance(t) for m, t in zip(metrics, lines, strict=True))
    width = float(np.ceil(width)) + 2 * _CARD_PAD
    height = sum(m.height() + 2 for m in metrics) + 2 * _CARD_PAD - 4
    x = min(hover.at.x() + 16, surface.width - width - 8)
    y = hover.at.y() + 20
    if y + height > surface.height - 8:
        y = hover.at.y() - height - 12
    rect = QRectF(round(max(x, 8)), round(max(y, 8)), width, round(height))
    paint_floating(painter, rect, ink.card, ink.hairline, 6.0)
    baseline = rect.top() + _CARD_PAD - 2
    for i, (font, metric, text) in enumerate(zip(fonts, metrics, lines, strict=True)):
        painter.setFont(QFont(font))
        painter.setPen(ink.text if i == 0 else ink.secondary)
        baseline += metric.ascent()
        painter.drawText(QPointF(rect.left() + _CARD_PAD, round(baseline)), text)
        baseline += metric.descent() + 2


def paint_floating(
    painter: QPainter, rect: QRectF, fill: QColor, border: QColor, radius: float
) -> None:
    """A card that floats: a soft shadow, a hairline."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    for grow, alpha in ((4, 8), (2.5, 12), (1, 18)):
        path = QPainterPath()
        path.addRoundedRect(
            rect.adjusted(-grow, 1 - grow, grow, 1 + grow), radius + grow, radius + grow
        )
        painter.fillPath(path, QColor(0, 0, 0, alpha))
    painter.setPen(QPen(border, 1.0))
    painter.setBrush(fill)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
