"""The menu of the right mouse button on the graph: what fits the thing under it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from inspector.app.actions import ActionId
from inspector.model.graph import Graph
from inspector.transforms.linear_layers import find_linears
from inspector.ui.controllers.selection import SelectionController
from inspector.ui.menus import Menus


class ContextMenu(QObject):
    """Offers the window's own actions, and copies of what was clicked."""

    def __init__(self, menus: Menus, selection: SelectionController, parent: QObject) -> None:
        super().__init__(parent)
        self._menus = menus
        self._selection = selection
        self.menu = QMenu()
        selection.canvas.context_requested.connect(self.show)

    def show(self, node: int, group: int, at: QPoint) -> None:
        """Opens the menu for a node or a group; without either, for the whole graph."""
        graph = self._selection.graph
        if graph is None:
            return
        self.menu.clear()
        if node >= 0:
            self._add_copies(graph, node)
        if group >= 0:
            self._add(ActionId.VIEW_FOLD)
        if node >= 0 and any(layer.node == node for layer in find_linears(graph)):
            self._add(ActionId.TRANSFORM_TILE)
        if node >= 0 or group >= 0:
            self._add(ActionId.VIEW_ZOOM_SELECTION)
        self.menu.addSeparator()
        self._add(ActionId.VIEW_FIT)
        self._add(ActionId.VIEW_CONSTANTS)
        self.menu.popup(at)

    def _add(self, action: ActionId) -> None:
        self.menu.addAction(self._menus[action])

    def _add_copies(self, graph: Graph, node: int) -> None:
        texts = {"Copy Name": graph.names[node], "Copy Operator Type": graph.op_types[node]}
        for title, text in texts.items():
            action = self.menu.addAction(title)
            action.triggered.connect(
                lambda _=False, text=text: QGuiApplication.clipboard().setText(text)
            )
        self.menu.addSeparator()
