"""Geometry of an unfolded tiled layer: real nodes in a grid, joined by buses instead of curves.

Every K block has one trunk that comes down from the Split, every N block one bus that runs to its
Sum: a few hundred lines say what 18,432 separate edges would. All coordinates are relative to the
box; lines are float64[k, 4] of x1, y1, x2, y2.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.model.graph import Graph, TensorKind
from inspector.model.groups import Role
from inspector.ui.graph_view.tiles import TileTable

FloatArray = npt.NDArray[np.float64]
Column = npt.NDArray[np.floating[Any]]
Rect = tuple[float, float, float, float]

PAD, HEADER = 28.0, 64.0
TILE_W, TILE_H = 132.0, 46.0
PITCH_X, PITCH_Y = 164.0, 96.0
NODE_W, NODE_H = 168.0, 46.0
_GAP = 40.0
_TAP, _DROP, _TRUNK = 14.0, 14.0, 16.0


@dataclass(frozen=True)
class Panel:
    """The grid of one M block: place of its first tile, and the bars above and below it."""

    m: int
    top: float
    split_bottom: float


@dataclass(frozen=True)
class Grid:
    """The box of one unfolded tiled layer.

    nodes int32[k], boxes float64[k, 4]: left, top, width, height of every node in it.
    links: float64[l, 4] elbow lines between the nodes that are no tiles.
    """

    table: TileTable
    width: float
    height: float
    left: float
    panels: tuple[Panel, ...]
    nodes: npt.NDArray[np.int32]
    boxes: FloatArray
    links: FloatArray

    def visible(self, panel: Panel, region: Rect) -> tuple[int, int, int, int] | None:
        """First and one past last column and row whose cells meet left, top, right, bottom."""
        _, n, k = self.table.shape
        c0 = max(int((region[0] - self.left) // PITCH_X) - 1, 0)
        c1 = min(int((region[2] - self.left) // PITCH_X) + 2, k)
        r0 = max(int((region[1] - panel.top) // PITCH_Y) - 1, 0)
        r1 = min(int((region[3] - panel.top) // PITCH_Y) + 2, n)
        return (c0, c1, r0, r1) if c0 < c1 and r0 < r1 else None

    def trunks(self, panel: Panel, c0: int, c1: int) -> FloatArray:
        """Trunk lines of columns c0..c1 from the Split down to the last row."""
        x = self.left + np.arange(c0, c1) * PITCH_X - _TRUNK
        last = panel.top + (self.table.shape[1] - 1) * PITCH_Y - _TAP
        return _lines(x, np.full(x.size, panel.split_bottom), x, np.full(x.size, last))

    def buses(self, panel: Panel, r0: int, r1: int) -> FloatArray:
        """Bus lines of rows r0..r1 to their Sums."""
        k = self.table.shape[2]
        y = panel.top + np.arange(r0, r1) * PITCH_Y + TILE_H + _DROP
        start = np.full(y.size, self.left + TILE_W / 2)
        end = np.full(y.size, self.left + k * PITCH_X + _GAP - (PITCH_X - TILE_W))
        return _lines(start, y, end, y)

    def taps(self, panel: Panel, span: tuple[int, int, int, int]) -> tuple[FloatArray, FloatArray]:
        """Lines from the trunks into the tiles of a span, and from the tiles onto their buses."""
        c0, c1, r0, r1 = span
        row, column = (a.ravel() for a in np.mgrid[r0:r1, c0:c1])
        x = self.left + column * PITCH_X
        y = panel.top + row * PITCH_Y
        middle = x + TILE_W / 2
        across = _lines(x - _TRUNK, y - _TAP, middle, y - _TAP)
        into = np.vstack((across, _lines(middle, y - _TAP, middle, y)))
        return into, _lines(middle, y + TILE_H, middle, y + TILE_H + _DROP)

    def path_of(self, m: int, n: int, k: int) -> FloatArray:
        """The true edges of one tile: from the Split along its trunk, and along its bus."""
        panel = self.panels[m]
        x, y = self.left + k * PITCH_X, panel.top + n * PITCH_Y
        middle, trunk = x + TILE_W / 2, x - _TRUNK
        bus = self.buses(panel, n, n + 1)[0]
        return np.array(
            [
                (trunk, panel.split_bottom, trunk, y - _TAP),
                (trunk, y - _TAP, middle, y - _TAP),
                (middle, y - _TAP, middle, y),
                (middle, y + TILE_H, middle, bus[1]),
                (middle, bus[1], bus[2], bus[1]),
            ]
        )


def plan_grid(table: TileTable, graph: Graph) -> Grid:
    """The box of an unfolded tiled layer. Linear in its tiles."""
    return _Planner(table, graph).plan()


class _Planner:
    def __init__(self, table: TileTable, graph: Graph) -> None:
        self.table, self.graph = table, graph
        self.m, self.n, self.k = table.shape
        has_sums = bool((table.sums >= 0).any())
        self.inner = self.k * PITCH_X - (PITCH_X - TILE_W)
        self.sum_x = PAD + _TRUNK + self.inner + _GAP
        right = self.sum_x + (NODE_W + _GAP if has_sums else 0.0)
        self.width = max(right + PAD, NODE_W * 3 + 2 * PAD)
        self.left = PAD + _TRUNK
        self.nodes: list[int] = []
        self.boxes: list[Rect] = []
        self.links: list[tuple[float, float, float, float]] = []
        self.place: dict[int, Rect] = {}
        self.y = HEADER
        self.weight_side = self._weight_side()

    def plan(self) -> Grid:
        head, concats, foot = self._roles()
        splits = self.table.splits
        self._put_head([node for node in head if node in self.weight_side])
        for node in head:
            if node not in self.weight_side:
                self._put_middle(node)
        panels = tuple(self._panel(m, splits.get(m, -1), concats.get(m, -1)) for m in range(self.m))
        for node in foot:
            self._put_middle(node)
        head = [node for node in head if node not in self.weight_side]
        self._link_sources(head, panels)
        self._link_others(splits, concats, foot)
        self._link_border(head)
        table = self.table
        tiles, tile_boxes = self._tile_boxes(panels)
        nodes = np.concatenate((np.array(self.nodes, np.int32), tiles))
        boxes = np.concatenate((np.array(self.boxes, float).reshape(-1, 4), tile_boxes))
        links = np.array(self.links, float).reshape(-1, 4)
        height = self.y - _GAP + PAD
        return Grid(table, self.width, height, self.left, panels, nodes, boxes, links)

    def _roles(self) -> tuple[list[int], dict[int, int], list[int]]:
        """Nodes before the tiles, the Concat of each M block, nodes after the tiles."""
        marks = self.graph.marks
        after = {n for a in (self.table.tiles, self.table.sums) for n in a.ravel().tolist()}
        products = set(after)
        own_splits = set(self.table.splits.values())
        head: list[int] = []
        foot: list[int] = []
        concats: dict[int, int] = {}
        for node in sorted(n for nodes in self.table.others.values() for n in nodes):
            before = self.graph.predecessors(node)
            if not after.isdisjoint(before):
                after.add(node)
                m = marks[node].block[0]
                rows = {marks[p].block[0] for p in before if p in products}
                if marks[node].role is Role.CONCAT and rows == {m} and m not in concats:
                    concats[m] = node
                else:
                    foot.append(node)
            elif node not in own_splits:
                head.append(node)
        return head, concats, foot

    def _weight_side(self) -> set[int]:
        """Nodes before the tiles that work on the weight, not on the layer's input."""
        graph, found = self.graph, set[int]()
        for node in sorted(n for nodes in self.table.others.values() for n in nodes):
            first = int(graph.node_inputs(node)[0]) if graph.node_inputs(node).size else -1
            maker = int(graph.producers[first]) if first >= 0 else -1
            if maker in found or (maker < 0 and graph.tensor_kinds[first] == TensorKind.WEIGHT):
                found.add(node)
        return found

    def _put(self, node: int, rect: Rect) -> None:
        self.nodes.append(node)
        self.boxes.append(rect)
        self.place[node] = rect

    def _put_head(self, nodes: list[int]) -> None:
        """Nodes that prepare the weight, as many to a line as fit."""
        most = max(int((self.width - 2 * PAD + _GAP) // (NODE_W + _GAP)), 1)
        for start in range(0, len(nodes), most):
            line = nodes[start : start + most]
            x = (self.width - len(line) * (NODE_W + _GAP) + _GAP) / 2
            for i, node in enumerate(line):
                self._put(node, (x + i * (NODE_W + _GAP), self.y, NODE_W, NODE_H))
            self.y += NODE_H + _GAP

    def _put_middle(self, node: int) -> None:
        self._put(node, ((self.width - NODE_W) / 2, self.y, NODE_W, NODE_H))
        self.y += NODE_H + _GAP

    def _panel(self, m: int, split: int, concat: int) -> Panel:
        if split >= 0:
            self._put(split, (PAD, self.y, self.width - 2 * PAD, NODE_H))
            self.y += NODE_H + _GAP
        split_bottom, top = self.y - _GAP, self.y
        bottom = top + (self.n - 1) * PITCH_Y + TILE_H
        for n in np.flatnonzero(self.table.sums[m] >= 0).tolist():
            y = top + n * PITCH_Y + TILE_H + _DROP - NODE_H / 2
            self._put(int(self.table.sums[m, n]), (self.sum_x, y, NODE_W, NODE_H))
            bottom = y + NODE_H
        self.y = bottom + _GAP
        concat_top = self.y
        if concat >= 0:
            self._put(concat, (PAD, self.y, self.width - 2 * PAD, NODE_H))
            self.y += NODE_H + _GAP
            self._collect(m, concat_top)
        return Panel(m, top, split_bottom)

    def _collect(self, m: int, concat_top: float) -> None:
        """The line that gathers the Sums (or, without Sums, the tiles) into the Concat."""
        sums = self.table.sums[m][self.table.sums[m] >= 0].tolist()
        if not sums:
            first = concat_top - _GAP - (self.n - 1) * PITCH_Y + _DROP
            self.links.append((self.sum_x, first, self.sum_x, concat_top))
            return
        x = self.sum_x + NODE_W + _GAP / 2
        middles = [self.place[s][1] + NODE_H / 2 for s in sums]
        self.links.extend((self.sum_x + NODE_W, y, x, y) for y in middles)
        self.links.append((x, middles[0], x, concat_top))

    def _link_sources(self, head: list[int], panels: tuple[Panel, ...]) -> None:
        """Where rows are not cut along K, the tiles read what the nodes before them made."""
        for panel in panels:
            if panel.m in self.table.splits:
                continue
            x, end = self.left - _TRUNK, panel.split_bottom
            start = HEADER - _GAP / 2
            if head:
                left, top, width, height = self.place[head[-1]]
                start = top + height + _GAP / 2
                self.links.append((left + width / 2, top + height, left + width / 2, start))
                self.links.append((x, start, left + width / 2, start))
            self.links.append((x, start, x, end))

    def _link_others(
        self, splits: dict[int, int], concats: dict[int, int], foot: list[int]
    ) -> None:
        for node in (*splits.values(), *concats.values(), *foot):
            for before in self.graph.predecessors(node):
                if before in self.place and not self._is_sum(before):
                    self._elbow(before, node, node in foot)
        if foot:
            self._sums_to_foot(foot[0])

    def _link_border(self, head: list[int]) -> None:
        """From the frame's top into the first node, from the last one to the frame's bottom."""
        if not self.boxes:
            return
        middle = self.width / 2
        entry = head[0] if head else self.table.splits.get(0, -1)
        if entry in self.place:
            left, top, width, _ = self.place[entry]
            self._link_entry(middle, left + width / 2, top)
        _, last, _, height = max(self.boxes, key=lambda box: box[1] + box[3])
        self.links.append((middle, last + height, middle, self.y - _GAP + PAD))

    def _link_entry(self, middle: float, x: float, top: float) -> None:
        """Straight down, or around the nodes that prepare the weight."""
        corners = [(middle, 0.0), (middle, top)]
        if self.weight_side:
            lane, turn = HEADER - 10, top - _GAP / 2
            corners = [(middle, 0.0), (middle, lane), (PAD / 2, lane), (PAD / 2, turn)]
            corners += [(x, turn), (x, top)]
        self.links.extend((*a, *b) for a, b in pairwise(corners))

    def _is_sum(self, node: int) -> bool:
        return self.graph.marks[node].role is Role.SUM

    def _sums_to_foot(self, node: int) -> None:
        for before in self.graph.predecessors(node):
            if before in self.place and self._is_sum(before):
                self._elbow(before, node, True)

    def _elbow(self, before: int, node: int, right: bool) -> None:
        ax, ay, aw, ah = self.place[before]
        bx, by, bw, _ = self.place[node]
        a, b, low = ax + aw / 2, bx + bw / 2, ay + ah
        if by - low <= _GAP + 1:
            turn = by - _GAP / 2
            corners = [(a, low), (a, turn), (b, turn), (b, by)]
        else:
            # Lines that leave and lines that arrive turn at different heights, so as not to meet.
            side = self.width - PAD / 2 if right else PAD / 2
            leave, arrive = low + _GAP * 0.3, by - _GAP * 0.3
            corners = [(a, low), (a, leave), (side, leave), (side, arrive), (b, arrive), (b, by)]
        for (x1, y1), (x2, y2) in pairwise(corners):
            if (x1, y1) != (x2, y2):
                self.links.append((x1, y1, x2, y2))

    def _tile_boxes(self, panels: tuple[Panel, ...]) -> tuple[npt.NDArray[np.int32], FloatArray]:
        m, n, k = np.nonzero(self.table.tiles >= 0)
        boxes = np.empty((m.size, 4))
        boxes[:, 0] = self.left + k * PITCH_X
        boxes[:, 1] = np.array([p.top for p in panels])[m] + n * PITCH_Y
        boxes[:, 2], boxes[:, 3] = TILE_W, TILE_H
        return self.table.tiles[m, n, k], boxes


def _lines(x1: Column, y1: Column, x2: Column, y2: Column) -> FloatArray:
    return np.column_stack((x1, y1, x2, y2))
