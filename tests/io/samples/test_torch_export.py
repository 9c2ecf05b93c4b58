from __future__ import annotations

import math

import numpy as np
import onnx
import onnxruntime
import pytest

from inspector.io.samples import SampleCancelled, all_samples, ensure_sample, find_sample
from inspector.io.samples.torch_export import module_of, name_folded_weights

pytestmark = pytest.mark.usefixtures("torchvision")


def test_importing_twice_gives_the_same_module(torchvision):
    from inspector.io.samples.torch_export import import_torchvision

    assert import_torchvision() is torchvision


def test_every_model_of_the_installed_zoo_is_listed(torchvision):
    installed = torchvision.models.list_models(module=torchvision.models)
    assert [sample.key for sample in all_samples()] == installed


def test_catalogue_agrees_with_the_weight_enums(torchvision):
    for sample in all_samples():
        enum = torchvision.models.get_model_weights(sample.key)
        fitting = [w for w in enum if w.transforms().crop_size[0] == sample.image_size]
        assert fitting, sample.key
        assert sample.gmacs == fitting[0].meta["_ops"], sample.key
        if sample.key != "inception_v3":
            assert sample.parameters == fitting[0].meta["num_params"], sample.key


def test_export_computes_what_the_module_computes(tmp_path, capfd):
    import torch

    from inspector.io.samples.torch_export import build_module

    seen = []
    path = ensure_sample("squeezenet1_1", tmp_path, lambda *report: seen.append(report))
    assert list(tmp_path.iterdir()) == [path]
    assert capfd.readouterr() == ("", "")
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0

    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path)
    assert sum(math.prod(t.dims) for t in model.graph.initializer) == 1_235_496
    image = np.random.default_rng(0).standard_normal((1, 3, 224, 224), dtype=np.float32)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (output,) = session.run(["output"], {"input": image})
    with torch.no_grad():
        expected = build_module(find_sample("squeezenet1_1"))(torch.from_numpy(image)).numpy()
    assert output.std() > 1e-3
    np.testing.assert_allclose(output, expected, rtol=1e-3, atol=1e-4)


def test_googlenet_without_auxiliary_heads_has_the_published_parameters():
    from inspector.io.samples.torch_export import build_module

    module = build_module(find_sample("googlenet"))
    assert sum(p.numel() for p in module.parameters()) == 6_624_904
    assert not module.training
    assert not any(part.training for part in module.modules())


def test_exported_residual_network_is_clean(tmp_path):
    path = ensure_sample("resnet18", tmp_path)
    graph = onnx.load(path).graph
    operators = {node.op_type for node in graph.node}
    assert operators == {"Conv", "Relu", "MaxPool", "Add", "GlobalAveragePool", "Flatten", "Gemm"}
    names = {tensor.name for tensor in graph.initializer}
    assert {"conv1.weight", "conv1.bias", "layer2.0.downsample.0.weight", "fc.weight"} <= names


def test_building_leaves_the_global_random_state():
    import torch

    from inspector.io.samples.torch_export import build_module

    before = torch.get_rng_state()
    first = build_module(find_sample("shufflenet_v2_x0_5"), seed=1)
    second = build_module(find_sample("shufflenet_v2_x0_5"), seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    states = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in states)


@pytest.mark.parametrize("allowed", range(4))
def test_cancel_between_any_two_steps_leaves_nothing(tmp_path, allowed):
    answers = iter([False] * allowed + [True])
    with pytest.raises(SampleCancelled):
        ensure_sample("squeezenet1_1", tmp_path, cancelled=lambda: next(answers))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("node", "module"),
    [
        ("/layer1/layer1.0/conv1/Conv", "layer1.0.conv1"),
        ("/features/features.1/conv/conv.0/conv.0.0/Conv", "features.1.conv.0.0"),
        ("/conv1/Conv", "conv1"),
    ],
)
def test_module_of_a_node(node, module):
    assert module_of(node) == module


def test_a_folded_weight_with_two_readers_keeps_its_name():
    nodes = [
        onnx.helper.make_node("Conv", ["x", "onnx::Conv_1"], ["a"], "/a/Conv"),
        onnx.helper.make_node("Conv", ["a", "onnx::Conv_1"], ["b"], "/b/Conv"),
        onnx.helper.make_node("Conv", ["b", "onnx::Conv_2"], ["c"], "/c/Conv"),
    ]
    weights = [
        onnx.numpy_helper.from_array(np.zeros((1, 1, 1, 1), np.float32), f"onnx::Conv_{i}")
        for i in (1, 2)
    ]
    graph = onnx.helper.make_graph(nodes, "g", [], [], weights)
    name_folded_weights(graph)
    assert [tensor.name for tensor in graph.initializer] == ["onnx::Conv_1", "c.weight"]
    assert [node.input[1] for node in graph.node] == ["onnx::Conv_1", "onnx::Conv_1", "c.weight"]
