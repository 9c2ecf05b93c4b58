from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from inspector.ui.dialogs.samples_dialog import SamplesDialog
from inspector.ui.theme import DARK, LIGHT, apply_theme
from inspector.ui.welcome import WelcomePage, torch_extra
from inspector.ui.welcome.recent_list import SHOWN_AT_FIRST, RecentFile, date_text

LEFT = Qt.MouseButton.LeftButton
Show = Callable[..., WelcomePage]


@pytest.fixture
def show(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Show:
    def make(
        files: list[Path] | None = None, size: tuple[int, int] = (1280, 640), torch: bool = True
    ) -> WelcomePage:
        monkeypatch.setattr(torch_extra, "torch_is_installed", lambda: torch)
        page = WelcomePage(lambda: files or [])
        qtbot.addWidget(page)
        page.resize(*size)
        with qtbot.waitExposed(page):
            page.show()
        return page

    return make


@pytest.fixture
def models(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"model{number}.onnx" for number in range(SHOWN_AT_FIRST + 2)]
    for path in paths:
        path.write_bytes(b"x" * 1500)
    return paths


def test_open_by_mouse_and_by_key(qtbot: QtBot, show: Show) -> None:
    page = show()
    with qtbot.waitSignal(page.open_requested):
        qtbot.mouseClick(page.open_button, LEFT)
    with qtbot.waitSignal(page.open_requested):
        qtbot.keyClick(page.open_button, Qt.Key.Key_Space)


def test_nothing_is_marked_at_first_and_tab_goes_through_everything(
    qtbot: QtBot, show: Show, models: list[Path]
) -> None:
    page = show(models[:2])
    page.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page)
    visited: list[QWidget | None] = []
    for _ in range(8):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        visited.append(QApplication.focusWidget())
    assert visited == [page.open_button, *page.recent.rows, *page.cards.values(), page.more]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_sample_by_key(qtbot: QtBot, show: Show, key: Qt.Key) -> None:
    page = show()
    with qtbot.waitSignal(page.sample_requested) as asked:
        qtbot.keyClick(page.cards["resnet18"], key)
    assert asked.args == ["resnet18"]


def test_a_sample_by_mouse_says_what_it_is(qtbot: QtBot, show: Show) -> None:
    page = show()
    assert page.cards["alexnet"].accessibleName() == "AlexNet, 61.1 M parameters, 714 M MACs"
    with qtbot.waitSignal(page.sample_requested) as asked:
        qtbot.mouseClick(page.cards["alexnet"], LEFT)
    assert asked.args == ["alexnet"]


def test_recent_files(qtbot: QtBot, show: Show, models: list[Path], tmp_path: Path) -> None:
    gone = tmp_path / "gone.onnx"
    page = show([models[0], gone])
    there, missing = page.recent.rows
    with qtbot.waitSignal(page.recent_requested) as asked:
        qtbot.mouseClick(there, LEFT)
    assert asked.args == [str(models[0])]
    assert "1.50 kB" in there.accessibleName()
    assert "today" in there.accessibleName()
    assert not missing.isEnabled()
    assert missing.accessibleName().endswith("not found")
    with qtbot.assertNotEmitted(page.recent_requested):
        qtbot.mouseClick(missing, LEFT)


def test_recent_files_are_hidden_where_there_are_none(show: Show, models: list[Path]) -> None:
    files: list[Path] = []
    page = show()
    page._recent_files = lambda: files
    assert not page.recent.isVisible()
    files.append(models[0])
    page.refresh()
    assert page.recent.isVisible()
    assert [row.file.path for row in page.recent.rows] == files


def test_the_older_recent_files_are_behind_a_button(
    qtbot: QtBot, show: Show, models: list[Path]
) -> None:
    page = show(models)
    assert [row.isVisible() for row in page.recent.rows] == [True] * SHOWN_AT_FIRST + [False] * 2
    assert page.recent.more.text() == f"Show all {len(models)}"
    qtbot.mouseClick(page.recent.more, LEFT)
    assert all(row.isVisible() for row in page.recent.rows)
    assert not page.recent.more.isVisible()


