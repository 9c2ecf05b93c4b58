"""Finds what the pointer is on, and the words of its hover card."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QPointF

from inspector.model.groups import GroupKind, Role
from inspector.ui.graph_view.kinds import FRAMES, ItemKind
from inspector.ui.graph_view.labels import Labels
from inspector.ui.graph_view.overlays import Hover
from inspector.ui.graph_view.painting_frames import chevron_rect
from inspector.ui.graph_view.scene import Scene
from inspector.ui.graph_view.surface import COMPACT, BlockValues
from inspector.ui.graph_view.view import View

HEADER = 52.0
"""Height of a frame's header, which is what of a frame can be clicked."""
_NEAR = 6.0
_MOST_EDGES = 400
_LEAST_CELL = 2.0


def hover_at(
    scene: Scene, labels: Labels, view: View, at: QPointF, values: Mapping[int, BlockValues]
) -> Hover:
    """What lies under a screen point."""
    x, y = view.to_scene(at.x(), at.y())
    item = scene.item_at(x, y)
    if item >= 0 and scene.kind[item] not in FRAMES:
        return _on_item(scene, labels, view, at, item, (x, y), values)
    edge = edge_at(scene, view, x, y)
    if edge >= 0:
        facts = labels.tensor_facts(int(scene.edge_tensor[edge]))
        return Hover(edge=edge, at=at, lines=facts)
    return Hover()


def _on_item(
    scene: Scene,
    labels: Labels,
    view: View,
    at: QPointF,
    item: int,
    point: tuple[float, float],
    values: Mapping[int, BlockValues],
) -> Hover:
    graph = scene.graph
    mosaic = scene.mosaics.get(item)
    if mosaic is None:
        node, tensor = int(scene.node[item]), int(scene.tensor[item])
        facts = labels.node_facts(node) if node >= 0 else labels.tensor_facts(tensor)
        return Hover(node=node, item=item, at=at, lines=facts)
    group = int(scene.group[item])
    node = node_at(scene, view, *point)
    mark = graph.marks.get(node)
    if mark is None or node < 0:
        return Hover(item=item, at=at, lines=(labels.title(item), labels.subtitle(item)))
    if mark.role is not Role.TILE:
        return Hover(node=node, at=at, lines=labels.node_facts(node))
    m, n, k = mark.block
    first = f"block m {m}, n {n}, k {k}" if mosaic.table.shape[0] > 1 else f"block n {n}, k {k}"
    known = values.get(group)
    lines: tuple[str, ...] = (first, graph.names[node].rsplit("/", 1)[-1])
    if known is not None:
        lines += (f"{known.label} {known.values[m, n, k]:.4g}",)
    return Hover(node=node, at=at, lines=lines)


def node_at(scene: Scene, view: View, x: float, y: float) -> int:
    """The node at a scene point; cells of a mosaic too small to be aimed at are none."""
    item = scene.item_at(x, y)
    mosaic = scene.mosaics.get(item)
    if mosaic is not None and mosaic.cell * view.scale < _LEAST_CELL:
        return -1
    return scene.node_at(x, y)


def edge_at(scene: Scene, view: View, x: float, y: float) -> int:
    """The edge near a scene point, -1 for none or where there are too many to tell."""
    near = _NEAR / view.scale
    found = scene.routes.index.query(x - near, y - near, x + near, y + near)
    if not found.size or found.size > _MOST_EDGES:
        return -1
    distance = np.array([scene.routes.distance(edge, x, y) for edge in found.tolist()])
    best = int(distance.argmin())
    return int(found[best]) if distance[best] <= near else -1


def chevron_at(scene: Scene, view: View, x: float, y: float) -> int:
    """The foldable group whose chevron lies at a scene point, -1 for none."""
    item = scene.item_at(x, y)
    if item < 0 or view.scale < COMPACT:
        return -1
    group = int(scene.group[item])
    if group < 0 or scene.graph.groups[group].kind is GroupKind.BODY:
        return -1
    left, top, width, _ = scene.rect(item)
    if scene.kind[item] == ItemKind.FOLDED:
        return group if x >= left + width - 30 else -1
    cx, cy, cw, ch = chevron_rect(left, top, width)
    return group if cx <= x <= cx + cw and cy - 4 <= y <= cy + ch else -1
