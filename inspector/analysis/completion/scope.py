"""Names of one graph with their types and values, and those of the graphs around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from onnx import TensorProto

from inspector.analysis.completion.known import (
    MOST_ELEMENTS,
    Value,
    array_value,
    is_number,
    value_of,
)
from inspector.model.tensors import TensorType
from inspector.model.weights import Weight, WeightUnavailable


@dataclass
class Scope:
    """Names visible in one graph. `better` are those of which more may be known than onnx knew."""

    prefix: str
    types: dict[str, TensorType]
    constants: Callable[[str], Value | None]
    outer: Scope | None = None
    values: dict[str, Value | None] = field(default_factory=dict)
    better: set[str] = field(default_factory=set)

    def holder(self, name: str) -> Scope | None:
        """The scope that knows a name."""
        scope: Scope | None = self
        while scope is not None and name not in scope.types:
            scope = scope.outer
        return scope

    def type(self, name: str) -> TensorType | None:
        """The type of a name, or None."""
        holder = self.holder(name)
        return holder.types[name] if holder is not None else None

    def value(self, name: str) -> Value | None:
        """The value of a small constant or folded tensor, or None."""
        holder = self.holder(name)
        if holder is None:
            return None
        if name not in holder.values:
            holder.values[name] = holder.constants(name)
        return holder.values[name]

    def is_better(self, name: str) -> bool:
        """Whether completion learned more about a name than onnx."""
        holder = self.holder(name)
        return holder is not None and name in holder.better


def constants_of(weights: Mapping[str, Weight]) -> Callable[[str], Value | None]:
    """Values of a network's small weights."""

    def find(name: str) -> Value | None:
        weight = weights.get(name)
        if weight is None or weight.elements > MOST_ELEMENTS or not is_number(weight.elem):
            return None
        try:
            return array_value(weight.array())
        except (WeightUnavailable, ValueError, TypeError):
            return None

    return find


def small_value(tensors: Mapping[str, TensorProto]) -> Callable[[str], Value | None]:
    """Values of a body's small initializers."""
    return lambda name: value_of(tensors[name]) if name in tensors else None
