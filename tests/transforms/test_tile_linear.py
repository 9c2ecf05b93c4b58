"""Tiled models against the originals in onnxruntime, and against the formulas of tiling."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from inspector.io.onnx_reader import read_onnx
from inspector.io.onnx_writer import save_atomic
from inspector.io.samples import ensure_sample
from inspector.model.graph import build_graph
from inspector.model.groups import GroupKind, Role
from inspector.model.problems import Cancelled, ModelError
from inspector.model.tensors import from_value_info
from inspector.transforms.linear_layers import TileOptions, WeightMode, find_linears
from inspector.transforms.tile_linear import tile_linears

CODES = {
    np.float16: TensorProto.FLOAT16,
    np.float32: TensorProto.FLOAT,
    np.float64: TensorProto.DOUBLE,
}
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-4, np.float16: 2e-2}
OPSETS = [7, 9, 11, 13, 17, min(onnx.defs.onnx_opset_version(), 25)]
SIZES = st.integers(1, 40)
TILES = st.integers(1, 16)
MODES = st.sampled_from(WeightMode)
CUT, SPLIT = WeightMode.INITIALIZERS, WeightMode.SPLIT


def values(kind, *shape, seed=0):
    rng = np.random.default_rng([seed, *shape])
    return (rng.standard_normal(shape) / math.sqrt(max(shape, default=1))).astype(kind)


def model_of(nodes, x_shape, weights, kind, opset, y_rank, outputs=("y",)):
    code = CODES[kind]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", code, x_shape)],
        [helper.make_tensor_value_info(name, code, [None] * y_rank) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def assert_same(tiled, feed, kind):
    for left, right in tiled.outputs(feed):
        assert left.shape == right.shape
        assert left.dtype == right.dtype
        scale = max(1.0, float(np.abs(left.astype(np.float64)).max(initial=0)))
        np.testing.assert_allclose(
            right.astype(np.float64), left.astype(np.float64), atol=TOLERANCE[kind] * scale, rtol=0
        )


def assert_counts(tiled, m, k, n, options):
    """The numbers of nodes follow from the sizes alone."""
    rows = -(-m // options.tile_m)
    columns = -(-n // options.tile_n)
    depth = -(-k // options.tile_k)
    roles = Counter(mark.role for mark in tiled.after.marks.values())
    assert roles[Role.TILE] == rows * columns * depth
    assert roles[Role.SUM] == (rows * columns if depth > 1 else 0)
    assert roles[Role.CONCAT] == (rows if columns > 1 else 0) + (1 if rows > 1 else 0)
    splits = (1 if rows > 1 else 0) + (rows if depth > 1 else 0)
    if options.weights is WeightMode.SPLIT:
        splits += (1 if columns > 1 else 0) + (columns if depth > 1 else 0)
    assert roles[Role.SPLIT] == splits
    (group,) = tiled.after.groups
    assert group.tiling.blocks == (rows, columns, depth)
    blocks = [mark.block for mark in tiled.after.marks.values() if mark.role is Role.TILE]
    assert sorted(blocks) == sorted(np.ndindex(rows, columns, depth))


def assert_well_formed(tiled):
    names = [node.name for node in tiled.right.graph.node]
    assert len(set(names)) == len(names)
    made = [name for node in tiled.right.graph.node for name in node.output]
    taken = [*made, *(t.name for t in tiled.right.graph.initializer)]
    assert len(set(taken)) == len(taken)
    covered = [tiled.result.new_nodes(old) for old in range(tiled.before.main_count)]
    flat = [new for group in covered for new in group]
    assert sorted(flat) == list(range(tiled.after.main_count))
    assert not any(not layer.reason for layer in find_linears(tiled.after))


def assert_types_are_onnxs(tiled):
    """What the transform says of its values is what onnx infers, where onnx infers it."""
    inferred = onnx.shape_inference.infer_shapes(tiled.right, data_prop=True).graph
    for info in (*inferred.value_info, *inferred.output):
        found = from_value_info(info)
        stated = tiled.result.network.types.get(info.name)
        if stated is not None and stated.elements is not None and found.elements is not None:
            assert stated == found, info.name


QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(
    m=SIZES, k=SIZES, n=SIZES, unit=st.tuples(TILES, TILES, TILES), padded=st.booleans(),
    mode=MODES, trans=st.tuples(st.booleans(), st.booleans()),
    alpha=st.sampled_from([1.0, 0.5, -2.0, 0.0]), beta=st.sampled_from([1.0, 0.25, -3.0, 0.0]),
    bias=st.sampled_from(["none", "scalar", "N", "1xN", "Mx1", "MxN", "1x1", "1"]),
    kind=st.sampled_from([np.float32, np.float32, np.float64, np.float16]),
    opset=st.sampled_from(OPSETS),
)  # fmt: skip
@example(
    1, 1, 1, (1, 1, 1), False, SPLIT, (False, False), 1.0, 1.0, "none", np.float32, 17
)  # fmt: skip
@example(
    3, 5, 7, (16, 16, 16), True, SPLIT, (True, True), 0.5, 0.25, "Mx1", np.float64, 9
)  # fmt: skip
@example(
    40, 33, 39, (7, 8, 9), True, CUT, (True, True), 2.0, 3.0, "MxN", np.float16, 7
)  # fmt: skip
@QUICK
def test_gemm(tile, m, k, n, unit, padded, mode, trans, alpha, beta, bias, kind, opset):
    shapes = {
        "scalar": (),
        "1": (1,),
        "1x1": (1, 1),
        "N": (n,),
        "1xN": (1, n),
        "Mx1": (m, 1),
        "MxN": (m, n),
    }
    if bias == "none" and opset < 11:
        bias = "N"
    weights = {"W": values(kind, *((n, k) if trans[1] else (k, n)))}
    inputs = ["x", "W"]
    if bias != "none":
        weights["C"] = np.asarray(values(kind, *shapes[bias], seed=1), kind)
        inputs.append("C")
    node = helper.make_node(
        "Gemm", inputs, ["y"], transA=int(trans[0]), transB=int(trans[1]), alpha=alpha, beta=beta
    )
    x_shape = (k, m) if trans[0] else (m, k)
    options = TileOptions(*unit, padded, mode)
    tiled = tile(model_of([node], x_shape, weights, kind, opset, 2), options)
    assert_same(tiled, {"x": values(kind, *x_shape, seed=2)}, kind)
    assert_counts(tiled, m, k, n, options)
    assert_well_formed(tiled)
    assert_types_are_onnxs(tiled)


@given(
    lead=st.lists(st.integers(1, 5), min_size=1, max_size=3), k=SIZES, n=SIZES,
    unit=st.tuples(TILES, TILES, TILES), padded=st.booleans(), mode=MODES,
    bias=st.sampled_from(["none", "N", "1xN", "left"]),
    kind=st.sampled_from([np.float32, np.float32, np.float64, np.float16]),
    opset=st.sampled_from(OPSETS),
)  # fmt: skip
@QUICK
def test_matmul_of_any_rank_with_the_add_behind_it(
    tile, lead, k, n, unit, padded, mode, bias, kind, opset
):
    weights = {"W": values(kind, k, n)}
    nodes = [helper.make_node("MatMul", ["x", "W"], ["y" if bias == "none" else "h"], name="mm")]
    if bias != "none":
        weights["b"] = values(kind, *((1, n) if bias == "1xN" else (n,)), seed=1)
        inputs = ["b", "h"] if bias == "left" else ["h", "b"]
        nodes.append(helper.make_node("Add", inputs, ["y"], name="add"))
    options = TileOptions(*unit, padded, mode)
    model = model_of(nodes, (*lead, k), weights, kind, opset, len(lead) + 1)
    tiled = tile(model, options)
    assert_same(tiled, {"x": values(kind, *lead, k, seed=2)}, kind)
    assert_counts(tiled, math.prod(lead), k, n, options)
    assert_well_formed(tiled)
    assert_types_are_onnxs(tiled)
    (group,) = tiled.after.groups
    assert group.tiling.origin == (("mm",) if bias == "none" else ("mm", "add"))
    roles = {mark.role for mark in tiled.after.marks.values()}
    assert (Role.BIAS in roles) == (bias != "none")


@given(
    run=st.lists(st.integers(1, 9), min_size=1, max_size=2), k=SIZES, n=SIZES,
    unit=st.tuples(TILES, TILES, TILES), padded=st.booleans(), mode=MODES,
    opset=st.sampled_from(OPSETS),
)  # fmt: skip
@settings(QUICK, max_examples=40)
def test_rows_that_are_not_known_are_not_cut(tile, run, k, n, unit, padded, mode, opset):
    node = helper.make_node("MatMul", ["x", "W"], ["y"])
    names = [f"D{i}" for i in range(len(run))]
    weights = {"W": values(np.float64, k, n)}
    model = model_of([node], (*names, k), weights, np.float64, opset, len(run) + 1)
    tiled = tile(model, TileOptions(*unit, padded, mode))
    assert_same(tiled, {"x": values(np.float64, *run, k, seed=2)}, np.float64)
    (group,) = tiled.after.groups
    assert not group.tiling.split_rows
    assert group.tiling.blocks[0] == 1
    assert tiled.count("MatMul") == -(-k // unit[1]) * -(-n // unit[2])
    assert_well_formed(tiled)


def test_a_gemm_with_an_open_batch(tile):
    node = helper.make_node("Gemm", ["x", "W", "b"], ["y"], transB=1, beta=0.5, alpha=2.0)
    weights = {"W": values(np.float64, 9, 10), "b": values(np.float64, 9)}
    model = model_of([node], ("N", 10), weights, np.float64, 17, 2)
    tiled = tile(model, TileOptions(4, 4, 4))
    for batch in (1, 6):
        assert_same(tiled, {"x": values(np.float64, batch, 10)}, np.float64)


# AlexNet ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alexnet():
    graph = build_graph(read_onnx(ensure_sample("alexnet")).network)
    layers = find_linears(graph)
    return graph, layers, tile_linears(graph, [layer.node for layer in layers], TileOptions())


def test_alexnet_on_the_64_cube(alexnet):
    _, layers, result = alexnet
    assert [(layer.m, layer.k, layer.n) for layer in layers] == [
        (1, 9216, 4096), (1, 4096, 4096), (1, 4096, 1000),
    ]  # fmt: skip
    assert not any(layer.reason for layer in layers)
    after = build_graph(result.network)
    assert after.node_count == 14_506
    # 17 nodes stay; each layer is a Split, its tiles, a Sum for each column, a Concat and a bias.
    counts = Counter(after.op_types)
    assert counts["MatMul"] == 14_336 == 9_216 + 4_096 + 1_024
    assert counts["Split"] == 3
    assert counts["Sum"] == 64 + 64 + 16 == 144
    assert counts["Concat"] == 3
    assert counts["Add"] == 3
    assert len(set(after.names)) == after.node_count
    assert [group.tiling.tiles for group in after.groups] == [9_216, 4_096, 1_024]
    assert [group.kind for group in after.groups] == [GroupKind.TILED] * 3


def test_alexnets_weights_are_cut_without_a_byte_lost(alexnet):
    graph, _, result = alexnet
    before = sum(weight.nbytes for weight in graph.network.weights.values())
    after = sum(weight.nbytes for weight in result.network.weights.values())
    sizes = {weight.name: weight.nbytes for weight in result.network.weights.values()}
    cuts = sum(size for name, size in sizes.items() if name.endswith("_sizes"))
    # The Splits' sizes: 144, 64 and 64 numbers of 8 bytes.
    assert cuts == 8 * (144 + 64 + 64)
    assert after - cuts == before == 244_403_360
    # The last layer's 1000 columns are 15 blocks of 64 and one of 40.
    ragged = [w.shape for w in result.network.weights.values() if w.name.endswith("_n15_k0")]
    assert ragged == [(64, 64), (64, 64), (64, 40)]


def test_alexnets_sum_of_all_weights_stays(alexnet):
    graph, layers, result = alexnet
    last = graph.network.weights[graph.protos[layers[2].node].input[1]]
    blocks = [
        weight
        for name, weight in result.network.weights.items()
        if weight.nbytes and getattr(weight.source, "base", None) is last
    ]
    assert len(blocks) == 1024
    total = math.fsum(float(block.array().sum(dtype=np.float64)) for block in blocks)
    assert total == pytest.approx(float(last.array().sum(dtype=np.float64)), rel=1e-12)


def test_alexnets_map_leads_from_every_old_node(alexnet):
    graph, layers, result = alexnet
    replaced = {layer.node for layer in layers}
    new = [result.new_nodes(old) for old in range(graph.node_count)]
    assert sorted(node for group in new for node in group) == list(range(14_506))
    assert {old for old, group in enumerate(new) if len(group) > 1} == replaced
    assert result.label == "Tile 3 Linear layers to 64×64×64"
    for old, group in enumerate(new):
        if old not in replaced:
            assert result.network.nodes[group[0]] is graph.network.nodes[old]


def test_alexnet_computes_the_same(alexnet, tmp_path):
    _, _, result = alexnet
    target = tmp_path / "tiled.onnx"
    save_atomic(result.network, target)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    image = np.random.default_rng(3).standard_normal((1, 3, 224, 224), dtype=np.float32)
    left, right = (
        onnxruntime.InferenceSession(path, options).run(None, {"input": image})[0]
        for path in (ensure_sample("alexnet"), target)
    )
    assert left.std() > 1e-3
    np.testing.assert_allclose(right, left, atol=1e-5 * np.abs(left).max(), rtol=0)


def test_a_tiled_model_is_not_tiled_again(alexnet):
    _, _, result = alexnet
    assert find_linears(build_graph(result.network)) == ()


# Weights ---------------------------------------------------------------------------------------

TWICE = """<ir_version: 8, opset_import: ["": 17]>
    m (float[3, 8] x) => (float[3, 8] y{extra}) <float[8, 8] W> {{
      [one] h = MatMul(x, W)
      [two] y = MatMul(h, W)
    }}"""


def with_weight(text, listed=False):
    model = onnx.parser.parse_model(text.replace("<float[8, 8] W>", ""))
    model.graph.initializer.append(numpy_helper.from_array(values(np.float32, 8, 8), "W"))
    if listed:
        model.graph.input.append(helper.make_tensor_value_info("W", TensorProto.FLOAT, [8, 8]))
    return model


def initializers(tiled):
    return {t.name for t in tiled.right.graph.initializer}


def test_a_weight_stays_while_another_layer_reads_it(tile):
    model = with_weight(TWICE.format(extra=""))
    assert "W" in initializers(tile(model, nodes=[0]))
    both = tile(model)
    assert "W" not in initializers(both)
    assert len(both.after.groups) == 2
    assert_same(both, {"x": values(np.float32, 3, 8)}, np.float32)


def test_a_weight_stays_that_is_an_output_too(tile):
    tiled = tile(with_weight(TWICE.format(extra=", float[8, 8] W")))
    assert "W" in initializers(tiled)
    assert_same(tiled, {"x": values(np.float32, 3, 8)}, np.float32)


def test_a_weight_stays_that_a_body_reads(tile):
    model = with_weight("""<ir_version: 8, opset_import: ["": 17]>
        m (float[3, 8] x, bool c) => (float[3, 8] y) {
          h = MatMul(x, W)
          y = If(c) <then_branch = t () => (float[3, 8] a) { a = MatMul(h, W) },
                     else_branch = e () => (float[3, 8] b) { b = Identity(h) }>
        }""")
    tiled = tile(model)
    assert "W" in initializers(tiled)
    for c in (True, False):
        assert_same(tiled, {"x": values(np.float32, 3, 8), "c": np.array(c)}, np.float32)


def test_weights_listed_among_the_inputs(tile):
    model = with_weight(TWICE.format(extra=""), listed=True)
    model.ir_version = 3
    tiled = tile(model)
    assert [info.name for info in tiled.right.graph.input] == ["x"]
    assert tiled.right.ir_version == 8
    assert_same(tiled, {"x": values(np.float32, 3, 8)}, np.float32)
    kept = tile(model, nodes=[0])
    assert [info.name for info in kept.right.graph.input] == ["x", "W"]


def test_a_weight_of_a_constant_node(tile):
    array = values(np.float32, 9, 10)
    nodes = [
        helper.make_node("Constant", [], ["W"], value=numpy_helper.from_array(array)),
        helper.make_node("MatMul", ["x", "W"], ["y"]),
    ]
    tiled = tile(model_of(nodes, (3, 9), {}, np.float32, 17, 2), TileOptions(4, 4, 4))
    assert_same(tiled, {"x": values(np.float32, 3, 9)}, np.float32)
    # Nobody reads the constant any more.
    assert "Constant" not in tiled.after.op_types
    assert tiled.result.new_nodes(0) == ()


@pytest.mark.parametrize("mode", WeightMode)
def test_a_constant_node_stays_while_somebody_reads_it(tile, mode):
    array = values(np.float32, 8, 8)
    nodes = [
        helper.make_node("Constant", [], ["W"], value=numpy_helper.from_array(array)),
        helper.make_node("MatMul", ["x", "W"], ["h"]),
        helper.make_node("Add", ["h", "W"], ["y"]),
    ]
    tiled = tile(model_of(nodes, (8, 8), {}, np.float32, 17, 2), TileOptions(4, 4, 4, weights=mode))
    assert_same(tiled, {"x": values(np.float32, 8, 8)}, np.float32)
    assert tiled.count("Constant") == 1


# Names -----------------------------------------------------------------------------------------


def test_names_that_are_taken_are_not_used_again(tile):
    weights = {"W": values(np.float32, 8, 8), "fc/W_n0_k0": values(np.float32, 8, 8)}
    nodes = [
        helper.make_node("MatMul", ["x", "W"], ["fc/2DMM_m0_n0_k0_out"], name="fc"),
        helper.make_node("MatMul", ["fc/2DMM_m0_n0_k0_out", "fc/W_n0_k0"], ["y"], name="fc"),
        helper.make_node("Relu", ["y"], ["fc/joined_out"], name="fc/Sum_m0_n0"),
    ]
    model = model_of(nodes, (8, 8), weights, np.float32, 17, 2, ["y", "fc/joined_out"])
    tiled = tile(model)
    assert [group.key for group in tiled.after.groups] == ["fc", "fc_2"]
    made = [name for node in tiled.right.graph.node for name in node.output]
    taken = [*made, *(t.name for t in tiled.right.graph.initializer), "x"]
    assert len(set(taken)) == len(taken)
    new = [node.name for node in tiled.right.graph.node]
    assert len(set(new)) == len(new)


@pytest.mark.parametrize("name", ["", "a|b", "|", "/head/fc.1/Gemm", "a b", "ü/层", "x" * 300])
def test_odd_names(tile, name):
    node = helper.make_node("MatMul", ["x", "W"], ["y"], name=name)
    weights = {"W": values(np.float32, 8, 8)}
    tiled = tile(model_of([node], (8, 8), weights, np.float32, 17, 2))
    (group,) = tiled.after.groups
    assert group.tiling.origin == (name or "MatMul_0",)
    assert len(tiled.after.members(group.id)) == tiled.after.main_count
    assert_same(tiled, {"x": values(np.float32, 8, 8)}, np.float32)
    assert_well_formed(tiled)


def test_names_of_bodies_are_not_used_again(tile):
    model = with_weight(
        """<ir_version: 8, opset_import: ["": 17]>
        m (float[8, 8] x, bool c) => (float[8, 8] y) {
          [fc] h = MatMul(x, W)
          y = If(c) <
            then_branch = t () => (float[8, 8] a) {
              "fc/joined_out" = Relu(h) a = Neg("fc/joined_out") },
            else_branch = e () => (float[8, 8] b) { b = Identity(h) }>
        }""".replace('"fc/joined_out"', "fc_joined")
    )
    inner = model.graph.node[1].attribute[0].g
    inner.node[0].output[0] = inner.node[1].input[0] = "fc/joined_out"
    tiled = tile(model)
    assert "fc/joined_out" not in {n for node in tiled.right.graph.node for n in node.output}
    assert_same(tiled, {"x": values(np.float32, 8, 8), "c": np.array(True)}, np.float32)


# What cannot be tiled --------------------------------------------------------------------------


def reasons(graph):
    return {layer.name: layer.reason for layer in find_linears(graph)}


def test_each_layer_that_cannot_be_tiled_says_why(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17]>
        m (float[3, 4] x, float[4] v, float[4, 4] V, float[2, 3, 4] r, bool c)
          => (float[3, 4] y, a, b, d, e, f, g)
        <float[4, 4] W = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16},
         float[1, 4, 1] cube = {1,2,3,4}, float[4] line = {1,2,3,4}> {
          [fine] y = MatMul(x, W)
          [cube] a = MatMul(r, cube)
          [line] b = MatMul(x, line)
          [vector] d = MatMul(v, W)
          [left] e = Gemm(W, V)
          [open] f = Gemm(x, V)
          [both] h = MatMul(x, V)
          [if] g = If(c) <then_branch = t () => (float[3, 4] p) { [inside] p = MatMul(x, W) },
                          else_branch = u () => (float[3, 4] q) { q = Relu(x) }>
        }""")
    assert reasons(graph) == {
        "fine": "",
        "cube": "its weight has 3 axes instead of 2",
        "line": "its weight has 1 axes instead of 2",
        "vector": "its input has 1 axes; a matrix has 2",
        "left": "its weight is the left operand",
        "open": "its weight is not a constant",
        "inside": "it lies in a control-flow body",
    }
    refused = graph.names.index("vector")
    with pytest.raises(ModelError, match="vector cannot be tiled: its input has 1 axes"):
        tile_linears(graph, [refused], TileOptions())
    with pytest.raises(ModelError, match="if is not a Linear layer") as caught:
        tile_linears(graph, [graph.names.index("if")], TileOptions())
    assert caught.value.hint
    for number in (-1, 10_000):
        with pytest.raises(ModelError, match=f"node {number} is not"):
            tile_linears(graph, [number], TileOptions())
    with pytest.raises(ModelError, match="No layer is chosen"):
        tile_linears(graph, [], TileOptions())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"opset": 6}, "the model's opset 6 is older than 7; convert the model first"),
        ({"kind": "int32"}, "int32 weights are not tiled"),
        ({"rank": None}, "the rank of its input is unknown"),
        ({"rank": (0, 4)}, "its input has no elements"),
        ({"n": 0}, "its weight has no elements"),
        ({"external": True}, "the values of its weight are missing"),
    ],
)
def test_other_reasons(graph_of, change, reason):
    kind = change.get("kind", "float32")
    code = TensorProto.INT32 if kind == "int32" else TensorProto.FLOAT
    weight = numpy_helper.from_array(np.ones((4, change.get("n", 3)), kind), "W")
    if change.get("external"):
        weight.ClearField("raw_data")
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value="gone.bin")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["y"], name="fc")],
        "g",
        [helper.make_tensor_value_info("x", code, change.get("rank", (2, 4)))],
        [helper.make_tensor_value_info("y", code, None)],
        [weight],
    )
    opset = helper.make_opsetid("", change.get("opset", 17))
    assert reasons(graph_of(helper.make_model(graph, opset_imports=[opset]))) == {"fc": reason}


