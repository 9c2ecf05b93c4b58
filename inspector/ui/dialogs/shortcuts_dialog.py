"""Every command and its keys, and what mouse and keys do on the graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QKeySequence, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from inspector.app.actions import ACTIONS, MENUS
from inspector.ui.widgets.look import GAP, label, scaled_font, theme_of

Index = QModelIndex | QPersistentModelIndex
_KEYS_ROLE = Qt.ItemDataRole.UserRole
_NOTE_ROLE = Qt.ItemDataRole.UserRole + 1
_CAP_PADDING = 6
_NATIVE = QKeySequence.SequenceFormat.NativeText


@dataclass(frozen=True)
class Shortcut:
    """One line: what it does, and each of the ways to do it."""

    title: str
    keys: tuple[str, ...]
    tip: str = ""
    note: str = ""

    @property
    def words(self) -> str:
        """All that a search looks at."""
        return " ".join((self.title, *self.keys, self.tip)).lower()


def _native(*keys: str) -> tuple[str, ...]:
    return tuple(QKeySequence(key).toString(_NATIVE) for key in keys)


def _held(modifier: str, what: str) -> str:
    """A key held during a gesture, under the name the system has for it."""
    return f"{QKeySequence(modifier + '+A').toString(_NATIVE)[:-1].rstrip('+')} + {what}"


def graph_gestures() -> tuple[Shortcut, ...]:
    """What mouse and plain keys do while the graph has the focus."""
    return (
        Shortcut("Zoom at the pointer", ("Wheel",)),
        Shortcut("Move the view", ("Drag",)),
        Shortcut("Zoom to a rectangle", (_held("Shift", "drag"),)),
        Shortcut("Select", ("Click",)),
        Shortcut("Centre what is selected", ("Double-click",)),
        Shortcut("Go to the producer", _native("Up")),
        Shortcut("Go to the consumer", _native("Down")),
        Shortcut("Go to a neighbour or sibling", _native("Left", "Right")),
        Shortcut("Go to the first node", _native("Home")),
        Shortcut("Go to the last node", _native("End")),
        Shortcut("Select nothing, or stop a drag", _native("Esc")),
    )


def sections() -> Iterator[tuple[str, tuple[Shortcut, ...]]]:
    """Titles and lines: one section for each menu, then the graph."""
    for menu in MENUS:
        yield (
            menu,
            tuple(
                Shortcut(
                    spec.plain_title,
                    _native(*spec.shortcuts),
                    spec.tip,
                    "in the graph" if spec.canvas_only else "",
                )
                for spec in ACTIONS
                if spec.menu == menu
            ),
        )
    yield "In the graph", graph_gestures()


class KeysDelegate(QStyledItemDelegate):
    """Draws each shortcut as a key cap, and where it counts after them."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        theme = theme_of(option.widget)
        font = scaled_font(option.font, 0.95)
        metrics = QFontMetrics(font)
        painter.save()
        painter.setFont(font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, height = option.rect.left() + GAP, metrics.height() + 4
        top = option.rect.center().y() - height // 2
        for text in index.data(_KEYS_ROLE) or ():
            cap = QRect(left, top, metrics.horizontalAdvance(text) + 2 * _CAP_PADDING, height)
            painter.setPen(QPen(QColor(theme.hairline), 1))
            painter.setBrush(QColor(theme.background))
            painter.drawRoundedRect(QRectF(cap).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            painter.setPen(QColor(theme.text))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, text)
            left = cap.right() + 1 + GAP
        note = index.data(_NOTE_ROLE)
        if note:
            painter.setPen(QColor(theme.secondary))
            rest = QRect(left, top, option.rect.right() - left, height)
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, note)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, QFontMetrics(option.font).height() + 12)


class ShortcutsDialog(QDialog):
    """A list to look things up in; typing finds commands and keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard Shortcuts")
        self.resize(600, 640)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search commands and keys")
        self.search.setAccessibleName("Search commands and keys")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search)
        self.tree = self._make_tree()
        for title, shortcuts in sections():
            self._add_section(title, shortcuts)
        self.nothing = label("", "secondary")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.tree)
        self._stack.addWidget(self.nothing)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        # Enter in the search field must not close the list it searches.
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        column.setSpacing(2 * GAP)
        column.addWidget(self.search)
        column.addWidget(self._stack, 1)
        column.addWidget(buttons)
        self.search.setFocus()

    def shown(self) -> list[str]:
        """The titles of the lines that the search leaves."""
        return [item.text(0) for item in self._lines() if not item.isHidden()]

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setColumnCount(2)
        tree.setHeaderHidden(True)
        tree.setRootIsDecorated(False)
        tree.setItemsExpandable(False)
        tree.setIndentation(0)
        tree.setAccessibleName("Commands and their keys")
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        tree.setItemDelegateForColumn(1, KeysDelegate(tree))
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        return tree

    def _add_section(self, title: str, shortcuts: Sequence[Shortcut]) -> None:
        section = QTreeWidgetItem(self.tree, [title.upper()])
        section.setFlags(Qt.ItemFlag.ItemIsEnabled)
        section.setFirstColumnSpanned(True)
        section.setFont(0, scaled_font(self.font(), 0.9, semibold=True))
        section.setForeground(0, QColor(theme_of(self).secondary))
        section.setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        section.setSizeHint(0, QSize(0, 5 * GAP))
        for shortcut in shortcuts:
            self._add_line(section, shortcut)
        section.setExpanded(True)

    def _add_line(self, section: QTreeWidgetItem, shortcut: Shortcut) -> None:
        line = QTreeWidgetItem(section, [shortcut.title])
        line.setToolTip(0, shortcut.tip)
        line.setData(0, _KEYS_ROLE, shortcut.words)
        line.setData(1, _KEYS_ROLE, shortcut.keys)
        line.setData(1, _NOTE_ROLE, shortcut.note)
        spoken = [" or ".join(shortcut.keys) or "no key", shortcut.note]
        line.setData(1, Qt.ItemDataRole.AccessibleTextRole, " ".join(filter(None, spoken)))

    def _search(self, text: str) -> None:
        words = text.lower().split()
        found = False
        for section in self._sections():
            lines = _children(section)
            for line in lines:
                line.setHidden(not all(word in line.data(0, _KEYS_ROLE) for word in words))
            section.setHidden(all(line.isHidden() for line in lines))
            found = found or not section.isHidden()
        self.nothing.setText(f"Nothing is called “{text.strip()}”.")
        self._stack.setCurrentWidget(self.tree if found else self.nothing)

    def _sections(self) -> list[QTreeWidgetItem]:
        return _children(self.tree.invisibleRootItem())

    def _lines(self) -> Iterator[QTreeWidgetItem]:
        for section in self._sections():
            yield from _children(section)


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (item.child(row) for row in range(item.childCount()))
    return [child for child in found if child is not None]
