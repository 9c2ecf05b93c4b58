from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper, parser

from inspector.cli.commands import tile_size
from inspector.cli.main import main
from inspector.io.samples import ensure_sample


@pytest.fixture
def model(tmp_path):
    """A small model of two layers, one of which cannot be tiled."""
    message = parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[6, 20] x, float[10, 3] V) => (float[6, 3] y) {
          [fc] h = Gemm(x, W, b)
          [other] y = Gemm(h, V)
        }""")
    rng = np.random.default_rng(1)
    for name, shape in (("W", (20, 10)), ("b", (10,))):
        array = rng.standard_normal(shape, dtype=np.float32)
        message.graph.initializer.append(numpy_helper.from_array(array, name))
    path = tmp_path / "model.onnx"
    path.write_bytes(message.SerializeToString())
    return path


def failed(capsys, *arguments):
    """What a command that fails prints: on standard error, and no traceback."""
    assert main([str(argument) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert err.startswith("graph-inspector: ")
    return err


# inspect ---------------------------------------------------------------------------------------


def test_inspect_prints_json_with_the_keys_that_scripts_rely_on(capsys):
    assert main(["inspect", str(ensure_sample("alexnet")), "--json"]) == 0
    out, err = capsys.readouterr()
    stored = json.loads(out)
    assert err == ""
    assert {
        "parameters", "weight_bytes", "macs", "read_bytes", "write_bytes", "output_bytes",
        "operators", "nodes", "notes",
    } <= set(stored)  # fmt: skip
    assert stored["parameters"] == 61_100_840
    assert stored["weight_bytes"] == 244_403_360
    assert stored["macs"] == 714_188_480
    assert stored["operators"]["Conv"] == 5
    assert {"name", "op_type", "macs", "read_bytes", "write_bytes", "parameters"} <= set(
        stored["nodes"][0]
    )
    assert len(stored["nodes"]) == 20


def test_inspect_prints_totals_for_people(capsys, model):
    assert main(["inspect", str(model), "--convention", "true"]) == 0
    out = capsys.readouterr().out
    assert f"{6 * 20 * 10 + 6 * 10 * 3:,}" in out
    assert "Gemm" in out


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "does not exist"),
        (b"", "is empty"),
        (b"not a model at all", "is not an ONNX model"),
        (b"PK\x03\x04" + bytes(99), "zip archive"),
        ("cut", "damaged or cut off"),
    ],
)
@pytest.mark.parametrize("command", ["inspect", "tile"])
def test_a_bad_file_is_told_without_a_traceback(
    capsys, tmp_path, model, content, expected, command
):
    path = tmp_path / "bad.onnx"
    if content == "cut":
        content = model.read_bytes()[:200]
    if content is not None:
        path.write_bytes(content)
    more = ["-o", tmp_path / "out.onnx"] if command == "tile" else ["--json"]
    err = failed(capsys, command, path, *more)
    assert expected in err
    assert len(err.strip().splitlines()) == 2
    assert not (tmp_path / "out.onnx").exists()


def test_what_the_checker_complains_about_is_shown_not_refused(capsys, tmp_path):
    message = parser.parse_model("""<ir_version: 8, opset_import: ["": 17, "far": 1]>
        m (float[2] x) => (float[2] y) { h = Relu <wrong = 1> (x) y = far.Unheard(h) }""")
    path = tmp_path / "odd.onnx"
    path.write_bytes(message.SerializeToString())
    assert main(["inspect", str(path), "--json"]) == 0
    stored = json.loads(capsys.readouterr().out)
    messages = " ".join(problem["message"] for problem in stored["problems"])
    assert "wrong" in messages
    assert "Unheard of domain far" in messages
    assert stored["nodes"][1]["macs"] is None


# tile ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "size"), [("64x64x64", (64, 64, 64)), ("1X2x3", (1, 2, 3)), ("8×16×32", (8, 16, 32))]
)
def test_tile_sizes(text, size):
    assert tile_size(text) == size


@pytest.mark.parametrize("text", ["64", "64x64", "0x1x1", "axbxc", "1x2x3x4", "-1x2x3", ""])
def test_wrong_tile_sizes_are_usage_errors(capsys, text):
    with pytest.raises(SystemExit) as caught:
        main(["tile", "m.onnx", "-o", "o.onnx", f"--tile={text}"])
    assert caught.value.code == 2
    assert "--tile" in capsys.readouterr().err


def test_tile_writes_a_model_and_says_what_it_did(capsys, tmp_path, model):
    target = tmp_path / "tiled.onnx"
    assert main(["tile", str(model), "-o", str(target), "--tile", "4x8x4"]) == 0
    out, err = capsys.readouterr()
    # 2 x 3 x 3 tiles of 4 x 4 x 8: 1,200 of 2,304 products are useful.
    assert "fc: 6x20x10, 18 tiles, 52.08% used" in out
    assert "other" in err
    assert "not a constant" in err
    written = onnx.load(target)
    onnx.checker.check_model(written, full_check=True)
    assert sum(node.op_type == "MatMul" for node in written.graph.node) == 18
    assert f"{len(written.graph.node)} nodes" in out


def test_tile_options_reach_the_transform(capsys, tmp_path, model):
    target = tmp_path / "tiled.onnx"
    options = ["--tile", "4x8x4", "--padded", "--weights", "split", "--layer", "fc", "--external"]
    assert main(["tile", str(model), "-o", str(target), *options]) == 0
    operators = {node.op_type for node in onnx.load(target, load_external_data=False).graph.node}
    assert {"Pad", "Slice", "Split"} <= operators


def test_tiling_over_the_model_itself(capsys, model):
    before = onnx.load(model)
    assert main(["tile", str(model), "-o", str(model), "--tile", "4x8x4"]) == 0
    after = onnx.load(model)
    assert len(after.graph.node) > len(before.graph.node)
    total = sum(numpy_helper.to_array(t).sum() for t in before.graph.initializer)
    floats = [t for t in after.graph.initializer if t.data_type == onnx.TensorProto.FLOAT]
    assert sum(numpy_helper.to_array(t).sum() for t in floats) == pytest.approx(total, rel=1e-4)


def test_tile_says_which_layers_there_are(capsys, tmp_path, model):
    err = failed(capsys, "tile", model, "-o", tmp_path / "o.onnx", "--layer", "fcc")
    assert "fcc is not a Linear layer" in err
    assert "Those are: fc, other" in err
    err = failed(capsys, "tile", model, "-o", tmp_path / "o.onnx", "--layer", "other")
    assert "other cannot be tiled: its weight is not a constant" in err
    err = failed(capsys, "tile", model, "-o", tmp_path / "none" / "o.onnx", "--layer", "fc")
    assert "could not be written" in err


def test_a_model_without_linear_layers(capsys, tmp_path):
    message = parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x) => (float[2] y) { y = Relu(x) }""")
    path = tmp_path / "relu.onnx"
    path.write_bytes(message.SerializeToString())
    assert "no Linear layer that can be tiled" in failed(
        capsys, "tile", path, "-o", tmp_path / "o.onnx"
    )


