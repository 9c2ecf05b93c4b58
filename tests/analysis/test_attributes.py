from __future__ import annotations

import onnx
import pytest
from onnx import AttributeProto, TensorProto, helper

from inspector.analysis.attributes import attribute_text, headline, node_attributes, schema_info


def rows(node, **opsets):
    return {row.name: row for row in node_attributes(node, {"": 17, **opsets})}


def test_given_attributes_come_first_and_defaults_are_marked():
    node = helper.make_node("Conv", ["x", "w"], ["y"], strides=[2, 2], kernel_shape=[3, 3])
    found = rows(node)
    assert list(found) == [
        "kernel_shape", "strides", "auto_pad", "dilations", "group", "pads",
    ]  # fmt: skip
    assert [row.is_default for row in found.values()] == [False, False, True, True, True, True]
    assert found["strides"].value == "[2, 2]"
    assert found["strides"].type_name == "ints"
    assert found["group"].value == "1"
    assert found["auto_pad"].value == "NOTSET"
    assert found["pads"].value == "not set"
    assert "tride" in found["strides"].doc


@pytest.mark.parametrize(
    "schema",
    [s for s in onnx.defs.get_all_schemas() if not s.domain and not s.deprecated],
    ids=lambda schema: schema.name,
)
def test_every_operator_lists_every_attribute_of_its_schema(schema):
    node = helper.make_node(schema.name, [], [])
    found = rows(node, **{"": schema.since_version})
    optional = {name for name, entry in schema.attributes.items() if not entry.required}
    assert set(found) == optional
    for name, row in found.items():
        default = schema.attributes[name].default_value
        assert row.is_default
        if default.type == AttributeProto.INT:
            assert row.value == str(default.i)
        elif default.type == AttributeProto.STRING:
            assert row.value == default.s.decode()
        elif default.type == AttributeProto.UNDEFINED:
            assert row.value == "not set"
    info = schema_info(node, {"": schema.since_version})
    assert info.since_version == schema.since_version
    assert info.doc == schema.doc
    assert info.input_names == tuple(entry.name for entry in schema.inputs)


def test_the_schema_is_that_of_the_models_opset():
    node = helper.make_node("Clip", ["x"], ["y"])
    assert schema_info(node, {"": 6}).since_version == 6
    assert schema_info(node, {"": 17}).since_version == 13
    assert [row.name for row in node_attributes(node, {"": 6})] == ["max", "min"]
    assert node_attributes(node, {"": 17}) == ()


def test_an_unknown_operator_shows_what_it_was_given():
    node = helper.make_node("Unheard", ["x"], ["y"], domain="far", b=1, a=2.5)
    assert schema_info(node, {"": 17, "far": 1}) is None
    assert [(row.name, row.value) for row in node_attributes(node, {"far": 1})] == [
        ("a", "2.5"), ("b", "1"),
    ]  # fmt: skip


def test_an_attribute_that_the_schema_does_not_know_is_shown():
    node = helper.make_node("Relu", ["x"], ["y"], extra="hello")
    assert [(row.name, row.value) for row in node_attributes(node, {"": 17})] == [
        ("extra", "hello")
    ]


def test_the_standard_domain_by_its_long_name():
    node = helper.make_node("Relu", ["x"], ["y"], domain="ai.onnx")
    assert schema_info(node, {"": 17}).domain == "ai.onnx"


def test_formal_names_of_variadic_and_optional_parameters():
    info = schema_info(helper.make_node("Concat", ["a", "b"], ["c"], axis=0), {"": 17})
    assert info.variadic_input
    assert [info.input_name(i) for i in range(3)] == ["inputs 0", "inputs 1", "inputs 2"]
    assert info.output_name(0) == "concat_result"
    gemm = schema_info(helper.make_node("Gemm", [], []), {"": 17})
    assert [gemm.input_name(i) for i in range(4)] == ["A", "B", "C", "#3"]
    split = schema_info(helper.make_node("Split", [], []), {"": 17})
    assert split.variadic_output
    assert split.output_name(1) == "outputs 1"
    assert split.input_name(1) == "split"
    loop = schema_info(helper.make_node("Loop", [], []), {"": 17})
    assert [loop.input_name(i) for i in (0, 1, 2, 3)] == ["M", "cond", "v_initial 0", "v_initial 1"]


