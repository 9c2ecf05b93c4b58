from __future__ import annotations

import json

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from inspector.analysis.accelerator import Unit
from inspector.analysis.figures import compute_figures
from inspector.model.graph import Graph, build_graph, inline_weight
from inspector.model.network import Network, declared_types
from inspector.report.accelerator import fit_json, peak_json
from inspector.report.tables import inspect_json


@pytest.fixture(scope="module")
def graph() -> Graph:
    """x of 2 x 100, times 100 x 30, then Relu."""

    def info(name: str, *shape: int):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    proto = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["a"], name="fc"),
            helper.make_node("Relu", ["a"], ["y"], name="act"),
        ],
        "g",
        [info("x", 2, 100)],
        [info("y", 2, 30)],
        value_info=[info("a", 2, 30)],
    )
    header = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 17)])
    weights = {"w": inline_weight(numpy_helper.from_array(np.ones((100, 30), np.float32), "w"))}
    nodes = tuple(proto.node)
    del header.graph.node[:]
    return build_graph(Network(header, nodes, weights, declared_types(proto)))


def test_fit(graph: Graph) -> None:
    fit = fit_json(graph)
    assert fit["unit"] == [64, 64, 64]
    # Two K blocks of one row and one column block.
    assert fit["tiles"] == 2
    assert fit["utilisation"] == 2 * 100 * 30 / (2 * 64**3)
    assert fit["multiplies"] == [
        {
            "node": "fc",
            "part": "",
            "m": 2,
            "k": 100,
            "n": 30,
            "count": 1,
            "tiles": 2,
            "macs": 6000,
            "padding_macs": 2 * 64**3 - 6000,
            "partial_sum_bytes": 1 * 2 * 2 * 30 * 4,
            "utilisation": 6000 / (2 * 64**3),
        }
    ]
    assert fit_json(graph, Unit(2, 100, 30))["utilisation"] == 1.0


def test_peak(graph: Graph) -> None:
    peak = peak_json(graph)
    assert peak == {
        "bytes": 800 + 240,
        "node": "fc",
        "least_bytes_of_any_order": 1040,
        "sum_of_outputs_bytes": 480,
        "tensors": [
            {"name": "x", "type": "float32 2×100", "bytes": 800},
            {"name": "a", "type": "float32 2×30", "bytes": 240},
        ],
    }


def test_both_are_in_the_report_of_a_model(graph: Graph) -> None:
    report = json.loads(json.dumps(inspect_json(compute_figures(graph))))
    assert report["fit"] == fit_json(graph)
    assert report["peak"]["bytes"] == report["peak_activation_bytes"]
