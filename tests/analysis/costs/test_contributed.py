"""onnxruntime's contributed operators: shapes as it makes them, MACs by hand or by its results."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from inspector.analysis.costs import Call, UnknownCost, cost_function
from inspector.analysis.figures import compute_figures
from inspector.analysis.shapes import infer_types
from inspector.io.onnx_reader import read_onnx
from inspector.model.graph import build_graph
from inspector.model.tensors import TensorType

MICROSOFT = "com.microsoft"
RNG = np.random.default_rng(0)


def real(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def bytes_of(*shape):
    return RNG.integers(0, 255, shape, np.uint8)


def signed(*shape):
    return RNG.integers(-127, 127, shape).astype(np.int8)


SCALE, ZERO = np.float32(0.05), np.uint8(3)
LSTM = {"hidden_size": 5, "direction": "bidirectional"}
MATMUL_BITS = {"K": 64, "N": 24, "bits": 4, "block_size": 32}
Q = (SCALE, ZERO)

CASES = {
    # operator: (inputs, attributes, outputs, MACs)
    "FusedConv": ([real(2, 4, 9, 9), real(6, 2, 3, 3), real(6)],
        {"group": 2, "strides": [2, 2], "activation": "Relu"}, 1, 2 * 6 * 16 * 18),
    "FusedMatMul": ([real(3, 7, 5), real(3, 4, 7)], {"transA": 1, "transB": 1}, 1, 3 * 5 * 7 * 4),
    "FusedGemm": ([real(7, 5), real(4, 7), real(4)],
        {"transA": 1, "transB": 1, "activation": "Relu"}, 1, 5 * 7 * 4),
    "QGemm": ([bytes_of(5, 7), *Q, signed(7, 4), SCALE, np.int8(0), None, *Q], {}, 1, 5 * 7 * 4),
    "MatMulIntegerToFloat": ([bytes_of(5, 7), bytes_of(7, 4), SCALE, SCALE, ZERO, ZERO],
        {}, 1, 5 * 7 * 4),
    "DynamicQuantizeMatMul": ([real(2, 5, 7), bytes_of(7, 4), SCALE, ZERO], {}, 1, 2 * 5 * 7 * 4),
    "MatMulNBits": ([real(2, 3, 64), bytes_of(24, 2, 16), real(24, 2)],
        MATMUL_BITS, 1, 2 * 3 * 64 * 24),
    "QLinearAdd": ([bytes_of(2, 3), *Q, bytes_of(3), *Q, *Q], {}, 1, 0),
    "QLinearMul": ([bytes_of(2, 3), *Q, bytes_of(2, 1), *Q, *Q], {}, 1, 0),
    "QLinearConcat": ([*Q, bytes_of(2, 3), *Q, bytes_of(2, 5), *Q], {"axis": 1}, 1, 0),
    "QLinearAveragePool": ([bytes_of(1, 3, 9, 9), *Q, *Q],
        {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}, 1, 0),
    "QLinearGlobalAveragePool": ([bytes_of(1, 7, 7, 3), *Q, *Q], {"channels_last": 1}, 1, 0),
    "QLinearLeakyRelu": ([bytes_of(2, 3), *Q, *Q], {"alpha": 0.1}, 1, 0),
    "QLinearSigmoid": ([bytes_of(2, 3), *Q, *Q], {}, 1, 0),
    "QLinearSoftmax": ([bytes_of(2, 3), *Q, *Q], {"axis": 1, "opset": 13}, 1, 0),
    "Gelu": ([real(2, 3)], {}, 1, 0),
    "FastGelu": ([real(2, 3), real(3)], {}, 1, 0),
    "QuickGelu": ([real(2, 3)], {"alpha": 1.7}, 1, 0),
    "BiasGelu": ([real(2, 3), real(3)], {}, 1, 0),
    "SkipLayerNormalization": ([real(2, 3, 8), real(2, 3, 8), real(8), real(8), real(8)],
        {}, (0, 3), 0),
    "SkipSimplifiedLayerNormalization": ([real(2, 3, 8), real(2, 3, 8), real(8)], {}, (0, 3), 0),
    "Attention": ([real(2, 5, 12), real(12, 48), real(48)], {"num_heads": 4}, 2,
        2 * 5 * 12 * 48 + 2 * 2 * 4 * 5 * 5 * 4),
    "QAttention": ([bytes_of(2, 5, 12), bytes_of(12, 48), real(48), SCALE, SCALE, None, ZERO, ZERO],
        {"num_heads": 4}, 1, 2 * 5 * 12 * 48 + 2 * 2 * 4 * 5 * 5 * 4),
    "MultiHeadAttention": (
        [real(2, 5, 16), real(2, 7, 16), real(2, 7, 16), None, None, None, real(2, 4, 3, 4),
         real(2, 4, 3, 4)],
        {"num_heads": 4}, 3, 2 * 4 * 5 * 10 * (4 + 4)),
    "GroupQueryAttention": (
        [real(2, 5, 32), real(2, 5, 16), real(2, 5, 16), real(2, 2, 0, 8), real(2, 2, 0, 8),
         np.full(2, 4, np.int32), np.array([5], np.int32)],
        {"num_heads": 4, "kv_num_heads": 2}, 3, 2 * 4 * 5 * 5 * (8 + 8)),
    "DynamicQuantizeLSTM": (
        [real(6, 2, 3), signed(2, 3, 20), signed(2, 5, 20), real(2, 40), None, None, None, None,
         np.full(2, SCALE), np.zeros(2, np.int8), np.full(2, SCALE), np.zeros(2, np.int8)],
        LSTM, 3, 6 * 2 * 2 * 20 * (3 + 5)),
    "EmbedLayerNormalization": (
        [np.zeros((2, 5), np.int32), None, real(9, 8), real(6, 8), None, real(8), real(8)],
        {}, 2, 0),
}  # fmt: skip


def model_of(op_type, inputs, attributes, outputs):
    """The data inputs are the graph's inputs; scales and zero points are weights, as in files."""
    kept = range(outputs) if isinstance(outputs, int) else outputs
    made = [f"y{i}" if i in kept else "" for i in range(max(kept) + 1)]
    names = ["" if value is None else f"x{i}" for i, value in enumerate(inputs)]
    node = helper.make_node(op_type, names, made, domain=MICROSOFT, **attributes)
    formal, weights = [], []
    for name, value in zip(names, inputs, strict=True):
        if value is not None and np.ndim(value):
            elem = helper.np_dtype_to_tensor_dtype(value.dtype)
            formal.append(helper.make_tensor_value_info(name, elem, value.shape))
        elif value is not None:
            weights.append(numpy_helper.from_array(np.asarray(value), name))
    results = [helper.make_empty_tensor_value_info(name) for name in made if name]
    graph = helper.make_graph([node], "g", formal, results, weights)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, ir_version=8, opset_imports=opsets)


