"""What a network costs: MACs, parameters and bytes moved, for every node and in total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.analysis.control import REPEATED, UNKNOWN, iterations, roll_up_bodies
from inspector.analysis.costs import UnknownCost, cost_function
from inspector.analysis.memory import peak_activation_bytes
from inspector.analysis.parameters import parameter_tensors
from inspector.analysis.work import Calls, Work, node_cost
from inspector.model.dtypes import dtype
from inspector.model.graph import Graph, TensorKind
from inspector.model.groups import GroupKind
from inspector.model.tensors import TensorType

Column = npt.NDArray[np.int64]
__all__ = ["UNKNOWN", "Convention", "Figures", "Totals", "compute_figures", "node_cost"]


class Convention(StrEnum):
    """How bytes are counted.

    COURSE counts rank-0 inputs (a Clip's bounds) as nothing, TRUE counts them.
    """

    COURSE = "course"
    TRUE = "true"


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the network. Weights shared by several nodes count once.

    Nodes of unknown cost are left out of the sums and counted in `unknown_nodes`.
    """

    parameters: int
    weight_bytes: int
    macs: int
    read_bytes: int
    write_bytes: int
    output_bytes: int
    peak_activation_bytes: int
    unknown_nodes: int
    element_operations: int

    @property
    def total_bytes(self) -> int:
        """Bytes read and written by all nodes, without any on-chip buffer."""
        return self.read_bytes + self.write_bytes


@dataclass(frozen=True)
class Figures:
    """Columns by node id, int64; -1 means unknown, never 0.

    `element_operations` is element-wise and reduction work, which is no part of `macs`.
    """

    graph: Graph
    convention: Convention
    macs: Column
    parameters: Column
    weight_bytes: Column
    read_bytes: Column
    write_bytes: Column
    element_operations: Column
    totals: Totals
    operators: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def output_bytes(self) -> Column:
        """Bytes of the node's outputs: what it writes."""
        return self.write_bytes

    @cached_property
    def total_bytes(self) -> Column:
        """Bytes read and written, unknown where either is."""
        known = (self.read_bytes >= 0) & (self.write_bytes >= 0)
        return np.where(known, self.read_bytes + self.write_bytes, UNKNOWN)

    @property
    def coverage(self) -> float:
        """Share of the nodes whose MACs are known, 0 to 1; those of bodies count too."""
        return float(np.mean(self.macs >= 0)) if self.macs.size else 1.0

    @cached_property
    def unknown_operators(self) -> tuple[tuple[str, int], ...]:
        """Operators with nodes whose MACs are not known and how many, most first.

        A node whose bodies are unknown is left out: the nodes in them say why.
        """
        owners = {group.owner for group in self.graph.groups if group.kind is GroupKind.CONTROL}
        unknown = np.flatnonzero(self.macs < 0).tolist()
        names = (self.graph.op_types[node] for node in unknown if node not in owners)
        return tuple(Counter(names).most_common())

    def explain(self, node: int) -> str:
        """The formula behind a node's MACs with its numbers, or why there is no figure."""
        graph = self.graph
        op_type, macs = graph.op_types[node], int(self.macs[node])
        if self._calls.is_called(graph, node):
            known = f"{macs:,} in the body of the function {op_type}"
            return known if macs != UNKNOWN else f"The body of the function {op_type} is not known."
        if cost_function(graph.protos[node].domain, op_type) is None:
            if macs == UNKNOWN:
                return f"The cost of {op_type} is not known."
            return self._explain_bodies(node) if macs > 0 else "No multiply-accumulates."
        try:
            return node_cost(graph, node).text()
        except UnknownCost as missing:
            return f"Unknown: {missing}."

    def _explain_bodies(self, node: int) -> str:
        macs = int(self.macs[node])
        if self.graph.op_types[node] not in REPEATED:
            return f"{macs:,} in its bodies"
        times = iterations(self.graph, node)
        if not times:
            return f"{macs:,} in one iteration; how many there are is not known"
        return f"{times:,} iterations × {macs // times:,} in the body = {macs:,}"

    @cached_property
    def _calls(self) -> Calls:
        return Calls(self.graph.network)


def compute_figures(
    graph: Graph,
    convention: Convention = Convention.COURSE,
    cancelled: Callable[[], bool] | None = None,
) -> Figures:
    """All figures of a graph, linear in its size. Raises Cancelled."""
    sizes = _tensor_bytes(graph, convention)
    read = _sum_by_node(graph.input_offsets, graph.inputs, sizes)
    write = _sum_by_node(graph.output_offsets, graph.outputs, sizes)
    write[_constants(graph)] = 0
    work = Work(graph, cancelled or (lambda: False))
    by_node = (graph.input_offsets, graph.inputs)
    elements, nbytes = _weight_sizes(graph, parameter_tensors(graph))
    parameters, weight_bytes = _sum_by_node(*by_node, elements), _sum_by_node(*by_node, nbytes)
    macs, operations = work.macs, work.elements
    columns = {"macs": macs, "read": read, "write": write, "operations": operations}
    roll_up_bodies(graph, columns)
    main = slice(0, graph.main_count)
    totals = Totals(
        parameters=_known_sum(elements),
        weight_bytes=_known_sum(nbytes),
        macs=_known_sum(macs[main]),
        read_bytes=_known_sum(read[main]),
        write_bytes=_known_sum(write[main]),
        output_bytes=_known_sum(write[main]),
        peak_activation_bytes=peak_activation_bytes(graph),
        unknown_nodes=int(np.count_nonzero((macs < 0) | (read < 0) | (write < 0))),
        element_operations=_known_sum(operations[main]),
    )
    return Figures(
        graph=graph,
        convention=convention,
        macs=macs,
        parameters=parameters,
        weight_bytes=weight_bytes,
        read_bytes=read,
        write_bytes=write,
        element_operations=operations,
        totals=totals,
        operators=dict(Counter(graph.op_types).most_common()),
        notes=_notes(graph, operations, totals),
    )


def _tensor_bytes(graph: Graph, convention: Convention) -> Column:
    cache: dict[TensorType, int] = {}
    sizes = np.empty(len(graph.tensor_types), np.int64)
    for tensor, kind in enumerate(graph.tensor_types):
        size = cache.get(kind)
        if size is None:
            size = cache[kind] = _bytes(kind, convention)
        sizes[tensor] = size
    return sizes


def _bytes(kind: TensorType, convention: Convention) -> int:
    if convention is Convention.COURSE and kind.shape == () and dtype(kind.elem).bits:
        return 0
    size = kind.nbytes
    return UNKNOWN if size is None else size


def _sum_by_node(offsets: npt.NDArray[Any], tensors: npt.NDArray[Any], sizes: Column) -> Column:
    """Sum of sizes per node; unknown as soon as one is. Left-out inputs weigh nothing."""
    padded = np.append(sizes, 0)[tensors]
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    total: Column = np.zeros(len(offsets) - 1, np.int64)
    np.add.at(total, owner, np.maximum(padded, 0))
    total[owner[padded < 0]] = UNKNOWN
    return total


def _constants(graph: Graph) -> npt.NDArray[Any]:
    """Nodes that make a constant: a runtime keeps their value, nothing is written."""
    made: npt.NDArray[Any] = graph.producers[graph.tensor_kinds == TensorKind.CONSTANT]
    made = made[made >= 0]
    return made


def _weight_sizes(graph: Graph, counted: npt.NDArray[np.bool_]) -> tuple[Column, Column]:
    """Elements and bytes of each tensor that is a parameter, 0 of every other."""
    elements = np.zeros(len(graph.tensor_types), np.int64)
    nbytes = np.zeros(len(graph.tensor_types), np.int64)
    for tensor in np.flatnonzero(counted).tolist():
        known = graph.tensor_types[tensor].elements
        elements[tensor] = UNKNOWN if known is None else known
        nbytes[tensor] = UNKNOWN if known is None else graph.weights[tensor].nbytes
    return elements, nbytes


def _known_sum(column: Column) -> int:
    return sum(column[column > 0].tolist())


def _notes(graph: Graph, operations: Column, totals: Totals) -> tuple[str, ...]:
    notes: list[str] = []
    if totals.unknown_nodes:
        notes.append(
            f"{totals.unknown_nodes:,} of {graph.node_count:,} nodes have a figure that is "
            "unknown; the totals leave those figures out."
        )
    unmeasured = int(np.count_nonzero(operations < 0))
    if unmeasured:
        notes.append(f"Nodes whose element operations are unknown: {unmeasured:,}.")
    symbols = sorted(
        {dim for kind in graph.tensor_types for dim in kind.shape or () if isinstance(dim, str)}
    )
    if symbols:
        notes.append(f"Dimensions without a value: {_listed(symbols)}.")
    owners = [group.owner for group in graph.groups if group.kind is GroupKind.CONTROL]
    if any(graph.op_types[owner] == "If" for owner in owners):
        notes.append("An If counts its dearer branch.")
    repeated = [owner for owner in owners if graph.op_types[owner] in REPEATED]
    once = [graph.names[owner] for owner in repeated if iterations(graph, owner) is None]
    if once:
        notes.append(f"One iteration counts where their number is not known: {_listed(once)}.")
    if len(once) < len(repeated):
        notes.append("A Loop or Scan whose number of iterations is known counts all of them.")
    return tuple(notes)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
