"""Figures of nodes as colours: the scale, and what each item of a scene has on it.

A level is a step of the sequential scale, 0 to `LEVELS` - 1, or one of three marks: ZERO, a figure
that is exactly 0; UNKNOWN, a node without a figure; NONE, an item that is no node.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from inspector.ui.graph_view.ink import LEVELS, ZERO, sequential
from inspector.ui.graph_view.scene import Scene
from inspector.ui.graph_view.surface import BlockValues
from inspector.ui.widgets.figures import UNKNOWN_TEXT, percent_text, short_text

FloatArray = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int16]

UNKNOWN, NONE = -1, -2
_DECADES = 2.0
_SHORT_UNITS = ("", "B", "%")
"""Units that fit on a node; others stand in the legend only."""


@dataclass(frozen=True, eq=False)
class NodeValues:
    """Figures by node id, float64[nodes]; not-a-number is unknown.

    A group's figure is the sum of its nodes' or, with `weights` float64[nodes], their mean.
    `missing` says in the legend what not-a-number stands for.
    """

    values: FloatArray
    title: str
    unit: str
    weights: FloatArray | None = None
    missing: str = UNKNOWN_TEXT

    def rolled_up(self, owner: npt.NDArray[np.int32], count: int) -> tuple[FloatArray, Levels]:
        """Figures of `count` groups, not-a-number where no node has one, and 1 where a sum lacks
        nodes. `owner` is the group of each node, -1 for none."""
        known = np.isfinite(self.values) & (owner >= 0)
        weight = np.ones(known.size) if self.weights is None else self.weights
        known &= np.isfinite(weight) & ((weight > 0) | (self.weights is None))
        sums = np.bincount(owner[known], (self.values * weight)[known], minlength=count)
        weights = np.bincount(owner[known], weight[known], minlength=count)
        with np.errstate(divide="ignore", invalid="ignore"):
            whole = sums if self.weights is None else sums / weights
            whole = np.where(weights > 0, whole, np.nan).astype(np.float64)
        missed = np.bincount(owner[(owner >= 0) & ~known], minlength=count) > 0
        return whole, (missed & (self.weights is None)).astype(np.int16)

    def text(self, value: float) -> str:
        """A figure with its unit, short: 223.9 M, 1.50 MB, 12.3 MACs/B."""
        return short_value(value, self.unit)

    def exact(self, value: float) -> str:
        """A figure in full: 105,415,200."""
        if not np.isfinite(value):
            return self.missing
        whole = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"
        return f"{whole} {self.unit}".rstrip()


@dataclass(frozen=True)
class HeatScale:
    """From `low` to `high`, logarithmic where figures above 0 span more than two decades.

    Both are not-a-number where no figure is known.
    """

    low: float
    high: float
    log: bool
    has_zero: bool

    @property
    def has_known(self) -> bool:
        """Whether there is any figure."""
        return math.isfinite(self.low)

    def levels(self, values: FloatArray) -> Levels:
        """Level of each value; not-a-number is UNKNOWN."""
        known = np.isfinite(values)
        above = known & (values != 0)
        if self.log:
            above &= values > 0
            share = np.log(np.where(above, values, self.low) / self.low)
            whole = np.log(self.high / self.low)
        else:
            share, whole = np.where(known, values, self.low) - self.low, self.high - self.low
        part = np.clip(share / whole, 0, 1) if whole > 0 else np.full(values.shape, 0.5)
        found = np.rint(part * (LEVELS - 1))
        found = np.where(above, found, np.where(known, ZERO, UNKNOWN))
        return found.astype(np.int16)


@dataclass(frozen=True, eq=False)
class Heat:
    """The figures of one scene.

    has_unknown: whether an item, or a block, has no figure.
    values, levels: by item; not-a-number and NONE where an item has no figure to show.
    partial: whether an item's sum leaves out nodes without a figure.
    blocks: pictures of the mosaics by group.
    """

    given: NodeValues
    scale: HeatScale
    has_unknown: bool
    values: FloatArray
    levels: Levels
    partial: npt.NDArray[np.bool_]
    blocks: dict[int, BlockValues]
    _texts: dict[int, str] = field(default_factory=dict)
    _parts: dict[tuple[int, ...], int] = field(default_factory=dict)

    def text(self, item: int) -> str:
        """What an item says: its figure, with its unit where that is short; empty if unknown."""
        text = self._texts.get(item)
        if text is None:
            value = float(self.values[item])
            unit = self.given.unit if self.given.unit in _SHORT_UNITS else ""
            text = short_value(value, unit) if np.isfinite(value) else ""
            text = self._texts[item] = f"≥ {text}" if text and self.partial[item] else text
        return text

    def part_level(self, nodes: tuple[int, ...]) -> int:
        """The level of a few nodes together: a part of a mosaic's bars."""
        level = self._parts.get(nodes)
        if level is None:
            owner = np.full(self.given.values.size, -1, np.int32)
            owner[list(nodes)] = 0
            value, _ = self.given.rolled_up(owner, 1)
            level = self._parts[nodes] = int(self.scale.levels(value)[0])
        return level

    def fact(self, node: int, item: int) -> str:
        """The figure of a node, or else of an item, in full; empty where neither has one."""
        if node >= 0:
            return f"{self.given.title}: {self.given.exact(float(self.given.values[node]))}"
        if item < 0 or self.levels[item] == NONE:
            return ""
        more = "at least " if self.partial[item] else ""
        return f"{self.given.title}: {more}{self.given.exact(float(self.values[item]))}"


