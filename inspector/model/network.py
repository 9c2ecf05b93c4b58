"""A network as the program holds it: node messages that nobody mutates, and a weight table.

Protobuf's own messages carry the nodes because they are the fastest form to read, share and write
back; object graphs over them cost ten times as much on large models. A changed network is a new
`Network` that shares every unchanged node and weight with the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from onnx import FunctionProto, GraphProto, ModelProto, NodeProto, ValueInfoProto

from inspector.model.tensors import TensorType, from_value_info
from inspector.model.weights import StoredFile, Weight

_CHUNK = 512


@dataclass(frozen=True)
class Network:
    """One model.

    `header` is the ModelProto without nodes and without the initializers that are in `weights`.
    `types` holds what is known of every tensor of the main graph: inputs, outputs, value_info and
    what shape inference found.
    """

    header: ModelProto
    nodes: tuple[NodeProto, ...]
    weights: Mapping[str, Weight]
    types: Mapping[str, TensorType] = field(default_factory=dict)
    file: StoredFile | None = None

    @property
    def inputs(self) -> tuple[ValueInfoProto, ...]:
        """Graph inputs that a caller must feed: those without an initializer."""
        graph = self.header.graph
        sparse = {initializer.values.name for initializer in graph.sparse_initializer}
        held = sparse.union(self.weights)
        return tuple(info for info in graph.input if info.name not in held)

    @property
    def outputs(self) -> tuple[ValueInfoProto, ...]:
        """Graph outputs."""
        return tuple(self.header.graph.output)

    @property
    def functions(self) -> tuple[FunctionProto, ...]:
        """Model-local functions."""
        return tuple(self.header.functions)

    @property
    def opsets(self) -> dict[str, int]:
        """Opset version by domain; the default domain is the empty string."""
        return {
            "" if entry.domain == "ai.onnx" else entry.domain: entry.version
            for entry in self.header.opset_import
        }

    @property
    def opset(self) -> int:
        """Version of the default domain; 1 where the model says none."""
        return self.opsets.get("", 1)

    @property
    def metadata(self) -> dict[str, str]:
        """The model's metadata properties."""
        return {entry.key: entry.value for entry in self.header.metadata_props}

    def with_types(self, types: Mapping[str, TensorType]) -> Network:
        """The same network knowing more types; what is already known fully stays."""
        merged = dict(self.types)
        for name, found in types.items():
            known = merged.get(name)
            if known is None or known.elements is None:
                merged[name] = found
        return replace(self, types=merged)

    @property
    def open_sizes(self) -> tuple[str, ...]:
        """Sizes of the inputs that the model leaves open, each as a key for `with_dims`."""
        found: dict[str, None] = {}
        for info in self.inputs:
            for axis, dim in enumerate(_open_dims(info)):
                if not dim.HasField("dim_value"):
                    found[dim.dim_param or f"{text_of(info.name)}[{axis}]"] = None
        return tuple(found)

    def with_dims(self, dims: Mapping[str, int]) -> Network:
        """The same network with the open sizes that `dims` names set, in all stated types.

        A key is the name of a symbolic size, or a place of a graph input as in ``input[0]``, which
        sizes without a name need.
        """
        if not dims:
            return self
        header = ModelProto()
        header.CopyFrom(self.header)
        graph = header.graph
        types = {name: found.with_dims(dims) for name, found in self.types.items()}
        for info in graph.input:
            for axis, dim in enumerate(_open_dims(info)):
                place = dims.get(f"{info.name}[{axis}]")
                if place is not None and not dim.HasField("dim_value"):
                    dim.dim_value = place
                    types.pop(info.name, None)
        for infos in (graph.input, graph.output, graph.value_info):
            for info in infos:
                for dim in _open_dims(info):
                    if dim.dim_param in dims:
                        dim.dim_value = dims[dim.dim_param]
        for info in graph.input:
            types.setdefault(text_of(info.name), from_value_info(info))
        return replace(self, header=header, types=types)

    def with_metadata(self, key: str, value: str | None) -> Network:
        """The same network with one metadata property set, or removed for None."""
        header = ModelProto()
        header.CopyFrom(self.header)
        kept = [entry for entry in header.metadata_props if entry.key != key]
        pairs = [(entry.key, entry.value) for entry in kept]
        del header.metadata_props[:]
        if value is not None:
            pairs.append((key, value))
        for name, text in pairs:
            header.metadata_props.add(key=name, value=text)
        return replace(self, header=header)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (
            self.header.SerializeToString(),
            tuple(node_chunks(self.nodes)),
            dict(self.weights),
            dict(self.types),
            self.file,
        )


def node_chunks(nodes: Iterable[NodeProto], size: int = _CHUNK) -> Iterable[bytes]:
    """Serialized GraphProtos of at most `size` nodes each.

    In pieces, because one call into protobuf for a whole large graph would hold the interpreter
    for tens of milliseconds and the window would stop.
    """
    pending: list[NodeProto] = []
    for node in nodes:
        pending.append(node)
        if len(pending) == size:
            yield GraphProto(node=pending).SerializeToString()
            pending = []
    if pending:
        yield GraphProto(node=pending).SerializeToString()


def nodes_of_chunks(chunks: Iterable[bytes]) -> tuple[NodeProto, ...]:
    """The nodes of serialized GraphProtos, in order."""
    nodes: list[NodeProto] = []
    for chunk in chunks:
        nodes.extend(GraphProto.FromString(chunk).node)
    return tuple(nodes)


def text_of(text: str | bytes) -> str:
    """A string of a message as text: protobuf hands out bytes where it is not valid UTF-8."""
    return text if isinstance(text, str) else text.decode("utf-8", "replace")


def declared_types(graph: GraphProto) -> dict[str, TensorType]:
    """Types that a graph states itself: value_info, outputs and inputs."""
    types: dict[str, TensorType] = {}
    for infos in (graph.value_info, graph.output, graph.input):
        for info in infos:
            types[text_of(info.name)] = from_value_info(info)
    return types


def _open_dims(info: ValueInfoProto) -> Iterable[Any]:
    return info.type.tensor_type.shape.dim if info.type.HasField("tensor_type") else ()


def _restore(
    header: bytes,
    chunks: tuple[bytes, ...],
    weights: dict[str, Weight],
    types: dict[str, TensorType],
    file: StoredFile | None,
) -> Network:
    return Network(ModelProto.FromString(header), nodes_of_chunks(chunks), weights, types, file)
