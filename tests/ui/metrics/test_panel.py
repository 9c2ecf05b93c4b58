from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from inspector.analysis.figures import Figures, compute_figures
from inspector.model.graph import Graph, build_graph, inline_weight
from inspector.model.network import Network, declared_types
from inspector.ui.metrics import MetricsPanel
from inspector.ui.metrics.cards import card_texts
from inspector.ui.metrics.table_model import COLUMNS, NodeTable

MACS = next(i for i, column in enumerate(COLUMNS) if column.title == "MACs")
SHAPE = next(i for i, column in enumerate(COLUMNS) if column.title == "output shape")
NAME = 0


def matmul(name: str, read: str, weight: str, made: str) -> object:
    return helper.make_node("MatMul", [read, weight], [made], name=name)


@pytest.fixture(scope="module")
def graph() -> Graph:
    """MatMuls of 200, 1000 and 50 MACs, a Relu without any and an operator nobody knows."""
    sizes = {"w10": (10, 20), "w2": (20, 50), "w9": (50, 1)}
    proto = helper.make_graph(
        [
            matmul("layer10", "x", "w10", "a"),
            helper.make_node("Relu", ["a"], ["b"], name="act"),
            matmul("layer2", "b", "w2", "c"),
            helper.make_node("Odd", ["c"], ["d"], name="odd", domain="com.example"),
            matmul("layer9", "c", "w9", "e"),
        ],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 10])],
        [helper.make_tensor_value_info("e", TensorProto.FLOAT, [1, 1])],
        value_info=[
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size])
            for name, size in (("a", 20), ("b", 20), ("c", 50))
        ],
    )
    weights = {
        name: inline_weight(numpy_helper.from_array(np.ones(shape, np.float32), name))
        for name, shape in sizes.items()
    }
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)]
    header = helper.make_model(proto, opset_imports=opsets)
    nodes = tuple(proto.node)
    del header.graph.node[:]
    return build_graph(Network(header, nodes, weights, declared_types(proto)))


@pytest.fixture(scope="module")
def figures(graph: Graph) -> Figures:
    return compute_figures(graph)


@pytest.fixture
def panel(qtbot: QtBot, graph: Graph, figures: Figures) -> MetricsPanel:
    panel = MetricsPanel()
    qtbot.addWidget(panel)
    panel.resize(960, 220)
    panel.set_data(graph, figures)
    panel.show()
    return panel


def column(panel: MetricsPanel, number: int) -> list[str]:
    model = panel.table.model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


def press_header(qtbot: QtBot, panel: MetricsPanel, number: int) -> None:
    header = panel.table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(number) + 30, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def press_row(qtbot: QtBot, panel: MetricsPanel, row: int, modifier: Qt.KeyboardModifier) -> None:
    rect = panel.table.visualRect(panel.table.model().index(row, 0))
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, modifier, rect.center())


def test_rows_are_in_file_order_at_first(panel: MetricsPanel) -> None:
    assert column(panel, NAME) == ["layer10", "act", "layer2", "odd", "layer9"]
    assert column(panel, MACS) == ["200", "0", "1,000", "unknown", "50"]
    assert column(panel, MACS + 1) == ["16.0 %", "0 %", "80.0 %", "unknown", "4.0 %"]


def test_numbers_sort_as_numbers_and_unknown_last(qtbot: QtBot, panel: MetricsPanel) -> None:
    press_header(qtbot, panel, MACS)
    first = column(panel, MACS)
    press_header(qtbot, panel, MACS)
    second = column(panel, MACS)
    ascending = ["0", "50", "200", "1,000", "unknown"]
    descending = ["1,000", "200", "50", "0", "unknown"]
    assert sorted([first, second]) == sorted([ascending, descending])


def test_names_sort_by_their_numbers_and_shapes_by_size(panel: MetricsPanel) -> None:
    panel.table.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
    assert column(panel, NAME) == ["act", "layer2", "layer9", "layer10", "odd"]
    panel.table.sortByColumn(SHAPE, Qt.SortOrder.DescendingOrder)
    assert column(panel, SHAPE) == ["1×50", "1×20", "1×20", "1×1", "?"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("LAYER", ["layer10", "layer2", "layer9"]),
        ("relu", ["act"]),
        ("1x20", ["layer10", "act"]),
        ("  ", ["layer10", "act", "layer2", "odd", "layer9"]),
    ],
)
def test_filter(qtbot: QtBot, panel: MetricsPanel, text: str, names: list[str]) -> None:
    qtbot.keyClicks(panel.filter, text)
    qtbot.waitUntil(lambda: column(panel, NAME) == names)


def test_a_filter_without_match_says_so(qtbot: QtBot, panel: MetricsPanel) -> None:
    qtbot.keyClicks(panel.filter, "nowhere")
    qtbot.keyClick(panel.filter, Qt.Key.Key_Return)
    assert panel._empty.isVisible()
    assert "nowhere" in panel._empty.text()
    panel.filter.clear()
    qtbot.waitUntil(lambda: panel.table.isVisible())


def test_a_click_tells_its_nodes_in_any_order(qtbot: QtBot, panel: MetricsPanel) -> None:
    panel.table.sortByColumn(MACS, Qt.SortOrder.DescendingOrder)
    with qtbot.waitSignal(panel.nodes_selected) as told:
        press_row(qtbot, panel, 0, Qt.KeyboardModifier.NoModifier)
    assert told.args == [[2]]
    with qtbot.waitSignal(panel.nodes_selected) as told:
        press_row(qtbot, panel, 2, Qt.KeyboardModifier.ControlModifier)
    assert told.args == [[2, 4]]


