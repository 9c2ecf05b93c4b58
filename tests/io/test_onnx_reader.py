from __future__ import annotations

import contextlib
import gzip
import io
import pickle
import re
import resource
import warnings
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper, parser

from inspector.analysis.attributes import headline, node_attributes
from inspector.analysis.checks import structural_problems
from inspector.analysis.figures import compute_figures
from inspector.io.onnx_reader import read_onnx
from inspector.io.onnx_writer import save_atomic
from inspector.io.wire import length_prefix
from inspector.model.graph import build_graph
from inspector.model.problems import Cancelled, ModelError, Severity
from inspector.model.weights import FileSlice, Inline, WeightUnavailable

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"
SMALL = [
    path
    for folder in ("light", "simple", "pytorch-converted", "pytorch-operator")
    for path in sorted((DATA / folder).rglob("*.onnx"))
    if path.stat().st_size < 1 << 22
]


def same(left: onnx.ModelProto, right: onnx.ModelProto) -> bool:
    """Equal byte for byte; a comparison of messages would find NaN different from itself."""
    return left.SerializeToString(deterministic=True) == right.SerializeToString(deterministic=True)


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.parent.name)
def test_onnxs_own_test_models_come_back_as_they_were(path, tmp_path):
    opened = read_onnx(path)
    copy = tmp_path / "copy.onnx"
    save_atomic(opened.network, copy)
    expected = onnx.load(path)
    assert same(onnx.load(copy), expected)
    graph = build_graph(opened.network)
    assert graph.main_count == len(expected.graph.node)
    for tensor in expected.graph.initializer:
        weight = opened.network.weights[tensor.name]
        np.testing.assert_array_equal(weight.array(), numpy_helper.to_array(tensor))
        assert weight.nbytes == numpy_helper.to_array(tensor).nbytes
    # Some are made for tests of the checker; all have figures and attributes to show.
    compute_figures(graph)
    for node, proto in enumerate(graph.protos):
        node_attributes(proto, opened.network.opsets)
        headline(graph, node)


@pytest.fixture(scope="module")
def node_models():
    """One model of every operator that onnx has a test for."""
    from onnx.backend.test.case.node import collect_testcases

    found = {}
    with warnings.catch_warnings():
        # Their expected values are computed too, some of them on purpose out of range.
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in cases:
        if case.model is not None and len(case.model.graph.node):
            found.setdefault(case.model.graph.node[0].op_type, case.model)
    return found


@pytest.mark.slow
def test_one_model_of_every_operator_comes_back_as_it_was(node_models, tmp_path):
    assert len(node_models) > 150
    source, copy = tmp_path / "node.onnx", tmp_path / "copy.onnx"
    for op_type, model in node_models.items():
        source.write_bytes(model.SerializeToString())
        network = read_onnx(source).network
        copy.write_bytes(b"")
        save_atomic(network, copy)
        assert same(onnx.load(copy), model), op_type
        compute_figures(build_graph(network))


def test_big_weights_stay_in_the_file_and_small_ones_do_not(linear, network_of):
    network = network_of(linear)
    sources = {name: type(weight.source) for name, weight in network.weights.items()}
    assert sources == {"W1": FileSlice, "b1": Inline, "W2": FileSlice}
    assert not network.header.graph.initializer
    assert not network.header.graph.node
    for tensor in linear.graph.initializer:
        np.testing.assert_array_equal(
            network.weights[tensor.name].array(), numpy_helper.to_array(tensor)
        )


def test_what_the_model_says_of_itself_is_kept(linear, network_of):
    network = network_of(linear)
    assert network.header.producer_name == "tests"
    assert network.header.graph.doc_string == "a test"
    assert network.metadata == {"author": "nobody"}
    assert network.opset == 17
    assert [node.op_type for node in network.nodes] == ["Gemm", "Cast", "MatMul"]


@pytest.mark.parametrize("listed", [False, True])
def test_initializers_listed_or_not_among_the_inputs(linear, network_of, listed):
    if listed:
        for tensor in linear.graph.initializer:
            info = helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            linear.graph.input.append(info)
    network = network_of(linear)
    assert [info.name for info in network.inputs] == ["x"]
    assert list(network.weights) == ["W1", "b1", "W2"]
    assert len(build_graph(network).tensor_names) == 7


