from __future__ import annotations

import json

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from inspector.analysis.figures import UNKNOWN, Convention, compute_figures
from inspector.analysis.parameters import parameter_tensors
from inspector.model.graph import build_graph
from inspector.model.problems import Cancelled

FLOAT = TensorProto.FLOAT


def at(graph, name):
    return graph.names.index(name)


# The figures that must come out ----------------------------------------------------------------


def test_alexnet(sample):
    figures = compute_figures(sample("alexnet"))
    totals = figures.totals
    assert totals.parameters == 61_100_840
    assert totals.weight_bytes == 244_403_360
    assert totals.macs == 714_188_480
    assert totals.unknown_nodes == 0
    assert figures.operators == {
        "Relu": 7, "Conv": 5, "MaxPool": 3, "Gemm": 3, "AveragePool": 1, "Flatten": 1,
    }  # fmt: skip
    # PyTorch's leaf modules write 4,392,864 B; its two Dropouts (9,216 and 4,096 values) are
    # folded away here, and its Flatten is no module.
    assert totals.write_bytes == 4_392_864 - 4 * (9216 + 4096) + 4 * 9216
    assert totals.output_bytes == totals.write_bytes
    assert not figures.notes


def test_alexnets_linear_layers(sample):
    graph = sample("alexnet")
    figures = compute_figures(graph)
    gemms = [node for node, op in enumerate(graph.op_types) if op == "Gemm"]
    assert figures.macs[gemms].tolist() == [37_748_736, 16_777_216, 4_096_000]
    # A Gemm reads its input, its weight and its bias, and writes one row.
    for node, (k, n) in zip(gemms, [(9216, 4096), (4096, 4096), (4096, 1000)], strict=True):
        assert figures.parameters[node] == k * n + n
        assert figures.weight_bytes[node] == 4 * (k * n + n)
        assert figures.read_bytes[node] == 4 * (k + k * n + n)
        assert figures.write_bytes[node] == 4 * n


def test_mobilenet_v2(sample):
    figures = compute_figures(sample("mobilenet_v2"))
    assert figures.totals.macs == 300_774_272
    assert figures.totals.total_bytes == 119_445_696
    assert figures.totals.unknown_nodes == 0
    true = compute_figures(sample("mobilenet_v2"), Convention.TRUE)
    assert true.totals.total_bytes == 119_445_976
    # The difference is the two bounds, 4 B each, of 35 Clips.
    assert true.totals.total_bytes - figures.totals.total_bytes == 35 * 2 * 4
    graph = figures.graph
    gemm = graph.op_types.index("Gemm")
    assert figures.read_bytes[gemm] == 5_129_120
    assert figures.write_bytes[gemm] == 4_000
    assert figures.total_bytes[gemm] == 5_133_120


@pytest.mark.parametrize(
    ("key", "gmacs", "parameters"),
    [("resnet18", 1.814, 11_689_512), ("googlenet", 1.498, 6_624_904)],
)
@pytest.mark.slow
def test_samples_agree_with_torchvision(sample, torch_samples, key, gmacs, parameters):
    totals = compute_figures(sample(key)).totals
    assert totals.macs / 1e9 == pytest.approx(gmacs, rel=0.005)
    # BatchNorm is folded into the convolutions: scale and shift become a bias.
    assert totals.parameters == pytest.approx(parameters, rel=0.005)
    assert totals.unknown_nodes == 0


# Bytes and parameters by hand ------------------------------------------------------------------


