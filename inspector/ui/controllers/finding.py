"""Ctrl+F: finds nodes and walks through the hits."""

from __future__ import annotations

from PySide6.QtCore import QObject

from inspector.app.document import Document
from inspector.app.jobs import Job, run_in_thread
from inspector.app.search import SearchIndex
from inspector.model.graph import Graph
from inspector.ui.controllers.selection import SelectionController
from inspector.ui.graph_view.canvas import GraphCanvas
from inspector.ui.search_bar import SearchBar


class FindController(QObject):
    """Builds the index of a graph when it is first searched, away from the window's thread."""

    def __init__(
        self, bar: SearchBar, canvas: GraphCanvas, selection: SelectionController, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bar = bar
        self._canvas = canvas
        self._selection = selection
        self._graph: Graph | None = None
        self._index: SearchIndex | None = None
        self._job: Job | None = None
        self._query = ""
        self._hits: list[int] = []
        self._current = -1
        bar.query_changed.connect(self._search)
        bar.next_requested.connect(lambda: self.step(1))
        bar.previous_requested.connect(lambda: self.step(-1))

    def set_document(self, document: Document | None) -> None:
        """Forgets the index of another graph; the query stays and is answered anew."""
        self._graph = document.graph if document else None
        self._index = None
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._search(self._query)

    def step(self, by: int) -> None:
        """Goes to the next hit (1) or the previous one (-1), round the end."""
        if not self._hits:
            return
        start = 0 if by > 0 else len(self._hits) - 1
        moved = (self._current + by) % len(self._hits)
        self._current = start if self._current < 0 else moved
        self._show()
        self._selection.go_to(self._hits[self._current])

    def _search(self, query: str) -> None:
        self._query = query
        if not query.strip() or self._graph is None:
            self._take([])
        elif self._index is not None:
            self._take(self._index.find(query))
        elif self._job is None:
            self._build(self._graph)

    def _build(self, graph: Graph) -> None:
        job = run_in_thread("Indexing", lambda _, stop: SearchIndex.build(graph, stop), self)
        self._job = job
        job.finished.connect(lambda index: self._built(graph, index))

    def _built(self, graph: Graph, index: SearchIndex) -> None:
        self._job = None
        if graph is self._graph:
            self._index = index
            self._search(self._query)

    def _take(self, hits: list[int]) -> None:
        self._hits = hits
        self._current = -1
        self._show()

    def _show(self) -> None:
        current = self._hits[self._current] if self._current >= 0 else -1
        self._bar.set_result(len(self._hits), self._current)
        self._canvas.set_search_hits(self._hits, current)
