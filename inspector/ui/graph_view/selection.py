"""What is selected: nodes, or one group, or one tensor that an input, output or constant shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Selection:
    """At most one of the three kinds is used."""

    nodes: tuple[int, ...] = ()
    group: int = -1
    tensor: int = -1

    @property
    def empty(self) -> bool:
        return not self.nodes and self.group < 0 and self.tensor < 0


NOTHING = Selection()
