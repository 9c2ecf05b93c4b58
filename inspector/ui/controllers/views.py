"""Keeps every view in step with the document."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from inspector.analysis.block_norms import Norms, block_rms
from inspector.app.document import Document
from inspector.app.jobs import Job, run_in_thread
from inspector.model.graph import Graph
from inspector.ui.controllers.analyze import AnalyzeController
from inspector.ui.controllers.colouring import ColouringController
from inspector.ui.controllers.finding import FindController
from inspector.ui.controllers.selection import SelectionController
from inspector.ui.graph_view.canvas import GraphCanvas
from inspector.ui.metrics import MetricsPanel
from inspector.ui.problems_panel import ProblemsPanel

_AFTER_PICTURE_MS = 100


class ViewsController(QObject):
    """Follows one document at a time."""

    title_changed = Signal()
    revision_changed = Signal()
    problem_count_changed = Signal(int)

    def __init__(
        self,
        canvas: GraphCanvas,
        metrics: MetricsPanel,
        analyze: AnalyzeController,
        colouring: ColouringController,
        problems: ProblemsPanel,
        selection: SelectionController,
        finding: FindController,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._metrics = metrics
        self._analyze = analyze
        self._colouring = colouring
        self._problems = problems
        self._selection = selection
        self._finding = finding
        self._norms: Job | None = None
        self._norm_graph: Graph | None = None
        self._waiting: list[int] = []
        # The first picture comes before what is painted on it.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_AFTER_PICTURE_MS)
        self._soon.timeout.connect(self._next_norms)
        canvas.scene_ready.connect(self._soon.start)
        self.document: Document | None = None

    def set_document(self, document: Document | None) -> None:
        """Shows a document from the beginning, or nothing."""
        if self.document is not None:
            self.document.disconnect(self)
        self.document = document
        self._stop_norms()
        if document is None:
            self._canvas.clear()
            self._metrics.clear()
            self._analyze.clear()
            self._colouring.show(None)
            self._problems.set_problems((), None)
            self._selection.set_document(None)
            self._finding.set_document(None)
            return
        document.revision_changed.connect(self._revision_changed)
        document.types_changed.connect(self._types_changed)
        document.figures_changed.connect(self._figures_changed)
        document.problems_changed.connect(self._problems_changed)
        document.title_changed.connect(self.title_changed)
        self._show(document, keep_view=False)

    def _revision_changed(self) -> None:
        if self.document is not None:
            self._show(self.document, keep_view=True)
            self.revision_changed.emit()

    def _show(self, document: Document, keep_view: bool) -> None:
        graph = document.graph
        self._canvas.show_graph(graph, keep_view=keep_view)
        self._show_figures(document)
        self._selection.set_document(document)
        self._finding.set_document(document)
        self._problems_changed()
        self._start_norms(graph)
        self.title_changed.emit()

    def _types_changed(self) -> None:
        if self.document is not None:
            self._canvas.update_types(self.document.graph)
            self._finding.set_document(self.document)
            self._selection.refresh()

    def _figures_changed(self) -> None:
        if self.document is not None:
            self._show_figures(self.document)
            self._selection.show_nodes()
            self._selection.refresh()
            self.title_changed.emit()

    def _show_figures(self, document: Document) -> None:
        if document.figures is not None:
            self._metrics.set_data(document.graph, document.figures)
        else:
            self._metrics.clear()
        self._colouring.show(document.figures)
        self._analyze.show(document.graph, document.figures, document.path.stem)

    def _problems_changed(self) -> None:
        if self.document is None:
            return
        found = self.document.revision.problems
        self._problems.set_problems(found, self.document.graph)
        self.problem_count_changed.emit(len(found))
        if not self._selection.nodes and self._selection.group < 0:
            self._selection.refresh()

    # The picture on the mosaics ----------------------------------------------------------------

    def _start_norms(self, graph: Graph) -> None:
        self._stop_norms()
        self._waiting = [group.id for group in graph.groups if group.tiling is not None]
        self._norm_graph = graph

    def _next_norms(self) -> None:
        """One layer after the other, once there is a picture to put them on."""
        if self._norms is not None or not self._waiting:
            return
        graph, group = self._norm_graph, self._waiting.pop(0)
        if graph is None:
            return
        job = run_in_thread(
            "Reading weight blocks", lambda _, stop: block_rms(graph, group, stop), self
        )
        self._norms = job
        job.finished.connect(lambda norms: self._normed(group, norms))

    def _normed(self, group: int, norms: Norms) -> None:
        self._norms = None
        self._canvas.set_block_values(group, norms, "RMS")
        self._next_norms()

    def _stop_norms(self) -> None:
        if self._norms is not None:
            self._norms.cancel()
        self._norms, self._norm_graph, self._waiting = None, None, []
