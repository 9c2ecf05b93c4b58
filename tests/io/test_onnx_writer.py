from __future__ import annotations

import os
import stat
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from inspector.io import onnx_writer
from inspector.io.onnx_reader import read_onnx
from inspector.io.onnx_writer import (
    is_external,
    needs_external,
    remove_drafts,
    save_atomic,
    wire_parts,
)
from inspector.io.originals import keep_originals, remove_session_folder, session_folder
from inspector.model.problems import Cancelled, ModelError
from inspector.model.weights import Block, FileSlice, Missing, Weight, release_maps


def files(folder):
    return sorted(entry.name for entry in folder.iterdir())


def snapshot(folder):
    return {name: (folder / name).read_bytes() for name in files(folder)}


def values(path):
    """Every initializer as onnx reads it, wherever it lies."""
    return {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}


def assert_same_values(path, model):
    expected = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    found = values(path)
    assert list(found) == list(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


def with_weight(network, weight):
    return replace(network, weights={**network.weights, weight.name: weight})


def test_the_written_model_is_the_same_model(linear, network_of, tmp_path):
    path = tmp_path / "out.onnx"
    assert save_atomic(network_of(linear), path) == (path,)
    assert onnx.load(path) == linear
    assert onnx.load(path).SerializeToString() == linear.SerializeToString()
    onnx.checker.check_model(path, full_check=True)


def test_a_block_is_written_as_its_own_values(linear, network_of, tmp_path):
    network = network_of(linear)
    base = network.weights["W1"]
    block = Weight("W1", base.elem, (8, 5), Block(base, (3, 8), (10, 18), True))
    save_atomic(with_weight(network, block), tmp_path / "out.onnx")
    written = {
        t.name: numpy_helper.to_array(t) for t in onnx.load(tmp_path / "out.onnx").graph.initializer
    }
    expected = numpy_helper.to_array(linear.graph.initializer[0])[3:8, 10:18].T
    np.testing.assert_array_equal(written["W1"], expected)


@pytest.mark.parametrize("external", [False, True])
def test_parts_announce_their_sizes_exactly(linear, network_of, external):
    network = network_of(linear)
    parts = wire_parts(network, "w.data" if external else None)
    pieces = [bytes(piece) for piece in parts.pieces()]
    # Header, then tag and length of the graph, then exactly the bytes that were announced.
    assert len(b"".join(pieces[2:])) == parts.graph_bytes
    model = onnx.ModelProto.FromString(b"".join(pieces))
    assert [t.name for t in model.graph.initializer] == ["W1", "b1", "W2"]
    blob = b"".join(bytes(piece) for piece in parts.external_pieces())
    if external:
        ends = [offset + weight.nbytes for offset, weight in parts.external]
        assert len(blob) == ends[-1]
        assert [weight.name for _, weight in parts.external] == ["W1", "W2"]
        assert all(offset % 64 == 0 for offset, _ in parts.external)
    else:
        assert blob == b""


def test_weights_beside_the_model_read_back_in_onnx_and_onnxruntime(linear, network_of, tmp_path):
    network = network_of(linear)
    folder = tmp_path / "out"
    folder.mkdir()
    written = save_atomic(network, folder / "m.onnx", external=True)
    assert [path.name for path in written] == files(folder) == ["m.onnx", "m.onnx.data"]
    assert_same_values(folder / "m.onnx", linear)
    feed = {"x": np.ones((3, 32), np.float32)}
    (left,) = onnxruntime.InferenceSession(linear.SerializeToString()).run(None, feed)
    (right,) = onnxruntime.InferenceSession(folder / "m.onnx").run(None, feed)
    np.testing.assert_array_equal(left, right)


def test_external_stays_external_and_inline_stays_inline(linear, network_of, tmp_path):
    plain = network_of(linear)
    assert not is_external(plain)
    first = tmp_path / "first.onnx"
    save_atomic(plain, first, external=True)
    again = read_onnx(first).network
    assert is_external(again)
    other = tmp_path / "other"
    other.mkdir()
    save_atomic(again, other / "second.onnx")
    assert files(other) == ["second.onnx", "second.onnx.data"]
    assert_same_values(other / "second.onnx", linear)
    save_atomic(again, other / "third.onnx", external=False)
    assert onnx.load(other / "third.onnx") == linear


def test_saving_over_an_external_model_keeps_the_data_that_is_being_read(
    linear, network_of, tmp_path
):
    path = tmp_path / "own" / "m.onnx"
    path.parent.mkdir()
    save_atomic(network_of(linear), path, external=True)
    opened = read_onnx(path).network
    save_atomic(opened, path)
    assert_same_values(path, linear)
    np.testing.assert_array_equal(
        opened.weights["W2"].array(), numpy_helper.to_array(linear.graph.initializer[2])
    )


def test_above_two_gigabytes_it_is_always_external(linear, network_of, tmp_path, monkeypatch):
    network = network_of(linear)
    assert not needs_external(network)
    monkeypatch.setattr(onnx_writer, "PROTOBUF_LIMIT", 10_000)
    assert needs_external(network)
    with pytest.raises(ModelError, match="2 GB"):
        wire_parts(network)
    folder = tmp_path / "out"
    folder.mkdir()
    save_atomic(network, folder / "m.onnx", external=False)
    assert files(folder) == ["m.onnx", "m.onnx.data"]
    assert_same_values(folder / "m.onnx", linear)


# Failures leave everything as it was --------------------------------------------------------------


@pytest.fixture
def old(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "m.onnx").write_bytes(b"the old file")
    return folder


@pytest.mark.parametrize("external", [False, True])
@pytest.mark.parametrize("raised", [ModelError("Refused."), OSError(28, "No space left"), KeyError])
def test_a_check_that_refuses(linear, network_of, old, external, raised):
    seen = []

    def check(path):
        seen.append(onnx.load(path).graph.name)
        raise raised

    expected = ModelError if isinstance(raised, (ModelError, OSError)) else raised
    before = snapshot(old)
    with pytest.raises(expected):
        save_atomic(network_of(linear), old / "m.onnx", external=external, check=check)
    assert seen == ["linear"]
    assert snapshot(old) == before


def test_a_cancel_at_any_time(linear, network_of, old):
    network = network_of(linear)
    for polls in range(8):
        left = iter(range(polls))
        with pytest.raises(Cancelled):
            save_atomic(
                network,
                old / "m.onnx",
                external=True,
                cancelled=lambda left=left: next(left, None) is None,
            )
        assert snapshot(old) == {"m.onnx": b"the old file"}


def test_weights_without_values(linear, network_of, old):
    network = with_weight(network_of(linear), Weight("W2", 1, (48, 20), Missing("it is gone")))
    with pytest.raises(ModelError, match=r"m.onnx was not saved: W2: it is gone"):
        save_atomic(network, old / "m.onnx")
    assert snapshot(old) == {"m.onnx": b"the old file"}


def test_a_source_that_is_cut_short_meanwhile(linear, network_of, old, tmp_path):
    network = network_of(linear)
    os.truncate(tmp_path / "model.onnx", 200)
    with pytest.raises(ModelError, match=r"not saved: .*changed by another program"):
        save_atomic(network, old / "m.onnx")
    assert snapshot(old) == {"m.onnx": b"the old file"}


def test_a_full_disk_is_told_before_writing(linear, network_of, old, monkeypatch):
    real = os.statvfs(old)
    fake = os.statvfs_result([real[0], 1, real[2], 1, 1, *tuple(real)[5:10]])
    monkeypatch.setattr(os, "statvfs", lambda path: fake)
    with pytest.raises(ModelError, match=r"bytes free; .* are needed") as caught:
        save_atomic(network_of(linear), old / "m.onnx")
    assert caught.value.hint
    assert snapshot(old) == {"m.onnx": b"the old file"}


def test_a_folder_that_is_not_there(linear, network_of, tmp_path):
    with pytest.raises(ModelError, match="could not be written") as caught:
        save_atomic(network_of(linear), tmp_path / "none" / "m.onnx")
    assert caught.value.hint


def test_a_folder_that_may_not_be_written(linear, network_of, old):
    network = network_of(linear)
    old.chmod(0o500)
    try:
        if os.access(old, os.W_OK):
            pytest.skip("this user may write everywhere")
        with pytest.raises(ModelError, match="could not be written"):
            save_atomic(network, old / "m.onnx")
    finally:
        old.chmod(0o700)
    assert snapshot(old) == {"m.onnx": b"the old file"}


def test_a_disk_that_refuses_the_draft(linear, network_of, old, monkeypatch):
    network = network_of(linear)

    def refused(handle):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "fsync", refused)
    with pytest.raises(ModelError, match="Read-only file system"):
        save_atomic(network, old / "m.onnx", external=True)
    assert snapshot(old) == {"m.onnx": b"the old file"}


