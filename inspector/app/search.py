"""Finds nodes by name, operator, tensor, attribute or shape."""

from __future__ import annotations

from collections.abc import Callable

from inspector.analysis.attributes import attribute_text
from inspector.model.graph import Graph
from inspector.model.network import text_of
from inspector.model.problems import Cancelled


class SearchIndex:
    """One lower-case line of text per node; words of a query must all occur in it.

    An x may stand for the × between the sizes of a shape.
    """

    def __init__(self, lines: tuple[str, ...]) -> None:
        self._lines = lines

    @classmethod
    def build(cls, graph: Graph, cancelled: Callable[[], bool] | None = None) -> SearchIndex:
        """The index of a graph. Raises Cancelled."""
        shapes = [kind.text().lower() for kind in graph.tensor_types]
        lines: list[str] = []
        for node in range(graph.node_count):
            if node % 512 == 0 and cancelled is not None and cancelled():
                raise Cancelled
            lines.append(_line(graph, node, shapes))
        return cls(tuple(lines))

    def find(self, query: str) -> list[int]:
        """Ids of the nodes that match, in node order; none for an empty query."""
        words = query.lower().split()
        hits = list(range(len(self._lines))) if words else []
        for word in words:
            shape = word.replace("x", "×")
            if shape == word:
                hits = [node for node in hits if word in self._lines[node]]
            else:
                hits = [n for n in hits if word in self._lines[n] or shape in self._lines[n]]
        return hits


def _line(graph: Graph, node: int, shapes: list[str]) -> str:
    proto = graph.protos[node]
    tensors = (*graph.node_inputs(node).tolist(), *graph.node_outputs(node).tolist())
    parts = [graph.names[node].lower(), graph.op_types[node].lower()]
    for tensor in tensors:
        if tensor >= 0:
            parts.append(graph.tensor_names[tensor].lower())
            parts.append(shapes[tensor])
    for attribute in proto.attribute:
        text = attribute_text(attribute).lower()
        parts.append(f"{text_of(attribute.name).lower()}={text.replace(' ', '')}")
    return "\n".join(parts)
