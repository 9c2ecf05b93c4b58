"""Figures as colour on cards, bars and boxes: heat columns, strips and the figures themselves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPixmap

from inspector.ui.graph_view.heat import NONE, UNKNOWN
from inspector.ui.graph_view.surface import COMPACT, FULL, Surface
from inspector.ui.graph_view.typography import SUBTITLE

FloatArray = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int16]

COLUMN = 14.0
"""Width of a card's heat column in scene units."""
SWATCH = 10.0
_LEAST_COLUMN = 6.0
_STRIP, _LEAST_STRIP = 7.0, 4.0
_HATCH = 5.0
_NO_PEN = Qt.PenStyle.NoPen


def has_heat(surface: Surface, item: int) -> bool:
    """Whether an item shows a figure, known or not, as a colour."""
    return surface.heat is not None and int(surface.heat.levels[item]) != NONE


def column_width(surface: Surface) -> float:
    """Pixels of a card's heat column at the surface's scale."""
    return surface.snap(max(COLUMN * surface.view.scale, _LEAST_COLUMN))


def paint_level_boxes(
    surface: Surface, boxes: FloatArray, levels: Levels, smooth: bool = False
) -> None:
    """Screen boxes float64[k, 4] in the colours of their levels, none of them NONE."""
    for level, chosen in _by_level(levels):
        if level == UNKNOWN:
            _paint_unknown_boxes(surface, boxes[chosen])
        else:
            surface.fill_rects(boxes[chosen], surface.ink.levels[level], smooth)


def _by_level(levels: Levels) -> Iterator[tuple[int, npt.NDArray[np.intp]]]:
    """Positions of each level that occurs."""
    order = np.argsort(levels, kind="stable")
    found, first = np.unique(levels[order], return_index=True)
    yield from zip(found.tolist(), np.split(order, first[1:]), strict=True)


def _paint_unknown_boxes(surface: Surface, boxes: FloatArray) -> None:
    """Outlined, which no level is; where that has no room, faint."""
    surface.fill_rects(boxes, surface.ink.card)
    if len(boxes) and float(np.median(boxes[:, 3])) >= 4.0:
        whole = boxes.copy()
        whole[:, :2] = np.rint(boxes[:, :2])
        whole[:, 2:] = np.rint(boxes[:, 2:]) - 1.0
        surface.outline_rects(whole, surface.ink.outline)
    else:
        surface.fill_rects(boxes, surface.ink.hairline)


def paint_columns(
    surface: Surface, items: list[int], rows: list[list[float]], stacked: list[bool]
) -> None:
    """The heat column at the right end of each card, and at full size its figure."""
    heat = surface.heat
    if heat is None:
        return
    wide = column_width(surface)
    for item, (x, y, w, h), folds in zip(items, rows, stacked, strict=True):
        level = int(heat.levels[item])
        if level == NONE:
            continue
        right = x + w - (surface.snap(26 * surface.view.scale) if folds else 0.0)
        picture = _column(surface, wide, h, level, not folds)
        surface.painter.drawPixmap(QPointF(right - wide, y), picture)


def _column(surface: Surface, width: float, height: float, level: int, rounded: bool) -> QPixmap:
    cards = surface.sprites.at(surface.view.scale, surface.ratio)
    key = ("heat", level, width, height, rounded, surface.ink.theme.name)
    picture = cards.get(key)
    if picture is None:
        picture = cards[key] = _new_column(surface, width, height, level, rounded)
    return picture


def _new_column(
    surface: Surface, width: float, height: float, level: int, rounded: bool
) -> QPixmap:
    """A column inside the card's border, with the card's corners at its right."""
    ratio, pixel = surface.ratio, 1.0 / surface.ratio
    picture = QPixmap(max(round(width * ratio), 1), max(round(height * ratio), 1))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inner = QRectF(0, pixel, width - (pixel if rounded else 0), height - 2 * pixel)
    radius = 5.5 * surface.view.scale if rounded else 0.0
    path = QPainterPath()
    path.addRoundedRect(inner.adjusted(-2 * radius, 0, 0, 0), radius, radius)
    painter.setClipPath(path)
    fill_level(surface, painter, inner, level)
    painter.fillRect(QRectF(0, 0, pixel, height), surface.ink.hairline)
    painter.end()
    return picture


