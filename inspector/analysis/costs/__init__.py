"""Multiply-accumulates of each operator: one small function per operator, in one registry.

`attention`, `convolution`, `matmul` and `recurrent` hold the functions; importing this package
registers them.
"""

from inspector.analysis.costs import attention, convolution, matmul, recurrent
from inspector.analysis.costs.registry import (
    Call,
    Cost,
    UnknownCost,
    cost_function,
    is_known_operator,
)

__all__ = [
    "Call",
    "Cost",
    "UnknownCost",
    "attention",
    "convolution",
    "cost_function",
    "is_known_operator",
    "matmul",
    "recurrent",
]
