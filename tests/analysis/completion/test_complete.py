"""Shapes that onnx's own inference leaves open."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper, parser

from inspector.analysis.shapes import infer_types

RESHAPES = """<ir_version: 8, opset_import: ["": 17]>
    m (float[2, 6, 5, 4] x, float[4, 8] w) => (float[] y)
      <int64[1] zero = {0}, int64[1] four = {4}, int64 one = {1}, int64 two = {2},
       int64[1] open = {-1}> {
      shape = Shape(x)
      channels = Gather(shape, one)
      half = Div(channels, two)
      flat = Unsqueeze(half, zero)
      target = Concat <axis = 0> (flat, open, four)
      h = Reshape(x, target)
      y = MatMul(h, w)
    }"""


def shapes(network, **dims):
    types, _ = infer_types(network, dims)
    return {name: kind.shape for name, kind in types.items()}


def test_shape_arithmetic_is_folded(network_of):
    found = shapes(network_of(RESHAPES))
    assert found["h"] == (3, 20, 4)
    assert found["y"] == (3, 20, 8)


def test_a_symbolic_batch_is_kept_through_reshapes(network_of):
    network = network_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[N, 6, 5, 4] x) => (float[] y) <int64 zero = {0}, int64[1] axes = {0},
            int64[1] open = {-1}> {
          shape = Shape(x)  n = Gather(shape, zero)  n1 = Unsqueeze(n, axes)
          target = Concat <axis = 0> (n1, open)
          h = Reshape(x, target)  y = Relu(h) }""")
    assert shapes(network)["y"] == ("N", 120)
    assert shapes(network, N=3)["y"] == (3, 120)


def test_scales_that_are_raw_floats_resize(network_of):
    scales = np.array([1, 1, 2, 2], np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Resize", ["x", "", "scales"], ["h"], mode="nearest"),
            helper.make_node("Relu", ["h"], ["y"]),
        ],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 5, 7])],
        [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(scales, "scales")],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    assert shapes(network_of(model))["y"] == (1, 3, 10, 14)


def test_what_cannot_be_known_stays_unknown(network_of):
    network = network_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[4, 4] x, int64[2] target) => (float[] y) {
          found = NonZero(x)  h = Reshape(x, target)  y = Relu(h) }""")
    found = shapes(network)
    assert found["found"] == (2, None)
    assert found["y"] == (None, None)


def test_names_that_inference_makes_up_are_not_sizes(network_of):
    types = shapes(
        network_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[4, 4] x) => (float[] y) { n = NonZero(x)  y = Cast <to = 1> (n) }""")
    )
    assert not any(isinstance(size, str) for shape in types.values() for size in shape or ())


def test_open_sizes_by_name_and_by_place(network_of):
    network = network_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[N, ?, 3] x, float[3, 5] w) => (float[N, ?, 5] y) { y = MatMul(x, w) }""")
    assert network.open_sizes == ("N", "x[1]")
    assert shapes(network, N=2)["y"] == (2, None, 5)
    assert shapes(network, **{"N": 2, "x[1]": 7})["y"] == (2, 7, 5)
    # The network itself still has its sizes open.
    assert shapes(network)["y"] == ("N", None, 5)


# Bodies ----------------------------------------------------------------------------------------


def test_a_loop_with_a_known_trip_count_stacks_its_results(network_of):
    found = shapes(
        network_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 3] x) => (float[] y, float[] z) <int64 trips = {5}, bool go = {1}> {
          y, z = Loop(trips, go, x) <body = b (int64 i, bool c, float[?, ?] v)
              => (bool again, float[] w, float[] s) {
            again = Identity(c)  w = Relu(v)  s = Concat <axis = 0> (w, w) }> }""")
    )
    assert found["y"] == (2, 3)
    assert found["z"] == (5, 4, 3)
    assert found["y/body::s"] == (4, 3)


def test_a_state_that_grows_is_open_along_that_axis(network_of):
    found = shapes(
        network_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 3] x, int64 n) => (float[] y) {
          y = Loop(n, , x) <body = b (int64 i, bool c, float[?, ?] v)
              => (bool again, float[] w) {
            again = Identity(c)  w = Concat <axis = 0> (v, v) }> }""")
    )
    assert found["y"] == (None, 3)
    assert found["y/body::w"] == (None, 3)


def test_a_scan_slices_its_sequence(network_of):
    found = shapes(
        network_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[4] h, float[7, 2] x) => (float[] y, float[] z) {
          y, z = Scan <num_scan_inputs = 1, scan_input_axes = [1],
              body = b (float[4] s, float[7] e) => (float[4] s2, float[] o) {
                s2 = Identity(s)  o = Concat <axis = 0> (s, e) }> (h, x) }""")
    )
    assert found["y"] == (4,)
    assert found["z"] == (2, 11)
    assert found["y/body::o"] == (11,)


def test_branches_agree_or_leave_a_size_open(network_of):
    text = """<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 3] x, bool c) => (float[] y) {
          flag = FLAG
          y = If(flag) <
            then_branch = t () => (float[] a) { a = Concat <axis = 0> (x, x) },
            else_branch = e () => (float[] b) { b = Relu(x) }> }"""
    assert shapes(network_of(text.replace("FLAG", "Identity(c)")))["y"] == (None, 3)
    constant = text.replace("FLAG", "Constant <value = bool {1}> ()")
    assert shapes(network_of(constant))["y"] == (4, 3)


def test_contributed_operators_between_standard_ones(network_of):
    found = shapes(
        network_of("""<ir_version: 8, opset_import: ["": 17, "com.microsoft": 1]>
        m (float[2, 5, 8] x, float[8, 4] w) => (float[] y) {
          h = com.microsoft.Gelu(x)  k = com.microsoft.FusedMatMul(h, w)  y = Relu(k) }""")
    )
    assert found["y"] == (2, 5, 4)


# Against onnxruntime ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", [RESHAPES])
def test_onnxruntime_makes_the_same_shapes(network_of, text):
    model = parser.parse_model(text)
    found = shapes(network_of(model))
    for node in model.graph.node:
        if node.output[0] != "y":
            model.graph.output.append(onnx.ValueInfoProto(name=node.output[0]))
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = {i.name: np.ones(i.shape, np.float32) for i in session.get_inputs()}
    for info, array in zip(session.get_outputs(), session.run(None, feeds), strict=True):
        assert found[info.name] == array.shape
