"""Operators whose element work is a constant per element, and those that only move data.

Names are of the ONNX standard; ``domain:Name`` is of another domain.
"""

from __future__ import annotations

from collections.abc import Iterator

_DOMAINS = {"ms": "com.microsoft", "blocked": "com.microsoft.nchwc", "ml": "ai.onnx.ml"}

MOVES = """
ArrayFeatureExtractor BitCast CenterCropPad Compress Concat ConcatFromSequence Constant
ConstantOfShape DepthToSpace Dropout Expand EyeLike Flatten Gather GatherElements GatherND
Identity If Loop MatMul MatMulInteger AffineGrid ConvInteger MaxUnpool OneHot Optional
OptionalGetElement OptionalHasElement Pad Reshape ReverseSequence Scan SequenceAt
SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap Shape
Size Slice SpaceToDepth Split SplitToSequence Squeeze StringConcat Tile Transpose Trilu Unsqueeze
ml:ArrayFeatureExtractor ml:FeatureVectorizer ml:ZipMap
ms:ExpandDims ms:GatherND ms:MatMulBnb4 ms:MatMulFpQ4 ms:MatMulInteger16 ms:MatMulPacked ms:Pad
ms:RemovePadding ms:RestorePadding ms:TorchEmbedding ms:Trilu ms:UnfoldTensor ms:BitmaskDropout
blocked:ReorderInput blocked:ReorderOutput
"""

PER_OUTPUT: dict[int, str] = {
    1: """
Abs Acos Acosh Add And Asin Asinh Atan Atanh Bernoulli BitShift BitwiseAnd BitwiseNot BitwiseOr
BitwiseXor Cast CastLike Ceil Cos Cosh Div Equal Erf Exp Floor Greater GreaterOrEqual IsInf IsNaN
Less LessOrEqual Log Mod Mul Neg Not Or Pow RandomNormal RandomNormalLike RandomUniform
RandomUniformLike Range Reciprocal Relu Round Sigmoid Sign Sin Sinh Sqrt Sub Tan Tanh Where Xor
ml:Binarizer ms:BiasAdd ms:MulInteger ms:Range
""",
    2: """
BatchNormalization Clip DequantizeLinear LeakyRelu PRelu Shrink Swish ThresholdedRelu
ml:Scaler ms:DequantizeLinear ms:BiasDropout ms:BitmaskBiasDropout ms:GatherBlockQuantized
ms:ScaledSiLU ScaledTanh Affine ImageScaler
""",
    3: """
Elu Mish Softplus Softsign SwiGLU RotaryEmbedding BlackmanWindow HammingWindow HannWindow
ParametricSoftplus ms:QuickGelu ms:RotaryEmbedding ms:GemmaRotaryEmbedding ms:SwiGLU
""",
    4: "Celu HardSigmoid Selu ml:Normalizer ms:GemmFastGelu",
    5: """
Gelu HardSwish QuantizeLinear ms:Gelu ms:QuantizeLinear
""",
    6: "ms:BiasGelu ms:ComplexMul ms:ComplexMulConj",
    7: "DynamicQuantizeLinear ms:QLinearConcat",
    8: "ms:FastGelu ms:QLinearLeakyRelu ms:BiasSplitGelu",
    9: "ms:QLinearSigmoid ms:QLinearWhere",
    10: "ms:QLinearAdd ms:QLinearMul",
    12: "ms:QLinearSoftmax",
}
"""Operations per element of the first output.

A clip is two comparisons, a batch normalization at inference one scale and one shift; quantizing
is scale, round, zero point and two bounds; an 8-bit operator dequantizes (2 for each operand),
works, and quantizes again (5). Gelu is x/2 * (1 + erf(x / sqrt 2)), FastGelu the form with tanh.
"""

PER_INPUT: dict[int, str] = {
    1: """
ArgMax ArgMin Col2Im CumProd CumSum GlobalMaxPool Hardmax MaxRoiPool NegativeLogLikelihoodLoss
NonZero ReduceMax ReduceMin ReduceProd ReduceSum ms:ReduceSumInteger ms:IsAllFinite ml:Imputer
blocked:GlobalMaxPool
""",
    2: "ReduceL1 ReduceSumSquare",
    3: "LpNormalization",
    5: "LogSoftmax MeanVarianceNormalization Softmax",
    6: "SoftmaxCrossEntropyLoss ms:BiasSoftmax",
    7: "ms:GroupNorm",
    8: "ms:SkipGroupNorm",
}
"""Operations per element of the first input.

Softmax finds the largest, subtracts it, takes exp, sums and divides.
"""

UNCOUNTED = """
ImageDecoder MelWeightMatrix Multinomial NonMaxSuppression RegexFullMatch StringNormalizer
StringSplit TfIdfVectorizer TopK Unique
ml:CastMap ml:CategoryMapper ml:DictVectorizer ml:LabelEncoder ml:OneHotEncoder ml:SVMClassifier
ml:SVMRegressor ml:TreeEnsemble ml:TreeEnsembleClassifier ml:TreeEnsembleRegressor
ms:MoE ms:MatMulNBitsQkv ms:GemmFloat8 ms:QOrderedMatMul
"""


def operators(names: str) -> Iterator[tuple[str, str]]:
    """(domain, operator) of every name in a table's text."""
    for name in names.split():
        domain, _, op_type = name.rpartition(":")
        yield _DOMAINS.get(domain, domain), op_type
