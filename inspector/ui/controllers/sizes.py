"""Open dimensions: says that there are some, and takes sizes for them."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from inspector.app.document import Document
from inspector.app.session import Session
from inspector.ui.controllers.jobs import JobsController
from inspector.ui.dialogs.message_bar import MessageBar
from inspector.ui.dialogs.sizes_dialog import SizesDialog

_SHOWN = 4


class SizesController(QObject):
    """Analyze > Open Dimensions."""

    def __init__(
        self, window: QWidget, session: Session, jobs: JobsController, messages: MessageBar
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._jobs = jobs
        self._messages = messages
        self.document: Document | None = None
        self._told: Document | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The sizes that the model shown leaves open."""
        return self.document.graph.network.open_sizes if self.document is not None else ()

    def tell(self) -> None:
        """Says once per document that figures are unknown for want of sizes."""
        document = self.document
        if document is None or document is self._told or document.sizes:
            return
        figures = document.figures
        if not self.names or figures is None or not figures.totals.unknown_nodes:
            return
        self._told = document
        shown = ", ".join(self.names[:_SHOWN]) + ("…" if len(self.names) > _SHOWN else "")
        what = f"{document.path.name} leaves sizes of its inputs open: {shown}."
        hint = "Figures that depend on them are unknown until Analyze > Open Dimensions sets them."
        self._messages.show_info(what, hint)

    def ask(self) -> None:
        """Shows the dialog and counts again with what was given."""
        document = self.document
        if document is None or not self.names or self._jobs.is_busy:
            return
        dialog = SizesDialog(self.names, document.sizes, self._window)
        if dialog.exec():
            self._messages.dismiss()
            self._jobs.watch(self._session.set_sizes(document, dialog.sizes()))
