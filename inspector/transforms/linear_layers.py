"""Finds Linear layers: Gemm and MatMul with a constant weight, with the Add of their bias."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import prod

from onnx import NodeProto, TensorProto

from inspector.model.dtypes import dtype
from inspector.model.graph import Graph, TensorKind
from inspector.model.groups import GroupKind, Tiling
from inspector.model.weights import Missing, Weight

MOST_TILES = 262_144
"""More multiplies than this in one step would take gigabytes and no runtime would load them."""
_FLOATS = {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE}
_OLDEST_OPSET = 7


class WeightMode(StrEnum):
    """Where the blocks of a weight come from: cut beforehand, or by Split nodes at run time."""

    INITIALIZERS = "initializers"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class TileOptions:
    """The matrix unit M x K x N and how layers are cut for it."""

    tile_m: int = 64
    tile_k: int = 64
    tile_n: int = 64
    padded: bool = False
    weights: WeightMode = WeightMode.INITIALIZERS

    def __post_init__(self) -> None:
        if min(self.tile_m, self.tile_k, self.tile_n) < 1:
            raise ValueError("each side of a tile is at least 1")


@dataclass(frozen=True, slots=True)
class LinearLayer:
    """One layer that multiplies M x K by a constant K x N.

    `m` is None where it depends on a symbolic dimension. `reason` says why the layer cannot be
    tiled; it is empty where it can.
    """

    node: int
    name: str
    op_type: str
    m: int | None
    k: int
    n: int
    bias: bool
    reason: str = ""
    bias_node: int = -1
    """The Add that follows a MatMul, -1 for none."""
    origin: tuple[str, ...] = ()

    def tiling(self, options: TileOptions) -> Tiling:
        """How the layer is cut; an unknown M is counted as one row and is not cut."""
        return Tiling(
            m=self.m or 1,
            k=max(self.k, 1),
            n=max(self.n, 1),
            tile_m=options.tile_m,
            tile_k=options.tile_k,
            tile_n=options.tile_n,
            padded=options.padded and self.m is not None,
            origin=self.origin,
            split_rows=self.m is not None,
        )


def too_many_tiles(layers: Iterable[LinearLayer], options: TileOptions) -> str:
    """Why these layers cannot be tiled together for their number of tiles; empty if they can."""
    tiles = sum(layer.tiling(options).tiles for layer in layers)
    if tiles <= MOST_TILES:
        return ""
    return (
        f"{tiles:,} multiplies are more than the {MOST_TILES:,} that one step may make: "
        "choose larger tiles or fewer layers"
    )


def find_linears(graph: Graph) -> tuple[LinearLayer, ...]:
    """Every Linear layer in node order, those that cannot be tiled with the reason."""
    found = (
        _linear(graph, node)
        for node, op_type in enumerate(graph.op_types)
        if op_type in ("Gemm", "MatMul")
        and graph.protos[node].domain in ("", "ai.onnx")
        and node not in graph.marks
    )
    return tuple(layer for layer in found if layer is not None)


def integer_attribute(node: NodeProto, name: str, default: int = 0) -> int:
    """An integer attribute of a node."""
    return int(next((a.i for a in node.attribute if a.name == name), default))


def float_attribute(node: NodeProto, name: str, default: float = 1.0) -> float:
    """A number attribute of a node."""
    for attribute in node.attribute:
        if attribute.name == name:
            return float(attribute.f)
    return default


def _linear(graph: Graph, node: int) -> LinearLayer | None:
    proto = graph.protos[node]
    inputs = graph.node_inputs(node).tolist()
    if len(inputs) < 2 or min(inputs[:2]) < 0 or len(graph.node_outputs(node)) != 1:
        return None
    weight = _constant(graph, inputs[1])
    if weight is None:
        return _without_weight(graph, node, inputs)
    if len(weight.shape) != 2:
        reason = f"its weight has {len(weight.shape)} axes instead of 2"
        return LinearLayer(node, graph.names[node], proto.op_type, None, 0, 0, False, reason)
    k, n = weight.shape
    if integer_attribute(proto, "transB"):
        k, n = n, k
    add = _bias_add(graph, node, n) if proto.op_type == "MatMul" else -1
    bias = add >= 0 or (len(inputs) > 2 and inputs[2] >= 0)
    origin = (graph.names[node], graph.names[add]) if add >= 0 else (graph.names[node],)
    m = _rows(graph, node, inputs[0])
    reason = _reason(graph, node, inputs, weight)
    op_type = proto.op_type
    return LinearLayer(node, graph.names[node], op_type, m, k, n, bias, reason, add, origin)


def _without_weight(graph: Graph, node: int, inputs: list[int]) -> LinearLayer | None:
    left = _constant(graph, inputs[0])
    if left is None and graph.op_types[node] == "MatMul":
        return None
    reason = (
        "its weight is the left operand" if left is not None else "its weight is not a constant"
    )
    return LinearLayer(node, graph.names[node], graph.op_types[node], None, 0, 0, False, reason)


def _constant(graph: Graph, tensor: int) -> Weight | None:
    kinds = (TensorKind.WEIGHT, TensorKind.CONSTANT)
    return graph.weights.get(tensor) if graph.tensor_kinds[tensor] in kinds else None


def _rows(graph: Graph, node: int, tensor: int) -> int | None:
    shape = graph.tensor_types[tensor].shape
    if shape is None or not shape:
        return None
    rows = shape[1:] if integer_attribute(graph.protos[node], "transA") else shape[:-1]
    known = [dim for dim in rows if isinstance(dim, int)]
    return prod(known) if len(known) == len(rows) else None


def _bias_add(graph: Graph, node: int, n: int) -> int:
    """The Add of a constant of N elements that is the only reader of a MatMul's output."""
    output = int(graph.node_outputs(node)[0])
    readers = graph.tensor_consumers(output).tolist()
    if len(readers) != 1 or output in graph.graph_outputs:
        return -1
    add = int(readers[0])
    if graph.op_types[add] != "Add" or graph.node_group[add] != -1:
        return -1
    others = [t for t in graph.node_inputs(add).tolist() if t != output]
    weight = _constant(graph, others[0]) if len(others) == 1 and others[0] >= 0 else None
    return add if weight is not None and weight.shape in ((n,), (1, n)) else -1


def _reason(graph: Graph, node: int, inputs: list[int], weight: Weight) -> str:
    shape = graph.tensor_types[inputs[0]].shape
    opset = graph.network.opset
    group = int(graph.node_group[node])
    if node >= graph.main_count or (group >= 0 and graph.groups[group].kind is GroupKind.BODY):
        return "it lies in a control-flow body"
    if opset < _OLDEST_OPSET:
        return f"the model's opset {opset} is older than {_OLDEST_OPSET}; convert the model first"
    if weight.elem not in _FLOATS:
        return f"{dtype(weight.elem).name} weights are not tiled"
    if isinstance(weight.source, Missing):
        return "the values of its weight are missing"
    if weight.misfit:
        return f"its weight is damaged: {weight.misfit}"
    if not weight.elements:
        return "its weight has no elements"
    if shape is None:
        return "the rank of its input is unknown"
    if len(shape) < 2:
        return f"its input has {len(shape)} axes; a matrix has 2"
    if any(dim == 0 for dim in shape):
        return "its input has no elements"
    return ""
