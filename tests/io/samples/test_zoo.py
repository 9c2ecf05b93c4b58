from __future__ import annotations

import os
import subprocess
import sys
import time

import onnx
import pytest

from inspector.io.samples import (
    SampleCancelled,
    SampleUnavailable,
    UnknownSample,
    all_samples,
    ensure_sample,
    featured_samples,
    find_sample,
)


def test_featured_samples_in_order():
    featured = featured_samples()
    assert [s.title for s in featured] == ["AlexNet", "MobileNetV2", "GoogLeNet", "ResNet-18"]
    assert {s.key for s in featured} == {s.key for s in all_samples() if s.featured}
    assert [s.needs_torch for s in featured] == [False, False, True, True]


def test_subtitles_tell_size_and_cost():
    assert find_sample("alexnet").subtitle == "61.1 M parameters · 714 M MACs"
    assert find_sample("resnet18").subtitle == "11.7 M parameters · 1.81 G MACs"


def test_keys_are_sorted_and_unique():
    keys = [sample.key for sample in all_samples()]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("name", ["resnet18", "ResNet-18", "ResNet 18", "RESNET_18"])
def test_a_sample_is_found_by_key_or_title(name):
    assert find_sample(name).key == "resnet18"


def test_unknown_name_lists_close_matches():
    with pytest.raises(UnknownSample, match=r"'resnet19'.*resnet18"):
        find_sample("resnet19")
    with pytest.raises(UnknownSample, match="No name comes close"):
        ensure_sample("qqqq")


def test_made_once_and_then_returned(tmp_path):
    seen = []
    path = ensure_sample("mobilenet_v2", tmp_path, lambda *report: seen.append(report))
    assert path == tmp_path / "mobilenet_v2.onnx"
    assert list(tmp_path.iterdir()) == [path]
    assert seen[-1] == (1.0, "MobileNetV2 is ready")
    assert {text for _, text in seen[:-1]} == {"Writing MobileNetV2"}
    os.utime(path, (1.0, 1.0))
    assert ensure_sample("mobilenet_v2", tmp_path) == path
    assert path.stat().st_mtime == 1.0


def test_seeds_have_files_of_their_own(tmp_path):
    first = ensure_sample("mobilenet_v2", tmp_path)
    second = ensure_sample("mobilenet_v2", tmp_path, seed=5)
    assert first.read_bytes() != second.read_bytes()


def test_default_folder_is_in_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("GRAPH_INSPECTOR_CACHE", str(tmp_path))
    assert tmp_path in ensure_sample("mobilenet_v2").parents


def test_cancel_leaves_nothing(tmp_path):
    with pytest.raises(SampleCancelled):
        ensure_sample("mobilenet_v2", tmp_path, cancelled=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_abandoned_partial_files_are_swept_and_fresh_ones_kept(tmp_path):
    old, fresh = tmp_path / ".a.onnx.0.part", tmp_path / ".b.onnx.1.part"
    old_folder = tmp_path / ".c.onnx.2.part"
    old_folder.mkdir()
    (old_folder / "model.onnx").write_bytes(b"x")
    for file in (old, fresh):
        file.write_bytes(b"x")
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    os.utime(old_folder, (long_ago, long_ago))
    path = ensure_sample("mobilenet_v2", tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([fresh, path])


def test_missing_torch_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(SampleUnavailable, match=r'pip install "graph-inspector\[torch\]"'):
        ensure_sample("resnet18", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_listing_the_samples_loads_no_heavy_library():
    code = (
        "import sys; from inspector.io.samples import all_samples, featured_samples; "
        "all_samples(); featured_samples(); "
        "print(sorted({'onnx', 'numpy', 'torch', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_written_sample_is_a_model(tmp_path):
    model = onnx.load(ensure_sample("mobilenet_v2", tmp_path))
    assert model.producer_name == "graph-inspector"


def test_keys_that_differ_in_punctuation_alone_stay_apart() -> None:
    for sample in all_samples():
        assert find_sample(sample.key) is sample
