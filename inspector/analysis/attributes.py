"""What a node says of itself: every attribute with its default, its schema, a headline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import onnx
from onnx import AttributeProto, NodeProto
from onnx.defs import OpSchema

from inspector.analysis.costs import Call
from inspector.model.dtypes import dtype
from inspector.model.graph import Graph
from inspector.model.network import text_of
from inspector.model.tensors import TensorType, from_type_proto

_LONGEST_LIST = 64
_LONGEST_TEXT = 2000
_KIND_BY_FIELD: dict[str, int] = {
    "f": AttributeProto.FLOAT,
    "i": AttributeProto.INT,
    "s": AttributeProto.STRING,
    "t": AttributeProto.TENSOR,
    "g": AttributeProto.GRAPH,
    "floats": AttributeProto.FLOATS,
    "ints": AttributeProto.INTS,
    "strings": AttributeProto.STRINGS,
}


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """One attribute as people read it."""

    name: str
    value: str
    type_name: str
    is_default: bool
    doc: str = ""


@dataclass(frozen=True, slots=True)
class SchemaInfo:
    """What the operator's schema says. Formal names repeat where the last one is variadic."""

    since_version: int
    domain: str
    doc: str
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    variadic_input: bool
    variadic_output: bool
    deprecated: bool

    def input_name(self, index: int) -> str:
        """Formal name of an input."""
        return _formal(self.input_names, index, self.variadic_input)

    def output_name(self, index: int) -> str:
        """Formal name of an output."""
        return _formal(self.output_names, index, self.variadic_output)


def schema_info(node: NodeProto, opsets: Mapping[str, int]) -> SchemaInfo | None:
    """The schema of a node's operator at the model's opset, or None for an operator unknown."""
    schema = _schema_of(node, opsets)
    if schema is None:
        return None
    variadic = OpSchema.FormalParameterOption.Variadic
    return SchemaInfo(
        since_version=schema.since_version,
        domain=schema.domain or "ai.onnx",
        doc=schema.doc or "",
        input_names=tuple(entry.name for entry in schema.inputs),
        output_names=tuple(entry.name for entry in schema.outputs),
        variadic_input=bool(schema.inputs) and schema.inputs[-1].option == variadic,
        variadic_output=bool(schema.outputs) and schema.outputs[-1].option == variadic,
        deprecated=schema.deprecated,
    )


def node_attributes(node: NodeProto, opsets: Mapping[str, int]) -> tuple[AttributeRow, ...]:
    """Every attribute: those given, in the schema's order, and those left at their default."""
    schema = _schema_of(node, opsets)
    given = {text_of(attribute.name): attribute for attribute in node.attribute}
    rows: list[AttributeRow] = []
    for name, entry in (schema.attributes if schema is not None else {}).items():
        doc = entry.description or ""
        found = given.pop(name, None)
        if found is not None:
            rows.append(AttributeRow(name, attribute_text(found), _type_name(found), False, doc))
        elif not entry.required:
            rows.append(_default_row(name, entry, doc))
    rows.extend(
        AttributeRow(name, attribute_text(a), _type_name(a), False) for name, a in given.items()
    )
    return tuple(sorted(rows, key=lambda row: (row.is_default, row.name)))


