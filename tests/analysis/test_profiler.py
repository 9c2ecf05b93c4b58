"""Bytes read and written, with onnxruntime's profiler as the witness."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from inspector.analysis.figures import Convention, compute_figures
from inspector.analysis.shapes import infer_types
from inspector.io.onnx_reader import read_onnx
from inspector.io.samples import ensure_sample
from inspector.model.graph import build_graph

LIGHT = ["alexnet", "mobilenet_v2"]
WITH_TORCH = ["squeezenet1_1", "shufflenet_v2_x0_5", "mnasnet0_5", "googlenet"]


def profiled(path, folder):
    """Bytes read and written by node name, from one run with nothing fused or prepacked."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.disable_prepacking", "1")
    options.enable_profiling = True
    options.profile_file_prefix = str(folder / "profile")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    session.run(None, {feed.name: np.zeros(feed.shape, np.float32)})
    events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    found = {}
    for event in events:
        facts = event.get("args", {})
        if "activation_size" in facts:
            read = int(facts["activation_size"]) + int(facts["parameter_size"])
            found[event["name"].removesuffix("_kernel_time")] = (read, int(facts["output_size"]))
    return found


def check(name, folder):
    path = ensure_sample(name, folder)
    network = read_onnx(path).network
    types, _ = infer_types(network)
    figures = compute_figures(build_graph(network.with_types(types)), Convention.TRUE)
    witness = profiled(path, folder)
    ours = {
        node: (int(figures.read_bytes[i]), int(figures.write_bytes[i]))
        for i, node in enumerate(figures.graph.names)
        if node in witness
    }
    assert len(ours) == len(witness) > 20 - (name == "alexnet")
    assert ours == witness


@pytest.mark.parametrize("name", LIGHT)
def test_bytes_are_those_that_onnxruntime_moves(tmp_path, name):
    check(name, tmp_path)


@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_TORCH)
def test_bytes_of_exported_models_are_those_that_onnxruntime_moves(tmp_path, name):
    pytest.importorskip("torch")
    check(name, tmp_path)
