from __future__ import annotations

import pytest
from onnx import helper, parser

from inspector.analysis.checks import run_checker, structural_problems
from inspector.model.graph import build_graph
from inspector.model.network import Network, declared_types
from inspector.model.problems import Severity


def problems(nodes, outputs=("y",), opsets=(("", 17),)):
    graph = helper.make_graph(
        [],
        "g",
        [helper.make_tensor_value_info("x", 1, [2])],
        [helper.make_tensor_value_info(name, 1, [2]) for name in outputs],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid(*o) for o in opsets])
    network = Network(model, tuple(nodes), {}, declared_types(model.graph))
    return structural_problems(build_graph(network))


def relu(read, made, **more):
    return helper.make_node("Relu", [read], [made], **more)


def test_a_sound_model_has_no_problems(sample):
    graph = sample("mobilenet_v2")
    assert structural_problems(graph) == ()
    assert run_checker(graph.network) is None


def test_a_value_that_nobody_makes_leads_to_its_first_reader():
    (problem,) = problems([relu("x", "a"), relu("lost", "y", name="reader"), relu("lost", "z")])
    assert (problem.severity, problem.node) == (Severity.ERROR, 1)
    assert problem.message == "reader reads 'lost', which nothing in the model makes."


def test_an_output_that_nobody_makes():
    (problem,) = problems([relu("x", "a")], outputs=["y"])
    assert problem.node is None
    assert problem.message == "Nothing makes the model's output 'y'."


def test_a_name_made_twice_leads_to_the_second_maker():
    (problem,) = problems([relu("x", "y", name="one"), relu("x", "y", name="two")])
    assert problem.node == 1
    assert problem.message == "'y' is made by one and two."


def test_nodes_out_of_order_lead_to_the_reader():
    (problem,) = problems([relu("x", "a"), relu("b", "y", name="early"), relu("a", "b")])
    assert problem.node == 1
    assert "early reads a value that is made only later" in problem.message
    assert problem.hint


def test_a_node_that_reads_itself_is_told():
    (problem,) = problems([helper.make_node("Add", ["x", "y"], ["y"])])
    assert problem.node == 0
    assert "by itself" in problem.message


def test_a_stranger_is_told_once_with_its_domain():
    nodes = [
        helper.make_node("Odd", ["x"], ["a"], domain="far"),
        helper.make_node("Odd", ["a"], ["b"], domain="far"),
        helper.make_node("Odd", ["b"], ["y"]),
    ]
    first, second = problems(nodes)
    assert (first.node, second.node) == (0, 2)
    assert first.severity is Severity.WARNING
    assert "Odd of domain far" in first.message
    assert "Odd of domain ai.onnx" in second.message


def test_many_problems_of_a_kind_are_cut():
    found = problems([relu(f"lost{i}", f"t{i}") for i in range(80)], outputs=[])
    assert len(found) == 51
    assert "not listed" in found[-1].message


def test_problems_in_bodies_lead_to_their_node(network_of):
    graph = build_graph(
        network_of(
            parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x, bool c) => (float[2] y) {
          y = If(c) <
            then_branch = t () => (float[2] a) { [inside] a = Relu(lost) },
            else_branch = e () => (float[2] b) { b = Neg(x) }
          >
        }""")
        )
    )
    (problem,) = structural_problems(graph)
    assert graph.names[problem.node] == "inside"


# onnx's checker --------------------------------------------------------------------------------


def test_the_checkers_complaint_names_its_node(network_of):
    model = parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x) => (float[2] y) { [fine] h = Relu(x) [faulty] y = Relu <wrong = 1> (h) }""")
    problem = run_checker(network_of(model))
    assert problem.severity is Severity.ERROR
    assert problem.message.startswith("onnx checker: ")
    assert "wrong" in problem.message
    assert problem.node == 1


def test_a_complaint_without_a_node(network_of):
    model = parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x) => (float[2] y) { y = Relu(x) }""")
    del model.opset_import[:]
    problem = run_checker(network_of(model))
    assert problem.node is None
    assert problem.message


@pytest.mark.parametrize("name", ["", "same", "ünïcödé", "a (b) Name: c OpType: d"])
def test_nodes_of_one_name_are_told_apart(network_of, name):
    model = parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x) => (float[2] y) { h = Relu(x) y = Relu <wrong = 1> (h) }""")
    for node in model.graph.node:
        node.name = name
    problem = run_checker(network_of(model))
    assert problem.node == (None if "OpType" in name else 1)
