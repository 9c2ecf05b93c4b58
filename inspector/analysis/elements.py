"""Element-wise and reduction work: operations that are not multiply-accumulates.

One operation is one addition, subtraction, multiplication, division, comparison or selection, or
one value of a named function (exp, log, sqrt, tanh, erf, sigmoid, a power), counted on the
operator's plainest form. Moving and converting nothing but places is 0. The additions inside a
multiply-accumulate are never counted here; a bias added to its result is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import log2, prod
from typing import TypeVar

from inspector.analysis.costs import Call, UnknownCost
from inspector.analysis.costs.attention import attention_heads
from inspector.analysis.costs.registry import MICROSOFT, MICROSOFT_BLOCKED
from inspector.analysis.element_tables import MOVES, PER_INPUT, PER_OUTPUT, UNCOUNTED, operators

Work = Callable[[Call], int]
_Function = TypeVar("_Function", bound=Work)
_FUNCTIONS: dict[tuple[str, str], Work] = {}


def element_work(domain: str, op_type: str) -> Work | None:
    """The function that counts an operator's element work, None where there is no figure."""
    domain = "" if domain == "ai.onnx" else domain
    found = _FUNCTIONS.get((domain, op_type))
    if found is None and domain == MICROSOFT_BLOCKED:
        found = _FUNCTIONS.get(("", op_type))
    return found


def per_output(domain: str, op_type: str) -> int | None:
    """Operations per element of the first output, where that is all there is to an operator."""
    domain = "" if domain == "ai.onnx" else domain
    return _CONSTANT.get((domain, op_type))


def _works(*names: str, domain: str = "") -> Callable[[_Function], _Function]:
    def register(function: _Function) -> _Function:
        for name in names:
            _FUNCTIONS[(domain, name)] = function
        return function

    return register


def _each_output(factor: int, call: Call) -> int:
    return factor * prod(call.output()) if factor else 0


def _each_input(factor: int, call: Call) -> int:
    return factor * prod(call.input(0))


def _from_tables() -> dict[tuple[str, str], int]:
    constant: dict[tuple[str, str], int] = {}
    for key in operators(MOVES):
        constant[key] = 0
        _FUNCTIONS[key] = partial(_each_output, 0)
    for factor, names in PER_OUTPUT.items():
        for key in operators(names):
            constant[key] = factor
            _FUNCTIONS[key] = partial(_each_output, factor)
    for factor, names in PER_INPUT.items():
        for key in operators(names):
            _FUNCTIONS[key] = partial(_each_input, factor)
    return constant


_CONSTANT = _from_tables()
NO_FIGURE = frozenset(operators(UNCOUNTED))
"""Operators whose work depends on values, or has no agreed count."""


def _bias(call: Call, index: int) -> int:
    return prod(call.output()) if call.has_input(index) else 0


@_works("Conv", "DeformConv", "ConvTranspose", "CausalConvWithState")
@_works("NhwcConv", "MatMulNBits", "CausalConvWithState", domain=MICROSOFT)
def _with_bias(call: Call) -> int:
    """One addition per output for the bias; a DeformConv also interpolates its samples."""
    kind = call.node.op_type
    if kind != "DeformConv":
        return _bias(call, 5 if kind == "MatMulNBits" else 2)
    weight, output = call.input(1), call.output()
    samples: int = output[0] * call.input(0)[1] * prod(output[2:]) * prod(weight[2:])
    taps: int = 2 ** len(weight[2:])
    return samples * (2 * taps + call.has_input(4)) + _bias(call, 3)


@_works("FusedConv", "NhwcFusedConv", domain=MICROSOFT)
@_works("Conv", domain=MICROSOFT_BLOCKED)
def _fused_conv(call: Call) -> int:
    """Bias, added input and one operation for the activation."""
    return _bias(call, 2) + _bias(call, 3) + prod(call.output()) * bool(call.text("activation"))


@_works("ConvTransposeWithDynamicPads", domain=MICROSOFT)
def _dynamic_transpose(call: Call) -> int:
    return _bias(call, 3)


@_works("Gemm")
@_works("FusedGemm", domain=MICROSOFT)
def _gemm(call: Call) -> int:
    """The addition of C, the products with alpha and beta where they are not 1, an activation."""
    output = prod(call.output())
    scaled = (call.number("alpha", 1.0) != 1) + (
        call.has_input(2) and call.number("beta", 1.0) != 1
    )
    return _bias(call, 2) + output * (scaled + bool(call.text("activation")))


@_works("FusedMatMul", "FusedMatMulActivation", "TransposeMatMul", domain=MICROSOFT)
def _scaled_matmul(call: Call) -> int:
    scaled = call.number("alpha", 1.0) != 1
    return prod(call.output()) * (scaled + bool(call.text("activation")))


