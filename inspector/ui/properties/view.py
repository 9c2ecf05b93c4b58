"""The list of sections and rows: links, folding, tooltips and copying."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QMenu, QToolTip, QTreeView

from inspector.analysis.weight_stats import WeightStats
from inspector.ui.properties.delegate import RowDelegate
from inspector.ui.properties.histogram import bin_text
from inspector.ui.properties.model import PageModel
from inspector.ui.properties.sections import Page, Row, RowKind


class PageView(QTreeView):
    """Shows a page. `link_activated` carries the `Link` of the row clicked or entered,
    `address_activated` the web address of a link in a document."""

    link_activated = Signal(object)
    address_activated = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._model = PageModel(self)
        self._delegate = RowDelegate(self, self._model)
        self._folded: dict[str, bool] = {}
        self._pressed = QPersistentModelIndex()
        self._look_up()
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.expanded.connect(lambda index: self._remember(index, False))
        self.collapsed.connect(lambda index: self._remember(index, True))
        self.customContextMenuRequested.connect(self._show_menu)

    def _look_up(self) -> None:
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setExpandsOnDoubleClick(False)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Properties")
        self.verticalScrollBar().setSingleStep(20)
        # The current row shows the focus; a frame around the whole list says less.
        self.setStyleSheet("QTreeView, QTreeView:focus { border: none; }")

    @property
    def page(self) -> Page:
        """The page shown."""
        return self._model.page

    def show_page(self, page: Page) -> None:
        """Shows a page from its top; sections that the user folded stay folded."""
        self._model.set_page(page)
        self._delegate.forget()
        self.blockSignals(True)
        for number, section in enumerate(page.sections):
            folded = self._folded.get(section.key, section.folded)
            self.setExpanded(self._model.index(number, 0), not folded)
        self.blockSignals(False)
        self.scrollToTop()

    def set_rows(self, title: str, rows: tuple[Row, ...]) -> None:
        """Replaces the rows of one section of the page."""
        self._model.set_rows(title, rows)
        self._delegate.forget()
        self.scheduleDelayedItemsLayout()

    def copy(self) -> None:
        """Copies the selected rows, or the whole page where none is selected."""
        rows = self._selected_rows()
        text = "\n".join(row.copied for row in rows) if rows else self._model.page.copied
        QGuiApplication.clipboard().setText(text)

    def event(self, event: QEvent) -> bool:
        is_copy = isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Copy)
        if event.type() == QEvent.Type.ShortcutOverride and is_copy:
            event.accept()
            return True
        changed = (QEvent.Type.StyleChange, QEvent.Type.FontChange)
        if event.type() in changed and hasattr(self, "_delegate"):
            self._delegate.forget()
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip(event.pos()), self)
            return True
        if event.type() == QEvent.Type.Leave:
            self._hover(QModelIndex())
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._delegate.forget()
            self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._activate(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        where = event.position().toPoint()
        over = index if self._on_link(index, where) else QModelIndex()
        self._hover(over)
        if not over.isValid():
            address = self._delegate.address_at(index, self.visualRect(index), where)
            shape = Qt.CursorShape.PointingHandCursor if address else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(shape)
        super().mouseMoveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        self._pressed = QPersistentModelIndex(index)
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        where = event.position().toPoint()
        index = self.indexAt(where)
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.button() != Qt.MouseButton.LeftButton or not plain or self._pressed != index:
            return
        if self._model.section_at(index) is not None:
            self.setExpanded(index, not self.isExpanded(index))
        elif self._on_link(index, where):
            self._activate(index)
        else:
            address = self._delegate.address_at(index, self.visualRect(index), where)
            if address:
                self.address_activated.emit(address)

    def _activate(self, index: QModelIndex) -> None:
        row = self._model.row_at(index)
        if row is None:
            if index.isValid():
                self.setExpanded(index, not self.isExpanded(index))
        elif row.kind is RowKind.MORE:
            held = QPersistentModelIndex(index)
            QTimer.singleShot(0, self, lambda: self._expand_more(held))
        elif row.link is not None:
            self.link_activated.emit(row.link)

    def _expand_more(self, index: QPersistentModelIndex) -> None:
        if index.isValid():
            self._model.expand_more(index)
            self._delegate.forget()
            self.scheduleDelayedItemsLayout()

    def _on_link(self, index: QModelIndex, where: QPoint) -> bool:
        row = self._model.row_at(index)
        if row is None or (row.link is None and row.kind is not RowKind.MORE):
            return False
        return not row.name or where.x() >= self._delegate.value_left() - 4

    def _hover(self, index: QModelIndex) -> None:
        before = self._delegate.hovered
        if before == index:
            return
        self._delegate.hovered = QPersistentModelIndex(index)
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if index.isValid() else Qt.CursorShape.ArrowCursor
        )
        self.viewport().update()

    def _tip(self, where: QPoint) -> str:
        index = self.indexAt(where)
        row = self._model.row_at(index)
        if row is None:
            return ""
        if row.kind is RowKind.HISTOGRAM and isinstance(row.payload, WeightStats):
            area = self._delegate.histogram_area(self.visualRect(index))
            return bin_text(row.payload, area, where.x())
        whole = row.copied.replace("\t", ": ") if self._delegate.is_cut(index) else ""
        return "\n\n".join(part for part in (whole, row.tip) if part)

    def _remember(self, index: QModelIndex, folded: bool) -> None:
        section = self._model.section_at(index)
        if section is not None:
            self._folded[section.key] = folded

    def _selected_rows(self) -> list[Row]:
        indexes = sorted(
            self.selectedIndexes(), key=lambda index: (index.internalId(), index.row())
        )
        rows = (self._model.row_at(index) for index in indexes)
        return [row for row in rows if row is not None]

    def _show_menu(self, where: QPoint) -> None:
        index = self.indexAt(where)
        row = self._model.row_at(index)
        clipboard = QGuiApplication.clipboard()
        menu = QMenu(self)
        if row is not None:
            value = row.value or row.copied
            _add(menu, "Copy &Value", lambda: clipboard.setText(value))
            _add(menu, "Copy &Row", self.copy)
        _add(menu, "Copy &All", lambda: clipboard.setText(self._model.page.copied))
        if row is not None and row.link is not None:
            menu.addSeparator()
            held = QPersistentModelIndex(index)
            _add(menu, "&Go There", lambda: self._activate(held.sibling(held.row(), 0)))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.viewport().mapToGlobal(where))


def _add(menu: QMenu, text: str, work: object) -> None:
    action = QAction(text, menu)
    action.triggered.connect(work)
    menu.addAction(action)
