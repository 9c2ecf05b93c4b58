"""The running job in the status bar: its title, how far it is, and Cancel."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

_APPEARS_AFTER_MS = 200


class JobWidget(QWidget):
    """Appears only for jobs that take longer than a moment."""

    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = QLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.bar.setAccessibleName("Progress")
        self.cancel = QPushButton("Cancel")
        self.cancel.setFlat(True)
        self.cancel.clicked.connect(self.cancel_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self.label, self.bar, self.cancel):
            row.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_APPEARS_AFTER_MS)
        self._timer.timeout.connect(self.show)
        self._title = ""
        self.hide()

    def start(self, title: str) -> None:
        """A job has begun; nothing is known yet of how far it is."""
        self._title = title
        self.label.setText(f"{title}…")
        self.bar.setRange(0, 0)
        self._timer.start()

    def set_progress(self, fraction: float, text: str) -> None:
        """How far the job is, 0 to 1, and what it does."""
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * max(0.0, min(1.0, fraction))))
        self.label.setText(text or f"{self._title}…")

    def finish(self) -> None:
        """The job is over."""
        self._timer.stop()
        self.hide()
