"""Nodes, inputs, outputs and constants as cards.

Three levels of detail: a card with one or two lines of text, copied from a sprite; a card without
text; a plain box of the category's colour.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from inspector.ui.graph_view.heat import NONE
from inspector.ui.graph_view.kinds import NODE_W, ItemKind
from inspector.ui.graph_view.painting_heat import (
    COLUMN,
    column_width,
    figure_width,
    fill_level,
    has_heat,
    paint_columns,
    paint_figure,
    paint_level_boxes,
)
from inspector.ui.graph_view.surface import COMPACT, FULL, MINI, Surface
from inspector.ui.graph_view.typography import SUBTITLE, TITLE

_RADIUS, _BAR, _TEXT = 6.0, 5.0, 14.0
_MARGIN = 10.0
_LEAST_BAR = 2.0
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
    hot = _hot(surface, items)
    _fill_categories(surface, items[~hot], placed[~hot], surface.ink.solid, smooth=True)
    if surface.heat is None or not hot.any():
        return
    items, placed = items[hot], placed[hot]
    if _has_bar(surface):
        bars = placed.copy()
        bars[:, 2] = _LEAST_BAR
        _fill_categories(surface, items, bars, surface.ink.category, smooth=True)
        placed[:, 0] += _LEAST_BAR
        placed[:, 2] -= _LEAST_BAR
    paint_level_boxes(surface, placed, surface.heat.levels[items], smooth=True)


def _fill_categories(
    surface: Surface,
    items: npt.NDArray[np.int32],
    boxes: npt.NDArray[np.float64],
    colours: tuple[QColor, ...],
    smooth: bool = False,
) -> None:
    category = surface.scene.category[items]
    for number in np.unique(category).tolist():
        surface.fill_rects(boxes[category == number], colours[number], smooth)


def _has_bar(surface: Surface) -> bool:
    """Whether a box has room for its category beside its figure."""
    return NODE_W * surface.view.scale >= 6 * _LEAST_BAR


def _hot(surface: Surface, items: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Which items show a figure."""
    if surface.heat is None:
        return np.zeros(items.size, np.bool_)
    return np.asarray(surface.heat.levels[items] != NONE)


def _paint_plain(
    surface: Surface, items: npt.NDArray[np.int32], boxes: npt.NDArray[np.float64]
) -> None:
    pixel = 1.0 / surface.ratio
    surface.fill_rects(boxes, surface.ink.hairline)
    inner = boxes + np.array((pixel, pixel, -2 * pixel, -2 * pixel))
    surface.fill_rects(inner, surface.ink.card)
    bars = boxes.copy()
    bars[:, 2] = max(surface.snap(_BAR * surface.view.scale), 2.0)
    words = boxes.copy()
    words[:, 0] += 3.5 * bars[:, 2]
    words[:, 1] = np.rint(boxes[:, 1] + boxes[:, 3] * 0.38)
    words[:, 2] = np.rint(boxes[:, 2] * 0.4)
    words[:, 3] = np.maximum(np.rint(boxes[:, 3] * 0.24), 1)
    hot = _hot(surface, items)
    _fill_categories(surface, items, bars, surface.ink.category)
    _fill_categories(surface, items[~hot], words[~hot], surface.ink.solid)
    if surface.heat is not None:
        inner[:, 0] = bars[:, 0] + bars[:, 2]
        inner[:, 2] = boxes[:, 2] - bars[:, 2] - pixel
        paint_level_boxes(surface, inner[hot], surface.heat.levels[items[hot]])


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
    reserved = np.where(_hot(surface, items), column_width(surface), 0.0).tolist()
    stacked = [kind == ItemKind.FOLDED for kind in kinds]
    for item, folds, category, (x, y, w, h), room in zip(
        every, stacked, categories, rows, reserved, strict=True
    ):
        title = labels.title(item)
        key = (folds, category, title, w, h, room, surface.ink.theme.name)
        card = cards.get(key)
        if card is None:
            card = cards[key] = _card(surface, w, h, category, title, folds, room)
        painter.drawPixmap(QPointF(x - margin, y - margin), card)
    paint_columns(surface, every, rows, stacked)
    if scale >= FULL:
        _paint_subtitles(surface, every, rows)


