from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from onnx import NodeProto, TensorProto, helper
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from inspector.analysis.figures import compute_figures
from inspector.model.graph import Graph, build_graph
from inspector.model.network import Network, declared_types
from inspector.model.tensors import TensorType
from inspector.model.weights import Weight
from inspector.transforms.linear_layers import TileOptions, WeightMode, find_linears
from inspector.transforms.tile_linear import tile_linears
from inspector.ui.transform import TileDialog
from inspector.ui.transform.layer_model import NAME, TILES, WASTE
from inspector.ui.transform.preview import Change, preview

ALEXNET = ((9216, 4096), (4096, 4096), (4096, 1000))


def network(
    nodes: list[NodeProto], shapes: dict[str, tuple[int, ...]], given: dict[str, tuple]
) -> Network:
    """A network whose values `shapes` are float32; those of `given` are weights of zeros."""
    made = [name for node in nodes for name in node.output]
    proto = helper.make_graph(
        [],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shapes["x"])],
        [helper.make_tensor_value_info(made[-1], TensorProto.FLOAT, shapes[made[-1]])],
    )
    types = {name: TensorType(TensorProto.FLOAT, shape) for name, shape in shapes.items()}
    weights = {
        name: Weight(name, TensorProto.FLOAT, shape, Zeros()) for name, shape in given.items()
    }
    header = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return Network(header, tuple(nodes), weights, declared_types(proto) | types)


class Zeros:
    """Values that cost no memory."""

    def read(self, weight: Weight) -> np.ndarray:
        return np.broadcast_to(np.float32(0), weight.shape)


@pytest.fixture(scope="module")
def classifier() -> Graph:
    """AlexNet's three Linear layers, and a MatMul of two values."""
    nodes, shapes, given, value = [], {"x": (1, 9216)}, {}, "x"
    for i, (k, n) in enumerate(ALEXNET):
        given |= {f"w{i}": (n, k), f"b{i}": (n,)}
        read = [value, f"w{i}", f"b{i}"]
        nodes.append(helper.make_node("Gemm", read, [f"y{i}"], name=f"fc{i}", transB=1))
        value = f"y{i}"
        shapes[value] = (1, n)
    nodes.append(helper.make_node("Gemm", ["y2", "y2"], ["z"], name="both", transA=1))
    shapes["z"] = (1000, 1000)
    return build_graph(network(nodes, shapes, given))


@pytest.fixture
def dialog(qtbot: QtBot, classifier: Graph) -> TileDialog:
    figures = compute_figures(classifier)
    dialog = TileDialog(classifier, figures, find_linears(classifier))
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def column(dialog: TileDialog, number: int) -> list[str]:
    return [dialog.model.index(row, number).data() for row in range(dialog.model.rowCount())]


def shown(dialog: TileDialog, name: str) -> tuple[str, str]:
    before, after = dialog.preview_labels[name]
    return before.text(), after.text()


def press(qtbot: QtBot, dialog: TileDialog, text: str) -> None:
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_tiles_of_alexnet(dialog: TileDialog) -> None:
    assert column(dialog, TILES) == ["9,216", "4,096", "1,024", "–"]
    # One row of 64 is used; of the last layer 1000 of 1024 columns.
    assert column(dialog, WASTE) == ["98.4 %", "98.4 %", "98.5 %", "–"]
    assert column(dialog, 7)[3] == "its weight is not a constant"


def test_preview_of_alexnet(dialog: TileDialog) -> None:
    # For each layer one Split, its tiles, one Sum for each of 64, 64 and 16 columns of tiles,
    # one Concat and one Add in the place of the Gemm.
    assert shown(dialog, "nodes") == ("before 4", f"{4 - 3 + 14336 + 3 + 144 + 3 + 3:,}")
    assert shown(dialog, "multiplies") == ("before 4", "14,337")
    assert shown(dialog, "tiles") == ("before 0", "14,336")
    useful = sum(k * n for k, n in ALEXNET)
    assert shown(dialog, "utilisation")[1] == f"{100 * useful / (14336 * 64**3):.1f} %"
    assert shown(dialog, "macs")[0] == "unchanged"
    assert shown(dialog, "parameters") == ("unchanged", "58,631,144")


def test_another_unit(qtbot: QtBot, dialog: TileDialog) -> None:
    dialog.preset.setFocus()
    qtbot.keyClick(dialog.preset, Qt.Key.Key_Down)
    assert dialog.options() == TileOptions(128, 128, 128)
    assert column(dialog, TILES)[:3] == ["2,304", "1,024", "256"]
    dialog.sizes[2].selectAll()
    qtbot.keyClicks(dialog.sizes[2], "100")
    assert dialog.preset.currentText() == "Custom"
    assert column(dialog, TILES)[2] == "320"
    for box in dialog.sizes:
        box.setValue(16)
    assert dialog.preset.currentText() == "16 × 16 × 16"


