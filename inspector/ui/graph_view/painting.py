"""The content of the canvas: ground, frames, edges, cards and mosaics, from back to front."""

from __future__ import annotations

import numpy as np

from inspector.ui.graph_view.kinds import FRAMES, ItemKind
from inspector.ui.graph_view.painting_cards import paint_cards
from inspector.ui.graph_view.painting_edges import EdgeLabels, paint_bus, paint_edges
from inspector.ui.graph_view.painting_frames import paint_frame, paint_frame_header
from inspector.ui.graph_view.painting_mosaic import paint_mosaic
from inspector.ui.graph_view.surface import Surface


def paint_content(surface: Surface, labels: EdgeLabels) -> None:
    """Everything that the scene has in view; not hover, selection and other overlays."""
    scene = surface.scene
    left, top, right, bottom = surface.region
    margin = 8 / surface.view.scale
    seen = scene.index.query(left - margin, top - margin, right + margin, bottom + margin)
    kind = scene.kind[seen]
    is_frame = np.isin(kind, FRAMES)
    frames = seen[is_frame]
    for item in frames[np.argsort(scene.depth[frames], kind="stable")].tolist():
        paint_frame(surface, item)
    paint_edges(surface, labels)
    for item in frames.tolist():
        if item in scene.grids:
            paint_bus(surface, item, scene.grids[item])
        paint_frame_header(surface, item)
    is_mosaic = kind == ItemKind.MOSAIC
    paint_cards(surface, seen[~is_frame & ~is_mosaic])
    for item in seen[is_mosaic].tolist():
        paint_mosaic(surface, item, scene.mosaics[item])