def attribute_text(attribute: AttributeProto) -> str:
    """The value of an attribute as text; long lists and strings are cut and say so."""
    kind = _kind(attribute)
    if attribute.ref_attr_name:
        return f"as the function's attribute {text_of(attribute.ref_attr_name)}"
    if kind == AttributeProto.STRING:
        return _cut(attribute.s.decode("utf-8", "replace"))
    if kind == AttributeProto.STRINGS:
        return _list_text([text.decode("utf-8", "replace") for text in attribute.strings])
    if kind == AttributeProto.TENSOR:
        return f"tensor {TensorType(attribute.t.data_type, tuple(attribute.t.dims)).text()}"
    if kind == AttributeProto.GRAPH:
        return f"graph of {len(attribute.g.node):,} nodes"
    if kind == AttributeProto.GRAPHS:
        return f"{len(attribute.graphs):,} graphs"
    if kind == AttributeProto.FLOAT:
        return _number(attribute.f)
    if kind == AttributeProto.INT:
        return str(attribute.i)
    if kind == AttributeProto.INTS:
        return _list_text(attribute.ints)
    if kind == AttributeProto.FLOATS:
        return _list_text(attribute.floats, _number)
    if kind == AttributeProto.TYPE_PROTO:
        return from_type_proto(attribute.tp).text()
    if kind == AttributeProto.SPARSE_TENSOR:
        sparse = attribute.sparse_tensor
        return TensorType(sparse.values.data_type, tuple(sparse.dims), "sparse").text()
    several = (attribute.tensors, attribute.sparse_tensors, attribute.type_protos)
    count = max(map(len, several))
    return f"{count:,} {_type_name(attribute)}" if count else "no value"


def headline(graph: Graph, node: int) -> str:
    """The one line of what matters about a node: kernel, stride, channels, axis, shape."""
    maker = _HEADLINES.get(graph.op_types[node])
    types = graph.tensor_types
    reads = tuple(types[t] if t >= 0 else None for t in graph.node_inputs(node).tolist())
    makes = tuple(types[t] if t >= 0 else None for t in graph.node_outputs(node).tolist())
    call = Call(graph.protos[node], reads, makes)
    if maker is not None:
        return str(maker(call))
    return _first_shape(makes)


def _convolution(call: Call) -> str:
    kernel = call.integers("kernel_shape")
    weight = call.input_types[1] if len(call.input_types) > 1 else None
    shape = weight.shape if weight is not None else None
    if not kernel and shape:
        kernel = tuple(dim for dim in shape[2:] if isinstance(dim, int))
    group = call.integer("group", 1)
    parts = [_window(call, kernel)]
    if shape is not None and len(shape) > 1:
        inside: object = shape[1]
        outside: object = shape[0]
        if call.node.op_type == "ConvTranspose":
            inside, outside = shape[0], _times(shape[1], group)
        else:
            inside = _times(inside, group)
        parts.append(f"{inside}→{outside}")
    if group > 1:
        parts.append(f"g{group}")
    return "  ".join(part for part in parts if part)


def _times(dim: object, factor: int) -> object:
    return dim * factor if isinstance(dim, int) else dim


def _window(call: Call, kernel: Sequence[int]) -> str:
    parts = ["×".join(map(str, kernel))] if kernel else []
    for letter, name, usual in (("s", "strides", 1), ("p", "pads", 0), ("d", "dilations", 1)):
        values = call.integers(name)
        if values and any(value != usual for value in values):
            same = len(set(values)) == 1
            parts.append(letter + (str(values[0]) if same else ",".join(map(str, values))))
    return " ".join(parts)


def _pool(call: Call) -> str:
    return _window(call, call.integers("kernel_shape"))


def _matrix(call: Call) -> str:
    made = call.output_types[0] if call.output_types else None
    read = call.input_types[0] if call.input_types else None
    if read is None or made is None or not read.shape or not made.shape:
        return ""
    depth = read.shape[0 if call.integer("transA", 0) else -1]
    rows = "×".join("?" if d is None else str(d) for d in made.shape[:-1])
    return f"{rows or 1} × {depth} → {made.shape[-1] if made.shape[-1] is not None else '?'}"


def _axis(call: Call) -> str:
    axes = call.integers("axes")
    shown = f"axes {', '.join(map(str, axes))}" if axes else f"axis {call.integer('axis', 0)}"
    return f"{shown} → {_first_shape(call.output_types)}"


def _softmax(call: Call) -> str:
    return f"axis {call.integer('axis', -1)}"


