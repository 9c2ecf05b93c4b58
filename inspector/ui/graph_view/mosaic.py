"""Geometry of a folded tiled layer: title, Split bar, one mosaic per M block, Sum bar.

A cell (m, n, k) is the block multiply of output block n and input block k for rows m; its place
in the mosaic is its place in the weight matrix. All coordinates are relative to the box.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.model.groups import Role
from inspector.ui.graph_view.tiles import TileTable

FloatArray = npt.NDArray[np.float64]
Rect = tuple[float, float, float, float]

PAD = 16.0
HEADER = 54.0
BAR = 20.0
GAP = 12.0
PANEL_GAP = 8.0
_MOST_WIDTH, _MOST_HEIGHT = 640.0, 400.0
_LEAST_WIDTH = 480.0
_PART_GAP = 20.0
_LARGEST_CELL = 24.0


@dataclass(frozen=True)
class Part:
    """A stretch of the Split or Sum bar that stands for some nodes. `rect` is left, top, w, h."""

    role: Role
    text: str
    rect: Rect
    nodes: tuple[int, ...]


@dataclass(frozen=True)
class Mosaic:
    """The box of one folded tiled layer.

    panels: top of each M block's mosaic; `left` and `cell` are shared by all.
    """

    table: TileTable
    width: float
    height: float
    left: float
    cell: float
    panels: tuple[float, ...]
    parts: tuple[Part, ...]

    @property
    def panel_width(self) -> float:
        return self.table.shape[2] * self.cell

    @property
    def panel_height(self) -> float:
        return self.table.shape[1] * self.cell

    def cell_at(self, x: float, y: float) -> tuple[int, int, int] | None:
        """The block (m, n, k) at a point of the box."""
        column = int(np.floor((x - self.left) / self.cell))
        if not 0 <= column < self.table.shape[2]:
            return None
        for m, top in enumerate(self.panels):
            row = int(np.floor((y - top) / self.cell))
            if 0 <= row < self.table.shape[1]:
                return m, row, column
        return None

    def part_at(self, x: float, y: float) -> Part | None:
        """The part of a bar at a point of the box."""
        for part in self.parts:
            left, top, width, height = part.rect
            if left <= x <= left + width and top <= y <= top + height:
                return part
        return None

    def place_nodes(self, boxes: FloatArray, x: float, y: float) -> None:
        """Write left, top, width, height of every node of the group into boxes float64[n, 4]."""
        tiles = self.table.tiles
        for m, top in enumerate(self.panels):
            rows, columns = np.nonzero(tiles[m] >= 0)
            nodes = tiles[m][rows, columns]
            boxes[nodes, 0] = x + self.left + columns * self.cell
            boxes[nodes, 1] = y + top + rows * self.cell
            boxes[nodes, 2:] = self.cell
        for part in self.parts:
            left, top, width, height = part.rect
            boxes[list(part.nodes)] = (x + left, y + top, width, height)


def plan_mosaic(table: TileTable) -> Mosaic:
    """The box of a folded tiled layer."""
    m, n, k = table.shape
    room = max(_MOST_HEIGHT - PANEL_GAP * (m - 1), _MOST_HEIGHT / 2)
    cell = min(_MOST_WIDTH / k, room / (n * m), _LARGEST_CELL)
    inner = max(_LEAST_WIDTH, k * cell)
    y = HEADER
    parts: list[Part] = []
    splits = tuple(dict.fromkeys((*table.splits.values(), *table.role_nodes(Role.SPLIT))))
    if splits:
        rows = table.tiling.tile_m if m > 1 else table.tiling.m
        shown = f"{rows}×" if table.tiling.split_rows else "M×"
        size = min(table.tiling.tile_k, table.tiling.k)
        text = f"Split → {k:,} × [{shown}{size}]"
        parts.append(Part(Role.SPLIT, text, (PAD, y, inner, BAR), splits))
        y += BAR + GAP
    panels = tuple(y + i * (n * cell + PANEL_GAP) for i in range(m))
    y = panels[-1] + n * cell + GAP
    below = _below(table)
    if below:
        share = (inner + _PART_GAP) / len(below)
        for i, (role, text, nodes) in enumerate(below):
            rect = (PAD + i * share, y, share - _PART_GAP, BAR)
            parts.append(Part(role, text, rect, nodes))
        y += BAR
    left = PAD + (inner - k * cell) / 2
    return Mosaic(table, inner + 2 * PAD, y + PAD, left, cell, panels, tuple(parts))


def _below(table: TileTable) -> list[tuple[Role, str, tuple[int, ...]]]:
    sums = table.role_nodes(Role.SUM)
    names = {
        Role.SUM: f"{len(sums):,} × Sum" if len(sums) > 1 else "Sum",
        Role.CONCAT: "Concat",
        Role.SCALE: "× alpha",
        Role.BIAS: "+ bias",
        Role.SHAPE: "Reshape",
    }
    found = ((role, text, table.role_nodes(role)) for role, text in names.items())
    return [entry for entry in found if entry[2]]