def check(tmp_path, op_type, inputs, attributes, outputs, macs):
    model = model_of(op_type, inputs, attributes, outputs)
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    network = read_onnx(path).network
    types, _ = infer_types(network)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    expected = session.run(None, {i.name: inputs[int(i.name[1:])] for i in session.get_inputs()})
    for info, array in zip(model.graph.output, expected, strict=True):
        elem = helper.np_dtype_to_tensor_dtype(array.dtype)
        assert types[info.name] == TensorType(elem, array.shape), info.name
    figures = compute_figures(build_graph(network.with_types(types)))
    assert figures.macs.tolist() == [macs]
    assert figures.element_operations[0] >= 0


@pytest.mark.parametrize("op_type", CASES)
def test_shapes_and_macs(op_type, tmp_path):
    check(tmp_path, op_type, *CASES[op_type])


MULTI_HEAD = {
    "wider values": ([real(2, 5, 24), real(2, 7, 24), real(2, 7, 8)], 1, 2 * 4 * 5 * 7 * (6 + 2)),
    "cross attention": (
        [real(2, 5, 24), real(2, 4, 7, 6), real(2, 4, 7, 6)], 1, 2 * 4 * 5 * 7 * 12),
}  # fmt: skip


@pytest.mark.parametrize("layout", MULTI_HEAD)
def test_layouts_of_multi_head_attention(layout, tmp_path):
    inputs, outputs, macs = MULTI_HEAD[layout]
    check(tmp_path, "MultiHeadAttention", inputs, {"num_heads": 4}, outputs, macs)


