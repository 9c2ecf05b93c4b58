"""Tiling and verifying, from the question to the result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from inspector.app.document import Document
from inspector.app.jobs import JobError
from inspector.app.session import Session
from inspector.app.settings import LAST_FOLDER, SEED, THRESHOLDS, TILE_SIZE
from inspector.transforms.linear_layers import TileOptions, find_linears
from inspector.ui.controllers.jobs import JobsController
from inspector.ui.controllers.selection import SelectionController
from inspector.ui.transform import TileDialog
from inspector.ui.verify import VerifyPanel

if TYPE_CHECKING:
    from inspector.verify.run import VerifyResult


class TileController(QObject):
    """Transform > Tile Linear Layers."""

    def __init__(
        self,
        window: QWidget,
        session: Session,
        jobs: JobsController,
        selection: SelectionController,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._jobs = jobs
        self._selection = selection
        self.document: Document | None = None

    def ask(self) -> None:
        """Shows the dialog and tiles what was chosen."""
        document = self.document
        if document is None or self._jobs.is_busy:
            return
        m, k, n = self._session.settings.get(TILE_SIZE)
        dialog = TileDialog(
            document.graph,
            document.figures,
            find_linears(document.graph),
            options=TileOptions(m, k, n),
            selected=self._selection.nodes,
            parent=self._window,
        )
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return
        nodes, options = dialog.chosen()
        self._session.settings.set(TILE_SIZE, (options.tile_m, options.tile_k, options.tile_n))
        self._start(document, nodes, options)

    def _start(self, document: Document, nodes: Sequence[int], options: TileOptions) -> None:
        known = {group.key for group in document.graph.groups}
        job = self._jobs.watch(self._session.tile(document, nodes, options))
        job.finished.connect(lambda _: self._show_first(document, known))

    def _show_first(self, document: Document, known: set[str]) -> None:
        """Brings the first new mosaic into view once it has its place."""
        self._session.warm_up_verify()
        new = [group.id for group in document.graph.groups if group.key not in known]
        if new:
            canvas = self._selection.canvas
            once = Qt.ConnectionType.SingleShotConnection
            canvas.scene_ready.connect(lambda: self._selection.go_to_group(new[0]), once)


class VerifyController(QObject):
    """Runs both models and shows how far they differ."""

    verified = Signal(object)

    def __init__(
        self, window: QWidget, session: Session, jobs: JobsController, panel: VerifyPanel
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._jobs = jobs
        self._panel = panel
        self.document: Document | None = None
        panel.set_values(session.settings.get(SEED), session.settings.get(THRESHOLDS))
        panel.result_changed.connect(self.verified)
        panel.verify_requested.connect(self.run)
        panel.cancel_requested.connect(jobs.cancel)
        panel.thresholds_changed.connect(self._remember_thresholds)
        panel.seed_changed.connect(lambda seed: session.settings.set(SEED, seed))

    def run(self) -> None:
        """The model shown against the file as opened."""
        self._start(None)

    def ask_other(self) -> None:
        """The model shown against a file to choose."""
        folder = self._session.settings.get(LAST_FOLDER)
        path, _ = QFileDialog.getOpenFileName(
            self._window, "Verify Against", folder, "ONNX models (*.onnx);;All files (*)"
        )
        if path:
            self._start(Path(path))

    def _start(self, other: Path | None) -> None:
        document = self.document
        if document is None or self._jobs.is_busy:
            return
        job = self._jobs.watch(self._session.verify(document, other))
        self._panel.show_running()
        job.progressed.connect(self._panel.set_progress)
        job.finished.connect(self._finished)
        job.failed.connect(self._failed)
        job.cancelled.connect(self._panel.show_cancelled)

    def _finished(self, result: VerifyResult) -> None:
        self._panel.show_result(result)
        self.verified.emit(result)

    def _failed(self, error: JobError) -> None:
        self._panel.show_error(error.what, error.hint)

    def _remember_thresholds(self, values: dict[str, float]) -> None:
        self._session.settings.set(THRESHOLDS, values)
