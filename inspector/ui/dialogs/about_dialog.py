"""What the program is, under which licence, and the versions of what it runs on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QSize, Qt, QTimer, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inspector.ui.icons import app_icon
from inspector.ui.theme import Theme
from inspector.ui.widgets.look import GAP, hairline, label, set_role, theme_of

NAME = "Graph Inspector"
LICENCE = "Apache License 2.0"
_PURPOSE = (
    "Opens a neural network, draws its graph, counts its cost, "
    "tiles its Linear layers and verifies the result."
)
_ABSENT = "not installed"
_LIBRARIES = {
    "PySide6": "PySide6-Essentials",
    "NumPy": "numpy",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "torch": "torch",
    "torchvision": "torchvision",
}
_ICON = 64
_COPIED_MS = 2000


def installed_version(distribution: str) -> str:
    """The version of an installed distribution; it is not imported."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return _ABSENT


def versions() -> dict[str, str]:
    """What the program runs on, by name."""
    return {
        "Python": platform.python_version(),
        "Qt": qVersion(),
        **{name: installed_version(package) for name, package in _LIBRARIES.items()},
        "System": platform.platform(terse=True),
    }


class AboutDialog(QDialog):
    """Name, version, licence and libraries; all of it can be copied."""

    def __init__(self, parent: QWidget | None = None, theme: Theme | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"About {NAME}")
        self._theme = theme or theme_of(self)
        self._versions = versions()
        own = installed_version("graph-inspector")
        self._release = "run from its sources" if own == _ABSENT else f"Version {own}"
        self._arrange()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self.copy_button.setText("Copy"))

    def text(self) -> str:
        """Everything the dialog says, one fact on each line."""
        lines = [f"{NAME}, {self._release}", LICENCE]
        return "\n".join(lines + [f"{name} {value}" for name, value in self._versions.items()])

    def copy(self) -> None:
        """Puts the text on the clipboard."""
        QGuiApplication.clipboard().setText(self.text())
        self.copy_button.setText("Copied")
        self._timer.start(_COPIED_MS)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GAP, 3 * GAP, 3 * GAP, 2 * GAP)
        column.setSpacing(2 * GAP)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        column.addLayout(self._header())
        column.addWidget(label(_PURPOSE, wrap=True))
        column.addWidget(hairline())
        column.addLayout(self._table())
        column.addSpacing(GAP)
        buttons = self._make_buttons()
        column.addWidget(buttons)
        buttons.button(QDialogButtonBox.StandardButton.Close).setFocus()

    def _header(self) -> QHBoxLayout:
        picture = QLabel()
        size = QSize(_ICON, _ICON)
        picture.setPixmap(app_icon().pixmap(size, self.devicePixelRatioF()))
        picture.setFixedSize(size)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addStretch(1)
        words.addWidget(label(NAME, "title"))
        words.addWidget(label(f"{self._release}  ·  {LICENCE}", "secondary", copyable=True))
        words.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(2 * GAP)
        row.addWidget(picture)
        row.addLayout(words, 1)
        return row

    def _table(self) -> QFormLayout:
        table = QFormLayout()
        table.setHorizontalSpacing(3 * GAP)
        table.setVerticalSpacing(GAP)
        table.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for name, value in self._versions.items():
            shown = label(value, copyable=True)
            if value == _ABSENT:
                set_role(shown, "secondary")
            table.addRow(label(name, "secondary"), shown)
        return table

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy_button = QPushButton("Copy")
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self.copy)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        return buttons
