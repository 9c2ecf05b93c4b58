from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from inspector.io.slim import slim_model


def test_big_weights_become_inputs_and_small_integers_stay(network_of):
    weights = {
        "W": np.zeros((300, 8), np.float32),
        "shape": np.array([3, 100], np.int64),
        "steps": np.arange(1024, dtype=np.int64),
        "many": np.arange(1025, dtype=np.int64),
        "scale": np.array(2.0, np.float32),
    }
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", 1, ["N", 300])],
        [helper.make_tensor_value_info("y", 1, ["N", 8])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    slim = slim_model(network_of(helper.make_model(graph)))
    onnx.checker.check_model(slim)
    assert [info.name for info in slim.graph.input] == ["x", "W", "many"]
    kept = {t.name: numpy_helper.to_array(t).tolist() for t in slim.graph.initializer}
    assert kept == {"shape": [3, 100], "steps": list(range(1024)), "scale": 2.0}
    assert slim.ByteSize() < 20_000


def test_a_weight_that_is_listed_as_input_is_not_listed_twice(linear, network_of):
    linear.graph.input.append(helper.make_tensor_value_info("W1", 1, [32, 48]))
    slim = slim_model(network_of(linear))
    assert [info.name for info in slim.graph.input] == ["x", "W1", "W2"]
    assert slim.graph.node == linear.graph.node