def test_what_a_recent_file_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "home" / "models" / "net.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"1234")
    os.utime(path, (0, datetime(2024, 2, 29, 12).timestamp()))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    file = RecentFile.of(path)
    assert (file.size, file.folder) == (4, f"~{os.sep}models")
    assert file.changed == datetime(2024, 2, 29, 12)
    assert RecentFile.of(tmp_path / "homes" / "net.onnx").folder == str(tmp_path / "homes")
    assert not RecentFile.of(path.parent).exists
    assert not RecentFile.of(Path("bad\0name")).exists


def test_dates() -> None:
    today = date(2024, 3, 1)
    assert date_text(datetime(2024, 3, 1, 9, 5), today) == "today 09:05"
    assert date_text(datetime(2024, 2, 29, 23, 59), today) == "yesterday"
    assert "2024" in date_text(datetime(2024, 2, 28), today)


def test_progress_on_a_card_and_cancel(qtbot: QtBot, show: Show, models: list[Path]) -> None:
    page = show(models[:1])
    page.set_sample_progress("googlenet", 0.25, "Exporting GoogLeNet")
    card = page.cards["googlenet"]
    assert card.is_making and card.bar.isVisible()
    assert card.bar.value() == card.bar.maximum() // 4
    assert card.accessibleDescription() == "Exporting GoogLeNet"
    others = [other for key, other in page.cards.items() if key != "googlenet"]
    assert not any(other.isEnabled() for other in others)
    assert not page.open_button.isEnabled() and not page.recent.rows[0].isEnabled()
    with qtbot.assertNotEmitted(page.sample_requested):
        qtbot.mouseClick(card, LEFT, pos=QPoint(20, 20))
        qtbot.mouseClick(others[0], LEFT)
    with qtbot.waitSignal(page.cancel_requested):
        qtbot.mouseClick(card.cancel, LEFT)
    page.clear_sample_progress("googlenet")
    assert not card.is_making and not card.bar.isVisible() and not card.cancel.isVisible()
    assert all(card.isEnabled() for card in page.cards.values())
    assert page.open_button.isEnabled() and page.recent.rows[0].isEnabled()


def test_the_focus_goes_to_cancel_and_back(qtbot: QtBot, show: Show) -> None:
    page = show()
    page.activateWindow()
    card = page.cards["alexnet"]
    card.setFocus()
    qtbot.waitUntil(card.hasFocus)
    page.set_sample_progress("alexnet", 0.5, "Writing AlexNet")
    assert card.cancel.hasFocus()
    with qtbot.waitSignal(page.cancel_requested):
        qtbot.keyClick(card.cancel, Qt.Key.Key_Space)
    page.clear_sample_progress("alexnet")
    assert card.hasFocus()


def test_progress_of_a_sample_without_a_card(qtbot: QtBot, show: Show) -> None:
    page = show()
    assert not page.line.isVisible()
    page.set_sample_progress("vgg16", 7.0, "Exporting VGG-16")
    assert page.line.isVisible() and page.line_text.text() == "Exporting VGG-16"
    assert page.line_bar.value() == page.line_bar.maximum()
    assert not any(card.isEnabled() for card in page.cards.values())
    with qtbot.waitSignal(page.cancel_requested):
        qtbot.mouseClick(page.line_cancel, LEFT)
    page.clear_sample_progress("alexnet")
    assert page.line.isVisible()
    page.clear_sample_progress("vgg16")
    assert not page.line.isVisible()
    assert all(card.isEnabled() for card in page.cards.values())


def test_a_refresh_does_not_end_what_is_running(show: Show, models: list[Path]) -> None:
    page = show(models[:1])
    page.set_sample_progress("alexnet", 0.5, "Writing AlexNet")
    page.refresh()
    assert page.cards["alexnet"].is_making
    assert not page.recent.rows[0].isEnabled()