def make_heat(given: NodeValues, scene: Scene) -> Heat:
    """Figures of all items of a scene. Folding does not change the scale."""
    graph = scene.graph
    whole, missed = given.rolled_up(graph.node_group, len(graph.groups))
    tiled = np.array([g.id for g in graph.groups if g.tiling is not None], np.int64)
    scale = _scale(np.concatenate((given.values, whole[tiled])))
    values = np.full(scene.size, np.nan)
    partial = np.zeros(scene.size, np.bool_)
    has_node = scene.node >= 0
    values[has_node] = given.values[scene.node[has_node]]
    is_tiled = np.isin(scene.group, tiled)
    values[is_tiled] = whole[scene.group[is_tiled]]
    partial[is_tiled] = missed[scene.group[is_tiled]] > 0
    levels = np.where(has_node | is_tiled, scale.levels(values), NONE).astype(np.int16)
    blocks = {
        mosaic.table.group: _blocks(given, scale, mosaic.table.tiles)
        for mosaic in scene.mosaics.values()
    }
    unknown = bool((levels == UNKNOWN).any()) or any(
        bool(np.isnan(picture.values).any()) for picture in blocks.values()
    )
    return Heat(given, scale, unknown, values, levels, partial, blocks)


def level_colours(levels: Levels, zero: int) -> npt.NDArray[np.uint32]:
    """0xAARRGGBB of levels, `zero` for ZERO; transparent where there is no figure."""
    table = np.append(sequential(np.linspace(0, 1, LEVELS)), np.uint32(zero))
    return np.where(levels >= 0, table[np.maximum(levels, 0)], 0).astype(np.uint32)


def short_value(value: float, unit: str = "") -> str:
    """A figure in about four digits, with prefixes from a thousand on."""
    if not np.isfinite(value):
        return UNKNOWN_TEXT
    if unit == "%":
        return percent_text(value / 100)
    if abs(value) >= 999.5 or float(value).is_integer():
        sign = "-" if value < 0 else ""
        return sign + short_text(round(abs(value)), unit)
    digits = f"{value:#.3g}" if abs(value) < 99.95 else f"{value:.0f}"
    return f"{digits} {unit}".rstrip()


def _scale(values: FloatArray) -> HeatScale:
    known = values[np.isfinite(values)]
    if not known.size:
        return HeatScale(math.nan, math.nan, False, False)
    low, high = float(known.min()), float(known.max())
    above = known[known > 0]
    least = float(above.min()) if above.size else 0.0
    log = low >= 0 and above.size > 0 and np.log10(high / least) > _DECADES
    return HeatScale(least if log else low, high, bool(log), bool((known == 0).any()))


def _blocks(given: NodeValues, scale: HeatScale, tiles: npt.NDArray[np.int32]) -> BlockValues:
    values = np.where(tiles >= 0, given.values[tiles], np.nan)
    pixels = level_colours(scale.levels(values), 0x592D2D2D).reshape(-1, tiles.shape[2])
    height, width = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(np.ascontiguousarray(pixels).tobytes(), width, height, 4 * width, form).copy()
    return BlockValues(values, given.title, scale.low, scale.high, image)
