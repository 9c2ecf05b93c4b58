"""Element types of tensors: ONNX's codes with their names, sizes in bits and NumPy types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from onnx import TensorProto, helper

_NAMES: dict[int, str] = {
    TensorProto.FLOAT: "float32",
    TensorProto.DOUBLE: "float64",
    TensorProto.FLOAT16: "float16",
    TensorProto.BFLOAT16: "bfloat16",
    TensorProto.STRING: "string",
}

_BITS_BY_NAME = {
    "INT2": 2,
    "UINT2": 2,
    "INT4": 4,
    "UINT4": 4,
    "FLOAT4E2M1": 4,
    "FLOAT6E2M3": 6,
    "FLOAT6E3M2": 6,
    "FLOAT8E4M3FN": 8,
    "FLOAT8E4M3FNUZ": 8,
    "FLOAT8E5M2": 8,
    "FLOAT8E5M2FNUZ": 8,
    "FLOAT8E8M0": 8,
    "INT8": 8,
    "UINT8": 8,
    "BOOL": 8,
    "INT16": 16,
    "UINT16": 16,
    "FLOAT16": 16,
    "BFLOAT16": 16,
    "INT32": 32,
    "UINT32": 32,
    "FLOAT": 32,
    "INT64": 64,
    "UINT64": 64,
    "DOUBLE": 64,
    "COMPLEX64": 64,
    "COMPLEX128": 128,
}


@dataclass(frozen=True, slots=True)
class DType:
    """One ONNX element type. `bits` is 0 where an element has no fixed size (strings)."""

    code: int
    name: str
    bits: int

    def nbytes(self, elements: int) -> int:
        """Bytes of `elements` packed elements; sub-byte types round up to whole bytes."""
        return (elements * self.bits + 7) // 8

    @property
    def numpy(self) -> np.dtype[Any] | None:
        """The NumPy type that holds one element, or None where there is none."""
        try:
            return np.dtype(helper.tensor_dtype_to_np_dtype(self.code))
        except (KeyError, ValueError, TypeError):
            return None


@cache
def dtype(code: int) -> DType:
    """The element type of an ONNX code; an unknown code is kept and has no size."""
    try:
        onnx_name = TensorProto.DataType.Name(code)
    except ValueError:
        return DType(code, f"type {code}", 0)
    name = _NAMES.get(code, onnx_name.lower())
    return DType(code, name, _BITS_BY_NAME.get(onnx_name, 0))