def test_a_selection_from_outside_is_not_told(qtbot: QtBot, panel: MetricsPanel) -> None:
    with qtbot.assertNotEmitted(panel.nodes_selected):
        panel.select_nodes([4, 0])
        panel.table.sortByColumn(MACS, Qt.SortOrder.AscendingOrder)
        panel.filter.setText("layer")
        panel._filter()
    chosen = [index.data() for index in panel.table.selectionModel().selectedRows()]
    assert sorted(chosen) == ["layer10", "layer9"]
    assert panel.table.selected_nodes() == [0, 4]


def test_a_filtered_selection_comes_back(qtbot: QtBot, panel: MetricsPanel) -> None:
    panel.select_nodes([1])
    panel.table.metrics.set_filter("layer")
    assert not panel.table.selectionModel().hasSelection()
    panel.table.metrics.set_filter("")
    assert [i.data() for i in panel.table.selectionModel().selectedRows()] == ["act"]


def test_copy_of_rows(qtbot: QtBot, panel: MetricsPanel) -> None:
    panel.select_nodes([0, 2])
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert lines[0] == [entry.title for entry in COLUMNS]
    assert [line[0] for line in lines[1:]] == ["layer10", "layer2"]
    assert lines[1][MACS] == "200"


def test_cards(qtbot: QtBot, panel: MetricsPanel) -> None:
    shown = [card.text for card in panel.cards]
    assert [card.title for card in shown] == [
        "Parameters",
        "MACs",
        "Weights",
        "Bytes moved · course",
        "Peak activations",
    ]
    assert [card.value for card in shown[:3]] == [1250, 1250, 5000]
    qtbot.keyClick(panel.cards[1], Qt.Key.Key_Return)
    popover = panel.cards[1]._popover
    texts = [child.text() for child in popover.children() if hasattr(child, "text")]
    assert "1,250 MACs = 2,500 FLOPs" in texts
    assert any("One node has an unknown" in text for text in texts)
    popover.close()


def test_a_bar_selects_its_nodes(qtbot: QtBot, panel: MetricsPanel) -> None:
    assert [bar.text for bar in panel.chart.bars] == ["1.00 k", "200", "50"]
    with qtbot.waitSignal(panel.nodes_selected) as told:
        place = QPoint(20, panel.chart.row_height() + 4)
        qtbot.mouseClick(panel.chart, Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [[0]]
    assert panel.table.selected_nodes() == [0]
    panel.chart_choice.setCurrentText("Number of operators")
    assert [(bar.name, bar.text) for bar in panel.chart.bars] == [
        ("MatMul", "3"),
        ("Odd", "1"),
        ("Relu", "1"),
    ]
    with qtbot.waitSignal(panel.nodes_selected) as told:
        qtbot.keyClick(panel.chart, Qt.Key.Key_Down)
        qtbot.keyClick(panel.chart, Qt.Key.Key_Return)
    assert told.args == [[0, 2, 4]]


def test_categories_add_up(panel: MetricsPanel, figures: Figures) -> None:
    panel.chart_choice.setCurrentText("Categories by MACs")
    assert [(bar.name, bar.value) for bar in panel.chart.bars] == [("linear", 1250)]
    panel.chart_choice.setCurrentText("Categories by parameters")
    assert sum(bar.value for bar in panel.chart.bars) == figures.totals.parameters


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_export_buttons(qtbot: QtBot, panel: MetricsPanel, kind: str) -> None:
    button = next(b for b in panel.findChildren(QPushButton) if b.text() == kind.upper())
    with qtbot.waitSignal(panel.export_requested) as asked:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == [kind]


def test_clear(panel: MetricsPanel) -> None:
    panel.clear()
    assert panel.table.model().rowCount() == 0
    assert panel._empty.isVisible()


def test_a_large_selection_becomes_few_ranges(panel: MetricsPanel) -> None:
    panel.select_nodes(range(5))
    assert panel.table.selectionModel().selection().count() == 1


def test_order_keeps_ties_in_file_order(graph: Graph, figures: Figures) -> None:
    table = NodeTable(graph, figures)
    # write B: 80, 80, 200, unknown, 4
    number = next(i for i, entry in enumerate(COLUMNS) if entry.title == "write B")
    assert table.order(number, False).tolist() == [4, 0, 1, 2, 3]
    assert table.order(number, True).tolist() == [2, 0, 1, 4, 3]


def test_selecting_everything_by_keyboard(qtbot: QtBot, panel: MetricsPanel) -> None:
    panel.table.setCurrentIndex(panel.table.model().index(0, 0))
    with qtbot.waitSignal(panel.nodes_selected) as told:
        qtbot.keyClick(panel.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert told.args == [[0, 1, 2, 3, 4]]
    panel.table.selectionModel().select(
        panel.table.model().index(0, 0), QItemSelectionModel.SelectionFlag.Clear
    )
    assert panel.table.selected_nodes() == []


def test_total_that_leaves_nodes_out_says_so(graph: Graph) -> None:
    texts = {text.title: text for text in card_texts(compute_figures(graph))}
    # The odd operator's MACs and output are unknown; 1250 MACs of the others are not.
    assert texts["MACs"].figure == ("≥ 1.25", "k")
    assert texts["Parameters"].figure is None
