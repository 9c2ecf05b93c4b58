"""Where the scene stands on the screen, and how one such place turns into another."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_SCALE = 0.002
MOST_SCALE = 16.0


@dataclass(frozen=True)
class View:
    """screen = scene * scale + (x, y), in logical pixels."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def __post_init__(self) -> None:
        # Qt takes no NumPy scalars for flags, and these numbers come from everywhere.
        for name in ("scale", "x", "y"):
            object.__setattr__(self, name, float(getattr(self, name)))

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        """The screen point of a scene point."""
        return x * self.scale + self.x, y * self.scale + self.y

    def to_scene(self, x: float, y: float) -> tuple[float, float]:
        """The scene point of a screen point."""
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def moved(self, dx: float, dy: float) -> View:
        """Panned by screen pixels."""
        return View(self.scale, self.x + dx, self.y + dy)

    def zoomed(self, factor: float, x: float, y: float, least: float = LEAST_SCALE) -> View:
        """Zoomed so that the scene point under the screen point (x, y) stays there."""
        scale = min(max(self.scale * factor, least), MOST_SCALE)
        ratio = scale / self.scale
        return View(scale, x - (x - self.x) * ratio, y - (y - self.y) * ratio)

    def snapped(self, ratio: float) -> View:
        """Moved to whole device pixels, so that still pictures are sharp."""
        return View(self.scale, round(self.x * ratio) / ratio, round(self.y * ratio) / ratio)

    def region(self, width: float, height: float) -> tuple[float, float, float, float]:
        """left, top, right, bottom of the scene that a screen of that size shows."""
        left, top = self.to_scene(0, 0)
        right, bottom = self.to_scene(width, height)
        return left, top, right, bottom


def fit(
    bounds: tuple[float, float, float, float],
    width: float,
    height: float,
    margin: float = 32.0,
    most: float = 1.0,
) -> View:
    """The view that shows left, top, right, bottom in the middle, no larger than `most`."""
    left, top, right, bottom = bounds
    wide, tall = max(right - left, 1e-9), max(bottom - top, 1e-9)
    scale = min(max(width - 2 * margin, 16) / wide, max(height - 2 * margin, 16) / tall, most)
    scale = min(max(scale, LEAST_SCALE), MOST_SCALE)
    return centred((left + right) / 2, (top + bottom) / 2, scale, width, height)


def centred(x: float, y: float, scale: float, width: float, height: float) -> View:
    """The view of that scale with a scene point in the middle."""
    return View(scale, width / 2 - x * scale, height / 2 - y * scale)


def between(start: View, end: View, t: float) -> View:
    """The view a share t of the way: a geometric zoom about the one point that both leave fixed."""
    if t >= 1:
        return end
    change = end.scale - start.scale
    if abs(change) < 1e-6 * start.scale:
        return View(end.scale, start.x + (end.x - start.x) * t, start.y + (end.y - start.y) * t)
    scale = start.scale * (end.scale / start.scale) ** t
    share = (scale - start.scale) / change
    return View(scale, start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)


def ease(t: float) -> float:
    """Ease-out: fast at first, so that an answer to a key is seen at once."""
    return 1 - (1 - min(max(t, 0.0), 1.0)) ** 3
