"""Files opened before, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QDate, QEvent, QLocale, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from inspector.ui.welcome.tiles import Tile, link_button
from inspector.ui.widgets.figures import short_text
from inspector.ui.widgets.look import GAP, elide_middle, label, scaled_font, theme_of

SHOWN_AT_FIRST = 5
_MISSING = "not found"
_WIDE = 560
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class RecentFile:
    """A file as its row shows it; size in bytes, or -1 where the file is gone."""

    path: Path
    size: int
    changed: datetime | None

    @classmethod
    def of(cls, path: Path) -> RecentFile:
        """What is on the disk now."""
        try:
            if not path.is_file():
                return cls(path, -1, None)
            found = path.stat()
        except (OSError, ValueError):
            return cls(path, -1, None)
        return cls(path, found.st_size, datetime.fromtimestamp(found.st_mtime))

    @property
    def exists(self) -> bool:
        return self.changed is not None

    @property
    def folder(self) -> str:
        """The folder, with the user's own as ``~``."""
        folder, home = str(self.path.parent), str(Path.home())
        if folder == home or folder.startswith(home.rstrip("/\\") + self.path.anchor[-1:]):
            return "~" + folder[len(home.rstrip("/\\")) :]
        return folder


def date_text(moment: datetime, today: date) -> str:
    """A date as people say it: the time for today, then yesterday, then the day."""
    if moment.date() == today:
        return f"today {moment:%H:%M}"
    if moment.date() == today - timedelta(days=1):
        return "yesterday"
    return QLocale().toString(QDate(moment.year, moment.month, moment.day), "d MMM yyyy")


class RecentRow(Tile):
    """Name, folder, size and date of a file; one that is gone cannot be clicked."""

    def __init__(self, file: RecentFile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.file = file
        self._size = short_text(file.size, "B") if file.exists else ""
        self._date = date_text(file.changed, date.today()) if file.changed else _MISSING
        self.setEnabled(file.exists)
        self.setToolTip(str(file.path) if file.exists else f"{file.path} is not there any more")
        details = [part for part in (file.folder, self._size, self._date) if part]
        self.setAccessibleName(", ".join([file.path.name, *details]))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(_WIDE, QFontMetrics(self.font()).height() + 2 * GAP + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = theme_of(self)
        painter = QPainter(self)
        self.paint_state(painter, theme, "", "")
        strong = QColor(theme.text if self.isEnabled() else theme.disabled)
        faint = QColor(theme.secondary if self.isEnabled() else theme.disabled)
        name_font, font = scaled_font(self.font(), semibold=True), scaled_font(self.font())
        name, folder, size, day = self._areas(font)
        painter.setPen(strong)
        _draw(painter, name, self.file.path.name, name_font, _LEFT)
        painter.setPen(faint)
        _draw(painter, folder, self.file.folder, font, _LEFT)
        _draw(painter, size, self._size, font, _RIGHT)
        _draw(painter, day, self._date, font, _RIGHT)

    def _areas(self, font: QFont) -> tuple[QRect, QRect, QRect, QRect]:
        """Where name, folder, size and date stand; the folder gives way where there is no room."""
        metrics = QFontMetrics(font)
        area = self.rect().adjusted(GAP, 0, -GAP, 0)
        day_width = metrics.horizontalAdvance("00 MMM 0000") + 2 * GAP
        size_width = metrics.horizontalAdvance("000.0 MB") + 2 * GAP
        day = QRect(area.right() + 1 - day_width, area.top(), day_width, area.height())
        size = day.translated(-size_width, 0)
        size.setWidth(size_width)
        free = size.left() - area.left()
        name_width = free * 2 // 5 if area.width() >= _WIDE else free
        name = QRect(area.left(), area.top(), name_width - 2 * GAP, area.height())
        folder = QRect(area.left() + name_width, area.top(), free - name_width, area.height())
        return name, folder, size, day


def _draw(painter: QPainter, area: QRect, text: str, font: QFont, align: Qt.AlignmentFlag) -> None:
    if area.width() > 0:
        painter.setFont(font)
        painter.drawText(area, align, elide_middle(text, font, area.width()))


class RecentList(QWidget):
    """The newest files, and the others behind a button. Hidden where there are none."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[RecentRow] = []
        self._all = False
        title = label("RECENT", "section")
        title.setContentsMargins(GAP, 0, 0, 0)
        self.more = link_button()
        self.more.clicked.connect(self._show_all)
        self._place = QVBoxLayout()
        self._place.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 3 * GAP)
        column.setSpacing(GAP)
        column.addWidget(title)
        column.addLayout(self._place)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def set_files(self, paths: Sequence[Path]) -> None:
        """Shows other files, newest first."""
        for row in self.rows:
            self._place.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [self._row(path) for path in paths]
        self._limit()
        self.setVisible(bool(self.rows))

    def _row(self, path: Path) -> RecentRow:
        row = RecentRow(RecentFile.of(path), self)
        row.clicked.connect(lambda: self.chosen.emit(str(path)))
        self._place.addWidget(row)
        return row

    def _limit(self) -> None:
        hidden = 0 if self._all else max(len(self.rows) - SHOWN_AT_FIRST, 0)
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(self.rows) - hidden)
        self.more.setText(f"Show all {len(self.rows)}")
        self.more.setVisible(hidden > 0)

    def _show_all(self) -> None:
        self._all = True
        self._limit()
        self.rows[SHOWN_AT_FIRST].setFocus(Qt.FocusReason.OtherFocusReason)
