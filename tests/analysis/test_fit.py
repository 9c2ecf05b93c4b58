"""Fit to a matrix unit against closed forms by hand and the cost model's own count."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from inspector.analysis.accelerator import PRESETS, Accelerator, Unit
from inspector.analysis.costs import Call, cost_function
from inspector.analysis.figures import compute_figures
from inspector.analysis.fit import Fit, compute_fit
from inspector.analysis.fit_summary import fit_groups, fit_headline, layer_count
from inspector.analysis.matrix_views import Multiply, matrix_view
from inspector.model.graph import build_graph
from inspector.model.problems import Cancelled
from inspector.model.tensors import TensorType
from inspector.transforms.tile_linear import TileOptions, find_linears, tile_linears

FLOAT = TensorProto.FLOAT
MICROSOFT = "com.microsoft"


def view(op_type, inputs, outputs, domain="", **attributes):
    """The multiplies of one node, after their MACs were compared with those of the cost model."""
    node = helper.make_node(op_type, [], [], domain=domain)
    node.attribute.extend(helper.make_attribute(k, v) for k, v in attributes.items())
    kinds = [
        tuple(None if shape is None else TensorType(FLOAT, tuple(shape)) for shape in group)
        for group in (inputs, outputs)
    ]
    call = Call(node, *kinds)
    multiplies = matrix_view(domain, op_type)(call)
    assert sum(one.macs for one in multiplies) == cost_function(domain, op_type)(call).macs
    return multiplies


# Operators as multiplies -----------------------------------------------------------------------


def test_convolution_through_im2col():
    found = view("Conv", [(2, 6, 9, 7), (8, 3, 3, 5)], [(2, 8, 7, 3)], group=2)
    assert found == (Multiply(m=2 * 7 * 3, k=3 * 3 * 5, n=4, count=2),)


def test_depthwise_convolution_is_one_column_per_channel():
    found = view("Conv", [(1, 32, 112, 112), (32, 1, 3, 3)], [(1, 32, 112, 112)], group=32)
    assert found == (Multiply(m=112 * 112, k=9, n=1, count=32),)


def test_channels_last_and_quantized_convolutions():
    nhwc = view("NhwcConv", [(1, 9, 9, 4), (8, 4, 3, 3)], [(1, 7, 7, 8)], MICROSOFT)
    assert nhwc == (Multiply(49, 36, 8),)
    inputs = [(1, 4, 9, 9), (), (), (8, 4, 3, 3), (), (), (), ()]
    assert view("QLinearConv", inputs, [(1, 8, 7, 7)]) == (Multiply(49, 36, 8),)
    assert view("ConvInteger", [(1, 4, 9, 9), (8, 4, 3, 3)], [(1, 8, 7, 7)])[0].k == 36


def test_transposed_convolution_multiplies_input_positions():
    found = view("ConvTranspose", [(1, 6, 5, 4), (6, 2, 3, 3)], [(1, 4, 11, 9)], group=2)
    assert found == (Multiply(m=5 * 4, k=3, n=2 * 9, count=2),)


@pytest.mark.parametrize(
    ("left", "right", "made", "expected"),
    [
        ((5, 7), (7, 3), (5, 3), Multiply(5, 7, 3)),
        # Rows of all batches share the weight.
        ((2, 4, 5, 7), (7, 3), (2, 4, 5, 3), Multiply(40, 7, 3)),
        ((2, 4, 5, 7), (1, 1, 7, 3), (2, 4, 5, 3), Multiply(40, 7, 3)),
        # Each batch has its own right side.
        ((2, 4, 5, 7), (4, 7, 3), (2, 4, 5, 3), Multiply(5, 7, 3, 8)),
        ((5, 7), (6, 7, 3), (6, 5, 3), Multiply(5, 7, 3, 6)),
        ((7,), (7, 3), (3,), Multiply(1, 7, 3)),
        ((5, 7), (7,), (5,), Multiply(5, 7, 1)),
        ((7,), (6, 7, 3), (6, 3), Multiply(1, 7, 3, 6)),
        ((7,), (7,), (), Multiply(1, 7, 1)),
    ],
)
def test_matmul(left, right, made, expected):
    assert view("MatMul", [left, right], [made]) == (expected,)
    assert np.matmul(np.ones(left), np.ones(right)).shape == made


@given(st.lists(st.integers(1, 3), max_size=2), st.lists(st.integers(1, 3), max_size=2))
def test_matmul_of_any_batch_counts_every_product(left, right):
    a, b = np.zeros((*left, 2, 5)), np.zeros((*right, 5, 4))
    try:
        made = np.matmul(a, b).shape
    except ValueError:
        return
    (found,) = view("MatMul", [a.shape, b.shape], [made])
    assert found.macs == math.prod(made) * 5
    assert (found.k, found.n) == (5, 4)


def test_gemm_transposed():
    assert view("Gemm", [(7, 5), (3, 7)], [(5, 3)], transA=1, transB=1) == (Multiply(5, 7, 3),)


def test_packed_weights_by_their_attributes():
    found = view("MatMulNBits", [(2, 5, 64), (1,)], [(2, 5, 96)], MICROSOFT, K=64, N=96)
    assert found == (Multiply(10, 64, 96),)
    three = view("MatMulNBitsQkv", [(10, 64)], [(10, 8)], MICROSOFT, K=64, Nq=96, Nkv=32)
    assert three == (Multiply(10, 64, 96, 1, "Q"), Multiply(10, 64, 32, 2, "K, V"))


@pytest.mark.parametrize(
    ("equation", "left", "right", "made", "expected"),
    [
        ("ij,jk->ik", (5, 7), (7, 3), (5, 3), Multiply(5, 7, 3)),
        ("bhqd,bhkd->bhqk", (2, 4, 5, 7), (2, 4, 6, 7), (2, 4, 5, 6), Multiply(5, 7, 6, 8)),
        ("i,j", (5,), (7,), (5, 7), Multiply(5, 1, 7)),
        ("ij,jk", (5, 7), (7, 3), (5, 3), Multiply(5, 7, 3)),
        # i is summed on one side; a direct evaluation walks it all the same.
        ("ij,jk->k", (5, 7), (7, 3), (3,), Multiply(1, 35, 3)),
    ],
)
def test_einsum(equation, left, right, made, expected):
    assert view("Einsum", [left, right], [made], equation=equation) == (expected,)
    assert np.einsum(equation, np.ones(left), np.ones(right)).shape == made


def test_recurrent_layer_multiplies_the_state_step_by_step():
    # 9 steps, batch 2, 10 inputs, 16 hidden, both directions, 4 gates.
    inputs = [(9, 2, 10), (2, 64, 10), (2, 64, 16)]
    found = view("LSTM", inputs, [(9, 2, 2, 16)], hidden_size=16, direction="bidirectional")
    assert found == (Multiply(18, 10, 64, 2, "input"), Multiply(2, 16, 64, 18, "hidden"))


def test_attention_multiplies_twice_per_head():
    inputs = [(2, 8, 5, 32), (2, 8, 7, 32), (2, 8, 7, 16)]
    found = view("Attention", inputs, [(2, 8, 5, 16)])
    assert found == (Multiply(5, 32, 7, 16, "Q × K"), Multiply(5, 7, 16, 16, "P × V"))
    projected = view(
        "Attention", [(2, 5, 24), (24, 96), (96,)], [(2, 5, 32)], MICROSOFT, num_heads=4
    )
    assert projected == (
        Multiply(10, 24, 96, 1, "projection"),
        Multiply(5, 8, 5, 8, "Q × K"),
        Multiply(5, 5, 8, 8, "P × V"),
    )


# Tiles, utilisation, partial sums --------------------------------------------------------------

ONE_MATMUL = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[100, 130] x) => (float[100, 70] y) <float[130, 70] w> { y = MatMul(x, w) }
"""


