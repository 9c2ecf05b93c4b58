from __future__ import annotations

import csv
import io
import json

import pytest
from onnx import helper, parser

from inspector.analysis.figures import Convention, compute_figures
from inspector.analysis.shapes import infer_types
from inspector.io.onnx_reader import read_onnx
from inspector.io.samples import ensure_sample
from inspector.model.graph import build_graph
from inspector.model.problems import Problem, Severity
from inspector.report.tables import figures_csv, inspect_json
from inspector.transforms.linear_layers import TileOptions, find_linears
from inspector.transforms.tile_linear import tile_linears


@pytest.fixture
def graph_of(tmp_path):
    def read(model):
        path = tmp_path / "model.onnx"
        path.write_bytes(model.SerializeToString())
        network = read_onnx(path).network
        return build_graph(network.with_types(infer_types(network)[0]))

    return read


OPEN = parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
    m (float[N, 8] x, float[8, 4] W, float[8, 2] z) => (float[N, 4] y, float[8, 2] u) {
      [open] y = MatMul(x, W)
      [closed] u = Relu(z)
    }""")


def test_json_of_mobilenet_v2():
    network = read_onnx(ensure_sample("mobilenet_v2")).network
    figures = compute_figures(build_graph(network))
    stored = json.loads(json.dumps(inspect_json(figures)))
    assert stored["macs"] == 300_774_272
    assert stored["read_bytes"] + stored["write_bytes"] == 119_445_696
    assert stored["output_bytes"] == stored["write_bytes"]
    assert stored["convention"] == "course"
    assert sum(stored["operators"].values()) == len(stored["nodes"])
    assert stored["macs"] == sum(node["macs"] for node in stored["nodes"])
    assert stored["read_bytes"] == sum(node["read_bytes"] for node in stored["nodes"])
    assert stored["problems"] == stored["notes"] == stored["groups"] == []
    gemm = next(node for node in stored["nodes"] if node["op_type"] == "Gemm")
    assert gemm["read_bytes"] == 5_129_120
    assert gemm["write_bytes"] == 4_000
    assert gemm["parameters"] == 1280 * 1000 + 1000
    assert gemm["output_shape"] == "1x1000"


def test_an_unknown_figure_is_null_and_empty(graph_of):
    figures = compute_figures(graph_of(OPEN), Convention.TRUE)
    problems = [Problem(Severity.WARNING, "look here", 0)]
    stored = json.loads(json.dumps(inspect_json(figures, problems)))
    first, second = stored["nodes"]
    assert (first["macs"], first["read_bytes"], first["total_bytes"]) == (None, None, None)
    assert first["output_shape"] == "Nx4"
    assert (second["macs"], second["total_bytes"]) == (0, 128)
    assert stored["problems"] == [{"severity": "warning", "message": "look here"}]
    assert len(stored["notes"]) == 2
    rows = list(csv.DictReader(io.StringIO(figures_csv(figures))))
    assert [row["name"] for row in rows] == ["open", "closed"]
    assert (rows[0]["macs"], rows[1]["macs"]) == ("", "0")
    assert rows[1]["total_bytes"] == "128"


def test_a_tiled_group_tells_how_it_was_cut(graph_of):
    model = parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 4] x) => (float[2, 2] y) <float[4, 2] W = {1,2,3,4,5,6,7,8}>
        { [fc] y = MatMul(x, W) }""")
    graph = graph_of(model)
    result = tile_linears(graph, [find_linears(graph)[0].node], TileOptions(2, 2, 2))
    stored = inspect_json(compute_figures(build_graph(result.network)))
    assert stored["groups"] == [
        {"name": "fc", "m": 2, "k": 4, "n": 2, "tile": [2, 2, 2], "tiles": 2, "utilisation": 1.0}
    ]


@pytest.mark.parametrize("name", ["=1+1", "+cmd", "-2", "@x", "\tx"])
def test_a_name_that_looks_like_a_formula_is_text_in_a_spreadsheet(graph_of, name):
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"], name=name)],
        "g",
        [helper.make_tensor_value_info("x", 1, [2])],
        [helper.make_tensor_value_info("y", 1, [2])],
    )
    figures = compute_figures(graph_of(helper.make_model(graph)))
    (row,) = csv.DictReader(io.StringIO(figures_csv(figures)))
    assert row["name"] == f"'{name}"
    assert inspect_json(figures)["nodes"][0]["name"] == name


def test_commas_quotes_and_line_ends_survive(graph_of):
    name = 'a, "b"\nc'
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"], name=name)],
        "g",
        [helper.make_tensor_value_info("x", 1, [2])],
        [helper.make_tensor_value_info("y", 1, [2])],
    )
    text = figures_csv(compute_figures(graph_of(helper.make_model(graph))))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["name"] == name
