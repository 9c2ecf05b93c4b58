"""The verification panel: what it does, how far it is, what came out, or what went wrong."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from inspector.report.verification import verification_text
from inspector.ui.verify.limits_form import LimitsForm
from inspector.ui.verify.outcome import FAIL, PASS, deciding, facts, headline, judged
from inspector.ui.verify.output_table import OutputTable
from inspector.ui.widgets.elided_label import ElidedLabel
from inspector.ui.widgets.look import label, scaled_font, set_role
from inspector.verify.run import VerifyResult
from inspector.verify.thresholds import Thresholds

_WHAT = (
    "Runs the model shown and the file as it was opened in onnxruntime on the same random inputs, "
    "and compares every output: mean squared error, largest absolute error, relative L2, cosine "
    "and top-1. The inputs follow from the seed, so a result can be repeated."
)
_IDLE, _RUNNING, _RESULT, _ERROR = range(4)


class VerifyPanel(QWidget):
    """Shows one verification at a time; a result stays until the next one is there."""

    verify_requested = Signal()
    cancel_requested = Signal()
    thresholds_changed = Signal(dict)
    """The limits that the user set, by name; `Thresholds.from_values` reads them."""
    seed_changed = Signal(int)
    result_changed = Signal(object)
    """The result shown, judged again by limits that were edited."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("pane", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.result: VerifyResult | None = None
        self.form = LimitsForm()
        self.table = OutputTable()
        self.run = QPushButton("Verify Now")
        self.copy_result = QPushButton("Copy Result")
        self.cancel = QPushButton("Cancel")
        self.bar = QProgressBar()
        self.stage = label("", "secondary")
        self.verdict = label("", copyable=True)
        self.verdict.setFont(scaled_font(self.font(), 1.4, semibold=True))
        self.reason = ElidedLabel()
        self.error = label("", wrap=True, copyable=True)
        self.advice = label("", "secondary", wrap=True, copyable=True)
        self.facts = label("", "secondary", wrap=True, copyable=True)
        self._pages = QStackedWidget()
        self._lay_out()
        self._connect()
        self.reset()

    def sizeHint(self) -> QSize:
        return QSize(960, 240)

    # States ------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Nothing has been verified yet."""
        self.result = None
        self._show_page(_IDLE, "Not verified yet")

    def show_running(self) -> None:
        """A verification has started."""
        self.bar.setRange(0, 0)
        self.stage.setText("Starting")
        self._show_page(_RUNNING, "Verifying")

    def set_progress(self, fraction: float, text: str) -> None:
        """How far the verification is, 0 to 1, and what it does."""
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * min(max(fraction, 0.0), 1.0)))
        self.stage.setText(text)

    def show_result(self, result: VerifyResult) -> None:
        """What came out."""
        self.result = result
        self.verdict.setText(f"{PASS if result.passed else FAIL}  {headline(result)}")
        self.reason.setText(deciding(result))
        self.table.show_outputs(result.outputs)
        self.facts.setText("\n".join(facts(result)))
        self._show_page(_RESULT, "", "success" if result.passed else "error")

    def show_error(self, what: str, hint: str = "") -> None:
        """The verification could not be done."""
        self.result = None
        self.error.setText(what)
        self.advice.setText(hint)
        self.advice.setVisible(bool(hint))
        self._show_page(_ERROR, "The verification could not be done", "error")

    def show_cancelled(self) -> None:
        """Back to the last result, or to the beginning."""
        if self.result is not None:
            self.show_result(self.result)
        else:
            self._show_page(_IDLE, "Cancelled: not verified")

    def mark_outdated(self) -> None:
        """The model has changed since: the result stays, but says so."""
        if self.result is not None and self._pages.currentIndex() == _RESULT:
            self.verdict.setText("Verified before the last change")
            set_role(self.verdict, "secondary")

    def set_values(self, seed: int, thresholds: Mapping[str, float]) -> None:
        """Shows the seed and the limits in force, those that differ from the defaults."""
        self.form.set_values(seed, thresholds)

    def copy(self) -> None:
        """Copies the whole result."""
        if self.result is not None:
            QGuiApplication.clipboard().setText(verification_text(self.result))

    # Layout ------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setContentsMargins(16, 8, 8, 8)
        left.setSpacing(4)
        left.addLayout(self._head())
        for page in (self._idle(), self._running(), self._outcome(), self._failure()):
            self._pages.addWidget(page)
        left.addWidget(self._pages, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(left, 1)
        whole.addWidget(self._settings())

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.verdict)
        row.addStretch(1)
        row.addWidget(self.copy_result)
        row.addWidget(self.cancel)
        row.addWidget(self.run)
        self.run.setProperty("primary", True)
        return row

    def _idle(self) -> QWidget:
        page, column = _page()
        column.addWidget(label(_WHAT, "secondary", wrap=True))
        column.addStretch(1)
        return page

    def _running(self) -> QWidget:
        page, column = _page()
        column.addSpacing(16)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the verification")
        column.addWidget(self.bar)
        column.addWidget(self.stage)
        column.addStretch(1)
        return page

    def _outcome(self) -> QWidget:
        page, column = _page()
        column.addWidget(self.reason)
        column.addWidget(self.table, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        self.facts.setProperty("pane", True)
        self.facts.setAlignment(Qt.AlignmentFlag.AlignTop)
        area.setWidget(self.facts)
        area.setMaximumHeight(4 * self.fontMetrics().height())
        column.addWidget(area)
        return page

    def _failure(self) -> QWidget:
        page, column = _page()
        column.addWidget(self.error)
        column.addWidget(self.advice)
        column.addStretch(1)
        return page

    def _settings(self) -> QWidget:
        holder = QWidget()
        holder.setProperty("pane", True)
        column = QVBoxLayout(holder)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(4)
        column.addWidget(self.form)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(248)
        area.setWidget(holder)
        return area

    def _connect(self) -> None:
        self.run.clicked.connect(self.verify_requested)
        self.cancel.clicked.connect(self.cancel_requested)
        self.copy_result.clicked.connect(self.copy)
        self.form.thresholds_changed.connect(self._take_limits)
        self.form.seed_changed.connect(self.seed_changed)

    def _show_page(self, page: int, title: str, role: str = "") -> None:
        self._pages.setCurrentIndex(page)
        if title:
            self.verdict.setText(title)
        set_role(self.verdict, role)
        self.cancel.setVisible(page == _RUNNING)
        self.run.setVisible(page != _RUNNING)
        self.run.setText("Verify Now" if page == _IDLE else "Verify Again")
        self.copy_result.setVisible(page == _RESULT)

    def _take_limits(self, values: dict[str, float]) -> None:
        self.thresholds_changed.emit(values)
        if self.result is not None:
            result = judged(self.result, Thresholds.from_values(values))
            is_shown = self._pages.currentIndex() == _RESULT
            self.result = result
            if is_shown:
                self.show_result(result)
                self.result_changed.emit(result)


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    return page, column
