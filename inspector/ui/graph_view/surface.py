"""What a painting function needs to know: the painter, the scene, the view and the means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap

from inspector.ui.graph_view.ink import Ink
from inspector.ui.graph_view.labels import Labels
from inspector.ui.graph_view.primitives import LINES, RECTS
from inspector.ui.graph_view.scene import Scene
from inspector.ui.graph_view.typography import Type
from inspector.ui.graph_view.view import View

if TYPE_CHECKING:
    from inspector.ui.graph_view.heat import Heat

FULL, COMPACT, MINI = 0.72, 0.24, 0.10
"""Least scales at which cards have both lines, have their title, are cards at all."""

_FAR = 32_000.0
"""Coordinates are cut here: Qt's rasteriser counts in 16 bits."""


@dataclass(frozen=True)
class BlockValues:
    """Figures of the blocks of one tiled group: float64[M blocks, N blocks, K blocks], in words."""

    values: npt.NDArray[np.float64]
    label: str
    low: float
    high: float
    image: QImage


@dataclass
class Sprites:
    """Cards painted once per scale; a frame only copies them."""

    scale: float = 0.0
    ratio: float = 0.0
    cards: dict[tuple[object, ...], QPixmap] = field(default_factory=dict)

    def at(self, scale: float, ratio: float) -> dict[tuple[object, ...], QPixmap]:
        """The cache for a scale and device ratio; another scale empties it."""
        if (scale, ratio) != (self.scale, self.ratio) or len(self.cards) > 4096:
            self.cards, self.scale, self.ratio = {}, scale, ratio
        return self.cards


@dataclass(frozen=True)
class Surface:
    """One picture being painted, width x height logical pixels, `ratio` device pixels each."""

    painter: QPainter
    scene: Scene
    labels: Labels
    view: View
    width: float
    height: float
    ratio: float
    ink: Ink
    type: Type
    sprites: Sprites
    values: Mapping[int, BlockValues]
    words: bool = True
    """False paints no text at all: the overview."""
    heat: Heat | None = None
    """Figures that colour the nodes, None where categories do."""

    @property
    def region(self) -> tuple[float, float, float, float]:
        """left, top, right, bottom of the scene in view."""
        return self.view.region(self.width, self.height)

    def snap(self, value: float) -> float:
        """The nearest whole device pixel."""
        return round(value * self.ratio) / self.ratio

    def rect(self, x: float, y: float, width: float, height: float) -> QRectF:
        """The screen rectangle of a scene rectangle, on whole device pixels, cut far outside."""
        left, top = self.view.to_screen(x, y)
        right, bottom = self.view.to_screen(x + width, y + height)
        left, top = max(self.snap(left), -_FAR), max(self.snap(top), -_FAR)
        right, bottom = min(self.snap(right), _FAR), min(self.snap(bottom), _FAR)
        return QRectF(left, top, max(right - left, 0.0), max(bottom - top, 0.0))

    def item_rect(self, item: int) -> QRectF:
        """The screen rectangle of an item."""
        return self.rect(*self.scene.rect(item))

    def boxes(self, boxes: npt.NDArray[np.float64], least: float = 1.0) -> npt.NDArray[np.float64]:
        """Screen left, top, width, height of scene boxes float64[k, 4], on whole device pixels."""
        view, ratio = self.view, self.ratio
        result = np.empty((len(boxes), 4))
        result[:, 0] = boxes[:, 0] * view.scale + view.x
        result[:, 1] = boxes[:, 1] * view.scale + view.y
        far = result[:, :2] + boxes[:, 2:] * view.scale
        np.rint(result[:, :2] * ratio, out=result[:, :2])
        far = np.maximum(np.rint(far * ratio) - result[:, :2], least)
        result[:, 2:] = far
        result /= ratio
        return result

    def fill_rects(
        self, boxes: npt.NDArray[np.float64], colour: QColor, smooth: bool = False
    ) -> None:
        """Plain rectangles float64[k, 4] of screen left, top, width, height."""
        if not len(boxes):
            return
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(colour)
        for rects in RECTS.fill(boxes):
            self.painter.drawRects(rects)

    def outline_rects(self, boxes: npt.NDArray[np.float64], colour: QColor) -> None:
        """Outlines of screen rectangles float64[k, 4], one device pixel wide."""
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self.painter.setPen(QPen(colour, 0))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        for rects in RECTS.fill(boxes):
            self.painter.drawRects(rects)

    def seen(self, boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Those of the scene boxes float64[k, 4] that meet the view; equal ones once."""
        left, top, right, bottom = self.region
        keep = (boxes[:, 0] <= right) & (boxes[:, 0] + boxes[:, 2] >= left)
        keep &= (boxes[:, 1] <= bottom) & (boxes[:, 1] + boxes[:, 3] >= top)
        found = boxes[keep]
        key = np.rint(found[:, 0] * 8).astype(np.int64) << 32
        _, first = np.unique(key + np.rint(found[:, 1] * 8).astype(np.int64), return_index=True)
        return found[first]

    def lines(
        self,
        lines: npt.NDArray[np.float64],
        colour: QColor,
        width: float = 1.0,
        smooth: bool = True,
    ) -> None:
        """Lines given in scene units, float64[k, 4]."""
        if not len(lines):
            return
        view = self.view
        screen = lines * view.scale + (view.x, view.y, view.x, view.y)
        if smooth:
            pen = QPen(colour, width)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        else:
            screen = (np.floor(screen * self.ratio) + 0.5) / self.ratio
            pen = QPen(colour, 0 if width <= 1 else width)
        margin = 4 * width
        keep = np.maximum(screen[:, 0], screen[:, 2]) >= -margin
        keep &= np.minimum(screen[:, 0], screen[:, 2]) <= self.width + margin
        keep &= np.maximum(screen[:, 1], screen[:, 3]) >= -margin
        keep &= np.minimum(screen[:, 1], screen[:, 3]) <= self.height + margin
        screen = np.clip(screen[keep], -_FAR, _FAR)
        if not len(screen):
            return
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        self.painter.setPen(pen)
        for chunk in LINES.fill(screen):
            self.painter.drawLines(chunk)

    def text(self, x: float, baseline: float, text: str) -> None:
        """Text in the painter's font and pen, its baseline on a whole device pixel."""
        self.painter.drawText(QPointF(self.snap(x), self.snap(baseline)), text)
