from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from inspector.analysis.costs import Call, UnknownCost
from inspector.analysis.elements import NO_FIGURE, element_work, per_output
from inspector.analysis.figures import UNKNOWN, compute_figures
from inspector.model.tensors import TensorType

FLOAT = TensorProto.FLOAT
TRAINING = "ai.onnx.preview.training"


def work(op_type, inputs, outputs, domain="", **attributes):
    names = [f"i{i}" if shape is not None else "" for i, shape in enumerate(inputs)]
    node = helper.make_node(op_type, names, ["y"], domain=domain, **attributes)
    types = [None if shape is None else TensorType(FLOAT, shape) for shape in inputs]
    made = [TensorType(FLOAT, shape) for shape in outputs]
    return element_work(domain, op_type)(Call(node, tuple(types), tuple(made)))


def test_every_operator_of_the_standard_has_a_count_or_is_named_as_uncounted():
    operators = {(s.domain, s.name) for s in onnx.defs.get_all_schemas_with_history()}
    missing = {key for key in operators if element_work(*key) is None and key not in NO_FIGURE}
    assert {domain for domain, _ in missing} <= {TRAINING}
    assert not {key for key in NO_FIGURE if element_work(*key) is not None}


@pytest.mark.parametrize(
    ("op_type", "inputs", "outputs", "attributes", "expected"),
    [
        ("Relu", [(2, 3)], [(2, 3)], {}, 6),
        ("Reshape", [(2, 3), (1,)], [(6,)], {}, 0),
        ("Add", [(2, 3), (3,)], [(2, 3)], {}, 6),
        ("Sum", [(4,)] * 3, [(4,)], {}, 8),
        ("Mean", [(4,)] * 3, [(4,)], {}, 12),
        ("Softmax", [(2, 10)], [(2, 10)], {}, 100),
        ("Conv", [(1, 3, 8, 8), (4, 3, 3, 3)], [(1, 4, 6, 6)], {}, 0),
        ("Conv", [(1, 3, 8, 8), (4, 3, 3, 3), (4,)], [(1, 4, 6, 6)], {}, 144),
        ("Gemm", [(2, 3), (3, 4), (4,)], [(2, 4)], {}, 8),
        ("Gemm", [(2, 3), (3, 4), (4,)], [(2, 4)], {"alpha": 2.0, "beta": 0.5}, 24),
        ("MaxPool", [(1, 1, 4, 4)], [(1, 1, 2, 2)], {"kernel_shape": [2, 2]}, 16),
        ("AveragePool", [(1, 1, 4, 4)], [(1, 1, 2, 2)], {"kernel_shape": [2, 2]}, 20),
        ("GlobalAveragePool", [(1, 3, 4, 4)], [(1, 3, 1, 1)], {}, 51),
        ("ReduceMean", [(2, 5), (1,)], [(2, 1)], {}, 12),
        ("LayerNormalization", [(2, 5), (5,), (5,)], [(2, 5)], {}, 70),
        ("LSTM", [(7, 2, 3), (1, 20, 3), (1, 20, 5)], [(7, 1, 2, 5)], {}, 7 * 2 * 5 * 9),
        ("LSTM", [(7, 2, 3), (1, 20, 3), (1, 20, 5), (1, 40)], [], {}, 7 * 2 * 5 * 17),
        ("Resize", [(1, 1, 2, 2)], [(1, 1, 4, 4)], {"mode": "nearest"}, 0),
        ("Resize", [(1, 1, 2, 2)], [(1, 1, 4, 4)], {"mode": "linear"}, 16 * 8),
        ("DFT", [(1, 8, 2)], [(1, 8, 2)], {"axis": 1}, 5 * 8 * 3),
        ("Det", [(3, 3)], [()], {}, 18),
        ("ScatterND", [(4,), (2, 1), (2,)], [(4,)], {}, 0),
        ("ScatterND", [(4,), (2, 1), (2,)], [(4,)], {"reduction": "add"}, 2),
        ("Einsum", [(3, 4)], [(3,)], {"equation": "ij->i"}, 9),
    ],
)
def test_counts_by_hand(op_type, inputs, outputs, attributes, expected):
    assert work(op_type, inputs, outputs, **attributes) == expected


def test_attention_scores_are_scaled_masked_and_normalized():
    shapes = [(2, 4, 5, 8), (2, 4, 9, 8), (2, 4, 9, 8)]
    scores = 2 * 4 * 5 * 9
    assert work("Attention", shapes, [(2, 4, 5, 8)]) == 6 * scores
    assert work("Attention", [*shapes, (5, 9)], [(2, 4, 5, 8)]) == 7 * scores


def test_regions_that_choose_their_samples_are_unknown():
    shapes = [(1, 3, 8, 8), (2, 4), (2,)]
    assert work("RoiAlign", shapes, [(2, 3, 2, 2)], sampling_ratio=2) == 24 * 4 * 9
    with pytest.raises(UnknownCost):
        work("RoiAlign", shapes, [(2, 3, 2, 2)])


def test_the_columns_shortcut_agrees_with_the_functions(node_cases, graph_of):
    """Operators that cost a constant per output are counted in one go for all nodes."""
    seen = set()
    for name, case in node_cases.items():
        op_type = case.model.graph.node[0].op_type
        if "expanded" in name or op_type in seen or not per_output("", op_type):
            continue
        seen.add(op_type)
        graph = graph_of(case.model)
        found = compute_figures(graph).element_operations[0]
        size = graph.tensor_types[graph.node_outputs(0)[0]].elements
        assert found == (UNKNOWN if size is None else per_output("", op_type) * size)
    assert len(seen) > 40


def test_element_work_is_apart_from_macs(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 3] x, float[3, 4] w) => (float[2, 4] y) {
          h = MatMul(x, w)  y = Sigmoid(h) }""")
    figures = compute_figures(graph)
    assert figures.macs.tolist() == [24, 0]
    assert figures.element_operations.tolist() == [0, 8]
    assert (figures.totals.macs, figures.totals.element_operations) == (24, 8)


def test_an_open_size_leaves_element_work_unknown(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[N, 3] x) => (float[N, 3] z) { y = Relu(x)  z = Identity(y) }""")
    figures = compute_figures(graph)
    assert figures.element_operations.tolist() == [UNKNOWN, 0]
    assert np.any(figures.element_operations < 0)
    assert "Nodes whose element operations are unknown: 1." in figures.notes
