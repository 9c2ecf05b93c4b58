"""A model without its big weights, for onnx's checker and shape inference.

A big initializer becomes a graph input of the same name, type and shape: both tools then see a
valid model and never touch the values. Small integer initializers stay, for they carry shapes.
"""

from __future__ import annotations

from onnx import ModelProto, TensorProto, helper

from inspector.model.network import Network, node_chunks
from inspector.model.weights import Inline, Weight, WeightUnavailable, packed_bytes

_INTEGERS = {TensorProto.INT32, TensorProto.INT64}
_MOST_ELEMENTS = 1024


def slim_model(network: Network) -> ModelProto:
    """A valid ModelProto of the network's structure; see the module's head."""
    model = ModelProto()
    model.CopyFrom(network.header)
    graph = model.graph
    for chunk in node_chunks(network.nodes):
        graph.MergeFromString(chunk)
    declared = {info.name for info in graph.input}
    for weight in network.weights.values():
        kept = _kept(weight)
        if kept is not None:
            graph.initializer.append(kept)
        elif weight.name not in declared:
            info = helper.make_tensor_value_info(weight.name, weight.elem, weight.shape)
            graph.input.append(info)
    return model


def _kept(weight: Weight) -> TensorProto | None:
    if isinstance(weight.source, Inline) and weight.elements <= _MOST_ELEMENTS:
        return weight.source.tensor
    if weight.elem in _INTEGERS and weight.elements <= _MOST_ELEMENTS:
        try:
            raw = packed_bytes(weight).tobytes()
        except WeightUnavailable:
            return None
        return TensorProto(name=weight.name, data_type=weight.elem, dims=weight.shape, raw_data=raw)
    return None