def test_bytes_of_a_small_model_by_hand(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 8] x, float[8, 4] W) => (float[2, 4] y)
        <int64[1] unread = {3}, float[4] b = {1, 2, 3, 4}, float low = {0}> {
          [mm] h = MatMul(x, W)
          [add] s = Add(h, b)
          [clip] y = Clip(s, low)
        }""")
    figures = compute_figures(graph)
    assert figures.macs.tolist() == [2 * 8 * 4, 0, 0]
    assert figures.read_bytes.tolist() == [4 * (16 + 32), 4 * (8 + 4), 4 * 8]
    assert figures.write_bytes.tolist() == [32, 32, 32]
    true = compute_figures(graph, Convention.TRUE)
    assert true.read_bytes.tolist() == [4 * (16 + 32), 4 * (8 + 4), 4 * 8 + 4]
    # W is an input of the model here, and nobody reads `unread`.
    assert figures.totals.parameters == 4
    assert figures.totals.weight_bytes == 16


def test_a_weight_that_two_nodes_read_counts_once_in_the_total(graph_of):
    model = onnx.parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 3] x) => (float[2, 3] y) { h = MatMul(x, W) y = MatMul(h, W) }""")
    model.graph.initializer.append(numpy_helper.from_array(np.ones((3, 3), np.float32), "W"))
    figures = compute_figures(graph_of(model))
    assert figures.parameters.tolist() == [9, 9]
    assert figures.totals.parameters == 9
    assert figures.totals.weight_bytes == 36
    # It is read twice all the same.
    assert figures.totals.read_bytes == 2 * (24 + 36)


def test_settings_are_read_but_are_not_parameters(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 3] x) => (float[3, 2] y)
        <int64[2] shape = {3, 2}, float[2] scale = {1, 2},
         int64[1] zero = {0}, int64[1] two = {2}> {
          r = Reshape(x, shape)
          s = Slice(r, zero, two)
          c = Constant <value_floats = [1.0, 2.0]> ()
          one = Constant <value_float = 1.0> ()
          a = Mul(r, scale)
          b = Add(a, c)
          y = Mul(b, one)
        }""")
    counted = parameter_tensors(graph)
    names = {graph.tensor_names[t] for t in np.flatnonzero(counted).tolist()}
    assert names == {"scale", "c"}
    figures = compute_figures(graph)
    assert figures.totals.parameters == 4
    reshape = graph.op_types.index("Reshape")
    assert figures.parameters[reshape] == 0
    assert figures.read_bytes[reshape] == 24 + 16
    # A constant is kept by the runtime: making it writes nothing.
    assert figures.write_bytes[graph.op_types.index("Constant")] == 0


def test_a_weight_that_is_an_output_is_a_parameter(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x) => (float[2] y, float[2] W) <float[2] W = {1, 2}> { y = Relu(x) }""")
    assert compute_figures(graph).totals.parameters == 2


def test_four_bit_weights_count_packed_bytes(graph_of):
    values = np.ones((3, 3), ml_dtypes.int4)
    graph = helper.make_graph(
        [helper.make_node("DequantizeLinear", ["W", "s"], ["y"])],
        "g",
        [helper.make_tensor_value_info("s", FLOAT, [])],
        [helper.make_tensor_value_info("y", FLOAT, [3, 3])],
        [numpy_helper.from_array(values, "W")],
    )
    figures = compute_figures(graph_of(helper.make_model(graph)))
    assert figures.totals.parameters == 9
    assert figures.totals.weight_bytes == 5
    assert figures.read_bytes.tolist() == [5]


# Unknown is unknown ----------------------------------------------------------------------------


def test_an_open_dimension_makes_figures_unknown_not_zero(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[N, 8] x, float[8, 4] W, float[8, 2] z) => (float[N, 4] y, float[8, 2] u) {
          [open] y = MatMul(x, W)
          [closed] u = Relu(z)
        }""")
    figures = compute_figures(graph)
    assert figures.macs.tolist() == [UNKNOWN, 0]
    assert figures.read_bytes.tolist() == [UNKNOWN, 64]
    assert figures.total_bytes.tolist() == [UNKNOWN, 128]
    assert figures.totals.unknown_nodes == 1
    assert (figures.totals.macs, figures.totals.read_bytes) == (0, 64)
    assert figures.explain(0) == "Unknown: the shape of input 0 is N×8."
    assert figures.explain(1) == "No multiply-accumulates."
    assert any("1 of 2 nodes" in note for note in figures.notes)
    assert any("N" in note and "without a value" in note for note in figures.notes)


def test_a_stranger_is_unknown(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17, "far": 1]>
        m (float[2] x) => (float[2] y) { y = far.Unheard(x) }""")
    figures = compute_figures(graph)
    assert figures.macs.tolist() == [UNKNOWN]
    assert figures.explain(0) == "The cost of Unheard is not known."
    # Its bytes are known from what it reads and the declared output.
    assert figures.read_bytes.tolist() == [8]


