"""Open, drop, recent files, samples, save, export, close: nothing is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from inspector.app.document import Document
from inspector.app.jobs import JobError
from inspector.app.session import Session
from inspector.app.settings import LAST_FOLDER
from inspector.io.samples import SampleError, find_sample
from inspector.model.weights import Weight, WeightUnavailable
from inspector.report.tables import figures_csv, inspect_json
from inspector.ui.controllers.jobs import JobsController

_MODELS = "ONNX models (*.onnx);;All files (*)"


class FilesController(QObject):
    """Asks for files and starts the session's jobs on them."""

    sample_progress = Signal(str, float, str)
    sample_ended = Signal(str)
    saved = Signal(str)

    def __init__(self, window: QWidget, session: Session, jobs: JobsController) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._jobs = jobs
        self.document: Document | None = None

    # Opening -----------------------------------------------------------------------------------

    def ask_open(self) -> None:
        """Asks for a file and opens it."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Open Model", self._folder(), _MODELS)
        if path:
            self.open(path)

    def open(self, path: str) -> None:
        """Opens a file; what is open stays until it has been read."""
        if self._jobs.is_busy or not self.may_discard():
            return
        chosen = Path(path).absolute()
        self._session.settings.set(LAST_FOLDER, str(chosen.parent))
        self._jobs.watch(self._session.open(chosen))

    def open_sample(self, name: str) -> None:
        """Builds a sample if it is not in the cache, then opens it."""
        if self._jobs.is_busy or not self.may_discard():
            return
        try:
            sample = find_sample(name)
        except SampleError as error:
            self._jobs.show_error(JobError(str(error)))
            return
        job = self._jobs.watch(self._session.ensure_sample(sample.key))
        job.title = f"Preparing {sample.title}"
        job.progressed.connect(lambda f, text: self.sample_progress.emit(sample.key, f, text))
        job.ended.connect(lambda: self.sample_ended.emit(sample.key))
        job.finished.connect(lambda path: self._open_prepared(Path(path)))

    def _open_prepared(self, path: Path) -> None:
        self._jobs.watch(self._session.open(path))

    # Saving ------------------------------------------------------------------------------------

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Saves to the document's own file; a sample in the cache asks for a place."""
        document = self.document
        if document is None:
            return
        if document.is_sample:
            self.ask_save(then)
        else:
            self._save(document, document.path, then)

    def ask_save(self, then: Callable[[], None] | None = None) -> None:
        """Asks for a file and saves to it."""
        document = self.document
        if document is None:
            return
        suggested = Path(self._folder()) / _suggested_name(document)
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Save Model As", str(suggested), _MODELS
        )
        if path:
            chosen = Path(path)
            self._session.settings.set(LAST_FOLDER, str(chosen.parent))
            self._save(document, chosen if chosen.suffix else chosen.with_suffix(".onnx"), then)

    def _save(self, document: Document, path: Path, then: Callable[[], None] | None) -> None:
        if self._jobs.is_busy:
            return
        job = self._jobs.watch(self._session.save(document, path))
        job.finished.connect(lambda _: self.saved.emit(str(path)))
        if then is not None:
            job.finished.connect(lambda _: then())

    # Unsaved changes ---------------------------------------------------------------------------

    def may_discard(self, after_save: Callable[[], None] | None = None) -> bool:
        """Asks about unsaved changes. False keeps the document open.

        Where the user chooses Save, the document stays open as well while it is being saved;
        `after_save` is called once it has been.
        """
        document = self.document
        if document is None or not document.is_modified:
            return True
        answer = self._ask_unsaved(document)
        if answer == QMessageBox.StandardButton.Save:
            self.save(after_save)
        return answer == QMessageBox.StandardButton.Discard

    def _ask_unsaved(self, document: Document) -> QMessageBox.StandardButton:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Unsaved changes")
        box.setText(f"Save the changes to {document.path.name}?")
        box.setInformativeText("They are lost if you do not save them.")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        return buttons(box.exec())

    # Exporting ---------------------------------------------------------------------------------

    def export_metrics(self, kind: str) -> None:
        """Writes the figures as "csv" or "json"."""
        document = self.document
        if document is None or document.figures is None:
            return
        suggested = str(Path(self._folder()) / f"{document.path.stem}-metrics.{kind}")
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Export Metrics", suggested, f"{kind.upper()} files (*.{kind})"
        )
        if not path:
            return
        figures = document.figures
        if kind == "csv":
            text = figures_csv(figures)
        else:
            text = json.dumps(inspect_json(figures, document.revision.problems), indent=1)
        self._write(path, lambda: Path(path).write_text(text, encoding="utf-8", newline=""))

    def export_weight(self, weight: Weight) -> None:
        """Writes a weight's values as .npy."""
        name = weight.name.strip("/").replace("/", ".") or "weight"
        suggested = str(Path(self._folder()) / f"{name}.npy")
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Export Values", suggested, "NumPy arrays (*.npy)"
        )
        if path:
            self._write(path, lambda: np.save(path, weight.array()))

    def _write(self, path: str, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError as error:
            what = f"{path} could not be written: {error.strerror or error}."
            self._jobs.show_error(JobError(what, "Choose another folder."))
        except WeightUnavailable as error:
            self._jobs.show_error(JobError(f"The values cannot be read: {error}."))
        else:
            self.saved.emit(path)

    def _folder(self) -> str:
        return self._session.settings.get(LAST_FOLDER) or str(Path.home())


def _suggested_name(document: Document) -> str:
    tiled = "-tiled" if document.graph.marks and not document.opened.graph.marks else ""
    return f"{document.path.stem}{tiled}.onnx"
