"""Whether torch is there, and what to say where a sample needs it and it is not."""

from __future__ import annotations

import importlib
import importlib.util

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase, QFontMetrics, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from inspector.io.samples import Sample
from inspector.ui.welcome.tiles import paint_ground
from inspector.ui.widgets.look import GAP, label, theme_of

INSTALL_COMMAND = 'pip install "graph-inspector[torch]"'
NEEDS_TORCH = "needs torch"
_MODULES = ("torch", "torchvision")
_COPIED_MS = 2000


def torch_is_installed() -> bool:
    """Whether torch and torchvision can be found; neither is imported."""
    importlib.invalidate_caches()
    try:
        return all(importlib.util.find_spec(name) is not None for name in _MODULES)
    except ValueError:
        # A module that is half loaded has no spec.
        return False


def lacks_torch(sample: Sample) -> bool:
    """Whether the sample cannot be made here for want of torch."""
    return sample.needs_torch and not torch_is_installed()


class TorchNote(QFrame):
    """Says what to install for a sample, with the command to copy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = label("", wrap=True)
        self.command = QLineEdit(INSTALL_COMMAND)
        self.command.setReadOnly(True)
        self.command.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.command.setAccessibleName("Command that installs torch")
        width = QFontMetrics(self.command.font()).horizontalAdvance(INSTALL_COMMAND)
        self.command.setMaximumWidth(width + 2 * GAP)
        # The field's own padding would set the command off from the text above it.
        self.command.setTextMargins(-GAP - 3, 0, 0, 0)
        self.copy_button = QPushButton("Copy")
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._copy)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.command, 1)
        row.addWidget(self.copy_button)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        column.setSpacing(GAP)
        column.addWidget(self.text)
        column.addLayout(row)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self.copy_button.setText("Copy"))
        self.hide()

    def show_for(self, sample: Sample) -> None:
        """Explains why this sample cannot be made yet."""
        self.text.setText(
            f"{sample.title} is exported from torchvision, which is not installed. To install it:"
        )
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = theme_of(self)
        paint_ground(QPainter(self), self.rect(), theme.pane, theme.hairline)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(INSTALL_COMMAND)
        self.copy_button.setText("Copied")
        self._timer.start(_COPIED_MS)
