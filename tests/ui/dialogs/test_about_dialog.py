from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import pytest
from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from inspector.ui.dialogs import about_dialog
from inspector.ui.dialogs.about_dialog import AboutDialog
from inspector.ui.theme import LIGHT

LEFT = Qt.MouseButton.LeftButton


def test_versions_and_licence(qtbot: QtBot) -> None:
    dialog = AboutDialog(None, LIGHT)
    qtbot.addWidget(dialog)
    texts = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for expected in ("Graph Inspector", "Apache License 2.0", qVersion(), version("onnx")):
        assert expected in texts
    assert platform.python_version() in texts


def test_copy_takes_everything(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.copy_button, LEFT)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].startswith("Graph Inspector, ")
    assert f"Python {platform.python_version()}" in lines
    assert f"onnxruntime {version('onnxruntime')}" in lines
    assert any(line.startswith("torch ") for line in lines)
    assert dialog.copy_button.text() == "Copied"


def test_what_is_missing_is_said(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(distribution: str) -> str:
        if distribution in ("torch", "graph-inspector"):
            raise PackageNotFoundError(distribution)
        return version(distribution)

    monkeypatch.setattr(about_dialog, "version", absent)
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    lines = dialog.text().split("\n")
    assert "torch not installed" in lines
    assert lines[0] == "Graph Inspector, run from its sources"


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_keys_close(qtbot: QtBot, key: Qt.Key) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, key)
