"""Colours and style of the window, light and dark.

A theme is data; :func:`apply_theme` turns it into Fusion's palette and one stylesheet. Widgets
ask for a look by dynamic property, so that no widget carries colours of its own:

- ``QLabel`` ``role``: ``title``, ``section``, ``secondary``, ``figure``, ``success``, ``warning``,
  ``error``
- ``QPushButton`` ``primary``: ``true``; ``QPushButton`` ``flat``: Qt's own property
- ``QFrame`` ``card``: ``true``; ``QWidget`` ``pane``: ``true``; ``QFrame`` ``hairline``: ``true``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from types import MappingProxyType
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from inspector.ui.icons import resource_path

ThemeName = Literal["light", "dark", "system"]


@dataclass(frozen=True)
class Theme:
    """Every colour of the window as ``#RRGGBB``; contrasts are checked by the tests."""

    name: Literal["light", "dark"]
    background: str
    pane: str
    raised: str
    hairline: str
    outline: str
    text: str
    secondary: str
    disabled: str
    accent: str
    accent_hover: str
    on_accent: str
    selection: str
    hover: str
    edge: str
    success: str
    warning: str
    error: str
    categories: Mapping[str, str] = field(hash=False)

    @property
    def dark(self) -> bool:
        return self.name == "dark"

    def category(self, category: str) -> str:
        """The colour of an operator category; an unknown one has the colour of ``other``."""
        return self.categories.get(category, self.categories["other"])


LIGHT = Theme(
    name="light",
    background="#F6F7F9",
    pane="#FFFFFF",
    raised="#FFFFFF",
    hairline="#D9DEE5",
    outline="#7F8A99",
    text="#1B2430",
    secondary="#5B6675",
    disabled="#8C96A4",
    accent="#2563EB",
    accent_hover="#1D4FD0",
    on_accent="#FFFFFF",
    selection="#DFE9FB",
    hover="#EEF1F5",
    edge="#A3ADBA",
    success="#15803D",
    warning="#9A5B06",
    error="#C0262D",
    categories=MappingProxyType(
        {
            "convolution": "#2C6BDA",
            "linear": "#7A3FD1",
            "activation": "#C2410C",
            "normalisation": "#0F766E",
            "pooling": "#15803D",
            "shape": "#627289",
            "arithmetic": "#A16207",
            "quantization": "#BE185D",
            "control": "#334155",
            "io": "#111827",
            "other": "#5B6675",
        }
    ),
)

DARK = Theme(
    name="dark",
    background="#14181E",
    pane="#1B2028",
    raised="#222933",
    hairline="#2C343F",
    outline="#748194",
    text="#E6EAF0",
    secondary="#9AA6B5",
    disabled="#6B7686",
    accent="#6EA0FF",
    accent_hover="#8DB4FF",
    on_accent="#0E1420",
    selection="#1E2B47",
    hover="#252C37",
    edge="#566273",
    success="#4CBF74",
    warning="#E0A83A",
    error="#F47174",
    categories=MappingProxyType(
        {
            "convolution": "#5B93F5",
            "linear": "#A77BF3",
            "activation": "#F08A4B",
            "normalisation": "#2FB5A8",
            "pooling": "#4CBF74",
            "shape": "#8A99AE",
            "arithmetic": "#D9A32B",
            "quantization": "#EC6BA3",
            "control": "#B5C0CF",
            "io": "#E5E7EB",
            "other": "#9AA6B5",
        }
    ),
)


def theme_for(name: ThemeName) -> Theme:
    """The theme of that name; ``system`` asks the desktop and is light where it does not say."""
    if name == "system":
        scheme = QGuiApplication.styleHints().colorScheme()
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT
    return DARK if name == "dark" else LIGHT


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Give the whole application the look of ``theme``; may be called again at any time."""
    if not app.styleSheet():
        app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setStyleSheet(stylesheet(theme, app.font()))


def palette(theme: Theme) -> QPalette:
    """Fusion's colours for what the stylesheet leaves to the style."""
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.background,
        role.WindowText: theme.text,
        role.Base: theme.pane,
        role.AlternateBase: theme.background,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.Text: theme.text,
        role.PlaceholderText: theme.secondary,
        role.Button: theme.pane,
        role.ButtonText: theme.text,
        role.BrightText: theme.error,
        role.Highlight: theme.selection,
        role.HighlightedText: theme.text,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.categories["linear"],
        role.Light: theme.raised,
        role.Midlight: theme.hover,
        role.Mid: theme.hairline,
        role.Dark: theme.outline,
        role.Shadow: theme.outline,
    }
    result = QPalette()
    for which, colour in colours.items():
        result.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.disabled))
    return result