def test_a_folder_in_the_place_of_the_file(linear, network_of, tmp_path):
    (tmp_path / "m.onnx").mkdir()
    before = files(tmp_path)
    with pytest.raises(ModelError, match="could not be written"):
        save_atomic(network_of(linear, "source.onnx"), tmp_path / "m.onnx")
    assert set(files(tmp_path)) - set(before) == {"source.onnx"}


# What the replaced file was --------------------------------------------------------------------


def test_a_link_stays_a_link_and_rights_stay(linear, network_of, old):
    (old / "m.onnx").chmod(0o640)
    (old / "link.onnx").symlink_to("m.onnx")
    save_atomic(network_of(linear), old / "link.onnx")
    assert (old / "link.onnx").is_symlink()
    assert stat.S_IMODE((old / "m.onnx").stat().st_mode) == 0o640
    assert onnx.load(old / "m.onnx") == linear
    assert files(old) == ["link.onnx", "m.onnx"]


def test_saving_over_the_opened_file(linear, network_of, tmp_path):
    """The old revision reads its own values, the file holds the new ones."""
    network = network_of(linear)
    path = tmp_path / "model.onnx"
    old_values = numpy_helper.to_array(linear.graph.initializer[0])
    new_values = np.arange(32 * 48, dtype=np.float32).reshape(32, 48)
    changed = with_weight(
        network,
        replace(
            network.weights["W1"],
            source=read_new(tmp_path, linear, new_values),
        ),
    )
    keep_originals(network, path, session_folder(tmp_path / "cache"))
    save_atomic(changed, path, external=False)
    release_maps()
    np.testing.assert_array_equal(network.weights["W1"].array(), old_values)
    np.testing.assert_array_equal(read_onnx(path).network.weights["W1"].array(), new_values)
    # And again: undo to the old revision and save that one.
    save_atomic(network, path, external=False)
    assert onnx.load(path) == linear


