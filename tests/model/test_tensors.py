from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, TypeProto, ValueInfoProto, helper

from inspector.model.tensors import UNKNOWN, TensorType, from_type_proto, from_value_info

FLOAT = TensorProto.FLOAT


@given(st.lists(st.integers(0, 50), max_size=5))
def test_elements_and_bytes_of_a_known_shape(dims):
    kind = TensorType(FLOAT, tuple(dims))
    assert kind.elements == math.prod(dims)
    assert kind.nbytes == 4 * math.prod(dims)


@pytest.mark.parametrize("shape", [None, ("N", 3), (2, None), (-1, 3)])
def test_an_unknown_shape_has_no_size(shape):
    kind = TensorType(FLOAT, shape)
    assert kind.elements is None
    assert kind.nbytes is None


def test_a_type_without_fixed_size_has_elements_but_no_bytes():
    for elem in (TensorProto.STRING, 0, 999):
        kind = TensorType(elem, (2, 3))
        assert kind.elements == 6
        assert kind.nbytes is None


def test_four_bit_tensors_are_packed():
    assert TensorType(TensorProto.UINT4, (3, 3)).nbytes == 5


def test_text():
    assert TensorType(FLOAT, (1, 3, 224, 224)).text() == "float32 1×3×224×224"
    assert TensorType(FLOAT, ()).text() == "float32 scalar"
    assert TensorType(FLOAT, ("N", None)).text() == "float32 N×?"
    assert UNKNOWN.text() == "? ?"
    assert TensorType(FLOAT, (2,), "sequence").text() == "sequence of float32 2"
    assert TensorType(FLOAT, (1, 64)).shape_text("x") == "1x64"


def test_symbolic_dimensions_take_values():
    kind = TensorType(FLOAT, ("N", 3, "H", None))
    assert kind.with_dims({"N": 2}).shape == (2, 3, "H", None)
    assert kind.with_dims({"other": 2}) is kind
    assert UNKNOWN.with_dims({"N": 2}) is UNKNOWN


def test_value_info_with_numbers_names_and_gaps():
    info = helper.make_tensor_value_info("x", FLOAT, [1, "N", None, 0])
    assert from_value_info(info) == TensorType(FLOAT, (1, "N", None, 0))
    assert from_value_info(helper.make_tensor_value_info("x", FLOAT, None)).shape is None
    assert from_value_info(helper.make_tensor_value_info("x", FLOAT, [])).shape == ()
    assert from_value_info(ValueInfoProto(name="x")) == UNKNOWN


def test_containers_give_the_type_of_what_they_hold():
    inner = helper.make_tensor_type_proto(FLOAT, [2, 3])
    sequence = helper.make_sequence_type_proto(inner)
    assert from_type_proto(sequence) == TensorType(FLOAT, (2, 3), "sequence")
    assert from_type_proto(sequence).nbytes is None
    optional = helper.make_optional_type_proto(inner)
    assert from_type_proto(optional) == TensorType(FLOAT, (2, 3), "optional")
    sparse = helper.make_sparse_tensor_type_proto(FLOAT, [4, 4])
    assert from_type_proto(sparse) == TensorType(FLOAT, (4, 4), "sparse")
    mapped = TypeProto(map_type=TypeProto.Map(key_type=TensorProto.INT64, value_type=inner))
    assert from_type_proto(mapped).container == "map"
    assert from_type_proto(TypeProto()) == UNKNOWN
