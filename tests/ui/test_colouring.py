"""Analyze > Colour By in the real window, and the figures behind it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from inspector.analysis.accelerator import Accelerator, Unit
from inspector.analysis.figures import compute_figures
from inspector.analysis.fit import compute_fit
from inspector.app.actions import ActionId
from inspector.app.settings import ACCELERATOR
from inspector.model.graph import Graph, build_graph, inline_weight
from inspector.model.network import Network, declared_types
from inspector.ui.controllers.colouring import Colouring, node_shade
from inspector.ui.main_window import MainWindow

FIGURES = [which for which in Colouring if which is not Colouring.CATEGORY]


def open_file(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    with qtbot.waitSignal(window.document_shown, timeout=10_000):
        window.files.open(str(path))
    qtbot.waitUntil(lambda: window.document is not None and window.document.is_ready)


def shown_values(window: MainWindow) -> np.ndarray | None:
    given = window.canvas._node_values
    return None if given is None else given.values


def wait_for_figures(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.document.figures is not None, timeout=10_000)


def branching() -> Graph:
    """An If whose branches share a 4 x 4 weight; the second has another of 4 x 2."""
    weights = {"w": np.ones((4, 4), np.float32), "v": np.ones((4, 2), np.float32)}
    value = helper.make_tensor_value_info

    def branch(name: str, last: str, width: int) -> object:
        nodes = [
            helper.make_node("MatMul", ["x", "w"], [f"{name}1"], f"{name}_first"),
            helper.make_node("MatMul", [f"{name}1", last], [f"{name}2"], f"{name}_second"),
        ]
        out = value(f"{name}2", TensorProto.FLOAT, [1, width])
        inner = [value(f"{name}1", TensorProto.FLOAT, [1, 4])]
        return helper.make_graph(nodes, name, [], [out], value_info=inner)

    then, other = branch("t", "w", 4), branch("e", "v", 2)
    choice = helper.make_node("If", ["c"], ["y"], "choice", then_branch=then, else_branch=other)
    graph = helper.make_graph(
        [choice],
        "g",
        [value("x", TensorProto.FLOAT, [1, 4]), value("c", TensorProto.BOOL, [])],
        [value("y", TensorProto.FLOAT, [1, "n"])],
        [numpy_helper.from_array(data, name) for name, data in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    stored = {t.name: inline_weight(t) for t in model.graph.initializer}
    nodes, types = tuple(model.graph.node), declared_types(model.graph)
    del model.graph.initializer[:]
    return build_graph(Network(model, nodes, stored, types))


def test_a_node_with_bodies_counts_each_parameter_once() -> None:
    graph = branching()
    shade = node_shade(Colouring.PARAMETERS, compute_figures(graph))
    assert shade.values[graph.names.index("choice")] == 4 * 4 + 4 * 2
    assert shade.values[graph.names.index("t_first")] == 16


def test_utilisation_of_bodies_is_useful_over_spent() -> None:
    graph = branching()
    fit = compute_fit(graph, Unit(4, 4, 4))
    shade = node_shade(Colouring.UTILISATION, compute_figures(graph), fit)
    # Three multiplies of 1 x 4 x 4 and one of 1 x 4 x 2, each on one tile of 64 MACs.
    assert shade.values[graph.names.index("t_second")] == pytest.approx(100 * 16 / 64)
    assert shade.values[graph.names.index("e_second")] == pytest.approx(100 * 8 / 64)
    assert shade.values[graph.names.index("choice")] == pytest.approx(100 * 56 / 256)


def test_intensity_is_macs_over_bytes() -> None:
    graph = branching()
    shade = node_shade(Colouring.INTENSITY, compute_figures(graph))
    # x 16 B + w 64 B + result 16 B.
    assert shade.values[graph.names.index("t_first")] == pytest.approx(16 / 96)
    assert shade.weights is not None
    assert shade.weights[graph.names.index("t_first")] == 96


def test_unknown_figures_are_not_numbers() -> None:
    value = helper.make_tensor_value_info
    node = helper.make_node("Mystery", ["x"], ["y"], "m", domain="elsewhere")
    body = helper.make_graph(
        [node], "g", [value("x", TensorProto.FLOAT, [1])], [value("y", TensorProto.FLOAT, None)]
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("elsewhere", 1)]
    model = helper.make_model(body, opset_imports=opsets)
    graph = build_graph(Network(model, (node,), {}, declared_types(model.graph)))
    figures = compute_figures(graph)
    assert np.isnan(node_shade(Colouring.MACS, figures).values[0])
    assert np.isnan(node_shade(Colouring.BYTES, figures).values[0])


def test_category_has_no_figures() -> None:
    with pytest.raises(ValueError, match="category"):
        node_shade(Colouring.CATEGORY, compute_figures(branching()))


@pytest.mark.parametrize("which", FIGURES)
def test_every_choice_colours_the_graph(qtbot, window, small_file, which) -> None:
    open_file(qtbot, window, small_file)
    wait_for_figures(qtbot, window)
    window.colouring.choose(which)
    qtbot.waitUntil(lambda: window.canvas._shown.heat is not None)
    head = window.document.graph.names.index("head/fc/Gemm")
    wanted = {
        Colouring.MACS: 2560,
        Colouring.PARAMETERS: 2570,
        # Inputs 256 + 2,560 + 10 floats, outputs 10.
        Colouring.BYTES: 4 * 2836,
        Colouring.OUTPUT: 40,
        Colouring.INTENSITY: 2560 / (4 * 2836),
        Colouring.UTILISATION: 100 * 2560 / (4 * 64**3),
    }
    assert shown_values(window)[head] == pytest.approx(wanted[which])
    window.colouring.choose(Colouring.CATEGORY)
    assert window.canvas._shown.heat is None


def test_the_menu_is_reached_by_keys(qtbot, window, small_file) -> None:
    open_file(qtbot, window, small_file)
    wait_for_figures(qtbot, window)
    menu = window.menus.submenus[ActionId.ANALYZE_COLOUR]
    titles = [action.text() for action in menu.actions() if not action.isSeparator()]
    letters = [title[title.index("&") + 1].lower() for title in titles]
    assert len(set(letters)) == len(letters) == len(Colouring)
    menu.popup(window.mapToGlobal(window.rect().center()))
    QTest.keyClick(menu, Qt.Key.Key_M)
    assert window.colouring.chosen is Colouring.MACS
    assert window.canvas._shown.heat.given.title == "MACs"
    checked = [which for which, action in window.colouring.actions.items() if action.isChecked()]
    assert checked == [Colouring.MACS]


def test_the_choice_holds_for_the_next_model(qtbot, window, small_file) -> None:
    window.colouring.choose(Colouring.MACS)
    open_file(qtbot, window, small_file)
    qtbot.waitUntil(lambda: window.canvas._shown.heat is not None, timeout=10_000)
    window.close_document()
    assert window.canvas._node_values is None
    open_file(qtbot, window, small_file)
    qtbot.waitUntil(lambda: window.canvas._shown.heat is not None, timeout=10_000)


def test_colours_follow_new_figures(qtbot, window, small_file) -> None:
    window.colouring.choose(Colouring.BYTES)
    open_file(qtbot, window, small_file)
    qtbot.waitUntil(lambda: window.canvas._shown.heat is not None, timeout=10_000)
    before = window.canvas._shown.heat
    with qtbot.waitSignal(window.document.figures_changed, timeout=10_000):
        window.menus[ActionId.ANALYZE_BANDWIDTH_TRUE].trigger()
    qtbot.waitUntil(lambda: window.canvas._shown.heat not in (before, None))


def test_utilisation_follows_the_accelerator(qtbot, window, small_file) -> None:
    open_file(qtbot, window, small_file)
    wait_for_figures(qtbot, window)
    window.colouring.choose(Colouring.UTILISATION)
    qtbot.waitUntil(lambda: window.canvas._shown.heat is not None)
    head = window.document.graph.names.index("head/fc/Gemm")
    window.session.settings.set(ACCELERATOR, Accelerator("mine", 1e12, 1e11, 0, Unit(1, 256, 10)))
    assert shown_values(window)[head] == pytest.approx(100.0)
    assert "1×256×10" in window.canvas._shown.heat.given.title
