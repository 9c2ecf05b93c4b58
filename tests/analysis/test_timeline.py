"""Live activations against a walk over the nodes, and orders against all orders there are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from inspector.analysis.figures import compute_figures
from inspector.analysis.timeline import better_order, compute_timeline
from inspector.model.graph import Graph, build_graph
from inspector.model.network import Network, declared_types
from inspector.model.problems import Cancelled


def network_graph(nodes, sizes, inputs, outputs) -> Graph:
    """A graph of int8 vectors of the given sizes; a node is (its inputs, its outputs)."""

    def info(name):
        return helper.make_tensor_value_info(name, TensorProto.INT8, [sizes[name]])

    proto = helper.make_graph(
        [helper.make_node("Any", list(r), list(m), domain="test") for r, m in nodes],
        "g",
        [info(name) for name in inputs],
        [info(name) for name in outputs],
        value_info=[info(name) for name in sizes if name not in {*inputs, *outputs}],
    )
    header = helper.make_model(proto, opset_imports=[helper.make_opsetid("test", 1)])
    protos = tuple(proto.node)
    del header.graph.node[:]
    return build_graph(Network(header, protos, {}, declared_types(proto)))


def walk(nodes, sizes, inputs, outputs) -> list[int]:
    """Bytes alive at each node, told by sets of names."""
    last = dict.fromkeys(inputs, 0)
    for step, (read, made) in enumerate(nodes):
        last.update(dict.fromkeys([*read, *made], step))
    last.update(dict.fromkeys(outputs, len(nodes)))
    born = set(inputs)
    alive = []
    for step, (_, made) in enumerate(nodes):
        born |= set(made)
        alive.append(sum(sizes[name] for name in born if last[name] >= step))
    return alive


def test_a_residual_block_by_hand():
    nodes = [("x", "a"), ("a", "b"), ("b", "c"), ("xc", "y")]
    sizes = {"x": 10, "a": 100, "b": 40, "c": 10, "y": 10}
    timeline = compute_timeline(network_graph(nodes, sizes, "x", "y"))
    # x lives until it is added; a + b + x are the peak.
    assert timeline.live.tolist() == [110, 150, 60, 30]
    assert (timeline.peak_step, timeline.peak_bytes) == (1, 150)
    names = [timeline.graph.tensor_names[timeline.ranges.tensors[r]] for r in timeline.alive_at(1)]
    assert names == ["a", "b", "x"]
    assert timeline.output_bytes == 160
    # The node that reads a and makes b cannot do with less than both.
    assert (timeline.floor_bytes, timeline.floor_node) == (140, 1)
    assert better_order(timeline) is None


def test_what_stays_within_a_limit():
    nodes = [("x", "a"), ("a", "b"), ("b", "c"), ("c", "y")]
    sizes = {"x": 10, "a": 100, "b": 10, "c": 5, "y": 1}
    timeline = compute_timeline(network_graph(nodes, sizes, "x", "y"))
    assert timeline.live.tolist() == [110, 110, 15, 6]
    names = [timeline.graph.tensor_names[t] for t in timeline.ranges.tensors]
    fits = dict(zip(names, timeline.fits_within(20).tolist(), strict=True))
    assert fits == {"x": False, "a": False, "b": False, "c": True, "y": True}
    assert timeline.fits_within(110).all()


def test_a_better_order_of_two_branches():
    # Each branch makes 100 and keeps 1. In the file both 100s are alive together.
    nodes = [("x", "a"), ("x", "b"), ("a", "c"), ("b", "d"), ("cd", "y")]
    sizes = {"x": 1, "a": 100, "b": 100, "c": 1, "d": 1, "y": 1}
    timeline = compute_timeline(network_graph(nodes, sizes, "x", "y"))
    assert timeline.peak_bytes == 201
    order = better_order(timeline)
    assert order is not None
    assert order.nodes.tolist() in ([0, 2, 1, 3, 4], [1, 3, 0, 2, 4])
    assert order.peak_bytes == 102


@st.composite
def graphs(draw):
    """Up to six nodes that read earlier tensors, in a topological order."""
    sizes = {"x": draw(st.integers(1, 50))}
    nodes = []
    for number in range(draw(st.integers(1, 6))):
        read = draw(st.lists(st.sampled_from(sorted(sizes)), min_size=1, max_size=3, unique=True))
        made = [f"t{number}{i}" for i in range(draw(st.integers(1, 2)))]
        nodes.append((read, made))
        sizes.update((name, draw(st.integers(1, 50))) for name in made)
    outputs = draw(st.lists(st.sampled_from(sorted(sizes)[:-1] or ["x"]), max_size=2, unique=True))
    return nodes, sizes, ["x"], [name for name in outputs if name != "x"]


@settings(max_examples=80, deadline=None)
@given(graphs())
def test_live_bytes_and_orders_of_random_graphs(case):
    nodes, sizes, inputs, outputs = case
    graph = network_graph(*case)
    timeline = compute_timeline(graph)
    assert timeline.live.tolist() == walk(*case)
    assert timeline.peak_bytes == compute_figures(graph).totals.peak_activation_bytes
    peaks = []
    for order in itertools.permutations(range(len(nodes))):
        shuffled = [nodes[i] for i in order]
        if is_topological(shuffled, inputs):
            peaks.append(max(walk(shuffled, sizes, inputs, outputs)))
    assert timeline.floor_bytes <= min(peaks)
    found = better_order(timeline)
    if found is not None:
        shuffled = [nodes[i] for i in found.nodes]
        assert sorted(found.nodes.tolist()) == list(range(len(nodes)))
        assert is_topological(shuffled, inputs)
        assert found.peak_bytes == max(walk(shuffled, sizes, inputs, outputs))
        assert min(peaks) <= found.peak_bytes < timeline.peak_bytes


def is_topological(nodes, inputs) -> bool:
    known = set(inputs)
    for read, made in nodes:
        if not known.issuperset(read):
            return False
        known.update(made)
    return True


def test_a_search_without_time_finds_nothing_and_can_be_cancelled():
    branches = range(300)
    nodes = [("x", [f"a{i}"]) for i in branches] + [([f"a{i}"], [f"b{i}"]) for i in branches]
    sizes = {"x": 1, **{f"a{i}": 100 for i in branches}, **{f"b{i}": 1 for i in branches}}
    timeline = compute_timeline(network_graph(nodes, sizes, ["x"], []))
    assert better_order(timeline, seconds=-1.0) is None
    with pytest.raises(Cancelled):
        better_order(timeline, cancelled=lambda: True)
    order = better_order(timeline)
    assert order is not None
    assert order.peak_bytes == 102


def test_a_constant_comes_before_its_reader(graph_of):
    text = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[50] x) => (float[1] y) {
        a = Relu(x)
        b = Neg(x)
        c = Constant<value = float[1] {2.0}>()
        d = ReduceSum<keepdims = 1>(a)
        e = ReduceSum<keepdims = 1>(b)
        f = Mul(d, c)
        y = Add(f, e)
    }
    """
    timeline = compute_timeline(graph_of(text))
    order = better_order(timeline)
    assert order is not None
    place = {node: step for step, node in enumerate(order.nodes.tolist())}
    assert place[2] < place[5]
    # x, a and b in the file; x, one of them and a sum otherwise.
    assert (timeline.peak_bytes, order.peak_bytes) == (600, 404)


