from __future__ import annotations

import pytest
from google.protobuf.internal import encoder
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto

from inspector.io.wire import (
    LENGTH,
    VARINT,
    WireError,
    encode_varint,
    fields,
    length_prefix,
    varint,
)


@given(st.integers(0, 2**64 - 1))
def test_numbers_are_encoded_as_protobuf_does(value):
    reference = bytearray()
    encoder._VarintEncoder()(reference.extend, value, None)
    assert encode_varint(value) == bytes(reference)
    assert varint(reference, 0, len(reference)) == (value, len(reference))


def test_a_number_may_not_run_past_its_limit_or_ten_bytes():
    with pytest.raises(WireError, match="does not end"):
        varint(b"\x80\x80", 0, 2)
    with pytest.raises(WireError, match="does not end"):
        varint(b"\x80\x01", 0, 1)
    with pytest.raises(WireError, match="does not end"):
        varint(b"\xff" * 12, 0, 12)


@given(
    st.text(max_size=20),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5),
    st.binary(max_size=300),
    st.lists(st.floats(width=32, allow_nan=False), max_size=3),
)
def test_fields_tile_the_message_exactly(name, dims, raw, floats):
    tensor = TensorProto(name=name, dims=dims, raw_data=raw, data_type=1, float_data=floats)
    message = tensor.SerializeToString()
    found = list(fields(message, 0, len(message)))
    assert b"".join(message[f.begin : f.end] for f in found) == message
    numbers = {descriptor.number: descriptor.name for descriptor, _ in tensor.ListFields()}
    assert {f.number for f in found} == set(numbers)
    stored = {numbers[f.number]: message[f.start : f.end] for f in found if f.wire_type == LENGTH}
    assert stored["raw_data"] == raw
    assert stored["name"] == name.encode()
    assert all(f.wire_type in (LENGTH, VARINT) for f in found)


def test_fixed_width_fields_are_stepped_over():
    message = b"\x0d\x01\x02\x03\x04" + b"\x11" + bytes(8) + b"\x18\x05"
    assert [(f.number, f.end) for f in fields(message, 0, len(message))] == [
        (1, 5),
        (2, 14),
        (3, 16),
    ]


@pytest.mark.parametrize(
    "message",
    [b"\x0a\x05abc", b"\x00\x01", b"\x0b\x0c", b"\x0f", b"\x09\x01", b"\x0d\x01", b"\x0a"],
    ids=["short", "field 0", "group", "wire type 7", "fixed64", "fixed32", "no length"],
)
def test_what_is_no_message_is_refused(message):
    with pytest.raises(WireError, match="byte"):
        list(fields(message, 0, len(message)))


def test_a_field_may_not_leave_its_enclosing_message():
    whole = b"\x0a\x03abc" + b"def"
    with pytest.raises(WireError, match="past the end"):
        list(fields(whole, 0, 4))


def test_a_prefix_announces_its_payload():
    message = length_prefix(9, 300) + bytes(300)
    (field,) = fields(message, 0, len(message))
    assert (field.number, field.start, field.end) == (9, 3, 303)
