"""Frobenius norms of the weight blocks of a tiled layer: the picture on its mosaic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from inspector.model.graph import Graph, TensorKind
from inspector.model.groups import Role
from inspector.model.problems import Cancelled
from inspector.model.weights import Block, Weight, WeightUnavailable


def block_norms(
    graph: Graph, group: int, cancelled: Callable[[], bool] | None = None
) -> npt.NDArray[np.float64]:
    """float64[N blocks, K blocks]; NaN where a block's values are made at run time.

    Raises Cancelled.
    """
    tiling = graph.groups[group].tiling
    if tiling is None:
        raise ValueError(f"group {group} is not a tiled layer")
    _, n_blocks, k_blocks = tiling.blocks
    norms = np.full((n_blocks, k_blocks), np.nan)
    for node, mark in graph.marks.items():
        if mark.role is not Role.TILE or graph.node_group[node] != group or mark.block[0]:
            continue
        if cancelled is not None and cancelled():
            raise Cancelled
        weight = _weight_of(graph, node)
        if weight is not None and mark.block[1] < n_blocks and mark.block[2] < k_blocks:
            norms[mark.block[1], mark.block[2]] = _norm(weight)
    return norms


def _weight_of(graph: Graph, node: int) -> Weight | None:
    for tensor in graph.node_inputs(node).tolist():
        if tensor >= 0 and graph.tensor_kinds[tensor] == TensorKind.WEIGHT:
            return graph.weights[tensor]
    return None


def _norm(weight: Weight) -> float:
    try:
        if isinstance(weight.source, Block):
            (top, bottom), (left, right) = weight.source.rows, weight.source.columns
            values = weight.source.base.array()[top:bottom, left:right]
        else:
            values = weight.array()
        return float(np.linalg.norm(values.astype(np.float64)))
    except (WeightUnavailable, TypeError):
        return float("nan")
