from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray


class Figures:
    """MACs and bytes of an ONNX model, counted from shape inference by plain loops."""

    def __init__(self, model: onnx.ModelProto) -> None:
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
        graph = inferred.graph
        self.nodes = graph.node
        self.shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
        for info in (*graph.value_info, *graph.input, *graph.output):
            dims = info.type.tensor_type.shape.dim
            self.shapes[info.name] = tuple(dim.dim_value for dim in dims)

    def macs(self) -> int:
        total = 0
        for node in self.nodes:
            if node.op_type not in ("Conv", "Gemm"):
                continue
            output = math.prod(self.shapes[node.output[0]])
            weight = self.shapes[node.input[1]]
            total += output * math.prod(weight) // weight[0]
        return total

    def bandwidth(self) -> int:
        """Bytes of all inputs, weights included, and outputs of every node; rank 0 counts 0."""
        total = 0
        for node in self.nodes:
            for name in (*node.input, *node.output):
                total += 4 * math.prod(self.shapes[name]) if self.shapes[name] else 0
        return total


@pytest.fixture
def figures() -> type[Figures]:
    return Figures


@pytest.fixture
def run() -> Callable[[Path], NDArray[np.float32]]:
    """Output of a model at one fixed random image."""

    def run_model(path: Path) -> NDArray[np.float32]:
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        shape = session.get_inputs()[0].shape
        image = np.random.default_rng(7).standard_normal(shape, dtype=np.float32)
        return session.run(None, {"input": image})[0]

    return run_model


def node_facts(model: onnx.ModelProto) -> list[bytes]:
    """Every node exactly as stored: type, name, inputs, outputs, attributes."""
    return [node.SerializeToString(deterministic=True) for node in model.graph.node]


@pytest.fixture
def facts() -> Callable[[onnx.ModelProto], list[bytes]]:
    return node_facts


@pytest.fixture(scope="session")
def torchvision():
    """torchvision; the test is skipped where it or torch is not installed.

    Not pytest.importorskip: a plain import fails where its operators do not match torch.
    """
    if not (importlib.util.find_spec("torch") and importlib.util.find_spec("torchvision")):
        pytest.skip("torch and torchvision are not installed")
    from inspector.io.samples.torch_export import import_torchvision

    return import_torchvision()
