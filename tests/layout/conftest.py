"""Builder of layout inputs, as a fixture and for strategies."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.layout import LayoutInput


class Graph:
    """Items and edges added one by one."""

    def __init__(self) -> None:
        self.edges: list[tuple[int, int]] = []
        self.parent: list[int] = []
        self.kind: list[int] = []
        self.size: list[tuple[float, float]] = []
        self.fixed: dict[int, tuple[float, float]] = {}

    def node(
        self,
        *producers: int,
        parent: int = -1,
        kind: int = 0,
        size: tuple[float, float] = (168.0, 46.0),
        at: tuple[float, float] | None = None,
    ) -> int:
        index = len(self.parent)
        self.parent.append(parent)
        self.kind.append(kind)
        self.size.append(size)
        self.edges.extend((p, index) for p in producers)
        if at is not None:
            self.fixed[index] = at
        return index

    def chain(self, start: int, length: int, parent: int = -1) -> int:
        for _ in range(length):
            start = self.node(start, parent=parent)
        return start

    def input(self) -> LayoutInput:
        n = len(self.parent)
        edges = np.array(self.edges, np.int32).reshape(-1, 2)
        size = np.array(self.size, np.float64).reshape(-1, 2)
        fixed = np.zeros((n, 2))
        for index, place in self.fixed.items():
            fixed[index] = place
        return LayoutInput(
            width=size[:, 0].copy(),
            height=size[:, 1].copy(),
            src=edges[:, 0].copy(),
            dst=edges[:, 1].copy(),
            parent=np.array(self.parent, np.int32),
            container=np.array(self.kind, np.int8),
            fixed_x=fixed[:, 0].copy(),
            fixed_y=fixed[:, 1].copy(),
        )


@pytest.fixture
def graph() -> Graph:
    return Graph()
