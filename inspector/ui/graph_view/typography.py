"""Fonts of the canvas, text widths and elided texts, measured once at 100 %."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF, QGuiApplication

TITLE, SUBTITLE, LABEL, HEADING = range(4)
_PIXELS = {TITLE: 13.0, SUBTITLE: 11.0, LABEL: 10.0, HEADING: 13.0}
_USUAL = 12.0
_CACHE = 20_000


class Type:
    """The canvas's four styles of text. Sizes follow the system font, within what cards hold."""

    def __init__(self) -> None:
        system = QFontInfo(QGuiApplication.font()).pixelSize()
        self.factor = min(max(system / _USUAL, 0.85), 1.25)
        self._base = {style: self._font(style, 1.0) for style in _PIXELS}
        self._metrics = {style: QFontMetricsF(font) for style, font in self._base.items()}
        self._elided: dict[tuple[int, int, str], str] = {}
        self._widths: dict[tuple[int, str], float] = {}
        self._scaled: dict[int, QFont] = {}
        self._scale = 0.0

    def font(self, style: int, scale: float) -> QFont:
        """The font of a style at a scale."""
        if scale != self._scale:
            self._scaled, self._scale = {}, scale
        font = self._scaled.get(style)
        if font is None:
            font = self._scaled[style] = self._font(style, scale)
        return font

    def fixed(self, style: int, scale: float) -> QFont:
        """The font of a style at a scale that is not the view's."""
        return self._font(style, scale)

    def width(self, style: int, text: str) -> float:
        """Width of a text at 100 %."""
        key = style, text
        width = self._widths.get(key)
        if width is None:
            if len(self._widths) > _CACHE:
                self._widths.clear()
            width = self._widths[key] = self._metrics[style].horizontalAdvance(text)
        return width

    def elided(self, style: int, text: str, width: float) -> str:
        """The text, cut in its middle with an ellipsis where it is wider than `width` at 100 %."""
        key = style, int(width), text
        short = self._elided.get(key)
        if short is None:
            if len(self._elided) > _CACHE:
                self._elided.clear()
            mode = Qt.TextElideMode.ElideMiddle
            short = self._elided[key] = self._metrics[style].elidedText(text, mode, width)
        return short

    def _font(self, style: int, scale: float) -> QFont:
        font = QFont(QGuiApplication.font())
        font.setPointSizeF(_points(_PIXELS[style] * self.factor * scale))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        if style in (TITLE, HEADING):
            font.setWeight(QFont.Weight.DemiBold)
        return font


def _points(pixels: float) -> float:
    screen = QGuiApplication.primaryScreen()
    dpi = screen.logicalDotsPerInchY() if screen is not None else 96.0
    return max(pixels * 72.0 / dpi, 1.0)
