"""Kinds of items, and the sizes of those whose size is given, in scene units (pixels at 100 %)."""

from __future__ import annotations

from enum import IntEnum

NODE_W, NODE_H = 168.0, 46.0
CONSTANT_W, CONSTANT_H = 132.0, 40.0


class ItemKind(IntEnum):
    """What an item of the scene is."""

    NODE = 0
    INPUT = 1
    OUTPUT = 2
    CONSTANT = 3
    FOLDED = 4
    """A control-flow operator with its bodies inside."""
    MOSAIC = 5
    """A folded tiled layer."""
    GRID = 6
    """An unfolded tiled layer: a frame around its nodes."""
    CONTAINER = 7
    """An unfolded control-flow operator, or one of its bodies."""


FRAMES = (ItemKind.GRID, ItemKind.CONTAINER)
