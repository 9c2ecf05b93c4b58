from __future__ import annotations

import math

import numpy as np
import onnx
import pytest

from inspector.io.samples.mobilenet_v2 import write_mobilenet_v2


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    target = tmp_path_factory.mktemp("mobilenet_v2") / "mobilenet_v2.onnx"
    write_mobilenet_v2(target)
    return target


@pytest.fixture(scope="module")
def model(path):
    return onnx.load(path)


def test_passes_the_checker(path):
    onnx.checker.check_model(path, full_check=True)


def test_published_figures_counted_by_hand_loops(model, figures):
    counted = figures(model)
    assert counted.macs() == 300_774_272
    assert counted.bandwidth() == 119_445_696


def test_the_gemm_reads_and_writes_the_published_bytes(model, figures):
    counted = figures(model)
    (gemm,) = (node for node in model.graph.node if node.op_type == "Gemm")
    assert sum(4 * math.prod(counted.shapes[name]) for name in gemm.input) == 5_129_120
    assert sum(4 * math.prod(counted.shapes[name]) for name in gemm.output) == 4_000


def test_runs_to_a_finite_output_that_varies(path, run):
    output = run(path)
    assert output.shape == (1, 1000)
    assert np.isfinite(output).all()
    assert 0.05 < output.std() < 20


@pytest.mark.usefixtures("torchvision")
def test_is_the_model_that_torch_exports(tmp_path, model, facts):
    from inspector.io.samples.torch_export import export_sample
    from inspector.io.samples.zoo import find_sample

    target = tmp_path / "reference.onnx"
    export_sample(find_sample("mobilenet_v2"), target, lambda *_: None, lambda: False)
    reference = onnx.load(target)
    assert facts(model) == facts(reference)
    assert {tensor.name: list(tensor.dims) for tensor in model.graph.initializer} == {
        tensor.name: list(tensor.dims) for tensor in reference.graph.initializer
    }
