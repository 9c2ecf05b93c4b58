"""A folded tiled layer: its weight matrix as a mosaic of blocks between a Split and a Sum bar."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen

from inspector.model.categories import CATEGORIES, Category
from inspector.model.groups import Role
from inspector.ui.graph_view.ink import is_light, mix, sequential
from inspector.ui.graph_view.mosaic import HEADER, Mosaic, Part
from inspector.ui.graph_view.painting_cards import paint_chevron
from inspector.ui.graph_view.painting_frames import paint_box, paint_header
from inspector.ui.graph_view.painting_heat import bar_heat, hatch, paint_strip
from inspector.ui.graph_view.surface import COMPACT, FULL, BlockValues, Surface
from inspector.ui.graph_view.typography import LABEL, SUBTITLE

FloatArray = npt.NDArray[np.float64]

_LINEAR = CATEGORIES.index(Category.LINEAR)
_SHAPE = CATEGORIES.index(Category.SHAPE)
_MERGE = CATEGORIES.index(Category.ARITHMETIC)
_GAP_FROM, _TEXT_FROM = 3.2, 66.0
_LEGEND = 196.0
_NO_PEN = Qt.PenStyle.NoPen
_BLACK, _WHITE = QColor(0, 0, 0), QColor(255, 255, 255)


def block_values(values: FloatArray, label: str, blocks: tuple[int, int, int]) -> BlockValues:
    """Values of blocks [N, K] or [M, N, K] with their picture.

    Raises ValueError where the array has another shape than the layer.
    """
    full = np.asarray(values, np.float64)
    if full.shape == blocks[1:]:
        full = np.broadcast_to(full, blocks)
    if full.shape != blocks:
        raise ValueError(f"block values: {full.shape} for blocks {blocks}")
    known = full[np.isfinite(full)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    share = (full - low) / (high - low) if high > low else np.zeros(full.shape) + 0.5
    pixels = np.ascontiguousarray(sequential(share).reshape(-1, blocks[2]))
    height, width = pixels.shape
    image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()
    return BlockValues(full, label, low, high, image)


def paint_mosaic(surface: Surface, item: int, mosaic: Mosaic) -> None:
    """The whole box."""
    ink, scene = surface.ink, surface.scene
    rect = surface.item_rect(item)
    heat = surface.heat
    values = (surface.values if heat is None else heat.blocks).get(mosaic.table.group)
    paint_box(surface, rect, ink.card, ink.category[_LINEAR])
    detail = surface.labels.subtitle(item) if surface.words else ""
    paint_strip(surface, item, rect, 9 * min(surface.view.scale, 2.0), HEADER * surface.view.scale)
    room = _LEGEND if values is not None and heat is None else 0.0
    paint_header(surface, item, rect, ink.category[_LINEAR], detail, True, False, room)
    if values is not None and heat is None and surface.view.scale >= FULL and surface.words:
        _paint_legend(surface, rect, values)
    x, y = float(scene.x[item]), float(scene.y[item])
    for part in mosaic.parts:
        _paint_part(surface, part, x, y, part is not mosaic.parts[-1])
    for m in range(len(mosaic.panels)):
        _paint_panel(surface, mosaic, m, x, y, values)


def _paint_part(surface: Surface, part: Part, x: float, y: float, more: bool) -> None:
    left, top, width, height = part.rect
    rect = surface.rect(x + left, y + top, width, height)
    ink, painter, scale = surface.ink, surface.painter, surface.view.scale
    category = _MERGE if part.role in (Role.SUM, Role.BIAS, Role.SCALE) else _SHAPE
    shown = rect.intersected(QRectF(-40, -40, surface.width + 80, surface.height + 80))
    colour = ink.category[category]
    border = mix(ink.tint[category], colour, 0.5)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, scale >= COMPACT)
    painter.setPen(QPen(border, 1.0) if scale >= COMPACT else _NO_PEN)
    painter.setBrush(ink.tint[category])
    radius = 4 * min(scale, 2.0)
    painter.drawRoundedRect(shown.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    if surface.heat is not None:
        bar_heat(surface, rect, surface.heat.part_level(part.nodes), border)
    if scale < FULL or not surface.words:
        return
    painter.setFont(surface.type.font(SUBTITLE, scale))
    painter.setPen(mix(colour, ink.text, 0.4))
    text = surface.type.elided(SUBTITLE, part.text, width - 16)
    middle = rect.center().x() - surface.type.width(SUBTITLE, text) * scale / 2
    surface.text(middle, rect.center().y() + 4 * scale, text)
    if more and part.role is not Role.SPLIT:
        x = rect.right() + 10 * scale
        paint_chevron(painter, x, rect.center().y(), 0.8 * scale, ink.secondary)


def _paint_panel(
    surface: Surface, mosaic: Mosaic, m: int, x: float, y: float, values: BlockValues | None
) -> None:
    """The blocks of one M block: rows are output blocks, columns input blocks."""
    _, rows, columns = mosaic.table.shape
    left, top = surface.view.to_screen(x + mosaic.left, y + mosaic.panels[m])
    cell = mosaic.cell * surface.view.scale
    c0, c1 = max(int(-left // cell), 0), min(int((surface.width - left) // cell) + 1, columns)
    r0, r1 = max(int(-top // cell), 0), min(int((surface.height - top) // cell) + 1, rows)
    if c0 >= c1 or r0 >= r1:
        return
    xs = [surface.snap(left + c * cell) for c in range(c0, c1 + 1)]
    ys = [surface.snap(top + r * cell) for r in range(r0, r1 + 1)]
    target = QRectF(xs[0], ys[0], xs[-1] - xs[0], ys[-1] - ys[0])
    painter = surface.painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if values is None:
        painter.fillRect(target, surface.ink.tint[_LINEAR])
    else:
        if values.image.hasAlphaChannel() and np.isnan(values.values).any():
            painter.fillRect(target, hatch(surface))
        smooth = cell * surface.ratio < 1.5
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(target, values.image, QRect(c0, m * rows + r0, c1 - c0, r1 - r0))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    if cell >= _GAP_FROM:
        _paint_gaps(surface, xs, ys, cell)
    if cell >= _TEXT_FROM and surface.words:
        _paint_cell_texts(surface, (m, r0, c0), xs, ys, values)


def _paint_gaps(surface: Surface, xs: list[float], ys: list[float], cell: float) -> None:
    gap = min(max(surface.snap(cell * 0.1), 1.0 / surface.ratio), 3.0)
    wide, tall = xs[-1] - xs[0], ys[-1] - ys[0]
    shift = surface.snap(gap / 2)
    columns = [(x - shift, ys[0], gap, tall) for x in xs[1:-1]]
    rows = [(xs[0], y - shift, wide, gap) for y in ys[1:-1]]
    if columns or rows:
        surface.fill_rects(np.array(columns + rows), surface.ink.card)


def _paint_cell_texts(
    surface: Surface,
    first: tuple[int, int, int],
    xs: list[float],
    ys: list[float],
    values: BlockValues | None,
) -> None:
    m, r0, c0 = first
    painter, ink = surface.painter, surface.ink
    painter.setFont(surface.type.fixed(LABEL, 1.0))
    painter.setPen(ink.text)
    rows = values.values.shape[1] if values is not None else 0
    for r in range(len(ys) - 1):
        for c in range(len(xs) - 1):
            x, y = xs[c] + 8, ys[r] + 18
            if values is not None:
                ground = values.image.pixel(c0 + c, m * rows + r0 + r)
                plain = _BLACK if is_light(ground) else _WHITE
                painter.setPen(plain if ground >> 24 == 255 else ink.text)
                value = float(values.values[m, r0 + r, c0 + c])
                surface.text(x, y + 14, _cell_text(surface, value))
            surface.text(x, y, f"n{r0 + r} k{c0 + c}")


def _cell_text(surface: Surface, value: float) -> str:
    return f"{value:.3g}" if surface.heat is None else surface.heat.given.text(value)


def _paint_legend(surface: Surface, rect: QRectF, values: BlockValues) -> None:
    """What the colours mean: label, least value, scale, largest value, right of the title."""
    scale, painter, type_ = surface.view.scale, surface.painter, surface.type
    low, high = f"{values.low:.3g}", f"{values.high:.3g}"
    bar_w, bar_h = 56 * scale, 6 * scale
    right = rect.right() - 44 * scale
    baseline = rect.top() + 24 * scale
    painter.setFont(type_.font(LABEL, scale))
    painter.setPen(surface.ink.secondary)
    x = right - type_.width(LABEL, high) * scale
    surface.text(x, baseline, high)
    x -= bar_w + 5 * scale
    shares = np.linspace(0, 1, 10)
    gradient = QLinearGradient(x, 0, x + bar_w, 0)
    for share, colour in zip(shares.tolist(), sequential(shares).tolist(), strict=True):
        gradient.setColorAt(share, QColor.fromRgb(colour))
    painter.fillRect(QRectF(x, baseline - bar_h - 1 * scale, bar_w, bar_h), gradient)
    x -= (type_.width(LABEL, low) + 5) * scale
    surface.text(x, baseline, low)
    label = type_.elided(LABEL, values.label, 70)
    surface.text(x - (type_.width(LABEL, label) + 8) * scale, baseline, label)
