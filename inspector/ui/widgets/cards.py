"""Totals as cards: the figure first, its explanation one click away."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from inspector.ui.widgets.figures import short_figure
from inspector.ui.widgets.look import label, theme_of


@dataclass(frozen=True, slots=True)
class CardText:
    """What one card says."""

    title: str
    value: int
    unit: str
    exact: str
    explanation: str
    figure: tuple[str, str] | None = None
    """What stands large and the unit beside it, where that is not `value` made short."""


class Card(QFrame):
    """One total. A click, Enter or Space opens its explanation."""

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.text: CardText | None = None
        self._title = label("", "secondary")
        self._figure = label("–", "figure")
        self._unit = label("", "secondary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.setSpacing(0)
        layout.addWidget(self._title)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._figure)
        row.addWidget(self._unit, 0, Qt.AlignmentFlag.AlignBottom)
        row.addStretch(1)
        layout.addLayout(row)
        self._popover: Popover | None = None
        self.clicked.connect(self.show_explanation)

    def set_text(self, text: CardText) -> None:
        """Shows a total."""
        self.text = text
        figure, unit = text.figure or short_figure(text.value, text.unit)
        self._title.setText(text.title)
        self._figure.setText(figure)
        self._unit.setText(unit)
        self.setToolTip(text.exact)
        self.setAccessibleName(f"{text.title}: {text.exact}")

    def show_explanation(self) -> None:
        """Opens the popover below the card, or above it where there is no room."""
        if self.text is not None:
            self._popover = Popover(self.text, self)
            self._popover.open_at(self)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(max(hint.width(), 104), hint.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.hasFocus() and not self.underMouse():
            return
        theme = theme_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.hairline), 1.5))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 7, 7)


class Popover(QFrame):
    """A small sheet of text that closes by a click elsewhere or Escape."""

    def __init__(self, text: CardText, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("popover")
        theme = theme_of(parent)
        self.setStyleSheet(
            f"#popover {{ background: {theme.raised}; border: 1px solid {theme.outline}; }}"
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(4)
        layout.addWidget(label(text.title, "secondary"))
        layout.addWidget(label(text.exact, wrap=True, copyable=True))
        layout.addWidget(label(text.explanation, "secondary", wrap=True, copyable=True))
        self.setFixedWidth(340)

    def open_at(self, anchor: QWidget) -> None:
        """Opens near a widget, inside its screen."""
        self.adjustSize()
        place = anchor.mapToGlobal(QPoint(0, anchor.height() + 4))
        area = anchor.screen().availableGeometry()
        if place.y() + self.height() > area.bottom():
            place = anchor.mapToGlobal(QPoint(0, -self.height() - 4))
        place.setX(max(min(place.x(), area.right() - self.width()), area.left()))
        self.move(place)
        self.show()