def read_new(folder, model, values):
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    copy.graph.initializer[0].CopyFrom(numpy_helper.from_array(values, "W1"))
    (folder / "new.onnx").write_bytes(copy.SerializeToString())
    return read_onnx(folder / "new.onnx").network.weights["W1"].source


def test_after_keeping_the_original_a_plain_model_is_still_plain(linear, network_of, tmp_path):
    network = network_of(linear)
    keep_originals(network, tmp_path / "model.onnx", session_folder(tmp_path / "cache"))
    assert not is_external(network)
    assert network.file.path != str(tmp_path / "model.onnx")


@pytest.mark.parametrize("linkable", [True, False])
def test_originals_are_linked_or_copied(linear, network_of, tmp_path, monkeypatch, linkable):
    network = network_of(linear)
    if not linkable:

        def refused(source, target):
            raise OSError(18, "Invalid cross-device link")

        monkeypatch.setattr(os, "link", refused)
    folder = session_folder(tmp_path / "cache")
    keep_originals(network, tmp_path / "model.onnx", folder)
    (kept,) = folder.iterdir()
    assert os.path.samefile(kept, tmp_path / "model.onnx") is linkable
    (tmp_path / "model.onnx").unlink()
    np.testing.assert_array_equal(
        network.weights["W2"].array(), numpy_helper.to_array(linear.graph.initializer[2])
    )
    remove_session_folder(tmp_path / "cache")
    assert not folder.exists()


