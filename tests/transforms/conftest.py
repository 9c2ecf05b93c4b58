from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import parser

from inspector.analysis.shapes import infer_types
from inspector.io.onnx_reader import read_onnx
from inspector.io.onnx_writer import save_atomic
from inspector.model.graph import Graph, build_graph
from inspector.model.network import Network
from inspector.transforms.linear_layers import TileOptions, find_linears
from inspector.transforms.result import TransformResult
from inspector.transforms.tile_linear import tile_linears


def typed(network: Network) -> Graph:
    types, problem = infer_types(network)
    assert problem is None, problem
    return build_graph(network.with_types(types))


SMALL = TileOptions(4, 4, 4)


@dataclass(frozen=True)
class Tiled:
    """A model before and after, as messages and as graphs."""

    before: Graph
    result: TransformResult
    after: Graph
    left: onnx.ModelProto
    right: onnx.ModelProto

    def count(self, op_type: str) -> int:
        return self.after.op_types.count(op_type)

    def outputs(self, feed: dict[str, np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Every output of both models at the same inputs, by onnxruntime."""
        runs = [session(model).run(None, feed) for model in (self.left, self.right)]
        return list(zip(*runs, strict=True))


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


@pytest.fixture
def graph_of(tmp_path: Path) -> Callable[[onnx.ModelProto | str], Graph]:
    def read(model: onnx.ModelProto | str) -> Graph:
        if isinstance(model, str):
            model = parser.parse_model(model)
        path = tmp_path / "model.onnx"
        path.write_bytes(model.SerializeToString())
        return typed(read_onnx(path).network)

    return read


@pytest.fixture
def tile(tmp_path: Path) -> Callable[..., Tiled]:
    """Tiles a model, all layers that can be or the given ones, and checks what came out."""

    def run(
        model: onnx.ModelProto | str,
        options: TileOptions = SMALL,
        nodes: Sequence[int] | None = None,
    ) -> Tiled:
        if isinstance(model, str):
            model = parser.parse_model(model)
        source, target = tmp_path / "source.onnx", tmp_path / "tiled.onnx"
        source.write_bytes(model.SerializeToString())
        graph = typed(read_onnx(source).network)
        if nodes is None:
            nodes = [layer.node for layer in find_linears(graph) if not layer.reason]
        result = tile_linears(graph, nodes, options)
        save_atomic(result.network, target)
        right = onnx.load(target)
        onnx.checker.check_model(right, full_check=True)
        return Tiled(graph, result, build_graph(result.network), model, right)

    return run
