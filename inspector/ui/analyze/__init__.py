"""Panels that analyse a network for an accelerator: matrix unit, memory, roofline."""

from inspector.ui.analyze.fit_panel import FitPanel
from inspector.ui.analyze.memory_panel import MemoryPanel
from inspector.ui.analyze.roofline_panel import RooflinePanel

__all__ = ["FitPanel", "MemoryPanel", "RooflinePanel"]