def test_an_opset_1_model_without_opset_import(tmp_path):
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"], consumed_inputs=[0])],
        "old",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])],
    )
    path = tmp_path / "old.onnx"
    # The first files did not say the types of attributes either.
    graph.node[0].attribute[0].ClearField("type")
    path.write_bytes(onnx.ModelProto(ir_version=1, graph=graph).SerializeToString())
    network = read_onnx(path).network
    assert network.opset == 1
    rows = node_attributes(network.nodes[0], network.opsets)
    assert [(row.name, row.value) for row in rows] == [("consumed_inputs", "[0]")]


def test_custom_domains_and_local_functions_are_read(network_of):
    model = parser.parse_model("""<ir_version: 8, opset_import: ["": 17, "mine": 1, "far": 3]>
        m (float[2] x) => (float[2] y) { h = mine.Twice(x) y = far.Unheard <a = 1>(h) }
        <domain: "mine", opset_import: ["": 17]> Twice (a) => (b) { b = Add(a, a) }""")
    network = network_of(model)
    assert [(f.domain, f.name) for f in network.functions] == [("mine", "Twice")]
    graph = build_graph(network)
    assert graph.op_types == ("Twice", "Unheard")
    (problem,) = structural_problems(graph)
    assert problem.node == 1
    assert "Unheard of domain far" in problem.message