@pytest.mark.parametrize("size", [(0, 1, 1), (1, -1, 1), (1, 1, 0)])
def test_a_unit_without_size_is_refused(size):
    with pytest.raises(ValueError, match="at least 1"):
        TileOptions(*size)


@pytest.mark.parametrize(
    "add",
    ["y = Add(h, V)", "y = Add(h, h)", "u = Add(h, b) y = Mul(u, h)", "y = Sub(h, b)",
     "y = Add(h, column)"],
)  # fmt: skip
def test_what_follows_and_is_not_its_bias(tile, add):
    model = onnx.parser.parse_model(f"""<ir_version: 8, opset_import: ["": 17]>
        m (float[4, 8] x, float[4, 8] V) => (float[4, 8] y)
        <float[8] b = {{1,2,3,4,5,6,7,8}}, float[4, 1] column = {{1,2,3,4}}>
        {{ [mm] h = MatMul(x, W) {add} }}""")
    model.graph.initializer.append(numpy_helper.from_array(values(np.float32, 8, 8), "W"))
    tiled = tile(model)
    assert tiled.after.groups[0].tiling.origin == ("mm",)
    feed = {"x": values(np.float32, 4, 8), "V": values(np.float32, 4, 8, seed=3)}
    assert_same(tiled, feed, np.float32)


