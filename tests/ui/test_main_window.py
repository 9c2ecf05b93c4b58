"""The main job in the real window, by keys and mouse: open, look, tile, verify, save, reopen."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from inspector.app.actions import ActionId
from inspector.app.session import Session
from inspector.io.samples import ensure_sample
from inspector.ui.dialogs.sizes_dialog import SizesDialog
from inspector.ui.main_window import MainWindow
from inspector.ui.transform.tile_dialog import TileDialog

LEFT = Qt.MouseButton.LeftButton


def open_file(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    with qtbot.waitSignal(window.canvas.scene_ready, timeout=20_000):
        window.files.open(str(path))
    qtbot.waitUntil(lambda: window.document is not None and window.document.is_ready)
    assert not window.jobs.is_busy


def point_of(window: MainWindow, name: str) -> QPoint:
    """The middle of a node on the canvas."""
    canvas, document = window.canvas, window.document
    assert document is not None and canvas.scene is not None
    left, top, width, height = canvas.scene.node_boxes[document.graph.names.index(name)]
    x, y = canvas.camera.view.to_screen(left + width / 2, top + height / 2)
    return QPoint(round(x), round(y))


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key) -> None:
    """Ctrl and a key. A dialog that closes does not give the focus back without a screen."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)


def answer_dialog(answer: Callable[[QDialog], None]) -> None:
    """Answers the next modal dialog once it is up."""

    def act() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(10, act)
            return
        assert isinstance(dialog, QDialog)
        answer(dialog)

    QTimer.singleShot(10, act)


def tile_by_keys(qtbot: QtBot, window: MainWindow, size: int) -> None:
    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, TileDialog)
        for box in dialog.sizes:
            box.setValue(size)
        qtbot.mouseClick(dialog.apply_button, LEFT)

    answer_dialog(answer)
    with qtbot.waitSignal(window.canvas.scene_ready, timeout=20_000):
        press(qtbot, window, Qt.Key.Key_T)


def verify_by_keys(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.verifying.verified, timeout=60_000):
        press(qtbot, window, Qt.Key.Key_R)


