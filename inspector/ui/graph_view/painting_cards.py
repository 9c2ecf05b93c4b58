"""Nodes, inputs, outputs and constants as cards.

Three levels of detail: a card with one or two lines of text, copied from a sprite; a card without
text; a plain box of the category's colour.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPixmap

from inspector.ui.graph_view.kinds import ItemKind
from inspector.ui.graph_view.surface import COMPACT, FULL, MINI, Surface
from inspector.ui.graph_view.typography import SUBTITLE, TITLE

_RADIUS, _BAR, _TEXT = 6.0, 5.0, 14.0
_MARGIN = 10.0
_WIDE = 700.0
"""Cards wider than this many pixels are painted in place, with a title that stays in view."""
_LEAST_TITLE = 6.5 / 13.0
_TITLE_LINE, _SUBTITLE_LINE = 20.0, 36.0


def paint_cards(surface: Surface, items: npt.NDArray[np.int32]) -> None:
    """Cards of the given items."""
    scene, scale = surface.scene, surface.view.scale
    if not items.size:
        return
    wide = scene.width[items] * scale > _WIDE
    boxes = np.column_stack(
        (scene.x[items], scene.y[items], scene.width[items], scene.height[items])
    )
    placed = surface.boxes(boxes[~wide])
    if scale >= COMPACT and surface.words:
        _paint_sprites(surface, items[~wide], placed)
    elif scale >= MINI:
        _paint_plain(surface, items[~wide], placed)
    else:
        _paint_boxes(surface, items[~wide], boxes[~wide])
    for item in items[wide].tolist():
        _paint_wide(surface, item)


def _paint_boxes(
    surface: Surface, items: npt.NDArray[np.int32], boxes: npt.NDArray[np.float64]
) -> None:
    """Not on whole pixels: that would turn an even grid into bands."""
    view = surface.view
    placed = boxes * view.scale
    placed[:, :2] += (view.x, view.y)
    placed[:, 2:] = np.maximum(placed[:, 2:], 1.0)
    category = surface.scene.category[items]
    for number in np.unique(category).tolist():
        surface.fill_rects(placed[category == number], surface.ink.solid[number], smooth=True)


def _paint_plain(
    surface: Surface, items: npt.NDArray[np.int32], boxes: npt.NDArray[np.float64]
) -> None:
    pixel = 1.0 / surface.ratio
    surface.fill_rects(boxes, surface.ink.hairline)
    inner = boxes + np.array((pixel, pixel, -2 * pixel, -2 * pixel))
    surface.fill_rects(inner, surface.ink.card)
    category = surface.scene.category[items]
    bars = boxes.copy()
    bars[:, 2] = max(surface.snap(_BAR * surface.view.scale), 2.0)
    words = boxes.copy()
    words[:, 0] += 3.5 * bars[:, 2]
    words[:, 1] = np.rint(boxes[:, 1] + boxes[:, 3] * 0.38)
    words[:, 2] = np.rint(boxes[:, 2] * 0.4)
    words[:, 3] = np.maximum(np.rint(boxes[:, 3] * 0.24), 1)
    for number in np.unique(category).tolist():
        chosen = category == number
        surface.fill_rects(bars[chosen], surface.ink.category[number])
        surface.fill_rects(words[chosen], surface.ink.solid[number])


def _paint_sprites(
    surface: Surface, items: npt.NDArray[np.int32], boxes: npt.NDArray[np.float64]
) -> None:
    scene, labels, painter, scale = (
        surface.scene,
        surface.labels,
        surface.painter,
        surface.view.scale,
    )
    cards = surface.sprites.at(scale, surface.ratio)
    margin = surface.snap(_MARGIN * scale)
    kinds, categories = scene.kind[items].tolist(), scene.category[items].tolist()
    rows = boxes.tolist()
    every = items.tolist()
    for item, kind, category, (x, y, w, h) in zip(every, kinds, categories, rows, strict=True):
        title = labels.title(item)
        key = (kind == ItemKind.FOLDED, category, title, w, h, surface.ink.theme.name)
        card = cards.get(key)
        if card is None:
            card = cards[key] = _card(surface, w, h, category, title, key[0])
        painter.drawPixmap(QPointF(x - margin, y - margin), card)
    if scale >= FULL:
        _paint_subtitles(surface, every, rows)


def _paint_subtitles(surface: Surface, items: list[int], rows: list[list[float]]) -> None:
    painter, scale = surface.painter, surface.view.scale
    painter.setFont(surface.type.font(SUBTITLE, scale))
    painter.setPen(surface.ink.secondary)
    for item, (x, y, w, h) in zip(items, rows, strict=True):
        text = surface.labels.subtitle(item)
        if text:
            room = w / scale - _TEXT - 8
            line = _line(surface, h / scale, _SUBTITLE_LINE)
            shown = surface.type.elided(SUBTITLE, text, room)
            surface.text(x + _TEXT * scale, y + line * scale, shown)


def _line(surface: Surface, height: float, line: float) -> float:
    """Baseline in a card of that height; small cards draw the lines together."""
    return line - (46.0 - height) / 2 if height < 45 else line


def _card(
    surface: Surface, w: float, h: float, category: int, title: str, stacked: bool
) -> QPixmap:
    """The picture of one card with its title."""
    scale, ratio, ink = surface.view.scale, surface.ratio, surface.ink
    margin = surface.snap(_MARGIN * scale)
    pixmap = QPixmap(round((w + 2 * margin) * ratio) or 1, round((h + 2 * margin) * ratio) or 1)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if stacked:
        for step in (2, 1):
            shift = surface.snap(3.0 * step * scale)
            _box(surface, painter, QRectF(margin + shift, margin + shift, w, h), ink.hairline)
    rect = QRectF(margin, margin, w, h)
    _box(surface, painter, rect, ink.hairline)
    bar = QPainterPath()
    bar.addRect(QRectF(rect.left(), rect.top(), max(_BAR * scale, 2.0), h))
    painter.fillPath(_rounded(rect, scale).intersected(bar), ink.category[category])
    painter.setPen(ink.category[category])
    _card_title(surface, painter, rect, title, stacked)
    if stacked:
        paint_chevron(painter, rect.right() - 16 * scale, rect.center().y(), scale, ink.secondary)
    painter.end()
    return pixmap


def _card_title(
    surface: Surface, painter: QPainter, rect: QRectF, title: str, stacked: bool
) -> None:
    scale = surface.view.scale
    full = scale >= FULL
    size = scale if full else min(max(0.56 * rect.height() / 13.0, 7.5 / 13.0), 1.0)
    left = rect.left() + (_TEXT * scale if full else max(_BAR * scale, 2.0) + 4)
    right = rect.right() - (26 * scale if stacked else 3)
    room = right - left
    if not full:
        size = max(min(size, room / max(surface.type.width(TITLE, title), 1.0)), _LEAST_TITLE)
    painter.setFont(surface.type.font(TITLE, size) if full else surface.type.fixed(TITLE, size))
    text = surface.type.elided(TITLE, title, 1.04 * room / size)
    if full:
        baseline = rect.top() + _line(surface, rect.height() / scale, _TITLE_LINE) * scale
    else:
        baseline = rect.center().y() + 13 * size * surface.type.factor * 0.36
    painter.drawText(QPointF(surface.snap(left), surface.snap(baseline)), text)


def _rounded(rect: QRectF, scale: float, radius: float = _RADIUS) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(rect, radius * scale, radius * scale)
    return path


def _box(surface: Surface, painter: QPainter, rect: QRectF, border) -> None:
    half = 0.5 / surface.ratio
    painter.setPen(QPen(border, 1.0 / surface.ratio if surface.ratio < 1.5 else 1.0))
    painter.setBrush(surface.ink.card)
    radius = _RADIUS * surface.view.scale
    painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius, radius)


def _paint_wide(surface: Surface, item: int) -> None:
    """A bar across a grid: its title stays in view however far it reaches."""
    scene, scale, ink, painter = surface.scene, surface.view.scale, surface.ink, surface.painter
    rect = surface.item_rect(item)
    category = int(scene.category[item])
    surface.fill_rects(np.array([rect.getRect()]), ink.category[category])
    pixel = max(1.0 / surface.ratio, 1.0)
    inner = rect.adjusted(pixel, pixel, -pixel, -pixel)
    surface.fill_rects(np.array([inner.getRect()]), ink.tint[category])
    if scale < COMPACT or not surface.words:
        return
    size = scale if scale >= FULL else min(max(0.5 * rect.height() / 13.0, 0.58), 0.8)
    painter.setFont(surface.type.font(TITLE, size))
    painter.setPen(ink.category[category])
    text = surface.labels.title(item)
    more = surface.labels.subtitle(item)
    wide = surface.type.width(TITLE, text) * size
    left, right = max(rect.left(), 0.0), min(rect.right(), surface.width)
    whole = wide + (surface.type.width(SUBTITLE, more) + 16) * size
    x = min(max((left + right - whole) / 2, rect.left() + 12), rect.right() - whole - 12)
    baseline = rect.center().y() + 13 * size * 0.36
    surface.text(x, baseline, text)
    painter.setFont(surface.type.font(SUBTITLE, size))
    painter.setPen(ink.secondary)
    surface.text(x + wide + 12 * size, baseline, more)


def paint_chevron(
    painter: QPainter, x: float, y: float, scale: float, colour, opened: bool = False
) -> None:
    """A chevron around (x, y): to the right where folded, down where open."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, max(1.6 * min(scale, 1.5), 1.2))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    a = 4.5 * scale
    points = (
        [(-a, -a / 2), (0, a / 2), (a, -a / 2)]
        if opened
        else [(-a / 2, -a), (a / 2, 0), (-a / 2, a)]
    )
    painter.drawPolyline([QPointF(x + dx, y + dy) for dx, dy in points])
