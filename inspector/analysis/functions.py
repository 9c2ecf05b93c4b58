"""Model-local functions: what a call's body is, and the name under which its types are kept.

A call means its function's body with the call's inputs and attributes, so calls that agree in
attributes and input types share one body of types: their signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from onnx import AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto

from inspector.model.network import Network, text_of
from inspector.model.tensors import UNKNOWN, TensorType

_MARK = "function "


@dataclass(frozen=True)
class Functions:
    """The functions of a model by domain, name and overload."""

    by_key: Mapping[tuple[str, str, str], FunctionProto]

    @classmethod
    def of(cls, protos: Iterable[FunctionProto]) -> Functions:
        """The table of a model's functions; the last one of a name counts."""
        return cls({(_domain(f), text_of(f.name), text_of(f.overload)): f for f in protos})

    def find(self, node: NodeProto) -> FunctionProto | None:
        """The function that a node calls, or None."""
        if not self.by_key:
            return None
        return self.by_key.get((_domain(node), text_of(node.op_type), text_of(node.overload)))


def _domain(named: NodeProto | FunctionProto) -> str:
    domain = text_of(named.domain)
    return "" if domain == "ai.onnx" else domain


def signature(
    function: FunctionProto, node: NodeProto, input_types: Sequence[TensorType | None]
) -> str:
    """What names of a call's body begin with in `Network.types`."""
    digest = hashlib.sha1(usedforsecurity=False)
    for part in (_domain(function), text_of(function.name), text_of(function.overload)):
        digest.update(f"{part}\0".encode())
    for kind in input_types:
        digest.update(f"{(kind or UNKNOWN).text()}\0".encode())
    for data in sorted(attribute.SerializeToString() for attribute in node.attribute):
        digest.update(data)
    return f"{_MARK}{digest.hexdigest()}::"


def body_types(types: Mapping[str, TensorType]) -> dict[str, dict[str, TensorType]]:
    """The types of function bodies out of `Network.types`, by signature."""
    bodies: dict[str, dict[str, TensorType]] = {}
    for name, kind in types.items():
        if name.startswith(_MARK):
            head, mark, rest = name.partition("::")
            bodies.setdefault(head + mark, {})[rest] = kind
    return bodies


def body_nodes(function: FunctionProto, node: NodeProto) -> tuple[NodeProto, ...]:
    """The function's nodes with the call's attributes, or the defaults, put in their places."""
    given = {attribute.name: attribute for attribute in function.attribute_proto}
    given.update({attribute.name: attribute for attribute in node.attribute})
    if not given and not function.attribute:
        return tuple(function.node)
    return tuple(_filled(inner, given) for inner in function.node)


def _filled(node: NodeProto, given: Mapping[str, AttributeProto]) -> NodeProto:
    if not any(_refers(attribute) for attribute in node.attribute):
        return node
    filled = NodeProto()
    filled.CopyFrom(node)
    del filled.attribute[:]
    filled.attribute.extend(_attributes(node, given))
    return filled


def _refers(attribute: AttributeProto) -> bool:
    return bool(attribute.ref_attr_name) or attribute.type in (
        AttributeProto.GRAPH,
        AttributeProto.GRAPHS,
    )


def _attributes(node: NodeProto, given: Mapping[str, AttributeProto]) -> Iterator[AttributeProto]:
    """A reference that the call leaves out leaves its attribute out too."""
    for attribute in node.attribute:
        found = given.get(attribute.ref_attr_name) if attribute.ref_attr_name else attribute
        if found is None:
            continue
        made = AttributeProto()
        made.CopyFrom(found)
        made.name = text_of(attribute.name)
        for graph in (made.g, *made.graphs) if made.HasField("g") else made.graphs:
            _fill_graph(graph, given)
        yield made


def _fill_graph(graph: GraphProto, given: Mapping[str, AttributeProto]) -> None:
    nodes = [_filled(node, given) for node in graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def body_network(
    function: FunctionProto,
    node: NodeProto,
    input_types: Sequence[TensorType | None],
    types: Mapping[str, TensorType],
) -> Network:
    """The body of a call as a network of its own; functions that it calls are not in it."""
    header = ModelProto(opset_import=function.opset_import)
    for name in function.input:
        header.graph.input.add(name=text_of(name))
    for name in function.output:
        header.graph.output.add(name=text_of(name))
    formal = zip(function.input, input_types, strict=False)
    known = {text_of(name): kind for name, kind in formal if kind is not None}
    return Network(header, body_nodes(function, node), {}, {**types, **known})
