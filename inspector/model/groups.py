"""Groups of nodes, and the marks on nodes that keep tile groups across saving and reopening.

A node's mark is one metadata property, ``graph-inspector`` = ``GROUP|ROLE|M,N,K``; the group's
facts are JSON in the model property ``graph-inspector.groups``. Both survive other tools, and a
model without them is simply a model without groups.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from onnx import NodeProto

MARK_KEY = "graph-inspector"
GROUPS_KEY = "graph-inspector.groups"


class GroupKind(StrEnum):
    """What made a group."""

    TILED = "tiled"
    CONTROL = "control"
    BODY = "body"


class Role(StrEnum):
    """What a node does within a tiled layer."""

    SPLIT = "split"
    TILE = "tile"
    SUM = "sum"
    CONCAT = "concat"
    SCALE = "scale"
    BIAS = "bias"
    SHAPE = "shape"


@dataclass(frozen=True, slots=True)
class Tiling:
    """How one Linear layer M x K x N was cut for a unit of tile_m x tile_k x tile_n."""

    m: int
    k: int
    n: int
    tile_m: int
    tile_k: int
    tile_n: int
    padded: bool
    origin: tuple[str, ...]
    """Names of the original nodes: the multiply, and the Add of its bias if it had one."""
    split_rows: bool = True
    """False where M was not known when the layer was tiled, so that rows are not cut."""

    @property
    def blocks(self) -> tuple[int, int, int]:
        """Number of blocks along M, N and K."""
        rows = -(-self.m // self.tile_m) if self.split_rows else 1
        return rows, -(-self.n // self.tile_n), -(-self.k // self.tile_k)

    @property
    def tiles(self) -> int:
        """Number of block multiplies."""
        m, n, k = self.blocks
        return m * n * k

    @property
    def macs(self) -> int:
        """Useful multiply-accumulates, M * K * N."""
        return self.m * self.k * self.n

    @property
    def utilisation(self) -> float:
        """Useful MACs over the MACs that the unit spends: tiles * tile_m * tile_k * tile_n."""
        spent = -(-self.m // self.tile_m) * self.blocks[1] * self.blocks[2]
        return self.macs / (spent * self.tile_m * self.tile_k * self.tile_n)


@dataclass(frozen=True, slots=True)
class Mark:
    """A node's place in its group; `block` counts along M, N, K."""

    group: str
    role: Role
    block: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that fold into one box. `parent` is the id of the enclosing group, -1 at the top."""

    id: int
    key: str
    title: str
    kind: GroupKind
    parent: int = -1
    owner: int = -1
    """For control flow, the id of the If, Loop or Scan node."""
    tiling: Tiling | None = None


def group_title(key: str) -> str:
    """A short title for a group named after a node: ``fc.1`` of ``/head/fc.1/Gemm``."""
    parts = [part for part in key.split("/") if part]
    if len(parts) > 1 and parts[-1].split("_")[0] in ("Gemm", "MatMul"):
        parts.pop()
    return parts[-1] if parts else key


def set_mark(node: NodeProto, mark: Mark) -> None:
    """Writes a mark on a node that is being built."""
    block = ",".join(map(str, mark.block))
    node.metadata_props.add(key=MARK_KEY, value=f"{mark.group}|{mark.role}|{block}")


def mark_of(node: NodeProto) -> Mark | None:
    """The mark of a node, or None where it has none that can be read."""
    for entry in node.metadata_props:
        if entry.key == MARK_KEY:
            return _parse_mark(entry.value) if isinstance(entry.value, str) else None
    return None


def dump_tilings(tilings: Mapping[str, Tiling]) -> str:
    """The facts of all tile groups as the JSON kept in the model's metadata."""
    return json.dumps({key: asdict(tiling) for key, tiling in tilings.items()}, sort_keys=True)


def load_tilings(text: str | None) -> dict[str, Tiling]:
    """Reads what `dump_tilings` wrote; anything that does not fit is left out."""
    try:
        stored = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(stored, dict):
        return {}
    found = ((str(key), _tiling(value)) for key, value in stored.items())
    return {key: tiling for key, tiling in found if tiling is not None}


def _parse_mark(text: str) -> Mark | None:
    group, _, rest = text.rpartition("|")
    group, _, role = group.rpartition("|")
    try:
        m, n, k = (int(part) for part in rest.split(","))
        return Mark(group, Role(role), (m, n, k)) if group else None
    except ValueError:
        return None


def _tiling(value: object) -> Tiling | None:
    if not isinstance(value, dict):
        return None
    names = [f.name for f in fields(Tiling)]
    if not set(names) >= set(value) or not _sizes_fit(value.get(n) for n in names[:6]):
        return None
    origin = value.get("origin")
    if not isinstance(origin, list) or not all(isinstance(name, str) for name in origin):
        return None
    if not all(type(value.get(n, False)) is bool for n in ("padded", "split_rows")):
        return None
    try:
        return Tiling(**{**value, "origin": tuple(origin)})
    except TypeError:
        return None


def _sizes_fit(values: Iterable[object]) -> bool:
    return all(type(value) is int and value >= 1 for value in values)
