"""Live ranges of activations in execution order."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.model.graph import Graph, TensorKind


def live_bytes(graph: Graph) -> npt.NDArray[np.int64]:
    """int64[main nodes]: bytes of all activations that are alive while each node runs.

    A tensor lives from the node that makes it (an input from the start) to the last node that
    reads it (an output to the end); what a body reads, the node that owns the body reads. Tensors
    of unknown size are left out, and what bodies make themselves.
    """
    count = graph.main_count
    births, deaths, sizes = _ranges(graph, count)
    change = np.zeros(count + 1, np.int64)
    np.add.at(change, births, sizes)
    np.subtract.at(change, deaths + 1, sizes)
    return np.cumsum(change)[:count]


def peak_activation_bytes(graph: Graph) -> int:
    """The largest sum of live activations; 0 for a graph without nodes."""
    alive = live_bytes(graph)
    return int(alive.max()) if alive.size else 0


def _ranges(graph: Graph, count: int) -> tuple[npt.NDArray[Any], ...]:
    births: list[int] = []
    deaths: list[int] = []
    sizes: list[int] = []
    outputs = set(graph.graph_outputs)
    last = _last_reader(graph, count)
    for tensor, kind in enumerate(graph.tensor_kinds.tolist()):
        if kind not in (TensorKind.ACTIVATION, TensorKind.INPUT):
            continue
        producer = int(graph.producers[tensor])
        is_main_input = kind == TensorKind.INPUT and tensor < len(graph.graph_inputs)
        if not (0 <= producer < count or is_main_input):
            continue
        birth = max(producer, 0)
        death = count - 1 if tensor in outputs else max(int(last[tensor]), birth)
        births.append(birth)
        deaths.append(death)
        sizes.append(graph.tensor_types[tensor].nbytes or 0)
    return np.array(births, np.int64), np.array(deaths, np.int64), np.array(sizes, np.int64)


def _last_reader(graph: Graph, count: int) -> npt.NDArray[Any]:
    """The last main node that reads each tensor, itself or in its bodies; -1 for none."""
    last = np.full(len(graph.tensor_types), -1, np.int64)
    tensor = np.repeat(np.arange(len(graph.producers)), np.diff(graph.consumer_offsets))
    np.maximum.at(last, tensor, _main_nodes(graph, count)[graph.consumers])
    return last


def _main_nodes(graph: Graph, count: int) -> npt.NDArray[np.int64]:
    """The main node in whose bodies each node lies; a main node is its own."""
    main = np.arange(graph.node_count, dtype=np.int64)
    # Bodies follow the graph that holds them, so an owner is resolved before what it owns.
    for node in range(count, graph.node_count):
        group = graph.groups[graph.node_group[node]]
        if group.owner == node:
            group = graph.groups[group.parent]
        main[node] = main[group.owner]
    return main
