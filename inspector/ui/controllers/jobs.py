"""The job that runs in the foreground: its progress in the status bar, its errors in a bar."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from inspector.app.jobs import Job, JobError
from inspector.ui.dialogs.job_widget import JobWidget
from inspector.ui.dialogs.message_bar import MessageBar


class JobsController(QObject):
    """One foreground job at a time; starting another cancels nothing, it is refused."""

    busy_changed = Signal(bool)

    def __init__(self, widget: JobWidget, messages: MessageBar, parent: QObject) -> None:
        super().__init__(parent)
        self._widget = widget
        self._messages = messages
        self.job: Job | None = None
        widget.cancel_requested.connect(self.cancel)

    @property
    def is_busy(self) -> bool:
        """Whether a job runs."""
        return self.job is not None and not self.job.is_over

    def watch(self, job: Job) -> Job:
        """Shows a job until it ends."""
        self.job = job
        self._widget.start(job.title)
        job.progressed.connect(self._widget.set_progress)
        job.failed.connect(self.show_error)
        job.ended.connect(lambda: self._ended(job))
        self.busy_changed.emit(True)
        return job

    def cancel(self) -> None:
        """Cancels the running job."""
        if self.job is not None:
            self.job.cancel()

    def show_error(self, error: JobError) -> None:
        """Says in the message bar what went wrong."""
        self._messages.show_error(error.what, error.hint, error.detail)

    def _ended(self, job: Job) -> None:
        if self.job is job:
            self.job = None
            self._widget.finish()
            self.busy_changed.emit(False)
