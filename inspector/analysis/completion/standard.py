"""Output types of one node: by onnx's own function, and by ours where a value is part known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import onnx
from onnx import NodeProto, OperatorSetIdProto, TensorProto
from onnx.defs import OpSchema

from inspector.analysis.completion.known import (
    Known,
    Unknown,
    Value,
    dims,
    tensor_of,
    type_proto,
)
from inspector.model.network import text_of
from inspector.model.tensors import Dim, TensorType, from_type_proto

Types = list[TensorType | None]


def infer_node(
    node: NodeProto,
    types: Sequence[TensorType | None],
    values: Sequence[Value | None],
    opsets: Mapping[str, int],
) -> Types:
    """What onnx's inference of this one operator says, given the values that are fully known.

    An empty list where onnx has no such operator or refuses its inputs.
    """
    domain = "" if node.domain == "ai.onnx" else text_of(node.domain)
    schema = _schema(text_of(node.op_type), domain, opsets.get(domain, 1))
    if schema is None or not schema.has_type_and_shape_inference_function:
        return []
    named = dict(zip(node.input, types, strict=False))
    data: dict[str, TensorProto] = {}
    for name, value in zip(node.input, values, strict=False):
        kind = named.get(name)
        if value is not None and kind is not None:
            tensor = tensor_of(value, kind.elem, text_of(name))
            if tensor is not None:
                data[name] = tensor
    imports = [OperatorSetIdProto(domain=d, version=v) for d, v in opsets.items()]
    try:
        found = onnx.shape_inference.infer_node_outputs(
            schema, node, {n: type_proto(t) for n, t in named.items()}, data, opset_imports=imports
        )
    except Exception:  # the C++ side raises several unrelated types
        return []
    return [from_type_proto(found[name]) if name in found else None for name in node.output]


@lru_cache(maxsize=4096)
def _schema(op_type: str, domain: str, version: int) -> OpSchema | None:
    try:
        return onnx.defs.get_schema(op_type, version, domain)
    except onnx.defs.SchemaError:
        return None


# Where the target is only part known -------------------------------------------------------------


def _reshape(known: Known) -> Types:
    source, target = known.type(0), list(dims(known.value(1)))
    if not known.call.integer("allowzero", 0):
        shape = source.shape or ()
        target = [_at(shape, i) if size == 0 else size for i, size in enumerate(target)]
    if -1 in target:
        place = target.index(-1)
        target[place] = None
        rest = [size for i, size in enumerate(target) if i != place]
        target[place] = _quotient(source.shape, rest)
    return [TensorType(source.elem, tuple(target))]


def _at(shape: tuple[Dim, ...], index: int) -> Dim:
    return shape[index] if index < len(shape) else None


def _quotient(shape: tuple[Dim, ...] | None, rest: Sequence[Dim]) -> Dim:
    """The product of `shape` over that of `rest`; equal symbols cancel."""
    if shape is None or None in shape or None in rest:
        return None
    above, below = list(shape), []
    for size in rest:
        if isinstance(size, str) and size in above:
            above.remove(size)
        else:
            below.append(size)
    symbols = [size for size in above if isinstance(size, str)]
    numbers = math.prod(size for size in above if isinstance(size, int))
    if any(isinstance(size, str) for size in below):
        return None
    divisor = math.prod(size for size in below if isinstance(size, int))
    if divisor < 1 or numbers % divisor:
        return None
    if not symbols:
        return numbers // divisor
    return symbols[0] if len(symbols) == 1 and numbers == divisor else None


def _constant_of_shape(known: Known) -> Types:
    filling = next((a.t.data_type for a in known.call.node.attribute if a.name == "value"), 1)
    return [TensorType(filling, dims(known.value(0)))]


def _expand(known: Known) -> Types:
    shape, target = known.shape(0), dims(known.value(1))
    return [TensorType(known.type(0).elem, broadcast(shape, target))]


def broadcast(*shapes: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """The common shape of several under NumPy's rules, as far as it is known."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(_broadcast_dim(sizes) for sizes in zip(*padded, strict=True))


def _broadcast_dim(sizes: Sequence[Dim]) -> Dim:
    others = {size for size in sizes if size != 1}
    numbers = [size for size in others if isinstance(size, int)]
    if numbers:
        return numbers[0]
    return others.pop() if len(others) == 1 else None if others else 1


def _tile(known: Known) -> Types:
    shape, repeats = known.shape(0), dims(known.value(1))
    made = tuple(_times(size, count) for size, count in zip(shape, repeats, strict=True))
    return [TensorType(known.type(0).elem, made)]


def _times(left: Dim, right: Dim) -> Dim:
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    return left if right == 1 else right if left == 1 else None


def _pad(known: Known) -> Types:
    shape, pads = known.shape(0), dims(known.value(1))
    rank = len(shape)
    axes = [int(axis) % rank for axis in known.value(3)] if known.has(3) else list(range(rank))
    made = list(shape)
    for place, axis in enumerate(axes):
        before, after, size = pads[place], pads[place + len(axes)], shape[axis]
        if before == 0 and after == 0:
            continue
        numbers = [entry for entry in (size, before, after) if isinstance(entry, int)]
        made[axis] = sum(numbers) if len(numbers) == 3 else None
    return [TensorType(known.type(0).elem, tuple(made))]


def _slice(known: Known) -> Types:
    """The axes that are not cut, and those of which all is taken or that are cut by numbers."""
    shape = list(known.shape(0))
    starts, ends = dims(known.value(1)), dims(known.value(2))
    axes = dims(known.value(3)) if known.has(3) else tuple(range(len(starts)))
    steps = dims(known.value(4)) if known.has(4) else (1,) * len(starts)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if not isinstance(axis, int):
            raise Unknown
        shape[axis] = _cut(shape[axis], start, end, step)
    return [TensorType(known.type(0).elem, tuple(shape))]


def _cut(size: Dim, start: Dim, end: Dim, step: Dim) -> Dim:
    if start == 0 and step == 1 and (end == size or (isinstance(end, int) and end >= _FAR)):
        return size
    if not all(isinstance(entry, int) for entry in (size, start, end, step)):
        return None
    length: int = size  # type: ignore[assignment]
    return len(range(*slice(start, end, step).indices(length)))


_FAR = 2**31 - 1
"""An end that exporters write for "to the last element"."""


def _resize(known: Known) -> Types:
    """Output sizes given as a value; onnx itself takes them only when all are numbers."""
    if known.call.integers("axes"):
        raise Unknown
    return [TensorType(known.type(0).elem, dims(known.value(3)))]


def _dropout(known: Known) -> Types:
    """The mask, which onnx leaves open before opset 10, has the input's shape."""
    data = known.type(0)
    return [data, data if known.version < 10 else TensorType(TensorProto.BOOL, data.shape)]


TARGETS: dict[str, Callable[[Known], Types]] = {
    "Reshape": _reshape,
    "ConstantOfShape": _constant_of_shape,
    "Expand": _expand,
    "Tile": _tile,
    "Pad": _pad,
    "Slice": _slice,
    "Resize": _resize,
    "Dropout": _dropout,
}
"""Output types from values of which entries may be symbolic or unknown, by operator."""
