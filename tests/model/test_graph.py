from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from inspector.model.categories import CATEGORIES, Category, category_of
from inspector.model.graph import TensorKind, build_graph
from inspector.model.groups import GROUPS_KEY, GroupKind, Mark, Role, Tiling, dump_tilings, set_mark
from inspector.model.network import Network, declared_types
from inspector.model.tensors import UNKNOWN, TensorType
from inspector.model.weights import WeightUnavailable

FLOAT = TensorProto.FLOAT


def network(nodes, inputs=("x",), outputs=("y",), metadata=None):
    graph = helper.make_graph(
        [], "g", [helper.make_tensor_value_info(n, FLOAT, [2]) for n in inputs],
        [helper.make_tensor_value_info(n, FLOAT, [2]) for n in outputs],
    )  # fmt: skip
    model = helper.make_model(graph)
    helper.set_model_props(model, metadata or {})
    return Network(model, tuple(nodes), {}, declared_types(graph))


def tensors(graph, ids):
    return [None if t < 0 else graph.tensor_names[t] for t in ids]


@st.composite
def random_nodes(draw):
    """Nodes in order, with inputs left out, values read twice and nodes without a name."""
    made = ["x", "z"]
    nodes = []
    for i in range(draw(st.integers(0, 12))):
        read = draw(st.lists(st.sampled_from([*made, ""]), max_size=4))
        count = draw(st.integers(0, 3))
        outputs = ["" if draw(st.integers(0, 5)) == 0 else f"t{i}_{j}" for j in range(count)]
        made += [name for name in outputs if name]
        name = draw(st.sampled_from(["", f"n{i}", "same"]))
        nodes.append(helper.make_node("Op", read, outputs, name=name))
    return nodes


@given(random_nodes())
@settings(max_examples=200)
def test_columns_agree_with_a_plain_walk(nodes):
    graph = build_graph(network(nodes, ["x", "z"], []))
    assert graph.node_count == graph.main_count == len(nodes)
    maker = {name: i for i, node in enumerate(nodes) for name in node.output if name}
    for i, node in enumerate(nodes):
        assert tensors(graph, graph.node_inputs(i)) == [name or None for name in node.input]
        assert tensors(graph, graph.node_outputs(i)) == [name or None for name in node.output]
        assert graph.names[i] == (node.name or f"Op_{i}")
        before = [maker[name] for name in node.input if name in maker]
        assert graph.predecessors(i) == list(dict.fromkeys(before))
        after = [
            j
            for name in node.output
            if name
            for j, other in enumerate(nodes)
            if name in other.input
        ]
        assert graph.successors(i) == list(dict.fromkeys(after))
    for tensor, name in enumerate(graph.tensor_names):
        readers = [i for i, node in enumerate(nodes) if name in node.input]
        assert graph.tensor_consumers(tensor).tolist() == readers
        assert graph.producers[tensor] == maker.get(name, -1)
    assert sorted(graph.tensor_names) == sorted({"x", "z", *maker})


def test_the_facts_of_a_small_model(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[1, 4] x, float[4, 2] W) => (float[1, 2] y) <float[4, 2] W = {1,2,3,4,5,6,7,8}>
        { h = MatMul(x, W)  c = Constant<value = float {2}>()  y = Mul(h, c) }""")
    assert tensors(graph, graph.graph_inputs) == ["x"]
    assert tensors(graph, graph.graph_outputs) == ["y"]
    kinds = {n: TensorKind(k) for n, k in zip(graph.tensor_names, graph.tensor_kinds, strict=True)}
    assert kinds == {
        "x": TensorKind.INPUT,
        "W": TensorKind.WEIGHT,
        "h": TensorKind.ACTIVATION,
        "c": TensorKind.CONSTANT,
        "y": TensorKind.ACTIVATION,
    }
    types = dict(zip(graph.tensor_names, graph.tensor_types, strict=True))
    assert types["W"] == TensorType(FLOAT, (4, 2))
    assert types["c"] == TensorType(FLOAT, ())
    assert types["h"] == UNKNOWN
    values = {graph.tensor_names[t]: w.array() for t, w in graph.weights.items()}
    np.testing.assert_array_equal(values["W"], np.arange(1, 9).reshape(4, 2))
    assert values["c"] == 2
    names = [CATEGORIES[c] for c in graph.categories]
    assert names == [Category.LINEAR, Category.SHAPE, Category.ARITHMETIC]


def test_an_output_that_is_an_input_or_a_weight(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x) => (float[2] x, float[2] W) <float[2] W = {1,2}> { }""")
    assert graph.node_count == 0
    assert tensors(graph, graph.graph_outputs) == ["x", "W"]


def test_a_value_that_nobody_makes_is_undefined():
    graph = build_graph(network([helper.make_node("Relu", ["lost"], ["y"])], outputs=["gone"]))
    lost = graph.tensor_names.index("lost")
    assert graph.tensor_kinds[lost] == TensorKind.UNDEFINED
    assert graph.tensor_consumers(lost).tolist() == [0]
    assert graph.tensor_kinds[graph.graph_outputs[0]] == TensorKind.UNDEFINED