# The file --------------------------------------------------------------------------------------


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("mode", WeightMode)
def test_a_reopened_file_has_the_same_groups(tile, tmp_path, padded, mode):
    weights = {"W": values(np.float32, 9, 10), "b": values(np.float32, 10)}
    nodes = [
        helper.make_node("MatMul", ["x", "W"], ["h"], name="fc"),
        helper.make_node("Add", ["h", "b"], ["y"], name="add"),
    ]
    model = model_of(nodes, (6, 9), weights, np.float32, 17, 2)
    tiled = tile(model, TileOptions(4, 4, 4, padded, mode))
    again = build_graph(read_onnx(tmp_path / "tiled.onnx").network)
    assert again.groups == tiled.after.groups
    assert again.marks == tiled.after.marks
    assert again.node_group.tolist() == tiled.after.node_group.tolist()
    assert find_linears(again) == ()


def test_a_second_layer_tiled_later_keeps_the_first_group(tile):
    first = tile(with_weight(TWICE.format(extra="")), nodes=[0])
    (layer,) = find_linears(first.after)
    second = tile_linears(first.after, [layer.node], TileOptions(2, 8, 3))
    graph = build_graph(second.network)
    assert [group.key for group in graph.groups] == ["one", "two"]
    assert graph.groups[0].tiling == first.after.groups[0].tiling
    assert graph.groups[1].tiling.tile_n == 3


def test_the_model_is_not_touched(tile):
    model = with_weight(TWICE.format(extra=""))
    tiled = tile(model)
    assert [node.op_type for node in tiled.before.network.nodes] == ["MatMul", "MatMul"]
    assert list(tiled.before.network.weights) == ["W"]
    assert not tiled.before.network.metadata


def test_progress_and_cancel(graph_of):
    graph = graph_of(with_weight(TWICE.format(extra="")))
    seen = []
    tile_linears(graph, [0, 1], TileOptions(4, 4, 4), lambda *report: seen.append(report))
    assert seen == [(0.0, "Tiling one"), (0.5, "Tiling two")]
    for polls in range(3):
        answers = iter([False] * polls)
        with pytest.raises(Cancelled):
            tile_linears(
                graph, [0, 1], TileOptions(4, 4, 4), cancelled=lambda a=answers: next(a, True)
            )


def test_a_model_in_which_nothing_is_a_linear_layer(graph_of):
    graph = graph_of("""<ir_version: 8, opset_import: ["": 17, "far": 1]>
        m (float[2, 2] x) => (float[2, 2] y) { h = MatMul(x, x) y = far.Gemm(h, h) }""")
    assert find_linears(graph) == ()
