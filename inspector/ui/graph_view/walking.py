"""Walking the graph by keys: to producers, consumers and neighbours."""

from __future__ import annotations

import numpy as np

from inspector.model.groups import GroupKind, Role
from inspector.ui.graph_view.kinds import ItemKind
from inspector.ui.graph_view.scene import Scene
from inspector.ui.graph_view.selection import NOTHING, Selection


class Walker:
    """Finds the next selection from the present one, in one scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.graph = scene, scene.graph

    def down(self, at: Selection) -> Selection:
        """The first consumer, or the graph output that shows the value."""
        graph = self.graph
        if at.tensor >= 0:
            return self._first(graph.tensor_consumers(at.tensor).tolist())
        node = self._node(at, last=True)
        if node < 0:
            return self.first()
        found = self._first(graph.successors(node), away_from=at)
        if not found.empty:
            return found
        for tensor in graph.node_outputs(node).tolist():
            if tensor in graph.graph_outputs:
                return Selection(tensor=tensor)
        return NOTHING

    def up(self, at: Selection) -> Selection:
        """The first producer, or the graph input that is read."""
        graph = self.graph
        if at.tensor >= 0:
            maker = int(graph.producers[at.tensor])
            return self._shown(maker) if maker >= 0 else NOTHING
        node = self._node(at, last=False)
        if node < 0:
            return self.first()
        found = self._first(graph.predecessors(node), away_from=at)
        if not found.empty:
            return found
        for tensor in graph.node_inputs(node).tolist():
            if tensor >= 0 and self.scene.tensor_item(tensor) >= 0:
                return Selection(tensor=tensor)
        return NOTHING

    def sideways(self, at: Selection, step: int) -> Selection:
        """The neighbour: the next block of a layer, else what stands beside, else a sibling."""
        if at.nodes:
            mark = self.graph.marks.get(at.nodes[0])
            if mark is not None and mark.role is Role.TILE:
                return self._next_tile(at.nodes[0], step)
        item = self.item(at)
        if item < 0:
            return self.first()
        beside = self._beside(item, step)
        if beside >= 0:
            return self.of_item(beside)
        return self._sibling(at.nodes[0], step) if at.nodes else NOTHING

    def first(self) -> Selection:
        """The first node of the graph, or what stands for it."""
        return self._first(range(self.graph.node_count))

    def last(self) -> Selection:
        """The last node of the main graph, or what stands for it."""
        return self._first(range(self.graph.main_count - 1, -1, -1))

    def item(self, at: Selection) -> int:
        """The item that shows a selection, -1 for none."""
        if at.nodes:
            return int(self.scene.node_item[at.nodes[0]])
        if at.group >= 0:
            return self.scene.group_item(at.group)
        return self.scene.tensor_item(at.tensor) if at.tensor >= 0 else -1

    def of_item(self, item: int) -> Selection:
        """What a click on an item selects."""
        scene = self.scene
        group = int(scene.group[item])
        if group >= 0 and self.graph.groups[group].kind is not GroupKind.CONTROL:
            return Selection(group=group)
        if scene.node[item] >= 0:
            return Selection(nodes=(int(scene.node[item]),))
        return Selection(tensor=int(scene.tensor[item])) if scene.tensor[item] >= 0 else NOTHING

    def _node(self, at: Selection, last: bool) -> int:
        """The node from which to walk; a group is left at its end and entered from its start."""
        if at.nodes:
            return at.nodes[0]
        if at.group < 0:
            return -1
        members = self.graph.members(at.group)
        return (members[-1] if last else members[0]) if members else -1

    def _first(self, nodes, away_from: Selection = NOTHING) -> Selection:
        for node in nodes:
            found = self._shown(int(node))
            if not found.empty and found != away_from:
                return found
        return NOTHING

    def _shown(self, node: int) -> Selection:
        """A node as it is selected here: a folded operator stands for the nodes in its bodies."""
        item = int(self.scene.node_item[node])
        if item < 0:
            return NOTHING
        if self.scene.kind[item] == ItemKind.FOLDED:
            return Selection(nodes=(int(self.scene.node[item]),))
        hidden = self.scene.node[item] >= 0 and self.scene.node[item] != node
        return NOTHING if hidden else Selection(nodes=(node,))

    def _next_tile(self, node: int, step: int) -> Selection:
        table = self.scene.tables[int(self.graph.node_group[node])]
        order = table.tiles[table.tiles >= 0]
        place = int(np.flatnonzero(order == node)[0]) + step
        return Selection(nodes=(int(order[place]),)) if 0 <= place < order.size else NOTHING

    def _beside(self, item: int, step: int) -> int:
        """The nearest item of the same frame to the left or right at the same height."""
        scene = self.scene
        left, top, width, height = scene.rect(item)
        same = (scene.parent == scene.parent[item]) & (scene.y < top + height)
        same &= scene.y + scene.height > top
        same[item] = False
        middle = scene.x + scene.width / 2
        away = (middle - (left + width / 2)) * step
        away = np.where(same & (away > 0), away, np.inf)
        best = int(np.argmin(away))
        return best if np.isfinite(away[best]) else -1

    def _sibling(self, node: int, step: int) -> Selection:
        """The next other consumer of the same producer."""
        graph = self.graph
        for maker in graph.predecessors(node):
            readers = graph.successors(maker)
            place = readers.index(node) + step
            if len(readers) > 1 and 0 <= place < len(readers):
                return self._shown(readers[place])
        return NOTHING
