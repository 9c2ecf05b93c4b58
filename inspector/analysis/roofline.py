"""The roofline of a network on an accelerator: how fast each node can be, and what holds it back.

After S. Williams, A. Waterman and D. Patterson, "Roofline: An Insightful Visual Performance Model",
2009, with MACs for operations: a node of intensity I (MACs per byte moved) attains at most
min(peak, I * bandwidth) MACs per second. It takes the longer of computing, MACs / peak, and of
moving its bytes, bytes / bandwidth; nodes run one after the other. Element work costs no compute
time here. The times are bounds of an ideal machine, no forecast.

Without on-chip memory every node reads its inputs and writes its outputs, weights included. With
it, an activation stays on chip where during its whole life all live activations together fit;
weights, inputs and outputs of the network always move.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from inspector.analysis.accelerator import Accelerator
from inspector.analysis.figures import Figures
from inspector.analysis.fit import Fit
from inspector.analysis.timeline import Timeline
from inspector.model.graph import Graph

Column = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Bound(IntEnum):
    """What a node waits for."""

    UNKNOWN = 0
    NOTHING = 1
    """It neither computes nor moves a byte."""
    COMPUTE = 2
    MEMORY = 3


@dataclass(frozen=True, slots=True)
class RooflineTotals:
    """Sums over the main graph's nodes; nodes with an unknown figure are left out."""

    macs: int
    moved_bytes: int
    compute_bound_s: float
    memory_bound_s: float
    unknown_nodes: int

    @property
    def seconds(self) -> float:
        """Time of all nodes one after the other."""
        return self.compute_bound_s + self.memory_bound_s


@dataclass(frozen=True)
class Roofline:
    """Columns by main node; MACs and bytes are -1 where unknown, floats NaN."""

    graph: Graph
    accelerator: Accelerator
    macs: Column
    moved_bytes: Column
    compute_s: Floats
    memory_s: Floats

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """Nodes with both figures."""
        return (self.macs >= 0) & (self.moved_bytes >= 0)

    @cached_property
    def intensity(self) -> Floats:
        """MACs per byte moved; infinite where MACs move nothing."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.known, self.macs / self.moved_bytes, np.nan)

    @cached_property
    def seconds(self) -> Floats:
        """The longer of computing and moving."""
        return np.maximum(self.compute_s, self.memory_s)

    @cached_property
    def attainable(self) -> Floats:
        """MACs per second that a node reaches: its MACs over its time, at most the roof."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.macs / self.seconds

    @cached_property
    def bound(self) -> npt.NDArray[np.int8]:
        """`Bound` of each node; one that waits equally for both is bound by compute."""
        bound = np.where(self.compute_s >= self.memory_s, Bound.COMPUTE, Bound.MEMORY)
        bound[self.seconds == 0] = Bound.NOTHING
        bound[~self.known] = Bound.UNKNOWN
        return bound.astype(np.int8)

    @cached_property
    def totals(self) -> RooflineTotals:
        """Sums over the nodes."""
        known = self.known
        return RooflineTotals(
            macs=sum(self.macs[known].tolist()),
            moved_bytes=sum(self.moved_bytes[known].tolist()),
            compute_bound_s=float(self.seconds[self.bound == Bound.COMPUTE].sum()),
            memory_bound_s=float(self.seconds[self.bound == Bound.MEMORY].sum()),
            unknown_nodes=int(np.count_nonzero(~known)),
        )

    def dominant(self) -> tuple[str, list[int], float] | None:
        """Name, nodes and seconds of what takes longest: a node, or a tiled layer as a whole."""
        graph = self.graph
        seconds = np.where(self.known, self.seconds, 0.0)
        tiled = [group.id for group in graph.groups if group.tiling is not None]
        found: list[tuple[str, list[int], float]] = []
        for group in tiled:
            nodes = np.flatnonzero(graph.node_group[: graph.main_count] == group)
            title = graph.groups[group].title
            found.append((title, nodes.tolist(), float(seconds[nodes].sum())))
        single = np.where(np.isin(graph.node_group[: graph.main_count], tiled), 0.0, seconds)
        if single.size:
            node = int(single.argmax())
            found.append((graph.names[node], [node], float(single[node])))
        best = max(found, key=lambda entry: entry[2], default=None)
        return best if best is not None and best[2] > 0 else None

    def slowest(self, most: int = 1) -> list[int]:
        """The nodes that take longest, longest first; those that take no time are left out."""
        seconds = np.where(self.known, self.seconds, 0.0)
        order = np.argsort(-seconds, kind="stable")[:most]
        return [node for node in order.tolist() if seconds[node] > 0]


def compute_roofline(
    figures: Figures, accelerator: Accelerator, timeline: Timeline, fit: Fit | None = None
) -> Roofline:
    """Times of every main node.

    With `fit`, a node that multiplies matrices computes for as long as its tiles take on the unit,
    padding included; without it the unit is always full.
    """
    main = slice(0, figures.graph.main_count)
    macs = figures.macs[main]
    spent = macs.astype(np.float64)
    if fit is not None:
        # A control-flow node has the MACs of its bodies and no multiply of its own.
        tiled = fit.by_node(fit.spent_macs)[main]
        spent = np.where(tiled > 0, tiled, spent)
    moved = figures.total_bytes[main].copy()
    kept = _bytes_on_chip(figures, accelerator.on_chip_bytes, timeline)
    moved = np.where(moved >= 0, np.maximum(moved - kept, 0), moved)
    known = (macs >= 0) & (moved >= 0)
    return Roofline(
        graph=figures.graph,
        accelerator=accelerator,
        macs=macs,
        moved_bytes=moved,
        compute_s=np.where(known, spent / accelerator.peak_macs_per_s, np.nan),
        memory_s=np.where(known, moved / accelerator.bandwidth_bytes_per_s, np.nan),
    )


def _bytes_on_chip(figures: Figures, limit: int, timeline: Timeline) -> Column:
    """int64[main nodes]: bytes of a node's inputs and outputs that never leave the chip."""
    graph, ranges = figures.graph, timeline.ranges
    kept = np.zeros(graph.main_count, np.int64)
    if limit <= 0:
        return kept
    fits = timeline.fits_within(limit) & (graph.producers[ranges.tensors] >= 0)
    fits &= ~np.isin(ranges.tensors, np.array(graph.graph_outputs, np.int64))
    sizes = np.zeros(len(graph.tensor_types) + 1, np.int64)
    sizes[ranges.tensors[fits]] = ranges.sizes[fits]
    for offsets, tensors in (
        (graph.input_offsets, graph.inputs),
        (graph.output_offsets, graph.outputs),
    ):
        # Bodies follow the main nodes; what they read is theirs to count.
        last = int(offsets[graph.main_count])
        owner = np.repeat(np.arange(graph.main_count), np.diff(offsets[: graph.main_count + 1]))
        np.add.at(kept, owner, sizes[tensors[:last]])
    return kept
