"""Small networks for verification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from inspector.model.network import Network, declared_types
from inspector.model.tensors import TensorType
from inspector.model.weights import Block, Inline, Weight

Shape = Sequence[int | str | None] | None


def network(
    nodes: Sequence[Any],
    inputs: Mapping[str, tuple[int, Shape]],
    outputs: Mapping[str, tuple[int, Shape]],
    weights: Mapping[str, Any] | None = None,
    opset: int = 17,
) -> Network:
    graph = helper.make_graph(
        [],
        "g",
        [helper.make_tensor_value_info(name, *kind) for name, kind in inputs.items()],
        [helper.make_tensor_value_info(name, *kind) for name, kind in outputs.items()],
    )
    opsets = [helper.make_opsetid("", opset)]
    header = helper.make_model(graph, ir_version=8, opset_imports=opsets)
    held = {name: inline(name, values) for name, values in (weights or {}).items()}
    return Network(header, tuple(nodes), held, declared_types(graph))


def inline(name: str, values: Any) -> Weight:
    if isinstance(values, Weight):
        return values
    tensor = numpy_helper.from_array(np.asarray(values), name)
    return Weight(name, tensor.data_type, tuple(tensor.dims), Inline(tensor))


FLOAT = TensorProto.FLOAT


@pytest.fixture
def linear() -> Network:
    """y = x W^T + b with W 100x70, as a Gemm."""
    generator = np.random.default_rng(5)
    return network(
        [helper.make_node("Gemm", ["x", "w", "b"], ["y"], name="fc", transB=1)],
        {"x": (FLOAT, [2, 70])},
        {"y": (FLOAT, [2, 100])},
        {
            "w": generator.standard_normal((100, 70)).astype(np.float32),
            "b": generator.standard_normal(100).astype(np.float32),
        },
    )


def tiled_by_hand(linear: Network, tile: int = 32) -> Network:
    """The same layer as MatMuls over blocks of its weight."""
    base = linear.weights["w"]
    n, k = base.shape
    k_ranges = [(i, min(i + tile, k)) for i in range(0, k, tile)]
    n_ranges = [(i, min(i + tile, n)) for i in range(0, n, tile)]
    pieces = [f"x{i}" for i in range(len(k_ranges))]
    sizes = np.array([high - low for low, high in k_ranges], np.int64)
    weights = {"b": linear.weights["b"], "sizes": inline("sizes", sizes)}
    nodes = [helper.make_node("Split", ["x", "sizes"], pieces, axis=1)]
    columns = []
    for j, rows in enumerate(n_ranges):
        parts = []
        for i, cut in enumerate(k_ranges):
            name = f"w_{j}_{i}"
            shape = (cut[1] - cut[0], rows[1] - rows[0])
            weights[name] = Weight(name, base.elem, shape, Block(base, rows, cut, transpose=True))
            parts.append(f"p_{j}_{i}")
            nodes.append(helper.make_node("MatMul", [pieces[i], name], [parts[-1]]))
        columns.append(f"s_{j}")
        nodes.append(helper.make_node("Sum", parts, [columns[-1]]))
    nodes.append(helper.make_node("Concat", columns, ["c"], axis=1))
    nodes.append(helper.make_node("Add", ["c", "b"], ["y"]))
    types: dict[str, TensorType] = dict(linear.types)
    return replace(linear, nodes=tuple(nodes), weights=weights, types=types)
