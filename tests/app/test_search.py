from __future__ import annotations

import pytest
from onnx import parser

from inspector.app.search import SearchIndex
from inspector.io.onnx_reader import read_onnx
from inspector.io.samples import ensure_sample
from inspector.model.graph import build_graph
from inspector.model.problems import Cancelled
from inspector.transforms.linear_layers import TileOptions, find_linears
from inspector.transforms.tile_linear import tile_linears


@pytest.fixture(scope="module")
def alexnet():
    return build_graph(read_onnx(ensure_sample("alexnet")).network)


@pytest.fixture(scope="module")
def find(alexnet):
    index = SearchIndex.build(alexnet)
    return lambda query: [alexnet.names[node] for node in index.find(query)]


def named(alexnet, op_type):
    return [name for name, op in zip(alexnet.names, alexnet.op_types, strict=True) if op == op_type]


def test_by_name(find, alexnet):
    name = alexnet.names[0]
    assert name in find(name)
    assert name in find(name.upper())
    assert find("no node is called this") == []


def test_by_operator(find, alexnet):
    # And what reads a tensor that is named after one.
    assert set(named(alexnet, "Gemm")) <= set(find("gemm"))
    assert find("flatten")[0] == named(alexnet, "Flatten")[0]
    assert set(named(alexnet, "MaxPool")) <= set(find("MaxPool"))


def test_by_tensor(find, alexnet):
    tensor = alexnet.protos[0].input[1]
    assert find(tensor) == [alexnet.names[0]]
    output = alexnet.protos[0].output[0]
    assert find(output)[:2] == list(alexnet.names[:2])


@pytest.mark.parametrize("query", ["1x64x55x55", "1X64X55X55", "1×64×55×55"])
def test_by_shape(find, alexnet, query):
    # The first convolution makes it, its Relu reads and makes it, a pooling reads it.
    assert find(query) == list(alexnet.names[:3])


def test_by_attribute(find, alexnet):
    assert find("kernel_shape=[11,11]") == [alexnet.names[0]]
    assert find("strides=[4,4]") == [alexnet.names[0]]
    assert set(find("transb=1")) == set(named(alexnet, "Gemm"))


def test_by_element_type(find, alexnet):
    assert len(find("float32")) == alexnet.node_count


def test_all_words_must_occur(find, alexnet):
    first = find("conv 3×3")
    assert first
    assert set(first) < set(find("conv"))
    assert find("conv strides 1x64x55x55") == [alexnet.names[0]]
    assert find("conv gemm") == []


@pytest.mark.parametrize("query", ["", "   ", "\t"])
def test_an_empty_query_finds_nothing(find, query):
    assert find(query) == []


@pytest.mark.parametrize("query", ["x", "xx", "?x?", "[", "(", "\\", "%", "x" * 5000])
def test_odd_queries_are_plain_text(find, query):
    assert isinstance(find(query), list)


def test_open_sizes_are_found_as_they_are_shown(tmp_path):
    model = parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[batch, 3] x, float[?, 3] z) => (float[batch, 3] y, float[?, 3] u)
        { [named] y = Relu(x) [unnamed] u = Relu(z) }""")
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    index = SearchIndex.build(build_graph(read_onnx(path).network))
    assert index.find("batchx3") == index.find("batch×3") == [0]
    assert index.find("?x3") == [1]


def test_a_tile_is_found_by_its_block(alexnet):
    layers = [layer.node for layer in find_linears(alexnet)]
    graph = build_graph(tile_linears(alexnet, layers, TileOptions()).network)
    index = SearchIndex.build(graph)
    found = index.find("2dmm_m0_n63_k143")
    assert [graph.marks[node].block for node in found if graph.op_types[node] == "MatMul"] == [
        (0, 63, 143)
    ]


def test_a_cancel_stops(alexnet):
    with pytest.raises(Cancelled):
        SearchIndex.build(alexnet, lambda: True)
