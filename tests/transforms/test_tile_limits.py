from __future__ import annotations

import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from inspector.io.onnx_reader import read_onnx
from inspector.io.onnx_writer import is_external, save_atomic
from inspector.model.graph import build_graph
from inspector.model.problems import Cancelled, ModelError, Severity
from inspector.transforms.linear_layers import TileOptions, find_linears, too_many_tiles
from inspector.transforms.tile_linear import tile_linears


def linear_model(k: int, n: int, raw: bytes | None = None) -> onnx.ModelProto:
    weight = numpy_helper.from_array(np.ones((k, n), np.float32), "W")
    if raw is not None:
        weight.raw_data = raw
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["y"], "fc")],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, k])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, n])],
        [weight],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def opened(model: onnx.ModelProto, path, **save):
    onnx.save(model, path, **save)
    return read_onnx(path)


def test_more_tiles_than_a_machine_can_hold_are_refused_before_any_is_made(tmp_path):
    graph = build_graph(opened(linear_model(2048, 2048), tmp_path / "m.onnx").network)
    options = TileOptions(1, 1, 1)
    assert "4,194,304 multiplies" in too_many_tiles(find_linears(graph), options)
    began = time.perf_counter()
    with pytest.raises(ModelError, match="larger tiles"):
        tile_linears(graph, [0], options)
    assert time.perf_counter() - began < 5
    assert too_many_tiles(find_linears(graph), TileOptions(64, 64, 64)) == ""


def test_cancel_is_heard_while_the_weight_is_cut(tmp_path):
    graph = build_graph(opened(linear_model(256, 256), tmp_path / "m.onnx").network)
    asked = iter([False] * 3 + [True] * 10_000)
    with pytest.raises(Cancelled):
        tile_linears(graph, [0], TileOptions(1, 1, 1), cancelled=lambda: next(asked))
    assert sum(1 for _ in asked) > 9_000


@pytest.mark.parametrize("k", [2, 64])
def test_weight_whose_bytes_do_not_fit_its_shape_is_a_problem(tmp_path, k):
    found = opened(linear_model(k, 64, b"abc" * 512), tmp_path / "m.onnx")
    errors = [p.message for p in found.problems if p.severity is Severity.ERROR]
    assert any("'W' is damaged: 1,536 bytes are stored" in text for text in errors)
    (layer,) = find_linears(build_graph(found.network))
    assert "damaged" in layer.reason


def test_external_weights_stay_external_after_tiling(tmp_path):
    model = linear_model(64, 64)
    network = opened(
        model, tmp_path / "m.onnx", save_as_external_data=True, location="m.bin", size_threshold=0
    ).network
    tiled = tile_linears(build_graph(network), [0], TileOptions(32, 32, 32)).network
    assert is_external(tiled)
    save_atomic(tiled, tmp_path / "t.onnx")
    assert (tmp_path / "t.onnx.data").stat().st_size >= 64 * 64 * 4


def test_own_external_data_is_never_replaced(tmp_path):
    model = linear_model(64, 64)
    network = opened(
        model, tmp_path / "m.onnx", save_as_external_data=True, location="m.bin", size_threshold=0
    ).network
    before = (tmp_path / "m.bin").read_bytes()
    with pytest.raises(ModelError, match="holds the weights"):
        save_atomic(network, tmp_path / "m.bin")
    assert (tmp_path / "m.bin").read_bytes() == before
