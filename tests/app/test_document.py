from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import numpy_helper, parser

from inspector.analysis.figures import Convention, compute_figures
from inspector.app.document import Document, Revision
from inspector.io.onnx_reader import read_onnx
from inspector.model.graph import build_graph
from inspector.model.problems import Problem, Severity
from inspector.transforms.linear_layers import TileOptions, find_linears
from inspector.transforms.tile_linear import tile_linears

PROBLEM = Problem(Severity.WARNING, "look here", 0)


@pytest.fixture
def graph(tmp_path):
    model = parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        m (float[2, 8] x) => (float[2, 8] y) <float[2, 8] h>
        { [one] h = MatMul(x, W) [two] y = MatMul(h, W) }""")
    model.graph.initializer.append(numpy_helper.from_array(np.ones((8, 8), np.float32), "W"))
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return build_graph(read_onnx(path).network)


@pytest.fixture
def document(graph, qapp):
    return Document(Path("model.onnx"), Revision(graph, "Open"))


def tiled(graph, name):
    node = next(layer.node for layer in find_linears(graph) if layer.name == name)
    result = tile_linears(graph, [node], TileOptions(2, 4, 4))
    return Revision(build_graph(result.network), result.label, origin=result)


def test_a_new_document_shows_what_was_opened(document, graph):
    assert document.graph is document.opened.graph is graph
    assert document.revision.network is graph.network
    assert not document.is_modified
    assert document.figures is None
    assert document.convention is None


def test_apply_undo_and_redo_tell_each_once(document, graph, qtbot):
    revision = tiled(graph, "one")
    with qtbot.waitSignals([document.revision_changed, document.title_changed], timeout=1000):
        document.apply(revision)
    assert document.graph is revision.graph
    assert document.is_modified
    assert document.undo_stack.undoText() == "Tile 1 Linear layer to 2×4×4"
    seen = []
    document.revision_changed.connect(lambda: seen.append(document.graph))
    with qtbot.waitSignal(document.revision_changed, timeout=1000):
        document.undo_stack.undo()
    assert not document.is_modified
    assert document.undo_stack.redoText() == "Tile 1 Linear layer to 2×4×4"
    with qtbot.waitSignal(document.revision_changed, timeout=1000):
        document.undo_stack.redo()
    assert seen == [graph, revision.graph]


def test_two_steps_go_back_one_by_one(document, graph):
    first = tiled(graph, "one")
    document.apply(first)
    second = tiled(first.graph, "two")
    document.apply(second)
    assert len(document.graph.groups) == 2
    document.undo_stack.undo()
    assert document.revision is first
    document.undo_stack.undo()
    assert document.graph is graph
    assert not document.undo_stack.canUndo()
    document.undo_stack.setIndex(2)
    assert document.revision is second


def test_a_change_after_undo_drops_what_was_undone(document, graph):
    document.apply(tiled(graph, "one"))
    document.undo_stack.undo()
    other = tiled(graph, "two")
    document.apply(other)
    assert document.revision is other
    assert not document.undo_stack.canRedo()
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.graph is graph


def test_saving_marks_the_shown_revision_as_clean(document, graph, qtbot):
    revision = tiled(graph, "one")
    document.apply(revision)
    document.is_sample = True
    with qtbot.waitSignal(document.title_changed, timeout=1000):
        document.set_saved(Path("other.onnx"))
    assert document.path == Path("other.onnx")
    assert not document.is_sample
    assert not document.is_modified
    document.undo_stack.undo()
    assert document.is_modified
    document.undo_stack.redo()
    assert not document.is_modified


def test_a_saved_state_that_is_dropped_stays_unsaved(document, graph):
    document.apply(tiled(graph, "one"))
    document.set_saved(Path("a.onnx"))
    document.undo_stack.undo()
    document.apply(tiled(graph, "two"))
    assert document.is_modified
    document.undo_stack.undo()
    assert document.is_modified


def test_what_is_found_out_later_reaches_its_revision(document, graph, qtbot):
    figures = compute_figures(graph, Convention.TRUE)
    with qtbot.assertNotEmitted(document.revision_changed):
        with qtbot.waitSignal(document.figures_changed, timeout=1000):
            document.update(graph, figures=figures)
        with qtbot.waitSignal(document.problems_changed, timeout=1000):
            document.update(graph, problems=(PROBLEM,))
    assert document.figures is figures
    assert document.convention is Convention.TRUE
    assert document.revision.problems == (PROBLEM,)
    with qtbot.waitSignal(document.problems_changed, timeout=1000):
        document.update(graph, problems=())
    assert document.revision.problems == ()
    assert document.figures is figures


def test_more_types_replace_the_graph_but_not_its_nodes(document, graph, qtbot):
    again = build_graph(graph.network)
    with (
        qtbot.waitSignal(document.types_changed, timeout=1000),
        qtbot.assertNotEmitted(document.revision_changed),
    ):
        document.update(graph, new_graph=again)
    assert document.graph is again
    # The old graph is no longer anybody's.
    with qtbot.assertNotEmitted(document.problems_changed):
        document.update(graph, problems=(PROBLEM,))
    assert document.revision.problems == ()


def test_findings_on_a_hidden_revision_are_kept_quietly(document, graph, qtbot):
    document.apply(tiled(graph, "one"))
    figures = compute_figures(graph)
    with qtbot.assertNotEmitted(document.figures_changed):
        document.update(graph, figures=figures)
    assert document.figures is None
    document.undo_stack.undo()
    assert document.figures is figures
