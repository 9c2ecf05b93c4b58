from __future__ import annotations

import json

import pytest
from onnx import parser

from inspector.cli.commands import ERROR, OK, run

MODEL = """<ir_version: 8, opset_import: ["": 17]>
    m (float[N, ?, 3] x, float[3, 5] w) => (float[] z) { y = MatMul(x, w)  z = Relu(y) }"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "model.onnx"
    file.write_bytes(parser.parse_model(MODEL).SerializeToString())
    return str(file)


def inspect(path, capsys, *dims):
    arguments = [part for dim in dims for part in ("--dim", dim)]
    assert run(["inspect", path, "--json", *arguments]) == OK
    return json.loads(capsys.readouterr().out)


def test_open_sizes_leave_figures_unknown(path, capsys):
    found = inspect(path, capsys)
    assert found["macs"] == found["element_operations"] == 0
    assert found["coverage"] == 0.5
    assert found["unknown_operators"] == [{"op_type": "MatMul", "nodes": 1}]
    assert [node["element_operations"] for node in found["nodes"]] == [0, None]


def test_sizes_given_make_them_known(path, capsys):
    found = inspect(path, capsys, "N=2", "x[1]=7")
    assert found["macs"] == 2 * 7 * 3 * 5
    assert found["element_operations"] == 2 * 7 * 5
    assert found["coverage"] == 1
    assert found["unknown_operators"] == []
    assert found["nodes"][0]["output_shape"] == "2x7x5"


@pytest.mark.parametrize("dim", ["M=2", "N", "N=0", "N=99999999999999999999"])
def test_sizes_that_the_model_does_not_have(path, capsys, dim):
    assert run(["inspect", path, "--dim", dim]) == ERROR
    told = capsys.readouterr().err
    assert dim.partition("=")[0] in told
    if dim == "M=2":
        assert "The model has: N, x[1]" in told


def test_the_text_names_what_is_unknown(path, capsys):
    assert run(["inspect", path]) == OK
    out = capsys.readouterr().out
    assert "MACs are known for 50.0% of the nodes." in out
    assert "unknown: MatMul" in out
