"""The analysis tabs in the real window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from inspector.analysis.accelerator import Unit
from inspector.app.actions import ActionId
from inspector.app.session import Session
from inspector.app.settings import ACCELERATOR, COUNT_PADDING, Settings
from inspector.ui.main_window import MainWindow


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, small_file: Path) -> MainWindow:
    window.files.open(str(small_file))
    qtbot.waitUntil(lambda: window.document is not None and window.document.figures is not None)
    qtbot.waitUntil(lambda: window.document.is_ready)
    return window


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (ActionId.ANALYZE_UNIT, "fit"),
        (ActionId.ANALYZE_MEMORY, "memory"),
        (ActionId.ANALYZE_ROOFLINE, "roofline"),
    ],
)
def test_a_command_shows_its_tab(qtbot: QtBot, opened: MainWindow, action, name) -> None:
    panel = getattr(opened.analyze, name)
    assert not panel.is_ready
    opened.menus[action].trigger()
    assert opened.tabs.currentWidget() is panel
    assert panel.is_ready
    opened.canvas.select_nodes([0])
    assert panel.chosen == [0] == [*opened.selection.nodes]
    qtbot.keyClick(opened.canvas, Qt.Key.Key_Escape)
    assert panel.chosen == []


def test_panels_select_for_everybody(qtbot: QtBot, opened: MainWindow) -> None:
    opened.menus[ActionId.ANALYZE_MEMORY].trigger()
    memory = opened.analyze.memory
    plot = memory.plot
    place = plot.pixel_of(2.0, 1.0)
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.selection.nodes == [1]
    assert opened.canvas.selected_nodes == [1]
    assert opened.metrics.table.selected_nodes() == [1]
    assert opened.analyze.fit.chosen == [1]


def test_all_panels_share_one_accelerator(qtbot: QtBot, opened: MainWindow, tmp_path: Path) -> None:
    settings = opened.session.settings
    analyze = opened.analyze
    opened.menus[ActionId.ANALYZE_ROOFLINE].trigger()
    before = analyze.roofline.roofline.totals.seconds
    opened.menus[ActionId.ANALYZE_UNIT].trigger()
    analyze.fit.spins[0].selectAll()
    qtbot.keyClicks(analyze.fit.spins[0], "1")
    qtbot.keyClick(analyze.fit.spins[0], Qt.Key.Key_Return)
    assert settings.get(ACCELERATOR).unit == Unit(1, 64, 64)
    # One row instead of 64: the padding of the Linear layer is gone from the time.
    assert analyze.roofline.roofline.totals.seconds < before
    opened.menus[ActionId.ANALYZE_ROOFLINE].trigger()
    analyze.roofline.form.presets.activated.emit(1)
    assert settings.get(ACCELERATOR).unit == Unit(16, 16, 16) == analyze.fit.unit
    analyze.roofline.form.padding.click()
    assert settings.get(COUNT_PADDING) is False
    settings.sync()
    again = Session(Settings(tmp_path / "settings.ini"))
    try:
        window = MainWindow(again)
        qtbot.addWidget(window)
        assert window.analyze.fit.unit == Unit(16, 16, 16)
        assert not window.analyze.roofline.form.padding.isChecked()
        assert window.analyze.roofline.form.peak.value() == pytest.approx(25.6)
    finally:
        again.close()


def test_the_tiled_model_is_analysed_anew(qtbot: QtBot, opened: MainWindow) -> None:
    opened.menus[ActionId.ANALYZE_UNIT].trigger()
    fit = opened.analyze.fit
    assert fit.headline.text().startswith("small keeps a 64×64×64 unit busy")
    assert fit.fit.node.tolist() == [0, 3]
    assert np.array_equal(fit.fit.macs, [4 * 64 * 3, 2560])
    opened.close_document()
    assert not fit.is_ready
    assert fit.table.model().rowCount() == 0
