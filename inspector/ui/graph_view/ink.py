"""The colours of the canvas, made once from a theme, and the one sequential scale for figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from inspector.model.categories import CATEGORIES
from inspector.ui.theme import Theme

# Viridis (van der Walt and Smith, 2015), every ninth part of it; in between linear.
_VIRIDIS = (
    0x440154, 0x482878, 0x3E4989, 0x31688E, 0x26828E,
    0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725,
)  # fmt: skip
LEVELS = 64
"""Steps of the scale that nodes are coloured with."""
ZERO = LEVELS
"""The colour after the last step, a quiet one: exactly 0."""


def mix(a: QColor, b: QColor, share: float) -> QColor:
    """The colour a share of the way from a to b."""
    return QColor(
        round(a.red() + (b.red() - a.red()) * share),
        round(a.green() + (b.green() - a.green()) * share),
        round(a.blue() + (b.blue() - a.blue()) * share),
    )


def sequential(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.uint32]:
    """0xAARRGGBB of shares in 0..1 on the sequential scale; not-a-number is transparent."""
    stops = np.array([[c >> 16, c >> 8 & 255, c & 255] for c in _VIRIDIS], np.float64)
    known = np.isfinite(shares)
    at = np.clip(np.where(known, shares, 0), 0, 1) * (len(stops) - 1)
    low = np.minimum(at.astype(np.int64), len(stops) - 2)
    part = (at - low)[..., None]
    rgb = np.rint(stops[low] * (1 - part) + stops[low + 1] * part).astype(np.uint32)
    packed = 0xFF000000 | rgb[..., 0] << 16 | rgb[..., 1] << 8 | rgb[..., 2]
    return np.where(known, packed, 0).astype(np.uint32)


@dataclass(frozen=True)
class Ink:
    """QColors by use; lists are by category id."""

    theme: Theme
    background: QColor
    card: QColor
    frame: QColor
    hairline: QColor
    outline: QColor
    text: QColor
    secondary: QColor
    accent: QColor
    halo: QColor
    edge: QColor
    hit: QColor
    category: tuple[QColor, ...]
    solid: tuple[QColor, ...]
    """For nodes too small for a card: the category, a little toward the background."""
    tint: tuple[QColor, ...]
    """For wide areas: the background, a little toward the category."""
    levels: tuple[QColor, ...]
    """The sequential scale in `LEVELS` steps, then the colour of `ZERO`."""


def make_ink(theme: Theme) -> Ink:
    """All colours of the canvas for a theme."""
    background = QColor(theme.background)
    card = QColor(theme.raised)
    accent = QColor(theme.accent)
    halo = QColor(accent)
    halo.setAlpha(56)
    category = tuple(QColor(theme.category(name)) for name in CATEGORIES)
    return Ink(
        theme=theme,
        background=background,
        card=card,
        frame=mix(background, card, 0.5),
        hairline=QColor(theme.hairline),
        outline=QColor(theme.outline),
        text=QColor(theme.text),
        secondary=QColor(theme.secondary),
        accent=accent,
        halo=halo,
        edge=QColor(theme.edge),
        hit=QColor(theme.warning),
        category=category,
        solid=tuple(mix(c, background, 0.25) for c in category),
        tint=tuple(mix(card, c, 0.28 if theme.dark else 0.22) for c in category),
        levels=(
            *(QColor.fromRgb(c) for c in sequential(np.linspace(0, 1, LEVELS)).tolist()),
            mix(card, QColor(theme.text), 0.2),
        ),
    )


def is_light(rgb: int) -> bool:
    """Whether black reads better than white on 0xRRGGBB, by contrast as WCAG 2 defines it.

    The better of the two has a contrast of at least 4.58 on any colour.
    """
    parts = np.array([rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722)) > 0.1791
