"""Layered graph layout on arrays: ranks, order, coordinates, edge routes, grids, spatial index.

Pure Python and NumPy, no recursion and no global state, so that it can run in any thread.
"""

from __future__ import annotations

from inspector.layout.arrays import LayoutCancelled
from inspector.layout.engine import LayoutInput, LayoutOptions, LayoutResult, layout, never
from inspector.layout.spatial import SpatialIndex, curve_bounds

__all__ = [
    "LayoutCancelled",
    "LayoutInput",
    "LayoutOptions",
    "LayoutResult",
    "SpatialIndex",
    "curve_bounds",
    "layout",
    "never",
]
