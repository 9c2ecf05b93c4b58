"""Builds a small convolutional classifier as ONNX nodes, without PyTorch.

Names and attributes are those that PyTorch's TorchScript-based exporter writes, so that a model
built here and one exported from torchvision read the same. Weights are only described: they are
drawn while the file is written (see ``streaming``).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from typing import Any

import onnx
from onnx import TensorProto, helper

IR_VERSION = 8
OPSET = 17

Shape = tuple[int, ...]


@dataclass(frozen=True)
class UniformWeight:
    """A float32 initializer whose elements are uniform in [-bound, bound)."""

    name: str
    shape: Shape
    bound: float

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Tensor:
    """A float32 tensor inside the graph being built."""

    name: str
    shape: Shape


@dataclass(frozen=True)
class Architecture:
    """A model without its weights, and the description of those weights in graph order."""

    model: onnx.ModelProto
    weights: tuple[UniformWeight, ...]


def scope_of(module: str) -> str:
    """The exporter's scope of a module path whose numbered parts are Sequential children.

    ``features.1.conv.0.0`` is ``/features/features.1/conv/conv.0/conv.0.0``.
    """
    parts: list[str] = []
    for part in module.split("."):
        parts.append(f"{parts[-1]}.{part}" if part.isdigit() else part)
    return "".join(f"/{part}" for part in parts)


def window_output(size: int, kernel: int, stride: int, pad: int) -> int:
    """Output extent of a convolution or pooling window, rounding down."""
    return (size + 2 * pad - kernel) // stride + 1


@dataclass
class Builder:
    """Appends nodes one after the other and keeps the shape of every tensor."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    tensors: list[Tensor] = field(default_factory=list)
    weights: list[UniformWeight] = field(default_factory=list)

    def node(
        self, op_type: str, scope: str, inputs: list[str], shape: Shape, **attributes: Any
    ) -> Tensor:
        """Append one node named ``scope/op_type`` with one output of the given shape."""
        name = f"{scope}/{op_type}"
        output = Tensor(f"{name}_output_0", shape)
        self.nodes.append(helper.make_node(op_type, inputs, [output.name], name, **attributes))
        self.tensors.append(output)
        return output

    def weight(self, name: str, shape: Shape, bound: float) -> str:
        self.weights.append(UniformWeight(name, shape, bound))
        return name

    def convolution(
        self,
        x: Tensor,
        module: str,
        channels: int,
        kernel: int,
        *,
        stride: int = 1,
        pad: int = 0,
        group: int = 1,
        gain: float = 1 / math.sqrt(3),
    ) -> Tensor:
        """Conv with a bias; weights uniform with the standard deviation ``gain / sqrt(fan_in)``.

        The default gain is PyTorch's: Kaiming uniform with a = sqrt(5), a bound of
        ``1 / sqrt(fan_in)``.
        """
        batch, channels_in, height, width = x.shape
        fan_in = channels_in // group * kernel * kernel
        bound = 1 / math.sqrt(fan_in)
        weight = self.weight(
            f"{module}.weight",
            (channels, channels_in // group, kernel, kernel),
            gain * math.sqrt(3) * bound,
        )
        bias = self.weight(f"{module}.bias", (channels,), bound)
        extent = [window_output(size, kernel, stride, pad) for size in (height, width)]
        return self.node(
            "Conv",
            scope_of(module),
            [x.name, weight, bias],
            (batch, channels, *extent),
            dilations=[1, 1],
            group=group,
            kernel_shape=[kernel, kernel],
            pads=[pad] * 4,
            strides=[stride, stride],
        )

    def relu(self, x: Tensor, module: str) -> Tensor:
        return self.node("Relu", scope_of(module), [x.name], x.shape)

    def clip(self, x: Tensor, module: str, low: float, high: float) -> Tensor:
        """Clip whose bounds are rank-0 Constant nodes, as the exporter writes ReLU6."""
        scope = scope_of(module)
        bounds = []
        for suffix, value in (("", low), ("_1", high)):
            name = f"{scope}/Constant{suffix}"
            bound = Tensor(f"{name}_output_0", ())
            tensor = TensorProto(data_type=TensorProto.FLOAT, raw_data=struct.pack("<f", value))
            self.nodes.append(helper.make_node("Constant", [], [bound.name], name, value=tensor))
            self.tensors.append(bound)
            bounds.append(bound.name)
        return self.node("Clip", scope, [x.name, *bounds], x.shape)

    def max_pool(self, x: Tensor, module: str, kernel: int, stride: int) -> Tensor:
        batch, channels, height, width = x.shape
        extent = [window_output(size, kernel, stride, 0) for size in (height, width)]
        return self.node(
            "MaxPool",
            scope_of(module),
            [x.name],
            (batch, channels, *extent),
            ceil_mode=0,
            dilations=[1, 1],
            kernel_shape=[kernel, kernel],
            pads=[0, 0, 0, 0],
            strides=[stride, stride],
        )

    def flatten(self, x: Tensor) -> Tensor:
        batch, *rest = x.shape
        return self.node("Flatten", "", [x.name], (batch, math.prod(rest)), axis=1)

    def linear(self, x: Tensor, module: str, features: int) -> Tensor:
        """Gemm with PyTorch's default initialisation of ``nn.Linear``."""
        batch, features_in = x.shape
        bound = 1 / math.sqrt(features_in)
        weight = self.weight(f"{module}.weight", (features, features_in), bound)
        bias = self.weight(f"{module}.bias", (features,), bound)
        return self.node(
            "Gemm",
            scope_of(module),
            [x.name, weight, bias],
            (batch, features),
            alpha=1.0,
            beta=1.0,
            transB=1,
        )

    def finish(self, x: Tensor, result: Tensor, doc: str) -> Architecture:
        """Close the graph: ``result``, made by the last node, becomes the output ``output``."""
        self.nodes[-1].output[0] = "output"
        inner = [tensor for tensor in self.tensors if tensor is not result]
        graph = helper.make_graph(
            self.nodes,
            "main_graph",
            [_value_info(x)],
            [_value_info(Tensor("output", result.shape))],
            value_info=[_value_info(tensor) for tensor in inner],
        )
        model = helper.make_model(
            graph,
            producer_name="graph-inspector",
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
            doc_string=doc,
        )
        return Architecture(model, tuple(self.weights))


def _value_info(tensor: Tensor) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(tensor.name, TensorProto.FLOAT, tensor.shape)