def test_without_torch_it_says_what_to_install(qtbot: QtBot, show: Show) -> None:
    page = show(torch=False)
    assert page.cards["googlenet"].accessibleName().endswith("needs torch")
    assert "torch" not in page.cards["mobilenet_v2"].accessibleName()
    with qtbot.assertNotEmitted(page.sample_requested):
        qtbot.mouseClick(page.cards["googlenet"], LEFT)
    assert page.note.isVisible()
    assert page.note.text.text().startswith("GoogLeNet is exported from torchvision")
    qtbot.mouseClick(page.note.copy_button, LEFT)
    assert QGuiApplication.clipboard().text() == 'pip install "graph-inspector[torch]"'
    assert page.note.copy_button.text() == "Copied"
    with qtbot.waitSignal(page.sample_requested):
        qtbot.mouseClick(page.cards["alexnet"], LEFT)
    assert not page.note.isVisible()


def test_torch_installed_meanwhile_is_noticed(
    qtbot: QtBot, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = show(torch=False)
    monkeypatch.setattr(torch_extra, "torch_is_installed", lambda: True)
    with qtbot.waitSignal(page.sample_requested):
        qtbot.mouseClick(page.cards["googlenet"], LEFT)
    assert not page.cards["googlenet"].accessibleName().endswith("needs torch")


@pytest.mark.parametrize("missing", [{"torch"}, {"torchvision"}, set()])
def test_both_libraries_are_looked_for(missing: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> object:
        return None if name in missing else object()

    monkeypatch.setattr(torch_extra.importlib.util, "find_spec", find)
    assert torch_extra.torch_is_installed() == (not missing)


def test_more_models(qtbot: QtBot, show: Show) -> None:
    page = show()
    qtbot.mouseClick(page.more, LEFT)
    dialog = page.findChild(SamplesDialog)
    assert dialog is not None and dialog.isVisible()
    qtbot.keyClicks(dialog.search, "vgg16")
    with qtbot.waitSignal(page.sample_requested) as asked:
        qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert asked.args == ["vgg16"]


def test_more_models_closed_again(qtbot: QtBot, show: Show) -> None:
    page = show()
    qtbot.mouseClick(page.more, LEFT)
    dialog = page.findChild(SamplesDialog)
    assert dialog is not None
    with qtbot.assertNotEmitted(page.sample_requested), qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog.search, Qt.Key.Key_Escape)


@pytest.mark.parametrize("size", [(1280, 640), (1600, 920), (900, 500), (520, 640), (440, 480)])
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_nothing_is_cut_off(qapp: QApplication, show: Show, size, theme, tmp_path: Path) -> None:
    apply_theme(qapp, theme)
    long = tmp_path / ("folder" * 20) / ("a_very_long_name_" * 10 + ".onnx")
    page = show([long] * 12, size=size, torch=False)
    page.set_theme(theme)
    viewport = page.area.viewport()
    for part in (page.open_button, page.more, *page.cards.values(), *page.recent.rows):
        at = part.mapTo(viewport, QPoint(0, 0))
        assert at.x() >= 0
        assert at.x() + part.width() <= viewport.width()
    assert page.cards["alexnet"].parentWidget().width() <= 880
    places = [card.geometry() for card in page.cards.values()]
    assert all(not one.intersects(two) for one in places for two in places if one is not two)
    assert not page.grab(QRect(0, 0, *size)).isNull()


def test_a_hovered_card_looks_different(qtbot: QtBot, qapp: QApplication, show: Show) -> None:
    apply_theme(qapp, LIGHT)
    page = show()
    card = page.cards["alexnet"]
    spot = QPoint(card.width() // 2, card.height() - 6)
    before = card.grab().toImage().pixelColor(spot).name().upper()
    qtbot.mouseMove(card, spot)
    qtbot.waitUntil(card.underMouse)
    assert before == LIGHT.pane
    assert card.grab().toImage().pixelColor(spot).name().upper() == LIGHT.hover
