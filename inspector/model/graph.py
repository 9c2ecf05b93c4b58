"""The graph of a network in columns: integer ids, CSR edges and NumPy arrays.

Node ids 0..n-1 are the main graph's nodes in file order; nodes of control-flow bodies follow,
each body after the graph that holds it. Tensor ids number every distinct value, by scope: a body
may use a name that its outer graph uses for something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import AttributeProto, GraphProto, NodeProto, SparseTensorProto, TensorProto

from inspector.model.categories import CATEGORIES, category_of
from inspector.model.groups import (
    GROUPS_KEY,
    Group,
    GroupKind,
    Mark,
    Tiling,
    group_title,
    load_tilings,
    mark_of,
)
from inspector.model.network import Network, declared_types, text_of
from inspector.model.tensors import UNKNOWN, TensorType
from inspector.model.weights import Inline, Missing, Weight

IntArray = npt.NDArray[np.int32]


class TensorKind(IntEnum):
    """What a tensor is to its graph."""

    ACTIVATION = 0
    INPUT = 1
    WEIGHT = 2
    CONSTANT = 3
    UNDEFINED = 4
    """Read by a node, but nobody makes it."""


@dataclass(frozen=True)
class Graph:
    """Columns of one network; see the module's head for ids.

    `inputs[input_offsets[i]:input_offsets[i + 1]]` are the tensor ids that node i reads, in the
    operator's order, -1 where an optional input is left out; outputs likewise.
    """

    network: Network
    protos: tuple[NodeProto, ...]
    names: tuple[str, ...]
    op_types: tuple[str, ...]
    categories: npt.NDArray[np.int8]
    input_offsets: IntArray
    inputs: IntArray
    output_offsets: IntArray
    outputs: IntArray
    tensor_names: tuple[str, ...]
    tensor_types: tuple[TensorType, ...]
    tensor_kinds: npt.NDArray[np.int8]
    producers: IntArray
    consumer_offsets: IntArray
    consumers: IntArray
    weights: Mapping[int, Weight]
    graph_inputs: tuple[int, ...]
    graph_outputs: tuple[int, ...]
    groups: tuple[Group, ...]
    node_group: IntArray
    marks: Mapping[int, Mark]

    @property
    def node_count(self) -> int:
        """Number of nodes, those of bodies included."""
        return len(self.protos)

    @property
    def main_count(self) -> int:
        """Number of nodes of the main graph."""
        return len(self.network.nodes)

    def node_inputs(self, node: int) -> IntArray:
        """Tensor ids that a node reads, -1 for an input left out."""
        return self.inputs[self.input_offsets[node] : self.input_offsets[node + 1]]

    def node_outputs(self, node: int) -> IntArray:
        """Tensor ids that a node makes, -1 for an output left out."""
        return self.outputs[self.output_offsets[node] : self.output_offsets[node + 1]]

    def tensor_consumers(self, tensor: int) -> IntArray:
        """Ids of the nodes that read a tensor, each once."""
        return self.consumers[self.consumer_offsets[tensor] : self.consumer_offsets[tensor + 1]]

    def predecessors(self, node: int) -> list[int]:
        """Nodes whose outputs a node reads, in input order, each once."""
        made_by = (int(self.producers[t]) for t in self.node_inputs(node) if t >= 0)
        return list(dict.fromkeys(p for p in made_by if p >= 0))

    def successors(self, node: int) -> list[int]:
        """Nodes that read a node's outputs, in output order, each once."""
        readers = (
            int(c) for t in self.node_outputs(node) if t >= 0 for c in self.tensor_consumers(t)
        )
        return list(dict.fromkeys(readers))

    def members(self, group: int) -> list[int]:
        """Ids of the nodes in a group and in the groups inside it."""
        inside = {group}
        for candidate in self.groups[group + 1 :]:
            if candidate.parent in inside:
                inside.add(candidate.id)
        return np.flatnonzero(np.isin(self.node_group, sorted(inside))).tolist()


def build_graph(network: Network) -> Graph:
    """Columns of a network. Linear in its size."""
    return _Builder(network).build()


@dataclass(frozen=True)
class _Scope:
    """Names visible in one graph; `prefix` tells its tensors in `Network.types` from others."""

    tensors: dict[str, int]
    outer: _Scope | None
    prefix: str
    types: Mapping[str, TensorType]

    def find(self, name: str) -> int | None:
        scope: _Scope | None = self
        while scope is not None:
            found = scope.tensors.get(name)
            if found is not None:
                return found
            scope = scope.outer
        return None


@dataclass(frozen=True)
class _Body:
    graph: GraphProto
    outer: _Scope
    prefix: str
    group: int


