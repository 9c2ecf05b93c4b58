"""Frames around the nodes of open groups, and the header that frames and mosaics share."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from inspector.ui.graph_view.painting_cards import paint_chevron
from inspector.ui.graph_view.painting_heat import figure_width, paint_figure, paint_strip
from inspector.ui.graph_view.surface import COMPACT, FULL, Surface
from inspector.ui.graph_view.typography import HEADING, SUBTITLE

CHEVRON = 28.0
_RADIUS = 10.0


def chevron_rect(x: float, y: float, width: float) -> tuple[float, float, float, float]:
    """left, top, width, height of the fold chevron in the corner of a box."""
    return x + width - CHEVRON - 8, y + 8, CHEVRON, CHEVRON


def paint_frame(surface: Surface, item: int) -> None:
    """The ground and border of an open group."""
    category = surface.ink.category[int(surface.scene.category[item])]
    paint_box(surface, surface.item_rect(item), surface.ink.frame, category)


def paint_frame_header(surface: Surface, item: int) -> None:
    """The words of an open group, over the edges that enter it."""
    scene, ink = surface.scene, surface.ink
    rect = surface.item_rect(item)
    category = ink.category[int(scene.category[item])]
    detail = surface.labels.subtitle(item) if surface.words else ""
    paint_header(
        surface, item, rect, category, detail, scene.node[item] >= 0 or item in scene.grids
    )
    scale = surface.view.scale
    paint_strip(surface, item, rect, (_RADIUS - 1) * min(scale, 2.0), 40 * scale)


def paint_box(surface: Surface, rect: QRectF, fill: QColor, border: QColor) -> None:
    """A rounded box, cut a little outside the view: what is not seen is not rasterised."""
    painter, scale = surface.painter, surface.view.scale
    view = QRectF(0, 0, surface.width, surface.height).adjusted(-40, -40, 40, 40)
    shown = rect.intersected(view)
    radius = _RADIUS * min(scale, 2.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(border, 1.0))
    painter.setBrush(fill)
    half = 0.5
    painter.drawRoundedRect(shown.adjusted(half, half, -half, -half), radius, radius)


def paint_header(
    surface: Surface,
    item: int,
    rect: QRectF,
    colour: QColor,
    detail: str,
    folds: bool,
    opened: bool = True,
    room: float = 0.0,
) -> None:
    """Title and detail of a box, sticking to the view while the box is partly outside.

    `room` in scene units is kept free at the right end of the title.
    """
    scale, painter, type_ = surface.view.scale, surface.painter, surface.type
    if not surface.words or rect.width() < 48 or rect.height() < 14:
        return
    left = min(max(rect.left(), -8.0), max(rect.right() - 420 * scale, rect.left()))
    wide = rect.right() - left
    title = surface.labels.title(item)
    if scale >= FULL:
        pad, size, line = 16 * scale, scale, 24 * scale
    else:
        size = min(max(0.72, scale), 0.92)
        pad, line = max(16 * scale, 4.0), max(24 * scale, 0.5 * min(48 * scale, 40) + 4.5)
        if 48 * scale < 13 * size:
            return
    figure = figure_width(surface, item, size)
    free = wide - 2 * pad - (CHEVRON * scale if folds else 0) - room * scale
    free -= figure + 16 * size if figure else 0
    painter.setFont(type_.font(HEADING, size))
    painter.setPen(colour)
    if type_.width(HEADING, title) * size > free:
        title = title.split(" · ")[0]  # Its size is in the card that hovering shows.
    shown = type_.elided(HEADING, title, free / size)
    if opened:
        wide_text = type_.width(HEADING, shown) * size
        plate = QRectF(left + pad - 3, rect.top() + line - 13 * size, wide_text + 6, 17 * size)
        painter.fillRect(plate, surface.ink.frame)
    surface.text(left + pad, rect.top() + line, shown)
    if figure and free > 0:
        x = left + pad + type_.width(HEADING, shown) * size + 16 * size
        paint_figure(surface, item, x, rect.top() + line, size)
    if scale >= FULL and detail:
        painter.setFont(type_.font(SUBTITLE, scale))
        painter.setPen(surface.ink.secondary)
        shown = type_.elided(SUBTITLE, detail, (wide - 2 * pad) / scale)
        surface.text(left + pad, rect.top() + 42 * scale, shown)
    if folds and scale >= COMPACT:
        grow = min(max(scale, 0.6), 2.0)
        x, y = rect.right() - (CHEVRON / 2 + 8) * scale, rect.top() + (CHEVRON / 2 + 4) * scale
        paint_chevron(painter, x, y, grow, surface.ink.secondary, opened)
    painter.setBrush(Qt.BrushStyle.NoBrush)
