"""Nodes coloured by a figure: the scale, roll-ups, what is painted, and the legend."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from inspector.model.groups import Role
from inspector.ui.graph_view.heat import NONE, UNKNOWN, NodeValues, make_heat, short_value
from inspector.ui.graph_view.ink import LEVELS, ZERO, is_light, make_ink, sequential
from inspector.ui.graph_view.scene import build_scene
from inspector.ui.graph_view.view import View, centred
from inspector.ui.theme import DARK, LIGHT


def show(qtbot, canvas, graph) -> None:
    with qtbot.waitSignal(canvas.scene_ready):
        canvas.show_graph(graph)


def look_at(canvas, node: int, scale: float) -> None:
    left, top, width, height = canvas.scene.node_boxes[node]
    size = canvas.viewport().size()
    canvas.set_view(centred(left + width / 2, top + height / 2, scale, size.width(), size.height()))


def colour_in(canvas, node: int, across: float, down: float = 0.5) -> QColor:
    """The pixel at a share of the width and height of a node's box."""
    left, top, width, height = canvas.scene.node_boxes[node]
    x, y = canvas.view.to_screen(left + across * width, top + down * height)
    picture = canvas.grab().toImage()
    ratio = picture.devicePixelRatio()
    return picture.pixelColor(int(x * ratio), int(y * ratio))


def contrast(a: QColor, b: QColor) -> float:
    def luminance(colour: QColor) -> float:
        parts = [colour.redF(), colour.greenF(), colour.blueF()]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_small_range_is_linear_and_zero_and_unknown_are_marks_of_their_own(branches) -> None:
    values = np.array([10.0, 20.0, 30.0, 0.0, 0.0, np.nan, 15.0])
    heat = make_heat(NodeValues(values, "MACs", ""), build_scene(branches))
    assert (heat.scale.low, heat.scale.high, heat.scale.log) == (0.0, 30.0, False)
    assert heat.scale.has_zero and heat.has_unknown
    assert heat.scale.levels(values).tolist() == [21, 42, 63, ZERO, ZERO, UNKNOWN, 32]


def test_more_than_two_decades_are_logarithmic(branches) -> None:
    values = np.array([1.0, 10.0, 1000.0, 0.0, 0.0, 1.0, 1.0])
    scale = make_heat(NodeValues(values, "MACs", ""), build_scene(branches)).scale
    assert scale.log and (scale.low, scale.high) == (1.0, 1000.0)
    assert scale.levels(values).tolist()[:4] == [0, 21, LEVELS - 1, ZERO]
    hundred = np.array([1.0, 100.0, 50.0, 1.0, 1.0, 1.0, 1.0])
    assert not make_heat(NodeValues(hundred, "", ""), build_scene(branches)).scale.log


def test_nothing_known_has_no_scale(branches) -> None:
    heat = make_heat(NodeValues(np.full(7, np.nan), "MACs", ""), build_scene(branches))
    assert not heat.scale.has_known and heat.has_unknown
    shown = heat.levels[build_scene(branches).node >= 0]
    assert (shown == UNKNOWN).all()


def test_inputs_and_outputs_have_no_figure(branches) -> None:
    scene = build_scene(branches)
    heat = make_heat(NodeValues(np.arange(7.0), "MACs", ""), scene)
    assert (heat.levels[scene.node < 0] == NONE).all()


def test_a_tiled_layer_shows_the_sum_of_its_nodes(make_tiled) -> None:
    graph = make_tiled()
    scene = build_scene(graph)
    values = np.arange(1.0, graph.node_count + 1)
    heat = make_heat(NodeValues(values, "MACs", ""), scene)
    item = scene.group_item(0)
    assert heat.values[item] == sum(values[node] for node in graph.members(0))
    assert heat.scale.high == heat.values[item]
    table = scene.tables[0]
    assert np.array_equal(heat.blocks[0].values, values[table.tiles])
    unfolded = make_heat(heat.given, build_scene(graph, frozenset({0})))
    assert unfolded.scale == heat.scale


def test_a_sum_that_lacks_nodes_says_so(make_tiled) -> None:
    graph = make_tiled()
    scene = build_scene(graph)
    values = np.full(graph.node_count, 2.0)
    values[graph.members(0)[0]] = np.nan
    heat = make_heat(NodeValues(values, "MACs", ""), scene)
    item, count = scene.group_item(0), len(graph.members(0))
    assert heat.text(item) == f"≥ {2 * (count - 1)}"
    assert heat.fact(-1, item) == f"MACs: at least {2 * (count - 1)}"


