"""The tensors that are alive at one node."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from inspector.analysis.timeline import Timeline
from inspector.ui.widgets.figures import UNKNOWN_TEXT, percent_text, short_name
from inspector.ui.widgets.row_table import Column, IntArray, name_ranks, order_by

COLUMNS = (
    Column("tensor", tip="Name of the tensor", width=176, is_text=True),
    Column("share", tip="Part of all that is alive", width=120, has_bar=True),
    Column("bytes", tip="Bytes of its elements", width=80),
    Column("shape", tip="Shape, sorted by its bytes", width=104, is_text=True),
    Column("lives", tip="First and last node in execution order", width=96),
)
TENSOR, SHARE, BYTES, SHAPE, LIVES = range(5)


class AliveTable:
    """Rows are activations, largest first; a row stands for the node that makes it."""

    def __init__(self, timeline: Timeline, step: int) -> None:
        self.timeline = timeline
        self.alive = timeline.alive_at(step)
        ranges, graph = timeline.ranges, timeline.graph
        self.tensors = ranges.tensors[self.alive]
        self.sizes = ranges.sizes[self.alive]
        self.row_nodes: IntArray = graph.producers[self.tensors].astype(np.int64)
        self._total = max(int(self.sizes.sum()), 1)

    def order(self, number: int, descending: bool) -> IntArray:
        """Rows by a column; by default the largest first."""
        if number == TENSOR:
            return order_by(name_ranks(self._names), descending)
        if number == LIVES:
            return order_by(self.timeline.ranges.births[self.alive], descending)
        return np.arange(len(self.alive)) if number < 0 else order_by(self.sizes, descending)

    def matches(self, text: str) -> npt.NDArray[np.bool_]:
        """Rows of which the name holds a text."""
        wanted = text.strip().casefold()
        return np.array([wanted in name.casefold() for name in self._names], bool)

    def text(self, number: int, row: int) -> str:
        """What a cell says."""
        kind = self.timeline.graph.tensor_types[self.tensors[row]]
        if number == TENSOR:
            return short_name(self._names[row])
        if number == SHAPE:
            return kind.shape_text()
        if number == LIVES:
            ranges, place = self.timeline.ranges, self.alive[row]
            return f"{ranges.births[place] + 1:,} – {ranges.deaths[place] + 1:,}"
        if kind.nbytes is None:
            return UNKNOWN_TEXT
        if number == SHARE:
            return percent_text(int(self.sizes[row]) / self._total)
        return f"{self.sizes[row]:,}"

    def tip(self, number: int, row: int) -> str | None:
        """The tensor with its type and the node that makes it."""
        graph, tensor = self.timeline.graph, int(self.tensors[row])
        node = int(self.row_nodes[row])
        made = f"made by {graph.names[node]}" if node >= 0 else "an input of the network"
        return f"{graph.tensor_names[tensor]}\n{graph.tensor_types[tensor].text()}\n{made}"

    def fraction(self, number: int, row: int) -> float | None:
        """The part of all that is alive."""
        return int(self.sizes[row]) / self._total

    @cached_property
    def _names(self) -> list[str]:
        return [self.timeline.graph.tensor_names[tensor] for tensor in self.tensors.tolist()]
