"""How well a network's matrix multiplies fit a unit of fixed size.

A multiply of M x K by K x N on a unit of m x k x n takes ceil(M/m) * ceil(K/k) * ceil(N/n) tiles,
and each tile takes the unit as long as a full one. *Utilisation* is the useful MACs over those that
the tiles have room for; over the network it is the share of its busy time in which the unit does
useful work.

Partial sums: the unit adds up one K block at a time, so the M x N results are written after every
block but the last and read back before every block but the first, which is
(ceil(K/k) - 1) * 2 * M * N elements. An element of a partial sum has the size of the result's; for
results of 8 bits or less it is a 32-bit accumulator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.analysis.accelerator import LARGEST_UNIT, Unit
from inspector.analysis.costs import Call, UnknownCost
from inspector.analysis.matrix_views import Multiply, View, matrix_view
from inspector.model.dtypes import dtype
from inspector.model.graph import Graph
from inspector.model.problems import Cancelled

Column = npt.NDArray[np.int64]
_ACCUMULATOR_BYTES = 4
_MOST_MACS = 1 << 62


@dataclass(frozen=True, slots=True)
class FitTotals:
    """Sums over all multiplies; the nodes of every body count once."""

    macs: int
    spent_macs: int
    tiles: int
    partial_sum_bytes: int
    mean_utilisation: float
    """Mean of the utilisations, weighted by MACs; 0 without any."""

    @property
    def utilisation(self) -> float:
        """Useful MACs over spent ones: the share of time that is not padding; 0 without any."""
        return self.macs / self.spent_macs if self.spent_macs else 0.0

    @property
    def padding_macs(self) -> int:
        """MACs that tiles have room for and nobody needs."""
        return self.spent_macs - self.macs


@dataclass(frozen=True)
class Fit:
    """Columns by multiply, int64, in node order; a node has one multiply or several.

    `m`, `k`, `n` and `count` do not depend on the unit; `with_unit` shares them.
    """

    graph: Graph
    unit: Unit
    node: Column
    m: Column
    k: Column
    n: Column
    count: Column
    element_bytes: Column
    parts: tuple[str, ...]
    unmapped: dict[int, str]
    """Nodes that multiply, but not as matrices of known size, and why."""

    def with_unit(self, unit: Unit) -> Fit:
        """The same multiplies on another unit."""
        return replace(self, unit=unit)

    @cached_property
    def k_blocks(self) -> Column:
        """Blocks along K of one multiply."""
        return _blocks(self.k, self.unit.k)

    @cached_property
    def tiles(self) -> Column:
        """Tiles of all `count` multiplies."""
        rows, columns = _blocks(self.m, self.unit.m), _blocks(self.n, self.unit.n)
        return rows * columns * self.k_blocks * self.count

    @cached_property
    def macs(self) -> Column:
        """Useful multiply-accumulates: count * M * K * N."""
        return self.m * self.k * self.n * self.count

    @cached_property
    def spent_macs(self) -> Column:
        """Multiply-accumulates that the tiles have room for."""
        return self.tiles * self.unit.macs

    @cached_property
    def padding_macs(self) -> Column:
        """Spent ones that are not useful."""
        return self.spent_macs - self.macs

    @cached_property
    def utilisation(self) -> npt.NDArray[np.float64]:
        """Useful over spent MACs, 0 to 1; 0 where nothing is multiplied."""
        return self.macs / np.maximum(self.spent_macs, 1)

    @cached_property
    def partial_sum_bytes(self) -> Column:
        """Bytes of partial sums written and read back between K blocks."""
        passes = np.maximum(self.k_blocks - 1, 0) * 2
        return passes * self.m * self.n * self.element_bytes * self.count

    @cached_property
    def totals(self) -> FitTotals:
        """Sums over all multiplies."""
        macs = _sum(self.macs)
        weighted = float(self.macs.astype(np.float64) @ self.utilisation)
        return FitTotals(
            macs=macs,
            spent_macs=_sum(self.spent_macs),
            tiles=_sum(self.tiles),
            partial_sum_bytes=_sum(self.partial_sum_bytes),
            mean_utilisation=weighted / macs if macs else 0.0,
        )

    def rows(self, node: int) -> range:
        """The multiplies of a node."""
        first, last = np.searchsorted(self.node, [node, node + 1]).tolist()
        return range(first, last)

    def by_node(self, column: Column) -> Column:
        """int64[nodes]: the sum of a column over the multiplies of each node."""
        total: Column = np.zeros(self.graph.node_count, np.int64)
        np.add.at(total, self.node, column)
        return total

    def explain(self, node: int) -> str:
        """How a node lies on the unit, with its numbers, one line per multiply."""
        if node in self.unmapped:
            return f"Not a matrix multiply of known size: {self.unmapped[node]}."
        lines = [self.explain_row(row) for row in self.rows(node)]
        return "\n".join(lines) or "No matrix multiply."

    def explain_row(self, row: int) -> str:
        """How one multiply lies on the unit."""
        unit = self.unit
        m, k, n, count = (int(c[row]) for c in (self.m, self.k, self.n, self.count))
        part = f"{self.parts[row]}: " if self.parts[row] else ""
        times = f"{count:,} × " if count != 1 else ""
        blocks = " × ".join(
            f"⌈{size:,}/{extent}⌉" for size, extent in zip((m, k, n), unit.extents, strict=True)
        )
        text = (
            f"{part}{times}M {m:,} × K {k:,} × N {n:,}: {times}{blocks} = {self.tiles[row]:,} "
            f"tiles of {unit.text()}; {self.macs[row]:,} of {self.spent_macs[row]:,} MACs are "
            f"useful, {100 * self.utilisation[row]:.6g} %"
        )
        again = int(self.k_blocks[row]) - 1
        if again < 1:
            return f"{text}; no partial sums"
        return (
            f"{text}; partial sums {times}{again:,} × 2 × {m:,} × {n:,} × "
            f"{self.element_bytes[row]} B = {self.partial_sum_bytes[row]:,} B"
        )


def compute_fit(
    graph: Graph, unit: Unit | None = None, cancelled: Callable[[], bool] | None = None
) -> Fit:
    """Every matrix multiply of a graph, bodies included. Linear in its size. Raises Cancelled."""
    found: list[tuple[int, int, Multiply]] = []
    unmapped: dict[int, str] = {}
    views: dict[tuple[str, str], View | None] = {}
    for node, proto in enumerate(graph.protos):
        if node % 1024 == 0 and cancelled is not None and cancelled():
            raise Cancelled
        key = (proto.domain, proto.op_type)
        if key not in views:
            views[key] = matrix_view(*key)
        view = views[key]
        if view is None:
            continue
        call = _call(graph, node)
        try:
            multiplies = _checked(view, call)
        except UnknownCost as missing:
            unmapped[node] = str(missing)
            continue
        size = _accumulator_bytes(call)
        found.extend((node, size, multiply) for multiply in multiplies if multiply.macs)
    return Fit(
        graph=graph,
        unit=unit or Unit(),
        node=_column(node for node, _, _ in found),
        m=_column(multiply.m for _, _, multiply in found),
        k=_column(multiply.k for _, _, multiply in found),
        n=_column(multiply.n for _, _, multiply in found),
        count=_column(multiply.count for _, _, multiply in found),
        element_bytes=_column(size for _, size, _ in found),
        parts=tuple(multiply.part for _, _, multiply in found),
        unmapped=unmapped,
    )


def _call(graph: Graph, node: int) -> Call:
    types = graph.tensor_types
    reads = tuple(types[t] if t >= 0 else None for t in graph.node_inputs(node).tolist())
    makes = tuple(types[t] if t >= 0 else None for t in graph.node_outputs(node).tolist())
    return Call(graph.protos[node], reads, makes)


def _checked(view: View, call: Call) -> tuple[Multiply, ...]:
    try:
        multiplies = view(call)
    except (ValueError, IndexError, TypeError, KeyError) as error:
        raise UnknownCost(f"its inputs do not fit the operator: {error}") from None
    for one in multiplies:
        # Padded to the largest unit they still fit a column of 64 bits.
        padded = (one.m + LARGEST_UNIT) * (one.k + LARGEST_UNIT) * (one.n + LARGEST_UNIT)
        if padded * max(one.count, 1) > _MOST_MACS:
            raise UnknownCost("it has more multiply-accumulates than can be counted")
    return multiplies


def _accumulator_bytes(call: Call) -> int:
    made = call.output_types[0] if call.output_types else None
    bits = dtype(made.elem).bits if made is not None else 0
    return bits // 8 if bits > 8 else _ACCUMULATOR_BYTES


def _blocks(sizes: Column, extent: int) -> Column:
    blocks: Column = -(-sizes // extent)
    return blocks


def _column(values: Any) -> Column:
    return np.fromiter(values, np.int64)


def _sum(column: Column) -> int:
    return sum(column.tolist())
