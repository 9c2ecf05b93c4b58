"""Output types of onnxruntime's contributed operators: one small entry per operator.

Most do what a standard operator does to shapes, and then onnx's own inference of that one is
asked. Sources are the operator schemas of onnxruntime (ContribOperators.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from onnx import NodeProto, TensorProto

from inspector.analysis.completion.known import Known, Unknown
from inspector.analysis.completion.standard import Types, broadcast, infer_node
from inspector.analysis.costs.registry import MICROSOFT, MICROSOFT_BLOCKED
from inspector.model.tensors import Dim, TensorType

Shapes = Callable[[Known], Types]


@dataclass(frozen=True, slots=True)
class AsStandard:
    """Shapes are those of a standard operator that reads some of the inputs.

    `elem` is the index of the input whose element type the output has, or minus an element type;
    `channels_last` moves the channels of the first input to the front for the question.
    """

    op_type: str
    inputs: tuple[int, ...]
    elem: int = 0
    channels_last: bool = False

    def __call__(self, known: Known) -> Types:
        last = self.channels_last or bool(known.call.integer("channels_last", 0))
        kinds = [replace(known.type(i), elem=TensorProto.FLOAT) for i in self.inputs]
        if last:
            kinds[0] = replace(kinds[0], shape=_channels_first(kinds[0].shape))
        names = [f"input {index}" for index in range(len(kinds))]
        node = NodeProto(op_type=self.op_type, input=names, output=["output"])
        node.attribute.extend(a for a in known.call.node.attribute if a.name in _SHARED)
        found = infer_node(node, kinds, [], {"": _OPSET})
        if not found or found[0] is None:
            raise Unknown
        shape = _channels_last(found[0].shape) if last else found[0].shape
        return [TensorType(_elem(known, self.elem), shape)]


_OPSET = 17
"""An opset at which the operators asked keep their axes in attributes, as contributed ones do."""
_SHARED = {
    *("auto_pad", "ceil_mode", "count_include_pad", "dilations", "group", "kernel_shape", "pads"),
    *("strides", "output_padding", "output_shape", "axes", "axis", "keepdims", "transA", "transB"),
}


def _elem(known: Known, source: int) -> int:
    return -source if source < 0 else known.type(source).elem


def _channels_first(shape: tuple[Dim, ...] | None) -> tuple[Dim, ...] | None:
    return None if shape is None else (shape[0], shape[-1], *shape[1:-1])


def _channels_last(shape: tuple[Dim, ...] | None) -> tuple[Dim, ...] | None:
    return None if shape is None else (shape[0], *shape[2:], shape[1])


def _same(known: Known, elem: int = 0) -> Types:
    """All outputs have the first input's shape."""
    made = TensorType(_elem(known, elem), known.type(0).shape)
    return [made] * len(known.call.node.output)


def _broadcast(known: Known, inputs: tuple[int, ...], elem: int = 0) -> Types:
    shape = broadcast(*(known.shape(index) for index in inputs))
    return [TensorType(_elem(known, elem), shape)]


def _skip_normalization(known: Known) -> Types:
    """The result, mean and inverse deviation of each row, and the sum that was normalized."""
    shape, elem = known.shape(0), known.type(0).elem
    row = TensorType(TensorProto.FLOAT, (*shape[:-1], 1))
    whole = TensorType(elem, shape)
    return [whole, row, row, whole]


def _simplified_normalization(known: Known) -> Types:
    return _skip_normalization(known)[:2]


def _concat(known: Known) -> Types:
    """Scale and zero point of the output, then tensor, scale and zero point of each input."""
    inputs = tuple(range(2, len(known.call.input_types), 3))
    return AsStandard("Concat", inputs, elem=1)(known)


def _fused_matmul(known: Known) -> Types:
    left = _transposed(known, 0, "A")
    right = _transposed(known, 1, "B")
    node = NodeProto(op_type="MatMul", input=["a", "b"], output=["y"])
    kinds = [TensorType(TensorProto.FLOAT, left), TensorType(TensorProto.FLOAT, right)]
    found = infer_node(node, kinds, [], {"": _OPSET})
    if not found or found[0] is None:
        raise Unknown
    return [TensorType(known.type(0).elem, found[0].shape)]


def _transposed(known: Known, index: int, letter: str) -> tuple[Dim, ...]:
    shape = known.shape(index)
    if len(shape) < 2:
        return shape
    if known.call.integer(f"transBatch{letter}", 0):
        shape = (*shape[1:-1], shape[0], shape[-1])
    if known.call.integer(f"trans{letter}", 0):
        shape = (*shape[:-2], shape[-1], shape[-2])
    return shape


