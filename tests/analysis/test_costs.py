"""Costs against counts that share nothing with the cost functions: loops, traces of numpy."""

from __future__ import annotations

import itertools
import math

import numpy as np
import onnx
import onnx.reference
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from inspector.analysis.costs import Call, UnknownCost, cost_function, is_known_operator
from inspector.analysis.figures import compute_figures, node_cost
from inspector.model.tensors import TensorType

FLOAT = TensorProto.FLOAT
SIZES = st.integers(1, 5)


def kind(*shape):
    return TensorType(FLOAT, shape)


def macs(op_type, inputs, outputs, domain="", **attributes):
    """MACs of one node with inputs and outputs of the given shapes, None for one left out."""
    names = ["" if shape is None else f"x{i}" for i, shape in enumerate(inputs)]
    node = helper.make_node(op_type, names, [f"y{i}" for i in range(len(outputs))], domain=domain)
    node.attribute.extend(helper.make_attribute(k, v) for k, v in attributes.items())
    types = [tuple(None if s is None else kind(*s) for s in group) for group in (inputs, outputs)]
    return cost_function(domain, op_type)(Call(node, *types)).macs


def shapes_of(op_type, inputs, outputs=1, opset=17, **attributes):
    """Output shapes as onnx infers them."""
    node = helper.make_node(
        op_type,
        [f"x{i}" for i in range(len(inputs))],
        [f"y{i}" for i in range(outputs)],
        **attributes,
    )
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info(f"x{i}", FLOAT, shape) for i, shape in enumerate(inputs)],
        [helper.make_tensor_value_info(f"y{i}", FLOAT, None) for i in range(outputs)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    return [
        [dim.dim_value for dim in info.type.tensor_type.shape.dim] for info in inferred.graph.output
    ]


# Convolutions: walk over every output position and every kernel position ------------------------


def conv_loops(x, w, group, strides, pads, dilations):
    """Multiplies of a direct convolution, those that meet padding included."""
    axes = len(x) - 2
    count = 0
    size = [
        range(0, x[2 + a] + pads[a] + pads[axes + a] - dilations[a] * (w[2 + a] - 1), strides[a])
        for a in range(axes)
    ]
    for _ in itertools.product(range(x[0]), range(w[0]), *size):
        count += (x[1] // group) * math.prod(w[2:])
    return count


@st.composite
def convolutions(draw):
    axes = draw(st.integers(1, 3))
    group = draw(st.integers(1, 3))
    kernel = [draw(st.integers(1, 3)) for _ in range(axes)]
    dilations = [draw(st.integers(1, 2)) for _ in range(axes)]
    spread = [d * (k - 1) + 1 for k, d in zip(kernel, dilations, strict=True)]
    spatial = [s + draw(st.integers(0, 4)) for s in spread]
    x = [draw(st.integers(1, 2)), group * draw(st.integers(1, 3)), *spatial]
    w = [group * draw(st.integers(1, 3)), x[1] // group, *kernel]
    attributes = {
        "group": group,
        "strides": [draw(st.integers(1, 3)) for _ in range(axes)],
        "pads": [draw(st.integers(0, 2)) for _ in range(2 * axes)],
        "dilations": dilations,
    }
    return x, w, attributes


@given(convolutions())
@settings(max_examples=60, deadline=None)
def test_conv_is_what_a_direct_convolution_multiplies(case):
    x, w, attributes = case
    outputs = shapes_of("Conv", [x, w], **attributes)
    assert macs("Conv", [x, w], outputs, **attributes) == conv_loops(x, w, **attributes)


@given(convolutions())
@settings(max_examples=60, deadline=None)
def test_conv_transpose_is_what_scattering_multiplies(case):
    x, w, attributes = case
    # The transposed weight is C_in x C_out / group x kernel.
    w = [x[1], w[0] // attributes["group"], *w[2:]]
    spatial = [
        s * (n - 1) + d * (k - 1) + 1
        for s, n, d, k in zip(
            attributes["strides"], x[2:], attributes["dilations"], w[2:], strict=True
        )
    ]
    attributes["pads"] = [0] * len(attributes["pads"])
    outputs = shapes_of("ConvTranspose", [x, w], **attributes)
    assert outputs[0][2:] == spatial
    count = 0
    for _ in itertools.product(*map(range, x)):
        count += math.prod(w[1:])
    assert macs("ConvTranspose", [x, w], outputs, **attributes) == count


def test_known_convolutions():
    # AlexNet's first: 64 kernels of 11 x 11 x 3 at 55 x 55 places.
    assert macs("Conv", [(1, 3, 224, 224), (64, 3, 11, 11)], [(1, 64, 55, 55)]) == 70_276_800
    # A depthwise 3 x 3: one kernel a channel.
    assert macs("Conv", [(1, 32, 112, 112), (32, 1, 3, 3)], [(1, 32, 112, 112)], group=32) == (
        32 * 112 * 112 * 9
    )
    one = (1, 3, 8, 8), (4, 3, 3, 3), (1, 4, 6, 6)
    expected = 4 * 36 * 27
    assert macs("ConvInteger", one[:2], [one[2]]) == expected
    assert macs("DeformConv", [*one[:2], (1, 18, 6, 6)], [one[2]]) == expected
    quantized = [one[0], (), (), one[1], (), (), (), ()]
    assert macs("QLinearConv", quantized, [one[2]]) == expected
    assert macs("FusedConv", one[:2], [one[2]], domain="com.microsoft") == expected


def test_a_convolution_of_an_empty_batch_costs_nothing():
    assert macs("Conv", [(0, 3, 8, 8), (4, 3, 3, 3)], [(0, 4, 6, 6)]) == 0


# Matrix multiplies: count what numpy's einsum multiplies ----------------------------------------


def einsum_multiplies(equation, *shapes):
    """Multiplies of an unoptimized numpy.einsum, which reports one more op per addition."""
    arrays = [np.broadcast_to(np.float64(0), shape) for shape in shapes]
    report = np.einsum_path(equation, *arrays, optimize=False)[1]
    line = next(line for line in report.splitlines() if "Naive FLOP count" in line)
    flops = float(line.split(":")[1])
    terms = len(shapes)
    left, _, right = equation.partition("->")
    sums = set(left) - set(right) - {","}
    # numpy counts (terms - 1) multiplies, and one addition more where an index is summed.
    return flops / (max(1, terms - 1) + bool(sums))


@given(SIZES, SIZES, SIZES, SIZES, SIZES)
def test_matmul_with_batches_that_broadcast(a, b, m, k, n):
    expected = einsum_multiplies("abmk,abkn->abmn", (a, b, m, k), (a, b, k, n))
    assert macs("MatMul", [(a, b, m, k), (a, b, k, n)], [(a, b, m, n)]) == expected
    assert macs("MatMul", [(m, k), (a, b, k, n)], [(a, b, m, n)]) == expected
    assert macs("MatMul", [(a, b, m, k), (k, n)], [(a, b, m, n)]) == expected
    assert macs("MatMulInteger", [(a, b, m, k), (k, n)], [(a, b, m, n)]) == expected


@given(SIZES, SIZES, SIZES)
def test_matmul_of_vectors(m, k, n):
    assert macs("MatMul", [(k,), (k,)], [()]) == einsum_multiplies("k,k->", (k,), (k,))
    assert macs("MatMul", [(k,), (k, n)], [(n,)]) == k * n
    assert macs("MatMul", [(m, k), (k,)], [(m,)]) == m * k


@given(SIZES, SIZES, SIZES, st.booleans(), st.booleans())
def test_gemm_with_either_side_transposed(m, k, n, trans_a, trans_b):
    a = (k, m) if trans_a else (m, k)
    b = (n, k) if trans_b else (k, n)
    equation = f"{'km' if trans_a else 'mk'},{'nk' if trans_b else 'kn'}->mn"
    expected = einsum_multiplies(equation, a, b)
    attributes = {"transA": int(trans_a), "transB": int(trans_b), "alpha": 2.0}
    assert macs("Gemm", [a, b, (n,)], [(m, n)], **attributes) == expected
    assert macs("FusedGemm", [a, b], [(m, n)], domain="com.microsoft", **attributes) == expected
    fused = {"transA": int(trans_a), "transB": int(trans_b)}
    assert macs("FusedMatMul", [a, b], [(m, n)], domain="com.microsoft", **fused) == expected


def test_quantized_matrix_multiplies():
    shapes = [(2, 3, 5), (), (), (5, 7), (), (), (), ()]
    assert macs("QLinearMatMul", shapes, [(2, 3, 7)]) == 2 * 3 * 5 * 7
    # MatMulNBits packs B; K is known from A all the same.
    nbits = [(2, 64), (7, 1, 32), (7, 2)]
    assert macs("MatMulNBits", nbits, [(2, 7)], domain="com.microsoft", K=64, N=7) == 2 * 64 * 7


@pytest.mark.parametrize(
    ("equation", "shapes", "output"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)], (2, 4)),
        ("bhid,bhjd->bhij", [(2, 4, 5, 8), (2, 4, 6, 8)], (2, 4, 5, 6)),
        ("i,j->ij", [(3,), (4,)], (3, 4)),
        ("i,i->", [(7,), (7,)], ()),
        ("bij,bjk", [(2, 3, 4), (2, 4, 5)], (2, 3, 5)),
    ],
)
def test_einsum(equation, shapes, output):
    full = equation if "->" in equation else f"{equation}->bik"
    expected = einsum_multiplies(full, *shapes)
    assert macs("Einsum", shapes, [output], equation=equation) == expected


def test_einsum_with_an_ellipsis_broadcasts_from_the_right():
    # Batches (2, 1) and (3,) become (2, 3).
    got = macs(
        "Einsum", [(2, 1, 4, 5), (3, 5, 6)], [(2, 3, 4, 6)], equation="...ij, ...jk -> ...ik"
    )
    assert got == 2 * 3 * 4 * 5 * 6


def test_einsum_of_one_operand_multiplies_nothing():
    assert macs("Einsum", [(3, 4)], [(4, 3)], equation="ij->ji") == 0


@pytest.mark.parametrize("equation", ["ij,jk->ik", "i...,jk->ik", "", "ijkl,jk->ik"])
def test_an_einsum_that_does_not_fit_is_unknown(equation):
    with pytest.raises(UnknownCost):
        macs("Einsum", [(2,), (3, 4, 5)], [(2, 4)], equation=equation)


# Recurrent layers: count the products that numpy makes, time step by time step ------------------


class Counting(np.ndarray):
    """An array that counts the multiplies of matrix products it takes part in."""

    total = 0

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [np.asarray(i) for i in inputs]
        if ufunc is np.matmul:
            Counting.total += math.prod(plain[0].shape) * plain[1].shape[-1]
        kwargs.pop("out", None)
        return np.asarray(getattr(ufunc, method)(*plain, **kwargs)).view(Counting)


@pytest.mark.parametrize(("op_type", "gates"), [("RNN", 1), ("GRU", 3), ("LSTM", 4)])
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("layout", [0, 1])
def test_recurrent_layers(op_type, gates, directions, layout):
    steps, batch, size, hidden = 4, 2, 5, 3
    Counting.total = 0
    x = np.zeros((steps, batch, size)).view(Counting)
    for _ in range(directions):
        state = np.zeros((batch, hidden)).view(Counting)
        for t in range(steps):
            for _ in range(gates):
                gate = np.matmul(x[t], np.ones((size, hidden)))
                state = np.tanh(gate + np.matmul(state, np.ones((hidden, hidden))))
    shape = (batch, steps, size) if layout else (steps, batch, size)
    inputs = [shape, (directions, gates * hidden, size), (directions, gates * hidden, hidden)]
    got = macs(op_type, inputs, [None], layout=layout, hidden_size=hidden)
    assert got == Counting.total


# What is not known is not 0 --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op_type", "inputs"),
    [
        ("Conv", [("N", 3, 8, 8), (4, 3, 3, 3)]),
        ("MatMul", [("N", 4), (4, 2)]),
        ("Gemm", [(None, 4), (4, 2)]),
        ("LSTM", [("T", 1, 4), (1, 12, 4), (1, 12, 3)]),
        ("Einsum", [("N", 4), (4, 2)]),
    ],
)
def test_an_open_dimension_is_unknown(op_type, inputs):
    with pytest.raises(UnknownCost, match="shape of"):
        macs(op_type, inputs, [("N", 2)], equation="ij,jk->ik")


