"""Rooflines against the textbook's formula by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from inspector.analysis.accelerator import PRESETS, Accelerator, Unit
from inspector.analysis.figures import compute_figures
from inspector.analysis.fit import compute_fit
from inspector.analysis.roofline import Bound, compute_roofline
from inspector.analysis.timeline import compute_timeline

TWO_LAYERS = """
<ir_version: 8, opset_import: ["" : 17]>
g (float[100, 200] x) => (float[100, 10] y) <float[200, 100] w, float[100, 10] v> {
    a = MatMul(x, w)
    b = Relu(a)
    y = MatMul(b, v)
}
"""
# Bytes: x 80,000, w 80,000, a and b 40,000, v 4,000, y 4,000.


def roofline_of(graph, fit=None, **values):
    figures = compute_figures(graph)
    machine = Accelerator("a", **{"peak_macs_per_s": 1e9, "bandwidth_bytes_per_s": 1e9, **values})
    return compute_roofline(figures, machine, compute_timeline(graph), fit)


def test_times_by_hand(graph_of):
    roofline = roofline_of(graph_of(TWO_LAYERS))
    assert roofline.macs.tolist() == [2_000_000, 0, 100_000]
    assert roofline.moved_bytes.tolist() == [200_000, 80_000, 48_000]
    assert roofline.intensity.tolist() == [10.0, 0.0, 100_000 / 48_000]
    assert roofline.seconds.tolist() == pytest.approx([2e-3, 80e-6, 100e-6])
    assert roofline.bound.tolist() == [Bound.COMPUTE, Bound.MEMORY, Bound.COMPUTE]
    assert roofline.attainable.tolist() == pytest.approx([1e9, 0, 1e9])
    totals = roofline.totals
    assert totals.compute_bound_s == pytest.approx(2.1e-3)
    assert totals.memory_bound_s == pytest.approx(80e-6)
    assert totals.seconds == pytest.approx(2.18e-3)
    assert (totals.macs, totals.moved_bytes) == (2_100_000, 328_000)
    assert roofline.slowest(2) == [0, 2]
    name, nodes, seconds = roofline.dominant()
    assert (name, nodes, seconds) == (roofline.graph.names[0], [0], pytest.approx(2e-3))


def test_attainable_is_the_roof(graph_of):
    roofline = roofline_of(graph_of(TWO_LAYERS), peak_macs_per_s=4e9)
    roof = np.minimum(4e9, roofline.intensity * 1e9)
    assert roofline.attainable.tolist() == pytest.approx(roof.tolist())
    assert roofline.bound.tolist() == [Bound.COMPUTE, Bound.MEMORY, Bound.MEMORY]


def test_small_activations_stay_on_chip(graph_of):
    # 120,000 B are alive at the first node, 80,000 at the second, 44,000 at the third.
    graph = graph_of(TWO_LAYERS)
    assert roofline_of(graph, on_chip_bytes=79_999).moved_bytes.tolist() == [
        200_000,
        80_000,
        48_000,
    ]
    # b lives at the second and third; y is the network's output and leaves.
    assert roofline_of(graph, on_chip_bytes=80_000).moved_bytes.tolist() == [200_000, 40_000, 8_000]
    assert roofline_of(graph, on_chip_bytes=120_000).moved_bytes.tolist() == [160_000, 0, 8_000]


def test_padding_of_the_unit_costs_time(graph_of):
    graph = graph_of(TWO_LAYERS)
    fit = compute_fit(graph, Unit(64, 64, 64))
    plain, padded = roofline_of(graph), roofline_of(graph, fit)
    # 2 x 4 x 2 and 2 x 2 x 1 tiles of 262,144 MACs.
    assert padded.compute_s.tolist() == pytest.approx([16 * 262_144e-9, 0, 4 * 262_144e-9])
    assert padded.attainable[0] == pytest.approx(1e9 * 2_000_000 / (16 * 262_144))
    assert padded.totals.seconds > plain.totals.seconds


def test_unknown_figures_stay_unknown(graph_of):
    text = """
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[n, 4] x) => (float[n, 2] y) <float[4, 2] w> { a = Relu(x) y = MatMul(a, w) }
    """
    roofline = roofline_of(graph_of(text))
    assert roofline.bound.tolist() == [Bound.UNKNOWN, Bound.UNKNOWN]
    assert all(math.isnan(value) for value in roofline.seconds)
    assert roofline.totals.unknown_nodes == 2
    assert roofline.totals.seconds == 0.0
    assert roofline.dominant() is None


def test_alexnet_waits_for_its_weights(sample):
    graph = sample("alexnet")
    figures = compute_figures(graph)
    machine = Accelerator("a", 819.2e9, 19.2e9)
    roofline = compute_roofline(figures, machine, compute_timeline(graph))
    assert roofline.totals.moved_bytes == figures.totals.total_bytes
    # Each weight of a Linear layer is 4 bytes and used once.
    gemm = [i for i, op in enumerate(graph.op_types) if op == "Gemm"]
    assert all(0.24 < roofline.intensity[i] < 0.25 for i in gemm)
    assert all(roofline.bound[i] == Bound.MEMORY for i in gemm)
    assert graph.names[roofline.slowest()[0]] == graph.names[gemm[0]]


def test_every_preset_gives_finite_times(sample):
    graph = sample("mobilenet_v2")
    figures, timeline, fit = compute_figures(graph), compute_timeline(graph), compute_fit(graph)
    for preset in PRESETS:
        roofline = compute_roofline(figures, preset, timeline, fit.with_unit(preset.unit))
        assert np.isfinite(roofline.seconds).all()
        assert roofline.totals.moved_bytes <= figures.totals.total_bytes
