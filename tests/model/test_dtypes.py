from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from inspector.model.dtypes import dtype

CODES = [code for code in TensorProto.DataType.values() if code]


@pytest.mark.parametrize(
    ("code", "name", "bits"),
    [
        (TensorProto.FLOAT, "float32", 32),
        (TensorProto.DOUBLE, "float64", 64),
        (TensorProto.FLOAT16, "float16", 16),
        (TensorProto.BFLOAT16, "bfloat16", 16),
        (TensorProto.INT64, "int64", 64),
        (TensorProto.BOOL, "bool", 8),
        (TensorProto.COMPLEX128, "complex128", 128),
        (TensorProto.UINT4, "uint4", 4),
        (TensorProto.STRING, "string", 0),
        (0, "undefined", 0),
        (999, "type 999", 0),
    ],
)
def test_names_and_sizes(code, name, bits):
    kind = dtype(code)
    assert (kind.name, kind.bits) == (name, bits)


@pytest.mark.parametrize("code", CODES)
def test_packed_size_is_that_of_onnxs_own_raw_data(code):
    kind = dtype(code)
    if code == TensorProto.STRING:
        assert kind.nbytes(7) == 0
        return
    for elements in (0, 1, 2, 3, 4, 5, 8, 9):
        values = np.zeros(elements, helper.tensor_dtype_to_np_dtype(code))
        assert kind.nbytes(elements) == len(numpy_helper.from_array(values).raw_data)


@pytest.mark.parametrize("code", CODES)
def test_numpy_type_is_onnxs(code):
    assert dtype(code).numpy == np.dtype(helper.tensor_dtype_to_np_dtype(code))


def test_an_unknown_code_has_no_numpy_type():
    assert dtype(999).numpy is None
    assert dtype(0).numpy is None


@given(st.integers(0, 10**6))
def test_two_four_bit_elements_share_a_byte(elements):
    assert dtype(TensorProto.INT4).nbytes(elements) == elements // 2 + elements % 2