def test_a_share_of_a_tiled_layer_is_the_weighted_mean(make_tiled) -> None:
    graph = make_tiled()
    scene = build_scene(graph)
    tiles = scene.tables[0].role_nodes(Role.TILE)
    values, weights = np.full(graph.node_count, np.nan), np.zeros(graph.node_count)
    values[list(tiles)] = [10.0] * 5 + [70.0]
    weights[list(tiles)] = [1.0] * 5 + [5.0]
    heat = make_heat(NodeValues(values, "Utilisation", "%", weights), scene)
    item = scene.group_item(0)
    assert heat.values[item] == pytest.approx(40.0)
    assert heat.text(item) == "40.0 %" and not heat.partial[item]


def test_a_folded_operator_shows_its_own_figure(control) -> None:
    scene = build_scene(control)
    values = np.arange(1.0, control.node_count + 1)
    heat = make_heat(NodeValues(values, "MACs", ""), scene)
    choice = control.names.index("choice")
    assert heat.values[scene.node_item[choice]] == values[choice]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (223_948_800, "", "223.9 M"),
        (4096, "", "4.10 k"),
        (0, "", "0"),
        (1_500_000, "B", "1.50 MB"),
        (1.5625, "%", "1.6 %"),
        (10.96, "MACs/B", "11.0 MACs/B"),
        (0.24937, "", "0.249"),
        (999.7, "", "1.00 k"),
        (123.4, "", "123"),
        (float("nan"), "", "unknown"),
    ],
)
def test_short_values(value: float, unit: str, text: str) -> None:
    assert short_value(value, unit) == text


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("scale", [1.0, 0.4, 0.15, 0.06, 5.0])
def test_every_level_of_detail_is_tinted(qtbot, canvas, branches, theme, scale) -> None:
    canvas.set_theme(theme)
    show(qtbot, canvas, branches)
    node = branches.names.index("join")
    look_at(canvas, node, scale)
    # Right end of a card, all of a box, bottom of a card that fills the view.
    across, down = (0.5, 0.9) if scale == 5.0 else (0.96 if scale >= 0.4 else 0.75, 0.5)
    plain = colour_in(canvas, node, across, down)
    values = np.array([1.0, 20.0, 10.0, 40.0, 1.0, 5.0, 0.0])
    canvas.set_node_values(values, "MACs", "")
    hottest = QColor.fromRgb(int(sequential(np.array([1.0]))[0]))
    assert colour_in(canvas, node, across, down) == hottest
    values = values.copy()
    values[node] = 0.0
    canvas.set_node_values(values, "MACs", "")
    assert colour_in(canvas, node, across, down) == make_ink(theme).levels[ZERO]
    canvas.set_node_values(None)
    assert colour_in(canvas, node, across, down) == plain


@pytest.mark.parametrize("scale", [1.0, 0.15])
def test_the_category_bar_stays(qtbot, canvas, branches, scale) -> None:
    show(qtbot, canvas, branches)
    node = branches.names.index("join")
    look_at(canvas, node, scale)
    canvas.set_node_values(np.arange(7.0), "MACs", "")
    assert colour_in(canvas, node, 0.01) == QColor(LIGHT.category("arithmetic"))


