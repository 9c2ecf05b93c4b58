from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper, parser

from inspector.analysis.shapes import infer_types
from inspector.io.onnx_reader import read_onnx
from inspector.io.samples import ensure_sample
from inspector.model.graph import build_graph
from inspector.model.tensors import from_value_info


def by_onnx(model):
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    infos = (*inferred.input, *inferred.value_info, *inferred.output)
    return {info.name: from_value_info(info) for info in infos}


@pytest.mark.parametrize("key", ["alexnet", "mobilenet_v2"])
def test_samples_without_weights_infer_as_whole_models_do(key):
    path = ensure_sample(key)
    model = onnx.load(path)
    del model.graph.value_info[:]
    network = read_onnx(path).network
    del network.header.graph.value_info[:]
    types, problem = infer_types(network)
    assert problem is None
    expected = by_onnx(model)
    made = {name for node in model.graph.node for name in node.output}
    assert made <= set(types)
    assert {name: types[name] for name in expected} == expected


def test_shapes_that_large_integer_weights_carry(network_of):
    """A Reshape's target and a Slice's bounds are values: they must stay."""
    rng = np.random.default_rng(0)
    nodes = [
        helper.make_node("MatMul", ["x", "W"], ["h"]),
        helper.make_node("Reshape", ["h", "target"], ["r"]),
        helper.make_node("Slice", ["r", "starts", "ends", "axes"], ["s"]),
        helper.make_node("Gather", ["s", "picks"], ["y"], axis=2),
    ]
    weights = {
        "W": rng.standard_normal((64, 96), dtype=np.float32),
        "target": np.array([0, 4, -1], np.int64),
        "starts": np.array([1], np.int64),
        "ends": np.array([3], np.int64),
        "axes": np.array([1], np.int64),
        "picks": np.arange(500, dtype=np.int64) % 24,
    }
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", 1, [5, 64])],
        [helper.make_tensor_value_info("y", 1, None)],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    types, problem = infer_types(network_of(model))
    assert problem is None
    expected = by_onnx(model)
    assert {name: types[name] for name in expected} == expected
    assert types["y"].shape == (5, 2, 500)


def test_types_in_bodies_reach_the_right_node(network_of):
    network = network_of(
        parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 3] x, bool c) => (y) {
          [pad] p = Relu(x)
          [outer] y = If(c) <
            then_branch = t () => (a) {
              [one] h = Transpose(x)
              [inner] a = If(c) <
                then_branch = tt () => (q) { [two] g = Concat <axis = 0> (h, h) [q1] q = Abs(g) },
                else_branch = te () => (r) { [three] r = Relu(h) }
              >
            },
            else_branch = e () => (b) { [four] h = Concat <axis = 1> (p, p) [b1] b = Abs(h) }
          >
          [last] z = If(c) <
            then_branch = t2 () => (a) { [five] h = Flatten <axis = 0> (x) [a5] a = Abs(h) },
            else_branch = e2 () => (b) { [six] b = Neg(x) }
          >
        }""")
    )
    types, _ = infer_types(network)
    graph = build_graph(network.with_types(types))
    shapes = {
        graph.names[node]: graph.tensor_types[graph.node_outputs(node)[0]].shape
        for node in range(graph.node_count)
    }
    assert shapes["pad"] == (2, 3)
    assert shapes["one"] == shapes["three"] == (3, 2)
    assert shapes["two"] == shapes["q1"] == (6, 2)
    assert shapes["four"] == shapes["b1"] == (2, 6)
    assert shapes["five"] == (1, 6)
    assert shapes["six"] == (2, 3)


def test_symbolic_sizes_are_carried_on(network_of):
    network = network_of(
        parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[N, 3] x, float[3, 4] w) => (y) { h = MatMul(x, w) y = Transpose(h) }""")
    )
    types, _ = infer_types(network)
    assert types["h"].shape == ("N", 4)
    assert types["y"].shape == (4, "N")


def test_a_refusal_keeps_what_the_model_states(network_of):
    network = network_of(
        parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 3] x, float[5, 4] w) => (float[2, 4] y) { y = MatMul(x, w) }""")
    )
    types, problem = infer_types(network)
    assert types["x"].shape == (2, 3)
    assert types["y"].shape == (2, 4)
    if problem is not None:
        assert problem.message.startswith("Shape inference stopped: ")