def test_a_multiply_by_hand(graph_of):
    fit = compute_fit(graph_of(ONE_MATMUL), Unit(64, 64, 64))
    # 2 row blocks, 3 depth blocks, 2 column blocks.
    assert fit.tiles.tolist() == [12]
    assert fit.macs.tolist() == [910_000]
    assert fit.padding_macs.tolist() == [12 * 262_144 - 910_000]
    assert fit.utilisation[0] == pytest.approx(910_000 / 3_145_728)
    assert fit.partial_sum_bytes.tolist() == [2 * 2 * 100 * 70 * 4]
    assert fit.explain(0) == (
        "M 100 × K 130 × N 70: ⌈100/64⌉ × ⌈130/64⌉ × ⌈70/64⌉ = 12 tiles of 64×64×64; "
        "910,000 of 3,145,728 MACs are useful, 28.9281 %; "
        "partial sums 2 × 2 × 100 × 70 × 4 B = 112,000 B"
    )


@given(*[st.integers(1, 9)] * 6)
def test_tiles_are_those_that_a_loop_visits(m, k, n, unit_m, unit_k, unit_n):
    one = [np.array([size], np.int64) for size in (0, m, k, n, 1, 4)]
    fit = Fit(None, Unit(unit_m, unit_k, unit_n), *one, ("",), {})
    written = 0
    tiles = 0
    for _ in range(0, m, unit_m):
        for _ in range(0, n, unit_n):
            tiles += len(range(0, k, unit_k))
    for first in range(0, k, unit_k):
        written += m * n * ((first > 0) + (first + unit_k < k))
    assert fit.tiles[0] == tiles
    assert fit.partial_sum_bytes[0] == 4 * written
    assert 0 < fit.utilisation[0] <= 1


def test_another_unit_shares_the_multiplies(graph_of):
    fit = compute_fit(graph_of(ONE_MATMUL))
    other = fit.with_unit(Unit(100, 130, 70))
    assert other.m is fit.m
    assert other.totals.utilisation == 1.0
    assert other.explain(0).endswith("no partial sums")