class _Builder:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.protos: list[NodeProto] = []
        self.names: list[str] = []
        self.node_group: list[int] = []
        self.in_counts: list[int] = []
        self.inputs: list[int] = []
        self.out_counts: list[int] = []
        self.outputs: list[int] = []
        self.tensor_names: list[str] = []
        self.tensor_types: list[TensorType] = []
        self.tensor_kinds: list[int] = []
        self.producers: list[int] = []
        self.weights: dict[int, Weight] = {}
        self.groups: list[Group] = []
        self.marks: dict[int, Mark] = {}
        self.group_by_key: dict[str, int] = {}

    def build(self) -> Graph:
        header = self.network.header.graph
        scope = _Scope({}, None, "", {})
        inputs = self._declare(scope, (i.name for i in self.network.inputs), TensorKind.INPUT)
        self._declare_weights(scope, self.network.weights.values())
        self._declare_weights(scope, map(sparse_weight, header.sparse_initializer))
        self._mark_groups()
        pending = self._add_nodes(scope, self.network.nodes, -1)
        outputs = self._resolve(scope, (info.name for info in header.output))
        while pending:
            pending.extend(self._add_body(pending.pop(0)))
        return self._columns(tuple(inputs), tuple(outputs))

    def _mark_groups(self) -> None:
        tilings = load_tilings(self.network.metadata.get(GROUPS_KEY))
        if not tilings:
            return
        for node, proto in enumerate(self.network.nodes):
            mark = mark_of(proto) if proto.metadata_props else None
            if mark is not None and mark.group in tilings:
                self.marks[node] = mark
                if mark.group not in self.group_by_key:
                    self._new_tile_group(mark.group, tilings[mark.group])

    def _new_tile_group(self, key: str, tiling: Tiling) -> None:
        group = Group(len(self.groups), key, group_title(key), GroupKind.TILED, tiling=tiling)
        self.group_by_key[key] = group.id
        self.groups.append(group)

    def _tensor(self, scope: _Scope, name: str, kind: TensorKind) -> int:
        number = len(self.tensor_names)
        scope.tensors[name] = number
        self.tensor_names.append(text_of(name))
        inferred = self.network.types.get(scope.prefix + self.tensor_names[-1])
        self.tensor_types.append(inferred or scope.types.get(name, UNKNOWN))
        self.tensor_kinds.append(kind)
        self.producers.append(-1)
        return number

    def _declare(self, scope: _Scope, names: Iterable[str], kind: TensorKind) -> list[int]:
        return [self._tensor(scope, name, kind) for name in names]

    def _declare_weights(self, scope: _Scope, weights: Iterable[Weight]) -> None:
        for weight in weights:
            number = self._tensor(scope, weight.name, TensorKind.WEIGHT)
            self.weights[number] = weight
            self.tensor_types[number] = TensorType(weight.elem, weight.shape)

    def _resolve(self, scope: _Scope, names: Iterable[str]) -> list[int]:
        found: list[int] = []
        for name in names:
            number = scope.find(name) if name else -1
            if number is None:
                number = self._tensor(scope, name, TensorKind.UNDEFINED)
            found.append(number)
        return found

    def _add_nodes(self, scope: _Scope, nodes: Sequence[NodeProto], group: int) -> list[_Body]:
        first = len(self.protos)
        for node, proto in enumerate(nodes, first):
            self.protos.append(proto)
            mark = self.marks.get(node) if group < 0 else None
            self.node_group.append(self.group_by_key[mark.group] if mark else group)
            self.names.append(text_of(proto.name) or f"{text_of(proto.op_type)}_{node}")
            made = self._declare_outputs(scope, node, proto)
            self.outputs.extend(made)
            self.out_counts.append(len(made))
        bodies: list[_Body] = []
        for node, proto in enumerate(nodes, first):
            read = self._resolve(scope, proto.input)
            self.inputs.extend(read)
            self.in_counts.append(len(read))
            bodies.extend(self._bodies(scope, node, proto))
        return bodies

    def _declare_outputs(self, scope: _Scope, node: int, proto: NodeProto) -> list[int]:
        constant = proto.op_type == "Constant" and proto.domain in ("", "ai.onnx")
        kind = TensorKind.CONSTANT if constant else TensorKind.ACTIVATION
        made: list[int] = []
        for name in proto.output:
            if not name:
                made.append(-1)
                continue
            number = self._tensor(scope, name, kind)
            self.producers[number] = node
            made.append(number)
            weight = constant_weight(proto) if constant else None
            if weight is not None:
                self.weights[number] = weight
                self.tensor_types[number] = TensorType(weight.elem, weight.shape)
        return made

    def _bodies(self, scope: _Scope, node: int, proto: NodeProto) -> Iterator[_Body]:
        attributes = list(body_graphs(proto))
        if not attributes:
            return
        outer = self._new_group(GroupKind.CONTROL, self.names[node], self.node_group[node], node)
        self.node_group[node] = outer
        for label, graph in attributes:
            group = self._new_group(GroupKind.BODY, label, outer, node)
            yield _Body(graph, scope, body_prefix(scope.prefix, proto, label), group)

    def _new_group(self, kind: GroupKind, title: str, parent: int, owner: int) -> int:
        number = len(self.groups)
        key = f"{kind}:{owner}:{title}"
        self.groups.append(Group(number, key, title, kind, parent, owner))
        return number

    def _add_body(self, body: _Body) -> list[_Body]:
        scope = _Scope({}, body.outer, body.prefix, declared_types(body.graph))
        weights = [inline_weight(tensor) for tensor in body.graph.initializer]
        weights.extend(map(sparse_weight, body.graph.sparse_initializer))
        held = {weight.name for weight in weights}
        formal = (info.name for info in body.graph.input if info.name not in held)
        self._declare(scope, formal, TensorKind.INPUT)
        self._declare_weights(scope, weights)
        return self._add_nodes(scope, body.graph.node, body.group)

    def _columns(self, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Graph:
        in_offsets, in_tensors = _csr(self.in_counts, self.inputs)
        out_offsets, out_tensors = _csr(self.out_counts, self.outputs)
        consumer_offsets, consumers = _consumers(self.in_counts, in_tensors, len(self.tensor_names))
        op_types = tuple(text_of(proto.op_type) for proto in self.protos)
        index = {category: i for i, category in enumerate(CATEGORIES)}
        category_ids = {op: index[category_of(op)] for op in set(op_types)}
        return Graph(
            network=self.network,
            protos=tuple(self.protos),
            names=tuple(self.names),
            op_types=op_types,
            categories=np.array([category_ids[op] for op in op_types], np.int8),
            input_offsets=in_offsets,
            inputs=in_tensors,
            output_offsets=out_offsets,
            outputs=out_tensors,
            tensor_names=tuple(self.tensor_names),
            tensor_types=tuple(self.tensor_types),
            tensor_kinds=np.array(self.tensor_kinds, np.int8),
            producers=np.array(self.producers, np.int32),
            consumer_offsets=consumer_offsets,
            consumers=consumers,
            weights=self.weights,
            graph_inputs=inputs,
            graph_outputs=outputs,
            groups=tuple(self.groups),
            node_group=np.array(self.node_group, np.int32),
            marks=self.marks,
        )


def body_graphs(node: NodeProto) -> Iterator[tuple[str, GraphProto]]:
    """The graphs among a node's attributes, each with a label: its attribute's name."""
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            yield text_of(attribute.name), attribute.g
        elif attribute.type == AttributeProto.GRAPHS:
            for i, graph in enumerate(attribute.graphs):
                yield f"{text_of(attribute.name)}[{i}]", graph


def body_prefix(outer: str, node: NodeProto, label: str) -> str:
    """What names of a body's tensors begin with in `Network.types`.

    By the node's first output, which stays when a transform numbers the nodes anew.
    """
    return f"{outer}{text_of(node.output[0]) if node.output else ''}/{label}::"


def inline_weight(tensor: TensorProto) -> Weight:
    """A weight whose values are in the message itself."""
    return Weight(tensor.name, tensor.data_type, tuple(tensor.dims), Inline(tensor))


def sparse_weight(sparse: SparseTensorProto) -> Weight:
    """A sparse initializer: shape and type are known, dense values are not made."""
    reason = "sparse tensors are not expanded"
    values = sparse.values
    return Weight(values.name, values.data_type, tuple(sparse.dims), Missing(reason))


def constant_weight(node: NodeProto) -> Weight | None:
    """The value of a Constant node as a weight, or None where it is not one tensor of numbers."""
    name = node.output[0] if node.output else ""
    for attribute in node.attribute:
        tensor = _constant_tensor(attribute)
        if tensor is not None:
            return Weight(name, tensor.data_type, tuple(tensor.dims), Inline(tensor))
    return None


def _constant_tensor(attribute: AttributeProto) -> TensorProto | None:
    if attribute.name == "value" and attribute.type == AttributeProto.TENSOR:
        return attribute.t
    if attribute.name == "value_float":
        return TensorProto(data_type=TensorProto.FLOAT, float_data=[attribute.f])
    if attribute.name == "value_int":
        return TensorProto(data_type=TensorProto.INT64, int64_data=[attribute.i])
    if attribute.name == "value_floats":
        values = attribute.floats
        return TensorProto(data_type=TensorProto.FLOAT, dims=[len(values)], float_data=values)
    if attribute.name == "value_ints":
        ints = attribute.ints
        return TensorProto(data_type=TensorProto.INT64, dims=[len(ints)], int64_data=ints)
    return None


def _csr(counts: list[int], flat: list[int]) -> tuple[IntArray, IntArray]:
    offsets = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    return offsets, np.array(flat, np.int32)


def _consumers(
    in_counts: list[int], in_tensors: IntArray, tensors: int
) -> tuple[IntArray, IntArray]:
    """CSR from tensor to the nodes that read it, each node once, in node order."""
    nodes = np.repeat(np.arange(len(in_counts), dtype=np.int64), in_counts)
    real = in_tensors >= 0
    keys = np.unique(in_tensors[real].astype(np.int64) * max(len(in_counts), 1) + nodes[real])
    owner = keys // max(len(in_counts), 1)
    offsets: npt.NDArray[Any] = np.zeros(tensors + 1, np.int32)
    np.cumsum(np.bincount(owner, minlength=tensors), out=offsets[1:])
    return offsets, (keys % max(len(in_counts), 1)).astype(np.int32)
