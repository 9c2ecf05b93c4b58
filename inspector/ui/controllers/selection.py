"""One selection for graph, tables, plots and property pane."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance

from inspector.app.document import Document
from inspector.model.graph import Graph
from inspector.ui.graph_view.canvas import GraphCanvas
from inspector.ui.problems_panel import ProblemsPanel
from inspector.ui.properties import PropertyPane


class NodesView(Protocol):
    """A view that shows selected nodes and tells, by ``nodes_selected``, what is selected in it."""

    @property
    def nodes_selected(self) -> SignalInstance:
        """Carries the list of nodes."""

    def select_nodes(self, nodes: Sequence[int]) -> None:
        """Shows what is selected elsewhere."""


class SelectionController(QObject):
    """Whoever changes the selection, the others follow, and nobody is told of its own change."""

    changed = Signal()

    def __init__(
        self,
        canvas: GraphCanvas,
        views: Sequence[NodesView],
        properties: PropertyPane,
        problems: ProblemsPanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self._views = tuple(views)
        self._properties = properties
        self._document: Document | None = None
        self.nodes: list[int] = []
        self.group = -1
        self._tensor = -1
        self._leading = False
        canvas.selection_changed.connect(self._from_canvas)
        for view in self._views:
            view.nodes_selected.connect(partial(self._from_view, view))
        properties.node_activated.connect(self.go_to)
        properties.tensor_activated.connect(self.show_tensor)
        properties.group_activated.connect(self.go_to_group)
        canvas.tensor_selected.connect(self.show_tensor)
        problems.node_activated.connect(self.go_to)

    def set_document(self, document: Document | None) -> None:
        """Follows a document, with what its graph already shows as selected."""
        self._document = document
        chosen = self.canvas.selection
        if document is None:
            self._set([], -1)
        else:
            self._set(self.canvas.selected_nodes, chosen.group)
            self.show_nodes()

    def show_nodes(self, but: NodesView | None = None) -> None:
        """Has the views show the selected nodes, except the one that they were selected in."""
        for view in self._views:
            if view is not but:
                view.select_nodes(self.nodes)

    @property
    def graph(self) -> Graph | None:
        """The graph that the selection is of."""
        return self._document.graph if self._document is not None else None

    def go_to(self, node: int) -> None:
        """Selects a node and brings it into view."""
        self._lead([node], -1)
        self.show_nodes()
        self.canvas.centre_on(node)

    def go_to_group(self, group: int) -> None:
        """Selects a group and brings it into view."""
        self._lead([], group)
        self.show_nodes()
        self.canvas.centre_on_group(group)

    def show_tensor(self, tensor: int) -> None:
        """Shows a weight in the property pane; the node stays selected."""
        if self._document is not None and tensor in self._document.graph.weights:
            self._tensor = tensor
            self._properties.show_weight(self._document.graph, tensor)

    def refresh_model(self) -> None:
        """Shows the model's facts again where they are shown: its file may be another."""
        if not self.nodes and self.group < 0 and self._tensor < 0:
            self.refresh()

    def refresh(self) -> None:
        """Shows again what is selected, after its figures or types have changed."""
        document = self._document
        if document is None:
            self._properties.clear()
            return
        graph, figures = document.graph, document.figures
        if self._tensor >= 0:
            self._properties.show_weight(graph, self._tensor)
        elif self.group >= 0:
            self._properties.show_group(graph, figures, self.group)
        elif self.nodes:
            self._properties.show_node(graph, figures, self.nodes[-1])
        else:
            problems = document.revision.problems
            self._properties.show_model(graph, figures, problems, document.path)

    def _lead(self, nodes: list[int], group: int) -> None:
        """Has the canvas follow without answering."""
        self._leading = True
        if group >= 0:
            self.canvas.select_group(group)
        else:
            self.canvas.select_nodes(nodes)
        self._leading = False
        self._set(nodes, group)

    def _from_canvas(self, nodes: Sequence[int], group: int) -> None:
        if self._leading:
            return
        self._set(list(nodes), group)
        self.show_nodes()

    def _from_view(self, view: NodesView, nodes: Sequence[int]) -> None:
        chosen = list(nodes)
        self._lead(chosen, -1)
        self.show_nodes(but=view)
        if chosen:
            self.canvas.centre_on(chosen[-1])

    def _set(self, nodes: list[int], group: int) -> None:
        self.nodes, self.group, self._tensor = nodes, group, -1
        self.refresh()
        self.changed.emit()
