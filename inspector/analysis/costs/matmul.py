"""Matrix multiplies: every output element is a dot product of length K."""

from __future__ import annotations

from math import prod

from inspector.analysis.costs.registry import MICROSOFT, Call, Cost, UnknownCost, costs, product


def _matmul(call: Call, depth: int) -> Cost:
    return product(("outputs", prod(call.output())), ("products each (K)", depth))


def _last(shape: tuple[int, ...]) -> int:
    if not shape:
        raise UnknownCost("a scalar cannot be multiplied as a matrix")
    return shape[-1]


@costs("MatMul", "MatMulInteger", "QLinearMatMul")
@costs(
    "MatMulInteger16",
    "MatMulIntegerToFloat",
    "DynamicQuantizeMatMul",
    "MatMulFpQ4",
    "MatMulPacked",
    "QOrderedMatMul",
    "GemmFastGelu",
    domain=MICROSOFT,
)
def matmul(call: Call) -> Cost:
    """batch * M * N * K, K being the last axis of A, whatever the packing of B."""
    return _matmul(call, _last(call.input(0)))


@costs("FusedMatMul", "FusedMatMulActivation", "TransposeMatMul", domain=MICROSOFT)
def fused_matmul(call: Call) -> Cost:
    """As MatMul, with the K axis where the transpositions of A leave it.

    transA swaps the last two axes; transBatchA moves the first axis behind the batch axes.
    """
    left = call.input(0)
    if len(left) < 2 or not call.integer("transA", 0):
        return _matmul(call, _last(left))
    return _matmul(call, left[0] if call.integer("transBatchA", 0) else left[-2])


@costs("MatMulNBits", "MatMulBnb4", domain=MICROSOFT)
def packed_matmul(call: Call) -> Cost:
    """rows * N * K by the attributes N and K, for B is packed blocks of a few bits."""
    return _projection(call, _required(call, "N"))


@costs("MatMulNBitsMlp", domain=MICROSOFT)
def packed_mlp(call: Call) -> Cost:
    """rows * 2 * N * K: the gate's projection and the other one."""
    return _projection(call, 2 * _required(call, "N"))


@costs("MatMulNBitsQkv", domain=MICROSOFT)
def packed_qkv(call: Call) -> Cost:
    """rows * (Nq + 2 * Nkv) * K: three projections of the same input."""
    return _projection(call, _required(call, "Nq") + 2 * _required(call, "Nkv"))


def _projection(call: Call, columns: int) -> Cost:
    rows = prod(call.input(0)[:-1])
    return product(
        ("rows", rows), ("columns (N)", columns), ("products each", _required(call, "K"))
    )


def _required(call: Call, name: str) -> int:
    value = call.integer(name, 0)
    if value < 1:
        raise UnknownCost(f"the attribute {name} is missing")
    return value


@costs("Gemm")
@costs("QGemm", "FusedGemm", "GemmFloat8", domain=MICROSOFT)
def gemm(call: Call) -> Cost:
    """M * N * K; alpha, beta and the addition of C are element work."""
    left = call.input(0)
    if len(left) != 2:
        raise UnknownCost(f"A has rank {len(left)} instead of 2")
    return _matmul(call, left[0] if call.integer("transA", 0) else left[1])


@costs("Einsum")
def einsum(call: Call) -> Cost:
    """The index space times the multiplies in each of its points.

    The index space is the product of every distinct index's extent, which is what a direct
    evaluation walks, as numpy.einsum without an optimized path; a point of n operands takes n - 1
    multiplies. One operand is only summed or rearranged.
    """
    equation = call.text("equation").replace(" ", "")
    terms = equation.partition("->")[0].split(",")
    extents: dict[str, int] = {}
    for position, term in enumerate(terms):
        names = _indices(term, call.input(position), position)
        for name, extent in names:
            # An axis of length 1 is broadcast; 0 is a length like any other.
            if extents.get(name, 1) == 1:
                extents[name] = extent
    if len(terms) < 2:
        return Cost(())
    factors = [(f"({name})", extent) for name, extent in extents.items()]
    if len(terms) > 2 or not factors:
        factors.append(("multiplies each", len(terms) - 1))
    return product(*factors)


def _indices(term: str, shape: tuple[int, ...], position: int) -> list[tuple[str, int]]:
    head, dots, tail = term.partition("...")
    inner = len(shape) - len(head) - len(tail)
    if inner < 0 or (inner and not dots):
        raise UnknownCost(f"the shape of input {position} does not fit its indices {term!r}")
    # Axes of the ellipsis broadcast from the right, so they are numbered from the right.
    names = [*head, *(f"...{inner - i}" for i in range(inner)), *tail]
    return list(zip(names, shape, strict=True))


@costs("AffineGrid")
def affine_grid(call: Call) -> Cost:
    """Outputs times the length of a homogeneous position: 3 in the plane, 4 in space."""
    output = call.output()
    return product(("outputs", prod(output)), ("coordinates each", output[-1] + 1))


@costs("MoE", domain=MICROSOFT)
def mixture_of_experts(call: Call) -> Cost:
    """tokens * k * the weights of one expert: each token visits k experts, 1 unless said.

    Weights are (experts, columns, rows); the router is a node of its own.
    """
    tokens = prod(call.input(0)[:-1])
    weights = sum(prod(call.input(index)[1:]) for index in (2, 4, 6) if call.has_input(index))
    return product(("tokens", tokens), ("experts", call.integer("k", 1)), ("weights each", weights))


@costs("LinearClassifier", "LinearRegressor", domain="ai.onnx.ml")
def linear_model(call: Call) -> Cost:
    """rows * coefficients."""
    return product(("rows", _rows(call)), ("coefficients", call.length("coefficients")))


@costs("SVMClassifier", "SVMRegressor", domain="ai.onnx.ml")
def support_vectors(call: Call) -> Cost:
    """rows * (numbers of the support vectors + coefficients).

    The kernel takes a dot product, or for RBF a sum of squares, with every support vector.
    """
    rows = ("rows", _rows(call))
    return Cost(
        (
            (rows, ("numbers in support vectors", call.length("support_vectors"))),
            (rows, ("coefficients", call.length("coefficients"))),
        )
    )


def _rows(call: Call) -> int:
    shape = call.input(0)
    return shape[0] if len(shape) > 1 else 1
