"""The registered jobs, through a real child process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from inspector.io.onnx_reader import read_onnx
from inspector.io.onnx_writer import save_atomic
from inspector.model.graph import inline_weight
from inspector.model.network import Network, declared_types
from inspector.model.problems import ModelError
from inspector.verify.run import VerifyRequest, VerifyResult
from inspector.worker.client import WorkerClient
from inspector.worker.jobs import UnknownJob, doing, resolve

PATIENCE_S = 30


def network(op_type: str = "MatMul") -> Network:
    float32 = TensorProto.FLOAT
    graph = helper.make_graph(
        [],
        "g",
        [helper.make_tensor_value_info("x", float32, [2, 20])],
        [helper.make_tensor_value_info("y", float32, [2, 30])],
    )
    nodes = (
        helper.make_node(op_type, ["x", "w"], ["h"], name="first"),
        helper.make_node("Relu", ["h"], ["y"], name="second"),
    )
    values = np.random.default_rng(0).standard_normal((20, 30)).astype(np.float32)
    tensor = helper.make_tensor("w", float32, values.shape, values.tobytes(), raw=True)
    opsets = [helper.make_opsetid("", 17)]
    header = helper.make_model(graph, ir_version=8, opset_imports=opsets)
    return Network(header, nodes, {"w": inline_weight(tensor)}, declared_types(graph))


def test_check(client: WorkerClient) -> None:
    types, problems = client.run("check", (network(), {}), PATIENCE_S)
    assert types["h"].shape == (2, 30)
    assert problems == ()
    _, problems = client.run("check", (network("Nonsense"), {}), PATIENCE_S)
    assert any("Nonsense" in problem.message for problem in problems)


def test_save(client: WorkerClient, tmp_path: Path) -> None:
    path = tmp_path / "saved.onnx"
    assert client.run("save", (network(), str(path), True), PATIENCE_S) == str(path)
    again = read_onnx(path).network
    assert [node.name for node in again.nodes] == ["first", "second"]
    assert (tmp_path / "saved.onnx.data").stat().st_size == 20 * 30 * 4


def test_save_where_nothing_can_be_written(client: WorkerClient, tmp_path: Path) -> None:
    path = tmp_path / "absent" / "saved.onnx"
    with pytest.raises(ModelError, match=r"could not be written|No such file"):
        client.run("save", (network(), str(path), None), PATIENCE_S)


def test_verify(client: WorkerClient, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    save_atomic(network(), path)
    seen: list[tuple[float, str]] = []
    request = VerifyRequest(str(path), network())
    found = client.run("verify", request, PATIENCE_S, on_progress=lambda *step: seen.append(step))
    assert isinstance(found, VerifyResult)
    assert found.passed
    assert seen[0] == (0.0, "Reading the models")


def test_a_model_that_onnxruntime_refuses(client: WorkerClient) -> None:
    with pytest.raises(ModelError, match="cannot load the first model") as caught:
        client.run("verify", VerifyRequest(network("Nonsense"), network()), PATIENCE_S)
    assert caught.value.hint
    assert client.run("verify", VerifyRequest(network(), network()), PATIENCE_S).passed


def test_an_unknown_sample(client: WorkerClient) -> None:
    with pytest.raises(ModelError) as caught:
        client.run("sample", ("resnot18", 0), PATIENCE_S)
    assert caught.value.what == "There is no sample called 'resnot18'."
    assert "resnet18" in caught.value.hint


def test_warm(client: WorkerClient) -> None:
    assert client.run("warm", None, PATIENCE_S) is None


def test_names() -> None:
    assert resolve("os.path:join") is not None
    with pytest.raises(UnknownJob):
        resolve("nothing")
    assert doing("save") == "saving the model"
    assert doing("a:b") == "running a:b"
