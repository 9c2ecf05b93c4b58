"""Horizontal bars in the colours of the operator categories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from inspector.analysis.figures import Figures
from inspector.model.categories import CATEGORIES, category_of
from inspector.model.graph import Graph
from inspector.ui.widgets.figures import percent_text, short_name, short_text
from inspector.ui.widgets.look import elide_middle, theme_of

_MOST_BARS = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `nodes` are selected when it is clicked."""

    name: str
    value: int
    text: str
    category: str
    nodes: tuple[int, ...]
    tip: str = ""


def bars_by_node(graph: Graph, figures: Figures, field: str, unit: str) -> list[Bar]:
    """The nodes with the largest figures."""
    column = getattr(figures, field)
    top = np.argsort(-column, kind="stable")[:_MOST_BARS]
    total = max(int(column[column > 0].sum()), 1)
    return [
        Bar(
            short_name(graph.names[node], graph.op_types[node]),
            int(column[node]),
            short_text(int(column[node]), unit),
            str(CATEGORIES[graph.categories[node]]),
            (node,),
            _tip(graph.names[node], int(column[node]), unit, total),
        )
        for node in top.tolist()
        if column[node] > 0
    ]


def bars_by_category(graph: Graph, figures: Figures, field: str, unit: str) -> list[Bar]:
    """Sums over the operator categories, largest first."""
    column = np.maximum(getattr(figures, field), 0)
    total = max(int(column.sum()), 1)
    bars = []
    for code, category in enumerate(CATEGORIES):
        nodes = np.flatnonzero(graph.categories == code)
        value = int(column[nodes].sum())
        if value > 0:
            tip = _tip(str(category), value, unit, total)
            text = short_text(value, unit)
            members = tuple(nodes.tolist())
            bars.append(Bar(str(category), value, text, str(category), members, tip))
    return sorted(bars, key=lambda bar: -bar.value)


def bars_of_operators(graph: Graph) -> list[Bar]:
    """How many nodes there are of each operator type, most frequent first."""
    nodes: defaultdict[str, list[int]] = defaultdict(list)
    for node, op_type in enumerate(graph.op_types):
        nodes[op_type].append(node)
    ranked = sorted(nodes.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        Bar(
            op_type,
            len(members),
            f"{len(members):,}",
            str(category_of(op_type)),
            tuple(members),
            _tip(op_type, len(members), "nodes", graph.node_count),
        )
        for op_type, members in ranked
    ]


def _tip(name: str, value: int, unit: str, total: int) -> str:
    return f"{name}\n{value:,} {unit or 'MACs'} · {percent_text(value / total)}"


class BarChart(QWidget):
    """Bars from the largest to the smallest; a click or Enter selects the nodes of one."""

    activated = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._bars: list[Bar] = []
        self._current = -1
        self._hovered = -1
        self._hint = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Chart")

    @property
    def bars(self) -> Sequence[Bar]:
        """The bars shown."""
        return self._bars

    def set_bars(self, bars: list[Bar], hint: str = "Nothing to show.") -> None:
        """Shows other bars; `hint` stands where there are none."""
        self._bars = bars
        self._hint = hint
        self._current = self._hovered = -1
        self.setAccessibleDescription(", ".join(f"{bar.name} {bar.text}" for bar in bars[:10]))
        self.updateGeometry()
        self.update()

    def row_height(self) -> int:
        """Height of one bar with its space."""
        return round(QFontMetricsF(self.font()).height()) + 8

    def sizeHint(self) -> QSize:
        return QSize(280, max(len(self._bars), 1) * self.row_height() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = theme_of(self)
        if not self._bars:
            painter.setPen(QColor(theme.secondary))
            painter.drawText(self.rect().adjusted(8, 0, -8, 0), _LEFT, self._hint)
            return
        metrics = QFontMetricsF(self.font())
        names = max(metrics.horizontalAdvance(bar.name) for bar in self._bars)
        name_width = min(names + 2, self.width() * 0.42)
        value_width = max(metrics.horizontalAdvance(bar.text) for bar in self._bars) + 2
        height = self.row_height()
        first = max(event.rect().top() // height, 0)
        last = min(event.rect().bottom() // height + 1, len(self._bars))
        for row in range(first, last):
            self._paint_bar(painter, row, name_width, value_width, theme)

    def _paint_bar(
        self, painter: QPainter, row: int, name_width: float, value_width: float, theme
    ) -> None:
        bar, height = self._bars[row], self.row_height()
        area = QRectF(0, row * height, self.width(), height)
        if row in (self._hovered, self._current):
            colour = theme.selection if row == self._current else theme.hover
            painter.fillRect(area, QColor(colour))
        if row == self._current and self.hasFocus():
            painter.fillRect(QRectF(0, area.top(), 3, height), QColor(theme.accent))
        inner = area.adjusted(8, 0, -8, 0)
        painter.setPen(QColor(theme.text))
        name = elide_middle(bar.name, self.font(), name_width)
        painter.drawText(inner, _LEFT, name)
        painter.drawText(inner, _RIGHT, bar.text)
        left = inner.left() + name_width + 12
        room = inner.right() - value_width - 12 - left
        length = max(room * bar.value / max(self._bars[0].value, 1), 2.0)
        painter.setPen(QPen(Qt.PenStyle.NoPen))
        painter.setBrush(QColor(theme.category(bar.category)))
        painter.drawRoundedRect(QRectF(left, area.center().y() - 5, length, 10), 2, 2)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._row_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._activate(self._row_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self._bars:
            self._current = min(max(self._current + step, 0), len(self._bars) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._activate(self._current)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self._row_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._bars[row].tip if row >= 0 else "", self)
            return True
        return super().event(event)

    def _row_at(self, where: QPointF) -> int:
        row = int(where.y() // self.row_height())
        return row if 0 <= row < len(self._bars) else -1

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            hand, arrow = Qt.CursorShape.PointingHandCursor, Qt.CursorShape.ArrowCursor
            self.setCursor(hand if row >= 0 else arrow)
            self.update()

    def _activate(self, row: int) -> None:
        if row >= 0:
            self._current = row
            self.update()
            self.activated.emit(list(self._bars[row].nodes))


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
