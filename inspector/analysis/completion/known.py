"""What is known of one node's inputs: types, and the values of small integer tensors.

A value is an object array whose entries are numbers, the name of a symbolic dimension, or None
where nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, TypeProto, helper, numpy_helper

from inspector.analysis.costs import Call
from inspector.model.dtypes import dtype
from inspector.model.tensors import Dim, TensorType

Value = npt.NDArray[np.object_]
MOST_ELEMENTS = 1024
"""Larger tensors are data, not shapes."""
_FLOATS = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16}
_INTEGERS = {
    TensorProto.INT64,
    TensorProto.INT32,
    TensorProto.INT16,
    TensorProto.INT8,
    TensorProto.UINT8,
    TensorProto.UINT16,
    TensorProto.UINT32,
    TensorProto.UINT64,
}


class Unknown(Exception):
    """Something needed is not known."""


@dataclass(frozen=True, slots=True)
class Known:
    """One node with what is known of its inputs. `values` has None where a value is not known."""

    call: Call
    values: tuple[Value | None, ...]
    version: int

    def has(self, index: int) -> bool:
        """Whether an optional input is there."""
        return self.call.has_input(index)

    def value(self, index: int) -> Value:
        """The value of an input, perhaps with unknown entries. Raises Unknown."""
        found = self.values[index] if index < len(self.values) else None
        if found is None:
            raise Unknown
        return found

    def type(self, index: int) -> TensorType:
        """The type of an input. Raises Unknown where it has none."""
        types = self.call.input_types
        found = types[index] if index < len(types) else None
        if found is None:
            raise Unknown
        return found

    def shape(self, index: int) -> tuple[Dim, ...]:
        """The shape of an input, perhaps with unknown entries. Raises Unknown."""
        shape = self.type(index).shape
        if shape is None:
            raise Unknown
        return shape

    def integers(self, index: int, attribute: str, default: Sequence[int] | None = None) -> Any:
        """A list that newer versions take as an input and older ones as an attribute."""
        if self.has(index):
            return concrete(self.value(index)).reshape(-1).tolist()
        given = self.call.integers(attribute)
        if given:
            return list(given)
        if default is None:
            raise Unknown
        return list(default)


def dims(value: Value) -> tuple[Dim, ...]:
    """A value as a shape; numbers below 0 are kept for the caller to read."""
    return tuple(
        entry if isinstance(entry, str) else None if entry is None else int(entry)
        for entry in value.reshape(-1).tolist()
    )


def objects(values: Sequence[Any], shape: tuple[int, ...] | None = None) -> Value:
    """An object array of the given entries, of one axis unless said otherwise."""
    made = np.empty(len(values), object)
    made[:] = list(values)
    return made if shape is None else made.reshape(shape)


def is_concrete(value: Value) -> bool:
    """Whether every entry is a number."""
    return not any(entry is None or isinstance(entry, str) for entry in value.reshape(-1))


def concrete(value: Value) -> Value:
    """The value if every entry is a number. Raises Unknown."""
    if not is_concrete(value):
        raise Unknown
    return value


def value_of(tensor: TensorProto) -> Value | None:
    """The value of a small tensor message, or None."""
    size = int(np.prod(tensor.dims, dtype=object)) if tensor.dims else 1
    if not is_number(tensor.data_type) or not 0 <= size <= MOST_ELEMENTS:
        return None
    if tensor.data_location == TensorProto.EXTERNAL:
        return None
    try:
        return array_value(numpy_helper.to_array(tensor))
    except (ValueError, TypeError, KeyError):
        return None


def array_value(array: npt.NDArray[Any]) -> Value:
    """A NumPy array as a value."""
    return objects(array.reshape(-1).tolist(), array.shape)


def tensor_of(value: Value, elem: int, name: str) -> TensorProto | None:
    """A value as a tensor message, or None where entries are unknown or do not fit the type."""
    kind = dtype(elem).numpy
    if kind is None or not is_concrete(value):
        return None
    try:
        return numpy_helper.from_array(value.astype(kind), name)
    except (OverflowError, ValueError, TypeError):
        return None


def is_number(elem: int) -> bool:
    """Whether values of an element type are folded."""
    return elem in _FLOATS or elem in _INTEGERS or elem == TensorProto.BOOL


def is_integer(elem: int) -> bool:
    """Whether an element type is an integer."""
    return elem in _INTEGERS


def type_proto(kind: TensorType | None) -> TypeProto:
    """ONNX's type message; an empty one for nothing known and for maps."""
    if kind is None or kind.container == "map" or (not kind.elem and not kind.container):
        return TypeProto()
    plain: TypeProto = (
        helper.make_sparse_tensor_type_proto(kind.elem, kind.shape)
        if kind.container == "sparse"
        else helper.make_tensor_type_proto(kind.elem, kind.shape)
    )
    if kind.container == "sequence":
        return helper.make_sequence_type_proto(plain)
    if kind.container == "optional":
        return helper.make_optional_type_proto(plain)
    return plain


def merged(old: TensorType | None, new: TensorType | None) -> TensorType | None:
    """The better of what two sources say: a number before a name, a name before nothing.

    What `old` says already is kept where both say a number.
    """
    if old is None or new is None:
        return old or new
    if old.container or new.container:
        return old if old.elem or not new.elem else new
    elem = old.elem or new.elem
    if old.shape is None or new.shape is None or len(old.shape) != len(new.shape):
        return TensorType(elem, new.shape if old.shape is None else old.shape)
    return TensorType(
        elem, tuple(_better(*pair) for pair in zip(old.shape, new.shape, strict=True))
    )


def _better(old: Dim, new: Dim) -> Dim:
    if isinstance(old, int) or new is None:
        return old
    return new if isinstance(new, int) or old is None else old


def common(left: TensorType | None, right: TensorType | None) -> TensorType | None:
    """What holds for both types: dimensions that differ are unknown."""
    if left is None or right is None or left == right:
        return left if left == right else None
    elem = left.elem if left.elem == right.elem else 0
    container = left.container if left.container == right.container else ""
    if left.shape is None or right.shape is None or len(left.shape) != len(right.shape):
        return TensorType(elem, None, container)
    pairs = zip(left.shape, right.shape, strict=True)
    return TensorType(elem, tuple(a if a == b else None for a, b in pairs), container)
