"""The canvas driven by real mouse, wheel and key events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QContextMenuEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from inspector.model.graph import Graph
from inspector.model.groups import Role
from inspector.ui.graph_view.canvas import GraphCanvas
from inspector.ui.graph_view.states import State
from inspector.ui.graph_view.view import View
from inspector.ui.theme import DARK, LIGHT

NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


def show(qtbot: QtBot, canvas: GraphCanvas, graph: Graph, **options: object) -> None:
    with qtbot.waitSignal(canvas.scene_ready):
        canvas.show_graph(graph, **options)


def point_of(canvas: GraphCanvas, node: int) -> QPoint:
    left, top, width, height = canvas.scene.node_boxes[node]
    return QPointF(*canvas.view.to_screen(left + width / 2, top + height / 2)).toPoint()


def click(canvas: GraphCanvas, at: QPoint, modifiers: Qt.KeyboardModifier = NO_KEYS) -> None:
    QTest.mouseClick(canvas.viewport(), LEFT, modifiers, at)


def double_click(canvas: GraphCanvas, at: QPoint) -> None:
    QTest.mouseClick(canvas.viewport(), LEFT, NO_KEYS, at)
    QTest.mouseDClick(canvas.viewport(), LEFT, NO_KEYS, at)


def wheel(canvas: GraphCanvas, at: QPointF, angle: QPoint, **options: object) -> None:
    pixels = options.get("pixels", QPoint())
    phase = options.get("phase", Qt.ScrollPhase.NoScrollPhase)
    keys = options.get("keys", NO_KEYS)
    place = canvas.viewport().mapToGlobal(at)
    event = QWheelEvent(at, place, pixels, angle, Qt.MouseButton.NoButton, keys, phase, False)
    QApplication.sendEvent(canvas.viewport(), event)


def test_click_selects_and_escape_clears(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    node = branches.names.index("join")
    with qtbot.waitSignal(canvas.selection_changed) as signal:
        click(canvas, point_of(canvas, node))
    assert signal.args == [[node], -1]
    assert canvas.selected_nodes == [node]
    assert "join" in canvas.accessibleDescription()
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.selected_nodes == []
    assert canvas.accessibleDescription() == "Nothing selected"


def test_control_click_adds_and_takes_away(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    a, b = branches.names.index("left"), branches.names.index("right")
    click(canvas, point_of(canvas, a))
    click(canvas, point_of(canvas, b), Qt.KeyboardModifier.ControlModifier)
    assert canvas.selected_nodes == [a, b]
    click(canvas, point_of(canvas, a), Qt.KeyboardModifier.ControlModifier)
    assert canvas.selected_nodes == [b]


def test_click_on_an_input_selects_its_tensor(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    tensor = branches.graph_inputs[0]
    left, top, _, _ = canvas.scene.rect(canvas.scene.tensor_item(tensor))
    at = QPointF(*canvas.view.to_screen(left + 20, top + 20)).toPoint()
    with qtbot.waitSignal(canvas.tensor_selected) as signal:
        click(canvas, at)
    assert signal.args == [tensor]


@pytest.mark.parametrize("notches", [3, -4])
def test_wheel_zooms_at_the_pointer(qtbot, canvas, branches, notches) -> None:
    show(qtbot, canvas, branches)
    at = QPointF(210.0, 333.0)
    before, scale = canvas.view.to_scene(at.x(), at.y()), canvas.scale
    with qtbot.waitSignal(canvas.zoom_changed):
        wheel(canvas, at, QPoint(0, 120 * notches))
    assert canvas.scale == pytest.approx(scale * 1.18**notches)
    assert canvas.view.to_scene(at.x(), at.y()) == pytest.approx(before)


def test_quick_notches_add_up_while_the_view_glides(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    canvas.set_animation(True)
    at = QPointF(300.0, 200.0)
    before, scale = canvas.view.to_scene(at.x(), at.y()), canvas.scale
    for _ in range(3):
        wheel(canvas, at, QPoint(0, 120))
    qtbot.waitUntil(lambda: canvas.scale == pytest.approx(scale * 1.18**3))
    assert canvas.view.to_scene(at.x(), at.y()) == pytest.approx(before)


def test_two_fingers_pan_and_zoom_with_control(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    view, at = canvas.view, QPointF(100.0, 100.0)
    fingers = {"pixels": QPoint(12, -30), "phase": Qt.ScrollPhase.ScrollUpdate}
    wheel(canvas, at, QPoint(12, -30), **fingers)
    assert canvas.view == view.moved(12, -30)
    wheel(canvas, at, QPoint(0, 10), **fingers, keys=Qt.KeyboardModifier.ControlModifier)
    assert canvas.scale < view.scale


def drag(canvas: GraphCanvas, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT) -> None:
    QTest.mousePress(canvas.viewport(), button, NO_KEYS, start)
    QTest.mouseMove(canvas.viewport(), (start + end) / 2)
    QTest.mouseMove(canvas.viewport(), end)
    QTest.mouseRelease(canvas.viewport(), button, NO_KEYS, end)


@pytest.mark.parametrize("button", [LEFT, Qt.MouseButton.MiddleButton])
def test_drag_pans_also_from_a_node_and_selects_nothing(qtbot, canvas, branches, button) -> None:
    show(qtbot, canvas, branches)
    view = canvas.view
    start = point_of(canvas, branches.names.index("relu"))
    drag(canvas, start, start + QPoint(60, 45), button)
    assert canvas.view == view.moved(60, 45)
    assert canvas.selected_nodes == []


def test_escape_takes_a_drag_back(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    view = canvas.view
    QTest.mousePress(canvas.viewport(), LEFT, NO_KEYS, QPoint(50, 50))
    QTest.mouseMove(canvas.viewport(), QPoint(150, 150))
    assert canvas.view != view
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.view == view
    QTest.mouseRelease(canvas.viewport(), LEFT, NO_KEYS, QPoint(150, 150))


def test_shift_drag_zooms_to_the_rectangle(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    start, end = QPoint(300, 200), QPoint(600, 350)
    middle = canvas.view.to_scene(450, 275)
    QTest.mousePress(canvas.viewport(), LEFT, Qt.KeyboardModifier.ShiftModifier, start)
    QTest.mouseMove(canvas.viewport(), end)
    QTest.mouseRelease(canvas.viewport(), LEFT, Qt.KeyboardModifier.ShiftModifier, end)
    assert canvas.view.to_screen(*middle) == pytest.approx((450.0, 350.0))


def test_arrows_walk_and_keep_the_node_in_view(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    canvas.camera.set(View(1.0, -4_000.0, -4_000.0))
    QTest.keyClick(canvas, Qt.Key.Key_Home)
    assert canvas.selected_nodes == [branches.names.index("relu")]
    for name in ("left", "join", "scale", "weigh"):
        QTest.keyClick(canvas, Qt.Key.Key_Down)
        assert canvas.selected_nodes == [branches.names.index(name)]
        assert canvas.viewport().rect().contains(point_of(canvas, canvas.selected_nodes[0]))
    QTest.keyClick(canvas, Qt.Key.Key_Up)
    assert canvas.selected_nodes == [branches.names.index("scale")]
    QTest.keyClick(canvas, Qt.Key.Key_End)
    assert canvas.selected_nodes == [branches.names.index("weigh")]


def test_keys_fit_and_zoom(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    QTest.keyClick(canvas, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(canvas, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    small = canvas.scale
    QTest.keyClick(canvas, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert small < canvas.scale == 1.0
    canvas.camera.set(View(3.0, 99.0, 99.0))
    QTest.keyClick(canvas, Qt.Key.Key_F)
    left, top, right, bottom = canvas.scene.bounds
    x1, y1 = canvas.view.to_screen(left, top)
    x2, y2 = canvas.view.to_screen(right, bottom)
    assert 0 <= x1 < x2 <= 900 and 0 <= y1 < y2 <= 700
    canvas.select_nodes([0])
    QTest.keyClick(canvas, Qt.Key.Key_Z)
    assert point_of(canvas, 0) == QPoint(450, 350)


def test_double_click_centres_and_activates(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    node = branches.names.index("left")
    with qtbot.waitSignal(canvas.node_activated) as signal:
        double_click(canvas, point_of(canvas, node))
    assert signal.args == [node]
    assert point_of(canvas, node) == QPoint(450, 350)


def test_click_on_a_cell_selects_its_tile(qtbot, canvas, make_tiled) -> None:
    graph = make_tiled()
    show(qtbot, canvas, graph)
    table = canvas.scene.tables[0]
    for block in ((0, 0, 0), (0, 1, 2)):
        click(canvas, point_of(canvas, int(table.tiles[block])))
        (node,) = canvas.selected_nodes
        assert graph.marks[node].role is Role.TILE
        assert graph.marks[node].block == block
    click(canvas, point_of(canvas, table.first(Role.SPLIT)))
    assert graph.marks[canvas.selected_nodes[0]].role is Role.SPLIT


def title_point(canvas: GraphCanvas) -> QPoint:
    left, top, _, _ = canvas.scene.rect(canvas.scene.group_item(0))
    return QPointF(*canvas.view.to_screen(left + 30, top + 20)).toPoint()


def test_click_on_the_title_selects_the_group(qtbot, canvas, make_tiled) -> None:
    show(qtbot, canvas, make_tiled())
    with qtbot.waitSignal(canvas.selection_changed) as signal:
        click(canvas, title_point(canvas))
    assert signal.args == [[], 0]
    assert canvas.accessibleDescription().startswith("fc.1 · Linear 1×12×8")


def test_double_click_unfolds_where_it_stands_and_folds_again(qtbot, canvas, make_tiled) -> None:
    show(qtbot, canvas, make_tiled())
    before = title_point(canvas)
    with qtbot.waitSignals([canvas.scene_ready, canvas.fold_changed]):
        double_click(canvas, before)
    assert canvas.open_groups == {0}
    assert len(canvas.scene.grids) == 1
    assert title_point(canvas) == before
    with qtbot.waitSignal(canvas.scene_ready):
        double_click(canvas, before)
    assert canvas.open_groups == frozenset()
    assert title_point(canvas) == before


def test_chevron_and_space_fold(qtbot, canvas, make_tiled) -> None:
    show(qtbot, canvas, make_tiled())
    left, top, width, _ = canvas.scene.rect(canvas.scene.group_item(0))
    chevron = QPointF(*canvas.view.to_screen(left + width - 22, top + 20)).toPoint()
    with qtbot.waitSignal(canvas.scene_ready):
        click(canvas, chevron)
    assert canvas.open_groups == {0}
    tile = int(canvas.scene.tables[0].tiles[0, 1, 1])
    canvas.select_nodes([tile])
    with qtbot.waitSignal(canvas.scene_ready):
        QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert canvas.open_groups == frozenset()
    assert canvas.selected_nodes == [tile]


def test_folding_a_large_frame_from_deep_inside_leaves_it_in_sight(
    qtbot, canvas, make_tiled
) -> None:
    show(qtbot, canvas, make_tiled(k=160), open_groups=[0])
    canvas.centre_on(int(canvas.scene.tables[0].tiles[0, 1, 39]))
    with qtbot.waitSignal(canvas.scene_ready):
        canvas.toggle_fold(0)
    item = canvas.scene.group_item(0)
    assert item in canvas.scene.index.query(*canvas.view.region(900, 700))


def test_unfolding_keeps_the_selected_neighbour_in_place(qtbot, canvas, make_tiled) -> None:
    graph = make_tiled()
    show(qtbot, canvas, graph)
    node = graph.names.index("before")
    canvas.select_nodes([node])
    before = point_of(canvas, node)
    with qtbot.waitSignal(canvas.scene_ready):
        canvas.unfold_all()
    assert point_of(canvas, node) == before


def test_search_hits_are_painted(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    node = branches.names.index("join")
    at = point_of(canvas, node) + QPoint(30, 0)
    plain = canvas.grab().toImage().pixelColor(at)
    canvas.set_search_hits([node], node)
    assert canvas.grab().toImage().pixelColor(at) != plain
    canvas.set_search_hits([])
    assert canvas.grab().toImage().pixelColor(at) == plain


def test_hits_and_selection_set_before_the_scene_are_there_with_it(
    qtbot, canvas, branches, make_tiled
) -> None:
    show(qtbot, canvas, branches)
    tiled = make_tiled(k=64, n=64)
    with qtbot.waitSignal(canvas.scene_ready):
        canvas.show_graph(tiled, keep_view=True)
        last = tiled.node_count - 1
        canvas.select_nodes([last])
        canvas.set_search_hits(range(tiled.node_count), last)
        canvas.grab()
    canvas.grab()
    assert canvas.selected_nodes == [last]


def test_block_values_colour_the_cells(qtbot, canvas, make_tiled) -> None:
    show(qtbot, canvas, make_tiled())
    tiles = canvas.scene.tables[0].tiles
    canvas.set_block_values(0, np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]), "norm")
    image = canvas.grab().toImage()
    assert image.pixelColor(point_of(canvas, int(tiles[0, 0, 0]))) == QColor("#440154")
    assert image.pixelColor(point_of(canvas, int(tiles[0, 1, 2]))) == QColor("#FDE725")
    with pytest.raises(ValueError, match="block values"):
        canvas.set_block_values(0, np.zeros((3, 2)))


def test_hover_names_the_block(qtbot, canvas, make_tiled) -> None:
    show(qtbot, canvas, make_tiled())
    canvas.set_block_values(0, np.arange(6.0).reshape(2, 3), "norm")
    at = point_of(canvas, int(canvas.scene.tables[0].tiles[0, 1, 2]))
    hover = canvas._hover_under(QPointF(at))
    assert hover.lines == ("block n 1, k 2", "2DMM_m0_n1_k2", "norm 5")


def test_edge_without_ends_in_view_is_painted(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    scene = canvas.scene
    edge = int(np.flatnonzero(scene.edge_src == scene.node_item[branches.names.index("scale")])[0])
    (x, y), end = scene.routes.polyline(edge)[[0, -1]]
    canvas.camera.set(View(16.0, 450 - x * 16, 350 - (y + end[1]) / 2 * 16))
    image = canvas.grab().toImage()
    column = {image.pixelColor(x, 350).name() for x in range(440, 460)}
    assert len(column) > 1


def test_click_beside_everything_selects_nothing_and_context_menu_says_where(
    qtbot, canvas, branches
) -> None:
    show(qtbot, canvas, branches)
    node = branches.names.index("right")
    at = point_of(canvas, node)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, canvas.mapToGlobal(at))
    with qtbot.waitSignal(canvas.context_requested) as signal:
        QApplication.sendEvent(canvas.viewport(), event)
    assert signal.args[:2] == [node, -1]
    assert canvas.selected_nodes == [node]
    click(canvas, QPoint(5, 5))
    assert canvas.selected_nodes == []


def test_types_that_come_later_change_words_not_places(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    x = canvas.scene.x.copy()
    types = {"b": branches.tensor_types[branches.tensor_names.index("x")]}
    from inspector.model.graph import build_graph

    better = build_graph(branches.network.with_types(types))
    canvas.update_types(better)
    assert canvas.scene.graph is better
    assert (canvas.scene.x == x).all()
    assert canvas._shown.labels.edge(better.tensor_names.index("b")) == "1×8"


def test_keep_view_keeps_what_has_the_same_name(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    node = branches.names.index("join")
    canvas.select_nodes([node])
    canvas.camera.set(View(1.3, 40.0, -60.0))
    before = point_of(canvas, node)
    show(qtbot, canvas, branches, keep_view=True)
    assert canvas.selected_nodes == [node]
    assert canvas.scale == 1.3
    assert point_of(canvas, node) == before


def test_empty_model_and_errors_have_their_words(qtbot, canvas, branches) -> None:
    from inspector.model.graph import build_graph
    from inspector.model.network import Network

    empty = build_graph(Network(branches.network.header, (), {}))
    ready: list[int] = []
    canvas.show_graph(empty, on_ready=lambda: ready.append(1))
    assert ready == [1]
    assert canvas._state is State.EMPTY
    canvas.grab()
    canvas.show_error("This file is empty", "Choose another one.")
    assert canvas._state is State.ERROR
    canvas.grab()
    show(qtbot, canvas, branches)
    assert canvas._state is State.GRAPH


def test_skeleton_only_after_a_while(qtbot, canvas) -> None:
    canvas.show_loading()
    assert canvas._state is State.LOADING
    qtbot.waitUntil(lambda: canvas._state is State.SKELETON)
    canvas.grab()


def test_themes_paint_their_ground(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    for theme in (LIGHT, DARK):
        canvas.set_theme(theme)
        assert canvas.grab().toImage().pixelColor(2, 2) == QColor(theme.background)


def test_overview_moves_the_view(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    canvas.camera.set(View(6.0, 0.0, 0.0))
    card = canvas._overview_card()
    assert card is not None
    click(canvas, card.center().toPoint())
    left, top, right, bottom = canvas.scene.bounds
    x, y = canvas.view.to_scene(450, 350)
    assert x == pytest.approx((left + right) / 2, abs=(right - left) / 8)
    assert y == pytest.approx((top + bottom) / 2, abs=(bottom - top) / 20)
    canvas.fit()
    assert canvas._overview_card() is None


def test_dropped_files_are_reported(qtbot, canvas, tmp_path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.onnx")), QUrl("https://example.org/b")])
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
    with qtbot.waitSignal(canvas.files_dropped) as signal:
        canvas.dropEvent(event)
    assert signal.args == [[str(tmp_path / "a.onnx")]]


def test_every_level_of_detail_paints(qtbot, canvas, make_tiled, control) -> None:
    for graph in (make_tiled(9, 40, 24), control):
        for opened in ((), range(len(graph.groups))):
            show(qtbot, canvas, graph, open_groups=opened)
            canvas.set_show_constants(bool(opened))
            canvas.select_nodes(range(0, graph.node_count, 3))
            for scale in (0.01, 0.07, 0.15, 0.3, 0.6, 1.0, 2.5, 16.0):
                canvas.camera.set(View(scale, 20.0, 20.0))
                canvas.grab()
            assert canvas._state is State.GRAPH
