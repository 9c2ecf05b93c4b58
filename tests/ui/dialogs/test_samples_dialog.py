from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from inspector.io.samples import all_samples, find_sample
from inspector.ui.dialogs.samples_dialog import SamplesDialog
from inspector.ui.welcome import torch_extra

LEFT = Qt.MouseButton.LeftButton
Show = Callable[..., SamplesDialog]


@pytest.fixture
def show(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Show:
    def make(torch: bool = True) -> SamplesDialog:
        monkeypatch.setattr(torch_extra, "torch_is_installed", lambda: torch)
        dialog = SamplesDialog()
        qtbot.addWidget(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    return make


def titles(dialog: SamplesDialog) -> list[str]:
    rows = dialog.table.model()
    return [rows.index(row, 0).data() for row in range(rows.rowCount())]


def test_every_sample_is_listed(show: Show) -> None:
    dialog = show()
    assert sorted(titles(dialog)) == sorted(sample.title for sample in all_samples())
    assert dialog.chosen() is None
    texts = [dialog.table.model().index(0, column).data() for column in range(5)]
    assert texts == ["AlexNet", "61.1 M", "714 M", "224 × 224", ""]
    assert dialog.table.isColumnHidden(4)


@pytest.mark.parametrize("text", ["resnet18", "ResNet-18", "resnet 18", "RESNET_18"])
def test_search_forgives_punctuation_and_enter_opens(qtbot: QtBot, show: Show, text: str) -> None:
    dialog = show()
    qtbot.keyClicks(dialog.search, text)
    assert "ResNet-18" in titles(dialog)
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.chosen() == "resnet18"


def test_keys_in_the_search_field_walk_the_list(qtbot: QtBot, show: Show) -> None:
    dialog = show()
    qtbot.keyClicks(dialog.search, "vgg")
    qtbot.keyClick(dialog.search, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.search, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.search, Qt.Key.Key_Up)
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.chosen() == find_sample(titles(dialog)[1]).key == "vgg11_bn"


def test_a_double_click_opens(qtbot: QtBot, show: Show) -> None:
    dialog = show()
    place = dialog.table.visualRect(dialog.table.model().index(3, 0)).center()
    qtbot.mouseClick(dialog.table.viewport(), LEFT, pos=place)
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseDClick(dialog.table.viewport(), LEFT, pos=place)
    assert dialog.chosen() == find_sample(titles(dialog)[3]).key


def test_columns_sort_as_numbers(qtbot: QtBot, show: Show) -> None:
    dialog = show()
    header = dialog.table.horizontalHeader()
    for column, figure in ((1, "parameters"), (2, "gmacs")):
        x = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
        where = header.viewport().rect().center()
        where.setX(x)
        qtbot.mouseClick(header.viewport(), LEFT, pos=where)
        by_title = {sample.title: getattr(sample, figure) for sample in all_samples()}
        figures = [by_title[title] for title in titles(dialog)]
        ordered = sorted(figures)
        assert figures in (ordered, ordered[::-1])


def test_nothing_found(qtbot: QtBot, show: Show) -> None:
    dialog = show()
    qtbot.keyClicks(dialog.search, "yolo")
    assert dialog.nothing.isVisible() and "“yolo”" in dialog.nothing.text()
    assert not dialog.open_button.isEnabled()
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.isVisible() and dialog.chosen() is None
    dialog.search.clear()
    assert dialog.table.isVisible() and dialog.open_button.isEnabled()


def test_escape_chooses_nothing(qtbot: QtBot, show: Show) -> None:
    dialog = show()
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog.search, Qt.Key.Key_Escape)
    assert dialog.result() == QDialog.DialogCode.Rejected
    assert dialog.chosen() is None


def test_without_torch(qtbot: QtBot, show: Show) -> None:
    dialog = show(torch=False)
    assert not dialog.table.isColumnHidden(4)
    assert not dialog.note.isVisible()
    qtbot.keyClicks(dialog.search, "googlenet")
    assert dialog.table.model().index(0, 4).data() == "needs torch"
    assert dialog.note.isVisible() and not dialog.open_button.isEnabled()
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.isVisible() and dialog.chosen() is None
    dialog.search.clear()
    qtbot.keyClicks(dialog.search, "mobilenetv2")
    assert not dialog.note.isVisible()
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.chosen() == "mobilenet_v2"