def test_missing_inputs_and_wrong_ranks_are_unknown():
    with pytest.raises(UnknownCost, match="input 1 is missing"):
        macs("Conv", [(1, 3, 8, 8)], [(1, 4, 6, 6)])
    with pytest.raises(UnknownCost, match="no kernel dimensions"):
        macs("Conv", [(1, 3), (4, 3)], [(1, 4)])
    with pytest.raises(UnknownCost, match="rank 3"):
        macs("Gemm", [(1, 3, 4), (4, 3)], [(1, 4)])
    with pytest.raises(UnknownCost, match="scalar"):
        macs("MatMul", [(), ()], [()])


def test_operators_without_multiplies_are_known_and_strangers_are_not():
    assert cost_function("", "Relu") is None
    assert is_known_operator("", "Relu")
    assert is_known_operator("ai.onnx", "Gemm")
    assert is_known_operator("com.microsoft", "FusedConv")
    assert not is_known_operator("mine", "Relu")
    assert not is_known_operator("", "Unheard")
    assert cost_function("ai.onnx", "Gemm") is cost_function("", "Gemm")


def test_a_node_whose_inputs_do_not_fit_is_unknown(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[4, 4] x, float[4] w) => (float y) { y = LSTM(x, w, w) }""")
    with pytest.raises(UnknownCost, match="do not fit"):
        node_cost(graph, 0)
    assert compute_figures(graph).explain(0).startswith("Unknown: its inputs do not fit")


# The formula is what runs ----------------------------------------------------------------------


def test_every_registered_operator_of_the_standard_exists():
    from inspector.analysis.costs.registry import _FUNCTIONS

    names = {schema.name for schema in onnx.defs.get_all_schemas()}
    assert {op for domain, op in _FUNCTIONS if not domain} <= names


def test_a_text_explains_the_figure(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[1, 3, 224, 224] x, float[64, 3, 11, 11] w) => (float[1, 64, 55, 55] y)
        { y = Conv <strides = [4, 4], pads = [2, 2, 2, 2]> (x, w) }""")
    text = node_cost(graph, 0).text()
    assert text == "193,600 outputs × 363 weights each = 70,276,800"
    assert compute_figures(graph).explain(0) == text


def test_onnxruntime_agrees_on_the_shapes_that_costs_are_counted_from(graph_of):
    model = onnx.parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 6, 9, 7] x, float[6, 2, 3, 2] w) => (float[a, b, c, d] y)
        { y = ConvTranspose <group = 2, strides = [2, 3], output_padding = [1, 0]> (x, w) }""")
    graph = graph_of(model)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    feed = {"x": np.ones((2, 6, 9, 7), np.float32), "w": np.ones((6, 2, 3, 2), np.float32)}
    shape = session.run(None, feed)[0].shape
    assert graph.tensor_types[graph.graph_outputs[0]].shape == shape
    assert node_cost(graph, 0).macs == 2 * 6 * 9 * 7 * 2 * 3 * 2