def test_main_job_from_opening_to_reopening(
    qtbot: QtBot, window: MainWindow, small_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file(qtbot, window, small_file)
    window.canvas.zoom_reset()
    qtbot.mouseClick(window.canvas.viewport(), LEFT, pos=point_of(window, "conv"))
    document = window.document
    assert document is not None
    assert [document.graph.names[n] for n in window.selection.nodes] == ["conv"]
    # 4 x 8 x 8 outputs, 3 weights each; and 256 x 10 in the Gemm.
    assert document.figures is not None and document.figures.totals.macs == 768 + 2560

    tile_by_keys(qtbot, window, 64)
    assert document.is_modified and window.isWindowModified()
    (group,) = document.graph.groups
    assert group.tiling is not None and group.tiling.tiles == 4
    qtbot.waitUntil(lambda: window.selection.group == group.id)

    verify_by_keys(qtbot, window)
    result = window.verify_panel.result
    assert result is not None and result.passed
    assert result.outputs[0].measures.mse < 1e-10

    target = small_file.with_name("tiled.onnx")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    with qtbot.waitSignal(window.files.saved, timeout=20_000):
        window.menus[ActionId.FILE_SAVE_AS].trigger()
    assert not document.is_modified and not window.isWindowModified()
    onnx.checker.check_model(str(target))

    qtbot.waitUntil(lambda: not window.jobs.is_busy)
    open_file(qtbot, window, target)
    assert window.document is not None
    assert [g.key for g in window.document.graph.groups] == ["head/fc/Gemm"]
    assert window.document.graph.groups[0].tiling == group.tiling


def test_saving_over_the_opened_file_keeps_what_was_opened(
    qtbot: QtBot, window: MainWindow, small_file: Path
) -> None:
    open_file(qtbot, window, small_file)
    tile_by_keys(qtbot, window, 32)
    with qtbot.waitSignal(window.files.saved, timeout=20_000):
        press(qtbot, window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: not window.jobs.is_busy)
    assert len(onnx.load(small_file).graph.node) > 4
    # The reference is still the model as it was opened.
    verify_by_keys(qtbot, window)
    assert window.verify_panel.result is not None and window.verify_panel.result.passed
    qtbot.waitUntil(lambda: not window.jobs.is_busy)
    assert window.document is not None
    press(qtbot, window, Qt.Key.Key_Z)
    assert window.document.graph.node_count == 4 and window.document.is_modified
    with qtbot.waitSignal(window.files.saved, timeout=20_000):
        press(qtbot, window, Qt.Key.Key_S)
    assert [n.op_type for n in onnx.load(small_file).graph.node] == [
        "Conv",
        "Relu",
        "Flatten",
        "Gemm",
    ]


def test_undo_and_redo_by_keys(qtbot: QtBot, window: MainWindow, small_file: Path) -> None:
    open_file(qtbot, window, small_file)
    tile_by_keys(qtbot, window, 64)
    assert window.document is not None
    tiled = window.document.graph.node_count
    press(qtbot, window, Qt.Key.Key_Z)
    assert window.document.graph.node_count == 4 and not window.document.is_modified
    press(qtbot, window, Qt.Key.Key_Y)
    assert window.document.graph.node_count == tiled and window.document.is_modified


def test_table_graph_and_properties_share_one_selection(
    qtbot: QtBot, window: MainWindow, small_file: Path
) -> None:
    open_file(qtbot, window, small_file)
    window.canvas.zoom_reset()
    view = window.canvas.viewport()
    qtbot.mouseClick(view, LEFT, pos=point_of(window, "relu"))
    assert window.selection.nodes == [1] and window.canvas.selected_nodes == [1]
    qtbot.keyClick(window.canvas, Qt.Key.Key_Down)
    assert window.selection.nodes == [2]
    window.metrics.nodes_selected.emit([3])
    assert window.canvas.selected_nodes == [3] and window.selection.nodes == [3]
    qtbot.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert window.selection.nodes == []


def test_find_walks_through_the_hits(qtbot: QtBot, window: MainWindow, small_file: Path) -> None:
    open_file(qtbot, window, small_file)
    press(qtbot, window, Qt.Key.Key_F)
    field = window.search.field
    qtbot.keyClicks(field, "1x4x8x8")
    qtbot.waitUntil(lambda: window.search.count.text() == "3 found")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.selection.nodes == [0]
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.selection.nodes == [1] and window.search.count.text() == "2 of 3"
    qtbot.keyClick(window, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert window.selection.nodes == [0]
    field.clear()
    qtbot.keyClicks(field, "nowhere")
    qtbot.waitUntil(lambda: window.search.count.text() == "No match")


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04rest", b"\x08\x08\x3a\x7f"])
def test_bad_files_are_told_and_what_is_open_stays(
    qtbot: QtBot, window: MainWindow, small_file: Path, content: bytes
) -> None:
    open_file(qtbot, window, small_file)
    bad = small_file.with_name("bad.onnx")
    bad.write_bytes(content)
    before = window.document
    window.files.open(str(bad))
    qtbot.waitUntil(lambda: window.messages.isVisible())
    assert "bad.onnx" in window.messages.text.text()
    assert window.document is before and window.canvas.scene is not None


def test_checker_complaint_is_listed_and_leads_to_its_node(
    qtbot: QtBot, window: MainWindow, small_file: Path
) -> None:
    model = onnx.load(small_file)
    model.graph.node[1].op_type = "Reloo"
    onnx.save(model, small_file)
    open_file(qtbot, window, small_file)
    qtbot.waitUntil(lambda: window.problems.list.topLevelItemCount() >= 2)
    assert "Problems (" in window.tabs.tabText(window.tabs.indexOf(window.problems))
    item = window.problems.list.topLevelItem(0)
    window.problems.list.itemActivated.emit(item, 0)
    assert window.selection.nodes == [1]


def test_model_that_cannot_be_loaded_gives_its_message_and_the_next_one_verifies(
    qtbot: QtBot, window: MainWindow, small_file: Path
) -> None:
    model = onnx.load(small_file)
    model.graph.node[1].op_type = "Reloo"
    broken = small_file.with_name("broken.onnx")
    onnx.save(model, broken)
    open_file(qtbot, window, broken)
    press(qtbot, window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: bool(window.verify_panel.error.text()), timeout=30_000)
    assert "Reloo" in window.verify_panel.error.text()
    qtbot.waitUntil(lambda: not window.jobs.is_busy)
    open_file(qtbot, window, small_file)
    verify_by_keys(qtbot, window)
    assert window.verify_panel.result is not None and window.verify_panel.result.passed


def test_dropped_file_opens(qtbot: QtBot, window: MainWindow, small_file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(small_file))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(40, 40), copy, data, LEFT, none)
    drop = QDropEvent(QPointF(40, 40), copy, data, LEFT, none)
    with qtbot.waitSignal(window.canvas.scene_ready, timeout=20_000):
        QApplication.sendEvent(window, enter)
        QApplication.sendEvent(window, drop)
    assert enter.isAccepted()
    assert window.document is not None and window.document.path == small_file


@pytest.mark.parametrize(
    ("button", "stays"),
    [(QMessageBox.StandardButton.Cancel, True), (QMessageBox.StandardButton.Discard, False)],
)
def test_closing_with_changes_asks(
    qtbot: QtBot,
    window: MainWindow,
    small_file: Path,
    button: QMessageBox.StandardButton,
    stays: bool,
) -> None:
    open_file(qtbot, window, small_file)
    tile_by_keys(qtbot, window, 64)

    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        qtbot.mouseClick(dialog.button(button), LEFT)

    answer_dialog(answer)
    press(qtbot, window, Qt.Key.Key_W)
    assert (window.document is not None) == stays


def test_metrics_are_exported(
    qtbot: QtBot, window: MainWindow, small_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file(qtbot, window, small_file)
    for kind in ("csv", "json"):
        target = small_file.with_name(f"metrics.{kind}")
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, t=target: (str(t), ""))
        window.menus[ActionId(f"file.export_{kind}")].trigger()
    text = small_file.with_name("metrics.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["name"], row["macs"]) for row in rows][-1] == ("head/fc/Gemm", "2560")
    stored = json.loads(small_file.with_name("metrics.json").read_text(encoding="utf-8"))
    assert stored["macs"] == 3328 and len(stored["nodes"]) == 4


def test_copy_gives_the_selected_names(qtbot: QtBot, window: MainWindow, small_file: Path) -> None:
    open_file(qtbot, window, small_file)
    window.selection.go_to(2)
    window.canvas.setFocus()
    window.menus[ActionId.EDIT_COPY].trigger()
    assert QGuiApplication.clipboard().text() == "flatten"


def test_bandwidth_convention_changes_the_figures(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    open_file(qtbot, window, ensure_sample("mobilenet_v2", tmp_path))
    document = window.document
    assert document is not None and document.figures is not None
    assert document.figures.totals.total_bytes == 119_445_696
    with qtbot.waitSignal(document.figures_changed):
        window.menus[ActionId.ANALYZE_BANDWIDTH_TRUE].trigger()
    assert document.figures.totals.total_bytes == 119_445_976


def test_themes_and_docks(qtbot: QtBot, window: MainWindow, small_file: Path) -> None:
    open_file(qtbot, window, small_file)
    for action in (ActionId.VIEW_THEME_DARK, ActionId.VIEW_THEME_LIGHT):
        window.menus[action].trigger()
        assert not window.grab().isNull()
    window.menus[ActionId.VIEW_PROPERTIES].trigger()
    assert not window.properties_dock.isVisible()
    window.menus[ActionId.VIEW_PROPERTIES].trigger()
    assert window.properties_dock.isVisible()


@pytest.mark.slow
def test_alexnet_from_the_sample_to_a_verified_tiling(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.canvas.scene_ready, timeout=60_000):
        window.files.open_sample("alexnet")
    document = window.document
    assert document is not None and document.is_sample
    qtbot.waitUntil(lambda: document.is_ready and not window.jobs.is_busy, timeout=20_000)
    totals = document.figures.totals if document.figures else None
    assert totals is not None
    assert (totals.parameters, totals.weight_bytes) == (61_100_840, 244_403_360)
    assert totals.macs == 714_188_480
    tile_by_keys(qtbot, window, 64)
    assert document.graph.node_count == 14_506
    assert sum(g.tiling.tiles for g in document.graph.groups if g.tiling) == 14_336
    verify_by_keys(qtbot, window)
    result = window.verify_panel.result
    assert result is not None and result.passed and result.outputs[0].measures.mse < 1e-5


def test_window_remembers_its_place(qtbot: QtBot, session: Session) -> None:
    first = MainWindow(session)
    qtbot.addWidget(first)
    first.restore()
    first.resize(700, 620)
    first.show()
    first.close()
    second = MainWindow(session)
    qtbot.addWidget(second)
    second.restore()
    assert (second.width(), second.height()) == (700, 620)


def test_context_menu_fits_what_was_clicked(
    qtbot: QtBot, window: MainWindow, small_file: Path
) -> None:
    open_file(qtbot, window, small_file)
    window.context.show(3, -1, QPoint(5, 5))
    titles = [action.text() for action in window.context.menu.actions() if action.text()]
    assert titles[0] == "Copy Name" and "&Tile Linear Layers…" in titles
    window.context.menu.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == "head/fc/Gemm"
    window.context.menu.close()
    window.context.show(-1, -1, QPoint(5, 5))
    titles = [action.text() for action in window.context.menu.actions() if action.text()]
    assert titles == ["&Fit Graph", "Show &Constants"]
    window.context.menu.close()


def test_open_dimensions_are_told_and_set(
    qtbot: QtBot, window: MainWindow, small_file: Path
) -> None:
    model = onnx.load(small_file)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    model.graph.output[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    onnx.save(model, small_file)
    open_file(qtbot, window, small_file)
    qtbot.waitUntil(window.messages.isVisible)
    assert "batch" in window.messages.text.text()
    document = window.document
    assert document is not None and document.figures is not None
    assert document.figures.totals.unknown_nodes > 0

    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, SizesDialog)
        dialog.boxes["batch"].setValue(5)
        dialog.accept()

    answer_dialog(answer)
    with qtbot.waitSignal(document.figures_changed, timeout=20_000):
        window.menus[ActionId.ANALYZE_SIZES].trigger()
    assert document.figures.totals.macs == 5 * 3328
    assert document.figures.totals.unknown_nodes == 0
    qtbot.waitUntil(lambda: not window.jobs.is_busy)
    assert document.graph.network.open_sizes == ("batch",) and not document.is_modified
    verify_by_keys(qtbot, window)
    assert window.verify_panel.result is not None and window.verify_panel.result.passed
