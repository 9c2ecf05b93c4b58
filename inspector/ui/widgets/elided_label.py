"""One line of text that never runs out of its place and can always be copied whole."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from inspector.ui.widgets.look import elide_middle, scaled_font, theme_of


class ElidedLabel(QWidget):
    """Shows the middle of a long text as an ellipsis and the whole in its tooltip.

    A click selects it; Ctrl+C and its menu copy the whole text.
    """

    def __init__(self, text: str = "", *, factor: float = 1.0, semibold: bool = False) -> None:
        super().__init__()
        self._text = ""
        self._colour = "text"
        self._factor = factor
        self._semibold = semibold
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.setText(text)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def setText(self, text: str) -> None:
        """Shows another text."""
        self._text = text
        self.setAccessibleName(text)
        self._follow_width()
        self.update()

    def set_colour(self, name: str) -> None:
        """A colour of the theme by name, or ``category:NAME``."""
        self._colour = name
        self.update()

    def copy(self) -> None:
        """Puts the whole text on the clipboard."""
        QGuiApplication.clipboard().setText(self._text)

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._font())
        return QSize(round(metrics.horizontalAdvance(self._text)) + 2, round(metrics.height()) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = theme_of(self)
        painter = QPainter(self)
        area = QRectF(self.rect())
        font = self._font()
        shown = elide_middle(self._text, font, area.width())
        if self.hasFocus():
            wide = QFontMetricsF(font).horizontalAdvance(shown)
            painter.fillRect(QRectF(0, 0, min(wide, area.width()), area.height()), theme.selection)
        category = self._colour.partition("category:")[2]
        colour = theme.category(category) if category else str(getattr(theme, self._colour))
        painter.setPen(QColor(colour))
        painter.setFont(font)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def event(self, event: QEvent) -> bool:
        is_copy = isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Copy)
        if event.type() == QEvent.Type.ShortcutOverride and is_copy:
            event.accept()
            return True
        if event.type() == QEvent.Type.Resize:
            self._follow_width()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def _font(self) -> QFont:
        return scaled_font(self.font(), self._factor, semibold=self._semibold)

    def _follow_width(self) -> None:
        cut = elide_middle(self._text, self._font(), self.width()) != self._text
        self.setToolTip(self._text if cut else "")

    def _show_menu(self, where: QPoint) -> None:
        menu = QMenu(self)
        action = QAction("Copy", menu)
        action.triggered.connect(self.copy)
        menu.addAction(action)
        menu.popup(self.mapToGlobal(where))
        menu.aboutToHide.connect(menu.deleteLater)