def test_unknown_is_not_the_colour_of_any_figure(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    node = branches.names.index("join")
    values = np.arange(7.0)
    values[node] = np.nan
    canvas.set_node_values(values, "MACs", "")
    ink = make_ink(LIGHT)
    look_at(canvas, node, 1.0)
    seen = {colour_in(canvas, node, 0.96, down).name() for down in np.linspace(0.3, 0.7, 12)}
    assert seen <= {ink.card.name(), ink.outline.name()}
    assert not {colour.name() for colour in ink.levels} & {ink.card.name(), ink.outline.name()}
    look_at(canvas, node, 0.15)
    assert colour_in(canvas, node, 0.6) == ink.card


def test_cells_of_a_mosaic_follow_the_figures(qtbot, canvas, make_tiled) -> None:
    graph = make_tiled()
    show(qtbot, canvas, graph)
    tiles = canvas.scene.tables[0].tiles
    canvas.set_block_values(0, np.zeros(tiles.shape[1:]), "norm")
    values = np.ones(graph.node_count)
    hot = int(tiles[0, 1, 2])
    values[hot] = 1e6
    values[int(tiles[0, 0, 0])] = np.nan
    canvas.set_node_values(values, "MACs", "")
    look_at(canvas, hot, 1.0)
    hottest = int(sequential(np.array([np.log(1e6) / np.log(canvas._shown.heat.scale.high)]))[0])
    seen, wanted = colour_in(canvas, hot, 0.5), QColor.fromRgb(hottest)
    assert abs(seen.green() - wanted.green()) <= 4 and abs(seen.red() - wanted.red()) <= 8
    ink = make_ink(LIGHT)
    unknown = colour_in(canvas, int(tiles[0, 0, 0]), 0.5)
    assert unknown.name() in {ink.card.name(), ink.outline.name()}
    canvas.set_node_values(None)
    middle = QColor.fromRgb(int(sequential(np.array([0.5]))[0]))
    assert colour_in(canvas, hot, 0.5) == middle


def test_text_reads_on_every_colour_of_the_scale() -> None:
    for rgb in sequential(np.linspace(0, 1, 256)).tolist():
        ground = QColor.fromRgb(rgb)
        text = QColor(0, 0, 0) if is_light(rgb) else QColor(255, 255, 255)
        assert contrast(ground, text) >= 4.5
    for theme in (LIGHT, DARK):
        ink = make_ink(theme)
        assert contrast(ink.text, ink.card) >= 4.5 and contrast(ink.secondary, ink.card) >= 4.5


def test_the_legend_stands_clear_of_the_overview(qtbot, canvas, make_tiled) -> None:
    show(qtbot, canvas, make_tiled())
    assert canvas._legend_card() is None
    values = np.ones(canvas.scene.graph.node_count)
    canvas.set_node_values(values, "MACs", "")
    for width, height in ((900, 700), (440, 430), (425, 421), (300, 300)):
        canvas.resize(width, height)
        canvas.set_view(View(3.0, -300.0, -200.0))
        legend, overview = canvas._legend_card(), canvas._overview_card()
        assert legend is not None and canvas.viewport().rect().contains(legend.toRect())
        assert overview is None or not overview.intersects(legend)
        assert legend.bottom() > canvas.viewport().height() - 40 and legend.left() < 40
    canvas.resize(160, 120)
    assert canvas._legend_card() is None or canvas._legend_card().height() < 100


def test_a_click_on_the_legend_selects_nothing(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    canvas.set_node_values(np.arange(7.0), "MACs", "")
    at = canvas._legend_card().center()
    node = branches.names.index("join")
    left, top, width, height = canvas.scene.node_boxes[node]
    canvas.set_view(View(1.0, at.x() - left - width / 2, at.y() - top - height / 2))
    QTest.mouseClick(
        canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at.toPoint()
    )
    assert canvas.selected_nodes == []
    QTest.mouseMove(canvas.viewport(), at.toPoint() + QPoint(2, 2))
    assert canvas._overlays.hover.node == -1


def test_hover_and_screen_readers_get_the_exact_figure(qtbot, canvas, branches) -> None:
    show(qtbot, canvas, branches)
    node = branches.names.index("join")
    values = np.full(7, 1234567.0)
    values[0] = np.nan
    canvas.set_node_values(values, "Bytes moved", "B")
    left, top, width, height = canvas.scene.node_boxes[node]
    at = QPointF(*canvas.view.to_screen(left + width / 2, top + height / 2))
    assert canvas._hover_under(at).lines[-1] == "Bytes moved: 1,234,567 B"
    canvas.select_nodes([node])
    assert canvas.accessibleDescription().endswith("Bytes moved: 1,234,567 B")
    canvas.select_nodes([0])
    assert canvas.accessibleDescription().endswith("Bytes moved: unknown")


def test_another_graph_starts_by_category_and_lengths_are_checked(
    qtbot, canvas, branches, make_tiled
) -> None:
    show(qtbot, canvas, branches)
    canvas.set_node_values(np.arange(7.0), "MACs", "")
    show(qtbot, canvas, make_tiled())
    assert canvas._shown.heat is None
    with pytest.raises(ValueError, match="nodes"):
        canvas.set_node_values(np.arange(7.0), "MACs", "")
    count = canvas.scene.graph.node_count
    with pytest.raises(ValueError, match="nodes"):
        canvas.set_node_values(np.zeros(count), "MACs", "", weights=np.zeros(count + 1))


def test_figures_stay_when_groups_fold(qtbot, canvas, make_tiled) -> None:
    graph = make_tiled()
    show(qtbot, canvas, graph)
    canvas.set_node_values(np.ones(graph.node_count), "MACs", "")
    with qtbot.waitSignal(canvas.scene_ready):
        canvas.unfold_all()
    heat = canvas._shown.heat
    assert heat is not None and heat.values.size == canvas.scene.size
    assert heat.values[canvas.scene.group_item(0)] == len(graph.members(0))
