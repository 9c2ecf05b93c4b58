"""Activation memory over execution order: what is alive when, the peak, and better orders.

The order is that of the file unless said otherwise. A tensor counts from the node that makes it to
the last one that reads it, with both of them, so that a node's inputs and outputs are alive
together: that an operator may write its result over its input is not modelled, and neither are
workspaces of a kernel.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.analysis.memory import LiveRanges, live_bytes, live_ranges, main_nodes
from inspector.model.graph import Graph, TensorKind
from inspector.model.problems import Cancelled

Column = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Order:
    """A topological order of the main nodes and the peak of live bytes that it needs."""

    nodes: Column
    peak_bytes: int


@dataclass(frozen=True)
class Timeline:
    """Live activations at each main node, in file order."""

    graph: Graph
    ranges: LiveRanges
    live: Column
    """int64[main nodes]: bytes alive while each node runs."""
    floor_bytes: int
    """No order needs less: the largest sum of one node's own inputs and outputs."""
    floor_node: int
    """The node of `floor_bytes`, -1 without nodes."""

    @property
    def peak_step(self) -> int:
        """The first node at which most is alive, -1 without nodes."""
        return int(self.live.argmax()) if self.live.size else -1

    @property
    def peak_bytes(self) -> int:
        """Bytes alive at the peak."""
        return int(self.live[self.peak_step]) if self.live.size else 0

    @cached_property
    def output_bytes(self) -> int:
        """Bytes of everything that the nodes make: what memory without reuse would take."""
        made = self.graph.producers[self.ranges.tensors] >= 0
        return sum(self.ranges.sizes[made].tolist())

    @cached_property
    def unknown(self) -> int:
        """Number of activations whose size is unknown; they count as nothing."""
        types = self.graph.tensor_types
        return sum(types[t].nbytes is None for t in self.ranges.tensors.tolist())

    def alive_at(self, step: int) -> Column:
        """Rows of `ranges` that are alive while a node runs, largest first."""
        ranges = self.ranges
        alive = np.flatnonzero((ranges.births <= step) & (step <= ranges.deaths))
        return alive[np.argsort(-ranges.sizes[alive], kind="stable")]

    def fits_within(self, limit_bytes: int) -> npt.NDArray[np.bool_]:
        """bool by row: tensors during whose whole life at most `limit_bytes` are alive."""
        over = np.concatenate([[0], np.cumsum(self.live > limit_bytes)])
        fits: npt.NDArray[np.bool_] = over[self.ranges.deaths + 1] == over[self.ranges.births]
        return fits


def compute_timeline(graph: Graph) -> Timeline:
    """Live ranges of a graph. Linear in its size."""
    ranges = live_ranges(graph)
    own = np.zeros(graph.main_count, np.int64)
    nodes, rows = _node_rows(graph, ranges, both=True)
    np.add.at(own, nodes, ranges.sizes[rows])
    node = int(own.argmax()) if own.size else -1
    floor = int(own[node]) if own.size else 0
    return Timeline(graph, ranges, live_bytes(graph, ranges), floor, node)


def better_order(
    timeline: Timeline, seconds: float = 2.0, cancelled: Callable[[], bool] | None = None
) -> Order | None:
    """An order with a lower peak than the file's, or None where a greedy search finds none.

    Runs next, of the nodes that are ready, the one that lets memory grow least: bytes that it
    makes less bytes that it is the last to read; a second pass prefers among equals the readers of
    what was made last. Such list scheduling finds no optimum in general, so the peak of an order
    found is only known to be reachable. Raises Cancelled.
    """
    if not timeline.live.size or timeline.peak_bytes <= timeline.floor_bytes:
        return None
    problem = _Problem(timeline)
    deadline = time.monotonic() + seconds
    best: Order | None = None
    least = timeline.peak_bytes
    for newest_first in (False, True):
        nodes = _schedule(problem, newest_first, deadline, cancelled or (lambda: False))
        if nodes is None:
            break
        peak = problem.peak(nodes)
        if peak < least:
            best, least = Order(np.array(nodes, np.int64), peak), peak
    return best


