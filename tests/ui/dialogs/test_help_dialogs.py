from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from inspector.app.actions import ACTIONS
from inspector.ui.dialogs.about_dialog import AboutDialog, versions
from inspector.ui.dialogs.shortcuts_dialog import ShortcutsDialog


def test_every_command_with_keys_is_listed_once(qtbot: QtBot) -> None:
    dialog = ShortcutsDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    wanted = [spec.plain_title for spec in ACTIONS if spec.shortcuts]
    assert [title for title in dialog.shown() if title in wanted] == wanted
    assert "Ctrl+T\tTile Linear Layers" in dialog.text()


def test_the_list_narrows_by_command_key_and_menu(qtbot: QtBot) -> None:
    dialog = ShortcutsDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClicks(dialog.filter, "zoom out")
    assert dialog.shown() == ["Zoom Out"]
    dialog.filter.setText("shift+f3")
    assert dialog.shown() == ["Find Previous"]
    dialog.filter.setText("transform")
    assert dialog.shown() == ["Tile Linear Layers"]
    dialog.filter.setText("nothing like it")
    assert dialog.shown() == []
    assert dialog._nothing.isVisible()


def test_about_says_versions_without_importing(qtbot: QtBot) -> None:
    before = set(sys.modules)
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    assert not {"torch", "onnxruntime", "pyqtgraph"} & (set(sys.modules) - before)
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    assert set(versions().values()) <= shown
    copy = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Copy Versions")
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert "onnx " in QGuiApplication.clipboard().text()
