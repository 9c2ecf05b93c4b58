"""Convolutions. An output element is a dot product over the kernel and the group's channels."""

from __future__ import annotations

from math import prod

from inspector.analysis.costs.registry import (
    MICROSOFT,
    MICROSOFT_BLOCKED,
    Call,
    Cost,
    UnknownCost,
    costs,
    product,
)


def _kernel(call: Call, weight_input: int) -> int:
    """Weights that one output channel of a Conv, one input channel of its transpose, uses."""
    weight = call.input(weight_input)
    if len(weight) < 3:
        raise UnknownCost("the weight has no kernel dimensions")
    # W is (C_out, C_in / group, kernel...), so the group is already divided out.
    return prod(weight[1:])


def _convolution(call: Call, weight_input: int) -> Cost:
    kernel = _kernel(call, weight_input)
    return product(("outputs", prod(call.output())), ("weights each", kernel))


@costs("Conv", "ConvInteger")
def conv(call: Call) -> Cost:
    """N * C_out * H_out * W_out * (C_in / group) * kH * kW, for any number of axes."""
    return _convolution(call, 1)


@costs("FusedConv", domain=MICROSOFT)
def fused_conv(call: Call) -> Cost:
    """As Conv; the activation and the added input Z are element work."""
    return _convolution(call, 1)


@costs("NhwcConv", "NhwcFusedConv", domain=MICROSOFT)
def nhwc_conv(call: Call) -> Cost:
    """As Conv: the order of axes changes nothing, C_out leads W in either."""
    return _convolution(call, 1)


@costs("Conv", domain=MICROSOFT_BLOCKED)
def blocked_conv(call: Call) -> Cost:
    """As Conv; channels filled up to whole blocks are multiplied too, so they count."""
    return _convolution(call, 1)


@costs("QLinearConv")
@costs("QLinearConv", domain=MICROSOFT)
def qlinear_conv(call: Call) -> Cost:
    """As Conv; the weight is input 3, after x, its scale and its zero point."""
    return _convolution(call, 3)


@costs("ConvTranspose")
@costs("ConvTransposeWithDynamicPads", domain=MICROSOFT)
def conv_transpose(call: Call) -> Cost:
    """N * C_in * H_in * W_in * (C_out / group) * kH * kW: each input element is scattered.

    Products that fall on cropped borders count, as a Conv's products with its padding do.
    """
    kernel = _kernel(call, 1)
    return product(("inputs", prod(call.input(0))), ("weights each", kernel))


@costs("DeformConv")
def deform_conv(call: Call) -> Cost:
    """As Conv; the interpolation of sampling points is element work."""
    return _convolution(call, 1)


@costs("CausalConvWithState")
@costs("CausalConvWithState", domain=MICROSOFT)
def causal_conv(call: Call) -> Cost:
    """N * C * length * k: depthwise along one axis, W being (C, 1, k)."""
    return _convolution(call, 1)
