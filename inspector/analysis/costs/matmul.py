"""Matrix multiplies: every output element is a dot product of length K."""

from __future__ import annotations

from math import prod

from inspector.analysis.costs.registry import Call, Cost, UnknownCost, costs, product


def _matmul(call: Call, depth: int) -> Cost:
    return product(("outputs", prod(call.output())), ("products each (K)", depth))


def _last(shape: tuple[int, ...]) -> int:
    if not shape:
        raise UnknownCost("a scalar cannot be multiplied as a matrix")
    return shape[-1]


@costs("MatMul", "MatMulInteger")
def matmul(call: Call) -> Cost:
    """batch * M * N * K, K being the last axis of A."""
    return _matmul(call, _last(call.input(0)))


@costs("QLinearMatMul")
def qlinear_matmul(call: Call) -> Cost:
    """As MatMul."""
    return _matmul(call, _last(call.input(0)))


@costs("MatMulIntegerToFloat", "MatMulNBits", "DynamicQuantizeMatMul", domain="com.microsoft")
def contrib_matmul(call: Call) -> Cost:
    """As MatMul, whatever the packing of B."""
    return _matmul(call, _last(call.input(0)))


@costs("FusedMatMul", "TransposeMatMul", domain="com.microsoft")
def fused_matmul(call: Call) -> Cost:
    """As MatMul; with transA, K is the last axis but one of A."""
    left = call.input(0)
    if call.integer("transBatchA", 0):
        raise UnknownCost("transBatchA is not covered")
    transposed = call.integer("transA", 0) and len(left) > 1
    return _matmul(call, left[-2] if transposed else _last(left))


def _gemm(call: Call) -> Cost:
    left = call.input(0)
    if len(left) != 2:
        raise UnknownCost(f"A has rank {len(left)} instead of 2")
    return _matmul(call, left[0] if call.integer("transA", 0) else left[1])


@costs("Gemm")
def gemm(call: Call) -> Cost:
    """M * N * K; alpha, beta and the addition of C are not counted."""
    return _gemm(call)


@costs("QGemm", "FusedGemm", domain="com.microsoft")
def contrib_gemm(call: Call) -> Cost:
    """As Gemm."""
    return _gemm(call)


@costs("Einsum")
def einsum(call: Call) -> Cost:
    """The size of the whole index space: the product of every distinct index's extent.

    This is what a direct evaluation multiplies, as numpy.einsum without an optimized path.
    """
    equation = call.text("equation").replace(" ", "")
    terms = equation.split("->")[0].split(",")
    extents: dict[str, int] = {}
    for position, term in enumerate(terms):
        shape = call.input(position)
        head, dots, tail = term.partition("...")
        inner = len(shape) - len(head) - len(tail)
        if inner < 0 or (inner and not dots):
            raise UnknownCost(f"input {position} does not fit {equation!r}")
        # Ellipsis axes broadcast from the right, so they are numbered from the right.
        names = [*head, *(f"...{inner - i}" for i in range(inner)), *tail]
        for name, extent in zip(names, shape, strict=True):
            extents[name] = max(extents.get(name, 1), extent)
    if len(terms) < 2:
        return Cost(())
    return product(*((f"({name})", extent) for name, extent in extents.items()))