def _paint_subtitles(surface: Surface, items: list[int], rows: list[list[float]]) -> None:
    """The second line of each card, and its figure at the right of either line."""
    painter, scale, type_ = surface.painter, surface.view.scale, surface.type
    painter.setFont(type_.font(SUBTITLE, scale))
    for item, (x, y, w, h) in zip(items, rows, strict=True):
        text, figure = surface.labels.subtitle(item), ""
        room = w / scale - _TEXT - 8
        if surface.heat is not None and has_heat(surface, item):
            figure = surface.heat.text(item)
            folds = surface.scene.kind[item] == ItemKind.FOLDED
            room -= COLUMN + (26 if folds else 0) - 2
        second = y + _line(surface, h / scale, _SUBTITLE_LINE) * scale
        if figure:
            wide = type_.width(SUBTITLE, figure)
            first = type_.width(TITLE, surface.labels.title(item)) + wide + 8 <= room
            line = y + _line(surface, h / scale, _TITLE_LINE) * scale if first else second
            painter.setPen(surface.ink.text)
            surface.text(x + (_TEXT + room - wide) * scale, line, figure)
            room -= 0 if first else wide + 8
        if text:
            painter.setPen(surface.ink.secondary)
            surface.text(x + _TEXT * scale, second, type_.elided(SUBTITLE, text, room))


def _line(surface: Surface, height: float, line: float) -> float:
    """Baseline in a card of that height; small cards draw the lines together."""
    return line - (46.0 - height) / 2 if height < 45 else line


def _card(
    surface: Surface, w: float, h: float, category: int, title: str, stacked: bool, room: float
) -> QPixmap:
    """The picture of one card with its title, `room` pixels at its right end kept free."""
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
    _card_title(surface, painter, rect.adjusted(0, 0, -room, 0), title, stacked)
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
    scale, ink = surface.view.scale, surface.ink
    rect = surface.item_rect(item)
    category = int(surface.scene.category[item])
    surface.fill_rects(np.array([rect.getRect()]), ink.category[category])
    pixel = max(1.0 / surface.ratio, 1.0)
    inner = rect.adjusted(pixel, pixel, -pixel, -pixel)
    surface.fill_rects(np.array([inner.getRect()]), ink.tint[category])
    _wide_heat(surface, item, inner)
    if scale >= COMPACT and surface.words:
        _paint_wide_words(surface, item, rect)


def _paint_wide_words(surface: Surface, item: int, rect: QRectF) -> None:
    """Title, subtitle and figure in one line; the figure below them where that is too long."""
    scale, ink, painter = surface.view.scale, surface.ink, surface.painter
    size = scale if scale >= FULL else min(max(0.5 * rect.height() / 13.0, 0.58), 0.8)
    painter.setFont(surface.type.font(TITLE, size))
    painter.setPen(ink.category[int(surface.scene.category[item])])
    text = surface.labels.title(item)
    more = surface.labels.subtitle(item)
    wide = surface.type.width(TITLE, text) * size
    left, right = max(rect.left(), 0.0), min(rect.right(), surface.width)
    whole = wide + (surface.type.width(SUBTITLE, more) + 16) * size
    figure = figure_width(surface, item, size)
    below = whole + figure + 36 * size > rect.width()
    whole += figure + 12 * size if figure and not below else 0
    x = min(max((left + right - whole) / 2, rect.left() + 12), rect.right() - whole - 12)
    baseline = rect.center().y() + (-4 * size if figure and below else 13 * size * 0.36)
    surface.text(x, baseline, text)
    painter.setFont(surface.type.font(SUBTITLE, size))
    painter.setPen(ink.secondary)
    surface.text(x + wide + 12 * size, baseline, more)
    if figure and below:
        paint_figure(surface, item, x, rect.center().y() + 11 * size, size)
    elif figure:
        paint_figure(surface, item, x + whole - figure - 4 * size, baseline, size)


def _wide_heat(surface: Surface, item: int, inner: QRectF) -> None:
    """A strip along the bottom; from afar, where there are no words, the whole bar."""
    if surface.heat is None or not has_heat(surface, item):
        return
    tall = inner.height()
    if surface.view.scale >= COMPACT:
        tall = max(surface.snap(0.2 * tall), 2.0)
    strip = QRectF(inner.left(), inner.bottom() - tall, inner.width(), tall)
    level = int(surface.heat.levels[item])
    fill_level(surface, surface.painter, strip, level)


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
