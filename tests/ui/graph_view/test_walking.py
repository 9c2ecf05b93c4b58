"""Walking by keys in scenes, without a canvas."""

from __future__ import annotations

from inspector.model.graph import Graph
from inspector.model.groups import Role
from inspector.ui.graph_view.scene import build_scene, foldable_groups
from inspector.ui.graph_view.selection import NOTHING, Selection
from inspector.ui.graph_view.walking import Walker


def one(graph: Graph, name: str) -> Selection:
    return Selection(nodes=(graph.names.index(name),))


def test_up_and_down_the_graph(branches: Graph) -> None:
    walker = Walker(build_scene(branches))
    x, y = (branches.tensor_names.index(name) for name in "xy")
    assert walker.down(Selection(tensor=x)) == one(branches, "relu")
    assert walker.up(one(branches, "relu")) == Selection(tensor=x)
    assert walker.down(one(branches, "relu")) == one(branches, "left")
    assert walker.down(one(branches, "weigh")) == Selection(tensor=y)
    assert walker.up(Selection(tensor=y)) == one(branches, "weigh")
    assert walker.up(one(branches, "scale")) == one(branches, "join")


def test_sideways_to_what_stands_beside(branches: Graph) -> None:
    scene = build_scene(branches)
    walker = Walker(scene)
    left, right = one(branches, "left"), one(branches, "right")
    if scene.node_boxes[left.nodes[0], 0] > scene.node_boxes[right.nodes[0], 0]:
        left, right = right, left
    assert walker.sideways(left, 1) == right
    assert walker.sideways(right, -1) == left
    assert walker.sideways(right, 1) == NOTHING


def test_first_and_last(branches: Graph) -> None:
    walker = Walker(build_scene(branches))
    assert walker.first() == one(branches, "relu")
    assert walker.last() == one(branches, "weigh")


def test_blocks_of_a_layer_in_order(make_tiled) -> None:
    graph = make_tiled()
    for opened in (frozenset(), foldable_groups(graph)):
        scene = build_scene(graph, opened)
        walker, table = Walker(scene), scene.tables[0]
        at = Selection(nodes=(int(table.tiles[0, 0, 2]),))
        assert walker.sideways(at, 1).nodes == (table.tiles[0, 1, 0],)
        assert walker.sideways(at, -1).nodes == (table.tiles[0, 0, 1],)
        assert walker.down(at).nodes == (table.sums[0, 0],)
        assert walker.up(at).nodes == (table.first(Role.SPLIT),)


def test_a_folded_operator_stands_for_its_bodies(control: Graph) -> None:
    folded = Walker(build_scene(control))
    assert folded.down(one(control, "first")) == one(control, "choice")
    opened = Walker(build_scene(control, foldable_groups(control)))
    assert opened.down(one(control, "first")) in (one(control, "inner1"), one(control, "inner3"))
    assert opened.up(one(control, "inner1")) == one(control, "first")
    assert opened.down(one(control, "inner1")) == one(control, "inner2")
