"""What the panels share: nothing is built or computed before a panel is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from inspector.analysis.figures import Figures
from inspector.app.jobs import Cancel, Job, run_in_thread
from inspector.model.graph import Graph
from inspector.ui.widgets.cards import Card, CardText
from inspector.ui.widgets.look import label

_MOST_AT_ONCE = 1500
"""Nodes of a graph that is computed in the window's thread: a few milliseconds."""
_MESSAGE, _CONTENT = range(2)


class AnalyzePanel(QWidget):
    """Shows one graph at a time. Selections made here are told, those set from outside are not."""

    # `object`: Qt would copy a list element by element.
    nodes_selected = Signal(object)
    shown = Signal()
    """Figures of the graph that was set are on the screen."""
    title = ""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("pane", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.graph: Graph | None = None
        self.figures: Figures | None = None
        self.chosen: list[int] = []
        self.cards: list[Card] = []
        self._job: Job | None = None
        self._is_built = False
        self._is_stale = False
        self._message = label("Open a model to see its figures.", "secondary", wrap=True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._message)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def sizeHint(self) -> QSize:
        return QSize(960, 240)

    # What is shown -----------------------------------------------------------------------------

    def set_data(self, graph: Graph, figures: Figures) -> None:
        """Shows a graph and its figures; computed when the panel is visible."""
        if graph is self.graph and figures is self.figures:
            return
        self._stop()
        self.graph, self.figures = graph, figures
        self.chosen = []
        self._is_stale = True
        if self.isVisible():
            self._refresh()

    def clear(self, message: str = "Open a model to see its figures.") -> None:
        """Nothing is open, or nothing is known of it yet, as the message says."""
        self._stop()
        self.graph = self.figures = None
        self.chosen = []
        self._is_stale = False
        self._say(message)
        if self._is_built:
            self.forget()

    def select_nodes(self, nodes: Sequence[int]) -> None:
        """Shows what is selected elsewhere."""
        self.chosen = list(nodes)
        if self.is_ready:
            self.present_selection()

    @property
    def is_ready(self) -> bool:
        """Whether the figures of the graph are on the screen."""
        return self._is_built and not self._is_stale and self.graph is not None

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    # What each panel does ----------------------------------------------------------------------

    def build(self) -> QWidget:
        """The content; called once, when the panel is first seen with a graph."""
        raise NotImplementedError

    def work(self, graph: Graph, figures: Figures) -> Callable[[Cancel], Any]:
        """What there is to compute; it may run on another thread."""
        raise NotImplementedError

    def present(self, result: Any) -> None:
        """Shows what was computed."""
        raise NotImplementedError

    def present_selection(self) -> None:
        """Shows `chosen`."""
        raise NotImplementedError

    def forget(self) -> None:
        """Lets go of what is shown."""
        raise NotImplementedError

    # In between --------------------------------------------------------------------------------

    def tell(self, nodes: Sequence[int]) -> None:
        """The user selected nodes here."""
        self.chosen = list(nodes)
        self.nodes_selected.emit(self.chosen)

    def _refresh(self) -> None:
        graph, figures = self.graph, self.figures
        if not self._is_stale or graph is None or figures is None or self._job is not None:
            return
        if not self._is_built:
            self._pages.addWidget(self.build())
            self._is_built = True
        work = self.work(graph, figures)
        if graph.node_count <= _MOST_AT_ONCE:
            self._done(work(lambda: False))
            return
        self._say("Computing…")
        self._job = run_in_thread(self.title, lambda _, stop: work(stop), self)
        self._job.finished.connect(self._done)
        self._job.failed.connect(lambda error: self._say(error.what))

    def _done(self, result: Any) -> None:
        self._job = None
        self._is_stale = False
        self.present(result)
        self.present_selection()
        self._pages.setCurrentIndex(_CONTENT)
        self.shown.emit()

    def _say(self, text: str) -> None:
        self._message.setText(text)
        self._pages.setCurrentIndex(_MESSAGE)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def card_row(self, count: int) -> QHBoxLayout:
        """A row of cards, kept in `cards`."""
        self.cards = [Card() for _ in range(count)]
        row = QHBoxLayout()
        row.setSpacing(8)
        for card in self.cards:
            row.addWidget(card)
        row.addStretch(1)
        return row

    def show_cards(self, texts: Sequence[CardText]) -> None:
        """Fills the cards; those without a text are hidden."""
        for number, card in enumerate(self.cards):
            if number < len(texts):
                card.set_text(texts[number])
            card.setVisible(number < len(texts))
