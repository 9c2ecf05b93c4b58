"""What stays in place on the screen when the scene changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.model.graph import Graph
from inspector.ui.graph_view.camera import Camera
from inspector.ui.graph_view.kinds import FRAMES
from inspector.ui.graph_view.scene import Scene
from inspector.ui.graph_view.selection import Selection
from inspector.ui.graph_view.view import View

_SPECK = 0.4
"""Share of the view that a whole scene fills at least for it to stay as it stands."""
_READABLE = 0.5
_INSET = 24.0
_MOST_NAMES = 64


@dataclass(frozen=True)
class Anchor:
    """Something with a name, and where the top-left corner of its box is on the screen.

    `names` are node names in order of preference; `group` is a group's key, or empty.
    """

    group: str
    names: tuple[tuple[str, float, float], ...]
    x: float
    y: float


def anchor_of(scene: Scene, camera: Camera, group: int | None, selection: Selection) -> Anchor:
    """The group if given, else the selected node if it is in view, else nodes near the middle."""
    view, size = camera.aim, camera.size
    if group is not None:
        item = scene.group_item(group)
        if item >= 0:
            corner = view.to_screen(float(scene.x[item]), float(scene.y[item]))
            return Anchor(scene.graph.groups[group].key, (), *corner)
    seen = scene.index.query(*view.region(size.width(), size.height()))
    seen = seen[(scene.node[seen] >= 0) & ~np.isin(scene.kind[seen], FRAMES)]
    x, y = scene.x[seen] * view.scale + view.x, scene.y[seen] * view.scale + view.y
    away = np.hypot(x - size.width() / 2, y - size.height() / 2)
    if len(selection.nodes) == 1:
        away = np.where(scene.node[seen] == selection.nodes[0], -1.0, away)
    order = np.argsort(away, kind="stable")[:_MOST_NAMES].tolist()
    names = tuple(
        (scene.graph.names[int(scene.node[seen[i]])], float(x[i]), float(y[i])) for i in order
    )
    return Anchor("", names, 0.0, 0.0)


def anchored(scene: Scene, camera: Camera, anchor: Anchor) -> View:
    """The view of the same scale in which the anchor stands where it stood, or can be seen.

    Where folding leaves a speck in an empty view, the whole scene instead.
    """
    left, top, right, bottom = scene.bounds
    scale, size = camera.aim.scale, camera.size
    wide, tall = (right - left) * scale / size.width(), (bottom - top) * scale / size.height()
    if max(wide, tall) < _SPECK and scale < _READABLE:
        return camera.fitted(scene.bounds)
    return _standing(scene, camera, anchor)


def _standing(scene: Scene, camera: Camera, anchor: Anchor) -> View:
    view = camera.aim
    if anchor.group:
        for group in scene.graph.groups:
            item = scene.group_item(group.id) if group.key == anchor.group else -1
            if item >= 0:
                return _placed(camera, scene.rect(item), anchor.x, anchor.y)
    wanted = {name: (x, y) for name, x, y in anchor.names}
    found = {n: i for i, n in enumerate(scene.graph.names) if n in wanted}
    for name, (x, y) in wanted.items():
        if name in found and scene.node_item[found[name]] >= 0:
            left, top = scene.node_boxes[found[name]][:2].tolist()
            return View(view.scale, x - left * view.scale, y - top * view.scale)
    return _in_sight(scene, camera, view)


def _in_sight(scene: Scene, camera: Camera, view: View) -> View:
    """The view itself where it shows any of the scene, else the whole scene."""
    region = view.region(camera.size.width(), camera.size.height())
    return view if scene.index.query(*region).size else camera.fitted(scene.bounds)


def _placed(camera: Camera, rect: tuple[float, float, float, float], x: float, y: float) -> View:
    """A corner at (x, y), moved into view where a folded box would otherwise be outside."""
    left, top, width, height = rect
    scale, size = camera.aim.scale, camera.size
    if x + width * scale < 4 * _INSET:
        x = max(min(_INSET, size.width() - _INSET - width * scale), _INSET)
    if y + height * scale < 4 * _INSET:
        y = max(min(_INSET, size.height() - _INSET - height * scale), _INSET)
    return View(scale, x - left * scale, y - top * scale)


def kept_groups(old: Graph | None, new: Graph, opened: frozenset[int]) -> frozenset[int]:
    """The groups of a new graph that were open, by key, in the old one."""
    if old is None:
        return frozenset()
    keys = {old.groups[number].key for number in opened if number < len(old.groups)}
    return frozenset(group.id for group in new.groups if group.key in keys)