def _permutation(call: Call) -> str:
    order = call.integers("perm")
    return f"({', '.join(map(str, order))})" if order else "reversed axes"


def _split(call: Call) -> str:
    return f"axis {call.integer('axis', 0)} → {len(call.node.output):,} parts"


def _concat(call: Call) -> str:
    return f"{len(call.node.input):,} inputs, axis {call.integer('axis', 0)}"


def _cast(call: Call) -> str:
    return f"→ {dtype(call.integer('to', 0)).name}"


def _recurrent(call: Call) -> str:
    direction = call.text("direction", "forward")
    return f"hidden {call.integer('hidden_size', 0)}, {direction}"


def _elementwise(call: Call) -> str:
    return "elementwise"


_HEADLINES: dict[str, Callable[[Call], str]] = {
    **dict.fromkeys(["Conv", "ConvTranspose", "ConvInteger", "FusedConv"], _convolution),
    **dict.fromkeys(["MaxPool", "AveragePool", "LpPool", "QLinearAveragePool"], _pool),
    **dict.fromkeys(["Gemm", "MatMul", "FusedMatMul", "FusedGemm", "MatMulInteger"], _matrix),
    **dict.fromkeys(["Flatten", "Gather"], _axis),
    **dict.fromkeys(["Softmax", "LogSoftmax"], _softmax),
    "Transpose": _permutation,
    "Split": _split,
    "Concat": _concat,
    "Cast": _cast,
    **dict.fromkeys(["LSTM", "GRU", "RNN"], _recurrent),
    **dict.fromkeys(
        ["Relu", "Sigmoid", "Tanh", "Clip", "LeakyRelu", "Elu", "HardSwish", "HardSigmoid"],
        _elementwise,
    ),
}


def _first_shape(types: Sequence[TensorType | None]) -> str:
    known = next((kind for kind in types if kind is not None), None)
    return known.shape_text() if known is not None and known.shape is not None else ""


def _default_row(name: str, entry: Any, doc: str) -> AttributeRow:
    default = entry.default_value
    has_value = default.type != AttributeProto.UNDEFINED
    text = attribute_text(default) if has_value else "not set"
    return AttributeRow(name, text, entry.type.name.lower(), True, doc)


def _kind(attribute: AttributeProto) -> int:
    """The type of an attribute; files of IR version 1 do not say it."""
    if attribute.type:
        return attribute.type
    for field, _ in attribute.ListFields():
        if field.name in _KIND_BY_FIELD:
            return _KIND_BY_FIELD[field.name]
    return AttributeProto.UNDEFINED


def _type_name(attribute: AttributeProto) -> str:
    name: str = AttributeProto.AttributeType.Name(_kind(attribute))
    return name.lower()


def _number(value: float) -> str:
    return f"{value:.6g}"


def _list_text(values: Sequence[Any], text: Callable[[Any], str] = str) -> str:
    shown = ", ".join(map(text, values[:_LONGEST_LIST]))
    more = f", ... {len(values):,} in all" if len(values) > _LONGEST_LIST else ""
    return _cut(f"[{shown}{more}]")


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:_LONGEST_TEXT]}... ({len(text):,} characters)"


def _formal(names: tuple[str, ...], index: int, variadic: bool) -> str:
    if index < len(names) - (1 if variadic else 0):
        return names[index]
    return f"{names[-1]} {index - len(names) + 1}" if variadic and names else f"#{index}"


def _schema_of(node: NodeProto, opsets: Mapping[str, int]) -> OpSchema | None:
    domain = "" if node.domain == "ai.onnx" else text_of(node.domain)
    return _schema(text_of(node.op_type), domain, opsets.get(domain, 1))


@lru_cache(maxsize=1024)
def _schema(op_type: str, domain: str, version: int) -> OpSchema | None:
    try:
        return onnx.defs.get_schema(op_type, version, domain)
    except onnx.defs.SchemaError:
        return None
