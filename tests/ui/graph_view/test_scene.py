"""Scenes: which items there are, what they stand for, and where they lie."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from inspector.layout import curve_bounds
from inspector.model.graph import Graph
from inspector.model.groups import Role
from inspector.ui.graph_view.kinds import ItemKind
from inspector.ui.graph_view.painting_edges import place_labels
from inspector.ui.graph_view.scene import Scene, build_scene, foldable_groups
from inspector.ui.graph_view.tiles import group_detail, group_title, short_count, short_name


def count(scene: Scene, kind: ItemKind) -> int:
    return int((scene.kind == kind).sum())


def names_of_edges(scene: Scene) -> set[tuple[str, str]]:
    def name(item: int) -> str:
        node, tensor = int(scene.node[item]), int(scene.tensor[item])
        return scene.graph.names[node] if node >= 0 else scene.graph.tensor_names[tensor]

    pairs = zip(scene.edge_src.tolist(), scene.edge_dst.tolist(), strict=True)
    return {(name(a), name(b)) for a, b in pairs}


def test_plain_graph_folds_constants(branches: Graph) -> None:
    scene = build_scene(branches)
    assert count(scene, ItemKind.NODE) == 6
    assert count(scene, ItemKind.INPUT) == count(scene, ItemKind.OUTPUT) == 1
    assert count(scene, ItemKind.CONSTANT) == 0
    constant, reader = branches.names.index("constant"), branches.names.index("scale")
    assert scene.node_item[constant] == scene.node_item[reader]
    assert names_of_edges(scene) == {
        ("x", "relu"),
        ("relu", "left"),
        ("relu", "right"),
        ("left", "join"),
        ("right", "join"),
        ("join", "scale"),
        ("scale", "weigh"),
        ("weigh", "y"),
    }


def test_constants_shown(branches: Graph) -> None:
    scene = build_scene(branches, show_constants=True)
    assert count(scene, ItemKind.CONSTANT) == 2
    edges = names_of_edges(scene)
    assert {("constant", "scale"), ("w", "weigh")} <= edges


def test_items_of_one_level_do_not_overlap(branches: Graph) -> None:
    scene = build_scene(branches, show_constants=True)
    for a, b in combinations(range(scene.size), 2):
        ax, ay, aw, ah = scene.rect(a)
        bx, by, bw, bh = scene.rect(b)
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


def test_folded_layer_is_one_mosaic(make_tiled) -> None:
    graph = make_tiled()
    scene = build_scene(graph)
    assert count(scene, ItemKind.MOSAIC) == 1
    assert count(scene, ItemKind.NODE) == 2
    (item,) = scene.mosaics
    mosaic = scene.mosaics[item]
    assert mosaic.table.shape == (1, 2, 3)
    inside = list(graph.marks)
    assert (scene.node_item[inside] == item).all()
    assert scene.edge_src.size == 4


@pytest.mark.parametrize(
    ("m", "k", "n", "split"),
    [(1, 12, 8, False), (9, 12, 8, False), (1, 10, 7, True), (9, 10, 7, True)],
)
def test_every_tile_is_found_where_its_cell_is(make_tiled, m, k, n, split) -> None:
    graph = make_tiled(m, k, n, split=split)
    scene = build_scene(graph)
    table = next(iter(scene.tables.values()))
    assert table.shape == (-(-m // 4), 2, 3)
    for node in table.role_nodes(Role.TILE):
        left, top, width, height = scene.node_boxes[node]
        assert scene.node_at(left + width / 2, top + height / 2) == node
        _, block_n, block_k = graph.marks[node].block
        assert f"n{block_n}_k{block_k}" in graph.names[node]
    for role in (Role.SPLIT, Role.SUM, Role.CONCAT, Role.BIAS):
        first = table.first(role)
        left, top, width, height = scene.node_boxes[first]
        found = scene.node_at(left + width / 2, top + height / 2)
        assert graph.marks[found].role is role


@pytest.mark.parametrize(
    ("m", "k", "n", "split"),
    [
        (1, 12, 8, False),
        (9, 12, 8, False),
        (1, 12, 8, True),
        (9, 4, 8, False),
        (1, 4, 4, False),
        (9, 12, 4, False),
    ],
)
def test_unfolded_layer_has_every_node_once_and_apart(make_tiled, m, k, n, split) -> None:
    graph = make_tiled(m, k, n, split=split)
    scene = build_scene(graph, foldable_groups(graph))
    marked = sorted(graph.marks)
    items = scene.node_item[marked]
    assert (scene.node[items] == marked).all()
    frame = next(iter(scene.grids))
    fx, fy, fw, fh = scene.rect(frame)
    for item in items.tolist():
        x, y, w, h = scene.rect(item)
        assert fx <= x and x + w <= fx + fw and fy <= y and y + h <= fy + fh
    for a, b in combinations(items.tolist(), 2):
        ax, ay, aw, ah = scene.rect(a)
        bx, by, bw, bh = scene.rect(b)
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


def test_grid_stands_in_the_order_of_the_weight(make_tiled) -> None:
    graph = make_tiled()
    scene = build_scene(graph, foldable_groups(graph))
    table = next(iter(scene.tables.values()))
    boxes = scene.node_boxes[table.tiles[0]]
    assert (np.diff(boxes[:, :, 0], axis=1) > 0).all()
    assert (np.diff(boxes[:, :, 1], axis=0) > 0).all()
    sums = scene.node_boxes[table.sums[0]]
    assert (sums[:, 0] > boxes[:, -1, 0] + boxes[:, -1, 2]).all()
    split = scene.node_boxes[table.first(Role.SPLIT)]
    assert split[1] + split[3] < boxes[:, :, 1].min()


def test_tile_path_starts_at_the_split_and_ends_at_the_sum(make_tiled) -> None:
    graph = make_tiled()
    scene = build_scene(graph, foldable_groups(graph))
    frame, grid = next(iter(scene.grids.items()))
    path = grid.path_of(0, 1, 2) + np.tile(scene.rect(frame)[:2], 2)
    split = scene.node_boxes[grid.table.first(Role.SPLIT)]
    tile = scene.node_boxes[grid.table.tiles[0, 1, 2]]
    total = scene.node_boxes[grid.table.sums[0, 1]]
    assert path[0, 1] == split[1] + split[3]
    assert tuple(path[2, 2:]) == (tile[0] + tile[2] / 2, tile[1])
    assert tuple(path[-1, 2:]) == (total[0], total[1] + total[3] / 2)


def test_control_flow_folded_and_open(control: Graph) -> None:
    owner = control.names.index("choice")
    folded = build_scene(control)
    assert count(folded, ItemKind.FOLDED) == 1
    inner = [control.names.index(f"inner{i}") for i in (1, 2, 3)]
    assert (folded.node_item[inner] == folded.node_item[owner]).all()
    assert ("first", "choice") in names_of_edges(folded)

    opened = build_scene(control, foldable_groups(control))
    assert count(opened, ItemKind.CONTAINER) == 3
    assert (opened.node[opened.node_item[inner]] == inner).all()
    assert {("first", "inner1"), ("first", "inner3")} <= names_of_edges(opened)
    frame = opened.rect(int(opened.node_item[owner]))
    for node in inner:
        x, y, w, h = opened.node_boxes[node]
        assert frame[0] < x and x + w < frame[0] + frame[2]
        assert frame[1] < y and y + h < frame[1] + frame[3]


def test_flattened_curves_join_the_ends_and_stay_in_bounds(branches: Graph) -> None:
    routes = build_scene(branches).routes
    left, _, right, _ = curve_bounds(routes.points, routes.offsets)
    for edge in range(routes.offsets.size - 1):
        lines = routes.segments[routes.starts[edge] : routes.starts[edge + 1]]
        line = routes.polyline(edge)
        assert lines[0, :2] == pytest.approx(line[0])
        assert lines[-1, 2:] == pytest.approx(line[-1])
        assert lines[1:, :2] == pytest.approx(lines[:-1, 2:])
        assert lines[:, [0, 2]].min() >= left[edge] - 1e-9
        assert lines[:, [0, 2]].max() <= right[edge] + 1e-9
        assert routes.distance(edge, *line[0]) == pytest.approx(0.0, abs=1e-6)


def test_one_label_below_a_node_whose_value_has_two_readers(branches: Graph) -> None:
    scene = build_scene(branches)
    labels = place_labels(scene)
    relu = int(scene.node_item[branches.names.index("relu")])
    own = [int(e) for e in labels.edge if scene.edge_src[e] == relu]
    assert len(own) == 1


def test_words(make_tiled) -> None:
    (group,) = make_tiled(k=9216, n=64, tile=64).groups
    assert group_title(group) == "fc.1 · Linear 1×9216×64"
    assert group.tiling is not None
    assert group_detail(group.tiling) == (
        "144 × 1 = 144 tiles of 64×64 · 590 K MACs · utilisation 25.0 %"
    )
    assert [short_count(v) for v in (999, 1_000, 37_748_736, 714_188_480, 1.5e9)] == [
        "999",
        "1.00 K",
        "37.7 M",
        "714 M",
        "1.50 G",
    ]
    assert short_name("/classifier/classifier.1/Gemm") == "classifier.1"
    assert short_name("/features/features.3/Conv") == "Conv"
