"""What is known of a tensor without its values: element type and shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from onnx import TypeProto, ValueInfoProto

from inspector.model.dtypes import dtype

Dim = int | str | None
"""A dimension: a number, the name of a symbolic one, or None where nothing is known."""

_MOST_ELEMENTS = 1 << 48


@dataclass(frozen=True, slots=True)
class TensorType:
    """Element type (ONNX code, 0 unknown) and shape (None where even the rank is unknown)."""

    elem: int
    shape: tuple[Dim, ...] | None
    container: str = ""
    """"sequence", "optional", "map" or "sparse" where the value is not a plain tensor."""

    @property
    def elements(self) -> int | None:
        """Number of elements, or None unless every dimension is a known number >= 0.

        None too beyond 2**48, which no machine holds: such a shape is damage, and sums of it would
        overflow the columns of figures.
        """
        if self.shape is None or self.container:
            return None
        dims: list[int] = []
        for dim in self.shape:
            if not isinstance(dim, int) or dim < 0:
                return None
            dims.append(dim)
        count = math.prod(dims)
        return count if count <= _MOST_ELEMENTS else None

    @property
    def nbytes(self) -> int | None:
        """Bytes of the packed elements, or None where shape or element size is unknown."""
        count = self.elements
        kind = dtype(self.elem)
        if count is None or kind.bits == 0:
            return None
        return kind.nbytes(count)

    def with_dims(self, values: Mapping[str, int]) -> TensorType:
        """The same type with symbolic dimensions replaced where `values` names them."""
        if self.shape is None or not any(isinstance(d, str) and d in values for d in self.shape):
            return self
        dims = tuple(values.get(d, d) if isinstance(d, str) else d for d in self.shape)
        return TensorType(self.elem, dims, self.container)

    def shape_text(self, times: str = "×") -> str:
        """Shape as people write it: 1×3×224×224, "scalar" for rank 0, "?" for an unknown."""
        if self.shape is None:
            return "?"
        if not self.shape:
            return "scalar"
        return times.join("?" if d is None else str(d) for d in self.shape)

    def text(self) -> str:
        """Element type and shape, e.g. ``float32 1×3×224×224``."""
        kind = dtype(self.elem).name if self.elem else "?"
        plain = f"{kind} {self.shape_text()}"
        return f"{self.container} of {plain}" if self.container else plain


UNKNOWN = TensorType(0, None)


@lru_cache(maxsize=1 << 16)
def _shared(elem: int, shape: tuple[Dim, ...] | None) -> TensorType:
    """One object for equal types: large models have few of them, which saves memory and time."""
    return TensorType(elem, shape)


def from_type_proto(proto: TypeProto) -> TensorType:
    """Reads ONNX's type message; sequences and optionals give their element's type."""
    kind = proto.WhichOneof("value")
    if kind == "tensor_type":
        tensor = proto.tensor_type
        return _shared(tensor.elem_type, _dims(tensor))
    if kind == "sparse_tensor_type":
        sparse = proto.sparse_tensor_type
        return TensorType(sparse.elem_type, _dims(sparse), "sparse")
    if kind in ("sequence_type", "optional_type"):
        inner = from_type_proto(getattr(proto, kind).elem_type)
        return TensorType(inner.elem, inner.shape, kind.removesuffix("_type"))
    if kind == "map_type":
        return TensorType(0, None, "map")
    return UNKNOWN


def from_value_info(info: ValueInfoProto) -> TensorType:
    """The type of a named value of a graph."""
    return from_type_proto(info.type)


def _dims(tensor: TypeProto.Tensor | TypeProto.SparseTensor) -> tuple[Dim, ...] | None:
    if not tensor.HasField("shape"):
        return None
    dims: list[Dim] = []
    for dim in tensor.shape.dim:
        which = dim.WhichOneof("value")
        if which == "dim_value":
            dims.append(int(dim.dim_value))
        else:
            dims.append(dim.dim_param or None)
    return tuple(dims)
