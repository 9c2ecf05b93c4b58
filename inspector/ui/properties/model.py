"""The property pane's page as a Qt model: sections, and the rows in each."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from inspector.ui.properties.sections import Page, Row, Section, held_back

Index = QModelIndex | QPersistentModelIndex
_TOP = 0


class PageModel(QAbstractItemModel):
    """Two levels, one column. A row's internal id is its section's number plus one."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.page = Page("")
        self._sections: list[Section] = []

    def set_page(self, page: Page) -> None:
        """Shows another page."""
        self.beginResetModel()
        self.page = page
        self._sections = list(page.sections)
        self.endResetModel()

    def set_rows(self, title: str, rows: tuple[Row, ...]) -> None:
        """Replaces the rows of one section, leaving selection and scrolling as they are."""
        for number, section in enumerate(self._sections):
            if section.title != title:
                continue
            parent = self.index(number, 0)
            if section.rows:
                self.beginRemoveRows(parent, 0, len(section.rows) - 1)
                self._sections[number] = replace(section, rows=())
                self.endRemoveRows()
            if rows:
                self.beginInsertRows(parent, 0, len(rows) - 1)
                self._sections[number] = replace(section, rows=rows)
                self.endInsertRows()
        self.page = replace(self.page, sections=tuple(self._sections))

    def expand_more(self, index: Index) -> None:
        """Puts the rows held back in the place of the one that stands for them."""
        row = self.row_at(index)
        rest = held_back(row) if row is not None else ()
        if not rest:
            return
        number, at = index.internalId() - 1, index.row()
        section = self._sections[number]
        parent = self.index(number, 0)
        self.beginRemoveRows(parent, at, at)
        self._sections[number] = replace(section, rows=section.rows[:at] + section.rows[at + 1 :])
        self.endRemoveRows()
        self.beginInsertRows(parent, at, at + len(rest) - 1)
        self._sections[number] = replace(
            section, rows=(*section.rows[:at], *rest, *section.rows[at + 1 :])
        )
        self.endInsertRows()

    def section_at(self, index: Index) -> Section | None:
        """The section that an index stands for, or None for a row."""
        if index.isValid() and index.internalId() == _TOP:
            return self._sections[index.row()]
        return None

    def row_at(self, index: Index) -> Row | None:
        """The row that an index stands for, or None for a section."""
        if not index.isValid() or index.internalId() == _TOP:
            return None
        return self._sections[index.internalId() - 1].rows[index.row()]

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        number = _TOP if not parent.isValid() else parent.row() + 1
        return self.createIndex(row, column, number)

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if not index.isValid() or index.internalId() == _TOP:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _TOP)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self._sections)
        return len(self._sections[parent.row()].rows) if parent.internalId() == _TOP else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        section = self.section_at(index)
        if section is not None:
            return section.title
        row = self.row_at(index)
        return row.copied.replace("\t", ": ") if row is not None else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        enabled = Qt.ItemFlag.ItemIsEnabled
        return enabled if self.section_at(index) else enabled | Qt.ItemFlag.ItemIsSelectable
