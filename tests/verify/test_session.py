"""The light session computes what onnxruntime computes from the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from inspector.io.onnx_reader import read_onnx
from inspector.model.problems import ModelError
from inspector.model.weights import Missing, Weight, WeightUnavailable
from inspector.verify import session
from inspector.verify.inputs import input_specs
from inspector.verify.session import clean_message, open_model

from .conftest import FLOAT, network

RANDOM = np.random.default_rng(3)


@pytest.fixture
def no_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise arguments[-1]

    monkeypatch.setattr(session, "_from_whole", refuse)


def weight(name: str, *shape: int, kind: Any = np.float32) -> onnx.TensorProto:
    return numpy_helper.from_array(RANDOM.standard_normal(shape).astype(kind), name)


def model(
    nodes: list[Any],
    initializers: list[Any],
    extra_inputs: list[Any] | None = None,
    elem: int = FLOAT,
) -> onnx.ModelProto:
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "g",
        [info("x", elem, [4, 40]), *(extra_inputs or [])],
        [info("y", elem, None)],
        initializers,
    )
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


def cases() -> dict[str, onnx.ModelProto]:
    multiply = helper.make_node("MatMul", ["x", "w"], ["y"])
    listed = helper.make_tensor_value_info("unused", FLOAT, [30, 30])
    then = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["t"])],
        "then",
        [],
        [helper.make_tensor_value_info("t", FLOAT, None)],
    )
    shadow = helper.make_graph(
        [helper.make_node("MatMul", ["x", "v"], ["e"])],
        "else",
        [],
        [helper.make_tensor_value_info("e", FLOAT, None)],
        [weight("v", 40, 20)],
    )
    choose = helper.make_node("If", ["yes"], ["y"], then_branch=then, else_branch=shadow)
    yes = numpy_helper.from_array(np.array(True), "yes")
    sizes = np.array([1] * 40, np.int64)
    pieces = [f"p{i}" for i in range(40)]
    return {
        "plain": model([multiply], [weight("w", 40, 20)]),
        "double": model(
            [multiply], [weight("w", 40, 20, kind=np.float64)], elem=TensorProto.DOUBLE
        ),
        "half": model([multiply], [weight("w", 40, 20, kind=np.float16)], elem=TensorProto.FLOAT16),
        "unused": model([multiply], [weight("w", 40, 20), weight("unused", 30, 30)]),
        "unused and listed": model(
            [multiply], [weight("w", 40, 20), weight("unused", 30, 30)], [listed]
        ),
        "listed": model(
            [multiply],
            [weight("w", 40, 20)],
            [helper.make_tensor_value_info("w", FLOAT, [40, 20])],
        ),
        "captured by a body": model([choose], [yes, weight("w", 40, 20), weight("v", 40, 20)]),
        "values that shapes need": model(
            [
                helper.make_node("Split", ["x", "sizes"], pieces, axis=1),
                helper.make_node("Sum", pieces, ["s"]),
                helper.make_node("Reshape", ["s", "target"], ["y"]),
            ],
            [
                numpy_helper.from_array(sizes, "sizes"),
                numpy_helper.from_array(np.array([2, 2], np.int64), "target"),
            ],
        ),
    }


@pytest.mark.parametrize("case", cases())
def test_the_same_as_from_the_file(case: str, tmp_path: Path, no_fallback: None) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(cases()[case], path)
    opened = read_onnx(path).network
    specs, _ = input_specs([opened], {})
    feeds = {spec.name: spec.draw(0) for spec in specs}
    light = open_model(opened, "the model")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    whole = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (found,), (expected,) = light.run(feeds), whole.run(None, feeds)
    light.close()
    assert found.dtype == expected.dtype
    tolerance = 20 * np.finfo(expected.dtype).eps
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=20 * tolerance)


def test_external_data(tmp_path: Path, no_fallback: None) -> None:
    path = tmp_path / "model.onnx"
    plain = cases()["plain"]
    weights = numpy_helper.to_array(plain.graph.initializer[0])
    onnx.save(plain, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    x = np.ones((4, 40), np.float32)
    (found,) = open_model(read_onnx(path).network, "the model").run({"x": x})
    np.testing.assert_allclose(found, x @ weights, rtol=1e-5, atol=1e-5)


def test_what_cannot_be_handed_over_goes_in_whole() -> None:
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "scale"], ["w"]),
        helper.make_node("MatMul", ["x", "w"], ["y"]),
    ]
    values = RANDOM.integers(-8, 7, (64, 64))
    tensor = helper.make_tensor("q", TensorProto.INT4, (64, 64), values.ravel())
    quantized = network(
        nodes, {"x": (FLOAT, [1, 64])}, {"y": (FLOAT, [1, 64])}, {"scale": np.float32(0.5)}, 21
    )
    from inspector.model.graph import inline_weight

    weights = {**quantized.weights, "q": inline_weight(tensor)}
    quantized = type(quantized)(quantized.header, quantized.nodes, weights, quantized.types)
    x = np.ones((1, 64), np.float32)
    (found,) = open_model(quantized, "the model").run({"x": x})
    np.testing.assert_allclose(found[0], values.sum(axis=0) * 0.5, rtol=1e-6)


def test_an_operator_that_onnxruntime_lacks(capfd: pytest.CaptureFixture[str]) -> None:
    unknown = network(
        [helper.make_node("Nonsense", ["x"], ["y"], name="odd")],
        {"x": (FLOAT, [1])},
        {"y": (FLOAT, [1])},
    )
    with pytest.raises(ModelError) as caught:
        open_model(unknown, "odd.onnx")
    assert caught.value.what.startswith("onnxruntime cannot load odd.onnx: ")
    assert "No Op registered for Nonsense" in caught.value.what
    assert "ONNXRuntimeError" not in caught.value.what
    assert "viewed" in caught.value.hint
    assert capfd.readouterr() == ("", "")


def test_a_run_that_fails() -> None:
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    weights = {"w": np.ones((3, 3), np.float32)}
    open_sizes = network(nodes, {"x": (FLOAT, ["n", "k"])}, {"y": (FLOAT, None)}, weights)
    ready = open_model(open_sizes, "the model")
    with pytest.raises(ModelError, match=r"onnxruntime cannot run the model: .*mismatch"):
        ready.run({"x": np.ones((1, 1), np.float32)})


def test_weights_that_are_not_there() -> None:
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    gone = Weight("w", FLOAT, (30, 30), Missing("its file w.bin is not beside the model"))
    missing = network(nodes, {"x": (FLOAT, [1, 30])}, {"y": (FLOAT, None)}, {"w": gone})
    with pytest.raises(WeightUnavailable, match=r"w\.bin"):
        open_model(missing, "the model")


def test_messages_lose_codes_and_source_lines() -> None:
    raw = (
        "[ONNXRuntimeError] : 1 : FAIL : Exception during initialization: "
        "/build/onnxruntime/core/graph/graph.cc:4336 ReplaceInitializedTensorImpl Failed to find w"
    )
    assert clean_message(Exception(raw)) == "Exception during initialization: Failed to find w."