def test_a_save_elsewhere_keeps_nothing(linear, network_of, tmp_path):
    network = network_of(linear)
    folder = session_folder(tmp_path / "cache")
    keep_originals(network, tmp_path / "other.onnx", folder)
    assert not list(folder.iterdir())


def test_folders_of_processes_that_are_gone_are_removed(tmp_path):
    gone = tmp_path / "session-999999999"
    alive = tmp_path / f"session-{os.getppid()}"
    other = tmp_path / "samples"
    for folder in (gone, alive, other):
        folder.mkdir()
    remove_session_folder(tmp_path)
    assert files(tmp_path) == ["samples", alive.name]


# Odd weights -----------------------------------------------------------------------------------


def odd(tensor):
    graph = helper.make_graph(
        [helper.make_node("Identity", ["w"], ["y"])],
        "g",
        [],
        [helper.make_tensor_value_info("y", tensor.data_type or 1, None)],
        [tensor],
    )
    return helper.make_model(graph)


@pytest.mark.parametrize(
    "tensor",
    [
        TensorProto(name="w", data_type=1, dims=[10], raw_data=bytes(3000)),
        TensorProto(name="w", data_type=1, dims=[1000], raw_data=bytes(1999)),
        TensorProto(name="w", data_type=0, dims=[10], raw_data=bytes(3000)),
        TensorProto(name="w", data_type=99, dims=[750], raw_data=bytes(3000)),
        TensorProto(name="w", data_type=1, dims=[-750], raw_data=bytes(3000)),
        TensorProto(name="w", data_type=8, dims=[2], string_data=[b"a" * 2000, b"\xff"]),
        TensorProto(name="w", data_type=1, dims=[900], float_data=range(900)),
        TensorProto(name="w", data_type=22, dims=[3001], raw_data=bytes(range(3)) * 500 + b"\1"),
        TensorProto(name="w", data_type=1, dims=[750], raw_data=bytes(3000), doc_string="text"),
    ],
    ids=["longer", "shorter", "no type", "unknown type", "negative", "strings", "typed field",
         "four bits", "documented"],
)  # fmt: skip
def test_a_weight_that_does_not_fit_its_shape_is_still_written_as_it_was(
    tensor, network_of, tmp_path
):
    model = odd(tensor)
    path = tmp_path / "out.onnx"
    save_atomic(network_of(model), path)
    assert onnx.load(path) == model


@pytest.mark.parametrize("code", [22, 25, 27, 23], ids=["int4", "uint2", "float6", "float4"])
def test_packed_weights_beside_the_model(code, network_of, tmp_path):
    values = np.ones(5001).astype(helper.tensor_dtype_to_np_dtype(code))
    tensor = numpy_helper.from_array(values, "w")
    network = network_of(odd(tensor))
    save_atomic(network, tmp_path / "out.onnx", external=True)
    assert (tmp_path / "out.onnx.data").read_bytes() == tensor.raw_data
    back = read_onnx(tmp_path / "out.onnx").network.weights["w"]
    assert isinstance(back.source, FileSlice)
    np.testing.assert_array_equal(back.array().astype(float), values.astype(float))


def test_a_weight_of_an_empty_shape(network_of, tmp_path):
    model = odd(TensorProto(name="w", data_type=1, dims=[0, 7], raw_data=b""))
    save_atomic(network_of(model), tmp_path / "out.onnx", external=True)
    assert onnx.load(tmp_path / "out.onnx") == model


def test_drafts_of_a_killed_save_are_removed_and_nothing_else(tmp_path):
    target = tmp_path / "m.onnx"
    drafts = [
        ".m.onnx.0123abcd.part",
        ".m.onnx.data.0123abcd.part",
        ".m.onnx.aaaaaa.data.0123abcd.part",
    ]
    others = ["m.onnx", "m.onnx.data", ".m.onnx.part", ".mm.onnx.0123abcd.part", "notes.part"]
    for name in drafts + others:
        (tmp_path / name).write_bytes(b"x")
    remove_drafts(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)