def test_a_name_made_twice_stays_two_values():
    nodes = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("Tanh", ["x"], ["y"])]
    graph = build_graph(network(nodes))
    assert graph.tensor_names.count("y") == 2
    assert graph.producers[graph.graph_outputs[0]] == 1


def test_a_value_read_before_it_is_made_finds_its_maker():
    nodes = [helper.make_node("Relu", ["h"], ["y"]), helper.make_node("Tanh", ["x"], ["h"])]
    graph = build_graph(network(nodes))
    assert graph.predecessors(0) == [1]


def test_a_node_that_reads_itself():
    graph = build_graph(network([helper.make_node("Add", ["x", "y"], ["y"])]))
    assert graph.predecessors(0) == graph.successors(0) == [0]


@pytest.mark.parametrize(
    ("attribute", "shape", "values"),
    [
        ({"value_float": 2.5}, (), 2.5),
        ({"value_int": -3}, (), -3),
        ({"value_floats": [1.0, 2.0]}, (2,), [1, 2]),
        ({"value_ints": [4, 5, 6]}, (3,), [4, 5, 6]),
        ({"value": onnx.numpy_helper.from_array(np.eye(2))}, (2, 2), np.eye(2)),
    ],
)
@pytest.mark.parametrize("domain", ["", "ai.onnx"])
def test_every_form_of_constant(attribute, shape, values, domain):
    node = helper.make_node("Constant", [], ["y"], domain=domain, **attribute)
    graph = build_graph(network([node]))
    weight = graph.weights[graph.graph_outputs[0]]
    assert graph.tensor_kinds[graph.graph_outputs[0]] == TensorKind.CONSTANT
    assert weight.shape == graph.tensor_types[graph.graph_outputs[0]].shape == shape
    np.testing.assert_array_equal(weight.array(), values)


def test_a_constant_that_is_no_tensor_of_numbers_has_no_weight():
    nodes = [
        helper.make_node("Constant", [], ["y"], value_string="text"),
        helper.make_node("Constant", [], ["z"]),
        helper.make_node("Constant", [], []),
    ]
    assert not build_graph(network(nodes, outputs=["y", "z"])).weights


def test_a_constant_that_names_an_external_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_bytes(bytes(8))
    tensor = TensorProto(data_type=FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="secret")
    graph = build_graph(network([helper.make_node("Constant", [], ["y"], value=tensor)]))
    with pytest.raises(WeightUnavailable, match="external data"):
        graph.weights[graph.graph_outputs[0]].array()


def test_a_sparse_weight_is_known_but_not_expanded(graph_of):
    model = onnx.parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[1, 4] x, float[4, 2] W) => (float[1, 2] y) { y = MatMul(x, W) }""")
    values = helper.make_tensor("W", FLOAT, [2], [1, 2])
    indices = helper.make_tensor("i", TensorProto.INT64, [2], [0, 3])
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [4, 2]))
    graph = graph_of(model)
    assert tensors(graph, graph.graph_inputs) == ["x"]
    (tensor,) = graph.weights
    assert tensors(graph, graph.node_inputs(0)) == ["x", "W"]
    assert graph.node_inputs(0)[1] == tensor
    assert graph.tensor_types[tensor] == TensorType(FLOAT, (4, 2))
    with pytest.raises(WeightUnavailable, match="sparse"):
        graph.weights[tensor].array()


NESTED = """<ir_version: 8, opset_import: ["": 17]>
    m (float[2] x, bool c) => (float[2] y) <float[2] W = {1,2}> {
      [first] h = Relu(x)
      [outer] y = If(c) <
        then_branch = t () => (float[2] a) {
          [shadow] h = Tanh(x)
          [reads_inner] p = Add(h, W)
          [inner] a = If(c) <
            then_branch = tt () => (float[2] q) { [deep] q = Sub(h, p) },
            else_branch = te () => (float[2] r) { [deep2] r = Neg(p) }
          >
        },
        else_branch = e () => (float[2] b) { [reads_outer] b = Add(h, h) }
      >
    }"""


def test_bodies_follow_the_main_graph_and_see_outer_names(graph_of):
    graph = graph_of(NESTED)
    assert graph.main_count == 2
    assert graph.names[:2] == ("first", "outer")
    assert Counter(graph.names) == Counter(
        ["first", "outer", "shadow", "reads_inner", "inner", "reads_outer", "deep", "deep2"]
    )
    at = {name: i for i, name in enumerate(graph.names)}
    assert graph.predecessors(at["reads_outer"]) == [at["first"]]
    assert graph.predecessors(at["reads_inner"]) == [at["shadow"]]
    assert graph.predecessors(at["deep"]) == [at["shadow"], at["reads_inner"]]
    weight = graph.tensor_names.index("W")
    assert graph.tensor_consumers(weight).tolist() == [at["reads_inner"]]
    assert graph.tensor_names.count("h") == 2


def test_groups_of_control_flow_nest_and_know_their_members(graph_of):
    graph = graph_of(NESTED)
    at = {name: i for i, name in enumerate(graph.names)}

    def chain(node):
        titles, group = [], int(graph.node_group[at[node]])
        while group >= 0:
            titles.append(graph.groups[group].title)
            group = graph.groups[group].parent
        return titles

    assert chain("first") == []
    assert chain("outer") == ["outer"]
    assert chain("shadow") == ["then_branch", "outer"]
    assert chain("reads_outer") == ["else_branch", "outer"]
    assert chain("deep") == ["then_branch", "inner", "then_branch", "outer"]
    whole = next(g for g in graph.groups if g.title == "outer")
    assert whole.kind is GroupKind.CONTROL
    assert whole.owner == at["outer"]
    assert set(graph.members(whole.id)) == set(at.values()) - {at["first"]}
    inner = next(g for g in graph.groups if g.title == "inner")
    assert set(graph.members(inner.id)) == {at["inner"], at["deep"], at["deep2"]}
    assert len({group.key for group in graph.groups}) == len(graph.groups)
    assert [group.id for group in graph.groups] == list(range(len(graph.groups)))


def test_inputs_weights_and_types_of_a_loop_body(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (int64 n, bool c, float[2] x) => (float[2] y, float[?, 2] all) {
          y, all = Loop(n, c, x) <body = b (int64 i, bool go, float[2] carried)
              => (bool again, float[2] next, float[2] each) <float[2] step = {1, 1}> {
            again = Identity(go)
            next = Add(carried, step)
            each = Mul(next, x)
          }>
        }""")
    types = dict(zip(graph.tensor_names, graph.tensor_types, strict=True))
    kinds = dict(zip(graph.tensor_names, graph.tensor_kinds.tolist(), strict=True))
    assert types["carried"] == types["step"] == types["each"] == TensorType(FLOAT, (2,))
    assert kinds["carried"] == TensorKind.INPUT
    assert kinds["step"] == TensorKind.WEIGHT
    step = graph.tensor_names.index("step")
    assert graph.weights[step].array().tolist() == [1, 1]
    # The body's inputs are not the model's.
    assert tensors(graph, graph.graph_inputs) == ["n", "c", "x"]
    add = graph.op_types.index("Add")
    assert tensors(graph, graph.node_inputs(add)) == ["carried", "step"]


