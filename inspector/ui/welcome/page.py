"""The page of the window while no file is open: open one, take a recent one, or a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from inspector.app.actions import ActionId, action
from inspector.io.samples import featured_samples, find_sample
from inspector.ui.icons import app_icon
from inspector.ui.theme import Theme
from inspector.ui.welcome import torch_extra
from inspector.ui.welcome.recent_list import RecentList
from inspector.ui.welcome.sample_card import (
    CardGrid,
    SampleCard,
    permille,
    progress_bar,
)
from inspector.ui.welcome.tiles import link_button
from inspector.ui.widgets.look import GAP, label, scaled_font

if TYPE_CHECKING:
    from inspector.ui.dialogs.samples_dialog import SamplesDialog

NAME = "Graph Inspector"
PURPOSE = (
    "See the graph of a neural network, read what it costs, "
    "tile its Linear layers and verify the result."
)
_WIDEST = 880
_ICON = 64


class WelcomePage(QWidget):
    """Nothing is open.

    Signals: ``open_requested`` asks for a file dialog, ``recent_requested`` names a file,
    ``sample_requested`` the key of a sample that can be made here, ``cancel_requested`` stops
    the sample that is being made.
    """

    open_requested = Signal()
    recent_requested = Signal(str)
    sample_requested = Signal(str)
    cancel_requested = Signal()

    def __init__(
        self, recent_files: Callable[[], Sequence[Path]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._recent_files = recent_files
        self._making = ""
        self._make_parts()
        self._arrange()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.refresh()

    def refresh(self) -> None:
        """Looks again at the recent files and at what is installed."""
        self.recent.set_files(self._recent_files())
        for card in self.cards.values():
            card.refresh()
        self._order_tabs()
        self._follow_making()

    def set_theme(self, theme: Theme) -> None:
        """Follows the theme of the window; colours come from it when the page is painted."""
        self._show_icon()
        self.update()

    def set_sample_progress(self, key: str, fraction: float, text: str) -> None:
        """Shows how far the sample is, 0 to 1; nothing else can be chosen meanwhile."""
        if self._making != key:
            self.clear_sample_progress(self._making)
            self._making = key
            self.note.hide()
            self._follow_making()
        if key in self.cards:
            self.cards[key].set_progress(fraction, text)
            return
        self.line_text.setText(text or find_sample(key).title)
        self.line_bar.setValue(permille(fraction))
        self.line.show()

    def clear_sample_progress(self, key: str) -> None:
        """The sample is made, cancelled or failed."""
        if not key or key != self._making:
            return
        self._making = ""
        self.line.hide()
        self._follow_making()
        if key in self.cards:
            self.cards[key].clear_progress()

    def showEvent(self, event: QShowEvent) -> None:
        """Takes the focus itself: no part is marked before a key is pressed, and Tab goes on."""
        super().showEvent(event)
        focused = QApplication.focusWidget()
        if focused is None or not self.isAncestorOf(focused):
            self.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._name.setFont(scaled_font(self.font(), 2.0, semibold=True))

    # Construction ------------------------------------------------------------------------------

    def _make_parts(self) -> None:
        self._icon = QLabel()
        self._icon.setFixedSize(_ICON, _ICON)
        self._show_icon()
        self._name = label(NAME)
        self._name.setFont(scaled_font(self.font(), 2.0, semibold=True))
        self.open_button = QPushButton("Open model…")
        self.open_button.setProperty("primary", True)
        self.open_button.clicked.connect(self.open_requested)
        self.recent = RecentList()
        self.recent.chosen.connect(self.recent_requested)
        self.cards = {sample.key: SampleCard(sample) for sample in featured_samples()}
        for card in self.cards.values():
            card.clicked.connect(lambda _=False, key=card.sample.key: self._choose(key))
            card.cancel_requested.connect(self.cancel_requested)
        self.note = torch_extra.TorchNote()
        self.more = link_button("More models of the torchvision zoo…")
        self.more.clicked.connect(self._show_more)
        self._make_line()

    def _make_line(self) -> None:
        """How far a sample is that has no card."""
        self.line = QWidget()
        self.line_text = label("", "secondary")
        self.line_bar = progress_bar()
        self.line_bar.setFixedWidth(20 * GAP)
        self.line_bar.setAccessibleName("Progress")
        self.line_cancel = link_button("Cancel", padding=2)
        self.line_cancel.clicked.connect(self.cancel_requested)
        row = QHBoxLayout(self.line)
        row.setContentsMargins(GAP, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addWidget(self.line_bar)
        row.addWidget(self.line_text)
        row.addWidget(self.line_cancel)
        row.addStretch(1)
        self.line.hide()

    def _arrange(self) -> None:
        column = QWidget()
        # Rows and flat buttons reach 8 px beyond the text, so that all text begins at one line.
        column.setMaximumWidth(_WIDEST + 2 * GAP)
        parts = QVBoxLayout(column)
        parts.setContentsMargins(0, 5 * GAP, 0, 4 * GAP)
        parts.setSpacing(0)
        parts.addLayout(self._header())
        parts.addSpacing(3 * GAP)
        parts.addLayout(self._open_row())
        parts.addSpacing(4 * GAP)
        parts.addWidget(self.recent)
        parts.addLayout(self._samples())
        content = QWidget()
        page = QVBoxLayout(content)
        page.setContentsMargins(3 * GAP, 0, 3 * GAP, 0)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(column, 1000)
        middle.addStretch(1)
        page.addStretch(2)
        page.addLayout(middle)
        page.addStretch(3)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        self.area.setWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.area)

    def _header(self) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addStretch(1)
        words.addWidget(self._name)
        words.addWidget(label(PURPOSE, "secondary", wrap=True))
        words.addStretch(1)
        row = QHBoxLayout()
        row.setContentsMargins(GAP, 0, GAP, 0)
        row.setSpacing(2 * GAP)
        row.addWidget(self._icon)
        row.addLayout(words, 1)
        return row

    def _open_row(self) -> QHBoxLayout:
        keys = QKeySequence(action(ActionId.FILE_OPEN).shortcuts[0])
        native = keys.toString(QKeySequence.SequenceFormat.NativeText)
        row = QHBoxLayout()
        row.setContentsMargins(GAP, 0, GAP, 0)
        row.setSpacing(2 * GAP)
        row.addWidget(self.open_button)
        row.addWidget(label(native, "secondary"))
        row.addWidget(label("or drop an .onnx file here", "secondary"))
        row.addStretch(1)
        return row

    def _samples(self) -> QVBoxLayout:
        framed = QVBoxLayout()
        framed.setContentsMargins(GAP, 0, GAP, 0)
        framed.setSpacing(GAP)
        framed.addWidget(label("SAMPLES", "section"))
        framed.addWidget(CardGrid(list(self.cards.values())))
        framed.addSpacing(GAP)
        framed.addWidget(self.note)
        result = QVBoxLayout()
        result.setSpacing(GAP)
        result.addLayout(framed)
        result.addWidget(self.line)
        result.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        return result

    def _order_tabs(self) -> None:
        """Tab goes down the page; rows are newer than the parts beneath them."""
        chain: list[QWidget] = [self.open_button, *self.recent.rows, self.recent.more]
        for card in self.cards.values():
            chain += [card, card.cancel]
        chain += [self.note.command, self.note.copy_button, self.line_cancel, self.more]
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    # Behaviour ---------------------------------------------------------------------------------

    def _choose(self, key: str) -> None:
        card = self.cards[key]
        card.refresh()
        if torch_extra.lacks_torch(card.sample):
            self.note.show_for(card.sample)
            # Its place is known only once the layout has run.
            QTimer.singleShot(0, self.note, lambda: self.area.ensureWidgetVisible(self.note))
            return
        self.note.hide()
        self.sample_requested.emit(key)

    def _show_more(self) -> None:
        from inspector.ui.dialogs.samples_dialog import SamplesDialog

        dialog = SamplesDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(lambda result: self._take(dialog, result))
        dialog.open()

    def _take(self, dialog: SamplesDialog, result: int) -> None:
        key = dialog.chosen()
        if result == QDialog.DialogCode.Accepted and key:
            self.note.hide()
            self.sample_requested.emit(key)

    def _follow_making(self) -> None:
        idle = not self._making
        for key, card in self.cards.items():
            card.setEnabled(idle or key == self._making)
        for part in (self.open_button, self.recent, self.more):
            part.setEnabled(idle)

    def _show_icon(self) -> None:
        size = QSize(_ICON, _ICON)
        self._icon.setPixmap(app_icon().pixmap(size, self.devicePixelRatioF()))
