"""Types and shapes of every tensor: onnx's own inference without weights, then our completion."""

from __future__ import annotations

from collections.abc import Mapping

import onnx

from inspector.analysis.completion import complete
from inspector.io.slim import slim_model
from inspector.model.network import Network
from inspector.model.problems import Problem, Severity
from inspector.model.tensors import TensorType


def infer_types(
    network: Network, dims: Mapping[str, int] | None = None
) -> tuple[dict[str, TensorType], Problem | None]:
    """Every type that can be inferred, by tensor name.

    Names in control-flow bodies begin with `body_prefix`, those in function bodies with the call's
    `signature`. `dims` gives symbolic sizes of the graph's inputs a value. A model that onnx's
    inference refuses is completed from what it states itself, and the complaint is given.
    """
    network = network.with_dims(dims or {})
    slim = slim_model(network)
    problem = None
    try:
        slim = onnx.shape_inference.infer_shapes(slim, data_prop=True)
    except Exception as error:  # the C++ side raises several unrelated types
        text = str(error).strip().splitlines()
        problem = Problem(Severity.WARNING, f"Shape inference stopped: {text[0] if text else ''}")
    return complete(network, slim.graph, dims or {}, everything=problem is not None), problem
