from __future__ import annotations

import pickle

from onnx import TensorProto, helper

from inspector.model.network import Network, node_chunks, nodes_of_chunks
from inspector.model.problems import ModelError
from inspector.model.tensors import TensorType

FLOAT = TensorProto.FLOAT


def test_inputs_leave_out_listed_weights(network_of):
    network = network_of("""<ir_version: 3, opset_import: ["": 9], producer_name: "p">
        m (float[1, 2] x, float[2, 2] W) => (float[1, 2] y) <float[2, 2] W = {1, 2, 3, 4}>
        { y = MatMul(x, W) }""")
    assert [info.name for info in network.inputs] == ["x"]
    assert [info.name for info in network.outputs] == ["y"]
    assert network.opsets == {"": 9}
    assert network.opset == 9


def test_opset_of_a_model_that_says_none():
    assert Network(helper.make_model(helper.make_graph([], "g", [], [])), (), {}).opset >= 1
    model = helper.make_model(helper.make_graph([], "g", [], []))
    del model.opset_import[:]
    assert Network(model, (), {}).opset == 1
    model.opset_import.add(domain="ai.onnx", version=12)
    assert Network(model, (), {}).opset == 12


def test_metadata_is_set_replaced_and_removed_in_a_copy(network_of):
    network = network_of("""<ir_version: 8, opset_import: ["": 17], metadata_props: ["a": "1"]>
        m (float x) => (float y) { y = Relu(x) }""")
    changed = network.with_metadata("b", "2").with_metadata("a", "3")
    assert changed.metadata == {"a": "3", "b": "2"}
    assert changed.with_metadata("a", None).metadata == {"b": "2"}
    assert network.metadata == {"a": "1"}
    assert changed.nodes is network.nodes


def test_types_that_are_fully_known_stay(network_of):
    network = network_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x, float[N] z) => (float[2] y) { h = Relu(x) y = Relu(h) }""")
    known = TensorType(FLOAT, (7,))
    merged = network.with_types(dict.fromkeys(["x", "z", "h"], known))
    assert merged.types["x"] == TensorType(FLOAT, (2,))
    assert merged.types["z"] == merged.types["h"] == known
    assert "h" not in network.types


def test_a_network_survives_pickling(network_of):
    network = network_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x) => (float[2] y) <float[2] b = {1, 2}> { h = Relu(x) y = Add(h, b) }""")
    there = pickle.loads(pickle.dumps(network))
    assert there.header == network.header
    assert there.nodes == network.nodes
    assert there.types == network.types
    assert there.weights["b"].array().tolist() == [1, 2]


def test_nodes_in_pieces_are_the_same_nodes():
    nodes = tuple(helper.make_node("Relu", [f"t{i}"], [f"t{i + 1}"]) for i in range(25))
    chunks = list(node_chunks(nodes, 10))
    assert len(chunks) == 3
    assert nodes_of_chunks(chunks) == nodes
    assert list(node_chunks(())) == []


def test_an_error_keeps_its_two_halves_through_pickling():
    error = pickle.loads(pickle.dumps(ModelError("What.", "Hint.")))
    assert (error.what, error.hint, str(error)) == ("What.", "Hint.", "What. Hint.")
