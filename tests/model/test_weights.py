from __future__ import annotations

import os
import pickle

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, numpy_helper

from inspector.model import weights
from inspector.model.weights import (
    Block,
    FileSlice,
    Inline,
    Missing,
    StoredFile,
    Weight,
    WeightUnavailable,
    packed_bytes,
    release_maps,
)

FLOAT = TensorProto.FLOAT


@pytest.fixture(autouse=True)
def fresh_maps():
    yield
    release_maps()


@pytest.fixture
def always_checked(monkeypatch):
    """Files are looked at before every reading, not only every so often."""
    monkeypatch.setattr(weights, "_CHECK_EVERY_S", 0.0)


@pytest.fixture
def stored(tmp_path):
    """A weight whose values lie in a file, behind `gap` other bytes."""

    def make(values, elem=FLOAT, gap=3, raw=None):
        path = tmp_path / f"{len(os.listdir(tmp_path))}.bin"
        raw = values.tobytes() if raw is None else raw
        path.write_bytes(b"\xaa" * gap + raw + b"\xbb" * 5)
        source = FileSlice(StoredFile.of(path), gap, len(raw))
        return Weight("w", elem, values.shape, source)

    return make


def inline(values):
    tensor = numpy_helper.from_array(values, "w")
    return Weight("w", tensor.data_type, values.shape, Inline(tensor))


def test_a_slice_of_a_file_reads_the_values_without_a_copy(stored):
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    weight = stored(values)
    np.testing.assert_array_equal(weight.array(), values)
    assert (weight.elements, weight.nbytes) == (6, 24)
    assert not weight.array().flags.owndata
    assert not weight.array().flags.writeable


@pytest.mark.parametrize(
    "kind",
    [np.float16, np.float64, np.int8, np.int64, np.uint16, np.bool_, np.complex64,
     ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn],
)  # fmt: skip
def test_whole_byte_types_read_as_onnx_reads_them(stored, kind):
    values = np.array([[0, 1, 1], [1, 0, 1]]).astype(kind)
    tensor = numpy_helper.from_array(values, "w")
    weight = stored(values, tensor.data_type)
    np.testing.assert_array_equal(weight.array(), numpy_helper.to_array(tensor))
    assert packed_bytes(weight).tobytes() == tensor.raw_data


@pytest.mark.parametrize("kind", [ml_dtypes.int4, ml_dtypes.uint4])
def test_four_bit_weights_are_unpacked_and_packed_again(stored, kind):
    values = np.array([[1, 2, 3], [4, 5, 6], [7, 0, 1]]).astype(kind)
    tensor = numpy_helper.from_array(values, "w")
    weight = stored(values, tensor.data_type, raw=tensor.raw_data)
    assert weight.nbytes == len(tensor.raw_data) == 5
    np.testing.assert_array_equal(weight.array().astype(int), values.astype(int))
    assert packed_bytes(weight).tobytes() == tensor.raw_data
    assert b"".join(weight.chunks()) == tensor.raw_data


def test_an_empty_weight_reads_as_empty(stored):
    weight = stored(np.zeros((0, 4), np.float32))
    assert weight.array().shape == (0, 4)
    assert b"".join(weight.chunks()) == b""


def test_chunks_hold_every_byte_in_order(stored):
    values = np.arange(1000, dtype=np.float32)
    for weight in (stored(values), inline(values)):
        chunks = [bytes(chunk) for chunk in weight.chunks(333)]
        assert max(map(len, chunks)) == 333
        assert b"".join(chunks) == values.tobytes()


def test_too_few_stored_bytes_are_told(stored):
    values = np.zeros((2, 3), np.float32)
    weight = stored(values, raw=values.tobytes()[:-4])
    with pytest.raises(WeightUnavailable, match="20 bytes are stored, 24 belong"):
        weight.array()


def test_a_shape_with_a_negative_size_is_told(stored):
    weight = stored(np.zeros(4, np.float32))
    bad = Weight("w", FLOAT, (-2, -2), weight.source)
    with pytest.raises(WeightUnavailable):
        bad.array()


def test_a_range_beyond_the_end_is_told(stored):
    source = stored(np.zeros(4, np.float32)).source
    beyond = FileSlice(source.file, 20, 16)
    with pytest.raises(WeightUnavailable, match="ends before byte 36"):
        Weight("w", FLOAT, (4,), beyond).array()


@pytest.mark.parametrize("mapped", [False, True], ids=["before", "after a first reading"])
def test_a_file_changed_by_others_is_told(stored, always_checked, mapped):
    weight = stored(np.zeros(4, np.float32))
    if mapped:
        weight.array()
    path = weight.source.file.path
    with open(path, "ab") as handle:
        handle.write(b"more")
    with pytest.raises(WeightUnavailable, match="changed by another program"):
        weight.array()


def test_a_file_cut_short_is_told_rather_than_read(stored, always_checked):
    weight = stored(np.zeros(5000, np.float32))
    assert weight.array()[-1] == 0
    os.truncate(weight.source.file.path, 10)
    with pytest.raises(WeightUnavailable, match="changed by another program"):
        weight.array()


def test_a_file_that_is_gone_is_told(stored):
    weight = stored(np.zeros(4, np.float32))
    os.unlink(weight.source.file.path)
    with pytest.raises(WeightUnavailable, match="can no longer be read"):
        weight.array()


def test_values_in_typed_fields_read_as_onnx_reads_them():
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[2], float_data=[1.5, -2])
    weight = Weight("w", FLOAT, (2,), Inline(tensor))
    assert weight.array().tolist() == [1.5, -2]
    assert packed_bytes(weight).tobytes() == np.array([1.5, -2], np.float32).tobytes()


def test_values_that_do_not_fit_their_shape_are_told():
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[3], float_data=[1.5])
    with pytest.raises(WeightUnavailable, match="w: "):
        Weight("w", FLOAT, (3,), Inline(tensor)).array()


def test_missing_values_give_their_reason():
    weight = Weight("w", FLOAT, (3,), Missing("it went away"))
    with pytest.raises(WeightUnavailable, match="w: it went away"):
        weight.array()
    with pytest.raises(WeightUnavailable):
        list(weight.chunks())


@given(
    rows=st.integers(1, 12),
    columns=st.integers(1, 12),
    transpose=st.booleans(),
    pad=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    data=st.data(),
)
def test_a_block_is_what_numpy_cuts_turns_and_pads(rows, columns, transpose, pad, data):
    base = np.arange(1, rows * columns + 1, dtype=np.float32).reshape(rows, columns)
    top, left = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    bottom = data.draw(st.integers(top + 1, rows))
    right = data.draw(st.integers(left + 1, columns))
    expected = base[top:bottom, left:right]
    expected = expected.T if transpose else expected
    expected = np.pad(expected, ((0, pad[0]), (0, pad[1])))
    source = Block(inline(base), (top, bottom), (left, right), transpose)
    block = Weight("b", FLOAT, expected.shape, source)
    np.testing.assert_array_equal(block.array(), expected)
    assert packed_bytes(block).tobytes() == np.ascontiguousarray(expected).tobytes()
    assert block.nbytes == expected.nbytes


def test_weights_go_to_another_process(stored):
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    weight = stored(values)
    block = Weight("b", FLOAT, (1, 2), Block(weight, (1, 2), (0, 2)))
    there = pickle.loads(pickle.dumps([weight, block]))
    np.testing.assert_array_equal(there[0].array(), values)
    np.testing.assert_array_equal(there[1].array(), values[1:, :2])
    assert there[1].source.base is there[0]
