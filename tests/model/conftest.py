from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import parser

from inspector.io.onnx_reader import read_onnx
from inspector.model.graph import Graph, build_graph
from inspector.model.network import Network


@pytest.fixture
def network_of(tmp_path: Path) -> Callable[[onnx.ModelProto | str], Network]:
    """A network read from a file that holds a model, given as a message or in onnx's text form."""

    def read(model: onnx.ModelProto | str, name: str = "model.onnx") -> Network:
        if isinstance(model, str):
            model = parser.parse_model(model)
        path = tmp_path / name
        path.write_bytes(model.SerializeToString())
        return read_onnx(path).network

    return read


@pytest.fixture
def graph_of(network_of) -> Callable[[onnx.ModelProto | str], Graph]:
    return lambda model: build_graph(network_of(model))
