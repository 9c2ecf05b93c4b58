"""The words of a scene, made when they are first shown: most items of a large graph never are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from inspector.model.graph import Graph
from inspector.model.groups import GroupKind, Role
from inspector.ui.graph_view.tiles import group_detail, group_title, short_name

if TYPE_CHECKING:
    from inspector.ui.graph_view.scene import Scene

Headline = Callable[[Graph, int], str]


class Labels:
    """Titles, subtitles and edge texts of one scene, kept once made."""

    def __init__(self, graph: Graph, scene: Scene, headline: Headline) -> None:
        self.graph, self.scene, self.headline = graph, scene, headline
        self._titles: dict[int, str] = {}
        self._subtitles: dict[int, str] = {}
        self._edges: dict[int, str] = {}

    def title(self, item: int) -> str:
        """First line of an item."""
        text = self._titles.get(item)
        if text is None:
            text = self._titles[item] = self._title(item)
        return text

    def subtitle(self, item: int) -> str:
        """Second line of an item; empty where there is nothing to say."""
        text = self._subtitles.get(item)
        if text is None:
            text = self._subtitles[item] = self._subtitle(item)
        return text

    def edge(self, tensor: int) -> str:
        """Shape of a tensor; empty where it is unknown."""
        text = self._edges.get(tensor)
        if text is None:
            kind = self.graph.tensor_types[tensor]
            text = self._edges[tensor] = "" if kind.shape is None else kind.shape_text()
        return text

    def node_facts(self, node: int) -> tuple[str, ...]:
        """Name, operator and output types of a node, for the hover card and screen readers."""
        graph = self.graph
        outputs = [int(t) for t in graph.node_outputs(node) if t >= 0]
        lines = [graph.names[node]]
        mark = graph.marks.get(node)
        place = f" · {block_text(mark.block)}" if mark and mark.role is Role.TILE else ""
        lines.append(graph.op_types[node] + place)
        lines += [graph.tensor_types[t].text() for t in outputs[:3]]
        if len(outputs) > 3:
            lines.append(f"and {len(outputs) - 3:,} more outputs")
        return tuple(lines)

    def tensor_facts(self, tensor: int) -> tuple[str, ...]:
        """Name and type of a tensor."""
        return self.graph.tensor_names[tensor], self.graph.tensor_types[tensor].text()

    def _title(self, item: int) -> str:
        scene, graph = self.scene, self.graph
        node, group, tensor = (int(a[item]) for a in (scene.node, scene.group, scene.tensor))
        if group >= 0 and graph.groups[group].kind is not GroupKind.CONTROL:
            return group_title(graph.groups[group])
        if node >= 0:
            return graph.op_types[node]
        return short_name(graph.tensor_names[tensor]) if tensor >= 0 else ""

    def _subtitle(self, item: int) -> str:
        scene, graph = self.scene, self.graph
        node, group, tensor = (int(a[item]) for a in (scene.node, scene.group, scene.tensor))
        tiling = graph.groups[group].tiling if group >= 0 else None
        if tiling is not None:
            return group_detail(tiling)
        if group >= 0 and graph.groups[group].kind is GroupKind.CONTROL:
            return short_name(graph.names[node])
        if node >= 0:
            mark = graph.marks.get(node)
            if mark is not None and mark.role in (Role.TILE, Role.SUM):
                return block_text(mark.block, mark.role is Role.TILE)
            return self.headline(graph, node)
        return self.edge(tensor) if tensor >= 0 else ""


def block_text(block: tuple[int, int, int], with_k: bool = True) -> str:
    """``n 12 · k 3``, with m first where there are several rows of blocks."""
    m, n, k = block
    row = f"m {m} · n {n}" if m else f"n {n}"
    return f"{row} · k {k}" if with_k else row
