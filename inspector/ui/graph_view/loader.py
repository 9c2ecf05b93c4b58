"""Scenes made in the background: the newest request wins, a cheap layout first for large graphs."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from inspector.layout import LayoutCancelled
from inspector.model.graph import Graph
from inspector.ui.graph_view.painting_edges import EdgeLabels, place_labels
from inspector.ui.graph_view.scene import Scene, lay_out_scene, plan_scene
from inspector.ui.graph_view.tiles import TileTable, tile_tables

_CHEAP_FIRST = 3_000


@dataclass(frozen=True)
class Request:
    """What to show. `ticket` tells answers apart."""

    ticket: int
    graph: Graph
    open_groups: frozenset[int]
    show_constants: bool


@dataclass(frozen=True)
class Answer:
    """A finished scene and where its edge labels stand; `final` is False before a refined one."""

    ticket: int
    scene: Scene
    edge_labels: EdgeLabels
    final: bool


class SceneLoader(QObject):
    """Works in a thread of its own and answers by signals in the thread it was made in."""

    ready = Signal(object)
    failed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ticket = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._tables: tuple[Graph, dict[int, TileTable]] | None = None

    @property
    def busy(self) -> bool:
        """Whether a scene is being made."""
        return self._thread is not None and self._thread.is_alive()

    def request(self, graph: Graph, open_groups: frozenset[int], show_constants: bool) -> int:
        """Ask for a scene; an older request is dropped. Returns the ticket of the answer."""
        self.cancel()
        self._ticket += 1
        self._stop = threading.Event()
        request = Request(self._ticket, graph, open_groups, show_constants)
        arguments = (request, self._stop)
        self._thread = threading.Thread(
            target=self._work, args=arguments, name="scene", daemon=True
        )
        self._thread.start()
        return self._ticket

    def cancel(self) -> None:
        """Drop what is being made; no answer follows."""
        self._stop.set()

    def shutdown(self) -> None:
        """Cancel and wait for the thread's end."""
        self.cancel()
        if self._thread is not None:
            self._thread.join(5.0)

    def _work(self, request: Request, stop: threading.Event) -> None:
        try:
            tables = self._tables_of(request.graph)
            plan = plan_scene(request.graph, request.open_groups, request.show_constants, tables)
            large = plan.kind.size > _CHEAP_FIRST
            for refine in (False, True) if large else (True,):
                scene = lay_out_scene(plan, refine=refine, cancelled=stop.is_set)
                answer = Answer(request.ticket, scene, place_labels(scene), refine)
                if stop.is_set():
                    return
                self.ready.emit(answer)
        except LayoutCancelled:
            return
        except Exception as error:
            if not stop.is_set():
                self._report(request.ticket, error)

    def _report(self, ticket: int, error: Exception) -> None:
        text = f"The graph could not be laid out: {type(error).__name__}: {error}"
        try:
            self.failed.emit(ticket, text)
        except RuntimeError:
            return  # The window was closed meanwhile.

    def _tables_of(self, graph: Graph) -> dict[int, TileTable]:
        if self._tables is None or self._tables[0] is not graph:
            self._tables = graph, tile_tables(graph)
        return self._tables[1]
