"""Live ranges of activations in execution order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.model.graph import Graph, TensorKind

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LiveRanges:
    """Columns by activation, int64: tensor id, first and last main node it lives at, bytes.

    A tensor lives from the node that makes it (an input from the start) to the last node that
    reads it (an output to the end); what a body reads, the node that owns the body reads. Tensors
    of unknown size have 0 bytes; what bodies make themselves is left out.
    """

    tensors: Column
    births: Column
    deaths: Column
    sizes: Column


def live_ranges(graph: Graph) -> LiveRanges:
    """The activations of the main graph, its inputs first."""
    count = graph.main_count
    outputs = set(graph.graph_outputs)
    last = _last_reader(graph)
    rows: list[tuple[int, int, int, int]] = []
    for tensor, kind in enumerate(graph.tensor_kinds.tolist()):
        if kind not in (TensorKind.ACTIVATION, TensorKind.INPUT):
            continue
        producer = int(graph.producers[tensor])
        is_main_input = kind == TensorKind.INPUT and tensor < len(graph.graph_inputs)
        if not (0 <= producer < count or is_main_input):
            continue
        birth = max(producer, 0)
        death = count - 1 if tensor in outputs else max(int(last[tensor]), birth)
        rows.append((tensor, birth, death, graph.tensor_types[tensor].nbytes or 0))
    return LiveRanges(*np.array(rows, np.int64).reshape(-1, 4).T)


def live_bytes(graph: Graph, ranges: LiveRanges | None = None) -> Column:
    """int64[main nodes]: bytes of all activations that are alive while each node runs."""
    count = graph.main_count
    if not count:
        return np.zeros(0, np.int64)
    found = ranges or live_ranges(graph)
    change = np.zeros(count + 1, np.int64)
    np.add.at(change, found.births, found.sizes)
    np.subtract.at(change, found.deaths + 1, found.sizes)
    return np.cumsum(change)[:count]


def peak_activation_bytes(graph: Graph) -> int:
    """The largest sum of live activations; 0 for a graph without nodes."""
    alive = live_bytes(graph)
    return int(alive.max()) if alive.size else 0


def main_nodes(graph: Graph) -> Column:
    """The main node in whose bodies each node lies; a main node is its own."""
    main = np.arange(graph.node_count, dtype=np.int64)
    # Bodies follow the graph that holds them, so an owner is resolved before what it owns.
    for node in range(graph.main_count, graph.node_count):
        group = graph.groups[graph.node_group[node]]
        if group.owner == node:
            group = graph.groups[group.parent]
        main[node] = main[group.owner]
    return main


def _last_reader(graph: Graph) -> npt.NDArray[Any]:
    """The last main node that reads each tensor, itself or in its bodies; -1 for none."""
    last = np.full(len(graph.tensor_types), -1, np.int64)
    tensor = np.repeat(np.arange(len(graph.producers)), np.diff(graph.consumer_offsets))
    np.maximum.at(last, tensor, main_nodes(graph)[graph.consumers])
    return last