def _packed_matmul(known: Known) -> Types:
    columns = known.call.integer("N", 0) or None
    return [TensorType(known.type(0).elem, (*known.shape(0)[:-1], columns))]


def _packed_qkv(known: Known) -> Types:
    rows, elem = known.shape(0)[:-1], known.type(0).elem
    names = ("Nq", "Nkv", "Nkv")
    made = [TensorType(elem, (*rows, known.call.integer(name, 0) or None)) for name in names]
    return [*made, known.type(0)]


def _quantized_gemm(known: Known) -> Types:
    """The element type is the output zero point's, or float32 where the output has none."""
    elem = 8 if known.has(8) else -TensorProto.FLOAT
    return AsStandard("Gemm", (0, 3), elem=elem)(known)


def _global_pool(known: Known) -> Types:
    shape = known.shape(0)
    ones = (1,) * (len(shape) - 2)
    last = known.call.integer("channels_last", 0)
    made = (shape[0], *ones, shape[-1]) if last else (*shape[:2], *ones)
    return [TensorType(known.type(0).elem, made)]


def _halved(known: Known) -> Types:
    *rows, columns = known.shape(0)
    half = columns // 2 if isinstance(columns, int) else None
    return [TensorType(known.type(0).elem, (*rows, half))]


def _gathered_blocks(known: Known) -> Types:
    """The rows that are gathered, unpacked: bytes hold 8 / bits entries along the last axis."""
    data, bits = known.type(0), known.call.integer("bits", 4)
    shape, axis = list(known.shape(0)), known.call.integer("gather_axis", 0)
    if data.elem == TensorProto.UINT8 and isinstance(shape[-1], int):
        shape[-1] *= 8 // bits
    axis %= len(shape)
    made = (*shape[:axis], *known.shape(1), *shape[axis + 1 :])
    return [TensorType(known.type(2).elem, made)]


# Attention ---------------------------------------------------------------------------------------


def _plus(left: Dim, right: Dim) -> Dim:
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return left if right == 0 else right if left == 0 else None


def _times(size: Dim, count: int) -> Dim:
    return size * count if isinstance(size, int) else None


def _over(size: Dim, parts: int) -> Dim:
    return size // parts if isinstance(size, int) and parts > 0 and size % parts == 0 else None


def _cache(elem: int, batch: Dim, heads: Dim, length: Dim, size: Dim) -> TensorType:
    return TensorType(elem, (batch, heads, length, size))


def _projected(known: Known, past: int, elem: int) -> Types:
    """Attention and QAttention: (batch, length, V's width) and both caches in one tensor."""
    batch, length, _ = known.shape(0)
    heads, columns = known.call.integer("num_heads", 0), known.shape(1)[1]
    sizes = known.call.integers("qkv_hidden_sizes")
    width = sizes[2] if sizes else _over(columns, 3)
    kind = _elem(known, elem)
    total = _plus(length, known.shape(past)[3]) if known.has(past) else length
    present = TensorType(kind, (2, batch, heads, total, _over(width, heads)))
    return [TensorType(kind, (batch, length, width)), present]


def _multi_head(known: Known) -> Types:
    query, elem = known.shape(0), known.type(0).elem
    heads = known.call.integer("num_heads", 0)
    batch, length = query[:2]
    if len(query) == 5:
        keys, size, value_size = length, query[4], query[4]
        width = _times(size, heads)
    else:
        size = _over(query[2], heads)
        key = known.shape(1)
        if len(key) == 5:
            keys, width, value_size = key[1], query[2], size
        elif len(key) == 4:
            value_size = known.shape(2)[3]
            keys, width = key[2], _times(value_size, heads)
        else:
            keys, width = key[1], known.shape(2)[2]
            value_size = _over(width, heads)
    total = _plus(keys, known.shape(6)[2]) if known.has(6) else keys
    caches = [_cache(elem, batch, heads, total, part) for part in (size, value_size)]
    return [TensorType(elem, (batch, length, width)), *caches]


def _grouped(known: Known) -> Types:
    """The cache's length is left open where there was one: it may be shared with the past's."""
    batch, length, width = known.shape(0)
    elem = known.type(0).elem
    heads, shared = (known.call.integer(name, 0) for name in ("num_heads", "kv_num_heads"))
    size = _over(width, heads if known.has(1) else heads + 2 * shared)
    past = known.shape(3)[2] if known.has(3) else 0
    cache_elem = known.type(3).elem if known.has(3) else elem
    total = length if past == 0 else None
    caches = [_cache(cache_elem, batch, shared, total, size)] * 2
    return [TensorType(elem, (batch, length, _times(size, heads))), *caches]


