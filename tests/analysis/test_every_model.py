"""Every model that the onnx package carries or builds gets figures, or an honest unknown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx

from inspector.analysis.figures import UNKNOWN, compute_figures
from inspector.analysis.shapes import infer_types
from inspector.io.onnx_reader import read_onnx
from inspector.model.graph import build_graph

DATA = Path(onnx.__file__).parent / "backend/test/data"
MODELS = sorted(DATA.rglob("*.onnx"))


def figures_of(path):
    network = read_onnx(path).network
    types, _ = infer_types(network)
    return compute_figures(build_graph(network.with_types(types)))


def check(figures):
    columns = (figures.macs, figures.read_bytes, figures.write_bytes, figures.element_operations)
    assert all(column.min(initial=0) >= UNKNOWN for column in columns)
    assert all(figures.explain(node) for node in range(figures.graph.node_count))
    assert 0 <= figures.coverage <= 1


def test_models_of_the_package():
    assert len(MODELS) > 100
    for path in MODELS:
        figures = figures_of(path)
        check(figures)
        assert figures.coverage == 1, path


def test_node_cases(node_cases, tmp_path):
    path, strange = tmp_path / "case.onnx", {}
    for name, case in node_cases.items():
        path.write_bytes(case.model.SerializeToString())
        figures = figures_of(path)
        check(figures)
        if figures.coverage < 1:
            strange[name] = figures.unknown_operators
    # A handful of models compute the shapes of their multiplies from the values of an input.
    assert len(node_cases) > 1000
    assert len(strange) < 10
    assert {op for found in strange.values() for op, _ in found} <= {"MatMul"}


SHAPES = {"AffineGrid"}
"""Operators whose written-out form takes its shapes from the values of an input."""


def test_operators_cost_what_their_definition_in_other_operators_costs(node_cases, tmp_path):
    """The onnx package writes many operators out in simpler ones: the MACs are the same."""
    path, compared = tmp_path / "case.onnx", 0
    for name, case in node_cases.items():
        plain = node_cases.get(name.removesuffix("_expanded"))
        if plain is None or plain is case or plain.model.graph.node[0].op_type in SHAPES:
            continue
        path.write_bytes(plain.model.SerializeToString())
        whole = figures_of(path)
        if not whole.totals.macs and not np.any(whole.macs < 0):
            continue
        path.write_bytes(case.model.SerializeToString())
        assert whole.totals.macs == figures_of(path).totals.macs, name
        compared += 1
    assert compared > 20
