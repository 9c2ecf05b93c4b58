"""Questions that transforms ask before they run."""

from inspector.ui.transform.tile_dialog import TileDialog

__all__ = ["TileDialog"]
