"""The analysis panels on a small network, by clicks and keys."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from inspector.analysis.accelerator import PRESETS, Accelerator, Unit
from inspector.analysis.figures import Figures, compute_figures
from inspector.model.graph import Graph, build_graph, inline_weight
from inspector.model.network import Network, declared_types
from inspector.ui.analyze import FitPanel, MemoryPanel, RooflinePanel
from inspector.ui.analyze import panel as base
from inspector.ui.analyze.fit_table import COLUMNS
from inspector.ui.theme import DARK, LIGHT, apply_theme

UTILISATION = next(i for i, column in enumerate(COLUMNS) if column.title == "utilisation")
K = next(i for i, column in enumerate(COLUMNS) if column.title == "K")


@pytest.fixture(scope="module")
def graph() -> Graph:
    """1 x 100 -> fc1 -> 1 x 640 -> Relu -> fc2 -> 1 x 64 -> Neg."""

    def info(name: str, *shape: int) -> object:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    proto = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w1"], ["a"], name="fc1"),
            helper.make_node("Relu", ["a"], ["b"], name="act"),
            helper.make_node("MatMul", ["b", "w2"], ["c"], name="fc2"),
            helper.make_node("Neg", ["c"], ["y"], name="neg"),
        ],
        "g",
        [info("x", 1, 100)],
        [info("y", 1, 64)],
        value_info=[info("a", 1, 640), info("b", 1, 640), info("c", 1, 64)],
    )
    shapes = {"w1": (100, 640), "w2": (640, 64)}
    weights = {
        name: inline_weight(numpy_helper.from_array(np.ones(shape, np.float32), name))
        for name, shape in shapes.items()
    }
    header = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 17)])
    nodes = tuple(proto.node)
    del header.graph.node[:]
    return build_graph(Network(header, nodes, weights, declared_types(proto)))


@pytest.fixture(scope="module")
def figures(graph: Graph) -> Figures:
    return compute_figures(graph)


@pytest.fixture
def shown(qtbot: QtBot, graph: Graph, figures: Figures):
    """Makes a panel of a class, shown with the small network."""

    def make(kind, **values):
        panel = kind()
        qtbot.addWidget(panel)
        panel.resize(1000, 320)
        panel.set_data(graph, figures)
        with qtbot.waitSignal(panel.shown):
            panel.show()
        qtbot.waitExposed(panel)
        QApplication.processEvents()
        return panel

    return make


def rows(panel: FitPanel, number: int) -> list[str]:
    model = panel.table.model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


def press_row(qtbot: QtBot, table, row: int) -> None:
    rect = table.visualRect(table.model().index(row, 0))
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def press_plot(qtbot: QtBot, plot, x: float, y: float, keys=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, keys, plot.pixel_of(x, y))


# What all share --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [FitPanel, MemoryPanel, RooflinePanel])
def test_nothing_is_built_before_a_panel_is_seen(qtbot, graph, figures, kind) -> None:
    panel = kind()
    qtbot.addWidget(panel)
    with qtbot.assertNotEmitted(panel.shown):
        panel.set_data(graph, figures)
        panel.select_nodes([1])
    assert not panel.is_ready
    assert panel._pages.count() == 1
    with qtbot.waitSignal(panel.shown):
        panel.show()
    assert panel.is_ready
    panel.clear()
    assert not panel.is_ready
    assert panel._message.isVisible()


def test_panels_are_made_without_pyqtgraph() -> None:
    code = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication([])\n"
        "from inspector.ui.analyze import *; FitPanel(), MemoryPanel(), RooflinePanel()\n"
        "print('pyqtgraph' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize("kind", [FitPanel, MemoryPanel, RooflinePanel])
def test_a_large_graph_is_computed_on_a_thread(qtbot, graph, figures, monkeypatch, kind) -> None:
    monkeypatch.setattr(base, "_MOST_AT_ONCE", 1)
    panel = kind()
    qtbot.addWidget(panel)
    panel.set_data(graph, figures)
    with qtbot.waitSignal(panel.shown):
        panel.show()
        assert panel._message.text() == "Computing…"
    assert panel.is_ready


def test_a_graph_replaced_while_it_is_computed_is_not_shown(
    qtbot, graph, figures, monkeypatch
) -> None:
    monkeypatch.setattr(base, "_MOST_AT_ONCE", 1)
    panel = FitPanel()
    qtbot.addWidget(panel)
    panel.set_data(graph, figures)
    panel.show()
    job = panel._job
    with qtbot.waitSignal(panel.shown):
        panel.set_data(graph, compute_figures(graph))
    assert job is not None and job.is_cancelled


@pytest.mark.parametrize("kind", [FitPanel, MemoryPanel, RooflinePanel])
def test_a_selection_from_outside_is_not_told(qtbot, shown, kind) -> None:
    panel = shown(kind)
    with qtbot.assertNotEmitted(panel.nodes_selected):
        panel.select_nodes([2])
    assert panel.chosen == [2]


# Matrix unit -----------------------------------------------------------------------------------


def test_fit_by_hand(shown) -> None:
    panel = shown(FitPanel)
    assert rows(panel, 0) == ["fc1", "fc2"]
    # 1 x 100 x 640 in 2 x 10 tiles; 1 x 640 x 64 in 10 tiles.
    assert rows(panel, UTILISATION) == ["1.2207 %", "1.5625 %"]
    assert panel.headline.text() == (
        "The model keeps a 64×64×64 unit busy 1.3 % of the time. Its 2 Linear layers use at most "
        "1/64 of it, for M is 1 of 64, and take 100.0 % of that time."
    )
    assert [card.text.value for card in panel.cards[1:]] == [
        30,
        30 * 64**3 - 104_960,
        (1 * 2 * 640 + 9 * 2 * 64) * 4,
    ]


def test_typing_a_unit_recounts_and_tells(qtbot, shown) -> None:
    panel = shown(FitPanel)
    spin = panel.spins[0]
    spin.selectAll()
    with qtbot.waitSignal(panel.unit_changed) as told:
        qtbot.keyClicks(spin, "1")
        qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert told.args == [Unit(1, 64, 64)]
    assert rows(panel, UTILISATION) == ["78.125 %", "100 %"]
    with qtbot.assertNotEmitted(panel.unit_changed):
        panel.set_unit(Unit(64, 100, 64))
    assert [spin.value() for spin in panel.spins] == [64, 100, 64]
    assert rows(panel, UTILISATION) == ["1.5625 %", "1.4286 %"]


def test_sorting_filtering_and_selecting_multiplies(qtbot, shown) -> None:
    panel = shown(FitPanel)
    panel.table.sortByColumn(K, Qt.SortOrder.DescendingOrder)
    assert rows(panel, K) == ["640", "100"]
    with qtbot.waitSignal(panel.nodes_selected) as told:
        press_row(qtbot, panel.table, 0)
    assert told.args == [[2]]
    panel.set_unit(Unit(8, 8, 8))
    assert panel.table.selected_nodes() == [2]
    assert [index.data() for index in panel.table.selectionModel().selectedRows()] == ["fc2"]
    qtbot.keyClicks(panel.filter, "fc1")
    qtbot.waitUntil(lambda: rows(panel, 0) == ["fc1"])


def test_the_formula_is_a_hover_away(shown) -> None:
    panel = shown(FitPanel)
    tip = panel.table.model().index(1, UTILISATION).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("M 1 × K 640 × N 64: ⌈1/64⌉ × ⌈640/64⌉ × ⌈64/64⌉ = 10 tiles")


# Memory ----------------------------------------------------------------------------------------


def test_memory_by_hand(shown) -> None:
    panel = shown(MemoryPanel)
    assert panel.timeline.live.tolist() == [740 * 4, 1280 * 4, 704 * 4, 128 * 4]
    assert [card.text.value for card in panel.cards if card.isVisible()] == [5120, 5632, 5120]
    assert panel.heading.text() == "Alive at the peak: 5.12 kB at act"
    table = panel.table.model()
    assert [table.index(row, 0).data() for row in range(2)] == ["a", "b"]
    assert not panel.to_peak.isVisible()


def test_a_click_on_the_timeline_selects_its_node(qtbot, shown) -> None:
    panel = shown(MemoryPanel)
    with qtbot.waitSignal(panel.nodes_selected) as told:
        press_plot(qtbot, panel.plot, 3.0, 1000)
    assert told.args == [[2]]
    assert panel.heading.text() == "Alive: 2.82 kB at fc2"
    with qtbot.waitSignal(panel.nodes_selected) as told:
        qtbot.keyClick(panel.plot, Qt.Key.Key_Right)
    assert told.args == [[3]]
    with qtbot.waitSignal(panel.nodes_selected) as told:
        qtbot.mouseClick(panel.to_peak, Qt.MouseButton.LeftButton)
    assert told.args == [[1]]


def test_hovering_tells_the_node(shown) -> None:
    panel = shown(MemoryPanel)
    place = panel.plot.place_of(panel.plot.pixel_of(2.2, 100).toPointF())
    assert panel.plot.tip_at(place) == "act\nRelu · the peak\n5,120 B alive"


def test_a_tensor_selects_its_maker_and_the_list_stays(qtbot, shown) -> None:
    panel = shown(MemoryPanel)
    with qtbot.waitSignal(panel.nodes_selected) as told:
        press_row(qtbot, panel.table, 0)
    assert told.args == [[0]]
    assert panel.heading.text() == "Alive at the peak: 5.12 kB at act"


# Roofline --------------------------------------------------------------------------------------


def test_roofline_by_hand(shown) -> None:
    panel = shown(RooflinePanel)
    panel.set_accelerator(Accelerator("a", 1e9, 1e9), padding=False)
    # 64,000 MACs and 258,960 B; 40,960 MACs and 166,656 B; memory bound, as the others are.
    assert panel.roofline.moved_bytes.tolist() == [258_960, 5120, 166_656, 512]
    assert [card.text.title for card in panel.cards] == [
        "Time at best",
        "Waits for memory",
        "Bytes moved",
        "Longest: fc1",
    ]
    assert panel.cards[1].text.figure == ("100.0", "%")
    assert {point.nodes for point in panel.plot.points} == {(0,), (2,)}
    for point in panel.plot.points:
        assert point.y == pytest.approx(point.x + 9)


def test_a_click_on_a_point_selects_its_node(qtbot, shown) -> None:
    panel = shown(RooflinePanel)
    panel.set_accelerator(Accelerator("a", 1e6, 1e9))
    QApplication.processEvents()
    by_node = {point.nodes[0]: point for point in panel.plot.points}
    with qtbot.waitSignal(panel.nodes_selected) as told:
        press_plot(qtbot, panel.plot, by_node[2].x, by_node[2].y)
    assert told.args == [[2]]
    with qtbot.waitSignal(panel.nodes_selected) as told:
        qtbot.keyClick(panel.plot, Qt.Key.Key_Left)
        qtbot.keyClick(panel.plot, Qt.Key.Key_Right)
    assert panel.plot.is_chosen(by_node[panel.chosen[0]])
    assert "bound by compute" in by_node[0].tip


def test_a_typed_bandwidth_moves_the_roof_and_is_told(qtbot, shown) -> None:
    panel = shown(RooflinePanel)
    spin = panel.form.bandwidth
    spin.selectAll()
    with qtbot.waitSignal(panel.accelerator_changed) as told:
        qtbot.keyClicks(spin, "2")
        qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert told.args[0].bandwidth_bytes_per_s == 2e9
    assert told.args[0].peak_macs_per_s == PRESETS[0].peak_macs_per_s
    assert panel.form.presets.currentText() == "Custom"
    assert panel.roofline.accelerator == told.args[0]


def test_a_preset_sets_every_field(qtbot, shown) -> None:
    panel = shown(RooflinePanel)
    with qtbot.waitSignal(panel.accelerator_changed) as told:
        qtbot.keyClick(panel.form.presets, Qt.Key.Key_Down)
        panel.form.presets.activated.emit(panel.form.presets.currentIndex())
    assert told.args == [PRESETS[1]]
    assert panel.form.peak.value() == 25.6
    assert panel.form.on_chip.value() == 128


def test_counting_padding_is_told(qtbot, shown) -> None:
    panel = shown(RooflinePanel)
    padded = panel.roofline.totals.seconds
    with qtbot.waitSignal(panel.padding_changed) as told:
        qtbot.mouseClick(panel.form.padding, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert told.args == [False]
    assert panel.roofline.totals.seconds <= padded


@pytest.mark.parametrize("kind", [MemoryPanel, RooflinePanel])
def test_plots_follow_the_theme(shown, kind) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_theme(app, LIGHT)
    panel = shown(kind)
    for theme in (DARK, LIGHT):
        apply_theme(app, theme)
        QApplication.processEvents()
        assert panel.plot.backgroundBrush().color().name().upper() == theme.pane
        assert panel.plot.grab().toImage().pixelColor(2, 2).name().upper() == theme.pane
