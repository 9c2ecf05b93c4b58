"""The canvas's middle: graphs and their scenes, folding, selection, search, moving the view."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QWidget

from inspector.analysis.attributes import headline as node_headline
from inspector.model.graph import Graph
from inspector.ui.graph_view.folding import Anchor, anchor_of, anchored, kept_groups
from inspector.ui.graph_view.heat import Heat, NodeValues, make_heat
from inspector.ui.graph_view.hovering import hover_at
from inspector.ui.graph_view.labels import Headline, Labels
from inspector.ui.graph_view.loader import Answer, SceneLoader
from inspector.ui.graph_view.overlays import Hover
from inspector.ui.graph_view.painted import PaintedView, Shown
from inspector.ui.graph_view.painting_edges import EdgeLabels
from inspector.ui.graph_view.painting_mosaic import block_values
from inspector.ui.graph_view.scene import Scene, foldable_groups
from inspector.ui.graph_view.selection import NOTHING, Selection
from inspector.ui.graph_view.states import EMPTY, Message, State
from inspector.ui.graph_view.walking import Walker
from inspector.ui.widgets.figures import UNKNOWN_TEXT

_SKELETON_MS, _CARD_MS, _FADE_MS = 200, 350, 200
_MOST_NAMES = 64

Ready = Callable[[], None]


@dataclass(frozen=True)
class _Awaited:
    """What to do when the scene that was asked for is there."""

    ticket: int = 0
    anchor: Anchor | None = None
    on_ready: Ready | None = None


class SceneView(PaintedView):
    """Shows one graph. Nothing in it changes the graph."""

    scene_ready = Signal()
    selection_changed = Signal(list, int)
    """Selected node ids, and the selected group or -1."""
    tensor_selected = Signal(int)
    fold_changed = Signal()

    def __init__(self, parent: QWidget | None = None, headline: Headline = node_headline) -> None:
        super().__init__(parent)
        self._headline = headline
        self._graph: Graph | None = None
        self._open: frozenset[int] = frozenset()
        self._constants = False
        self._node_values: NodeValues | None = None
        self._selection = NOTHING
        self._hits: tuple[tuple[int, ...], int] = ((), -1)
        self._pointer: QPointF | None = None
        self._awaited = _Awaited()
        self._fresh = True
        self._loader = SceneLoader(self)
        self._loader.ready.connect(self._take)
        self._loader.failed.connect(self._fail)
        self._skeleton_timer = self._single_shot(_SKELETON_MS, self._show_skeleton)
        self._card_timer = self._single_shot(_CARD_MS, self._show_card)

    # Graphs -------------------------------------------------------------------------------------

    def show_graph(
        self,
        graph: Graph,
        *,
        keep_view: bool = False,
        open_groups: Iterable[int] | None = None,
        on_ready: Ready | None = None,
    ) -> None:
        """Show a graph, all groups folded unless told otherwise.

        `keep_view` keeps scale, place, selection and open groups as far as the new graph has the
        same names. `on_ready` is called once, with the first scene of this graph.
        """
        anchor = self._anchor(None) if keep_view else None
        kept = kept_groups(self._graph, graph, self._open) if keep_view else frozenset()
        wanted = kept if open_groups is None else frozenset(open_groups)
        chosen = self._carried_over(graph) if keep_view else NOTHING
        self._graph, self._values, self._node_values = graph, {}, None
        self._open = wanted & foldable_groups(graph)
        self._fresh = anchor is None
        self._hits = ((), -1)
        self._selection = chosen
        self._put_overlay(hover=Hover())
        if not keep_view:
            self._shown = None
        self._refresh_selection()
        if graph.node_count:
            self._request(anchor, on_ready)
            return
        self._show_message(State.EMPTY, EMPTY)
        if on_ready is not None:
            on_ready()

    def clear(self) -> None:
        """Show nothing."""
        self._graph, self._selection = None, NOTHING
        self._show_message(State.BLANK, Message())

    def show_loading(self) -> None:
        """A model is being read: a skeleton after 200 ms, unless a graph is in view."""
        if self._shown is None:
            self._state = State.LOADING
            self._skeleton_timer.start()
            self.viewport().update()

    def show_error(self, title: str, hint: str = "") -> None:
        """Say what went wrong instead of showing a graph."""
        self._show_message(State.ERROR, Message(title, hint))

    def update_types(self, graph: Graph) -> None:
        """The same nodes with more known types: words change, places do not.

        Raises ValueError where the graph has other nodes.
        """
        if self._graph is not None and graph.node_count != self._graph.node_count:
            raise ValueError("update_types: the graph has other nodes; use show_graph")
        shown = self._current()
        self._graph = graph
        if shown is not None:
            self._put_words(replace(shown.scene, graph=graph), shown.edge_labels)
            self._redraw()

    def set_block_values(
        self, group: int, values: npt.NDArray[np.float64] | None, label: str = ""
    ) -> None:
        """Colour the mosaic of a group by values of its blocks, [N, K] or [M, N, K]; None: plain.

        Raises ValueError where the shape is not the layer's.
        """
        tiling = self._graph.groups[group].tiling if self._graph is not None else None
        kept = {key: value for key, value in self._values.items() if key != group}
        if values is not None and tiling is not None:
            kept[group] = block_values(values, label, tiling.blocks)
        self._values = kept
        self._redraw()

    def set_node_values(
        self,
        values: npt.NDArray[np.float64] | None,
        title: str = "",
        unit: str = "",
        *,
        weights: npt.NDArray[np.float64] | None = None,
        missing: str = UNKNOWN_TEXT,
    ) -> None:
        """Colour nodes by figures float64[nodes], not-a-number where unknown; None: by category.

        A tiled layer shows the sum of its nodes or, with `weights` float64[nodes], their weighted
        mean. A node with bodies shows its own figure, which should count them. `missing` says what
        not-a-number means. Another graph is shown by category again. Raises ValueError where a
        length is not the number of nodes.
        """
        graph = self._graph
        if values is None or graph is None:
            self._node_values = None
        else:
            for column in (values, values if weights is None else weights):
                if column.shape != (graph.node_count,):
                    raise ValueError(f"node values: {column.shape} for {graph.node_count} nodes")
            self._node_values = NodeValues(values, title, unit, weights, missing)
        shown = self._current()
        if shown is not None:
            self._shown = replace(shown, heat=self._heat(shown.scene))
            self._redraw()

    def _heat(self, scene: Scene) -> Heat | None:
        return make_heat(self._node_values, scene) if self._node_values is not None else None

    def set_show_constants(self, shown: bool) -> None:
        """Show constants and initializers as small nodes, or fold them into what reads them."""
        if shown == self._constants:
            return
        self._constants = shown
        if self._graph is not None and self._graph.node_count:
            self._request(self._anchor(None))

    # Folding ------------------------------------------------------------------------------------

    @property
    def open_groups(self) -> frozenset[int]:
        """Ids of the unfolded groups."""
        return self._open

    def set_open_groups(self, groups: Iterable[int], anchor_group: int | None = None) -> None:
        """Unfold exactly these groups. The anchor group, or what is selected, stays in place."""
        if self._graph is None:
            return
        wanted = frozenset(groups) & foldable_groups(self._graph)
        if wanted == self._open:
            return
        anchor = self._anchor(anchor_group)
        self._open = wanted
        self._request(anchor)
        self.fold_changed.emit()

    def toggle_fold(self, group: int) -> None:
        """Fold or unfold one group where it stands."""
        self.set_open_groups(self._open ^ {group}, group)

    def fold_all(self) -> None:
        """Fold every group."""
        self.set_open_groups(())

    def unfold_all(self) -> None:
        """Unfold every group."""
        if self._graph is not None:
            self.set_open_groups(foldable_groups(self._graph))

    # Selection and search -----------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        """What is selected."""
        return self._selection

    @property
    def selected_nodes(self) -> list[int]:
        """Ids of the selected nodes."""
        return list(self._selection.nodes)

    def select_nodes(self, nodes: Iterable[int]) -> None:
        """Select nodes; unknown ids are left out."""
        count = self._graph.node_count if self._graph is not None else 0
        self.select(Selection(nodes=tuple(int(n) for n in nodes if 0 <= n < count)))

    def select_group(self, group: int) -> None:
        """Select a group."""
        self.select(Selection(group=group))

    def select(self, selection: Selection) -> None:
        """Select, and say so where it is news."""
        if selection == self._selection:
            return
        self._selection = selection
        self._refresh_selection()
        self.selection_changed.emit(list(selection.nodes), selection.group)
        if selection.tensor >= 0:
            self.tensor_selected.emit(selection.tensor)

    def set_search_hits(self, hits: Iterable[int], current: int = -1) -> None:
        """Mark nodes that a search found, and the one in turn (a node id) more strongly."""
        self._hits = tuple(hits), current
        self._refresh_selection()

    # Moving the view ----------------------------------------------------------------------------

    def zoom_to_selection(self) -> None:
        """Show what is selected as large as is useful; the whole graph where nothing is."""
        boxes = self._selected_boxes()
        if not len(boxes):
            self.fit()
            return
        left, top = boxes[:, :2].min(axis=0).tolist()
        right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0).tolist()
        small = max(right - left, bottom - top) < 40
        self._camera.fit((left, top, right, bottom), 4.0 if small else 1.25, 96.0)

    def centre_on(self, node: int) -> None:
        """Bring a node, or the cell that stands for it, to the middle of the view."""
        shown = self._current()
        if shown is None or not 0 <= node < shown.scene.graph.node_count:
            return
        if shown.scene.node_item[node] >= 0:
            self._forget_pointer()
            left, top, width, height = shown.scene.node_boxes[node].tolist()
            self._camera.centre((left, top, width, height))

    def centre_on_group(self, group: int) -> None:
        """Bring a group to the middle, as large as fits."""
        shown = self._current()
        item = shown.scene.group_item(group) if shown is not None else -1
        if shown is not None and item >= 0:
            left, top, width, height = shown.scene.rect(item)
            self._camera.fit((left, top, left + width, top + height), 1.0, 48.0)

    def reveal_selection(self) -> None:
        """Pan just enough for the selection to be seen."""
        boxes = self._selected_boxes()
        if len(boxes):
            left, top, width, height = boxes[0].tolist()
            self._camera.reveal((left, top, width, height))

    def shutdown(self) -> None:
        """Stop work in the background; call it before the window goes."""
        self._loader.shutdown()

    # Scenes from the loader ---------------------------------------------------------------------

    def _request(self, anchor: Anchor | None, on_ready: Ready | None = None) -> None:
        if self._graph is None:
            return
        if self._shown is None:
            self._state = State.LOADING
            self._skeleton_timer.start()
        waiting = on_ready or self._awaited.on_ready
        ticket = self._loader.request(self._graph, self._open, self._constants)
        self._awaited = _Awaited(ticket, anchor, waiting)
        self.viewport().update()

    def _take(self, answer: Answer) -> None:
        awaited, graph = self._awaited, self._graph
        if answer.ticket != awaited.ticket or graph is None:
            return
        # The refined layout of a large graph comes second: what is in the middle stays there.
        anchor = awaited.anchor or self._anchor(None)
        if self._shown is not None and self._content is not None:
            self._camera.motion.fade(self._content.copy(), _FADE_MS)
        self._put_words(replace(answer.scene, graph=graph), answer.edge_labels)
        self._skeleton_timer.stop()
        self._state = State.GRAPH
        self._place_view(anchor)
        self._fresh = False
        self._awaited = replace(awaited, anchor=None, on_ready=None)
        self._put_overlay(hover=Hover())
        self._refresh_selection()
        self._redraw()
        self.scene_ready.emit()
        if awaited.on_ready is not None:
            awaited.on_ready()

    def _put_words(self, scene: Scene, edge_labels: EdgeLabels) -> None:
        labels = Labels(scene.graph, scene, self._headline)
        self._shown = Shown(scene, labels, edge_labels, self._heat(scene))

    def _place_view(self, anchor: Anchor | None) -> None:
        if self._shown is None:
            return
        scene = self._shown.scene
        if self._fresh:
            inputs = scene.graph.graph_inputs
            entry = scene.tensor_item(inputs[0]) if inputs else 0
            left, _, width, _ = scene.rect(max(entry, 0))
            self._camera.set(self._camera.first(scene.bounds, left + width / 2))
        elif anchor is not None:
            self._camera.set(anchored(scene, self._camera, anchor))
        self._camera.least = min(self._camera.fitted(scene.bounds).scale / 2, 0.1)

    def _anchor(self, group: int | None) -> Anchor | None:
        if self._shown is None:
            return None
        return anchor_of(self._shown.scene, self._camera, group, self._selection)

    def _fail(self, ticket: int, text: str) -> None:
        if ticket == self._awaited.ticket:
            self.show_error("The graph cannot be drawn", text)

    def _show_message(self, state: State, message: Message) -> None:
        self._loader.cancel()
        self._skeleton_timer.stop()
        self._awaited = _Awaited()
        self._shown = None
        self._state, self._message = state, message
        self._refresh_selection()

    def _show_skeleton(self) -> None:
        if self._state is State.LOADING:
            self._state = State.SKELETON
            self.viewport().update()

    # Selection and hover ------------------------------------------------------------------------

    def _current(self) -> Shown | None:
        """What is shown, unless it is still the scene of an older graph with other ids."""
        shown = self._shown
        return shown if shown is not None and shown.scene.graph is self._graph else None

    def _walker(self) -> Walker | None:
        shown = self._current()
        return Walker(shown.scene) if shown is not None else None

    def _carried_over(self, graph: Graph) -> Selection:
        """The selected nodes that a new graph has under the same names."""
        if self._graph is None or not self._selection.nodes:
            return NOTHING
        wanted = {self._graph.names[n] for n in self._selection.nodes[:_MOST_NAMES]}
        nodes = tuple(i for i, name in enumerate(graph.names) if name in wanted)
        return Selection(nodes=nodes[:_MOST_NAMES])

    def _selected_boxes(self) -> npt.NDArray[np.float64]:
        """Scene boxes of what is selected: float64[k, 4]."""
        shown = self._current()
        if shown is None:
            return np.zeros((0, 4))
        scene = shown.scene
        if self._selection.nodes:
            nodes = np.array(self._selection.nodes)
            return scene.node_boxes[nodes[scene.node_item[nodes] >= 0]]
        item = Walker(scene).item(self._selection)
        return np.array([scene.rect(item)]) if item >= 0 else np.zeros((0, 4))

    def _refresh_selection(self) -> None:
        """Bring selection and search hits to the picture and to screen readers."""
        shown, chosen = self._current(), self._selection
        if shown is None:
            none = np.zeros(0, np.int32)
            self._put_overlay(selection=NOTHING, selected_items=(), hits=none, current_hit=-1)
            return
        scene = shown.scene
        if chosen.nodes:
            found = [int(scene.node_item[n]) for n in chosen.nodes[:_MOST_NAMES]]
            items = tuple(i for i in dict.fromkeys(found) if i >= 0 and i not in scene.mosaics)
        else:
            item = Walker(scene).item(chosen)
            items = (item,) if item >= 0 else ()
        hits, current = self._hits
        self._put_overlay(
            selection=chosen,
            selected_items=items,
            hits=np.array(hits, np.int32),
            current_hit=current,
        )
        self.setAccessibleDescription(self._spoken(shown))

    def _spoken(self, shown: Shown) -> str:
        """The selection in words, for screen readers."""
        chosen = self._selection
        if chosen.empty:
            return "Nothing selected"
        if len(chosen.nodes) > 1:
            return f"{len(chosen.nodes):,} nodes selected"
        if chosen.nodes:
            node = chosen.nodes[0]
            fact = shown.heat.fact(node, -1) if shown.heat is not None else ""
            return ", ".join((*shown.labels.node_facts(node), fact)).rstrip(", ")
        if chosen.tensor >= 0:
            return ", ".join(shown.labels.tensor_facts(chosen.tensor))
        item = shown.scene.group_item(chosen.group)
        words = (shown.labels.title(item), shown.labels.subtitle(item)) if item >= 0 else ()
        return ", ".join(words)

    def _hover_under(self, at: QPointF) -> Hover:
        shown = self._current()
        if shown is None or self._state is not State.GRAPH:
            return Hover()
        hover = hover_at(shown.scene, shown.labels, self.view, at, self._values)
        fact = shown.heat.fact(hover.node, hover.item) if shown.heat is not None else ""
        return replace(hover, lines=(*hover.lines, fact)) if fact else hover

    def _set_hover(self, hover: Hover) -> None:
        """Ring at once; the card after a rest, then at once for as long as one is open."""
        old = self._overlays.hover
        if not old.lines or not hover.lines:
            self._card_timer.start()
            if (old.node, old.item, old.edge) == (hover.node, hover.item, hover.edge):
                return
            hover = replace(hover, lines=())
        self._put_overlay(hover=hover)

    def _forget_pointer(self) -> None:
        """The graph moves under a mouse that rests: no card or ring until it moves again."""
        self._pointer = None
        self._put_overlay(hover=Hover())

    def _show_card(self) -> None:
        if self._pointer is not None:
            self._put_overlay(hover=self._hover_under(self._pointer))
