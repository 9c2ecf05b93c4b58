"""One sample of the welcome page, and how far it is while it is being made."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QProgressBar, QSizePolicy, QWidget

from inspector.io.samples import Sample
from inspector.ui.theme import Theme
from inspector.ui.welcome import torch_extra
from inspector.ui.welcome.tiles import Tile, link_button, paint_ground
from inspector.ui.widgets.look import GAP, scaled_font, theme_of

_PADDING = 2 * GAP
_LINE_GAP = 4
_BAR_HEIGHT = 6
# Narrowest grid of each number of columns.
_COLUMNS = ((704, 4), (400, 2), (0, 1))


def progress_bar(parent: QWidget | None = None) -> QProgressBar:
    """A thin bar without text."""
    bar = QProgressBar(parent)
    bar.setRange(0, 1000)
    bar.setTextVisible(False)
    bar.setFixedHeight(_BAR_HEIGHT)
    return bar


def permille(fraction: float) -> int:
    """A fraction, kept within 0 to 1, in the steps of a progress bar."""
    return round(1000 * max(0.0, min(1.0, fraction)))


class SampleCard(Tile):
    """Title, size and cost of a sample. While it is being made, progress stands in their place."""

    cancel_requested = Signal()

    def __init__(self, sample: Sample, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sample = sample
        self._lines = sample.subtitle.split(" · ")
        self._progress: str | None = None
        self._lacks_torch = False
        self.bar = progress_bar(self)
        self.bar.setAccessibleName(f"Progress of {sample.title}")
        self.cancel = link_button("Cancel", padding=2)
        self.cancel.setParent(self)
        self.cancel.setAccessibleName(f"Cancel {sample.title}")
        self.cancel.clicked.connect(self.cancel_requested)
        self.bar.hide()
        self.cancel.hide()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.refresh()

    @property
    def is_making(self) -> bool:
        """Whether the sample is being made now."""
        return self._progress is not None

    def refresh(self) -> None:
        """Looks again whether what the sample needs is installed."""
        self._lacks_torch = torch_extra.lacks_torch(self.sample)
        parts = [self.sample.title, *self._lines]
        if self._lacks_torch:
            parts.append(torch_extra.NEEDS_TORCH)
        self.setAccessibleName(", ".join(parts))
        self.setToolTip("Needs PyTorch and torchvision" if self._lacks_torch else "")
        self.update()

    def set_progress(self, fraction: float, text: str) -> None:
        """Shows how far the sample is, 0 to 1, and what is being done."""
        began, self._progress = not self.is_making, text
        self.bar.setValue(permille(fraction))
        self.setAccessibleDescription(text)
        if began:
            self.bar.show()
            self.cancel.show()
            self.setCursor(Qt.CursorShape.ArrowCursor)
            if self.hasFocus():
                self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.update()

    def clear_progress(self) -> None:
        """Shows the sample as it was."""
        if not self.is_making:
            return
        self._progress = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if self.cancel.hasFocus():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.bar.hide()
        self.cancel.hide()
        self.setAccessibleDescription("")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.update()

    def sizeHint(self) -> QSize:
        title, small = QFontMetrics(self._title_font()), QFontMetrics(self._small_font())
        text = title.height() + GAP + 2 * small.height() + _LINE_GAP
        return QSize(26 * GAP, text + 2 * _PADDING)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def hitButton(self, position: QPoint) -> bool:
        return not self.is_making and super().hitButton(position)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
            self._place_progress()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_progress()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = theme_of(self)
        painter = QPainter(self)
        idle = theme.pane if self.isEnabled() else theme.background
        if self.is_making:
            # It cannot be clicked, so it does not answer the mouse.
            paint_ground(painter, self.rect(), theme.pane, theme.accent)
        else:
            self.paint_state(painter, theme, idle, theme.hairline)
        self._paint_title(painter, theme)
        self._paint_lines(painter, theme)

    def _paint_title(self, painter: QPainter, theme: Theme) -> None:
        area, right = self._title_area(), 0
        if self._lacks_torch and not self.is_making:
            painter.setFont(self._small_font())
            painter.setPen(QColor(theme.warning if self.isEnabled() else theme.disabled))
            painter.drawText(area, _RIGHT, torch_extra.NEEDS_TORCH)
            right = painter.fontMetrics().horizontalAdvance(torch_extra.NEEDS_TORCH) + GAP
        elif self.is_making:
            right = self.cancel.sizeHint().width()
        painter.setPen(QColor(theme.text if self.isEnabled() else theme.disabled))
        _draw_elided(painter, area.adjusted(0, 0, -right, 0), self.sample.title, self._title_font())

    def _paint_lines(self, painter: QPainter, theme: Theme) -> None:
        font = self._small_font()
        height = QFontMetrics(font).height()
        area = self._title_area()
        line = QRect(area.left(), area.bottom() + 1 + GAP, area.width(), height)
        painter.setPen(QColor(theme.secondary if self.isEnabled() else theme.disabled))
        for text in self._lines if self._progress is None else (self._progress,):
            _draw_elided(painter, line, text, font)
            line.translate(0, height + _LINE_GAP)

    def _place_progress(self) -> None:
        area = self._title_area()
        size = self.cancel.sizeHint()
        top = area.center().y() - size.height() // 2 + 1
        # The link's padding reaches into the card's, so that its text ends where the bar does.
        self.cancel.setGeometry(area.right() + GAP - size.width(), top, size.width(), size.height())
        bottom = self.height() - _PADDING - GAP
        self.bar.setGeometry(area.left(), bottom, area.width(), _BAR_HEIGHT)

    def _title_area(self) -> QRect:
        height = QFontMetrics(self._title_font()).height()
        return QRect(_PADDING, _PADDING, self.width() - 2 * _PADDING, height)

    def _title_font(self) -> QFont:
        return scaled_font(self.font(), 1.1, semibold=True)

    def _small_font(self) -> QFont:
        return scaled_font(self.font(), 0.95)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _draw_elided(painter: QPainter, area: QRect, text: str, font: QFont) -> None:
    painter.setFont(font)
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, _LEFT, shown)


class CardGrid(QWidget):
    """Cards in as many columns as have room."""

    def __init__(self, cards: list[SampleCard]) -> None:
        super().__init__()
        self._cards = cards
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2 * GAP)
        self._arrange(_COLUMNS[0][1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(next(count for least, count in _COLUMNS if self.width() >= least))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for place, card in enumerate(self._cards):
            self._grid.addWidget(card, place // columns, place % columns)
        for column in range(max(count for _, count in _COLUMNS)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
