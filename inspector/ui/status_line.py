"""The line at the bottom: the file, its size, the last verification, the zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from inspector.app.document import Document

if TYPE_CHECKING:
    from inspector.verify.run import VerifyResult


class StatusLine(QWidget):
    """Text only; everything in it is told in full elsewhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file = QLabel()
        self._nodes = QLabel()
        self._verified = QLabel()
        self._message = QLabel()
        self._zoom = QLabel("100 %")
        for label in (self._nodes, self._message, self._zoom):
            label.setProperty("role", "secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(16)
        for label in (self._file, self._nodes, self._verified, self._message):
            row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self._zoom)

    def show_document(self, document: Document | None) -> None:
        """File name with a star for unsaved changes, and the number of nodes then and now."""
        if document is None:
            return
        self._file.setText(document.path.name + ("*" if document.is_modified else ""))
        before, now = document.opened.graph.node_count, document.graph.node_count
        self._nodes.setText(f"{before:,} → {now:,} nodes" if before != now else f"{now:,} nodes")

    def show_verified(self, result: VerifyResult | None) -> None:
        """The last verification in three words; nothing where there is none."""
        if result is None:
            self._verified.clear()
            return
        worst = max((output.measures.mse for output in result.outputs), default=float("nan"))
        word = "pass" if result.passed else "DIFFERS"
        self._verified.setText(f"verified: MSE {worst:.2g}  {word}")

    def show_message(self, text: str) -> None:
        """What was done last."""
        self._message.setText(text)

    def show_zoom(self, scale: float) -> None:
        """The zoom of the graph, 1 being actual size."""
        percent = 100 * scale
        self._zoom.setText(f"{percent:.0f} %" if percent >= 1 else f"{percent:.2g} %")
