"""Convolutions. An output element is a dot product over the kernel and the group's channels."""

from __future__ import annotations

from math import prod

from inspector.analysis.costs.registry import Call, Cost, UnknownCost, costs, product


def _convolution(call: Call, weight_input: int) -> Cost:
    weight = call.input(weight_input)
    if len(weight) < 3:
        raise UnknownCost("the weight has no kernel dimensions")
    # W is (C_out, C_in / group, kernel...), so the group is already divided out.
    return product(("outputs", prod(call.output())), ("weights each", prod(weight[1:])))


@costs("Conv", "ConvInteger")
def conv(call: Call) -> Cost:
    """N * C_out * H_out * W_out * (C_in / group) * kH * kW, for any number of axes."""
    return _convolution(call, 1)


@costs("FusedConv", domain="com.microsoft")
def fused_conv(call: Call) -> Cost:
    """As Conv; the activation is not counted."""
    return _convolution(call, 1)


@costs("QLinearConv")
def qlinear_conv(call: Call) -> Cost:
    """As Conv; the weight is input 3, after x, its scale and its zero point."""
    return _convolution(call, 3)


@costs("ConvTranspose")
def conv_transpose(call: Call) -> Cost:
    """N * C_in * H_in * W_in * (C_out / group) * kH * kW: each input element is scattered."""
    weight = call.input(1)
    if len(weight) < 3:
        raise UnknownCost("the weight has no kernel dimensions")
    return product(("inputs", prod(call.input(0))), ("weights each", prod(weight[1:])))


@costs("DeformConv")
def deform_conv(call: Call) -> Cost:
    """As Conv; the interpolation of sampling points is element work, not counted."""
    return _convolution(call, 1)
