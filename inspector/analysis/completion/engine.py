"""The pass over a network's nodes that completes what onnx's inference left unknown.

In execution order, each node's small integer values are folded, and its output types are asked
again wherever more is known of its inputs than onnx's own pass could know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from onnx import FunctionProto, GraphProto, NodeProto, TensorProto

from inspector.analysis.completion.contrib import contributed
from inspector.analysis.completion.folding import FOLDS
from inspector.analysis.completion.known import (
    Known,
    Unknown,
    Value,
    common,
    is_concrete,
    merged,
)
from inspector.analysis.completion.scope import Scope, small_value
from inspector.analysis.completion.standard import TARGETS, Types, infer_node
from inspector.analysis.control import always_continues
from inspector.analysis.costs import Call
from inspector.analysis.functions import Functions, body_network, signature
from inspector.model.graph import body_graphs, body_prefix
from inspector.model.network import declared_types, text_of
from inspector.model.tensors import Dim, TensorType

_MISFITS = (Unknown, ValueError, IndexError, TypeError, KeyError, ArithmeticError, AttributeError)
"""What a function raises where a node does not fit its operator."""
_STEERED_BY_FLOATS = ("Range", "Resize", "Upsample")
_LARGEST = 2**63
_ROUNDS = 4
_DEEPEST = 32


class Completion:
    """Completes the types of one model; `results` has them by the names of `Network.types`."""

    def __init__(
        self,
        functions: Functions,
        opsets: Mapping[str, int],
        dims: Mapping[str, int] | None = None,
        everything: bool = False,
    ) -> None:
        """With `everything`, onnx's own inference has not been asked about the nodes before."""
        self.functions = functions
        self.opsets = dict(opsets)
        self.dims = dims or {}
        self.everything = everything
        self.depth = 0
        self.results: dict[str, TensorType] = {}
        self.calls: dict[str, dict[str, TensorType]] = {}
        """Types of function bodies, by signature and name."""

    def run(self, nodes: Iterable[NodeProto], scope: Scope) -> None:
        """Completes one graph."""
        for node in nodes:
            self._node(node, scope)
        for name, kind in scope.types.items():
            self.results[scope.prefix + text_of(name)] = kind

    def _node(self, node: NodeProto, scope: Scope) -> None:
        is_standard = node.domain in ("", "ai.onnx")
        function = self.functions.find(node)
        bodies = [body for _, body in body_graphs(node)] if node.attribute else []
        if bodies or function is not None:
            self._learn(node, self._inside(node, function, scope), scope)
            return
        if is_standard and node.op_type in FOLDS:
            self._fold(node, scope)
        if all(_is_settled(scope.types.get(name)) for name in node.output if name):
            return
        # onnx does not write all that it infers in bodies, so there every node is asked.
        ask = self.everything or not is_standard or scope.outer is not None
        if ask or self._may_learn(node, scope):
            self._learn(node, self._infer(node, scope), scope)

    def _may_learn(self, node: NodeProto, scope: Scope) -> bool:
        """Whether anything about the inputs is new to onnx, which has no float weights."""
        return node.op_type in _STEERED_BY_FLOATS or any(
            name and scope.is_better(name) for name in node.input
        )

    def _known(self, node: NodeProto, scope: Scope) -> Known:
        types = tuple(scope.type(name) if name else None for name in node.input)
        values = tuple(scope.value(name) if name else None for name in node.input)
        return Known(Call(node, types, ()), values, self.opsets.get("", 1))

    def _fold(self, node: NodeProto, scope: Scope) -> None:
        try:
            found = FOLDS[node.op_type](self._known(node, scope))
        except _MISFITS:
            return
        values = found if isinstance(found, list) else [found]
        for name, value in zip(node.output, values, strict=False):
            if name:
                scope.values[name] = _bounded(value)
                if node.op_type != "Constant":
                    scope.better.add(name)
                self._learn_type(name, TensorType(0, value.shape), scope)

    def _infer(self, node: NodeProto, scope: Scope) -> Types:
        known = self._known(node, scope)
        function = contributed(node.domain, node.op_type)
        if function is not None:
            return _attempt(function, known)
        found = infer_node(node, known.call.input_types, known.values, self.opsets)
        target = TARGETS.get(node.op_type) if node.domain in ("", "ai.onnx") else None
        if target is None:
            return found
        ours = _attempt(target, known)
        found.extend([None] * (len(ours) - len(found)))
        return [merged(*pair) for pair in zip(found, [*ours, *[None] * len(found)], strict=False)]

    def _learn(self, node: NodeProto, found: Types, scope: Scope) -> None:
        for name, kind in zip(node.output, found, strict=False):
            if name and kind is not None:
                self._learn_type(name, kind, scope)

    def _learn_type(self, name: str, kind: TensorType, scope: Scope) -> None:
        old = scope.types.get(name)
        new = merged(old, kind)
        if new is not None and new != old:
            scope.types[name] = new
            scope.better.add(name)

    def _inside(self, node: NodeProto, function: FunctionProto | None, scope: Scope) -> Types:
        try:
            if function is not None:
                return self._call(node, function, scope)
            return self._bodies(node, scope)
        except _MISFITS:
            return []

    # Control flow ------------------------------------------------------------------------------

    def _bodies(self, node: NodeProto, scope: Scope) -> Types:
        bodies = dict(body_graphs(node))
        if node.op_type == "If":
            return self._if(node, bodies, scope)
        if node.op_type == "Loop" and "body" in bodies:
            return self._loop(node, bodies["body"], scope)
        if node.op_type == "Scan" and "body" in bodies and self.opsets.get("", 1) >= 9:
            return self._scan(node, bodies["body"], scope)
        given = self._scores(node, scope) if node.op_type == "FlexAttention" else []
        for label, body in bodies.items():
            self._body(node, label, body, given, scope)
        return self._infer(node, scope)

    def _scores(self, node: NodeProto, scope: Scope) -> Types:
        """What a FlexAttention's bodies get: (batch, heads, queries, keys)."""
        query, key = scope.type(node.input[0]), scope.type(node.input[1])
        if query is None or key is None or not query.shape or not key.shape:
            return []
        shape = (*query.shape[:3], key.shape[2])
        elem = TensorProto.DOUBLE if query.elem == TensorProto.DOUBLE else TensorProto.FLOAT
        return [TensorType(elem, shape)]

    def _body(
        self,
        node: NodeProto,
        label: str,
        body: GraphProto,
        inputs: Sequence[TensorType | None],
        scope: Scope,
    ) -> Types:
        """Completes a body whose inputs are given; the types of its outputs."""
        types = settled(declared_types(body), self.dims)
        held: dict[str, TensorProto] = {}
        for tensor in body.initializer:
            held[text_of(tensor.name)] = tensor
            types[text_of(tensor.name)] = TensorType(tensor.data_type, tuple(tensor.dims))
        inner = Scope(
            body_prefix(scope.prefix, node, label),
            types,
            small_value(held),
            scope,
        )
        for info, kind in zip(body.input, inputs, strict=False):
            if kind is not None:
                self._learn_type(text_of(info.name), kind, inner)
        if self.depth < _DEEPEST:
            self.depth += 1
            self.run(body.node, inner)
            self.depth -= 1
        return [inner.type(text_of(info.name)) for info in body.output]

    def _if(self, node: NodeProto, bodies: Mapping[str, GraphProto], scope: Scope) -> Types:
        """What both branches agree on, or the branch that a constant condition takes."""
        made = {label: self._body(node, label, body, [], scope) for label, body in bodies.items()}
        condition = scope.value(node.input[0])
        if condition is not None and condition.size == 1 and is_concrete(condition):
            return made["then_branch" if condition.item() else "else_branch"]
        pairs = zip(made["then_branch"], made["else_branch"], strict=False)
        return [common(*pair) for pair in pairs]

    def _carried(
        self,
        node: NodeProto,
        body: GraphProto,
        state: list[TensorType | None],
        run: Callable[[list[TensorType | None]], Types],
    ) -> Types:
        """Runs a body until the state that it hands on has the types that it was given.

        A dimension that changes from one iteration to the next is unknown in all of them.
        """
        for _ in range(_ROUNDS):
            made = run(state)
            kept = [common(*pair) for pair in zip(state, made, strict=False)]
            if kept == state:
                break
            state[:] = kept
        else:
            state[:] = [None if kind is None else TensorType(kind.elem, None) for kind in state]
            made = run(state)
        return made

    def _loop(self, node: NodeProto, body: GraphProto, scope: Scope) -> Types:
        state = [scope.type(name) for name in node.input[2:]]
        step = [TensorType(TensorProto.INT64, ()), TensorType(TensorProto.BOOL, ())]

        def run(given: list[TensorType | None]) -> Types:
            return self._body(node, "body", body, [*step, *given], scope)[1:]

        made = self._carried(node, body, state, run)
        trips = self._trips(node, body, scope)
        return [*state, *(_stacked(kind, trips, 0) for kind in made[len(state) :])]

    def _trips(self, node: NodeProto, body: GraphProto, scope: Scope) -> Dim:
        count = scope.value(node.input[0]) if node.input[0] else None
        begin = scope.value(node.input[1]) if len(node.input) > 1 and node.input[1] else None
        starts = len(node.input) < 2 or not node.input[1]
        if begin is not None and is_concrete(begin) and begin.size == 1:
            starts = bool(begin.item())
        if count is None or count.size != 1 or not is_concrete(count):
            return None
        return max(int(count.item()), 0) if starts and always_continues(body) else None

    def _scan(self, node: NodeProto, body: GraphProto, scope: Scope) -> Types:
        call = Call(node, (), ())
        scanned = call.integer("num_scan_inputs", 0)
        types = [scope.type(name) for name in node.input]
        split = len(types) - scanned
        axes = call.integers("scan_input_axes") or (0,) * scanned
        slices = [_sliced(kind, axis) for kind, axis in zip(types[split:], axes, strict=True)]
        state = types[:split]

        def run(given: list[TensorType | None]) -> Types:
            return self._body(node, "body", body, [*given, *slices], scope)

        made = self._carried(node, body, state, run)
        first = types[split]
        steps = first.shape[axes[0]] if first is not None and first.shape else None
        outputs = made[split:]
        places = call.integers("scan_output_axes") or (0,) * len(outputs)
        pairs = zip(outputs, places, strict=True)
        return [*state, *(_stacked(kind, steps, axis) for kind, axis in pairs)]

    # Functions ---------------------------------------------------------------------------------

    def _call(self, node: NodeProto, function: FunctionProto, scope: Scope) -> Types:
        """Completes the body of a call, once for all calls that agree in types and attributes."""
        inputs = [scope.type(name) if name else None for name in node.input]
        key = signature(function, node, inputs)
        if key not in self.calls:
            # A function that calls itself finds nothing here, and ends.
            self.calls[key] = {}
            if self.depth < _DEEPEST:
                self.calls[key] = self._function(node, function, inputs)
        found = self.calls[key]
        return [found.get(text_of(name)) for name in function.output]

    def _function(
        self, node: NodeProto, function: FunctionProto, inputs: Sequence[TensorType | None]
    ) -> dict[str, TensorType]:
        network = body_network(function, node, inputs, {})
        inner = Completion(self.functions, network.opsets, everything=True)
        inner.depth, inner.calls = self.depth + 1, self.calls
        inner.run(network.nodes, Scope("", dict(network.types), small_value({})))
        return inner.results