class _Problem:
    """Nodes, what each reads and makes, and who must come before whom."""

    def __init__(self, timeline: Timeline) -> None:
        graph, ranges = timeline.graph, timeline.ranges
        self.count = graph.main_count
        self.sizes: list[int] = ranges.sizes.tolist()
        rows = len(self.sizes)
        self.reads: list[list[int]] = [[] for _ in range(self.count)]
        for node, row in zip(*(c.tolist() for c in _node_rows(graph, ranges)), strict=True):
            self.reads[node].append(row)
        self.makes: list[list[int]] = [[] for _ in range(self.count)]
        self.readers: list[list[int]] = [[] for _ in range(rows)]
        self.producer: list[int] = graph.producers[ranges.tensors].tolist()
        for row, producer in enumerate(self.producer):
            if producer >= 0:
                self.makes[producer].append(row)
        for node, read in enumerate(self.reads):
            for row in read:
                self.readers[row].append(node)
        kept = np.isin(ranges.tensors, np.array(graph.graph_outputs, np.int64))
        self.kept: list[bool] = kept.tolist()
        self.waits = [
            len({self.producer[row] for row in read if self.producer[row] >= 0})
            for read in self.reads
        ]
        self._add_constants(graph)

    def _add_constants(self, graph: Graph) -> None:
        """Constants have no activation, but they too come before their readers."""
        self.after: list[list[int]] = [[] for _ in range(self.count)]
        main = main_nodes(graph)
        constants = np.flatnonzero(graph.tensor_kinds == TensorKind.CONSTANT)
        pairs: set[tuple[int, int]] = set()
        for tensor in constants.tolist():
            producer = int(graph.producers[tensor])
            if 0 <= producer < self.count:
                readers = main[graph.tensor_consumers(tensor)].tolist()
                pairs.update((producer, reader) for reader in readers)
        for producer, reader in sorted(pairs):
            self.after[producer].append(reader)
            self.waits[reader] += 1

    def followers(self, node: int) -> Iterable[int]:
        """Nodes that wait for a node, each once for all that they read of it."""
        reading = {reader for row in self.makes[node] for reader in self.readers[row]}
        yield from sorted(reading)
        yield from self.after[node]

    def peak(self, nodes: list[int]) -> int:
        """The largest sum of live bytes in an order; inputs are alive from the start."""
        left = [len(readers) for readers in self.readers]
        inputs = [row for row, producer in enumerate(self.producer) if producer < 0]
        alive = sum(self.sizes[row] for row in inputs)
        unread = [row for row in inputs if not left[row] and not self.kept[row]]
        peak = 0
        for node in nodes:
            alive += sum(self.sizes[row] for row in self.makes[node])
            peak = max(peak, alive)
            alive -= sum(self.sizes[row] for row in unread)
            unread = []
            for row in self.reads[node]:
                left[row] -= 1
                if not left[row] and not self.kept[row]:
                    alive -= self.sizes[row]
            for row in self.makes[node]:
                if not left[row] and not self.kept[row]:
                    alive -= self.sizes[row]
        return peak


def _schedule(
    problem: _Problem, newest_first: bool, deadline: float, cancelled: Callable[[], bool]
) -> list[int] | None:
    """A greedy topological order, or None where time ran out or the graph has a cycle."""
    left = [len(readers) for readers in problem.readers]
    waits = list(problem.waits)
    ready_at = [0] * problem.count
    done = [False] * problem.count
    heap = [
        (_growth(problem, left, node), 0, node) for node in range(problem.count) if not waits[node]
    ]
    heapify(heap)
    nodes: list[int] = []
    while heap:
        growth, _, node = heappop(heap)
        if done[node] or growth != _growth(problem, left, node):
            # Written before another reader was done; the entry of today is in the heap too.
            continue
        done[node] = True
        nodes.append(node)
        if len(nodes) % 256 == 0:
            if cancelled():
                raise Cancelled
            if time.monotonic() > deadline:
                return None
        changed: list[int] = []
        for row in problem.reads[node]:
            left[row] -= 1
            if left[row] == 1:
                changed.extend(r for r in problem.readers[row] if not done[r] and not waits[r])
        for follower in problem.followers(node):
            waits[follower] -= 1
            if not waits[follower]:
                ready_at[follower] = len(nodes)
                changed.append(follower)
        for other in changed:
            rank = -ready_at[other] if newest_first else 0
            heappush(heap, (_growth(problem, left, other), rank, other))
    return nodes if len(nodes) == problem.count else None


def _growth(problem: _Problem, left: list[int], node: int) -> int:
    """By how much live bytes change when a node has run."""
    made = sum(problem.sizes[row] for row in problem.makes[node] if left[row] or problem.kept[row])
    read = problem.reads[node]
    freed = sum(problem.sizes[row] for row in read if left[row] == 1 and not problem.kept[row])
    return made - freed


def _node_rows(graph: Graph, ranges: LiveRanges, *, both: bool = False) -> tuple[Column, Column]:
    """Pairs of a main node and a row of `ranges` that it reads, or with `both` makes, each once.

    What bodies read, the node that owns them reads.
    """
    row_of = np.full(len(graph.tensor_types) + 1, -1, np.int64)
    row_of[ranges.tensors] = np.arange(len(ranges.tensors))
    main = main_nodes(graph)
    nodes = [_owners(graph.input_offsets, main)]
    tensors: list[npt.NDArray[Any]] = [graph.inputs]
    if both:
        nodes.append(_owners(graph.output_offsets, main))
        tensors.append(graph.outputs)
    node, row = np.concatenate(nodes), row_of[np.concatenate(tensors)]
    rows = max(len(ranges.tensors), 1)
    keys = np.unique(node[row >= 0] * rows + row[row >= 0])
    return keys // rows, keys % rows


def _owners(offsets: npt.NDArray[Any], main: Column) -> Column:
    owners: Column = main[np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))]
    return owners
