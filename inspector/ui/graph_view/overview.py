"""The overview in the corner: the whole scene small, with the part in view framed."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from inspector.ui.graph_view.overlays import paint_floating
from inspector.ui.graph_view.painting import paint_content
from inspector.ui.graph_view.painting_edges import EdgeLabels
from inspector.ui.graph_view.scene import Scene
from inspector.ui.graph_view.surface import Surface
from inspector.ui.graph_view.view import View, fit

_MOST_W, _MOST_H, _LEAST = 200.0, 168.0, 40.0
_PAD, _MARGIN = 8.0, 16.0
_LEAST_CANVAS = 420.0
_WHOLE = 0.92
"""Above this share of the scene in view, the overview tells nothing and hides."""


class Overview:
    """Keeps the small picture of one scene; knows where it lies on the canvas."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._picture = QPixmap()

    def rect(self, scene: Scene, view: View, width: float, height: float) -> QRectF | None:
        """The card's place, None where the overview is hidden."""
        if min(width, height) < _LEAST_CANVAS or _share(scene, view, width, height) > _WHOLE:
            return None
        wide, tall = _size(scene)
        x, y = width - wide - 2 * _PAD - _MARGIN, height - tall - 2 * _PAD - _MARGIN
        return QRectF(round(x), round(y), wide + 2 * _PAD, tall + 2 * _PAD)

    def scene_point(self, scene: Scene, card: QRectF, position: QPointF) -> tuple[float, float]:
        """The scene point that a point of the card shows."""
        inner = _small_view(scene)
        local = position - card.topLeft() - QPointF(_PAD, _PAD)
        return inner.to_scene(local.x(), local.y())

    def paint(self, surface: Surface, labels: EdgeLabels) -> None:
        """The card, unless it is hidden."""
        scene, ink, painter = surface.scene, surface.ink, surface.painter
        card = self.rect(scene, surface.view, surface.width, surface.height)
        if card is None:
            return
        fill = QColor(ink.card)
        fill.setAlpha(238)
        paint_floating(painter, card, fill, ink.hairline, 6.0)
        inner = card.adjusted(_PAD, _PAD, -_PAD, -_PAD)
        painter.drawPixmap(inner.topLeft(), self._render(surface, labels))
        small = _small_view(scene)
        left, top, right, bottom = surface.region
        x1, y1 = small.to_screen(left, top)
        x2, y2 = small.to_screen(right, bottom)
        shown = QRectF(inner.left() + x1, inner.top() + y1, x2 - x1, y2 - y1)
        shown = shown.intersected(inner.adjusted(-4, -4, 4, 4))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(ink.accent, 1.5))
        faint = QColor(ink.accent)
        faint.setAlpha(24)
        painter.setBrush(faint)
        least = QRectF(shown.center() - QPointF(3, 3), shown.center() + QPointF(3, 3))
        painter.drawRoundedRect(shown.united(least), 2, 2)

    def _render(self, surface: Surface, labels: EdgeLabels) -> QPixmap:
        scene, ratio = surface.scene, surface.ratio
        key = (id(scene), surface.ink.theme.name, ratio, tuple(map(id, surface.values.values())),
               surface.heat)  # fmt: skip
        if key == self._key:
            return self._picture
        wide, tall = _size(scene)
        picture = QPixmap(round(wide * ratio), round(tall * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        small = Surface(
            painter, scene, surface.labels, _small_view(scene), wide, tall, ratio,
            surface.ink, surface.type, surface.sprites, surface.values, words=False,
            heat=surface.heat,
        )  # fmt: skip
        paint_content(small, labels)
        painter.end()
        self._key, self._picture = key, picture
        return picture


def _size(scene: Scene) -> tuple[float, float]:
    left, top, right, bottom = scene.bounds
    wide, tall = max(right - left, 1.0), max(bottom - top, 1.0)
    scale = min(_MOST_W / wide, _MOST_H / tall)
    return round(max(wide * scale, _LEAST)), round(max(tall * scale, _LEAST))


def _small_view(scene: Scene) -> View:
    return fit(scene.bounds, *_size(scene), margin=0.0)


def _share(scene: Scene, view: View, width: float, height: float) -> float:
    """How much of the scene is in view."""
    left, top, right, bottom = scene.bounds
    x1, y1, x2, y2 = view.region(width, height)
    seen_w = max(min(right, x2) - max(left, x1), 0.0)
    seen_h = max(min(bottom, y2) - max(top, y1), 0.0)
    return seen_w * seen_h / max((right - left) * (bottom - top), 1e-9)
