"""Which node is which block of a tiled layer, and how such a layer is described in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.model.graph import Graph
from inspector.model.groups import Group, GroupKind, Role, Tiling

_OPERATORS = ("Gemm", "MatMul", "Linear", "FusedGemm", "FusedMatMul")


@dataclass(frozen=True)
class TileTable:
    """The nodes of one tiled group by role.

    tiles: int32[M blocks, N blocks, K blocks] node ids, -1 where a block has no node.
    sums: int32[M blocks, N blocks] node ids, -1 where there is none.
    others: the remaining nodes in file order, by role.
    splits: by M block, the Split that cuts its rows along K; a Split of the weight is not one.
    """

    group: int
    tiling: Tiling
    tiles: npt.NDArray[np.int32]
    sums: npt.NDArray[np.int32]
    others: dict[Role, tuple[int, ...]]
    splits: dict[int, int]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Blocks along M, N and K."""
        m, n, k = self.tiles.shape
        return m, n, k

    def role_nodes(self, role: Role) -> tuple[int, ...]:
        """All nodes of a role, in file order."""
        if role is Role.TILE:
            return tuple(self.tiles[self.tiles >= 0].tolist())
        if role is Role.SUM:
            return tuple(self.sums[self.sums >= 0].tolist())
        return self.others.get(role, ())

    def first(self, role: Role) -> int:
        """The first node of a role, -1 where there is none."""
        nodes = self.role_nodes(role)
        return nodes[0] if nodes else -1


def tile_tables(graph: Graph) -> dict[int, TileTable]:
    """The table of every tiled group, by group id."""
    kinds = {g.key: g for g in graph.groups if g.kind is GroupKind.TILED and g.tiling}
    blocks: dict[str, npt.NDArray[np.int32]] = {}
    sums: dict[str, npt.NDArray[np.int32]] = {}
    others: dict[str, dict[Role, list[int]]] = {key: {} for key in kinds}
    for key, group in kinds.items():
        assert group.tiling is not None
        blocks[key] = np.full(group.tiling.blocks, -1, np.int32)
        sums[key] = np.full(group.tiling.blocks[:2], -1, np.int32)
    for node, mark in graph.marks.items():
        if mark.group not in kinds:
            continue
        m, n, k = mark.block
        limits = blocks[mark.group].shape
        inside = 0 <= m < limits[0] and 0 <= n < limits[1] and 0 <= k < limits[2]
        if mark.role is Role.TILE and inside:
            blocks[mark.group][m, n, k] = node
        elif mark.role is Role.SUM and inside:
            sums[mark.group][m, n] = node
        else:
            others[mark.group].setdefault(mark.role, []).append(node)
    return {
        group.id: TileTable(
            group.id,
            group.tiling,
            blocks[key],
            sums[key],
            {role: tuple(nodes) for role, nodes in others[key].items()},
            _input_splits(graph, blocks[key]),
        )
        for key, group in kinds.items()
        if group.tiling is not None
    }


def _input_splits(graph: Graph, tiles: npt.NDArray[np.int32]) -> dict[int, int]:
    """The maker of the first input of each M block's first tile, where that is a Split along K."""
    found: dict[int, int] = {}
    if tiles.shape[2] < 2:
        return found
    for m, tile in enumerate(tiles[:, 0, 0].tolist()):
        reads = graph.node_inputs(tile) if tile >= 0 else tiles[:0, 0, 0]
        maker = int(graph.producers[reads[0]]) if reads.size and reads[0] >= 0 else -1
        mark = graph.marks.get(maker)
        if mark is not None and mark.role is Role.SPLIT:
            found[m] = maker
    return found


def short_name(name: str) -> str:
    """The telling part of a path-like name: ``/classifier/classifier.1/Gemm`` -> classifier.1."""
    parts = [part for part in name.split("/") if part]
    if not parts:
        return name
    last = parts[-1]
    generic = any(last == op or last.startswith(op + "_") for op in _OPERATORS)
    return parts[-2] if generic and len(parts) > 1 else last


def group_title(group: Group) -> str:
    """Name and size of a layer: ``classifier.1 · Linear 1×9216×4096``."""
    tiling = group.tiling
    if tiling is None:
        return short_name(group.title)
    m = str(tiling.m) if tiling.split_rows else "M"
    return f"{short_name(group.title)} · Linear {m}×{tiling.k}×{tiling.n}"


def group_detail(tiling: Tiling) -> str:
    """How a layer was cut and what that costs, in one line."""
    m, n, k = tiling.blocks
    factors = f"{k} × {n}" if m == 1 else f"{m} × {k} × {n}"
    tile = f"{tiling.tile_k}×{tiling.tile_n}"
    return (
        f"{factors} = {tiling.tiles:,} tiles of {tile} · {short_count(tiling.macs)} MACs"
        f" · utilisation {percent(tiling.utilisation)}"
    )


def short_count(value: float) -> str:
    """A count with three figures and K, M, G or T (powers of 1,000): 37.7 M."""
    for factor, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "K")):
        if value >= factor:
            scaled = value / factor
            digits = 0 if scaled >= 100 else 1 if scaled >= 10 else 2
            return f"{scaled:.{digits}f} {unit}"
    return f"{value:g}"


def percent(share: float) -> str:
    """A share as a percentage with one decimal: 1.6 %."""
    return "100 %" if share >= 0.9995 else f"{100 * share:.1f} %"
