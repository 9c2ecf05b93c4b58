"""The view of a table of nodes: sorting by its header, many selected rows, copying, bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QGuiApplication, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from inspector.ui.widgets.copy_table import CopyTableView
from inspector.ui.widgets.look import theme_of
from inspector.ui.widgets.row_table import FRACTION_ROLE, Column, Index, RowModel, RowTable

_BAR_HEIGHT = 6
_BAR_TEXT = 86


class RowView(CopyTableView):
    """Shows a `RowTable`. `nodes_selected` tells of the user's selections only."""

    # `object`: Qt would copy a list element by element.
    nodes_selected = Signal(object)

    def __init__(self, columns: Sequence[Column], name: str) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.rows = RowModel(self.columns, self)
        self.setModel(self.rows)
        self._selected: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._quiet = False
        self.setAccessibleName(name)
        self._set_up()
        self._set_up_header()
        self.selectionModel().selectionChanged.connect(self._tell)
        self.rows.modelAboutToBeReset.connect(self._before_reset)
        self.rows.modelReset.connect(self._after_reset)

    def _set_up(self) -> None:
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        for number, column in enumerate(self.columns):
            self.setColumnWidth(number, column.width)
            if column.has_bar:
                self.setItemDelegateForColumn(number, BarDelegate(self))
        # The focus shows as the selected row; a frame around the table says less.
        # The header's text stands above that of the cells, its arrow on the free side.
        self.setStyleSheet(
            "QTableView, QTableView:focus { border: none; }"
            "QHeaderView::section { padding: 6px 11px; }"
            "QHeaderView::down-arrow, QHeaderView::up-arrow { width: 9px; height: 9px;"
            " subcontrol-origin: border; subcontrol-position: top center; top: 1px; }"
        )

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        # With the table's own one it would ask every row whether its column is selected.
        header.setSelectionModel(QItemSelectionModel(self.rows, header))
        header.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        header.setSortIndicatorClearable(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)

    def set_table(self, table: RowTable | None) -> None:
        """Shows another table; nothing is selected in it yet."""
        self._selected = np.zeros(0, np.int64)
        self.rows.set_table(table)

    def update_table(self, table: RowTable) -> None:
        """Shows other figures of the same nodes, with the selection as it is."""
        self.rows.set_table(table)

    def select_nodes(self, nodes: Sequence[int]) -> None:
        """Selects these nodes and scrolls to the first, without telling of it."""
        wanted = np.unique(np.asarray(nodes, np.int64))
        if np.array_equal(wanted, self._selected):
            return
        self._selected = wanted
        self._show_selection(scroll=True)

    def selected_nodes(self) -> list[int]:
        """The selected nodes, also those that the filter hides now."""
        return list(self._selected.tolist())

    def copy(self) -> None:
        """Copies the selected rows with the header, tabs between columns."""
        shown = [i for i in range(len(self.columns)) if not self.isColumnHidden(i)]
        rows = self.rows.rows_of(self._selected).tolist()
        lines = ["\t".join(self.columns[i].title for i in shown)]
        for row in rows:
            cells = (str(self.rows.index(row, i).data()) for i in shown)
            lines.append("\t".join(cells))
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _tell(self) -> None:
        if self._quiet:
            return
        rows = _rows(self.selectionModel().selection())
        nodes = np.unique(self.rows.nodes[rows])
        self._selected = nodes[nodes >= 0]
        self.nodes_selected.emit(self.selected_nodes())

    def _before_reset(self) -> None:
        self._quiet = True

    def _after_reset(self) -> None:
        self._quiet = False
        self._show_selection(scroll=False)

    def _show_selection(self, *, scroll: bool) -> None:
        rows = self.rows.rows_of(self._selected)
        selection = QItemSelection()
        last_column = len(self.columns) - 1
        for first, last in _runs(rows):
            top = self.rows.index(first, 0)
            selection.select(top, self.rows.index(last, last_column))
        self._quiet = True
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().select(selection, flags)
        if rows.size:
            current = self.rows.index(int(rows[0]), 0)
            keep = QItemSelectionModel.SelectionFlag.NoUpdate
            self.selectionModel().setCurrentIndex(current, keep)
            if scroll:
                across = self.horizontalScrollBar().value()
                self.scrollTo(current)
                self.horizontalScrollBar().setValue(across)
        self._quiet = False

    def _choose_columns(self, where: QPoint) -> None:
        menu = QMenu(self)
        for number, column in enumerate(self.columns[1:], 1):
            action = QAction(column.title, menu)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.setData(number)
            menu.addAction(action)
        menu.triggered.connect(
            lambda action: self.setColumnHidden(action.data(), not action.isChecked())
        )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.horizontalHeader().mapToGlobal(where))


class BarDelegate(QStyledItemDelegate):
    """A thin bar left of the figure, on a track that stands for the whole."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        fraction = index.data(FRACTION_ROLE)
        view = self.parent()
        if fraction is None or not isinstance(view, RowView):
            return
        area = QRectF(option.rect).adjusted(11, 0, -_BAR_TEXT, 0)
        if area.width() < 16:
            return
        theme = theme_of(view)
        track = QRectF(area.left(), area.center().y() - _BAR_HEIGHT / 2, area.width(), _BAR_HEIGHT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.hairline))
        painter.drawRoundedRect(track, 3, 3)
        # A sliver stays visible: a small share is not nothing.
        track.setWidth(max(area.width() * min(fraction, 1.0), 2.0))
        painter.setBrush(QColor(theme.accent))
        painter.drawRoundedRect(track, min(3, track.width() / 2), 3)
        painter.restore()


def _rows(selection: QItemSelection) -> npt.NDArray[np.int64]:
    parts = [selection.at(i) for i in range(selection.count())]
    ranges = [np.arange(part.top(), part.bottom() + 1, dtype=np.int64) for part in parts]
    return np.concatenate(ranges) if ranges else np.zeros(0, np.int64)


def _runs(rows: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Ascending rows as runs of neighbours, so that thousands become a few ranges."""
    if not rows.size:
        return []
    breaks = np.flatnonzero(np.diff(rows) > 1)
    firsts = np.concatenate([rows[:1], rows[breaks + 1]])
    lasts = np.concatenate([rows[breaks], rows[-1:]])
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
