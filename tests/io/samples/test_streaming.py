from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.io.samples.building import Builder, Tensor, scope_of
from inspector.io.samples.errors import SampleCancelled
from inspector.io.samples.streaming import _varint, write_architecture


def small(features=1000):
    """A Gemm of 1000 x 2000: more weights than one piece holds."""
    build = Builder()
    x = Tensor("input", (1, 2000))
    return build.finish(x, build.linear(x, "fc", features), "small")


def arrays(path):
    return {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}


def test_file_equals_what_protobuf_would_write(tmp_path):
    path = tmp_path / "small.onnx"
    write_architecture(path, small())
    read = onnx.load(path)
    expected = small().model
    for name, values in arrays(path).items():
        expected.graph.initializer.append(onnx.numpy_helper.from_array(values, name))
    assert read == expected
    assert path.stat().st_size == read.ByteSize()


def test_values_depend_on_the_seed_alone(tmp_path):
    write_architecture(tmp_path / "a.onnx", small(), seed=3)
    write_architecture(tmp_path / "b.onnx", small(), seed=3)
    write_architecture(tmp_path / "c.onnx", small(), seed=4)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    a, c = arrays(tmp_path / "a.onnx"), arrays(tmp_path / "c.onnx")
    assert not np.array_equal(a["fc.weight"], c["fc.weight"])


def test_no_piece_repeats_another(tmp_path):
    write_architecture(tmp_path / "a.onnx", small())
    rows = arrays(tmp_path / "a.onnx")["fc.weight"][:, :8]
    assert len(np.unique(rows, axis=0)) == 1000


def test_progress_rises_to_one(tmp_path):
    seen = []
    write_architecture(tmp_path / "a.onnx", small(5000), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[0] >= 0.0
    assert seen[-1] == 1.0
    assert any(0.0 < fraction < 1.0 for fraction in seen)


def test_cancel_keeps_the_old_file_and_leaves_no_other(tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(b"before")
    answers = iter([False, False, True])
    with pytest.raises(SampleCancelled):
        write_architecture(path, small(5000), cancelled=lambda: next(answers))
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_varint_decodes_to_itself(value):
    encoded = _varint(value)
    assert all(byte & 0x80 for byte in encoded[:-1])
    assert not encoded[-1] & 0x80
    assert sum((byte & 0x7F) << (7 * i) for i, byte in enumerate(encoded)) == value


@pytest.mark.parametrize(
    ("module", "scope"),
    [
        ("features.0", "/features/features.0"),
        ("features.1.conv.0.0", "/features/features.1/conv/conv.0/conv.0.0"),
        ("avgpool", "/avgpool"),
    ],
)
def test_scope_of_a_module(module, scope):
    assert scope_of(module) == scope
