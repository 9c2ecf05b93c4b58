"""Builds menus from the table of actions."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from inspector.app.actions import ACTIONS, MENUS, ActionId, ActionSpec
from inspector.ui.icons import icon
from inspector.ui.theme import Theme


class Menus:
    """The window's actions by id, and the menu bar that shows them."""

    def __init__(self, window: QWidget, canvas: QWidget) -> None:
        self.bar = QMenuBar()
        self.actions: dict[ActionId, QAction] = {}
        self.submenus: dict[ActionId, QMenu] = {}
        self._radios: dict[str, QActionGroup] = {}
        menus = {title: self.bar.addMenu(f"&{title}") for title in MENUS}
        groups: dict[str, int] = {}
        for spec in ACTIONS:
            menu = menus[spec.menu]
            if groups.setdefault(spec.menu, spec.group) != spec.group:
                menu.addSeparator()
                groups[spec.menu] = spec.group
            if spec.submenu:
                self.submenus[spec.id] = menu.addMenu(spec.title)
            else:
                self._add(spec, menu, window, canvas)

    def __getitem__(self, action: ActionId) -> QAction:
        return self.actions[action]

    def set_theme(self, theme: Theme) -> None:
        """Draws every icon in the theme's colour."""
        for spec in ACTIONS:
            if spec.icon and spec.id in self.actions:
                self.actions[spec.id].setIcon(icon(spec.icon, theme))

    def set_enabled(self, states: Mapping[ActionId, bool]) -> None:
        """Enables or disables several actions."""
        for action, enabled in states.items():
            self.actions[action].setEnabled(enabled)

    def _add(self, spec: ActionSpec, menu: QMenu, window: QWidget, canvas: QWidget) -> None:
        action = QAction(spec.title, window)
        action.setObjectName(spec.id)
        action.setShortcuts([QKeySequence(text) for text in spec.shortcuts])
        action.setToolTip(spec.tip)
        action.setStatusTip(spec.tip)
        action.setCheckable(spec.checkable)
        action.setIconVisibleInMenu(True)
        if spec.radio:
            if spec.radio not in self._radios:
                self._radios[spec.radio] = QActionGroup(window)
            self._radios[spec.radio].addAction(action)
        # Plain keys belong to the canvas, or typing in a field would trigger them.
        holder = canvas if spec.canvas_only else window
        context = Qt.ShortcutContext.WidgetShortcut if spec.canvas_only else None
        if context is not None:
            action.setShortcutContext(context)
        holder.addAction(action)
        menu.addAction(action)
        self.actions[spec.id] = action