def _embedding(known: Known) -> Types:
    """(batch, length, width), the number of tokens of each row, and the sum of embeddings."""
    batch, length = known.shape(0)
    made = TensorType(known.type(2).elem, (batch, length, known.shape(2)[1]))
    return [made, TensorType(TensorProto.INT32, (batch,)), made]


def _quantized_lstm(known: Known) -> Types:
    length, batch, _ = known.shape(0)
    directions, hidden, _ = known.shape(2)
    last = TensorType(TensorProto.FLOAT, (directions, batch, hidden))
    return [TensorType(TensorProto.FLOAT, (length, directions, batch, hidden)), last, last]


_FLOAT = -TensorProto.FLOAT
_CONV, _POOL = (0, 1), (0,)
_SAME = """
BiasAdd BiasDropout BiasGelu BiasSoftmax ComplexMul ComplexMulConj FastGelu Gelu
GemmaRotaryEmbedding GroupNorm Inverse LongformerAttention MoE QLinearLeakyRelu QLinearSigmoid
QLinearSoftmax QMoE QOrderedGelu QOrderedLayerNormalization QuickGelu RotaryEmbedding ScaledSiLU
SkipGroupNorm Trilu
"""
_MICROSOFT: Mapping[str, Shapes] = {
    **dict.fromkeys(_SAME.split(), _same),
    "DequantizeLinear": partial(_same, elem=1),
    "QuantizeLinear": partial(_same, elem=2),
    "IsAllFinite": lambda known: [TensorType(TensorProto.BOOL, ())],
    "SkipLayerNormalization": _skip_normalization,
    "SkipSimplifiedLayerNormalization": _skip_normalization,
    "QLinearAdd": partial(_broadcast, inputs=(0, 3)),
    "QLinearMul": partial(_broadcast, inputs=(0, 3)),
    "QLinearWhere": partial(_broadcast, inputs=(0, 1, 4), elem=1),
    "MulInteger": partial(_broadcast, inputs=(0, 2), elem=-TensorProto.INT32),
    "QLinearConcat": _concat,
    "QLinearAveragePool": AsStandard("AveragePool", _POOL),
    "QLinearGlobalAveragePool": _global_pool,
    "QLinearReduceMean": AsStandard("ReduceMean", _POOL),
    "NhwcMaxPool": AsStandard("MaxPool", _POOL, channels_last=True),
    "QLinearConv": AsStandard("Conv", (0, 3), elem=7),
    "FusedConv": AsStandard("Conv", _CONV),
    "NhwcConv": AsStandard("Conv", _CONV, channels_last=True),
    "NhwcFusedConv": AsStandard("Conv", _CONV, channels_last=True),
    "FusedGemm": AsStandard("Gemm", _CONV),
    "GemmFastGelu": AsStandard("MatMul", _CONV),
    "QGemm": _quantized_gemm,
    "FusedMatMul": _fused_matmul,
    "FusedMatMulActivation": _fused_matmul,
    "TransposeMatMul": _fused_matmul,
    "MatMulInteger16": AsStandard("MatMul", _CONV, elem=-TensorProto.INT32),
    "MatMulIntegerToFloat": AsStandard("MatMul", _CONV, elem=_FLOAT),
    "DynamicQuantizeMatMul": AsStandard("MatMul", _CONV, elem=_FLOAT),
    "MatMulNBits": _packed_matmul,
    "MatMulBnb4": _packed_matmul,
    "MatMulNBitsMlp": _packed_matmul,
    "MatMulNBitsQkv": _packed_qkv,
    "BiasSplitGelu": _halved,
    "GatherBlockQuantized": _gathered_blocks,
    "Attention": partial(_projected, past=4, elem=0),
    "QAttention": partial(_projected, past=8, elem=3),
    "MultiHeadAttention": _multi_head,
    "GroupQueryAttention": _grouped,
    "EmbedLayerNormalization": _embedding,
    "DynamicQuantizeLSTM": _quantized_lstm,
}
_BLOCKED: Mapping[str, Shapes] = {
    "Conv": AsStandard("Conv", _CONV),
    "MaxPool": AsStandard("MaxPool", _POOL),
    "AveragePool": AsStandard("AveragePool", _POOL),
    "GlobalAveragePool": _global_pool,
    "GlobalMaxPool": _global_pool,
}
_STANDARD: Mapping[str, Shapes] = {"SimplifiedLayerNormalization": _simplified_normalization}
"""onnxruntime keeps a few of its own operators in the standard domain."""


def contributed(domain: str, op_type: str) -> Shapes | None:
    """The function of a contributed operator, or None."""
    if domain == MICROSOFT:
        return _MICROSOFT.get(op_type)
    if domain == MICROSOFT_BLOCKED:
        return _BLOCKED.get(op_type)
    return _STANDARD.get(op_type) if domain in ("", "ai.onnx") else None
