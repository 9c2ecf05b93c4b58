"""Types and shapes of every tensor, by onnx's own inference on a model without weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import onnx
from onnx import GraphProto, NodeProto

from inspector.io.slim import slim_model
from inspector.model.graph import body_graphs
from inspector.model.network import Network, declared_types
from inspector.model.problems import Problem, Severity
from inspector.model.tensors import TensorType


def infer_types(network: Network) -> tuple[dict[str, TensorType], Problem | None]:
    """Every type that onnx infers, by tensor name; names in bodies carry their scope's prefix.

    A model that inference refuses gives the types it states itself, and the complaint.
    """
    slim = slim_model(network)
    problem = None
    try:
        slim = onnx.shape_inference.infer_shapes(slim, data_prop=True)
    except Exception as error:  # the C++ side raises several unrelated types
        text = str(error).strip().splitlines()
        problem = Problem(Severity.WARNING, f"Shape inference stopped: {text[0] if text else ''}")
    return dict(_types(slim.graph)), problem


def _types(graph: GraphProto) -> Iterator[tuple[str, TensorType]]:
    """Types of the graph and of its bodies, numbered as `build_graph` numbers nodes."""
    yield from declared_types(graph).items()
    pending: list[tuple[Sequence[NodeProto], str, int]] = [(graph.node, "", 0)]
    count = len(graph.node)
    while pending:
        nodes, prefix, first = pending.pop(0)
        for index, node in enumerate(nodes, first):
            for label, body in body_graphs(node):
                inner = f"{prefix}{index}/{label}::"
                for name, found in declared_types(body).items():
                    yield inner + name, found
                pending.append((body.node, inner, -1))
        pending, count = _numbered(pending, count)


def _numbered(
    pending: list[tuple[Sequence[NodeProto], str, int]], count: int
) -> tuple[list[tuple[Sequence[NodeProto], str, int]], int]:
    numbered: list[tuple[Sequence[NodeProto], str, int]] = []
    for nodes, prefix, first in pending:
        if first < 0:
            first, count = count, count + len(nodes)
        numbered.append((nodes, prefix, first))
    return numbered, count
