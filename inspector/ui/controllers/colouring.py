"""Analyze > Colour By: which figure of the nodes the graph shows as colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from inspector.analysis.figures import Figures
from inspector.analysis.fit import Fit, compute_fit
from inspector.analysis.parameters import parameter_tensors
from inspector.app.jobs import Job, run_in_thread
from inspector.app.settings import ACCELERATOR, Settings
from inspector.model.graph import Graph
from inspector.model.groups import GroupKind
from inspector.ui.graph_view.canvas import GraphCanvas

Column = npt.NDArray[np.float64]


class Colouring(StrEnum):
    """What colours mean."""

    CATEGORY = "category"
    MACS = "macs"
    BYTES = "bytes"
    PARAMETERS = "parameters"
    OUTPUT = "output"
    INTENSITY = "intensity"
    UTILISATION = "utilisation"


_TITLES = {
    Colouring.CATEGORY: "&Category",
    Colouring.MACS: "&MACs",
    Colouring.BYTES: "&Bytes Moved",
    Colouring.PARAMETERS: "&Parameters",
    Colouring.OUTPUT: "&Output Bytes",
    Colouring.INTENSITY: "&Arithmetic Intensity",
    Colouring.UTILISATION: "Matrix-Unit &Utilisation",
}
_TIPS = {
    Colouring.CATEGORY: "Colours say what kind of operator a node is",
    Colouring.MACS: "Multiply-accumulates of each node",
    Colouring.BYTES: "Bytes that each node reads and writes",
    Colouring.PARAMETERS: "Parameters that each node reads",
    Colouring.OUTPUT: "Bytes of each node's outputs",
    Colouring.INTENSITY: "Multiply-accumulates of each node per byte that it moves",
    Colouring.UTILISATION: "Useful MACs of each node over those that its tiles have room for",
}


@dataclass(frozen=True)
class Shade:
    """Figures by node for `GraphCanvas.set_node_values`."""

    values: Column
    title: str
    unit: str = ""
    weights: Column | None = None
    missing: str = "unknown"


class ColouringController(QObject):
    """Remembers the choice from model to model, and follows figures and accelerator."""

    def __init__(
        self, canvas: GraphCanvas, menu: QMenu, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._settings = settings
        self._figures: Figures | None = None
        self._fit: Fit | None = None
        self._job: Job | None = None
        self.chosen = Colouring.CATEGORY
        self.actions = self._fill(menu)
        settings.changed.connect(self._setting_changed)

    def _fill(self, menu: QMenu) -> dict[Colouring, QAction]:
        group = QActionGroup(self)
        menu.setToolTipsVisible(True)
        actions: dict[Colouring, QAction] = {}
        for which, title in _TITLES.items():
            action = QAction(title, menu)
            action.setCheckable(True)
            action.setChecked(which is self.chosen)
            action.setToolTip(_TIPS[which])
            action.setStatusTip(_TIPS[which])
            action.triggered.connect(partial(self.choose, which))
            group.addAction(action)
            menu.addAction(action)
            if which is Colouring.CATEGORY:
                menu.addSeparator()
            actions[which] = action
        return actions

    def choose(self, which: Colouring) -> None:
        """Colours by that figure from now on."""
        self.chosen = which
        self.actions[which].setChecked(True)
        self._show()

    def show(self, figures: Figures | None) -> None:
        """Follows new figures; None while they are computed, or when nothing is open."""
        self._stop()
        old = self._figures
        self._figures = figures
        if figures is None or old is None or figures.graph is not old.graph:
            self._fit = None
        self._show()

    def _show(self) -> None:
        self._stop()
        figures = self._figures
        if figures is None or self.chosen is Colouring.CATEGORY:
            self._canvas.set_node_values(None)
        elif self.chosen is Colouring.UTILISATION and self._fit is None:
            self._canvas.set_node_values(None)
            self._start_fit(figures.graph)
        else:
            shade = node_shade(self.chosen, figures, self._fit)
            self._canvas.set_node_values(
                shade.values,
                shade.title,
                shade.unit,
                weights=shade.weights,
                missing=shade.missing,
            )

    def _start_fit(self, graph: Graph) -> None:
        unit = self._settings.get(ACCELERATOR).unit
        title = "Fitting to the matrix unit"
        self._job = run_in_thread(title, lambda _, stop: compute_fit(graph, unit, stop), self)
        self._job.finished.connect(self._fitted)

    def _fitted(self, fit: Fit) -> None:
        self._job, self._fit = None, fit.with_unit(self._settings.get(ACCELERATOR).unit)
        self._show()

    def _setting_changed(self, key: str, value: object) -> None:
        if key != ACCELERATOR.key or self._fit is None:
            return
        unit = self._settings.get(ACCELERATOR).unit
        if unit != self._fit.unit:
            self._fit = self._fit.with_unit(unit)
            if self.chosen is Colouring.UTILISATION:
                self._show()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None


def node_shade(which: Colouring, figures: Figures, fit: Fit | None = None) -> Shade:
    """The figures of a colouring; utilisation needs `fit`. A node with bodies counts them."""
    if which is Colouring.UTILISATION and fit is not None:
        return _utilisation(fit)
    simple: dict[Colouring, Callable[[], Shade]] = {
        Colouring.MACS: lambda: Shade(_column(figures.macs), "MACs"),
        Colouring.BYTES: lambda: Shade(_column(figures.total_bytes), "Bytes moved", "B"),
        Colouring.PARAMETERS: lambda: Shade(_parameters(figures), "Parameters"),
        Colouring.OUTPUT: lambda: Shade(_column(figures.output_bytes), "Output bytes", "B"),
        Colouring.INTENSITY: lambda: _intensity(figures),
    }
    if which not in simple:
        raise ValueError(f"no figures for a colouring by {which}")
    return simple[which]()


def _column(figures: npt.NDArray[np.int64]) -> Column:
    return np.where(figures >= 0, figures.astype(np.float64), np.nan)


def _intensity(figures: Figures) -> Shade:
    """MACs over bytes; over a group weighted by bytes, which is its MACs over its bytes."""
    macs, moved = _column(figures.macs), _column(figures.total_bytes)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(moved > 0, macs / moved, np.nan)
    return Shade(values, "Arithmetic intensity", "MACs/B", weights=moved)


def _utilisation(fit: Fit) -> Shade:
    """Percent; over a group weighted by spent MACs, which is its useful over its spent ones."""
    macs = fit.by_node(fit.macs).astype(np.float64)
    spent = fit.by_node(fit.spent_macs).astype(np.float64)
    for owner, members in _owners(fit.graph):
        macs[owner], spent[owner] = macs[members].sum(), spent[members].sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(spent > 0, 100 * macs / spent, np.nan)
    missing = "no multiply or unknown" if fit.unmapped else "no matrix multiply"
    return Shade(values, f"Utilisation of {fit.unit.text()}", "%", spent, missing)


def _parameters(figures: Figures) -> Column:
    """By node; a node with bodies counts each parameter that they read once."""
    graph = figures.graph
    values = _column(figures.parameters)
    counted = None
    for owner, members in _owners(graph):
        counted = parameter_tensors(graph) if counted is None else counted
        read = {int(t) for node in members for t in graph.node_inputs(node) if t >= 0}
        sizes = [graph.tensor_types[t].elements for t in read if counted[t]]
        values[owner] = sum(np.nan if size is None else size for size in sizes)
    return values


def _owners(graph: Graph) -> list[tuple[int, list[int]]]:
    """Nodes with bodies, innermost first, and with each all nodes in them and itself."""
    control = [group for group in graph.groups if group.kind is GroupKind.CONTROL]
    return [
        (group.owner, sorted({group.owner, *graph.members(group.id)}))
        for group in reversed(control)
    ]
