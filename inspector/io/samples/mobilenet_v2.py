"""MobileNetV2 as torchvision has it, BatchNorm folded into the convolutions, with onnx alone.

Architecture: M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018,
https://arxiv.org/abs/1801.04381, table 2. 300,774,272 multiply-accumulates.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable

from inspector.io.samples.building import Architecture, Builder, Tensor
from inspector.io.samples.streaming import write_architecture

# Expansion, output channels, repeats, stride of the first repeat.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)

# Without a BatchNorm to rescale them, activations keep their variance only with He's gain after
# a rectifier and with gain 1 after a linear bottleneck (https://arxiv.org/abs/1502.01852).
_AFTER_RECTIFIER = math.sqrt(2)
_AFTER_LINEAR = 1.0


def mobilenet_v2() -> Architecture:
    """The nodes for one 3 x 224 x 224 image."""
    build = Builder()
    image = Tensor("input", (1, 3, 224, 224))
    x = build.convolution(image, "features.0.0", 32, 3, stride=2, pad=1, gain=_AFTER_LINEAR)
    x = build.clip(x, "features.0.2", 0.0, 6.0)
    index = 1
    for expansion, channels, repeats, first_stride in _STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            x = _inverted_residual(build, x, f"features.{index}", expansion, channels, stride)
            index += 1
    x = build.convolution(x, "features.18.0", 1280, 1, gain=_AFTER_LINEAR)
    x = build.clip(x, "features.18.2", 0.0, 6.0)
    x = build.node("GlobalAveragePool", "", [x.name], (*x.shape[:2], 1, 1))
    x = build.flatten(x)
    x = build.linear(x, "classifier.1", 1000)
    return build.finish(image, x, "MobileNetV2 with seeded random weights, BatchNorm folded")


def _inverted_residual(
    build: Builder, x: Tensor, module: str, expansion: int, channels: int, stride: int
) -> Tensor:
    """Expand 1 x 1, depthwise 3 x 3, project 1 x 1, and the skip where shapes allow it."""
    block_input = x
    hidden = x.shape[1] * expansion
    step = 0
    if expansion != 1:
        x = build.convolution(x, f"{module}.conv.0.0", hidden, 1, gain=_AFTER_LINEAR)
        x = build.clip(x, f"{module}.conv.0.2", 0.0, 6.0)
        step = 1
    x = build.convolution(
        x,
        f"{module}.conv.{step}.0",
        hidden,
        3,
        stride=stride,
        pad=1,
        group=hidden,
        gain=_AFTER_RECTIFIER,
    )
    x = build.clip(x, f"{module}.conv.{step}.2", 0.0, 6.0)
    x = build.convolution(x, f"{module}.conv.{step + 1}", channels, 1, gain=_AFTER_RECTIFIER)
    if stride == 1 and block_input.shape == x.shape:
        x = build.node("Add", f"/features/{module}", [block_input.name, x.name], x.shape)
    return x


def write_mobilenet_v2(
    path: str | os.PathLike[str],
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Write MobileNetV2 with seeded random weights to ``path``, complete or not at all.

    ``progress`` gets the fraction done, 0 to 1; ``cancelled`` is asked now and then.

    Raises:
        SampleCancelled: ``cancelled()`` became true; nothing is left behind.
        OSError: the file cannot be written.
    """
    write_architecture(path, mobilenet_v2(), seed, progress, cancelled)
