"""What can be clicked on the welcome page: its ground, hover, press, focus and keys."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QPushButton, QWidget

from inspector.ui.theme import Theme

RADIUS = 8
# A flat button whose text begins 8 px from its edge, as that of a row does.
_LINK_STYLE = """
QPushButton {{ padding: {0}px 7px; min-height: 0; }}
QPushButton:focus {{ padding: {1}px 6px; }}
QPushButton:disabled {{ color: palette(dark); }}
"""


def link_button(text: str = "", *, padding: int = 5) -> QPushButton:
    """A button that looks like a link; padding is above and below its text."""
    link = QPushButton(text)
    link.setFlat(True)
    link.setAutoDefault(False)
    link.setStyleSheet(_LINK_STYLE.format(padding, padding - 1))
    link.setCursor(Qt.CursorShape.PointingHandCursor)
    return link


def paint_ground(
    painter: QPainter, rect: QRect, fill: str, border: str = "", width: float = 1.0
) -> None:
    """A rounded rectangle with a border inside its edge; either may be left out."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(border), width) if border else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
    inset = width / 2 if border else 0.0
    painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)


class Tile(QAbstractButton):
    """A button that paints itself; Enter presses it as Space does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def paint_state(self, painter: QPainter, theme: Theme, fill: str, border: str) -> None:
        """The ground for the state the tile is in."""
        if self.isEnabled() and self.isDown():
            fill = theme.selection
        elif self.isEnabled() and self.underMouse():
            fill = theme.hover
        paint_ground(painter, self.rect(), fill, border)
        if self.hasFocus():
            paint_ground(painter, self.rect(), "", theme.accent, 2.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)
