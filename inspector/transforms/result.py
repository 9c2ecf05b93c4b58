"""What a transform returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inspector.model.network import Network


@dataclass(frozen=True)
class TransformResult:
    """A new network, and where each node of the old one went.

    `node_map` maps a main-graph node id of the old network to the ids of what replaced it; nodes
    that it leaves out are unchanged and found through `kept`.
    """

    network: Network
    label: str
    node_map: Mapping[int, tuple[int, ...]]
    kept: Mapping[int, int]

    def new_nodes(self, old: int) -> tuple[int, ...]:
        """Ids in the new network of what an old node became; empty where it is gone."""
        if old in self.node_map:
            return self.node_map[old]
        return (self.kept[old],) if old in self.kept else ()