# verify ----------------------------------------------------------------------------------------


def test_verify_passes_a_tiled_model(capsys, tmp_path, model):
    target = tmp_path / "tiled.onnx"
    main(["tile", str(model), "-o", str(target), "--tile", "4x8x4"])
    capsys.readouterr()
    assert main(["verify", str(model), str(target), "--json"]) == 0
    stored = json.loads(capsys.readouterr().out)
    assert stored["passed"] is True
    assert main(["verify", str(model), str(target), "--seed", "3"]) == 0
    assert capsys.readouterr().out


def test_verify_tells_a_model_with_another_weight(capsys, tmp_path, model):
    changed = onnx.load(model)
    array = numpy_helper.to_array(changed.graph.initializer[0]).copy()
    array[0, 0] += 10
    changed.graph.initializer[0].CopyFrom(numpy_helper.from_array(array, "W"))
    target = tmp_path / "changed.onnx"
    onnx.save(changed, target)
    assert main(["verify", str(model), str(target), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["passed"] is False
    assert main(["verify", str(model), str(target)]) == 1


def test_verify_errors_are_told(capsys, tmp_path, model):
    assert "does not exist" in failed(capsys, "verify", model, tmp_path / "none.onnx")
    assert "NAME=SIZE" in failed(capsys, "verify", model, model, "--dim", "batch")
    odd = parser.parse_model("""<ir_version: 8, opset_import: ["": 17, "far": 1]>
        m (float[6, 20] x, float[10, 3] V) => (float[6, 3] y) { y = far.Unheard(x, V) }""")
    path = tmp_path / "odd.onnx"
    path.write_bytes(odd.SerializeToString())
    assert "Unheard" in failed(capsys, "verify", model, path)


# The program itself ----------------------------------------------------------------------------


def test_help_and_version(capsys):
    for arguments in (["--help"], ["inspect", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 0
        assert "graph-inspector" in capsys.readouterr().out


def test_an_unknown_option_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["inspect", "--nonsense"])
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_it_runs_as_a_program_and_loads_no_window():
    code = (
        "import sys; from inspector.cli.main import main; code = main(['inspect', 'none.onnx']);"
        "heavy = [m for m in ('PySide6', 'torch', 'onnxruntime', 'pyqtgraph') if m in sys.modules];"
        "print(heavy); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stdout.strip() == "[]"
    assert "none.onnx does not exist" in done.stderr


def test_dynamic_sizes_are_inspected(capsys, tmp_path):
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", 1, ["batch", 4])],
        [helper.make_tensor_value_info("y", 1, ["batch", 2])],
        [numpy_helper.from_array(np.ones((4, 2), np.float32), "W")],
    )
    opsets = [helper.make_opsetid("", 17)]
    path = tmp_path / "open.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    assert main(["inspect", str(path), "--json"]) == 0
    stored = json.loads(capsys.readouterr().out)
    assert stored["nodes"][0]["macs"] is None
    assert any("batch" in note for note in stored["notes"])


@pytest.mark.parametrize("argument", ["--seed=-1", "--seed=x", "--mse=nan", "--mse=-1"])
def test_verify_refuses_numbers_that_mean_nothing(capsys, model, argument):
    with pytest.raises(SystemExit) as stopped:
        main(["verify", str(model), str(model), argument])
    assert stopped.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("size", ["²", "1e3", "0", "99999999999"])
def test_sizes_that_are_no_sizes_are_refused(capsys, model, size):
    assert "NAME=SIZE" in failed(capsys, "inspect", "--dim", f"n={size}", model)


def test_names_of_a_model_cannot_drive_the_terminal(capsys, model):
    message = onnx.load(model)
    message.graph.node[0].name = "fc\x1b[31m\x00"
    onnx.save(message, model)
    main(["tile", str(model), "-o", str(model.with_name("t.onnx"))])
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err and "\x00" not in out + err
    assert r"fc\x1b[31m\x00" in out
