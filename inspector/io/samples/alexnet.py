"""AlexNet as torchvision has it, built with onnx alone.

Architecture: A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks",
2014, https://arxiv.org/abs/1404.5997. 61,100,840 parameters, 244,403,360 bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from inspector.io.samples.building import Architecture, Builder, Tensor
from inspector.io.samples.streaming import write_architecture


def alexnet() -> Architecture:
    """The 20 nodes for one 3 x 224 x 224 image; dropout, idle at inference, is left out."""
    build = Builder()
    image = Tensor("input", (1, 3, 224, 224))
    x = build.convolution(image, "features.0", 64, 11, stride=4, pad=2)
    x = build.relu(x, "features.1")
    x = build.max_pool(x, "features.2", 3, 2)
    x = build.convolution(x, "features.3", 192, 5, pad=2)
    x = build.relu(x, "features.4")
    x = build.max_pool(x, "features.5", 3, 2)
    for index, channels in ((6, 384), (8, 256), (10, 256)):
        x = build.convolution(x, f"features.{index}", channels, 3, pad=1)
        x = build.relu(x, f"features.{index + 1}")
    x = build.max_pool(x, "features.12", 3, 2)
    # The adaptive pool to 6 x 6 meets a 6 x 6 input: the exporter writes a 1 x 1 window.
    x = build.node(
        "AveragePool", "/avgpool", [x.name], x.shape, kernel_shape=[1, 1], strides=[1, 1]
    )
    x = build.flatten(x)
    x = build.linear(x, "classifier.1", 4096)
    x = build.relu(x, "classifier.2")
    x = build.linear(x, "classifier.4", 4096)
    x = build.relu(x, "classifier.5")
    x = build.linear(x, "classifier.6", 1000)
    return build.finish(image, x, "AlexNet with seeded random weights")


def write_alexnet(
    path: str | os.PathLike[str],
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Write AlexNet with seeded random weights to ``path``, complete or not at all.

    ``progress`` gets the fraction done, 0 to 1; ``cancelled`` is asked now and then.

    Raises:
        SampleCancelled: ``cancelled()`` became true; nothing is left behind.
        OSError: the file cannot be written.
    """
    write_architecture(path, alexnet(), seed, progress, cancelled)
