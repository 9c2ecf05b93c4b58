"""Nodes as points of a roofline; nodes that cost the same are one point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.analysis.roofline import Bound, Roofline
from inspector.model.categories import CATEGORIES
from inspector.ui.widgets.figures import rate_text, short_name

_SMALLEST, _LARGEST = 7.0, 22.0


@dataclass(frozen=True, slots=True)
class Point:
    """`x` is the power of ten of MACs per byte, `y` that of MACs per second."""

    x: float
    y: float
    size: float
    category: str
    nodes: tuple[int, ...]
    tip: str
    name: str
    seconds: float
    """Of all its nodes."""


def points_of(roofline: Roofline) -> list[Point]:
    """Nodes with MACs, those of most MACs first, so that small points lie on top."""
    drawn = np.flatnonzero((roofline.macs > 0) & (roofline.moved_bytes > 0) & roofline.known)
    categories = roofline.graph.categories[drawn]
    columns = np.stack(
        [roofline.macs[drawn], roofline.moved_bytes[drawn], categories.astype(np.int64)]
    )
    # The same MACs and bytes may still take other times, through their padding.
    keys = np.vstack([columns, (roofline.seconds[drawn] * 1e15).astype(np.int64)])
    _, first, which = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    largest = max(int(roofline.macs[drawn].max()), 1) if drawn.size else 1
    order = np.argsort(which.ravel(), kind="stable")
    members = np.split(drawn[order], np.cumsum(np.bincount(which.ravel()))[:-1])
    points = [
        _point(roofline, int(drawn[place]), tuple(nodes.tolist()), largest)
        for place, nodes in zip(first.tolist(), members, strict=True)
    ]
    return sorted(points, key=lambda point: -point.size)


def _point(roofline: Roofline, node: int, nodes: tuple[int, ...], largest: int) -> Point:
    share = int(roofline.macs[node]) / largest
    graph = roofline.graph
    return Point(
        x=float(np.log10(roofline.intensity[node])),
        y=float(np.log10(roofline.attainable[node])),
        # The area follows the MACs.
        size=_SMALLEST + (_LARGEST - _SMALLEST) * share**0.5,
        category=str(CATEGORIES[graph.categories[node]]),
        nodes=nodes,
        tip=_tip(roofline, node, nodes),
        name=_name(roofline, nodes),
        seconds=float(roofline.seconds[node]) * len(nodes),
    )


def _name(roofline: Roofline, nodes: tuple[int, ...]) -> str:
    """What stands beside a point: a layer, or how many tiles or like layers there are."""
    graph, node = roofline.graph, nodes[0]
    if len(nodes) == 1:
        return short_name(graph.names[node], graph.op_types[node])
    if all(one in graph.marks for one in nodes):
        return f"{len(nodes):,} tiles"
    return f"{short_name(graph.names[node], graph.op_types[node])} ×{len(nodes):,}"


def _tip(roofline: Roofline, node: int, nodes: tuple[int, ...]) -> str:
    graph, peak = roofline.graph, roofline.accelerator.peak_macs_per_s
    name = graph.names[node]
    if len(nodes) > 1:
        name = f"{name} and {len(nodes) - 1:,} like it"
    word = "compute" if roofline.bound[node] == Bound.COMPUTE else "memory"
    reached = float(roofline.attainable[node])
    return "\n".join(
        (
            name,
            f"{graph.op_types[node]} · bound by {word}",
            f"{roofline.macs[node]:,} MACs, {roofline.moved_bytes[node]:,} B moved",
            f"{roofline.intensity[node]:.4g} MACs/B",
            f"{rate_text(reached, 'MAC/s')}, {100 * reached / peak:.3g} % of the peak",
            f"{rate_text(float(roofline.seconds[node]), 's')}"
            + (" each" if len(nodes) > 1 else ""),
        )
    )
