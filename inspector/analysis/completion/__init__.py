"""Completion of types where onnx's shape inference stops.

`complete` folds the small integer tensors that shapes are made of, knows the operators that
onnxruntime contributes, and looks into control-flow bodies and model-local functions. What it
cannot know stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from onnx import GraphProto

from inspector.analysis.completion.engine import Completion, settled
from inspector.analysis.completion.scope import Scope, constants_of
from inspector.analysis.functions import Functions
from inspector.model.network import Network, declared_types
from inspector.model.tensors import TensorType

__all__ = ["complete"]


def complete(
    network: Network, inferred: GraphProto, dims: Mapping[str, int], everything: bool = False
) -> dict[str, TensorType]:
    """The types of all tensors, by the names of `Network.types`.

    `inferred` is the network's graph as onnx's inference left it, or with `everything` as it was
    before, if inference refused the model. `dims` sets symbolic sizes.
    """
    weights = network.weights
    completion = Completion(Functions.of(network.functions), network.opsets, dims, everything)
    types = settled(declared_types(inferred), dims)
    for name, kind in network.types.items():
        # What a transform knows of its new tensors is stated nowhere in the model.
        if kind.elements is not None or name not in types:
            types[name] = kind
    held = {name: TensorType(weight.elem, weight.shape) for name, weight in weights.items()}
    scope = Scope("", types | held, constants_of(weights))
    completion.run(inferred.node, scope)
    results = {name: kind for name, kind in completion.results.items() if name not in weights}
    for key, body in completion.calls.items():
        results.update({key + name: kind for name, kind in body.items()})
    return results
