"""Every sample that the program can make, to search and sort."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from inspector.io.samples import Sample, all_samples
from inspector.ui.welcome import torch_extra
from inspector.ui.widgets.look import GAP, label, theme_of

Index = QModelIndex | QPersistentModelIndex
_HEADERS = ("Model", "Parameters", "MACs", "Input", "")
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_SORT_ROLE = Qt.ItemDataRole.UserRole
_MARK = 4
_WALKING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class SamplesModel(QAbstractTableModel):
    """One row for each sample; figures sort as numbers."""

    def __init__(self, samples: Sequence[Sample], has_torch: bool, warning: str) -> None:
        super().__init__()
        self.samples = samples
        self.has_torch = has_torch
        self._warning = QColor(warning)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.samples)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_HEADERS)

    def lacks_torch(self, sample: Sample) -> bool:
        """Whether the sample cannot be made here for want of torch."""
        return sample.needs_torch and not self.has_torch

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        sample, column = self.samples[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts(sample)[column]
        if role == _SORT_ROLE:
            lacks = self.lacks_torch(sample)
            keys = (sample.title.lower(), sample.parameters, sample.gmacs, sample.image_size, lacks)
            return keys[column]
        if role == Qt.ItemDataRole.TextAlignmentRole and 0 < column < _MARK:
            return _RIGHT
        if role == Qt.ItemDataRole.ForegroundRole and column == _MARK:
            return self._warning
        if role == Qt.ItemDataRole.AccessibleTextRole and column == 0:
            return ", ".join(text for text in self._texts(sample) if text)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _HEADERS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section else _LEFT
        return None

    def _texts(self, sample: Sample) -> tuple[str, ...]:
        parameters, macs = sample.subtitle.split(" · ")
        size = f"{sample.image_size} × {sample.image_size}"
        mark = torch_extra.NEEDS_TORCH if self.lacks_torch(sample) else ""
        return (
            sample.title,
            parameters.removesuffix(" parameters"),
            macs.removesuffix(" MACs"),
            size,
            mark,
        )


class _Filter(QSortFilterProxyModel):
    """Keeps samples whose title or key holds every word; punctuation does not matter."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        super().__init__()
        self._names = [f"{_plain(sample.title)} {_plain(sample.key)}" for sample in samples]
        self._words: list[str] = []
        self.setSortRole(_SORT_ROLE)

    def search(self, text: str) -> None:
        self.beginFilterChange()
        self._words = [_plain(word) for word in text.split()]
        self.endFilterChange()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        return all(word in self._names[row] for word in self._words)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower().replace("×", "x"))


class SamplesDialog(QDialog):
    """Asks for a sample. `chosen` tells its key once the dialog has been accepted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open Sample")
        self.resize(640, 560)
        self._chosen: str | None = None
        samples = all_samples()
        has_torch = torch_extra.torch_is_installed()
        self.model = SamplesModel(samples, has_torch, theme_of(self).warning)
        self._rows = _Filter(samples)
        self._rows.setSourceModel(self.model)
        self.search = QLineEdit()
        self.search.setPlaceholderText(f"Search {len(samples)} models")
        self.search.setAccessibleName("Search models")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search)
        self.search.installEventFilter(self)
        self.table = self._make_table(has_torch)
        self.nothing = label("", "secondary")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.nothing)
        self.note = torch_extra.TorchNote()
        self._make_buttons()
        self._arrange()
        self.table.selectionModel().currentRowChanged.connect(lambda: self._follow())
        self._search("")
        self.search.setFocus()

    def chosen(self) -> str | None:
        """The key of the sample that was opened, or None."""
        return self._chosen

    def current(self) -> Sample | None:
        """The sample in the selected row."""
        index = self._rows.mapToSource(self.table.currentIndex())
        return self.model.samples[index.row()] if index.isValid() else None

    def accept(self) -> None:
        sample = self.current()
        if sample is not None and self.open_button.isEnabled():
            self._chosen = sample.key
            super().accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that walk a list do so from the search field as well."""
        if (
            watched is self.search
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in _WALKING
        ):
            self.table.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    # Construction ------------------------------------------------------------------------------

    def _make_table(self, has_torch: bool) -> QTableView:
        table = QTableView()
        table.setModel(self._rows)
        table.setAccessibleName("Models")
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 2 * GAP)
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        table.setColumnHidden(_MARK, has_torch)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.doubleClicked.connect(lambda _: self.accept())
        return table

    def _make_buttons(self) -> None:
        standard = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(standard.Open | standard.Cancel)
        self.open_button = self._buttons.button(standard.Open)
        self.open_button.setDefault(True)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)

    def _arrange(self) -> None:
        about = "Classification models of torchvision, with seeded random weights."
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        column.setSpacing(GAP)
        column.addWidget(label(about, "secondary", wrap=True))
        column.addWidget(self.search)
        column.addWidget(self._stack, 1)
        column.addWidget(self.note)
        column.addSpacing(GAP)
        column.addWidget(self._buttons)

    # Behaviour ---------------------------------------------------------------------------------

    def _search(self, text: str) -> None:
        self._rows.search(text)
        found = self._rows.rowCount() > 0
        self.nothing.setText(f"No model is called “{text.strip()}”.")
        self._stack.setCurrentWidget(self.table if found else self.nothing)
        if found:
            self.table.selectRow(0)
            self.table.scrollToTop()
        self._follow()

    def _follow(self) -> None:
        sample = self.current()
        lacking = sample is not None and self.model.lacks_torch(sample)
        self.open_button.setEnabled(sample is not None and not lacking)
        if sample is not None and lacking:
            self.note.show_for(sample)
        else:
            self.note.hide()
