"""The panels that analyse for an accelerator, and the accelerator that they share."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject

from inspector.analysis.accelerator import Accelerator, Unit
from inspector.analysis.figures import Figures
from inspector.app.settings import ACCELERATOR, COUNT_PADDING, Settings
from inspector.model.graph import Graph
from inspector.ui.analyze import FitPanel, MemoryPanel, RooflinePanel
from inspector.ui.analyze.panel import AnalyzePanel


class AnalyzeController(QObject):
    """One accelerator for all panels, remembered between runs."""

    def __init__(self, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self.fit = FitPanel()
        self.memory = MemoryPanel()
        self.roofline = RooflinePanel()
        self._show(settings.get(ACCELERATOR))
        self.fit.unit_changed.connect(self._take_unit)
        self.roofline.accelerator_changed.connect(self._take)
        self.roofline.padding_changed.connect(lambda on: settings.set(COUNT_PADDING, on))

    @property
    def panels(self) -> tuple[AnalyzePanel, ...]:
        """The panels in the order of their tabs."""
        return self.fit, self.memory, self.roofline

    def show(self, graph: Graph, figures: Figures | None, name: str) -> None:
        """Shows a graph; without figures the panels say that they are on the way."""
        self.fit.set_name(name)
        for panel in self.panels:
            if figures is None:
                panel.clear("Figures are being computed…")
            else:
                panel.set_data(graph, figures)

    def clear(self) -> None:
        """Nothing is open."""
        for panel in self.panels:
            panel.clear()

    def _take(self, accelerator: Accelerator) -> None:
        self._settings.set(ACCELERATOR, accelerator)
        self.fit.set_unit(accelerator.unit)

    def _take_unit(self, unit: Unit) -> None:
        accelerator = replace(self._settings.get(ACCELERATOR), unit=unit)
        self._settings.set(ACCELERATOR, accelerator)
        self.roofline.set_accelerator(accelerator, self._settings.get(COUNT_PADDING))

    def _show(self, accelerator: Accelerator) -> None:
        self.fit.set_unit(accelerator.unit)
        self.roofline.set_accelerator(accelerator, self._settings.get(COUNT_PADDING))
