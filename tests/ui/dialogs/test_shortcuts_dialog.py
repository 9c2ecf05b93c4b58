from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from inspector.app.actions import ACTIONS, MENUS
from inspector.ui.dialogs.shortcuts_dialog import ShortcutsDialog, graph_gestures, sections
from inspector.ui.theme import DARK, apply_theme


@pytest.fixture
def dialog(qtbot: QtBot) -> ShortcutsDialog:
    result = ShortcutsDialog()
    qtbot.addWidget(result)
    with qtbot.waitExposed(result):
        result.show()
    return result


def test_every_command_is_listed_under_its_menu(dialog: ShortcutsDialog) -> None:
    tops = [dialog.tree.topLevelItem(row) for row in range(dialog.tree.topLevelItemCount())]
    assert [top.text(0) for top in tops] == [*(menu.upper() for menu in MENUS), "IN THE GRAPH"]
    for top, menu in zip(tops, MENUS, strict=False):
        lines = [top.child(row).text(0) for row in range(top.childCount())]
        assert lines == [spec.plain_title for spec in ACTIONS if spec.menu == menu]
        assert top.isExpanded()


def test_keys_are_those_of_the_table_in_native_text() -> None:
    listed = {line.title: line for _, lines in sections() for line in lines}
    for spec in ACTIONS:
        line = listed[spec.plain_title]
        read = [QKeySequence(text, QKeySequence.SequenceFormat.NativeText) for text in line.keys]
        assert read == [QKeySequence(text) for text in spec.shortcuts]
        assert bool(line.note) == spec.canvas_only


def test_gestures_of_the_graph() -> None:
    ways = {way for line in graph_gestures() for way in line.keys}
    assert {"Wheel", "Drag", "Click", "Double-click", "Home", "End", "Esc", "Up"} <= ways


def test_search_by_title_key_and_tip(qtbot: QtBot, dialog: ShortcutsDialog) -> None:
    qtbot.keyClicks(dialog.search, "TILE lin")
    assert dialog.shown() == ["Tile Linear Layers"]
    dialog.search.clear()
    qtbot.keyClicks(dialog.search, "shift+f3")
    assert dialog.shown() == ["Find Previous"]
    dialog.search.clear()
    qtbot.keyClicks(dialog.search, "take back the last")
    assert dialog.shown() == ["Undo"]
    visible = [
        dialog.tree.topLevelItem(row).text(0)
        for row in range(dialog.tree.topLevelItemCount())
        if not dialog.tree.topLevelItem(row).isHidden()
    ]
    assert visible == ["EDIT"]


def test_enter_does_not_close_and_escape_does(qtbot: QtBot, dialog: ShortcutsDialog) -> None:
    qtbot.keyClicks(dialog.search, "open")
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog.search, Qt.Key.Key_Escape)


def test_nothing_found(qtbot: QtBot, dialog: ShortcutsDialog) -> None:
    qtbot.keyClicks(dialog.search, "teleport")
    assert dialog.shown() == []
    assert dialog.nothing.isVisible() and "“teleport”" in dialog.nothing.text()
    dialog.search.clear()
    assert dialog.tree.isVisible() and len(dialog.shown()) > len(ACTIONS)


def test_key_caps_are_drawn(qapp: QApplication, qtbot: QtBot) -> None:
    apply_theme(qapp, DARK)
    dialog = ShortcutsDialog()
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    with_keys = dialog.tree.topLevelItem(0).child(0)
    rect = dialog.tree.visualRect(dialog.tree.indexFromItem(with_keys, 1))
    picture = dialog.tree.viewport().grab(rect).toImage()
    row = range(0, picture.width())
    colours = {picture.pixelColor(x, picture.height() // 2).name().upper() for x in row}
    assert {DARK.pane, DARK.background, DARK.hairline} <= colours
