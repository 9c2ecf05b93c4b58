"""What the canvas shows instead of a graph: nothing yet, loading, an empty model, an error."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from inspector.ui.graph_view.ink import Ink
from inspector.ui.graph_view.typography import HEADING, SUBTITLE, Type


class State(Enum):
    """Which picture the canvas paints."""

    BLANK = "blank"
    LOADING = "loading"
    SKELETON = "skeleton"
    GRAPH = "graph"
    EMPTY = "empty"
    ERROR = "error"


@dataclass(frozen=True)
class Message:
    """Words of a state: what it is, and what to do."""

    title: str = ""
    hint: str = ""


EMPTY = Message("This model has no nodes", "Its inputs and initializers are in the property pane.")

_STEMS = ((0, 0), (0, 1), (-1, 2), (1, 2), (-1, 3), (1, 3), (0, 4))
_LINKS = ((0, 1), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 6))


def paint_skeleton(painter: QPainter, ink: Ink, width: float, height: float) -> None:
    """The outline of a graph that is about to be there."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    left, top = width / 2 - 84, max(height / 2 - 5 * 41, 24)
    centres = [QPointF(left + 84 + x * 110, top + 23 + y * 82) for x, y in _STEMS]
    painter.setPen(QPen(ink.hairline, 1.0))
    for a, b in _LINKS:
        painter.drawLine(centres[a] + QPointF(0, 23), centres[b] - QPointF(0, 23))
    for centre in centres:
        rect = QRectF(centre.x() - 84, centre.y() - 23, 168, 46)
        painter.setPen(QPen(ink.hairline, 1.0))
        painter.setBrush(ink.card)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.hairline)
        painter.drawRoundedRect(QRectF(rect.left() + 14, rect.top() + 11, 56, 9), 3, 3)
        painter.drawRoundedRect(QRectF(rect.left() + 14, rect.top() + 28, 92, 7), 3, 3)


def paint_message(
    painter: QPainter,
    ink: Ink,
    type_: Type,
    message: Message,
    width: float,
    height: float,
    error: bool,
) -> None:
    """A title and a hint in the middle."""
    middle = height / 2
    wide = min(width - 64, 640.0)
    painter.setFont(type_.fixed(HEADING, 1.25))
    painter.setPen(ink.theme.error if error else ink.text)
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
    title = QRectF((width - wide) / 2, middle - 64, wide, 56)
    painter.drawText(title, flags | Qt.AlignmentFlag.AlignBottom, message.title)
    painter.setFont(type_.fixed(SUBTITLE, 1.1))
    painter.setPen(ink.secondary)
    hint = QRectF((width - wide) / 2, middle + 4, wide, 160)
    painter.drawText(hint, flags | Qt.AlignmentFlag.AlignTop, message.hint)
