"""Tiles Linear layers into block multiplies for a matrix unit of fixed size.

    Split of the input -> one MatMul per block (2DMM) -> Sum over K -> Concat over N, M -> bias

Nothing is computed ahead: with cut weights each block is a view of the original weight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from onnx import GraphProto, ModelProto, NodeProto

from inspector.model.graph import Graph
from inspector.model.groups import (
    GROUPS_KEY,
    Mark,
    Role,
    Tiling,
    dump_tilings,
    load_tilings,
    set_mark,
)
from inspector.model.network import Network
from inspector.model.problems import Cancelled, ModelError
from inspector.model.tensors import TensorType
from inspector.model.weights import Weight
from inspector.transforms.linear_layers import (
    LinearLayer,
    TileOptions,
    find_linears,
    too_many_tiles,
)
from inspector.transforms.result import TransformResult
from inspector.transforms.tile_build import LayerBuilder, Names

Progress = Callable[[float, str], None]
Cancel = Callable[[], bool]

_NODE_MARK_IR = 8
"""Checker and onnxruntime take marks on nodes from this IR version on."""


def tile_linears(
    graph: Graph,
    nodes: Sequence[int],
    options: TileOptions,
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> TransformResult:
    """Replaces the given Linear layers by their tiled form.

    Raises ModelError where one of them is no Linear layer or cannot be tiled, and Cancelled.
    """
    layers = {layer.node: layer for layer in find_linears(graph)}
    chosen = [_tileable(graph, layers, node) for node in sorted(set(nodes))]
    if not chosen:
        raise ModelError("No layer is chosen.", "Choose at least one Linear layer.")
    excess = too_many_tiles(chosen, options)
    if excess:
        raise ModelError(f"Nothing was tiled: {excess}.")
    work = _Tiler(graph, options, cancelled or (lambda: False))
    for done, layer in enumerate(chosen):
        (progress or (lambda fraction, text: None))(done / len(chosen), f"Tiling {layer.name}")
        work.tile(layer)
    return work.result(len(chosen))


def _tileable(graph: Graph, layers: dict[int, LinearLayer], node: int) -> LinearLayer:
    layer = layers.get(node)
    if layer is None:
        name = graph.names[node] if 0 <= node < graph.node_count else f"node {node}"
        raise ModelError(f"{name} is not a Linear layer.", "Choose a Gemm or MatMul with a weight.")
    if layer.reason:
        raise ModelError(f"{layer.name} cannot be tiled: {layer.reason}.")
    return layer


class _Tiler:
    def __init__(self, graph: Graph, options: TileOptions, cancelled: Cancel) -> None:
        self.graph = graph
        self.options = options
        self.cancelled = cancelled
        self.names = Names(graph)
        self.replaced: dict[int, list[NodeProto]] = {}
        self.marked: dict[int, Mark] = {}
        self.weights: dict[str, Weight] = {}
        self.types: dict[str, TensorType] = {}
        self.tilings: dict[str, Tiling] = {}

    def tile(self, layer: LinearLayer) -> None:
        tiling = layer.tiling(self.options)
        key = self.names.group(layer.name)
        builder = LayerBuilder(
            self.graph, layer, tiling, self.options, key, self.names, self.cancelled
        )
        self.replaced[layer.node] = builder.build()
        self.weights.update(builder.weights)
        self.types.update(builder.types)
        self.tilings[key] = tiling
        if layer.bias_node >= 0:
            self.marked[layer.bias_node] = Mark(key, Role.BIAS)

    def result(self, count: int) -> TransformResult:
        nodes: list[NodeProto] = []
        node_map: dict[int, tuple[int, ...]] = {}
        kept: dict[int, int] = {}
        unread = self._unread_constants()
        for old, proto in enumerate(self.graph.network.nodes):
            first = len(nodes)
            if old in unread:
                node_map[old] = ()
            elif old in self.replaced:
                nodes.extend(self.replaced[old])
                node_map[old] = tuple(range(first, len(nodes)))
            else:
                nodes.append(_with_mark(proto, self.marked.get(old)))
                kept[old] = first
        if self.cancelled():
            raise Cancelled
        network = self._network(tuple(nodes))
        plural = "layer" if count == 1 else "layers"
        size = f"{self.options.tile_m}×{self.options.tile_k}×{self.options.tile_n}"
        return TransformResult(network, f"Tile {count} Linear {plural} to {size}", node_map, kept)

    def _unread_constants(self) -> set[int]:
        """Constant nodes that held a weight which only its blocks hold now."""
        graph = self.graph
        weights = {int(graph.node_inputs(node)[1]) for node in self.replaced}
        made = {t: int(graph.producers[t]) for t in weights if graph.producers[t] >= 0}
        if not made:
            return set()
        read = {t for proto in chain(*self.replaced.values()) for t in proto.input}
        return {
            node
            for tensor, node in made.items()
            if graph.tensor_names[tensor] not in read
            and tensor not in graph.graph_outputs
            and set(graph.tensor_consumers(tensor).tolist()) <= self.replaced.keys()
        }

    def _network(self, nodes: tuple[NodeProto, ...]) -> Network:
        old = self.graph.network
        used = {name for node in nodes for name in node.input}
        used |= {info.name for info in old.header.graph.output}
        used |= _names_in_bodies(nodes)
        before = {t for n in self.replaced for t in old.nodes[n].input}
        weights = {name: w for name, w in old.weights.items() if name in used or name not in before}
        dropped = set(old.weights) - set(weights)
        weights.update(self.weights)
        header = _header(old.header, dropped)
        tilings = load_tilings(old.metadata.get(GROUPS_KEY)) | self.tilings
        network = Network(header, nodes, weights, {**old.types, **self.types}, old.file)
        return network.with_metadata(GROUPS_KEY, dump_tilings(tilings))


def _header(old: ModelProto, dropped: set[str]) -> ModelProto:
    """The header without inputs that only listed a weight which is gone."""
    header = ModelProto()
    header.CopyFrom(old)
    header.ir_version = max(header.ir_version, _NODE_MARK_IR)
    inputs = [info for info in header.graph.input if info.name not in dropped]
    if len(inputs) != len(header.graph.input):
        kept = GraphProto(input=inputs)
        del header.graph.input[:]
        header.graph.input.extend(kept.input)
    return header


def _with_mark(proto: NodeProto, mark: Mark | None) -> NodeProto:
    if mark is None:
        return proto
    marked = NodeProto()
    marked.CopyFrom(proto)
    set_mark(marked, mark)
    return marked


def _names_in_bodies(nodes: Sequence[NodeProto]) -> set[str]:
    """Names that control-flow bodies read: they may be weights of the main graph."""
    found: set[str] = set()
    pending = [a for node in nodes for a in node.attribute if a.HasField("g") or a.graphs]
    while pending:
        attribute = pending.pop()
        for body in (attribute.g, *attribute.graphs):
            found.update(info.name for info in body.output)
            for node in body.node:
                found.update(node.input)
                pending.extend(a for a in node.attribute if a.HasField("g") or a.graphs)
    return found