def test_partial_sums_of_narrow_results_are_accumulators(graph_of):
    quantized = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (uint8[2, 130] x, float s, uint8 z, uint8[130, 3] w) => (uint8[2, 3] y)
    { y = QLinearMatMul(x, s, z, w, s, z, s, z) }
    """
    fit = compute_fit(graph_of(quantized))
    assert fit.element_bytes.tolist() == [4]
    assert fit.partial_sum_bytes.tolist() == [2 * 2 * 2 * 3 * 4]


def test_a_node_of_unknown_shape_is_told(graph_of):
    text = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[batch, 8] x) => (float[batch, 3] y) <float[8, 3] w> { y = MatMul(x, w) }
    """
    fit = compute_fit(graph_of(text))
    assert not fit.node.size
    assert fit.explain(0) == (
        "Not a matrix multiply of known size: the shape of input 0 is batch×8."
    )
    assert fit_headline(fit) == (
        "The model multiplies no matrices of known size. "
        "1 node that multiplies is left out: not of known size."
    )
    assert fit.totals.utilisation == 0.0


def test_cancelling(graph_of):
    with pytest.raises(Cancelled):
        compute_fit(graph_of(ONE_MATMUL), cancelled=lambda: True)


# Whole networks --------------------------------------------------------------------------------


def test_alexnet_uses_a_64th_of_the_unit_for_its_linear_layers(sample):
    graph = sample("alexnet")
    fit = compute_fit(graph, Unit(64, 64, 64))
    linear = [row for row, node in enumerate(fit.node) if graph.op_types[node] == "Gemm"]
    # One row of 64; the last layer also has 1,000 columns where 16 blocks have 1,024.
    assert [fit.utilisation[row] for row in linear] == [1 / 64, 1 / 64, 1000 / 1024 / 64]
    assert [100 * fit.utilisation[row] for row in linear] == [1.5625, 1.5625, 1.52587890625]
    assert [fit.tiles[row] for row in linear] == [144 * 64, 64 * 64, 64 * 16]
    assert fit.totals.macs == 714_188_480
    assert fit_headline(fit, "AlexNet") == (
        "AlexNet keeps a 64×64×64 unit busy 15.9 % of the time. Its 3 Linear layers use at most "
        "1/64 of it, for M is 1 of 64, and take 83.9 % of that time."
    )


def test_a_tiled_layer_counts_once_in_the_sentence(sample):
    graph = sample("alexnet")
    nodes = [layer.node for layer in find_linears(graph)]
    tiled = build_graph(tile_linears(graph, nodes, TileOptions()).network)
    fit = compute_fit(tiled)
    worst = fit_groups(fit)[0]
    assert len(worst.nodes) == 14_336
    assert layer_count(fit, worst.nodes) == 3
    assert fit.totals.utilisation == compute_fit(graph).totals.utilisation


def same_macs_as_the_cost_model(graph):
    figures = compute_figures(graph)
    fit = compute_fit(graph)
    assert not fit.unmapped
    assert np.array_equal(fit.by_node(fit.macs), np.maximum(figures.macs, 0))


@pytest.mark.parametrize("key", ["alexnet", "mobilenet_v2"])
def test_macs_are_those_of_the_cost_model(sample, key):
    same_macs_as_the_cost_model(sample(key))


@pytest.mark.torch
@pytest.mark.parametrize("key", ["resnet18", "googlenet"])
def test_macs_are_those_of_the_cost_model_for_exported_ones(sample, torch_samples, key):
    same_macs_as_the_cost_model(sample(key))


def test_depthwise_convolutions_hold_mobilenet_back(sample):
    worst = fit_groups(compute_fit(sample("mobilenet_v2")))[0]
    assert (worst.noun, len(worst.nodes), worst.axis, worst.extent) == (
        "grouped convolution",
        17,
        "N",
        1,
    )
    # 9 of 64 deep, 1 of 64 wide.
    assert worst.best == pytest.approx(9 / 64 / 64)


# Accelerators ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"peak_macs_per_s": 0},
        {"peak_macs_per_s": math.inf},
        {"bandwidth_bytes_per_s": math.nan},
        {"bandwidth_bytes_per_s": -1},
        {"on_chip_bytes": -1},
    ],
)
def test_an_accelerator_that_cannot_be(values):
    good = {"peak_macs_per_s": 1e9, "bandwidth_bytes_per_s": 1e9}
    with pytest.raises(ValueError, match="give"):
        Accelerator("a", **{**good, **values})


@pytest.mark.parametrize("extents", [(0, 1, 1), (1, 1025, 1), (1, 1, -3)])
def test_a_unit_that_cannot_be(extents):
    with pytest.raises(ValueError, match="give 1 to 1,024"):
        Unit(*extents)


def test_presets_are_told_apart_and_begin_with_the_teaching_unit():
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    assert PRESETS[0].unit == Unit(64, 64, 64)
    # 4,096 MACs per cycle at 200 MHz; a 64-bit channel at 2.4 GHz.
    assert PRESETS[0].peak_macs_per_s == 64 * 64 * 200e6
    assert PRESETS[0].bandwidth_bytes_per_s == 8 * 2.4e9
    assert PRESETS[0].ridge == pytest.approx(42.6667, rel=1e-5)
