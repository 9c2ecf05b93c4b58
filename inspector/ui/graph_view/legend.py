"""What the colours of nodes mean: a card in the lower left corner of the canvas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPixmap

from inspector.ui.graph_view.heat import UNKNOWN, Heat
from inspector.ui.graph_view.ink import ZERO, sequential
from inspector.ui.graph_view.overlays import paint_floating
from inspector.ui.graph_view.painting_heat import SWATCH, paint_swatch
from inspector.ui.graph_view.surface import Surface
from inspector.ui.graph_view.typography import SUBTITLE, TITLE

_WIDTH, _LEAST_WIDTH = 224.0, 120.0
_MARGIN, _PAD, _GAP = 16.0, 12.0, 8.0
_SHADOW = 6.0
_TITLE_H, _BAR_H, _TEXT_H = 18.0, 8.0, 18.0


def legend_rect(heat: Heat, width: float, height: float, overview: QRectF | None) -> QRectF | None:
    """The card's place on a canvas, clear of the overview; None where there is no room."""
    right = width - _MARGIN if overview is None else overview.left() - _GAP
    wide = min(_WIDTH, right - _MARGIN)
    tall = _height(heat)
    if wide < _LEAST_WIDTH or tall + 2 * _MARGIN > height:
        return None
    return QRectF(_MARGIN, round(height - tall - _MARGIN), round(wide), tall)


def _height(heat: Heat) -> float:
    marks = _TEXT_H if heat.scale.has_zero or heat.has_unknown else 0.0
    bar = _BAR_H + _TEXT_H if heat.scale.has_known else 0.0
    return 2 * _PAD - 4 + _TITLE_H + bar + marks


class Legend:
    """Keeps the picture of the card; a frame only copies it."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._picture = QPixmap()

    def paint(self, surface: Surface, card: QRectF) -> None:
        """Title, scale with its ends, and the marks for 0 and for unknown that occur."""
        ratio = surface.ratio
        key = (surface.heat, surface.ink, surface.type, ratio, card.width(), card.height())
        if key != self._key:
            whole = card.size().grownBy(QMarginsF(_SHADOW, _SHADOW, _SHADOW, _SHADOW)) * ratio
            self._picture = QPixmap(whole.toSize())
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._picture)
            inner = QRectF(_SHADOW, _SHADOW, card.width(), card.height())
            _paint_card(replace(surface, painter=painter), inner)
            painter.end()
            self._key = key
        corner = card.topLeft() - QPointF(_SHADOW, _SHADOW)
        surface.painter.drawPixmap(corner, self._picture)


def _paint_card(surface: Surface, card: QRectF) -> None:
    heat = surface.heat
    if heat is None:
        return
    painter, ink, type_, scale = surface.painter, surface.ink, surface.type, heat.scale
    paint_floating(painter, card, ink.card, ink.hairline, 6.0)
    inner = card.adjusted(_PAD, _PAD - 2, -_PAD, -_PAD + 2)
    baseline = inner.top() + 12
    note = "log scale" if scale.log else ""
    room = inner.width() - type_.width(SUBTITLE, note) - (_GAP if note else 0)
    painter.setFont(type_.fixed(TITLE, 12 / 13))
    painter.setPen(ink.text)
    surface.text(inner.left(), baseline, type_.elided(TITLE, heat.given.title, room * 13 / 12))
    painter.setFont(type_.fixed(SUBTITLE, 1.0))
    painter.setPen(ink.secondary)
    surface.text(inner.right() - type_.width(SUBTITLE, note), baseline, note)
    top = inner.top() + _TITLE_H
    if scale.has_known:
        _paint_bar(surface, QRectF(inner.left(), top, inner.width(), _BAR_H))
        top += _BAR_H + _TEXT_H
    _paint_marks(surface, inner.left(), top + 13)


def _paint_bar(surface: Surface, bar: QRectF) -> None:
    heat, painter, type_ = surface.heat, surface.painter, surface.type
    assert heat is not None
    shares = np.linspace(0, 1, 10)
    if heat.scale.high <= heat.scale.low:
        shares = shares[:1] * 0 + 0.5
    gradient = QLinearGradient(bar.left(), 0, bar.right(), 0)
    stops = np.linspace(0, 1, len(shares)).tolist()
    for stop, colour in zip(stops, sequential(shares).tolist(), strict=True):
        gradient.setColorAt(stop, QColor.fromRgb(colour))
    painter.fillRect(bar, gradient)
    low, high = (heat.given.text(value) for value in (heat.scale.low, heat.scale.high))
    painter.setFont(type_.fixed(SUBTITLE, 1.0))
    painter.setPen(surface.ink.text)
    baseline = bar.bottom() + 13
    surface.text(bar.left(), baseline, low)
    if heat.scale.high > heat.scale.low:
        surface.text(bar.right() - type_.width(SUBTITLE, high), baseline, high)


def _paint_marks(surface: Surface, x: float, baseline: float) -> None:
    heat = surface.heat
    assert heat is not None
    nought = "0" if heat.scale.log else "exactly 0"
    shown = (
        (heat.scale.has_zero, ZERO, nought),
        (heat.has_unknown, UNKNOWN, heat.given.missing),
    )
    for occurs, level, text in shown:
        if not occurs:
            continue
        paint_swatch(surface, QRectF(surface.snap(x), baseline - 9, SWATCH, SWATCH), level)
        surface.painter.setFont(surface.type.fixed(SUBTITLE, 1.0))
        surface.painter.setPen(surface.ink.text)
        surface.text(x + SWATCH + 5, baseline, text)
        x += SWATCH + 5 + surface.type.width(SUBTITLE, text) + 16
