from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from inspector.io.onnx_reader import read_onnx
from inspector.model.network import Network
from inspector.model.weights import release_maps


@pytest.fixture(autouse=True)
def fresh_maps():
    yield
    release_maps()


@pytest.fixture
def linear() -> onnx.ModelProto:
    """Two layers whose weights are large enough to stay in the file, and a small one."""
    rng = np.random.default_rng(5)
    weights = {
        "W1": rng.standard_normal((32, 48), dtype=np.float32),
        "b1": rng.standard_normal(48, dtype=np.float32),
        "W2": rng.standard_normal((48, 20)),
    }
    nodes = [
        helper.make_node("Gemm", ["x", "W1", "b1"], ["h"], name="fc1"),
        helper.make_node("Cast", ["h"], ["d"], to=TensorProto.DOUBLE),
        helper.make_node("MatMul", ["d", "W2"], ["y"], name="fc2"),
    ]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 32])],
        [helper.make_tensor_value_info("y", TensorProto.DOUBLE, ["N", 20])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
        doc_string="a test",
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="tests"
    )
    helper.set_model_props(model, {"author": "nobody"})
    return model


@pytest.fixture
def network_of(tmp_path: Path) -> Callable[[onnx.ModelProto], Network]:
    def read(model: onnx.ModelProto, name: str = "model.onnx") -> Network:
        path = tmp_path / name
        path.write_bytes(model.SerializeToString())
        return read_onnx(path).network

    return read
