"""The work of every node in columns: multiply-accumulates and element operations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property

import numpy as np
import numpy.typing as npt

from inspector.analysis.control import UNKNOWN, Column, roll_up_bodies
from inspector.analysis.costs import Call, Cost, UnknownCost, cost_function, is_known_operator
from inspector.analysis.elements import element_work, per_output
from inspector.analysis.functions import Functions, body_network, body_types, signature
from inspector.model.graph import Graph, build_graph
from inspector.model.network import Network
from inspector.model.problems import Cancelled
from inspector.model.tensors import TensorType

Cancel = Callable[[], bool]
_MISFITS = (ValueError, IndexError, TypeError, KeyError, ArithmeticError)
_LARGEST = 2**63 - 1
_DEEPEST = 32
"""Functions that call functions, at most."""


class Work:
    """Counts the work of a graph's nodes; bodies of functions are counted once for each signature.

    `macs` and `elements` are int64[nodes]: a call has what its function's body has. Control flow
    is not rolled up yet. -1 is unknown.
    """

    def __init__(self, graph: Graph, cancelled: Cancel, calls: Calls | None = None) -> None:
        self.graph = graph
        self.cancelled = cancelled
        self.calls = calls or Calls(graph.network)
        self.macs: Column = np.zeros(graph.node_count, np.int64)
        self.elements: Column = np.zeros(graph.node_count, np.int64)
        for (domain, op_type), nodes in self._by_operator().items():
            if self.calls.is_called(graph, nodes[0]):
                self._fill_calls(nodes)
            else:
                self._fill_macs(domain, op_type, nodes)
                self._fill_elements(domain, op_type, nodes)

    def _by_operator(self) -> Mapping[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for node, proto in enumerate(self.graph.protos):
            overload = f":{proto.overload}" if self.calls.has_functions and proto.overload else ""
            found[proto.domain, self.graph.op_types[node] + overload].append(node)
        return found

    def _fill_calls(self, nodes: list[int]) -> None:
        for node in nodes:
            self.macs[node], self.elements[node] = self.calls.cost(self.graph, node, self.cancelled)

    def _fill_macs(self, domain: str, op_type: str, nodes: list[int]) -> None:
        if cost_function(domain, op_type) is None:
            self.macs[nodes] = 0 if _is_known(domain, op_type) else UNKNOWN
            return
        for count, node in enumerate(nodes):
            self._breathe(count)
            try:
                self.macs[node] = node_cost(self.graph, node).macs
            except (UnknownCost, OverflowError):
                self.macs[node] = UNKNOWN

    def _fill_elements(self, domain: str, op_type: str, nodes: list[int]) -> None:
        factor = per_output(domain, op_type)
        if factor is not None:
            self.elements[nodes] = self._times_outputs(factor, np.array(nodes)) if factor else 0
            return
        function = element_work(domain, op_type)
        if function is None:
            self.elements[nodes] = UNKNOWN
            return
        for count, node in enumerate(nodes):
            self._breathe(count)
            try:
                self.elements[node] = function(call_of(self.graph, node))
            except (UnknownCost, *_MISFITS):
                self.elements[node] = UNKNOWN

    def _times_outputs(self, factor: int, nodes: npt.NDArray[np.int64]) -> Column:
        offsets = self.graph.output_offsets
        has_output = offsets[nodes] < offsets[nodes + 1]
        first = np.full(len(nodes), -1, np.int64)
        first[has_output] = self.graph.outputs[offsets[nodes[has_output]]]
        sizes = np.append(self._sizes, UNKNOWN)[first]
        fits = (sizes >= 0) & (sizes <= _LARGEST // factor)
        return np.where(fits, np.where(fits, sizes, 0) * factor, UNKNOWN)

    @cached_property
    def _sizes(self) -> Column:
        """Elements of every tensor."""
        cache: dict[TensorType, int] = {}
        sizes = np.empty(len(self.graph.tensor_types), np.int64)
        for tensor, kind in enumerate(self.graph.tensor_types):
            size = cache.get(kind)
            if size is None:
                elements = kind.elements
                size = cache[kind] = UNKNOWN if elements is None else min(elements, _LARGEST)
            sizes[tensor] = size
        return sizes

    def _breathe(self, count: int) -> None:
        if count % 1024 == 0 and self.cancelled():
            raise Cancelled


class Calls:
    """What the bodies of a model's functions cost, by signature."""

    def __init__(self, network: Network) -> None:
        self.functions = Functions.of(network.functions)
        self.has_functions = bool(self.functions.by_key)
        self.types = body_types(network.types) if self.has_functions else {}
        self.costs: dict[str, tuple[int, int]] = {}
        self.depth = 0

    def is_called(self, graph: Graph, node: int) -> bool:
        """Whether a node calls a function of the model."""
        return self.has_functions and self.functions.find(graph.protos[node]) is not None

    def cost(self, graph: Graph, node: int, cancelled: Cancel) -> tuple[int, int]:
        """MACs and element operations of a call; -1 where anything in the body is unknown."""
        proto = graph.protos[node]
        function = self.functions.find(proto)
        if function is None:
            return UNKNOWN, UNKNOWN
        reads = graph.node_inputs(node).tolist()
        inputs = [graph.tensor_types[t] if t >= 0 else None for t in reads]
        key = signature(function, proto, inputs)
        if key not in self.costs:
            # A function that calls itself costs nobody knows what.
            self.costs[key] = UNKNOWN, UNKNOWN
            if self.depth == _DEEPEST:
                return UNKNOWN, UNKNOWN
            self.depth += 1
            with suppress(*_MISFITS):
                network = body_network(function, proto, inputs, self.types.get(key, {}))
                self.costs[key] = self._body_cost(build_graph(network), cancelled)
            self.depth -= 1
        return self.costs[key]

    def _body_cost(self, body: Graph, cancelled: Cancel) -> tuple[int, int]:
        work = Work(body, cancelled, self)
        roll_up_bodies(body, {"macs": work.macs, "elements": work.elements})
        main = slice(0, body.main_count)
        return _total(work.macs[main]), _total(work.elements[main])


def _total(column: Column) -> int:
    total = sum(column.tolist())
    return UNKNOWN if np.any(column < 0) or total > _LARGEST else total


def node_cost(graph: Graph, node: int) -> Cost:
    """The cost of one node by its operator.

    Raises UnknownCost; an operator without MACs costs an empty sum.
    """
    proto = graph.protos[node]
    function = cost_function(proto.domain, proto.op_type)
    if function is None:
        if _is_known(proto.domain, proto.op_type):
            return Cost(())
        raise UnknownCost(
            f"{proto.op_type} of {proto.domain or 'ai.onnx'} is not an operator known"
        )
    try:
        return function(call_of(graph, node))
    except _MISFITS as error:
        raise UnknownCost(f"its inputs do not fit the operator: {error}") from None


def _is_known(domain: str, op_type: str) -> bool:
    """Whether an operator without a cost function is known to multiply nothing."""
    return is_known_operator(domain, op_type) or element_work(domain, op_type) is not None


def call_of(graph: Graph, node: int) -> Call:
    """A node with the types of what it reads and makes."""
    types = graph.tensor_types
    reads = tuple(types[t] if t >= 0 else None for t in graph.node_inputs(node).tolist())
    makes = tuple(types[t] if t >= 0 else None for t in graph.node_outputs(node).tolist())
    return Call(graph.protos[node], reads, makes)
