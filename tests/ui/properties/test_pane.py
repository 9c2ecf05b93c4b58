from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication, QHelpEvent
from PySide6.QtWidgets import QPushButton, QToolTip
from pytestqt.qtbot import QtBot

from inspector.analysis.figures import Figures, compute_figures
from inspector.io.onnx_reader import read_onnx
from inspector.model.graph import Graph, build_graph
from inspector.model.problems import Problem, Severity
from inspector.ui.properties import PropertyPane
from inspector.ui.properties.sections import Page, Row, RowKind, Section

LONG = "/features/" + "very_long_part/" * 12 + "Conv"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    weight = np.linspace(-1, 3, 8 * 4 * 3 * 3, dtype=np.float32).reshape(8, 4, 3, 3)
    weight[0, 0] = 0
    fan = [f"part{i}" for i in range(100)]
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["y"], name=LONG, pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["y"], ["z"], name="act"),
        helper.make_node("Strange", ["z"], ["s"], name="odd", domain="com.example"),
        helper.make_node("Split", ["z", "sizes"], fan, name="fan", axis=3),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 100, 100])],
        [
            helper.make_tensor_value_info("s", TensorProto.FLOAT, None),
            *(helper.make_tensor_value_info(f, TensorProto.FLOAT, [1, 8, 100, 1]) for f in fan),
        ],
        [
            numpy_helper.from_array(weight, "w"),
            numpy_helper.from_array(np.zeros(8, np.float32), "b"),
            numpy_helper.from_array(np.ones(100, np.int64), "sizes"),
        ],
        value_info=[
            helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8, 100, 100]),
            helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 8, 100, 100]),
        ],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)]
    built = helper.make_model(graph, opset_imports=opsets, producer_name="pytest", ir_version=8)
    helper.set_model_props(built, {"author": "somebody"})
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    onnx.save(built, path)
    return build_graph(read_onnx(path).network)


@pytest.fixture(scope="module")
def figures(model: Graph) -> Figures:
    return compute_figures(model)


@pytest.fixture
def pane(qtbot: QtBot) -> Iterator[PropertyPane]:
    pane = PropertyPane()
    qtbot.addWidget(pane)
    pane.resize(320, 900)
    pane.show()
    yield pane
    pane.shut_down()


def rows(pane: PropertyPane, title: str) -> dict[str, str]:
    section = next(s for s in pane.view.page.sections if s.title.startswith(title))
    return {row.name: row.value for row in section.rows}


def find(pane: PropertyPane, name: str, title: str = "") -> QModelIndex:
    model = pane.view.model()
    for number in range(model.rowCount()):
        parent = model.index(number, 0)
        if not str(parent.data()).startswith(title):
            continue
        for at in range(model.rowCount(parent)):
            index = model.index(at, 0, parent)
            if str(index.data()).startswith(name):
                return index
    raise AssertionError(f"no row {name}")


