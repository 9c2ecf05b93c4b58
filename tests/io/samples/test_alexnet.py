from __future__ import annotations

import math
import tracemalloc
from collections import Counter

import numpy as np
import onnx
import pytest

from inspector.io.samples.alexnet import alexnet, write_alexnet

PARAMETERS = 61_100_840
WEIGHT_BYTES = 244_403_360
MACS = 714_188_480


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    target = tmp_path_factory.mktemp("alexnet") / "alexnet.onnx"
    write_alexnet(target)
    return target


@pytest.fixture(scope="module")
def model(path):
    return onnx.load(path)


def test_has_the_operators_of_torchvisions_alexnet(model):
    assert len(model.graph.node) == 20
    assert Counter(node.op_type for node in model.graph.node) == {
        "Conv": 5,
        "Relu": 7,
        "MaxPool": 3,
        "AveragePool": 1,
        "Flatten": 1,
        "Gemm": 3,
    }


def test_passes_the_checker(path):
    onnx.checker.check_model(path, full_check=True)


def test_weights_are_float32_in_raw_data_of_the_published_size(model):
    weights = model.graph.initializer
    assert {weight.data_type for weight in weights} == {onnx.TensorProto.FLOAT}
    assert sum(math.prod(weight.dims) for weight in weights) == PARAMETERS
    assert sum(len(weight.raw_data) for weight in weights) == WEIGHT_BYTES


def test_macs_counted_by_hand_loops(model, figures):
    assert figures(model).macs() == MACS


def test_value_info_agrees_with_shape_inference_for_every_tensor(model, figures):
    stored = {
        info.name: tuple(dim.dim_value for dim in info.type.tensor_type.shape.dim)
        for info in (*model.graph.value_info, *model.graph.output)
    }
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.graph.value_info[:]
    inferred = figures(bare).shapes
    assert list(stored) == [node.output[0] for node in model.graph.node]
    assert stored == {name: inferred[name] for name in stored}
    assert stored["output"] == (1, 1000)


def test_weights_have_the_spread_of_torchs_default_initialisation(model):
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for name, fan_in in (("features.3", 64 * 25), ("classifier.1", 9216)):
        values = onnx.numpy_helper.to_array(tensors[f"{name}.weight"])
        bound = 1 / math.sqrt(fan_in)
        assert -bound <= values.min() < -0.999 * bound
        assert 0.999 * bound < values.max() <= bound
        assert abs(values.mean()) < 0.01 * bound
        assert values.std() == pytest.approx(bound / math.sqrt(3), rel=0.01)


def test_runs_to_a_finite_output_that_varies(path, run):
    output = run(path)
    assert output.shape == (1, 1000)
    assert np.isfinite(output).all()
    assert output.std() > 1e-3


def test_writing_holds_no_weights_in_memory(tmp_path):
    tracemalloc.start()
    try:
        write_alexnet(tmp_path / "alexnet.onnx")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * 2**20


def test_nodes_are_those_that_torch_exports(tmp_path, facts, torchvision):
    import torch

    with torch.device("meta"):
        module = torchvision.models.alexnet(weights=None)
    module = module.to_empty(device="cpu").eval()
    # What happens to lie in memory may be equal in two biases, and the exporter merges those.
    for number, parameter in enumerate(module.parameters()):
        torch.nn.init.constant_(parameter, number)
    target = tmp_path / "reference.onnx"
    with pytest.warns(DeprecationWarning):
        torch.onnx.export(
            module,
            (torch.zeros(1, 3, 224, 224),),
            str(target),
            dynamo=False,
            export_params=False,
            opset_version=17,
            input_names=["input"],
            output_names=["output"],
        )
    reference = onnx.load(target)
    ours = alexnet()
    assert facts(ours.model) == facts(reference)
    assert {weight.name: weight.shape for weight in ours.weights} == {
        info.name: tuple(dim.dim_value for dim in info.type.tensor_type.shape.dim)
        for info in reference.graph.input[1:]
    }
