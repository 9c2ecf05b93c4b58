"""The field at the top of the window that finds nodes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from inspector.ui.icons import icon
from inspector.ui.theme import Theme

_DELAY_MS = 80


class SearchBar(QWidget):
    """A field, how many nodes match, and the way to the next and the previous one.

    Enter and Shift+Enter walk through the hits, Escape clears the field.
    """

    query_changed = Signal(str)
    next_requested = Signal()
    previous_requested = Signal()
    left = Signal()
    """Escape in an empty field: the keyboard goes back to the graph."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search nodes, tensors, shapes…   Ctrl+F")
        self.field.setAccessibleName("Search")
        self.field.setClearButtonEnabled(True)
        self.field.setMinimumWidth(260)
        self._glass = QAction(self)
        self.field.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.count = QLabel()
        self.count.setProperty("role", "secondary")
        self.count.setMinimumWidth(self.count.fontMetrics().horizontalAdvance("9,999 of 99,999"))
        self._previous = self._button("Previous match (Shift+F3)", self.previous_requested)
        self._next = self._button("Next match (F3)", self.next_requested)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_DELAY_MS)
        self._delay.timeout.connect(self._announce)
        self.field.textChanged.connect(lambda: self._delay.start())
        self.field.installEventFilter(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        for widget in (self.count, self._previous, self._next):
            row.addWidget(widget)
        self.set_result(0, -1)

    def set_theme(self, theme: Theme) -> None:
        """Draws the icons in the theme's colours."""
        self._glass.setIcon(icon("search", theme, "secondary"))
        self._previous.setIcon(icon("previous", theme, "secondary"))
        self._next.setIcon(icon("next", theme, "secondary"))

    def set_result(self, count: int, current: int) -> None:
        """Shows how many nodes match and which of them is shown, -1 for none yet."""
        searching = bool(self.field.text().strip())
        empty = searching and not count
        if not searching:
            text = ""
        elif empty:
            text = "No match"
        elif current < 0:
            text = f"{count:,} found"
        else:
            text = f"{current + 1:,} of {count:,}"
        self.count.setText(text)
        for button in (self._previous, self._next):
            button.setVisible(count > 0)
        if self.field.property("invalid") != empty:
            self.field.setProperty("invalid", empty)
            self.field.style().unpolish(self.field)
            self.field.style().polish(self.field)

    def begin(self) -> None:
        """Takes the keyboard, with the old query selected."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._delay.isActive():
                self._announce()
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            (self.previous_requested if back else self.next_requested).emit()
            return True
        if event.key() == Qt.Key.Key_Escape:
            if not self.field.text():
                self.left.emit()
            self.field.clear()
            return True
        return False

    def _announce(self) -> None:
        self._delay.stop()
        self.query_changed.emit(self.field.text())

    def _button(self, tip: str, signal: SignalInstance) -> QToolButton:
        button = QToolButton()
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setAutoRaise(True)
        button.clicked.connect(signal)
        return button