@_works("QLinearConv", "QLinearMatMul")
@_works("QLinearConv", "QGemm", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", domain=MICROSOFT)
def _requantized(call: Call) -> int:
    """Scale, round, zero point and two bounds per output, and a bias; a float result is scaled."""
    kind, output = call.node.op_type, prod(call.output())
    bias = {"QLinearConv": 8, "QGemm": 6, "MatMulIntegerToFloat": 6, "DynamicQuantizeMatMul": 4}
    per_output = 1 if "Float" in kind or kind.startswith("Dynamic") else 5
    work = output * per_output + (_bias(call, bias[kind]) if kind in bias else 0)
    # The input is quantized first: extremes, scale, round, zero point and two bounds.
    return work + (7 * prod(call.input(0)) if kind.startswith("Dynamic") else 0)


@_works("Einsum")
def _einsum(call: Call) -> int:
    """One operand is summed: an addition per element that does not reach the output."""
    if len(call.input_types) > 1:
        return 0
    return max(prod(call.input(0)) - prod(call.output()), 0)


@_works("Sum", "Max", "Min", "Mean")
def _variadic(call: Call) -> int:
    """One operation per input after the first, and the division of a Mean."""
    per_output = len(call.input_types) - (0 if call.node.op_type == "Mean" else 1)
    return per_output * prod(call.output())


@_works("MaxPool", "AveragePool", "LpPool")
@_works("QLinearAveragePool", "NhwcMaxPool", "MaxpoolWithMask", domain=MICROSOFT)
def _pool(call: Call) -> int:
    """One operation per element of the window; a mean divides, Lp takes powers and a root."""
    window, output = prod(call.integers("kernel_shape")), prod(call.output())
    kind = call.node.op_type
    if "Average" in kind:
        return output * (window + 1 + (6 if kind.startswith("Q") else 0))
    return output * (2 * window + 1 if kind == "LpPool" else window)


@_works("GlobalAveragePool", "ReduceMean", "GlobalLpPool", "ReduceL2", "ReduceLogSum")
@_works("ReduceLogSumExp")
@_works("QLinearGlobalAveragePool", "QLinearReduceMean", domain=MICROSOFT)
def _reduce(call: Call) -> int:
    """Work on every input element, then on every output element."""
    kind = call.node.op_type
    on_input = {"ReduceL2": 2, "GlobalLpPool": 2, "ReduceLogSumExp": 4}.get(kind, 1)
    on_output = {"ReduceLogSumExp": 2}.get(kind, 6 if kind.startswith("Q") else 1)
    return on_input * prod(call.input(0)) + on_output * prod(call.output())


@_works("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization")
@_works("GroupNormalization", "InstanceNormalization")
def _normalization(call: Call) -> int:
    """Mean 1, deviation 1, variance 2, division 1, scale 1, bias 1; RMS has no mean and bias."""
    kind = call.node.op_type
    if kind in ("RMSNormalization", "SimplifiedLayerNormalization"):
        return 4 * prod(call.input(0))
    return (7 if call.has_input(2) else 6) * prod(call.input(0))


@_works("SkipLayerNormalization", "SkipSimplifiedLayerNormalization", domain=MICROSOFT)
def _skip_normalization(call: Call) -> int:
    """The sum of input, skip and bias, and the normalization of it."""
    if call.node.op_type == "SkipLayerNormalization":
        per_element = 1 + call.has_input(4) + 6 + call.has_input(3)
    else:
        per_element = 1 + call.has_input(3) + 4
    return per_element * prod(call.input(0))


@_works("EmbedLayerNormalization", domain=MICROSOFT)
def _embedding_normalization(call: Call) -> int:
    """The sum of two or three embeddings, and the normalization of it."""
    return (1 + call.has_input(4) + 7) * prod(call.output())


@_works("LRN")
def _local_response(call: Call) -> int:
    """Square, sum over `size` channels, scale, bias, power, division."""
    return (call.integer("size", 1) + 4) * prod(call.input(0))


@_works("RNN", "LSTM", "GRU")
@_works("DynamicQuantizeLSTM", domain=MICROSOFT)
def _recurrent(call: Call) -> int:
    """Per hidden element and step: gate functions, the cell's products, biases, peepholes."""
    sequence, batch, _ = call.input(0)
    kind = call.node.op_type.removeprefix("DynamicQuantize")
    directions, hidden = call.input(2)[0], call.input(2)[2 if kind == call.node.op_type else 1]
    gates, cell = {"RNN": (1, 0), "GRU": (3, 5), "LSTM": (4, 5)}[kind]
    each = gates + cell + 2 * gates * call.has_input(3)
    if kind == "LSTM" and call.has_input(7):
        each += 6
    return sequence * batch * directions * hidden * each


@_works("Attention")
@_works("FlexAttention", domain="ai.onnx.preview")
@_works(
    "Attention",
    "QAttention",
    "MultiHeadAttention",
    "GroupQueryAttention",
    "DecoderMaskedMultiHeadAttention",
    "DecoderMaskedSelfAttention",
    domain=MICROSOFT,
)
def _attention(call: Call) -> int:
    """Per score: scale 1, softmax 5, and 1 for a mask. Rotary embeddings are left out."""
    masks = {"MultiHeadAttention": 5, "GroupQueryAttention": 10}
    mask = masks.get(call.node.op_type, 5 if call.node.domain == MICROSOFT else 3)
    masked = call.node.op_type != "FlexAttention" and call.has_input(mask)
    return attention_heads(call).scores * (6 + masked)


@_works("LinearAttention")
@_works("LinearAttention", domain=MICROSOFT)
def _linear_attention(call: Call) -> int:
    """The decay of the state at each step, where the rule has one, and the output's scale."""
    batch, steps, width = call.input(0)
    shared = call.integer("kv_num_heads", 1)
    state = width // max(call.integer("q_num_heads", 1), 1) * call.input(2)[2]
    rule = call.text("update_rule", "gated_delta")
    decay = batch * steps * state if rule.startswith("gated") else 0
    delta = 2 * batch * steps * call.input(2)[2] if rule.endswith("delta") else 0
    return decay + delta + prod(call.output()) * (shared > 0)


@_works("Resize", "Upsample")
def _resize(call: Call) -> int:
    """A weight and an addition per neighbour: 2 along each resized axis, 4 for cubic."""
    mode = call.text("mode", "nearest")
    if mode == "nearest":
        return 0
    output = call.output()
    axes = sum(a != b for a, b in zip(call.input(0), output, strict=True))
    return 2 * (4 if "cubic" in mode else 2) ** axes * prod(output) if axes else 0


@_works("GridSample")
@_works("GridSample", domain=MICROSOFT)
def _grid_sample(call: Call) -> int:
    """Two operations per coordinate, then a weight and an addition per neighbour."""
    output, grid = call.output(), call.input(1)
    mode, axes = call.text("mode", "linear"), grid[-1]
    taps = 0 if mode == "nearest" else (4 if "cubic" in mode else 2) ** axes
    return 2 * prod(grid) + 2 * taps * prod(output)


@_works("RoiAlign")
def _roi_align(call: Call) -> int:
    """Four neighbours for each sample; the number of samples must be an attribute."""
    samples = call.integer("sampling_ratio", 0) ** 2
    if not samples:
        raise UnknownCost("the number of samples depends on the regions")
    return prod(call.output()) * samples * 9


@_works("DFT")
def _dft(call: Call) -> int:
    """5 n log2 n for each complex transform of n points, the customary count of an FFT."""
    shape, output = call.input(0), call.output()
    axis = call.integer("axis", 1 if len(call.input_types) < 3 else -2)
    if call.has_input(2) and call.input_types[2] is not None:
        axis = -2
    points = max(shape[axis], output[axis])
    return _transforms(prod(output[:-1]) // max(output[axis], 1), points)


@_works("STFT")
def _stft(call: Call) -> int:
    """A window and a transform for each frame; all frames have the window's length."""
    output = call.output()
    onesided = call.integer("onesided", 1)
    points = call.input(2)[0] if call.has_input(2) else output[2] * 2 - 2 if onesided else output[2]
    frames = output[0] * output[1]
    return frames * points + _transforms(frames, points)


def _transforms(count: int, points: int) -> int:
    return round(count * 5 * points * log2(points)) if points > 1 else 0


@_works("Det")
@_works("Inverse", domain=MICROSOFT)
def _elimination(call: Call) -> int:
    """Two thirds of n cubed for an LU decomposition, 2 n cubed for an inverse."""
    shape = call.input(0)
    thirds = 2 if call.node.op_type == "Det" else 6
    return prod(shape[:-2]) * thirds * shape[-1] ** 3 // 3


@_works("ScatterElements", "ScatterND", "TensorScatter", "Scatter")
def _scatter(call: Call) -> int:
    """Moves, unless updates are combined with what is there."""
    if call.text("reduction", "none") == "none":
        return 0
    return prod(call.input(2))


@_works("LinearClassifier", "LinearRegressor", domain="ai.onnx.ml")
def _linear_model(call: Call) -> int:
    """The intercepts; the transform behind them is left out."""
    shape = call.input(0)
    return (shape[0] if len(shape) > 1 else 1) * call.length("intercepts")


@_works("MatMulNBitsMlp", domain=MICROSOFT)
def _packed_mlp(call: Call) -> int:
    """Gate function and product, biases, and the normalization before them where there is one."""
    biases = call.has_input(5) + call.has_input(8)
    normalized = 4 * call.has_input(2) + call.has_input(1)
    return prod(call.output()) * (2 + biases) + prod(call.input(0)) * normalized
