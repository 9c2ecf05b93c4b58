from __future__ import annotations

import numpy as np
import pytest
from onnx import helper, numpy_helper

from inspector.analysis.block_norms import block_norms, block_rms
from inspector.io.onnx_reader import read_onnx
from inspector.io.onnx_writer import save_atomic
from inspector.model.graph import build_graph
from inspector.model.problems import Cancelled
from inspector.transforms.linear_layers import TileOptions, WeightMode
from inspector.transforms.tile_linear import tile_linears

W = np.random.default_rng(4).standard_normal((37, 50)).astype(np.float32)


def tiled(network_of, trans_b=False, m=1, **options):
    weight = np.ascontiguousarray(W.T) if trans_b else W
    node = helper.make_node("Gemm", ["x", "W"], ["y"], name="fc", transB=int(trans_b))
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", 1, [m, 37])],
        [helper.make_tensor_value_info("y", 1, [m, 50])],
        [numpy_helper.from_array(weight, "W")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    result = tile_linears(build_graph(network_of(model)), [0], TileOptions(16, 8, 12, **options))
    return build_graph(result.network)


EXPECTED = np.array(
    [[np.linalg.norm(W[k : k + 8, n : n + 12]) for k in range(0, 37, 8)] for n in range(0, 50, 12)]
)


@pytest.mark.parametrize("trans_b", [False, True])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("m", [1, 40])
def test_agree_with_numpy(network_of, trans_b, padded, m):
    norms = block_norms(tiled(network_of, trans_b, m, padded=padded), 0)
    assert norms.shape == (5, 5)
    np.testing.assert_allclose(norms, EXPECTED, rtol=1e-6)
    assert np.sqrt((norms**2).sum()) == pytest.approx(np.linalg.norm(W), rel=1e-6)


def test_a_reopened_file_has_the_same_norms(network_of, tmp_path):
    save_atomic(tiled(network_of, padded=True).network, tmp_path / "tiled.onnx")
    graph = build_graph(read_onnx(tmp_path / "tiled.onnx").network)
    np.testing.assert_allclose(block_norms(graph, 0), EXPECTED, rtol=1e-6)


def test_blocks_that_are_split_at_run_time_are_not_known(network_of):
    assert np.isnan(block_norms(tiled(network_of, weights=WeightMode.SPLIT), 0)).all()


def test_a_group_that_is_no_tiled_layer(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x, bool c) => (y) {
          y = If(c) <then_branch = t () => (a) { a = Relu(x) },
                     else_branch = e () => (b) { b = Neg(x) }> }""")
    with pytest.raises(ValueError, match="not a tiled layer"):
        block_norms(graph, 0)


def test_a_cancel_stops(network_of):
    with pytest.raises(Cancelled):
        block_norms(tiled(network_of), 0, lambda: True)


def test_root_mean_square_does_not_fall_with_a_smaller_block(network_of):
    values = block_rms(tiled(network_of), 0)
    whole = np.sqrt(np.mean(W[:8, :12] ** 2))
    last = np.sqrt(np.mean(W[32:, 48:] ** 2))
    np.testing.assert_allclose([values[0, 0], values[-1, -1]], [whole, last], rtol=1e-6)
