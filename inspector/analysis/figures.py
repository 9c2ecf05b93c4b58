"""What a network costs: MACs, parameters and bytes moved, for every node and in total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.analysis.costs import Call, Cost, UnknownCost, cost_function, is_known_operator
from inspector.analysis.memory import peak_activation_bytes
from inspector.analysis.parameters import parameter_tensors
from inspector.model.dtypes import dtype
from inspector.model.graph import Graph, TensorKind
from inspector.model.groups import GroupKind
from inspector.model.problems import Cancelled
from inspector.model.tensors import TensorType

Column = npt.NDArray[np.int64]
UNKNOWN = -1


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

    @property
    def total_bytes(self) -> int:
        """Bytes read and written by all nodes, without any on-chip buffer."""
        return self.read_bytes + self.write_bytes


@dataclass(frozen=True)
class Figures:
    """Columns by node id, int64; -1 means unknown, never 0."""

    graph: Graph
    convention: Convention
    macs: Column
    parameters: Column
    weight_bytes: Column
    read_bytes: Column
    write_bytes: Column
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

    def explain(self, node: int) -> str:
        """The formula behind a node's MACs with its numbers, or why there is no figure."""
        graph = self.graph
        if cost_function(graph.protos[node].domain, graph.op_types[node]) is None:
            if self.macs[node] == UNKNOWN:
                return f"The cost of {graph.op_types[node]} is not known."
            if self.macs[node] > 0:
                return f"{self.macs[node]:,} in its bodies"
            return "No multiply-accumulates."
        try:
            return node_cost(graph, node).text()
        except UnknownCost as missing:
            return f"Unknown: {missing}."


def node_cost(graph: Graph, node: int) -> Cost:
    """The cost of one node. Raises UnknownCost; an operator without MACs costs an empty sum."""
    proto = graph.protos[node]
    function = cost_function(proto.domain, proto.op_type)
    if function is None:
        if is_known_operator(proto.domain, proto.op_type):
            return Cost(())
        raise UnknownCost(
            f"{proto.op_type} of {proto.domain or 'ai.onnx'} is not an operator known"
        )
    types = graph.tensor_types
    reads = tuple(types[t] if t >= 0 else None for t in graph.node_inputs(node).tolist())
    makes = tuple(types[t] if t >= 0 else None for t in graph.node_outputs(node).tolist())
    try:
        return function(Call(proto, reads, makes))
    except (ValueError, IndexError, TypeError) as error:
        raise UnknownCost(f"its inputs do not fit the operator: {error}") from None


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
    macs = _macs(graph, cancelled or (lambda: False))
    by_node = (graph.input_offsets, graph.inputs)
    elements, nbytes = _weight_sizes(graph, parameter_tensors(graph))
    parameters, weight_bytes = _sum_by_node(*by_node, elements), _sum_by_node(*by_node, nbytes)
    columns = {"macs": macs, "read": read, "write": write}
    _roll_up_bodies(graph, columns)
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
    )
    return Figures(
        graph=graph,
        convention=convention,
        macs=macs,
        parameters=parameters,
        weight_bytes=weight_bytes,
        read_bytes=read,
        write_bytes=write,
        totals=totals,
        operators=dict(Counter(graph.op_types).most_common()),
        notes=_notes(graph, macs, totals),
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


def _macs(graph: Graph, cancelled: Callable[[], bool]) -> Column:
    macs = np.zeros(graph.node_count, np.int64)
    for node in range(graph.node_count):
        if node % 1024 == 0 and cancelled():
            raise Cancelled
        try:
            macs[node] = node_cost(graph, node).macs
        except (UnknownCost, OverflowError):
            macs[node] = UNKNOWN
    return macs


def _weight_sizes(graph: Graph, counted: npt.NDArray[np.bool_]) -> tuple[Column, Column]:
    """Elements and bytes of each tensor that is a parameter, 0 of every other."""
    elements = np.zeros(len(graph.tensor_types), np.int64)
    nbytes = np.zeros(len(graph.tensor_types), np.int64)
    for tensor in np.flatnonzero(counted).tolist():
        known = graph.tensor_types[tensor].elements
        elements[tensor] = UNKNOWN if known is None else known
        nbytes[tensor] = UNKNOWN if known is None else graph.weights[tensor].nbytes
    return elements, nbytes


def _roll_up_bodies(graph: Graph, columns: Mapping[str, Column]) -> None:
    """Gives an If its dearer branch and a Loop or Scan one iteration, innermost first.

    Where a figure of any body is unknown, that of its owner is.
    """
    totals: dict[int, dict[str, int]] = {}
    for group in reversed(graph.groups):
        if group.kind is GroupKind.BODY:
            inside = _direct_members(graph, group.id)
            totals[group.id] = {name: _sum_or_unknown(c[inside]) for name, c in columns.items()}
        elif group.kind is GroupKind.CONTROL:
            bodies = [totals[g.id] for g in graph.groups[group.id :] if g.parent == group.id]
            dearest = max(bodies, key=lambda body: (body["macs"], body["read"] + body["write"]))
            for name, column in columns.items():
                unknown = any(body[name] == UNKNOWN for body in bodies)
                column[group.owner] = UNKNOWN if unknown else dearest[name]


def _direct_members(graph: Graph, body: int) -> npt.NDArray[Any]:
    """Nodes of a body: its own and those that own a control group directly in it."""
    owners = [g.owner for g in graph.groups if g.kind is GroupKind.CONTROL and g.parent == body]
    own = np.flatnonzero(graph.node_group == body)
    return np.concatenate([own, np.array(owners, own.dtype)])


def _sum_or_unknown(column: Column) -> int:
    return UNKNOWN if np.any(column < 0) else sum(column.tolist())


def _known_sum(column: Column) -> int:
    return sum(column[column > 0].tolist())


def _notes(graph: Graph, macs: Column, totals: Totals) -> tuple[str, ...]:
    notes: list[str] = []
    if totals.unknown_nodes:
        notes.append(
            f"{totals.unknown_nodes:,} of {graph.node_count:,} nodes have a figure that is "
            "unknown; the totals leave those figures out."
        )
    symbols = sorted(
        {dim for kind in graph.tensor_types for dim in kind.shape or () if isinstance(dim, str)}
    )
    if symbols:
        shown = ", ".join(symbols[:6]) + (", ..." if len(symbols) > 6 else "")
        notes.append(f"Dimensions without a value: {shown}.")
    control = Counter(graph.op_types[g.owner] for g in graph.groups if g.kind is GroupKind.CONTROL)
    if control["If"]:
        notes.append("An If counts its dearer branch.")
    if control["Loop"] or control["Scan"]:
        notes.append("A Loop or Scan counts one iteration.")
    return tuple(notes)
