"""Small graphs of every sort that the view draws, and a canvas without animation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper
from pytestqt.qtbot import QtBot

from inspector.model.graph import Graph, build_graph, inline_weight
from inspector.model.network import Network, declared_types
from inspector.transforms.linear_layers import TileOptions, WeightMode, find_linears
from inspector.transforms.tile_linear import tile_linears
from inspector.ui.graph_view.canvas import GraphCanvas

Tiled = Callable[..., Graph]


def value(name: str, *shape: int) -> object:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def network(graph: GraphProto) -> Network:
    model: ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    weights = {t.name: inline_weight(t) for t in graph.initializer}
    nodes: tuple[NodeProto, ...] = tuple(model.graph.node)
    header = ModelProto()
    header.CopyFrom(model)
    del header.graph.node[:]
    del header.graph.initializer[:]
    return Network(header, nodes, weights, declared_types(model.graph))


@pytest.fixture
def branches() -> Graph:
    """x -> relu -> (left, right) -> join -> y, with a Constant read by join2."""
    constant = numpy_helper.from_array(np.float32([2.0]), "two")
    nodes = [
        helper.make_node("Relu", ["x"], ["a"], name="relu"),
        helper.make_node("Sigmoid", ["a"], ["b"], name="left"),
        helper.make_node("Tanh", ["a"], ["c"], name="right"),
        helper.make_node("Add", ["b", "c"], ["d"], name="join"),
        helper.make_node("Constant", [], ["k"], name="constant", value=constant),
        helper.make_node("Mul", ["d", "k"], ["e"], name="scale"),
        helper.make_node("Mul", ["e", "w"], ["y"], name="weigh"),
    ]
    weight = numpy_helper.from_array(np.ones((1, 8), np.float32), "w")
    graph = helper.make_graph(
        nodes,
        "g",
        [value("x", 1, 8)],
        [value("y", 1, 8)],
        [weight],
        value_info=[value("a", 1, 8)],
    )
    return build_graph(network(graph))


@pytest.fixture
def make_tiled() -> Tiled:
    """relu -> Gemm -> relu with the Gemm tiled; by default 1 x 12 x 8 into 4 x 4: 2 x 3 blocks."""

    def make(m: int = 1, k: int = 12, n: int = 8, tile: int = 4, split: bool = False) -> Graph:
        nodes = [
            helper.make_node("Relu", ["x"], ["a"], name="before"),
            helper.make_node("Gemm", ["a", "w", "b"], ["c"], name="/fc/fc.1/Gemm", transB=1),
            helper.make_node("Relu", ["c"], ["y"], name="after"),
        ]
        rng = np.random.default_rng(0)
        weights = [
            numpy_helper.from_array(rng.standard_normal((n, k)).astype(np.float32), "w"),
            numpy_helper.from_array(np.zeros(n, np.float32), "b"),
        ]
        infos = [value("a", m, k), value("c", m, n)]
        graph = helper.make_graph(
            nodes, "g", [value("x", m, k)], [value("y", m, n)], weights, value_info=infos
        )
        plain = build_graph(network(graph))
        mode = WeightMode.SPLIT if split else WeightMode.INITIALIZERS
        options = TileOptions(tile_m=4, tile_k=tile, tile_n=tile, weights=mode)
        layers = [layer.node for layer in find_linears(plain)]
        return build_graph(tile_linears(plain, layers, options).network)

    return make


@pytest.fixture
def control() -> Graph:
    """An If whose branches have two nodes and one; the branches read a tensor from outside."""
    then = helper.make_graph(
        [
            helper.make_node("Relu", ["a"], ["t1"], name="inner1"),
            helper.make_node("Neg", ["t1"], ["t2"], name="inner2"),
        ],
        "then",
        [],
        [value("t2", 1, 4)],
    )
    other = helper.make_graph(
        [helper.make_node("Abs", ["a"], ["e1"], name="inner3")], "else", [], [value("e1", 1, 4)]
    )
    nodes = [
        helper.make_node("Exp", ["x"], ["a"], name="first"),
        helper.make_node("If", ["c"], ["y"], name="choice", then_branch=then, else_branch=other),
    ]
    condition = helper.make_tensor_value_info("c", TensorProto.BOOL, [])
    graph = helper.make_graph(nodes, "g", [value("x", 1, 4), condition], [value("y", 1, 4)])
    return build_graph(network(graph))


@pytest.fixture
def canvas(qtbot: QtBot) -> Iterator[GraphCanvas]:
    """A shown canvas of 900 x 700 that jumps instead of gliding."""
    widget = GraphCanvas()
    widget.set_animation(False)
    widget.resize(900, 700)
    qtbot.addWidget(widget)
    widget.show()
    yield widget
    widget.shutdown()
