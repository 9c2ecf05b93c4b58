"""The theme that a widget wears, and fonts and text fitted to a width."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPalette, QTextLayout, QTextOption
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from inspector.ui.theme import DARK, LIGHT, Theme

GAP = 8
"""The grid of the window, in device-independent pixels."""
ELLIPSIS = "…"


def theme_of(widget: QWidget) -> Theme:
    """The theme that is applied now, told from the palette that every widget has."""
    window = widget.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


def scaled_font(font: QFont, factor: float = 1.0, *, semibold: bool = False) -> QFont:
    """A font of another size or weight that follows the system's."""
    result = QFont(font)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * factor)
    else:
        result.setPixelSize(max(round(font.pixelSize() * factor), 1))
    if semibold:
        result.setWeight(QFont.Weight.DemiBold)
    return result


def elide_middle(text: str, font: QFont, width: float) -> str:
    """The text with its middle left out where it is wider than `width`."""
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideMiddle, width)


def wrap_text(text: str, font: QFont, width: float, most: int) -> list[str]:
    """The text in at most `most` lines of a width; the last one says if more was cut off."""
    if "\n" not in text and QFontMetricsF(font).horizontalAdvance(text) <= width:
        return [text]
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_wrap_paragraph(paragraph, font, max(width, 1.0), most + 1 - len(lines)))
        if len(lines) > most:
            break
    if len(lines) > most:
        metrics = QFontMetricsF(font)
        last = lines[most - 1] + ELLIPSIS * 3
        lines = [*lines[: most - 1], metrics.elidedText(last, Qt.TextElideMode.ElideRight, width)]
    return lines


def _wrap_paragraph(text: str, font: QFont, width: float, most: int) -> list[str]:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout = QTextLayout(text, font)
    layout.setTextOption(option)
    layout.beginLayout()
    lines: list[str] = []
    while len(lines) < most:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        line.setPosition(QPointF())
        lines.append(text[line.textStart() : line.textStart() + line.textLength()].rstrip())
    layout.endLayout()
    return lines or [""]


def label(text: str, role: str = "", *, wrap: bool = False, copyable: bool = False) -> QLabel:
    """A label with one of the stylesheet's roles."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        result.setProperty("role", role)
    result.setWordWrap(wrap)
    if copyable:
        flags = Qt.TextInteractionFlag.TextSelectableByMouse
        result.setTextInteractionFlags(flags | Qt.TextInteractionFlag.TextSelectableByKeyboard)
    return result


def set_role(widget: QWidget, role: str) -> None:
    """Changes a label's role and lets the stylesheet see it."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def hairline() -> QFrame:
    """A thin horizontal line."""
    line = QFrame()
    line.setProperty("hairline", True)
    line.setFixedHeight(1)
    line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return line