def test_what_a_body_reads_lives_until_its_owner_has_run(graph_of):
    text = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[8] x, bool c) => (float[8] y) {
        a = Relu(x)
        b = Neg(x)
        d = If(c) <then_branch = t () => (float[8] u) { u = Add(a, b) },
                   else_branch = e () => (float[8] v) { v = Identity(b) }>
        y = Abs(d)
    }
    """
    timeline = compute_timeline(graph_of(text))
    # x + c; a; b; at the If a, b and its result.
    assert timeline.live.tolist() == [65, 97, 97, 64]


def test_no_nodes_need_no_memory():
    timeline = compute_timeline(network_graph([], {"x": 4}, ["x"], ["x"]))
    assert (timeline.peak_step, timeline.peak_bytes, timeline.floor_node) == (-1, 0, -1)
    assert better_order(timeline) is None


def test_alexnet_peaks_at_its_first_relu(sample):
    graph = sample("alexnet")
    timeline = compute_timeline(graph)
    # 64 x 55 x 55 floats, before and after the Relu.
    assert timeline.peak_bytes == 2 * 64 * 55 * 55 * 4
    assert graph.op_types[timeline.peak_step] == "Relu"
    assert len(timeline.alive_at(timeline.peak_step)) == 2
    assert timeline.floor_bytes == timeline.peak_bytes
    assert np.array_equal(timeline.live >= 0, np.ones(graph.main_count, bool))
