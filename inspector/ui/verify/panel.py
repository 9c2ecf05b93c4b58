"""Never run, running, passed, differs, failed: each with what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from inspector.ui.verify.outputs_table import OutputsTable
from inspector.ui.verify.settings_form import SettingsForm
from inspector.ui.widgets.look import label, set_role

if TYPE_CHECKING:
    from inspector.verify.run import VerifyResult

_FORM_WIDTH = 260
_ABOUT = (
    "Runs the model shown and the file as it was opened on the same seeded random inputs under "
    "onnxruntime, and measures how far their outputs differ."
)


class VerifyPanel(QWidget):
    """Shows the last result until the next run."""

    verify_requested = Signal()
    cancel_requested = Signal()
    thresholds_changed = Signal(dict)
    seed_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: VerifyResult | None = None
        self.form = SettingsForm()
        self.form.thresholds_changed.connect(self.thresholds_changed)
        self.form.seed_changed.connect(self.seed_changed)
        self.pages = QStackedWidget()
        self._idle = self._idle_page()
        self._running = self._running_page()
        self._shown = self._result_page()
        self._failed = self._error_page()
        for page in (self._idle, self._running, self._shown, self._failed):
            self.pages.addWidget(page)
        self.run = QPushButton("Verify now")
        self.run.setProperty("primary", True)
        self.run.clicked.connect(self.verify_requested)
        self._arrange()

    # States ------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Nothing has been verified."""
        self._result = None
        self._show(self._idle)

    def show_running(self) -> None:
        """A run has begun."""
        self.set_progress(0.0, "Starting…")
        self._show(self._running)

    def set_progress(self, fraction: float, text: str) -> None:
        """How far the run is."""
        self.bar.setValue(round(1000 * fraction))
        self.stage.setText(text)

    def show_cancelled(self) -> None:
        """The run was cancelled: an older result is shown again."""
        self._show(self._shown if self._result is not None else self._idle)

    def show_error(self, what: str, hint: str) -> None:
        """The run could not be done."""
        self.error.setText(what)
        self.advice.setText(hint)
        self._show(self._failed)

    def show_result(self, result: VerifyResult) -> None:
        """The run is done."""
        self._result = result
        self.verdict.setText("✓  The models agree" if result.passed else "✗  The models differ")
        set_role(self.verdict, "success" if result.passed else "error")
        self.reason.setText(result.text)
        self.table.set_outputs(result.outputs)
        self.facts.setText(_facts(result))
        self._show(self._shown)

    def _show(self, page: QWidget) -> None:
        self.pages.setCurrentWidget(page)
        self.run.setEnabled(page is not self._running)

    # Pages -------------------------------------------------------------------------------------

    def _idle_page(self) -> QWidget:
        page, column = _page()
        column.addWidget(label("Not verified yet", "title"))
        column.addWidget(label(_ABOUT, "secondary", wrap=True))
        column.addStretch(1)
        return page

    def _running_page(self) -> QWidget:
        page, column = _page()
        column.addWidget(label("Verifying", "title"))
        self.stage = label("", "secondary")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setMaximumWidth(480)
        self.bar.setAccessibleName("Progress of the verification")
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self.cancel_requested)
        for widget in (self.stage, self.bar):
            column.addWidget(widget)
        column.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        return page

    def _result_page(self) -> QWidget:
        page, column = _page()
        head = QHBoxLayout()
        self.verdict = label("", "title", copyable=True)
        self.reason = label("", "secondary", wrap=True, copyable=True)
        copy = QPushButton("Copy result")
        copy.setFlat(True)
        copy.clicked.connect(self._copy)
        head.addWidget(self.verdict)
        head.addWidget(self.reason, 1)
        head.addWidget(copy)
        self.table = OutputsTable()
        self.facts = label("", "secondary", wrap=True, copyable=True)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addWidget(self.facts)
        return page

    def _error_page(self) -> QWidget:
        page, column = _page()
        title = label("Could not verify", "title")
        set_role(title, "error")
        self.error = label("", wrap=True, copyable=True)
        self.advice = label("", "secondary", wrap=True, copyable=True)
        for widget in (title, self.error, self.advice):
            column.addWidget(widget)
        column.addStretch(1)
        return page

    def _arrange(self) -> None:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 8, 16, 8)
        column.addWidget(self.run)
        column.addSpacing(4)
        column.addWidget(self.form)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(side)
        scroll.setWidgetResizable(True)
        scroll.setFixedWidth(_FORM_WIDTH)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.pages, 1)
        row.addWidget(scroll)

    def _copy(self) -> None:
        if self._result is not None:
            from inspector.report.verification import verification_text

            QGuiApplication.clipboard().setText(verification_text(self._result))


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(16, 8, 0, 8)
    column.setSpacing(8)
    return page, column


def _facts(result: VerifyResult) -> str:
    seconds = result.seconds
    times = (
        f"reference {seconds.left_session:.2f} s to load, {seconds.left_run:.2f} s to run",
        f"compared {seconds.right_session:.2f} s to load, {seconds.right_run:.2f} s to run",
    )
    return "  ·  ".join((*result.inputs, f"seed {result.seed}", *times, *result.notes))
