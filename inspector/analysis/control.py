"""Control flow: how often a Loop or Scan runs its body, and what its owner then costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, NodeProto, numpy_helper

from inspector.model.graph import Graph, body_graphs
from inspector.model.groups import Group, GroupKind
from inspector.model.weights import WeightUnavailable

Column = npt.NDArray[np.int64]
UNKNOWN = -1
REPEATED = ("Loop", "Scan", "SequenceMap")
"""Operators that run their body again and again."""
_LARGEST = 2**63 - 1


def roll_up_bodies(graph: Graph, columns: Mapping[str, Column]) -> None:
    """Adds what bodies cost to the nodes that own them, innermost first, in place.

    An If gets its dearer branch, a Loop or Scan its body times `iterations` (one where that is
    not known), any other owner its own figure and its bodies'. Where a figure of any body is
    unknown, that of its owner is. The column "macs" decides which branch is dearer, then the sum
    of the others.
    """
    owned: dict[int, list[Group]] = defaultdict(list)
    inside: dict[int, list[int]] = defaultdict(list)
    for node in range(graph.main_count, graph.node_count):
        group = graph.groups[graph.node_group[node]]
        # A node that owns bodies stands in a group of its own, which is in the body.
        inside[group.parent if group.kind is GroupKind.CONTROL else group.id].append(node)
    for group in graph.groups:
        owned[group.parent].append(group)
    totals: dict[int, dict[str, int]] = {}
    for group in reversed(graph.groups):
        if group.kind is GroupKind.BODY:
            nodes = inside[group.id]
            totals[group.id] = {name: _sum(column[nodes]) for name, column in columns.items()}
        elif group.kind is GroupKind.CONTROL:
            _roll_up(graph, group.owner, [totals[body.id] for body in owned[group.id]], columns)


def _roll_up(
    graph: Graph, owner: int, bodies: list[dict[str, int]], columns: Mapping[str, Column]
) -> None:
    op_type = graph.op_types[owner]
    dearest = max(bodies, key=lambda body: (body["macs"], sum(body.values())))
    known = iterations(graph, owner) if op_type in REPEATED else 1
    times = 1 if known is None else known
    for name, column in columns.items():
        if any(body[name] == UNKNOWN for body in bodies):
            column[owner] = UNKNOWN
        elif op_type == "If":
            column[owner] = dearest[name]
        elif op_type in REPEATED:
            column[owner] = _bounded(times * bodies[0][name])
        elif column[owner] != UNKNOWN:
            column[owner] = _bounded(int(column[owner]) + sum(body[name] for body in bodies))


def _sum(column: Column) -> int:
    return UNKNOWN if np.any(column < 0) else _bounded(sum(column.tolist()))


def _bounded(value: int) -> int:
    return value if value <= _LARGEST else UNKNOWN


def iterations(graph: Graph, node: int) -> int | None:
    """How often a Loop or Scan runs, where the model says so by constants; None otherwise.

    A Loop's trip count must be a constant and its condition constantly true; a Scan runs once for
    each step of its sequence, and each element of the batch before opset 9.
    """
    if graph.op_types[node] == "Loop":
        return _trip_count(graph, node)
    return _scan_steps(graph, node) if graph.op_types[node] == "Scan" else None


def _trip_count(graph: Graph, node: int) -> int | None:
    reads = graph.node_inputs(node).tolist()
    count = _constant(graph, reads[0]) if reads else None
    if count is None:
        return None
    condition = reads[1] if len(reads) > 1 else -1
    initial = True if condition < 0 else bool(_constant(graph, condition) or 0)
    if not initial:
        return None
    body = dict(body_graphs(graph.protos[node])).get("body")
    return max(count, 0) if body is not None and always_continues(body) else None


def _constant(graph: Graph, tensor: int) -> int | None:
    weight = graph.weights.get(tensor)
    if weight is None or weight.elements != 1:
        return None
    try:
        return int(weight.array().reshape(-1)[0])
    except (WeightUnavailable, ValueError, TypeError):
        return None


def always_continues(body: GraphProto) -> bool:
    """Whether a Loop's body gives a true condition whenever it gets one.

    It must hand its own condition through, or give a true constant of the body.
    """
    if len(body.input) < 2 or not body.output:
        return False
    made = {name: node for node in body.node for name in node.output}
    name, held = body.output[0].name, {tensor.name: tensor for tensor in body.initializer}
    for _ in range(len(body.node) + 1):
        if name == body.input[1].name:
            return True
        if name in held:
            return _is_true(held[name])
        node = made.get(name)
        if node is None or node.op_type not in ("Identity", "Cast", "Constant"):
            return False
        if node.op_type == "Constant":
            return _is_true_constant(node)
        name = node.input[0] if node.input else ""
    return False


def _is_true_constant(node: NodeProto) -> bool:
    for attribute in node.attribute:
        if attribute.name == "value":
            return _is_true(attribute.t)
        if attribute.name == "value_int":
            return bool(attribute.i)
    return False


def _is_true(tensor: object) -> bool:
    try:
        return bool(numpy_helper.to_array(tensor).all())  # type: ignore[arg-type]
    except (ValueError, TypeError, KeyError):
        return False


def _scan_steps(graph: Graph, node: int) -> int | None:
    proto = graph.protos[node]
    found = {attribute.name: attribute for attribute in proto.attribute}
    scanned = found["num_scan_inputs"].i if "num_scan_inputs" in found else 0
    reads = graph.node_inputs(node).tolist()
    if not 0 < scanned <= len(reads) or reads[-scanned] < 0:
        return None
    shape = graph.tensor_types[reads[-scanned]].shape
    if shape is None:
        return None
    # Before opset 9 a batch axis leads, and the sequence is the second.
    with_batch = graph.network.opset < 9
    axes = found["scan_input_axes"].ints if "scan_input_axes" in found else ()
    axis = 1 if with_batch else (axes[0] if axes else 0)
    try:
        sizes = [shape[axis], shape[0] if with_batch else 1]
    except IndexError:
        return None
    steps, batch = sizes
    return steps * batch if isinstance(steps, int) and isinstance(batch, int) else None