def stylesheet(theme: Theme, font: QFont) -> str:
    """The one stylesheet; text sizes are multiples of the size of ``font``."""
    values: dict[str, str] = {
        name: value for name, value in vars(theme).items() if isinstance(value, str)
    }
    for name, factor in (("small", 0.9), ("title_size", 1.35), ("figure_size", 1.4)):
        values[name] = _scaled(font, factor)
    for name in ("check", "dash", "dot", "chevron-down", "chevron-up", "close", "float"):
        path = resource_path("style", f"{name}-{theme.name}.svg")
        values[name.replace("-", "_")] = f'url("{path.as_posix()}")'
    return Template(_STYLE).substitute(values)


def _scaled(font: QFont, factor: float) -> str:
    if font.pointSizeF() > 0:
        return f"{font.pointSizeF() * factor:.1f}pt"
    return f"{round(font.pixelSize() * factor)}px"


_STYLE = """
QMainWindow, QDialog { background: $background; }
QWidget[pane="true"] { background: $pane; }
QFrame[hairline="true"] { background: $hairline; border: none; max-height: 1px; }
QFrame[card="true"] { background: $background; border: none; border-radius: 8px; }
QDialog QFrame[card="true"] { background: $pane; }
QToolTip { background: $raised; color: $text; border: 1px solid $hairline; padding: 4px 8px; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: $title_size; font-weight: 600; }
QLabel[role="section"] { font-size: $small; font-weight: 600; color: $secondary; }
QLabel[role="secondary"] { color: $secondary; }
QLabel[role="figure"] { font-size: $figure_size; font-weight: 600; }
QLabel[role="success"] { color: $success; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="error"] { color: $error; }

QMenuBar { background: $pane; color: $text; border: none; padding: 2px 0; }
QFrame#topBar { background: $pane; border: none; border-bottom: 1px solid $hairline; }
QMenuBar::item { background: transparent; padding: 6px 8px; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; }
QMenuBar::item:pressed { background: $selection; }
QMenu { background: $raised; color: $text; border: 1px solid $hairline; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $selection; color: $text; }
QMenu::item:disabled { color: $disabled; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $hairline; margin: 4px 8px; }

QToolBar { background: $pane; border: none; border-bottom: 1px solid $hairline; spacing: 4px;
    padding: 4px 8px; }
QToolBar::separator { background: $hairline; width: 1px; margin: 4px 4px; }
QToolButton { background: transparent; color: $text; border: 1px solid transparent;
    border-radius: 4px; padding: 4px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $selection; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $disabled; }

QMainWindow::separator { background: $hairline; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $hairline; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QDockWidget { background: $pane; color: $secondary; titlebar-close-icon: $close;
    titlebar-normal-icon: $float; }
QDockWidget::close-button, QDockWidget::float-button { border: none; border-radius: 4px;
    background: transparent; }
QDockWidget::close-button:hover, QDockWidget::float-button:hover { background: $hover; }
QDockWidget::title { background: $pane; padding: 8px 16px; text-align: left; }
QDockWidget > QWidget { background: $pane; }
QStatusBar { background: $pane; color: $secondary; border-top: 1px solid $hairline; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $secondary; padding: 0 8px; }

QScrollArea { background: transparent; border: none; }
QAbstractItemView { background: $pane; color: $text; border: none; outline: none;
    selection-background-color: $selection; selection-color: $text; }
QTableView { gridline-color: transparent; }
QTableView::item, QTreeView::item, QListView::item { padding: 4px 8px; border: none; }
QTableView::item:hover, QTreeView::item:hover, QListView::item:hover { background: $hover; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected {
    background: $selection; color: $text; }
QTableView:focus, QTreeView:focus, QListView:focus { border: 1px solid $accent; }
QTableView, QTreeView, QListView { border: 1px solid transparent; }
QHeaderView { background: $pane; border: none; }
QHeaderView::section { background: $pane; color: $secondary; border: none;
    border-bottom: 1px solid $hairline; padding: 6px 8px; font-weight: 600; }
QHeaderView::section:hover { color: $text; }
QHeaderView::down-arrow { image: $chevron_down; width: 12px; height: 12px; }
QHeaderView::up-arrow { image: $chevron_up; width: 12px; height: 12px; }
QTableCornerButton::section { background: $pane; border: none; }

QTabWidget::pane { border: none; border-top: 1px solid $hairline; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $secondary; border: none;
    border-bottom: 2px solid transparent; padding: 8px 12px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }

QPushButton { background: $pane; color: $text; border: 1px solid $hairline; border-radius: 6px;
    padding: 6px 16px; min-height: 18px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $selection; }
QPushButton:focus { border: 2px solid $accent; padding: 5px 15px; }
QPushButton:disabled { color: $disabled; background: $background; }
QPushButton:flat { background: transparent; border-color: transparent; color: $accent; }
QPushButton:flat:hover { background: $hover; }
QPushButton:flat:focus { border-color: $accent; }
QPushButton[primary="true"], QPushButton:default { background: $accent; color: $on_accent;
    border-color: $accent; font-weight: 600; }
QPushButton[primary="true"]:hover, QPushButton:default:hover { background: $accent_hover;
    border-color: $accent_hover; }
QPushButton[primary="true"]:focus, QPushButton:default:focus { border: 2px solid $text; }
QPushButton[primary="true"]:disabled, QPushButton:default:disabled { background: $hover;
    color: $disabled; border-color: $hairline; }

QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit { background: $background;
    color: $text; border: 1px solid $outline; border-radius: 6px; padding: 4px 8px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit, QAbstractSpinBox, QComboBox { min-height: 20px; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
    border: 2px solid $accent; padding: 3px 7px; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $disabled;
    border-color: $hairline; }
QLineEdit { lineedit-clear-button-icon: $close; }
QLineEdit[readOnly="true"] { border-color: transparent; background: transparent; }
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"] { border-color: $error; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: $chevron_down; width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $hairline; padding: 4px; }
/* Qt places a spin box's text at its left edge whatever the padding; numbers stand right. */
QAbstractSpinBox { qproperty-alignment: "AlignRight | AlignVCenter"; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: 20px;
    background: transparent; subcontrol-origin: border; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 2px 2px 0 0; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 2px 2px 0; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-arrow { image: $chevron_up; width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: $chevron_down; width: 10px; height: 10px; }

QCheckBox, QRadioButton { background: transparent; color: $text; spacing: 8px; padding: 2px; }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }
QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator,
QMenu::indicator { width: 14px; height: 14px; border: 1px solid $outline; background: $pane;
    border-radius: 3px; }
QRadioButton::indicator, QMenu::indicator:exclusive { border-radius: 8px; }
QMenu::indicator { margin-left: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover, QAbstractItemView::indicator:hover {
    border-color: $accent; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked,
QMenu::indicator:non-exclusive:checked { background: $accent; border-color: $accent;
    image: $check; }
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate {
    background: $accent; border-color: $accent; image: $dash; }
QRadioButton::indicator:checked, QMenu::indicator:exclusive:checked { background: $accent;
    border-color: $accent; image: $dot; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled,
QAbstractItemView::indicator:disabled { background: $hover; border-color: $hairline; }
QCheckBox:focus, QRadioButton:focus { border: 1px solid $accent; border-radius: 4px;
    padding: 1px; }
QGroupBox { border: none; margin-top: 24px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; color: $secondary; }

QProgressBar { background: $hairline; border: none; border-radius: 3px; max-height: 6px;
    min-height: 6px; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $edge; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $outline; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
"""