def fill_level(surface: Surface, painter: QPainter, rect: QRectF, level: int) -> None:
    """A rectangle in a level's colour; hatched where the figure is unknown."""
    if level == UNKNOWN:
        painter.fillRect(rect, surface.ink.card)
        painter.fillRect(rect, hatch(surface))
    elif level >= 0:
        painter.fillRect(rect, surface.ink.levels[level])


def hatch(surface: Surface) -> QBrush:
    """What stands for an unknown figure: fine diagonal lines."""
    cards = surface.sprites.at(surface.view.scale, surface.ratio)
    key = ("hatch", surface.ink.theme.name)
    picture = cards.get(key)
    if picture is None:
        size = max(round(_HATCH * surface.ratio), 3)
        image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        for i in range(size):
            image.setPixelColor(i, size - 1 - i, surface.ink.outline)
        image.setDevicePixelRatio(surface.ratio)
        picture = cards[key] = QPixmap.fromImage(image)
    return QBrush(picture)


def paint_strip(surface: Surface, item: int, rect: QRectF, radius: float, header: float) -> None:
    """The figure of a whole group as a strip along the top of its box.

    From afar, where the header has no words, the strip fills it: `header` pixels.
    """
    if surface.heat is None or not has_heat(surface, item):
        return
    scale, painter = surface.view.scale, surface.painter
    tall = max(surface.snap(_STRIP * min(scale, 2.0)), _LEAST_STRIP) if scale >= COMPACT else header
    view = QRectF(0, 0, surface.width, surface.height).adjusted(-40, -40, 40, 40)
    strip = QRectF(rect.left(), rect.top(), rect.width(), tall)
    if not strip.intersects(view):
        return
    path = QPainterPath()
    path.addRoundedRect(rect.intersected(view).adjusted(1, 1, -1, -1), radius, radius)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
    fill_level(surface, painter, strip.intersected(view), int(surface.heat.levels[item]))
    painter.restore()


def paint_swatch(surface: Surface, rect: QRectF, level: int) -> None:
    """A small square of a level's colour with an outline."""
    painter = surface.painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    fill_level(surface, painter, rect, level)
    painter.setPen(QPen(surface.ink.outline, 0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect.adjusted(0, 0, -1 / surface.ratio, -1 / surface.ratio))
    painter.setPen(_NO_PEN)


def figure_width(surface: Surface, item: int, size: float) -> float:
    """Pixels that `paint_figure` takes."""
    if surface.heat is None or not has_heat(surface, item):
        return 0.0
    text = surface.heat.text(item) or surface.heat.given.missing
    return (SWATCH + 5 + surface.type.width(SUBTITLE, text)) * size


def paint_figure(surface: Surface, item: int, x: float, baseline: float, size: float) -> None:
    """A swatch and the figure of an item in words, from x to the right."""
    heat = surface.heat
    if heat is None or not has_heat(surface, item):
        return
    side = surface.snap(SWATCH * size)
    top = surface.snap(baseline - side + 1 * size)
    paint_swatch(surface, QRectF(surface.snap(x), top, side, side), int(heat.levels[item]))
    surface.painter.setFont(surface.type.font(SUBTITLE, size) if size == surface.view.scale
                            else surface.type.fixed(SUBTITLE, size))  # fmt: skip
    surface.painter.setPen(surface.ink.text)
    surface.text(x + (SWATCH + 5) * size, baseline, heat.text(item) or heat.given.missing)


def bar_heat(surface: Surface, rect: QRectF, level: int, colour: QColor) -> None:
    """The heat column of a bar of a mosaic, inside its border `colour`."""
    if level == NONE or surface.view.scale < COMPACT:
        return
    pixel = 1.0
    wide = column_width(surface)
    box = QRectF(rect.right() - wide, rect.top(), wide, rect.height())
    inner = box.adjusted(0, pixel, -pixel, -pixel)
    fill_level(surface, surface.painter, inner, level)
    if surface.view.scale >= FULL:
        surface.painter.fillRect(QRectF(box.left(), inner.top(), pixel, inner.height()), colour)