@pytest.mark.parametrize(
    ("transposed", "left", "right"),
    [
        ({"transBatchA": 1}, (5, 3, 7), (3, 7, 4)),
        ({"transBatchA": 1, "transA": 1}, (7, 3, 5), (3, 7, 4)),
        ({"transBatchB": 1}, (3, 5, 7), (7, 3, 4)),
    ],
)
def test_batches_that_are_transposed_with_the_matrix(transposed, left, right, tmp_path):
    check(tmp_path, "FusedMatMul", [real(*left), real(*right)], transposed, 1, 3 * 5 * 7 * 4)


def cost(op_type, shapes, output, domain=MICROSOFT, **attributes):
    """The MACs of an operator that onnxruntime has no kernel for on a CPU."""
    names = ["" if shape is None else f"x{i}" for i, shape in enumerate(shapes)]
    node = helper.make_node(op_type, names, ["y"], domain=domain, **attributes)
    types = tuple(None if s is None else TensorType(TensorProto.FLOAT, s) for s in shapes)
    function = cost_function(domain, op_type)
    return function(Call(node, types, (TensorType(TensorProto.FLOAT, output),))).macs


def test_operators_without_a_kernel_here():
    assert cost("NhwcConv", [(2, 8, 8, 4), (6, 3, 3, 4)], (2, 6, 6, 6)) == 2 * 36 * 6 * 36
    assert cost("MatMulInteger16", [(5, 7), (7, 4)], (5, 4)) == 140
    assert cost("MatMulBnb4", [(5, 64), (768,)], (5, 24), K=64, N=24) == 5 * 64 * 24
    assert cost("MatMulNBitsMlp", [(5, 64)], (5, 24), K=64, N=24) == 2 * 5 * 64 * 24
    assert cost("MatMulNBitsQkv", [(5, 64)], (5, 24), K=64, Nq=24, Nkv=8) == 5 * 64 * 40
    experts = [(6, 16), (6, 8), (8, 32, 16), None, (8, 16, 32)]
    assert cost("MoE", experts, (6, 16), k=2) == 6 * 2 * (32 * 16 + 16 * 32)
    assert cost("GemmFloat8", [(5, 7), (4, 7)], (5, 4), transB=1) == 140
    caches = [(2, 1, 24), (2, 1, 24), (2, 1, 24), None, None, (2, 4, 9, 6), (2, 4, 9, 6)]
    decoded = cost("DecoderMaskedMultiHeadAttention", caches, (2, 1, 24), num_heads=4)
    assert decoded == 2 * 4 * 10 * 12


def test_packed_layouts_of_multi_head_attention():
    packed = cost("MultiHeadAttention", [(2, 5, 4, 3, 6)], (2, 5, 24), num_heads=4)
    assert packed == 2 * 4 * 5 * 5 * 12
    shapes = [(2, 5, 24), (2, 7, 4, 2, 6)]
    assert cost("MultiHeadAttention", shapes, (2, 5, 24), num_heads=4) == 2 * 4 * 5 * 7 * 12


def test_a_grouped_query_that_carries_key_and_value():
    packed = [(2, 5, 64), None, None, (2, 2, 3, 8), (2, 2, 3, 8), (2,), (1,)]
    macs = cost("GroupQueryAttention", packed, (2, 5, 32), num_heads=4, kv_num_heads=2)
    assert macs == 2 * 4 * 5 * (5 + 3) * (8 + 8)


def test_classical_models():
    domain = "ai.onnx.ml"
    assert cost("LinearRegressor", [(9, 4)], (9, 2), domain, coefficients=[0.5] * 8) == 72
    supports = {"support_vectors": [1.0] * 12, "coefficients": [1.0] * 3}
    assert cost("SVMRegressor", [(9, 4)], (9, 1), domain, **supports) == 9 * (12 + 3)


def test_missing_attributes_are_told():
    with pytest.raises(UnknownCost, match="attribute K"):
        cost("MatMulNBits", [(5, 64)], (5, 24), N=24)
    with pytest.raises(UnknownCost, match="does not divide into 5 heads"):
        cost("MultiHeadAttention", [(2, 5, 24), (2, 5, 24), (2, 5, 24)], (2, 5, 24), num_heads=5)
