from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from inspector.analysis.memory import live_bytes, peak_activation_bytes
from inspector.model.graph import build_graph
from inspector.model.network import Network, declared_types


def test_a_small_graph_by_hand(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[10] x) => (float[10] y) <int64[1] s = {0}, int64[1] e = {10}> {
          a = Relu(x)
          b = Tanh(a)
          c = Concat <axis = 0> (a, a)
          d = Slice(c, s, e)
          y = Add(b, d)
        }""")
    # x+a | a+b | a+b+c (c has 20) | b+c+d | b+d+y
    assert live_bytes(graph).tolist() == [80, 80, 160, 160, 120]
    assert peak_activation_bytes(graph) == 160


def test_outputs_live_to_the_end_and_unread_values_only_while_they_are_made(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[10] x) => (float[10] early, float[10] y) {
          early = Relu(x)
          unread = Tanh(x)
          y = Neg(x)
        }""")
    assert live_bytes(graph).tolist() == [80, 120, 120]


def test_a_value_that_only_a_body_reads_lives_until_its_owner_runs(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[10] x, bool c) => (float[10] y) {
          a = Relu(x)
          b = Tanh(x)
          d = Neg(b)
          y = If(c) <
            then_branch = t () => (float[10] p) {
              p = If(c) <then_branch = tt () => (float[10] q) { q = Add(a, d) },
                         else_branch = te () => (float[10] r) { r = Neg(d) }> },
            else_branch = e () => (float[10] s) { s = Neg(d) }
          >
        }""")
    # The condition is one byte. x+a | x+a+b | a+b+d | a+d+y
    assert live_bytes(graph).tolist() == [81, 121, 121, 121]


@st.composite
def chains(draw):
    made = ["x"]
    nodes = []
    for i in range(draw(st.integers(1, 10))):
        read = draw(st.lists(st.sampled_from(made), min_size=1, max_size=3))
        nodes.append(helper.make_node("Op", read, [f"t{i}"]))
        made.append(f"t{i}")
    sizes = {name: draw(st.integers(0, 100)) for name in made}
    return nodes, sizes, draw(st.sampled_from(made))


@given(chains())
def test_agrees_with_a_simulation(case):
    nodes, sizes, output = case
    infos = [helper.make_tensor_value_info(n, TensorProto.UINT8, [s]) for n, s in sizes.items()]
    graph = helper.make_graph([], "g", [infos[0]], [i for i in infos if i.name == output])
    graph.value_info.extend(infos)
    model = helper.make_model(graph)
    network = Network(model, tuple(nodes), {}, declared_types(model.graph))
    alive, seen = {"x"}, []
    for i, node in enumerate(nodes):
        alive |= set(node.output)
        seen.append(sum(sizes[name] for name in alive))
        later = {name for other in nodes[i + 1 :] for name in other.input} | {output}
        alive &= later
    assert live_bytes(build_graph(network)).tolist() == seen


def test_alexnets_peak_is_the_first_relu(sample):
    graph = sample("alexnet")
    alive = live_bytes(graph)
    # Input and output of the first Relu, 64 x 55 x 55 values each.
    assert peak_activation_bytes(graph) == 2 * 4 * 64 * 55 * 55
    assert int(np.argmax(alive)) == graph.op_types.index("Relu")