def test_a_model_without_nodes_is_shown_and_says_so(network_of, tmp_path):
    model = parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2] x) => (float[2] x) { }""")
    network_of(model)
    (problem,) = read_onnx(tmp_path / "model.onnx").problems
    assert problem.severity is Severity.WARNING
    assert "no nodes" in problem.message


def test_two_initializers_of_one_name_are_told(linear, network_of, tmp_path):
    linear.graph.initializer.append(numpy_helper.from_array(np.ones(3, np.float32), "W1"))
    network = network_of(linear)
    assert network.weights["W1"].shape == (3,)
    messages = [problem.message for problem in read_onnx(tmp_path / "model.onnx").problems]
    assert messages == ["Two initializers are called 'W1'; the last one counts."]


def test_nodes_apart_from_each_other_keep_their_order(tmp_path):
    """Fields of a message may come in any order; so nodes may lie between weights."""
    path = tmp_path / "mixed.onnx"
    pieces = []
    for i in range(4):
        piece = onnx.GraphProto(node=[helper.make_node("Relu", [f"t{i}"], [f"t{i + 1}"])])
        piece.initializer.append(numpy_helper.from_array(np.full(600, i, np.float32), f"w{i}"))
        pieces.append(piece.SerializeToString())
    graph = b"".join(pieces)
    model = onnx.ModelProto(ir_version=8).SerializeToString()
    path.write_bytes(model + length_prefix(7, len(graph)) + graph)
    network = read_onnx(path).network
    assert [node.input[0] for node in network.nodes] == ["t0", "t1", "t2", "t3"]
    assert [int(w.array()[0]) for w in network.weights.values()] == [0, 1, 2, 3]


def test_progress_ends_at_one_and_a_cancel_stops(tmp_path):
    nodes = [helper.make_node("Relu", [f"t{i}"], [f"t{i + 1}"]) for i in range(2000)]
    path = tmp_path / "long.onnx"
    path.write_bytes(helper.make_model(helper.make_graph(nodes, "g", [], [])).SerializeToString())
    seen = []
    assert len(read_onnx(path, lambda fraction, text: seen.append(fraction)).network.nodes) == 2000
    assert seen == sorted(seen)
    assert len(seen) >= 4
    assert 0.9 < seen[-1] <= 1
    with pytest.raises(Cancelled):
        read_onnx(path, cancelled=lambda: True)


# External data ---------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
def test_external_data_reads_as_onnx_reads_it(linear, tmp_path, together):
    path = tmp_path / "external.onnx"
    onnx.save_model(
        linear,
        path,
        save_as_external_data=True,
        all_tensors_to_one_file=together,
        location="weights.bin" if together else None,
        size_threshold=100,
    )
    opened = read_onnx(path)
    assert not opened.problems
    assert len(list(tmp_path.iterdir())) == (2 if together else 4)
    for tensor in onnx.load(path).graph.initializer:
        weight = opened.network.weights[tensor.name]
        assert isinstance(weight.source, FileSlice)
        assert weight.source.file.path != str(path)
        np.testing.assert_array_equal(weight.array(), numpy_helper.to_array(tensor))


def external_model(location, **entries):
    tensor = TensorProto(name="W", data_type=1, dims=[10, 10], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=str(value))
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "W"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", 1, [1, 10])],
        [helper.make_tensor_value_info("y", 1, [1, 10])],
        [tensor],
    )
    return helper.make_model(graph)


def only_problem(model, folder):
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    opened = read_onnx(path)
    with pytest.raises(WeightUnavailable):
        opened.network.weights["W"].array()
    (problem,) = opened.problems
    assert problem.severity is Severity.ERROR
    return problem.message


@pytest.fixture
def home(tmp_path):
    """A folder for a model, beside a file that it must not read."""
    (tmp_path / "secret").write_bytes(bytes(400))
    inner = tmp_path / "home"
    inner.mkdir()
    return inner


@pytest.mark.parametrize(
    "location",
    ["../secret", "{up}/secret", "a/../../secret", "a\\..\\..\\secret", "C:\\secret", "", "a\0b"],
)
def test_a_path_out_of_the_models_folder_is_refused(home, location):
    location = location.replace("{up}", str(home.parent))
    message = only_problem(external_model(location), home)
    assert "not allowed" in message or "no name" in message


def test_a_link_out_of_the_models_folder_is_refused(home):
    (home / "link").symlink_to(home.parent / "secret")
    assert "leads out" in only_problem(external_model("link"), home)
    (home / "folder").symlink_to(home.parent)
    assert "leads out" in only_problem(external_model("folder/secret"), home)


def test_a_data_file_in_a_folder_below_is_read(home):
    (home / "data").mkdir()
    values = np.arange(100, dtype=np.float32).reshape(10, 10)
    (home / "data" / "w.bin").write_bytes(b"head" + values.tobytes())
    path = home / "model.onnx"
    model = external_model("data/w.bin", offset=4, length=400)
    path.write_bytes(model.SerializeToString())
    np.testing.assert_array_equal(read_onnx(path).network.weights["W"].array(), values)


def test_a_missing_data_file_is_told_with_what_to_do(home):
    message = only_problem(external_model("w.bin"), home)
    assert "w.bin is not beside the model; put it into" in message
    assert str(home) in message


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({"offset": 4}, "too short"),
        ({"length": 401}, "too short"),
        ({"offset": -4, "length": 400}, "too short"),
        ({"length": -1}, "too short"),
        ({"offset": 2**70, "length": 400}, "too short"),
        ({"offset": "ten"}, "not a number"),
        ({"length": "9" * 5000}, "not a number"),
    ],
)
def test_a_place_that_does_not_fit_the_data_file_is_told(home, entries, expected):
    (home / "w.bin").write_bytes(bytes(400))
    assert expected in only_problem(external_model("w.bin", **entries), home)


def test_a_folder_as_data_file_is_told(home):
    (home / "w.bin").mkdir()
    assert "w.bin" in only_problem(external_model("w.bin"), home)


# Bad files -------------------------------------------------------------------------------------


def refused(path):
    with pytest.raises(ModelError) as caught:
        read_onnx(path)
    assert caught.value.what
    assert caught.value.hint, caught.value.what
    return caught.value.what


def test_missing_file_and_folder(tmp_path):
    assert "does not exist" in refused(tmp_path / "none.onnx")
    assert "is a folder" in refused(tmp_path)
    assert "x" * 20 in refused(tmp_path / ("x" * 300))


def test_empty_file(tmp_path):
    path = tmp_path / "empty.onnx"
    path.touch()
    assert refused(path) == "empty.onnx is empty."


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.pkl", "x" * 100)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"Hello, I am no model at all.\n" * 9, "is not an ONNX model"),
        (b"{}", "is not an ONNX model"),
        (b"\n\n\n\n", "is not an ONNX model"),
        (b"\0" * 4096, "is not an ONNX model"),
        (zipped(), "zip archive"),
        (pickle.dumps({"a": 1}, 2), "Python pickle"),
        (pickle.dumps({"a": 1}), "Python pickle"),
        (gzip.compress(b"x" * 100), "gzip"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS"),
        (b"\x08\x08", "begins like an ONNX model|no graph"),
    ],
)
def test_files_of_another_kind(tmp_path, content, expected):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    assert re.search(expected, refused(path))


@pytest.mark.parametrize("eighth", range(1, 8))
def test_a_file_cut_off(linear, tmp_path, eighth):
    whole = linear.SerializeToString()
    path = tmp_path / "cut.onnx"
    path.write_bytes(whole[: len(whole) * eighth // 8])
    assert "cut.onnx begins like an ONNX model but is damaged or cut off" in refused(path)


def test_a_huge_length_is_refused_without_asking_for_memory(tmp_path):
    path = tmp_path / "huge.onnx"
    path.write_bytes(b"\x08\x08\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + b"\x0a\x02ab")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "damaged or cut off" in refused(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000


def test_a_file_that_may_not_be_read(linear, tmp_path, monkeypatch):
    path = tmp_path / "model.onnx"
    path.write_bytes(linear.SerializeToString())

    def denied(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)
    assert "Permission denied" in refused(path)


SEED_MODEL = parser.parse_model("""<ir_version: 8, opset_import: ["": 17, "mine": 1],
    metadata_props: ["graph-inspector.groups": "{}"]>
    m (float[1, 3, 8, 8] x, bool c) => (float[1, 2] y)
    <float[4, 3, 3, 3] W, int64[2] shape = {1, 144}> {
      h = Conv <kernel_shape = [3, 3], strides = [1, 1]> (x, W)
      f = Reshape(h, shape)
      k = Constant <value = float[2] {1, 2}> ()
      y = If (c) <then_branch = t () => (float[1, 2] a) { a = mine.Twice(k) },
                  else_branch = e () => (float[1, 2] b)
                  { b = Einsum <equation = "ij,jk->ik"> (f, k) }>
    }
    <domain: "mine", opset_import: ["": 17]> Twice (a) => (b) { b = Add(a, a) }""")
SEED_MODEL.graph.initializer.append(
    numpy_helper.from_array(np.ones((4, 3, 3, 3, 10), np.float32), "W")
)
SEED = SEED_MODEL.SerializeToString()
VALUES = SEED.index(b"\0\0\x80\x3f" * 1080)
PLACES = [i for i in range(len(SEED)) if not VALUES <= i < VALUES + 4320]
"""Where damage hits the structure rather than the values of W."""


def look_at_everything(path):
    """What the window does with a model that has been read."""
    opened = read_onnx(path)
    graph = build_graph(opened.network)
    structural_problems(graph)
    figures = compute_figures(graph)
    for node, proto in enumerate(graph.protos):
        node_attributes(proto, opened.network.opsets)
        headline(graph, node)
        figures.explain(node)
    for weight in graph.weights.values():
        with contextlib.suppress(WeightUnavailable):
            weight.array()
    for kind in graph.tensor_types:
        kind.text()


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.integers(0, 255)), min_size=1, max_size=6))
@settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_model_raises_nothing_but_model_errors(tmp_path, changes):
    damaged = bytearray(SEED)
    for place, value in changes:
        damaged[place] = value
    path = tmp_path / "damaged.onnx"
    path.write_bytes(damaged)
    try:
        look_at_everything(path)
    except ModelError as error:
        assert error.hint


@given(st.sampled_from(PLACES), st.binary(max_size=12), st.integers(0, 12))
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_bytes_put_in_or_taken_out_raise_nothing_but_model_errors(tmp_path, at, insert, gone):
    path = tmp_path / "damaged.onnx"
    path.write_bytes(SEED[:at] + insert + SEED[at + gone :])
    try:
        look_at_everything(path)
    except ModelError as error:
        assert error.hint


@given(st.binary(max_size=400))
@example(b"\x08\x08\x3a\x00")
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_bytes_raise_nothing_but_model_errors(tmp_path, content):
    path = tmp_path / "random.onnx"
    path.write_bytes(content)
    try:
        look_at_everything(path)
    except ModelError as error:
        assert error.hint
