"""Which constants of a graph are parameters, and which only steer an operator."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inspector.model.graph import Graph, TensorKind

_REDUCTIONS = ("Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "LogSum", "LogSumExp", "SumSquare")
STEERING_INPUTS: dict[str, frozenset[int]] = {
    "Reshape": frozenset({1}),
    "Expand": frozenset({1}),
    "Tile": frozenset({1}),
    "Pad": frozenset({1, 2, 3}),
    "Slice": frozenset({1, 2, 3, 4}),
    "Split": frozenset({1}),
    "Squeeze": frozenset({1}),
    "Unsqueeze": frozenset({1}),
    "Clip": frozenset({1, 2}),
    "Resize": frozenset({1, 2, 3}),
    "Upsample": frozenset({1}),
    "TopK": frozenset({1}),
    "OneHot": frozenset({1, 2}),
    "CumSum": frozenset({1}),
    "Range": frozenset({0, 1, 2}),
    "ConstantOfShape": frozenset({0}),
    "Dropout": frozenset({1, 2}),
    "Gather": frozenset({1}),
    "Loop": frozenset({0, 1}),
    "NonMaxSuppression": frozenset({2, 3, 4}),
    **{f"Reduce{kind}": frozenset({1}) for kind in _REDUCTIONS},
}
"""Inputs that tell an operator how to work: shapes, axes, bounds, indices. Not learned."""


def parameter_tensors(graph: Graph) -> npt.NDArray[np.bool_]:
    """bool[tensors]: weights that some node reads as data rather than as a setting.

    The value of a Constant node counts where it has several elements: single ones are bounds and
    factors that belong to the formula, as in ``x * 0.5``.
    """
    counted = np.zeros(len(graph.tensor_types), bool)
    is_weight = graph.tensor_kinds == TensorKind.WEIGHT
    for tensor in np.flatnonzero(graph.tensor_kinds == TensorKind.CONSTANT).tolist():
        weight = graph.weights.get(tensor)
        is_weight[tensor] = weight is not None and weight.elements > 1
    data = np.ones(len(graph.inputs), bool)
    for node, op_type in enumerate(graph.op_types):
        steering = STEERING_INPUTS.get(op_type)
        if steering is None:
            continue
        first, last = graph.input_offsets[node], graph.input_offsets[node + 1]
        for index in steering:
            if first + index < last:
                data[first + index] = False
    read = graph.inputs[data & (graph.inputs >= 0)]
    counted[read] = True
    counted[[t for t in graph.graph_outputs if t >= 0]] = True
    counted &= is_weight
    return counted
