"""The category of an operator: what its colour means, the same in graph, tables and charts."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """Categories in the order in which legends show them."""

    CONVOLUTION = "convolution"
    LINEAR = "linear"
    ACTIVATION = "activation"
    NORMALISATION = "normalisation"
    POOLING = "pooling"
    SHAPE = "shape"
    ARITHMETIC = "arithmetic"
    QUANTIZATION = "quantization"
    CONTROL = "control"
    IO = "io"
    OTHER = "other"


_MEMBERS: dict[Category, str] = {
    Category.CONVOLUTION: """Conv ConvTranspose ConvInteger QLinearConv DeformConv FusedConv
        NhwcConv CausalConvWithState NhwcFusedConv""",
    Category.LINEAR: """Gemm MatMul MatMulInteger QLinearMatMul Einsum FusedMatMul FusedGemm QGemm
        MatMulNBits MatMulIntegerToFloat DynamicQuantizeMatMul LSTM GRU RNN Attention
        MultiHeadAttention GroupQueryAttention QAttention LinearAttention TransposeMatMul MatMulBnb4
        MatMulFpQ4 RotaryEmbedding""",
    Category.ACTIVATION: """Relu LeakyRelu PRelu Elu Selu Celu Gelu Sigmoid HardSigmoid HardSwish
        Swish Mish Tanh Softplus Softsign Softmax LogSoftmax Hardmax Clip ThresholdedRelu
        ScaledTanh Affine ParametricSoftplus FastGelu BiasGelu QuickGelu Shrink QLinearLeakyRelu
        QLinearSigmoid QLinearSoftmax SwiGLU""",
    Category.NORMALISATION: """BatchNormalization InstanceNormalization LayerNormalization
        GroupNormalization RMSNormalization LpNormalization MeanVarianceNormalization LRN
        SkipLayerNormalization SimplifiedLayerNormalization SkipSimplifiedLayerNormalization
        EmbedLayerNormalization Dropout GroupNorm SkipGroupNorm""",
    Category.POOLING: """MaxPool AveragePool GlobalAveragePool GlobalMaxPool LpPool GlobalLpPool
        MaxRoiPool RoiAlign MaxUnpool QLinearAveragePool QLinearGlobalAveragePool""",
    Category.SHAPE: """Reshape Flatten Transpose Squeeze Unsqueeze Concat Split Slice Gather
        GatherElements GatherND Scatter ScatterElements ScatterND Pad Expand Tile Resize Upsample
        Shape Size Identity Cast CastLike DepthToSpace SpaceToDepth Constant ConstantOfShape Range
        OneHot Compress ReverseSequence Trilu EyeLike NonZero Unique CenterCropPad Col2Im BitCast
        QLinearConcat TensorScatter SplitToSequence ConcatFromSequence SequenceAt SequenceEmpty
        SequenceInsert SequenceErase SequenceLength SequenceConstruct Optional OptionalGetElement
        OptionalHasElement AffineGrid GridSample""",
    Category.QUANTIZATION: """QuantizeLinear DequantizeLinear DynamicQuantizeLinear
        DynamicQuantizeLSTM""",
    Category.CONTROL: "If Loop Scan SequenceMap",
    Category.ARITHMETIC: """Add Sub Mul Div Mod Pow Sqrt Abs Neg Exp Log Sum Mean Max Min Sign
        Reciprocal Floor Ceil Round Erf Where And Or Xor Not Equal Greater Less GreaterOrEqual
        LessOrEqual BitShift BitwiseAnd BitwiseOr BitwiseNot BitwiseXor CumSum CumProd Det IsNaN
        IsInf Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh ReduceSum ReduceMean ReduceMax
        ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare ArgMax
        ArgMin TopK QLinearAdd QLinearMul NonMaxSuppression""",
}

CATEGORIES: tuple[Category, ...] = tuple(Category)
_CATEGORY_OF = {op: category for category, ops in _MEMBERS.items() for op in ops.split()}


def category_of(op_type: str) -> Category:
    """The category of an operator type, by its name whatever its domain."""
    return _CATEGORY_OF.get(op_type, Category.OTHER)
