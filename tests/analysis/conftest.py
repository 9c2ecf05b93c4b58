from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import parser
from onnx.backend.test.case.node import collect_testcases
from onnx.backend.test.case.test_case import TestCase

from inspector.analysis.shapes import infer_types
from inspector.io.onnx_reader import read_onnx
from inspector.io.samples import ensure_sample
from inspector.model.graph import Graph, build_graph
from inspector.model.network import Network


def typed_graph(network: Network) -> Graph:
    types, _ = infer_types(network)
    return build_graph(network.with_types(types))


@pytest.fixture
def network_of(tmp_path: Path) -> Callable[[onnx.ModelProto | str], Network]:
    def read(model: onnx.ModelProto | str) -> Network:
        if isinstance(model, str):
            model = parser.parse_model(model)
        path = tmp_path / "model.onnx"
        path.write_bytes(model.SerializeToString())
        return read_onnx(path).network

    return read


@pytest.fixture
def graph_of(network_of) -> Callable[[onnx.ModelProto | str], Graph]:
    """The graph of a model with every type that can be inferred."""
    return lambda model: typed_graph(network_of(model))


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Graph]:
    """The typed graph of a sample, made once in the tests' own cache."""
    graphs: dict[str, Graph] = {}

    def get(key: str) -> Graph:
        if key not in graphs:
            graphs[key] = typed_graph(read_onnx(ensure_sample(key)).network)
        return graphs[key]

    return get


@pytest.fixture(scope="session")
def node_cases() -> dict[str, TestCase]:
    """Every case of a single operator that the onnx package builds, with data, by name."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return {case.name: case for case in collect_testcases(None) if case.model is not None}


@pytest.fixture(scope="session")
def torch_samples() -> None:
    for name in ("torch", "torchvision", "onnxscript"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