GRAPH = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [], [])
TENSOR = helper.make_tensor("t", TensorProto.FLOAT, [2, 3], [0] * 6)
SPARSE = helper.make_sparse_tensor(
    helper.make_tensor("v", TensorProto.FLOAT, [1], [1]),
    helper.make_tensor("i", TensorProto.INT64, [1], [1]),
    [4, 4],
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (0.1, "0.1"),
        (1e-5, "1e-05"),
        ("NOTSET", "NOTSET"),
        ([1, 2], "[1, 2]"),
        ([0.5, 2.0], "[0.5, 2]"),
        (["a", "b"], "[a, b]"),
        (TENSOR, "tensor float32 2×3"),
        (GRAPH, "graph of 1 nodes"),
        ([GRAPH, GRAPH], "2 graphs"),
        ([TENSOR], "1 tensors"),
        (SPARSE, "sparse of float32 4×4"),
        (helper.make_tensor_type_proto(TensorProto.FLOAT, [2]), "float32 2"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_every_kind_of_value_has_a_text(value, text):
    assert attribute_text(helper.make_attribute("a", value)) == text


def test_long_values_are_cut_and_say_how_long_they_are():
    for values in (list(range(1000)), [0.5] * 1000, ["ab"] * 1000):
        text = attribute_text(helper.make_attribute("a", values))
        assert text.endswith("... 1,000 in all]")
        assert len(text) < 500
    text = attribute_text(helper.make_attribute("a", "x" * 5000))
    assert text.endswith("... (5,000 characters)")


def test_an_attribute_without_type_or_value():
    assert attribute_text(AttributeProto(name="a")) == "no value"
    assert attribute_text(AttributeProto(name="a", ints=[1, 2])) == "[1, 2]"
    inherited = AttributeProto(name="a", type=AttributeProto.FLOAT, ref_attr_name="alpha")
    assert attribute_text(inherited) == "as the function's attribute alpha"


def test_headlines_of_alexnet(sample):
    graph = sample("alexnet")
    first = {}
    for node, op_type in enumerate(graph.op_types):
        first.setdefault(op_type, headline(graph, node))
    assert first["Conv"] == "11×11 s4 p2  3→64"
    assert first["MaxPool"] == "3×3 s2"
    assert first["Relu"] == "elementwise"
    assert first["Gemm"] == "1 × 9216 → 4096"


def test_headlines_of_other_operators(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[1, 8, 6, 6] x, float[8, 1, 3, 3] w, float[8, 4, 2, 2] v) => (y) {
          a = Conv <group = 8, dilations = [2, 2], pads = [1, 0, 1, 0]> (x, w)
          b = ConvTranspose <group = 2, strides = [2, 2]> (x, v)
          c = Transpose <perm = [0, 2, 3, 1]> (x)
          d, e = Split <axis = 1> (x)
          f = Concat <axis = 1> (d, e)
          g = Softmax <axis = 1> (f)
          h = Cast <to = 10> (g)
          i = Flatten <axis = 2> (h)
          y = Abs(i)
        }""")
    assert [headline(graph, node) for node in range(graph.node_count)] == [
        "3×3 p1,0,1,0 d2  8→8  g8",
        "2×2 s2  8→8  g2",
        "(0, 2, 3, 1)",
        "axis 1 → 2 parts",
        "2 inputs, axis 1",
        "axis 1",
        "→ float16",
        "axis 2 → 8×36",
        "8×36",
    ]


@pytest.mark.parametrize(
    "attribute", [{"kernel_shape": 3}, {"kernel_shape": "x"}, {"group": [2]}, {"strides": 1.5}]
)
def test_a_malformed_attribute_does_not_stop_a_headline(graph_of, attribute):
    node = helper.make_node("Conv", ["x", "w"], ["y"], **attribute)
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info(name, 1, [1, 1, 4, 4]) for name in "xw"],
        [helper.make_tensor_value_info("y", 1, None)],
    )
    assert isinstance(headline(graph_of(helper.make_model(graph)), 0), str)
