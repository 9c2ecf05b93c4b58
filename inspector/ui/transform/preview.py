"""What tiling would make of a network, counted without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inspector.analysis.figures import Figures
from inspector.model.graph import Graph
from inspector.model.groups import Role, Tiling
from inspector.transforms.linear_layers import (
    LinearLayer,
    TileOptions,
    WeightMode,
    float_attribute,
    integer_attribute,
)

_MULTIPLIES = frozenset(("Gemm", "MatMul"))


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and after; -1 where it is not known."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The figures of the network before and after, and of the tiles that would be made."""

    nodes: Change
    multiplies: Change
    tiles: Change
    macs: Change
    parameters: Change
    utilisation: float | None
    """Useful MACs of the chosen layers over what the unit spends on them; None for no layer."""


def preview(
    graph: Graph, figures: Figures | None, chosen: Sequence[LinearLayer], options: TileOptions
) -> Preview:
    """The figures if these layers were tiled."""
    tilings = [layer.tiling(options) for layer in chosen]
    tiles = sum(tiling.tiles for tiling in tilings)
    multiplies = sum(op in _MULTIPLIES for op in graph.op_types)
    old_tiles = sum(mark.role is Role.TILE for mark in graph.marks.values())
    added = sum(_nodes(graph, layer, options) - 1 for layer in chosen)
    spent = sum(_spent(tiling) for tiling in tilings)
    useful = sum(tiling.macs for tiling in tilings)
    macs = figures.totals.macs if figures is not None else -1
    parameters = figures.totals.parameters if figures is not None else -1
    more_macs = sum(_computed(t) - t.macs for t in tilings)
    more_parameters = _more_parameters(graph, chosen, options)
    return Preview(
        nodes=Change(graph.node_count, graph.node_count + added),
        multiplies=Change(multiplies, multiplies - len(chosen) + tiles),
        tiles=Change(old_tiles, old_tiles + tiles),
        macs=Change(macs, macs + more_macs if macs >= 0 else -1),
        parameters=Change(parameters, parameters + more_parameters if parameters >= 0 else -1),
        utilisation=useful / spent if spent else None,
    )


def _spent(tiling: Tiling) -> int:
    """MACs that the unit spends: every tile is a whole one to it."""
    rows = -(-tiling.m // tiling.tile_m)
    _, n, k = tiling.blocks
    return rows * n * k * tiling.tile_m * tiling.tile_k * tiling.tile_n


def _computed(tiling: Tiling) -> int:
    """MACs of the nodes made: ragged tiles are as small as what is left."""
    return _spent(tiling) if tiling.padded else tiling.macs


def _nodes(graph: Graph, layer: LinearLayer, options: TileOptions) -> int:
    """Nodes that stand in the place of a layer's multiply."""
    tiling = layer.tiling(options)
    m, n, k = tiling.blocks
    tiles = m * n * k
    splits = (m > 1) + (m if k > 1 else 0)
    sums = m * n if k > 1 else 0
    joins = (m > 1) + (m if n > 1 else 0)
    count = tiles + splits + sums + joins + _around(graph, layer, tiling)
    if options.weights is WeightMode.SPLIT:
        count += integer_attribute(graph.protos[layer.node], "transB")
        count += _is_padded(tiling.k, tiling.tile_k, tiling) or _is_padded(
            tiling.n, tiling.tile_n, tiling
        )
        count += (n > 1) + (n if k > 1 else 0)
    return count


def _around(graph: Graph, layer: LinearLayer, tiling: Tiling) -> int:
    """Nodes before and after the multiplies: shapes, padding, scale and bias."""
    proto = graph.protos[layer.node]
    shape = graph.tensor_types[int(graph.node_inputs(layer.node)[0])].shape or ()
    rows = _is_padded(tiling.m, tiling.tile_m, tiling)
    count = integer_attribute(proto, "transA")
    count += 2 * (tiling.split_rows and len(shape) > 2)
    count += rows or _is_padded(tiling.k, tiling.tile_k, tiling)
    count += rows or _is_padded(tiling.n, tiling.tile_n, tiling)
    return count + len(_factors(graph, layer)) + _has_own_bias(graph, layer)


def _is_padded(size: int, tile: int, tiling: Tiling) -> bool:
    return tiling.padded and size % tile != 0


def _has_own_bias(graph: Graph, layer: LinearLayer) -> bool:
    """Whether the layer is a Gemm that adds its bias itself."""
    proto = graph.protos[layer.node]
    has = proto.op_type == "Gemm" and len(proto.input) > 2 and bool(proto.input[2])
    return has and float_attribute(proto, "beta") != 0.0


def _factors(graph: Graph, layer: LinearLayer) -> list[str]:
    """Factors of a Gemm that become nodes and constants of their own."""
    proto = graph.protos[layer.node]
    if proto.op_type != "Gemm":
        return []
    factors = ["alpha"] if float_attribute(proto, "alpha") != 1.0 else []
    if _has_own_bias(graph, layer) and float_attribute(proto, "beta") != 1.0:
        factors.append("beta")
    return factors


def _more_parameters(graph: Graph, chosen: Sequence[LinearLayer], options: TileOptions) -> int:
    """Elements of the weights made, less those of weights that nobody reads any more."""
    more = sum(len(_factors(graph, layer)) for layer in chosen)
    kept: set[int] = set()
    given_up: set[int] = set()
    for layer in chosen:
        reads = graph.node_inputs(layer.node).tolist()
        (kept if _has_own_bias(graph, layer) else given_up).update(reads[2:3])
        if options.weights is WeightMode.SPLIT:
            kept.add(reads[1])
        else:
            given_up.add(reads[1])
            more += _made_elements(layer.tiling(options))
    nodes = {layer.node for layer in chosen}
    gone = [
        tensor
        for tensor in given_up - kept
        if tensor in graph.weights and nodes.issuperset(graph.tensor_consumers(tensor).tolist())
    ]
    return more - sum(graph.weights[tensor].elements for tensor in gone)


def _made_elements(tiling: Tiling) -> int:
    _, n, k = tiling.blocks
    return n * tiling.tile_n * k * tiling.tile_k if tiling.padded else tiling.n * tiling.k
