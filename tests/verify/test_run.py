"""Verification from end to end."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from inspector.io.onnx_writer import save_atomic
from inspector.model.graph import build_graph
from inspector.model.network import Network
from inspector.model.problems import ModelError
from inspector.model.weights import Missing, Weight
from inspector.transforms.linear_layers import TileOptions
from inspector.transforms.tile_linear import tile_linears
from inspector.verify.run import Progress, VerifyRequest, VerifyResult, verify

from .conftest import FLOAT, inline, network, tiled_by_hand


def finish(request: VerifyRequest) -> tuple[VerifyResult, list[Progress]]:
    steps = verify(request)
    seen: list[Progress] = []
    try:
        while True:
            seen.append(next(steps))
    except StopIteration as stop:
        return stop.value, seen


def result(left: object, right: object, **more: object) -> VerifyResult:
    return finish(VerifyRequest(left, right, **more))[0]


def with_weights(base: Network, changed: Mapping[str, object]) -> Network:
    weights = {**base.weights, **{name: inline(name, new) for name, new in changed.items()}}
    return replace(base, weights=weights)


def test_a_layer_tiled_by_hand_agrees(linear: Network) -> None:
    found, steps = finish(VerifyRequest(linear, tiled_by_hand(linear), trials=2))
    assert found.passed
    (output,) = found.outputs
    assert output.name == "y"
    assert output.measures.elements == 2 * 2 * 100
    assert 0 < output.measures.mse < 1e-10
    assert found.inputs == ("x: float32 2×70, standard normal",)
    assert set(found.versions) == {"onnxruntime", "onnx", "numpy"}
    assert found.seconds.total >= found.seconds.left_run + found.seconds.right_run
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0 and fractions[-1] < 1.0
    assert [step.text for step in steps].count("Running the second model") == 2
    assert pickle.loads(pickle.dumps(found)) == found


def test_the_tiling_transform_agrees(linear: Network) -> None:
    tiled = tile_linears(build_graph(linear), [0], TileOptions(2, 32, 32)).network
    assert len(tiled.nodes) > 12
    found = result(linear, tiled)
    assert found.passed, found.text


def test_files_by_path(linear: Network, tmp_path: Path) -> None:
    paths = [tmp_path / "a.onnx", tmp_path / "b.onnx"]
    for path, each in zip(paths, (linear, tiled_by_hand(linear)), strict=True):
        save_atomic(each, path)
    found = result(*map(str, paths))
    assert found.passed
    assert (found.left, found.right) == ("a.onnx", "b.onnx")


def test_a_wrong_block_is_found_and_the_rule_told(linear: Network) -> None:
    tiled = tiled_by_hand(linear)
    block = tiled.weights["w_1_1"].array().copy()
    block[3, 4] += 0.5
    found = result(linear, with_weights(tiled, {"w_1_1": block}))
    assert not found.passed
    assert found.outputs[0].verdict.rule == "mse"
    assert "The models differ. y: MSE" in found.text


def test_the_seed_repeats(linear: Network) -> None:
    tiled = tiled_by_hand(linear)
    first, again = (result(linear, tiled, seed=7).outputs for _ in range(2))
    assert first == again
    assert first != result(linear, tiled, seed=8).outputs


def relu(name: str, output: str, elem: int = FLOAT) -> Network:
    nodes = [helper.make_node("Relu", [name], [output])]
    return network(nodes, {name: (elem, [1, 8])}, {output: (elem, [1, 8])})


def test_other_names_match_by_position_and_are_noted() -> None:
    found = result(relu("x", "y"), relu("input", "output"))
    assert found.passed
    assert "input x is input in the second model" in found.notes
    assert "output y is output in the second model" in found.notes


def test_an_output_that_one_model_lacks_fails() -> None:
    nodes = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("Neg", ["x"], ["z"])]
    both = network(nodes, {"x": (FLOAT, [1, 8])}, {"y": (FLOAT, [1, 8]), "z": (FLOAT, [1, 8])})
    found = result(both, relu("x", "y"))
    assert not found.passed
    assert [(o.name, o.verdict.passed) for o in found.outputs] == [("y", True), ("z", False)]
    assert "only in the first model" in found.text
    assert "1 of 2 outputs" in found.text


def test_another_output_shape_fails() -> None:
    nodes = [helper.make_node("Transpose", ["x"], ["y"])]
    turned = network(nodes, {"x": (FLOAT, [1, 8])}, {"y": (FLOAT, [8, 1])})
    found = result(relu("x", "y"), turned)
    assert found.outputs[0].verdict.rule == "type"
    assert "float32 1×8 against float32 8×1" in found.text


def test_sequences_are_compared_item_by_item() -> None:
    def split(axis_sizes: list[int]) -> Network:
        nodes = [helper.make_node("SplitToSequence", ["x", "sizes"], ["s"], axis=1)]
        base = network(nodes, {"x": (FLOAT, [1, 8])}, {}, {"sizes": np.array(axis_sizes, np.int64)})
        base.header.graph.output.append(helper.make_tensor_sequence_value_info("s", FLOAT, None))
        return base

    found = result(split([3, 5]), split([3, 5]))
    assert [output.name for output in found.outputs] == ["s[0]", "s[1]"]
    assert found.passed
    uneven = result(split([3, 5]), split([3, 4, 1]))
    assert not uneven.passed
    assert uneven.outputs[-1].name == "s[2]"


def test_empty_outputs_prove_nothing() -> None:
    nodes = [helper.make_node("Relu", ["x"], ["y"])]
    empty = network(nodes, {"x": (FLOAT, [0, 8])}, {"y": (FLOAT, [0, 8])})
    found = result(empty, empty)
    assert not found.passed
    assert found.text == "Nothing was compared: every output is empty."


def test_float16(linear: Network) -> None:
    half = {name: weight.array().astype(np.float16) for name, weight in linear.weights.items()}
    nodes = [helper.make_node("Gemm", ["x", "w", "b"], ["y"], transB=1)]
    kind = TensorProto.FLOAT16
    small = network(nodes, {"x": (kind, [2, 70])}, {"y": (kind, [2, 100])}, half)
    found = result(small, tiled_by_hand(small))
    assert found.passed, found.text
    assert found.outputs[0].measures.reference_type == "float16 2×100"


def test_a_model_that_cannot_be_loaded_is_named(linear: Network) -> None:
    odd = replace(linear, nodes=(helper.make_node("Nonsense", ["x"], ["y"]),), weights={})
    with pytest.raises(ModelError, match=r"cannot load the second model: .*Nonsense"):
        result(linear, odd)
    with pytest.raises(ModelError, match=r"cannot load my model: .*Nonsense"):
        result(odd, linear, left_title="my model")


def test_a_missing_weight_is_said(linear: Network) -> None:
    gone = Weight("w", FLOAT, (100, 70), Missing("its file is not beside the model"))
    with pytest.raises(ModelError, match="weights that cannot be read: w: its file"):
        result(linear, replace(linear, weights={**linear.weights, "w": gone}))


def test_a_file_that_is_no_model(tmp_path: Path, linear: Network) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(b"PK\x03\x04 not a model")
    with pytest.raises(ModelError, match=r"bad\.onnx is not an ONNX model"):
        result(linear, path)


def test_size_that_no_input_leaves_open_is_told(linear: Network) -> None:
    found = result(linear, linear, dims={"nowhere": 5})
    assert any("nowhere was not used" in note for note in found.notes)