def test_padding_computes_more(qtbot: QtBot, dialog: TileDialog) -> None:
    qtbot.mouseClick(dialog.padded, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert dialog.options().padded
    useful = sum(k * n for k, n in ALEXNET)
    after = 14336 * 64**3 + 1000 * 1000
    assert shown(dialog, "macs") == (f"before {useful + 1000 * 1000:,}", f"{after:,}")


def test_choosing_by_mouse_and_buttons(qtbot: QtBot, dialog: TileDialog) -> None:
    assert dialog.apply_button.text() == "Tile 3 Layers"
    rect = dialog.table.visualRect(dialog.model.index(0, NAME))
    place = QPoint(rect.left() + 14, rect.center().y())
    qtbot.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert dialog.chosen()[0] == [1, 2]
    press(qtbot, dialog, "None")
    assert dialog.chosen()[0] == []
    assert not dialog.apply_button.isEnabled()
    assert dialog.reason.text() == "Choose at least one layer."
    dialog.table.setCurrentIndex(dialog.model.index(1, NAME))
    qtbot.keyClick(dialog.table, Qt.Key.Key_Space)
    assert dialog.chosen()[0] == [1]
    press(qtbot, dialog, "All")
    assert dialog.chosen()[0] == [0, 1, 2]


def test_a_layer_that_cannot_be_tiled_cannot_be_chosen(dialog: TileDialog) -> None:
    index = dialog.model.index(3, NAME)
    checked = Qt.CheckState.Checked
    assert not dialog.model.setData(index, checked, Qt.ItemDataRole.CheckStateRole)
    assert index.data(Qt.ItemDataRole.CheckStateRole) is None


def test_apply(qtbot: QtBot, dialog: TileDialog) -> None:
    qtbot.mouseClick(dialog.apply_button, Qt.MouseButton.LeftButton)
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert dialog.chosen() == ([0, 1, 2], TileOptions())


def test_a_selection_in_the_graph_is_chosen(qtbot: QtBot, classifier: Graph) -> None:
    options = TileOptions(32, 32, 16, True, WeightMode.SPLIT)
    dialog = TileDialog(classifier, None, find_linears(classifier), options, selected=[1, 3])
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.chosen() == ([1], options)
    press(qtbot, dialog, "All")
    press(qtbot, dialog, "Only Selected")
    assert dialog.chosen()[0] == [1]
    assert shown(dialog, "macs")[1] == "unknown"


def test_a_model_without_linear_layers(qtbot: QtBot, classifier: Graph) -> None:
    dialog = TileDialog(classifier, None, ())
    qtbot.addWidget(dialog)
    assert not dialog.apply_button.isEnabled()
    assert "no Linear layer" in dialog.reason.text()


def gemm(alpha: float, beta: float, turned: bool, rows: int) -> Network:
    node = helper.make_node(
        "Gemm", ["x", "w", "b"], ["y"], name="fc", alpha=alpha, beta=beta, transA=int(turned),
        transB=int(turned),
    )  # fmt: skip
    shapes = {"x": (10, rows) if turned else (rows, 10), "y": (rows, 7)}
    return network([node], shapes, {"w": (7, 10) if turned else (10, 7), "b": (7,)})


def matmul_of_rank_three() -> Network:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["p"], name="a"),
        helper.make_node("Add", ["p", "b"], ["q"], name="add"),
        helper.make_node("MatMul", ["q", "w"], ["y"], name="b"),
    ]
    shapes = {"x": (2, 3, 6), "p": (2, 3, 6), "q": (2, 3, 6), "y": (2, 3, 6)}
    return network(nodes, shapes, {"w": (6, 6), "b": (6,)})


NETWORKS = {
    "plain": gemm(1, 1, False, 1),
    "factors, turned": gemm(0.5, 2, True, 9),
    "no bias by beta": gemm(2, 0, False, 4),
    "rank three, shared weight": matmul_of_rank_three(),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("tile", [(4, 4, 4), (64, 64, 64), (2, 5, 7)], ids=str)
def test_preview_is_what_the_transform_makes(name: str, tile: tuple[int, int, int]) -> None:
    graph = build_graph(NETWORKS[name])
    figures = compute_figures(graph)
    layers = find_linears(graph)
    choices = [layers, layers[:1]]
    for padded, mode, chosen in product((False, True), WeightMode, choices):
        options = TileOptions(*tile, padded, mode)
        told = preview(graph, figures, chosen, options)
        made = build_graph(tile_linears(graph, [layer.node for layer in chosen], options).network)
        after = compute_figures(made)
        multiplies = sum(op in ("Gemm", "MatMul") for op in made.op_types)
        assert told.nodes == Change(graph.node_count, made.node_count)
        assert told.multiplies.after == multiplies
        assert told.macs == Change(figures.totals.macs, after.totals.macs)
        assert told.parameters.after == after.totals.parameters