def _attempt(function: Callable[[Known], Types], known: Known) -> Types:
    try:
        return function(known)
    except _MISFITS:
        return []


def _is_settled(kind: TensorType | None) -> bool:
    """Whether nothing more can be learned of a type."""
    if kind is None or not kind.elem:
        return False
    if kind.container:
        return True
    return kind.shape is not None and all(isinstance(size, int) for size in kind.shape)


def settled(types: Mapping[str, TensorType], dims: Mapping[str, int]) -> dict[str, TensorType]:
    """Types with symbolic sizes set, and without the names that onnx's inference makes up.

    Those stand for what it does not know; they would look like sizes that can be set.
    """
    return {name: _named(kind.with_dims(dims)) for name, kind in types.items()}


def _named(kind: TensorType) -> TensorType:
    if kind.shape is None or not any(map(_is_made_up, kind.shape)):
        return kind
    return replace(kind, shape=tuple(None if _is_made_up(size) else size for size in kind.shape))


def _is_made_up(size: Dim) -> bool:
    return isinstance(size, str) and size.startswith("unk__")


def _bounded(value: Value) -> Value:
    """The value without numbers that no integer type can hold."""
    if not any(isinstance(entry, int) and abs(entry) >= _LARGEST for entry in value.reshape(-1)):
        return value
    return np.full(value.shape, None, object)


def _sliced(kind: TensorType | None, axis: int) -> TensorType | None:
    """The type of one step of a sequence."""
    if kind is None or kind.shape is None:
        return kind
    axis %= len(kind.shape)
    return replace(kind, shape=(*kind.shape[:axis], *kind.shape[axis + 1 :]))


def _stacked(kind: TensorType | None, steps: Dim, axis: int) -> TensorType | None:
    """The type of as many values as there are steps, side by side."""
    if kind is None or kind.shape is None:
        return kind
    axis %= len(kind.shape) + 1
    return replace(kind, shape=(*kind.shape[:axis], steps, *kind.shape[axis:]))