def click(qtbot: QtBot, pane: PropertyPane, index: QModelIndex, from_left: int = 200) -> None:
    pane.view.scrollTo(index)
    rect = pane.view.visualRect(index)
    place = QPoint(from_left, rect.top() + 10)
    qtbot.mouseClick(pane.view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def test_a_convolution_says_every_attribute_once(
    pane: PropertyPane, model: Graph, figures: Figures
) -> None:
    pane.show_node(model, figures, 0)
    assert rows(pane, "CONVOLUTION") == {
        "channels": "4 → 8",
        "height": "100 → 100",
        "width": "100 → 100",
        "kernel_shape": "3×3",
        "strides": "[1, 1]",
        "pads": "[1, 1, 1, 1]",
        "dilations": "[1, 1]",
        "group": "1",
    }
    geometry = pane.view.page.sections[0].rows
    assert {row.name for row in geometry if row.default} == {
        "kernel_shape",
        "strides",
        "dilations",
        "group",
    }
    assert rows(pane, "OTHER ATTRIBUTES") == {"auto_pad": "NOTSET"}


def test_cost_and_tensors_of_a_node(pane: PropertyPane, model: Graph, figures: Figures) -> None:
    pane.show_node(model, figures, 0)
    cost = rows(pane, "COST")
    # 8 channels of 100 x 100, each of 4 x 3 x 3 multiplies.
    assert cost["MACs"] == "2,880,000"
    # Input 160,000, weight 1,152 and bias 32 bytes.
    assert cost["read"] == "161,184 B"
    assert cost["write"] == "320,000 B"
    assert cost["parameters"] == "296"
    assert cost["intensity"] == "5.985 MAC/B"
    assert rows(pane, "INPUTS") == {"X": "x", "W": "w", "B": "b"}
    weight = next(row for row in pane.view.page.sections[2].rows if row.name == "W")
    assert weight.detail == ("float32 8×4×3×3", "1,152 B", "weight")
    assert "DOCUMENTATION" in [section.title for section in pane.view.page.sections]


def test_an_operator_without_schema_is_shown(
    pane: PropertyPane, model: Graph, figures: Figures
) -> None:
    pane.show_node(model, figures, 2)
    assert pane.view.page.title == "Strange"
    assert pane.view.page.subtitle == "operator without a known schema · com.example"
    assert rows(pane, "COST")["MACs"] == "unknown"
    pane.show_node(model, None, 2)
    assert rows(pane, "COST") == {"": "being counted"}


def test_links_lead_to_weights_and_neighbours(
    qtbot: QtBot, pane: PropertyPane, model: Graph, figures: Figures
) -> None:
    pane.show_node(model, figures, 0)
    with qtbot.waitSignal(pane.tensor_activated) as weight:
        click(qtbot, pane, find(pane, "W: "))
    assert model.tensor_names[weight.args[0]] == "w"
    with qtbot.waitSignal(pane.node_activated) as reader:
        click(qtbot, pane, find(pane, "→: act"))
    assert reader.args == [1]
    pane.show_node(model, figures, 1)
    pane.view.setCurrentIndex(find(pane, "X: y"))
    with qtbot.waitSignal(pane.node_activated) as producer:
        qtbot.keyClick(pane.view, Qt.Key.Key_Return)
    assert producer.args == [0]


def test_a_click_on_a_name_follows_no_link(
    qtbot: QtBot, pane: PropertyPane, model: Graph, figures: Figures
) -> None:
    pane.show_node(model, figures, 0)
    with qtbot.assertNotEmitted(pane.tensor_activated):
        click(qtbot, pane, find(pane, "W: "), from_left=20)


def test_a_folded_section_stays_folded(
    qtbot: QtBot, pane: PropertyPane, model: Graph, figures: Figures
) -> None:
    pane.show_node(model, figures, 0)
    title = find(pane, "MACs").parent()
    assert pane.view.isExpanded(title)
    click(qtbot, pane, title)
    assert not pane.view.isExpanded(title)
    pane.show_node(model, figures, 1)
    assert not pane.view.isExpanded(find(pane, "MACs").parent())
    assert pane.view.isExpanded(find(pane, "X").parent())


def test_copy(qtbot: QtBot, pane: PropertyPane, model: Graph, figures: Figures) -> None:
    pane.show_node(model, figures, 0)
    pane.view.setCurrentIndex(find(pane, "read"))
    qtbot.keyClick(pane.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == "read\t161,184 B"
    qtbot.keyClick(pane.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(pane.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == "read\t161,184 B\nwrite\t320,000 B"
    pane.view.clearSelection()
    pane.copy()
    assert clipboard().startswith(f"Conv\n{LONG}\nsince opset 11 · ai.onnx\n\nCONVOLUTION\n")


def test_context_menu_copies_value_row_and_all(
    qtbot: QtBot, pane: PropertyPane, model: Graph, figures: Figures
) -> None:
    pane.show_node(model, figures, 0)
    index = find(pane, "write")
    pane.view.scrollTo(index)
    pane.view.setCurrentIndex(index)
    copied = []
    for title in ("Copy &Value", "Copy &Row", "Copy &All"):
        pane.view.customContextMenuRequested.emit(pane.view.visualRect(index).center())
        menu = QGuiApplication.instance().activePopupWidget()
        next(action for action in menu.actions() if action.text() == title).trigger()
        menu.close()
        copied.append(clipboard())
    assert copied[:2] == ["320,000 B", "write\t320,000 B"]
    assert "OUTPUTS" in copied[2]


def test_a_long_name_is_elided_and_whole_in_tooltip_and_clipboard(
    qtbot: QtBot, pane: PropertyPane, model: Graph, figures: Figures
) -> None:
    pane.show_node(model, figures, 0)
    assert pane._name.text() == LONG
    assert pane._name.toolTip() == LONG
    qtbot.mouseClick(pane._name, Qt.MouseButton.LeftButton)
    qtbot.keyClick(pane._name, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == LONG


def test_nothing_runs_past_the_right_edge(
    pane: PropertyPane, model: Graph, figures: Figures
) -> None:
    for width in (240, 320, 500):
        pane.resize(width, 700)
        pane.show_node(model, figures, 0)
        image = pane.view.viewport().grab().toImage()
        ground = image.pixelColor(2, image.height() - 2)
        for x in range(image.width() - 14, image.width()):
            assert {image.pixelColor(x, y).rgb() for y in range(image.height())} == {ground.rgb()}


def test_many_outputs_are_shown_when_asked_for(
    qtbot: QtBot, pane: PropertyPane, model: Graph, figures: Figures
) -> None:
    pane.show_node(model, figures, 3)
    section = next(s for s in pane.view.page.sections if s.title == "OUTPUTS · 100")
    assert section.rows[-1].kind is RowKind.MORE
    more = find(pane, "Show 76 more outputs")
    parent = more.parent()
    click(qtbot, pane, more)
    qtbot.waitUntil(lambda: pane.view.model().rowCount(parent) == 100)
    assert "part99" in pane.view.page.copied


def test_a_weight_and_its_statistics(qtbot: QtBot, pane: PropertyPane, model: Graph) -> None:
    tensor = model.tensor_names.index("w")
    with qtbot.waitSignal(pane._reader.ready):
        pane.show_weight(model, tensor)
    assert rows(pane, "TENSOR")["elements"] == "288"
    stats = rows(pane, "STATISTICS")
    values = model.weights[tensor].array().astype(np.float64)
    assert float(stats["minimum"]) == pytest.approx(values.min(), rel=1e-5)
    assert float(stats["maximum"]) == pytest.approx(3)
    assert float(stats["mean"]) == pytest.approx(values.mean(), rel=1e-5)
    assert float(stats["std"]) == pytest.approx(values.std(), rel=1e-5)
    assert stats["zeros"] == "3.1 %"
    assert find(pane, "histogram").isValid()
    with qtbot.assertNotEmitted(pane._reader.ready):
        pane.show_weight(model, tensor)
    assert rows(pane, "STATISTICS") == stats


def test_statistics_of_an_earlier_selection_are_dropped(
    qtbot: QtBot, pane: PropertyPane, model: Graph, figures: Figures
) -> None:
    pane.show_weight(model, model.tensor_names.index("b"))
    pane.show_node(model, figures, 1)
    pane._reader._pool.waitForDone()
    qtbot.waitUntil(lambda: not pane._reader._jobs)
    assert pane.view.page.title == "Relu"


def test_histogram_tooltip_counts_its_bar(
    qtbot: QtBot, pane: PropertyPane, model: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    with qtbot.waitSignal(pane._reader.ready):
        pane.show_weight(model, model.tensor_names.index("w"))
    index = find(pane, "histogram")
    pane.view.scrollTo(index)
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, widget: told.append(text))
    rect = pane.view.visualRect(index)
    place = QPoint(rect.right() - 18, rect.center().y())
    event = QHelpEvent(QHelpEvent.Type.ToolTip, place, pane.view.viewport().mapToGlobal(place))
    QGuiApplication.sendEvent(pane.view.viewport(), event)
    assert told and told[0].endswith("to 3")


def test_weight_buttons(qtbot: QtBot, pane: PropertyPane, model: Graph) -> None:
    tensor = model.tensor_names.index("w")
    pane.show_weight(model, tensor)
    export = next(b for b in pane.findChildren(QPushButton) if b.text().startswith("Export"))
    with qtbot.waitSignal(pane.export_requested) as asked:
        qtbot.mouseClick(export, Qt.MouseButton.LeftButton)
    assert asked.args == [tensor]


def test_the_model_page(
    qtbot: QtBot, pane: PropertyPane, model: Graph, figures: Figures, tmp_path: Path
) -> None:
    problems = [Problem(Severity.WARNING, "Odd operator", 2, "Look at it")]
    pane.show_model(model, figures, problems)
    facts = rows(pane, "MODEL")
    assert facts["producer"] == "pytest"
    assert facts["IR version"] == "8"
    assert rows(pane, "METADATA") == {"author": "somebody"}
    assert rows(pane, "INPUTS") == {"x": "float32 1×4×100×100"}
    assert rows(pane, "COUNTS")["nodes"] == "4"
    with qtbot.waitSignal(pane.node_activated) as led:
        click(qtbot, pane, find(pane, "warning"))
    assert led.args == [2]


def test_clear(pane: PropertyPane, model: Graph) -> None:
    pane.show_model(model)
    pane.clear()
    assert pane.view.model().rowCount() == 0
    assert not pane._title.isVisible()


def test_links_of_the_documentation_lead_to_the_web(
    qtbot: QtBot, pane: PropertyPane, model: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    text = "[here](https://example.com/a) and [there](Broadcasting.md) [no](file:///etc/passwd)"
    document = Row("", text, kind=RowKind.DOCUMENT)
    pane.view.show_page(Page("t", sections=(Section("DOCUMENTATION", (document,)),)))
    index = pane.view.model().index(0, 0, pane.view.model().index(0, 0))
    rect = pane.view.visualRect(index)
    for x in range(rect.left() + 18, rect.right() - 10, 12):
        place = QPoint(x, rect.top() + 10)
        qtbot.mouseClick(pane.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    onnx_docs = "https://github.com/onnx/onnx/blob/main/docs/Broadcasting.md"
    assert set(opened) == {"https://example.com/a", onnx_docs}


def test_code_in_the_documentation_wraps(pane: PropertyPane) -> None:
    document = Row("", "```\n" + "word " * 60 + "\n```", kind=RowKind.DOCUMENT)
    pane.view.show_page(Page("t", sections=(Section("DOCUMENTATION", (document,)),)))
    index = pane.view.model().index(0, 0, pane.view.model().index(0, 0))
    assert pane.view.visualRect(index).height() > 4 * pane.fontMetrics().height()
