"""An inline message at the top of the window: what happened, what to do, details on demand."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from inspector.ui.icons import icon
from inspector.ui.theme import LIGHT, Theme

_ICON_SIZE = 20


class MessageBar(QFrame):
    """Not modal: what is open stays usable. Escape or the cross closes it."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._kind = "error"
        self.setProperty("card", True)
        self._icon = QLabel()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.hint.setProperty("role", "secondary")
        self._details_button = QPushButton("Details")
        self._details_button.setFlat(True)
        self._details_button.setCheckable(True)
        self._copy = QPushButton("Copy")
        self._copy.setFlat(True)
        self._copy.clicked.connect(self._copy_text)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setToolTip("Close this message")
        self._close.setAccessibleName("Close this message")
        self._close.clicked.connect(self.dismiss)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setMaximumHeight(160)
        self._details_button.toggled.connect(self.details.setVisible)
        self._arrange()
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Draws the icons in the theme's colours."""
        self._theme = theme
        self._close.setIcon(icon("close", theme, "secondary"))
        self._icon.setPixmap(icon(self._kind, theme).pixmap(_ICON_SIZE, _ICON_SIZE))

    def show_error(self, what: str, hint: str = "", detail: str = "") -> None:
        """Says what went wrong and what to do; `detail` is for a report."""
        self._show("error", what, hint, detail)

    def show_info(self, what: str, hint: str = "") -> None:
        """Says something that is good to know."""
        self._show("info", what, hint, "")

    def dismiss(self) -> None:
        """Closes the message."""
        self.hide()
        self.closed.emit()

    def _show(self, kind: str, what: str, hint: str, detail: str) -> None:
        self._kind = kind
        self._icon.setPixmap(icon(kind, self._theme).pixmap(_ICON_SIZE, _ICON_SIZE))
        self.text.setText(what)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self._details_button.setChecked(False)
        self._details_button.setVisible(bool(detail))
        self.details.setPlainText(detail)
        self.details.hide()
        self.setAccessibleName(what)
        self.show()

    def _copy_text(self) -> None:
        parts = (self.text.text(), self.hint.text(), self.details.toPlainText())
        QGuiApplication.clipboard().setText("\n".join(part for part in parts if part))

    def _arrange(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.text)
        words.addWidget(self.hint)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        for widget in (self._details_button, self._copy, self._close):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 8, 8)
        column.addLayout(row)
        column.addWidget(self.details)
