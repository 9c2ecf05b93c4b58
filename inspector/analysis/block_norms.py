"""Frobenius norms of the weight blocks of a tiled layer: the picture on its mosaic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.model.graph import Graph, TensorKind
from inspector.model.groups import Role
from inspector.model.problems import Cancelled
from inspector.model.weights import Block, Weight, WeightUnavailable

Norms = npt.NDArray[np.float64]
_Strip = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Cell:
    row: int
    column: int
    block: Block


def block_norms(graph: Graph, group: int, cancelled: Callable[[], bool] | None = None) -> Norms:
    """float64[N blocks, K blocks]; NaN where a block's values are made at run time.

    Blocks of one weight are read strip by strip, a strip being the rows that they share.
    Raises Cancelled.
    """
    tiling = graph.groups[group].tiling
    if tiling is None:
        raise ValueError(f"group {group} is not a tiled layer")
    norms = np.full(tiling.blocks[1:], np.nan)
    strips: dict[tuple[int, _Strip], list[_Cell]] = defaultdict(list)
    for node, mark in graph.marks.items():
        _, row, column = mark.block
        inside = row < norms.shape[0] and column < norms.shape[1]
        if mark.role is not Role.TILE or graph.node_group[node] != group or not inside:
            continue
        weight = _weight_of(graph, node)
        if weight is not None and isinstance(weight.source, Block):
            source = weight.source
            strips[id(source.base), source.rows].append(_Cell(row, column, source))
        elif weight is not None:
            norms[row, column] = _norm(weight)
        _stop(cancelled)
    for cells in strips.values():
        _stop(cancelled)
        _add_strip(norms, cells)
    return norms


def block_rms(graph: Graph, group: int, cancelled: Callable[[], bool] | None = None) -> Norms:
    """Root mean square of each weight block: a norm that a smaller last block does not lower."""
    norms = block_norms(graph, group, cancelled)
    tiling = graph.groups[group].tiling
    assert tiling is not None
    rows = _lengths(tiling.n, tiling.tile_n, norms.shape[0])
    columns = _lengths(tiling.k, tiling.tile_k, norms.shape[1])
    return norms / np.sqrt(np.outer(rows, columns))


def _lengths(whole: int, step: int, count: int) -> npt.NDArray[np.int64]:
    """Lengths of the pieces of `whole`; the last one may be shorter."""
    return np.minimum(step, whole - step * np.arange(count))


def _stop(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled


def _add_strip(norms: Norms, cells: Sequence[_Cell]) -> None:
    """Norms of blocks that share their rows, from the sums of squares of the strip's columns."""
    top, bottom = cells[0].block.rows
    try:
        strip = cells[0].block.base.array()[top:bottom]
    except WeightUnavailable:
        return
    squares = np.einsum("ij,ij->j", strip, strip, dtype=np.float64)
    for cell in cells:
        left, right = cell.block.columns
        norms[cell.row, cell.column] = np.sqrt(squares[left:right].sum())


def _weight_of(graph: Graph, node: int) -> Weight | None:
    for tensor in graph.node_inputs(node).tolist():
        if tensor >= 0 and graph.tensor_kinds[tensor] == TensorKind.WEIGHT:
            return graph.weights[tensor]
    return None


def _norm(weight: Weight) -> float:
    try:
        values = weight.array().reshape(-1)
        return float(np.sqrt(np.einsum("i,i->", values, values, dtype=np.float64)))
    except (WeightUnavailable, TypeError):
        return float("nan")