def test_a_scan_body_has_its_own_scope(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x, float[3, 2] seq) => (float[2] y, float[3, 2] out) {
          y, out = Scan <num_scan_inputs = 1, body = b (float[2] x, float[2] s)
              => (float[2] y, float[2] o) { y = Add(x, s)  o = Identity(y) }> (x, seq)
        }""")
    add = graph.op_types.index("Add")
    assert graph.node_inputs(add)[0] != graph.graph_inputs[0]
    assert tensors(graph, graph.node_inputs(add)) == ["x", "s"]
    assert graph.producers[graph.graph_outputs[0]] == 0


def tiling(**changes):
    facts = {"m": 1, "k": 4, "n": 4, "tile_m": 2, "tile_k": 2, "tile_n": 2, "padded": False}
    return Tiling(**facts | changes, origin=("fc",))


def test_tile_groups_come_from_marks_that_a_stored_tiling_explains():
    nodes = [helper.make_node("Relu", ["x"], [f"t{i}"], name=f"n{i}") for i in range(4)]
    set_mark(nodes[0], Mark("fc", Role.SPLIT))
    set_mark(nodes[1], Mark("fc", Role.TILE, (0, 1, 1)))
    set_mark(nodes[3], Mark("unexplained", Role.TILE))
    meta = {GROUPS_KEY: dump_tilings({"fc": tiling(), "unused": tiling(k=6)})}
    graph = build_graph(network(nodes, outputs=["t0"], metadata=meta))
    assert [(g.key, g.kind, g.tiling) for g in graph.groups] == [("fc", GroupKind.TILED, tiling())]
    assert graph.node_group.tolist() == [0, 0, -1, -1]
    assert graph.marks == {
        0: Mark("fc", Role.SPLIT),
        1: Mark("fc", Role.TILE, (0, 1, 1)),
    }
    assert graph.members(0) == [0, 1]


@given(st.text(max_size=30), st.text(max_size=30))
def test_rubbish_in_the_metadata_makes_no_group(groups, mark):
    node = helper.make_node("Relu", ["x"], ["y"])
    node.metadata_props.add(key="graph-inspector", value=mark)
    graph = build_graph(network([node], metadata={GROUPS_KEY: groups}))
    assert not graph.groups
    assert graph.node_group.tolist() == [-1]


def test_nearly_every_operator_of_the_standard_has_a_category():
    names = {schema.name for schema in onnx.defs.get_all_schemas() if not schema.domain}
    without = {name for name in names if category_of(name) is Category.OTHER}
    assert category_of("Conv") is Category.CONVOLUTION
    assert category_of("NobodysOperator") is Category.OTHER
    # Signals, text and random numbers have no colour of their own.
    assert len(without) <= 20, sorted(without)
