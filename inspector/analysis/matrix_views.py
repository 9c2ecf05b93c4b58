"""Operators as matrix multiplies: what a unit of fixed size is given to do.

Each function returns the multiplies of one node, M x K times K x N, `count` times. The sum of
count * M * K * N is the node's MACs, with the same meaning as in `analysis.costs`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from inspector.analysis.costs import Call, UnknownCost
from inspector.analysis.costs.attention import HEADS, attention_heads
from inspector.analysis.costs.registry import MICROSOFT, MICROSOFT_BLOCKED


@dataclass(frozen=True, slots=True)
class Multiply:
    """`count` independent multiplies of M x K by K x N; `part` names it within its node."""

    m: int
    k: int
    n: int
    count: int = 1
    part: str = ""

    @property
    def macs(self) -> int:
        """Multiply-accumulates of all of them."""
        return self.m * self.k * self.n * self.count


View = Callable[[Call], tuple[Multiply, ...]]
_VIEWS: dict[tuple[str, str], View] = {}
_STANDARD = ("", "ai.onnx")


def matrix_view(domain: str, op_type: str) -> View | None:
    """How an operator is multiplied on a matrix unit, or None where it is not."""
    return _VIEWS.get(("" if domain in _STANDARD else domain, op_type))


def _views(*operators: str, domain: str = "") -> Callable[[View], View]:
    def register(view: View) -> View:
        for operator in operators:
            _VIEWS[domain, operator] = view
        return view

    return register


# Convolutions ----------------------------------------------------------------------------------


def _im2col(call: Call, weight_input: int, *, channels_last: bool = False) -> tuple[Multiply, ...]:
    """M = N * H_out * W_out, K = (C_in / group) * kH * kW, N = C_out / group, group times."""
    output, weight = call.output(), call.input(weight_input)
    channels = output[-1] if channels_last else output[1]
    groups = max(call.integer("group", 1), 1)
    if channels % groups:
        raise UnknownCost(f"{channels:,} channels do not divide into {groups:,} groups")
    places = prod(output) // channels if channels else 0
    return (Multiply(places, prod(weight[1:]), channels // groups, groups),)


@_views("Conv", "ConvInteger", "DeformConv")
@_views("FusedConv", domain=MICROSOFT)
@_views("Conv", domain=MICROSOFT_BLOCKED)
def _conv(call: Call) -> tuple[Multiply, ...]:
    return _im2col(call, 1)


@_views("NhwcConv", "NhwcFusedConv", domain=MICROSOFT)
def _nhwc_conv(call: Call) -> tuple[Multiply, ...]:
    return _im2col(call, 1, channels_last=True)


@_views("QLinearConv")
@_views("QLinearConv", domain=MICROSOFT)
def _qlinear_conv(call: Call) -> tuple[Multiply, ...]:
    return _im2col(call, 3, channels_last=bool(call.integer("channels_last", 0)))


@_views("CausalConvWithState")
@_views("CausalConvWithState", domain=MICROSOFT)
def _causal_conv(call: Call) -> tuple[Multiply, ...]:
    output, weight = call.output(), call.input(1)
    return (Multiply(prod(output) // max(output[1], 1), prod(weight[1:]), 1, output[1]),)


@_views("ConvTranspose")
@_views("ConvTransposeWithDynamicPads", domain=MICROSOFT)
def _conv_transpose(call: Call) -> tuple[Multiply, ...]:
    """M = N * H_in * W_in, K = C_in / group, N = (C_out / group) * kH * kW; then col2im adds."""
    source, weight = call.input(0), call.input(1)
    groups = max(call.integer("group", 1), 1)
    if source[1] % groups:
        raise UnknownCost(f"{source[1]:,} channels do not divide into {groups:,} groups")
    places = prod(source) // max(source[1], 1)
    return (Multiply(places, source[1] // groups, prod(weight[1:]), groups),)


# Matrix multiplies -----------------------------------------------------------------------------


def _product(call: Call, right_input: int) -> tuple[Multiply, ...]:
    """Rows of all batches are one multiply where they share the right side."""
    left, right = call.input(0), call.input(right_input)
    if not left or not right:
        raise UnknownCost("a scalar cannot be multiplied as a matrix")
    rows, depth = prod(left[:-1]), left[-1]
    if len(right) == 1:
        return (Multiply(rows, depth, 1),)
    if prod(right[:-2]) == 1:
        return (Multiply(rows, depth, right[-1]),)
    height = left[-2] if len(left) > 1 else 1
    batch = prod(call.output()) // max(height * right[-1], 1)
    return (Multiply(height, depth, right[-1], batch),)


@_views("MatMul", "MatMulInteger")
@_views("MatMulInteger16", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", domain=MICROSOFT)
@_views("GemmFastGelu", domain=MICROSOFT)
def _matmul(call: Call) -> tuple[Multiply, ...]:
    return _product(call, 1)


@_views("QLinearMatMul")
@_views("QOrderedMatMul", domain=MICROSOFT)
def _qlinear_matmul(call: Call) -> tuple[Multiply, ...]:
    return _product(call, 3 if call.node.op_type == "QLinearMatMul" else 2)


@_views("FusedMatMul", "FusedMatMulActivation", "TransposeMatMul", domain=MICROSOFT)
def _fused_matmul(call: Call) -> tuple[Multiply, ...]:
    left, right, output = call.input(0), call.input(1), call.output()
    depth = left[-1]
    if len(left) >= 2 and call.integer("transA", 0):
        depth = left[0] if call.integer("transBatchA", 0) else left[-2]
    if len(right) == 2:
        return (Multiply(prod(output[:-1]), depth, output[-1]),)
    if min(len(left), len(right)) < 2:
        return (Multiply(prod(output), depth, 1),)
    return (Multiply(output[-2], depth, output[-1], prod(output[:-2])),)


@_views("Gemm")
@_views("QGemm", "FusedGemm", "GemmFloat8", domain=MICROSOFT)
def _gemm(call: Call) -> tuple[Multiply, ...]:
    left, (rows, columns) = call.input(0), call.output()
    return (Multiply(rows, left[0 if call.integer("transA", 0) else 1], columns),)


@_views("MatMulNBits", "MatMulBnb4", "MatMulNBitsMlp", domain=MICROSOFT)
def _packed(call: Call) -> tuple[Multiply, ...]:
    rows, times = prod(call.input(0)[:-1]), 2 if call.node.op_type.endswith("Mlp") else 1
    return (Multiply(rows, _given(call, "K"), _given(call, "N"), times),)


@_views("MatMulNBitsQkv", domain=MICROSOFT)
def _packed_qkv(call: Call) -> tuple[Multiply, ...]:
    rows, depth = prod(call.input(0)[:-1]), _given(call, "K")
    return (
        Multiply(rows, depth, _given(call, "Nq"), 1, "Q"),
        Multiply(rows, depth, _given(call, "Nkv"), 2, "K, V"),
    )


def _given(call: Call, name: str) -> int:
    value = call.integer(name, 0)
    if value < 1:
        raise UnknownCost(f"the attribute {name} is missing")
    return value


@_views("Einsum")
def _einsum(call: Call) -> tuple[Multiply, ...]:
    """Two operands: indices of both and the result are batch, of one and the result M or N.

    All others are summed, so they are K, as in a direct evaluation.
    """
    equation = call.text("equation").replace(" ", "")
    sources, arrow, result = equation.partition("->")
    terms = sources.split(",")
    if len(terms) != 2 or "." in equation:
        raise UnknownCost("only an Einsum of two operands without an ellipsis is one multiply")
    left, right = terms
    extents: dict[str, int] = {}
    for position, term in enumerate(terms):
        for name, extent in zip(term, call.input(position), strict=True):
            if extents.get(name, 1) == 1:
                extents[name] = extent
    if not arrow:
        result = "".join(n for n in extents if sources.count(n) == 1)
    sizes = {"count": 1, "m": 1, "n": 1, "k": 1}
    for name, extent in extents.items():
        if name not in result:
            axis = "k"
        elif name in left and name in right:
            axis = "count"
        else:
            axis = "m" if name in left else "n"
        sizes[axis] *= extent
    return (Multiply(sizes["m"], sizes["k"], sizes["n"], sizes["count"]),)


# Layers of several multiplies ------------------------------------------------------------------


def _layer(call: Call, directions: int, rows: int, hidden: int) -> tuple[Multiply, ...]:
    """The inputs of all steps are one multiply; the hidden state is a new one in every step."""
    steps, batch, size = call.input(0)
    if call.integer("layout", 0):
        steps, batch = batch, steps
    return (
        Multiply(steps * batch, size, rows, directions, "input"),
        Multiply(batch, hidden, rows, steps * directions, "hidden"),
    )


@_views("RNN", "LSTM", "GRU")
def _recurrent(call: Call) -> tuple[Multiply, ...]:
    directions, rows, _ = call.input(1)
    return _layer(call, directions, rows, call.input(2)[2])


@_views("DynamicQuantizeLSTM", domain=MICROSOFT)
def _quantized_lstm(call: Call) -> tuple[Multiply, ...]:
    directions, hidden, rows = call.input(2)
    return _layer(call, directions, rows, hidden)


def _attention(call: Call) -> tuple[Multiply, ...]:
    """Every head multiplies queries by keys, then probabilities by values."""
    sizes = attention_heads(call)
    count = sizes.batch * sizes.heads
    return (
        Multiply(sizes.queries, sizes.size, sizes.keys, count, "Q × K"),
        Multiply(sizes.queries, sizes.keys, sizes.value_size, count, "P × V"),
    )


def _projected_attention(call: Call) -> tuple[Multiply, ...]:
    depth, columns = call.input(1)
    rows = prod(call.input(0)[:-1])
    return (Multiply(rows, depth, columns, 1, "projection"), *_attention(call))


_PROJECTED = ("Attention", "DecoderMaskedSelfAttention", "QAttention")
for _op_type, _domain in HEADS:
    _is_projected = _domain == MICROSOFT and _op_type in _PROJECTED
    _views(_op_type, domain="" if _domain in _STANDARD else _domain)(
        _projected_attention if _is_projected else _attention
    )
