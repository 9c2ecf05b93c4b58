"""The registry of cost functions and what a cost function is given and returns."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import onnx
from onnx import AttributeProto, NodeProto

from inspector.model.network import text_of
from inspector.model.tensors import TensorType

MICROSOFT = "com.microsoft"
"""Domain of onnxruntime's contributed operators."""
MICROSOFT_BLOCKED = "com.microsoft.nchwc"
"""Domain of the operators on blocked channels that onnxruntime writes into optimized models."""

Factor = tuple[str, int]
Shape = tuple[int, ...]


class UnknownCost(Exception):
    """A figure that cannot be said; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Cost:
    """MACs as a sum of products of named factors, so that the figure can explain itself."""

    products: tuple[tuple[Factor, ...], ...]

    @property
    def macs(self) -> int:
        """Multiply-accumulates."""
        return sum(math.prod(value for _, value in product) for product in self.products)

    def text(self) -> str:
        """The formula with this node's numbers, e.g. ``193,600 outputs × 363 weights each``."""
        terms = (
            " × ".join(f"{value:,} {label}" for label, value in product)
            for product in self.products
        )
        return " + ".join(terms) + f" = {self.macs:,}"


def product(*factors: Factor) -> Cost:
    """The cost that is one product."""
    return Cost((factors,))


@dataclass(frozen=True, slots=True)
class Call:
    """One node with the types of what it reads and makes."""

    node: NodeProto
    input_types: tuple[TensorType | None, ...]
    output_types: tuple[TensorType | None, ...]

    def input(self, index: int) -> Shape:
        """Shape of an input. Raises UnknownCost where it is missing or not fully known."""
        return _shape(self.input_types, index, "input")

    def output(self, index: int = 0) -> Shape:
        """Shape of an output. Raises UnknownCost where it is missing or not fully known."""
        return _shape(self.output_types, index, "output")

    def has_input(self, index: int) -> bool:
        """Whether an optional input is there."""
        return index < len(self.input_types) and self.input_types[index] is not None

    def integer(self, name: str, default: int) -> int:
        """An integer attribute."""
        found = self._attribute(name)
        return int(found.i) if found is not None else default

    def number(self, name: str, default: float) -> float:
        """A float attribute."""
        found = self._attribute(name)
        return float(found.f) if found is not None else default

    def length(self, name: str) -> int:
        """The number of entries of a list attribute; 0 where it is left out."""
        found = self._attribute(name)
        if found is None:
            return 0
        return max(len(found.ints), len(found.floats), len(found.strings))

    def text(self, name: str, default: str = "") -> str:
        """A string attribute."""
        found = self._attribute(name)
        return found.s.decode("utf-8", "replace") if found is not None else default

    def integers(self, name: str) -> tuple[int, ...]:
        """A list attribute; empty where it is left out."""
        found = self._attribute(name)
        return tuple(found.ints) if found is not None else ()

    def _attribute(self, name: str) -> AttributeProto | None:
        found: AttributeProto | None = None
        for attribute in self.node.attribute:
            if attribute.name == name:
                found = attribute
        return found


def _shape(types: tuple[TensorType | None, ...], index: int, what: str) -> Shape:
    found = types[index] if index < len(types) else None
    if found is None:
        raise UnknownCost(f"{what} {index} is missing")
    if found.elements is None or found.shape is None:
        raise UnknownCost(f"the shape of {what} {index} is {found.shape_text()}")
    return tuple(dim for dim in found.shape if isinstance(dim, int))


CostFunction = Callable[[Call], Cost]
_Function = TypeVar("_Function", bound=CostFunction)
_FUNCTIONS: dict[tuple[str, str], CostFunction] = {}
_STANDARD = ("", "ai.onnx")


def costs(*operators: str, domain: str = "") -> Callable[[_Function], _Function]:
    """Registers a cost function for operators of a domain."""

    def register(function: _Function) -> _Function:
        for operator in operators:
            _FUNCTIONS[(domain, operator)] = function
        return function

    return register


def cost_function(domain: str, op_type: str) -> CostFunction | None:
    """The cost function of an operator, or None where it does no multiply-accumulates."""
    return _FUNCTIONS.get(("" if domain in _STANDARD else domain, op_type))


@cache
def is_known_operator(domain: str, op_type: str) -> bool:
    """Whether an operator is of the ONNX standard or has a cost function."""
    if cost_function(domain, op_type) is not None:
        return True
    domain = "" if domain in _STANDARD else text_of(domain)
    return bool(onnx.defs.has(text_of(op_type), domain))