@pytest.mark.parametrize("dims", [[2**62, 4], [2**40, 2**40], [2**31] * 8, [-3, 5]])
def test_absurd_sizes_are_unknown_and_do_not_overflow(network_of, dims):
    tensor = TensorProto(name="W", data_type=FLOAT, dims=dims, raw_data=bytes(2000))
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "W"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", FLOAT, dims)],
        [helper.make_tensor_value_info("y", FLOAT, dims)],
        [tensor],
    )
    figures = compute_figures(build_graph(network_of(helper.make_model(graph))))
    assert figures.read_bytes.tolist() == [UNKNOWN]
    assert figures.parameters.tolist() == [UNKNOWN]
    assert figures.totals.parameters == 0
    assert figures.totals.peak_activation_bytes == 0


# Control flow ----------------------------------------------------------------------------------

BRANCHES = """<ir_version: 8, opset_import: ["": 17]>
    m (float[4, 4] x, bool c) => (float[4, 4] y) {{
      [if] y = If(c) <
        then_branch = t () => (float[4, 4] a) {{
          [t1] h = MatMul(x, x)  [t2] a = MatMul(h, x) }},
        else_branch = e () => (float[4, 4] b) {{ {otherwise} }}
      >
    }}"""


def test_an_if_counts_its_dearer_branch(graph_of):
    graph = graph_of(BRANCHES.format(otherwise="[e1] b = MatMul(x, x)"))
    figures = compute_figures(graph)
    assert figures.macs[at(graph, "if")] == figures.totals.macs == 2 * 64
    assert figures.read_bytes[at(graph, "if")] == 4 * 64
    assert figures.write_bytes[at(graph, "if")] == 2 * 64
    assert figures.macs[at(graph, "e1")] == 64
    assert figures.explain(at(graph, "if")) == "128 in its bodies"
    assert "An If counts its dearer branch." in figures.notes


def test_an_if_whose_branch_is_unknown_is_unknown(graph_of):
    text = BRANCHES.replace('"": 17', '"": 17, "far": 1')
    graph = graph_of(text.format(otherwise="b = far.Unheard(x)"))
    figures = compute_figures(graph)
    assert figures.macs[at(graph, "if")] == UNKNOWN
    assert figures.totals.macs == 0
    assert figures.totals.unknown_nodes > 0
    assert "not known" in figures.explain(at(graph, "if"))


def test_a_loop_counts_one_iteration_and_nests(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (int64 n, bool c, float[4, 4] x) => (float[4, 4] y) {
          [loop] y = Loop(n, c, x) <body = b (int64 i, bool go, float[4, 4] v)
              => (bool again, float[4, 4] w) {
            again = Identity(go)
            [mm] h = MatMul(v, v)
            [inner] w = If(go) <
              then_branch = t () => (float[4, 4] a) { [deep] a = MatMul(h, h) },
              else_branch = e () => (float[4, 4] a2) { a2 = Relu(h) }>
          }>
        }""")
    figures = compute_figures(graph)
    assert figures.macs[at(graph, "inner")] == 64
    assert figures.macs[at(graph, "loop")] == figures.totals.macs == 128
    assert "One iteration counts where their number is not known: loop." in figures.notes
    assert figures.explain(at(graph, "loop")) == (
        "128 in one iteration; how many there are is not known"
    )


# The rest --------------------------------------------------------------------------------------


def test_an_empty_graph_has_figures(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x) => (float[2] x) { }""")
    figures = compute_figures(graph)
    assert figures.totals.total_bytes == figures.totals.macs == 0
    assert figures.operators == {}


def test_a_cancel_stops(sample):
    with pytest.raises(Cancelled):
        compute_figures(sample("alexnet"), cancelled=lambda: True)


def test_figures_are_plain_numbers(sample):
    totals = compute_figures(sample("mobilenet_v2")).totals
    assert json.loads(json.dumps(totals.macs)) == totals.macs
