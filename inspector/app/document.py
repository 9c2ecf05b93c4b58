"""An open model: its revisions, what is known of them, and the undo stack that moves among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from inspector.analysis.figures import Convention, Figures
from inspector.model.graph import Graph
from inspector.model.network import Network
from inspector.model.problems import Problem
from inspector.transforms.result import TransformResult


@dataclass(frozen=True)
class Revision:
    """One state of a model; immutable, sharing what did not change with its neighbours."""

    graph: Graph
    label: str
    figures: Figures | None = None
    problems: tuple[Problem, ...] = ()
    origin: TransformResult | None = None
    """The transform that made it from the revision before; None for the file as opened."""

    @property
    def network(self) -> Network:
        """The network of this revision."""
        return self.graph.network


class Document(QObject):
    """One model in the window. Views follow its signals and never change it themselves."""

    revision_changed = Signal()
    """Another revision is shown: nodes may have other ids."""
    types_changed = Signal()
    """The same nodes, with more tensor types known."""
    figures_changed = Signal()
    problems_changed = Signal()
    title_changed = Signal()

    def __init__(
        self,
        path: Path,
        first: Revision,
        parent: QObject | None = None,
        *,
        is_sample: bool = False,
    ) -> None:
        super().__init__(parent)
        self.path = path
        self.opened_name = path.name
        self.is_sample = is_sample
        """A sample lies in the cache, which is no place to save to."""
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self.title_changed)
        self._revisions = [first]
        self._index = 0
        self.sizes: Mapping[str, int] = {}
        """Values given to open dimensions: figures count with them, the model keeps its own."""
        self.is_ready = first.figures is not None
        """Whether all is known of the file that can be found out; before, shapes may be missing."""

    @property
    def revision(self) -> Revision:
        """The revision shown."""
        return self._revisions[self._index]

    @property
    def opened(self) -> Revision:
        """The model as it was opened."""
        return self._revisions[0]

    @property
    def graph(self) -> Graph:
        """The graph shown."""
        return self.revision.graph

    @property
    def figures(self) -> Figures | None:
        """The figures of the graph shown, or None while they are not computed."""
        return self.revision.figures

    @property
    def is_modified(self) -> bool:
        """Whether there are changes that are not in the file."""
        return not self.undo_stack.isClean()

    @property
    def convention(self) -> Convention | None:
        """How bytes are counted in the figures shown."""
        return self.figures.convention if self.figures else None

    def apply(self, revision: Revision) -> None:
        """Adds a revision after the one shown, as one step of undo."""
        del self._revisions[self._index + 1 :]
        self._revisions.append(revision)
        self.undo_stack.push(_MoveTo(self, self._index, self._index + 1, revision.label))

    def update(
        self,
        graph: Graph,
        *,
        new_graph: Graph | None = None,
        figures: Figures | None = None,
        problems: tuple[Problem, ...] | None = None,
    ) -> None:
        """Adds what was found out about the revision of `graph`, if it is still there."""
        for index, revision in enumerate(self._revisions):
            if revision.graph is graph:
                self._update_at(index, new_graph, figures, problems)
                return

    def set_saved(self, path: Path) -> None:
        """The revision shown is now what the file at `path` holds."""
        self.path = path
        self.is_sample = False
        self.undo_stack.setClean()
        self.title_changed.emit()

    def _update_at(
        self,
        index: int,
        graph: Graph | None,
        figures: Figures | None,
        problems: tuple[Problem, ...] | None,
    ) -> None:
        old = self._revisions[index]
        self._revisions[index] = replace(
            old,
            graph=graph or old.graph,
            figures=figures or old.figures,
            problems=old.problems if problems is None else problems,
        )
        if index != self._index:
            return
        if graph is not None:
            self.types_changed.emit()
        if figures is not None:
            self.figures_changed.emit()
        if problems is not None:
            self.problems_changed.emit()

    def _show(self, index: int) -> None:
        self._index = index
        self.revision_changed.emit()


class _MoveTo(QUndoCommand):
    """One model call each way."""

    def __init__(self, document: Document, before: int, after: int, label: str) -> None:
        super().__init__(label)
        self._document = document
        self._before = before
        self._after = after

    def redo(self) -> None:
        self._document._show(self._after)

    def undo(self) -> None:
        self._document._show(self._before)
