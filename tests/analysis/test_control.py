"""Control flow and functions in the figures."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper, inliner, parser

from inspector.analysis.figures import UNKNOWN, compute_figures

LOOP = """<ir_version: 8, opset_import: ["": 17]>
    m (float[4, 4] x, int64 n, bool flag) => (float[4, 4] y)
      <int64 trips = {{6}}, bool yes = {{1}}, bool no = {{0}}> {{
      [loop] y = Loop({count}, {condition}, x) <body = b (int64 i, bool c, float[4, 4] v)
          => (bool again, float[4, 4] w) {{
        {again}
        [mm] w = MatMul(v, v) }}> }}"""
ON = "again = Identity(c)"


@pytest.mark.parametrize(
    ("count", "condition", "again", "times"),
    [
        ("trips", "yes", ON, 6),
        ("trips", "", ON, 6),
        ("trips", "yes", "again = Constant <value = bool {1}> ()", 6),
        ("n", "yes", ON, None),
        ("", "yes", ON, None),
        ("trips", "flag", ON, None),
        ("trips", "no", ON, None),
        ("trips", "yes", "k = Constant <value_int = 3> () again = Less(i, k)", None),
    ],
)
def test_trip_counts(graph_of, count, condition, again, times):
    graph = graph_of(LOOP.format(count=count, condition=condition, again=again))
    figures = compute_figures(graph)
    loop = graph.names.index("loop")
    assert figures.macs[loop] == figures.totals.macs == 64 * (times or 1)
    said = any("One iteration counts" in note for note in figures.notes)
    assert said == (times is None)
    if times:
        assert figures.explain(loop) == "6 iterations × 64 in the body = 384"


def test_a_scan_runs_for_each_step_of_its_sequence(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[1, 4] h, float[9, 1, 4] x, float[4, 4] w) => (float[1, 4] y) {
          [scan] y = Scan <num_scan_inputs = 1,
              body = b (float[1, 4] s, float[1, 4] e) => (float[1, 4] s2) {
                m = MatMul(e, w)  s2 = Add(s, m) }> (h, x) }""")
    figures = compute_figures(graph)
    assert figures.totals.macs == 9 * 16
    assert figures.totals.element_operations == 9 * 4


# Functions -------------------------------------------------------------------------------------

FUNCTIONS = """<ir_version: 10, opset_import: ["": 17, "local": 1]>
    m (float[2, 8] x, float[8, 8] w, float[5, 8] z) => (float[] y, float[] y2) {
      h = local.Twice(x, w)
      g = local.Twice(h, w)
      y = local.Scaled <alpha = 2.0> (g)
      y2 = local.Twice(z, w)
    }
    <domain: "local", opset_import: ["": 17, "local": 1]>
    Twice (a, b) => (c) { d = local.Linear(a, b)  c = local.Linear(d, b) }
    <domain: "local", opset_import: ["": 17]>
    Linear (a, b) => (c) { m = MatMul(a, b)  c = Relu(m) }
    <domain: "local", opset_import: ["": 17]>
    Scaled <alpha> (a) => (c) { c = LeakyRelu <alpha: float = @alpha> (a) }"""


def test_a_call_costs_what_its_body_costs_with_its_shapes(graph_of):
    model = parser.parse_model(FUNCTIONS)
    graph = graph_of(model)
    figures = compute_figures(graph)
    assert figures.macs.tolist() == [2 * 2 * 64, 2 * 2 * 64, 0, 2 * 5 * 64]
    assert figures.element_operations.tolist() == [2 * 16, 2 * 16, 2 * 16, 2 * 40]
    assert figures.coverage == 1
    assert figures.explain(0) == "256 in the body of the function Twice"
    inlined = compute_figures(graph_of(inliner.inline_local_functions(model)))
    assert inlined.totals.macs == figures.totals.macs
    assert inlined.totals.element_operations == figures.totals.element_operations


def function(name, nodes, overload=""):
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    return helper.make_function("local", name, ["a"], ["c"], nodes, opsets, overload=overload)


def model_with(functions, calls):
    graph = helper.make_graph(
        calls,
        "g",
        [helper.make_tensor_value_info("x", 1, [4, 4])],
        [helper.make_tensor_value_info(calls[-1].output[0], 1, None)],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    return helper.make_model(graph, functions=functions, opset_imports=opsets, ir_version=10)


def test_overloads_are_told_apart(graph_of):
    square = helper.make_node("MatMul", ["a", "a"], ["c"])
    nothing = helper.make_node("Relu", ["a"], ["c"])
    calls = [
        helper.make_node("F", ["x"], ["h"], domain="local", overload="one"),
        helper.make_node("F", ["h"], ["y"], domain="local", overload="two"),
    ]
    functions = [function("F", [square], "one"), function("F", [nothing], "two")]
    figures = compute_figures(graph_of(model_with(functions, calls)))
    assert figures.macs.tolist() == [64, 0]


def test_a_function_that_calls_itself_is_unknown(graph_of):
    again = helper.make_node("F", ["a"], ["c"], domain="local")
    call = helper.make_node("F", ["x"], ["y"], domain="local")
    figures = compute_figures(graph_of(model_with([function("F", [again])], [call])))
    assert figures.macs.tolist() == [UNKNOWN]
    assert figures.explain(0) == "The body of the function F is not known."


def test_a_body_with_a_stranger_is_unknown(graph_of):
    inner = helper.make_node("Unheard", ["a"], ["c"], domain="far")
    call = helper.make_node("F", ["x"], ["y"], domain="local")
    figures = compute_figures(graph_of(model_with([function("F", [inner])], [call])))
    assert figures.macs.tolist() == [UNKNOWN]
    assert figures.unknown_operators == (("F", 1),)
    assert figures.coverage == 0


def test_a_loop_inside_a_function(graph_of):
    model = parser.parse_model("""<ir_version: 10, opset_import: ["": 17, "local": 1]>
        m (float[4, 4] x) => (float[] y) { y = local.Again(x) }
        <domain: "local", opset_import: ["": 17]>
        Again (a) => (c) {
          trips = Constant <value = int64 {3}> ()
          c = Loop(trips, , a) <body = b (int64 i, bool go, float[] v) => (bool on, float[] w) {
            on = Identity(go)  w = MatMul(v, v) }> }""")
    assert compute_figures(graph_of(model)).macs.tolist() == [3 * 64]


def test_coverage_counts_nodes_and_names_what_is_missing(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17, "far": 1]>
        m (float[4, 4] x) => (float[] y) {
          a = far.Unheard(x)  b = far.Unheard(x)  c = far.Other(x)  d = MatMul(x, x)
          e = MatMul(x, a)  y = Relu(x) }""")
    figures = compute_figures(graph)
    assert np.count_nonzero(figures.macs < 0) == 4
    assert figures.coverage == pytest.approx(2 / 6)
    assert figures.unknown_operators == (("Unheard", 2), ("Other", 1), ("MatMul", 1))
