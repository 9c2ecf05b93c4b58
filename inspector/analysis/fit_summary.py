"""What holds a network's fit to the matrix unit back, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from inspector.analysis.fit import Fit
from inspector.model.categories import CATEGORIES, Category


@dataclass(frozen=True, slots=True)
class FitGroup:
    """Multiplies of one kind; `best` is the highest utilisation among them."""

    noun: str
    nodes: tuple[int, ...]
    macs: int
    spent_macs: int
    best: float
    axis: str
    """The axis that is filled least: "M", "K" or "N"."""
    extent: int
    """Its extent where all of them have the same, else 0."""
    unit_extent: int

    @property
    def utilisation(self) -> float:
        """Useful over spent MACs."""
        return self.macs / self.spent_macs


def fit_groups(fit: Fit) -> tuple[FitGroup, ...]:
    """Linear layers, grouped and other convolutions and the rest, those that waste most first.

    A layer that was tiled counts as one.
    """
    graph = fit.graph
    category = graph.categories[fit.node]
    is_conv = category == CATEGORIES.index(Category.CONVOLUTION)
    is_linear = category == CATEGORIES.index(Category.LINEAR)
    kinds = (
        ("Linear layer", is_linear),
        ("grouped convolution", is_conv & (fit.count > 1)),
        ("convolution", is_conv & (fit.count <= 1)),
        ("other multiply", ~is_conv & ~is_linear),
    )
    groups = [_group(fit, noun, np.flatnonzero(rows)) for noun, rows in kinds if rows.any()]
    return tuple(sorted(groups, key=lambda group: group.macs - group.spent_macs))


def fit_headline(fit: Fit, name: str = "The model") -> str:
    """How busy the unit is, and what wastes most of it."""
    totals, unit = fit.totals, fit.unit.text()
    count = len(fit.unmapped)
    nodes = "1 node that multiplies is" if count == 1 else f"{count:,} nodes that multiply are"
    left_out = f" {nodes} left out: not of known size." if count else ""
    if not totals.macs:
        return f"{name} multiplies no matrices of known size.{left_out}"
    text = f"{name} keeps a {unit} unit busy {percent(totals.utilisation)} of the time."
    worst = fit_groups(fit)[0]
    if worst.utilisation >= 0.9:
        return text + left_out
    return f"{text} {_blame(fit, worst)}{left_out}"


def percent(share: float) -> str:
    """A share in percent with one digit, with two significant ones where it is small."""
    value = 100 * share
    return f"{value:.1f} %" if value >= 1 or value == 0 else f"{value:.2g} %"


def _blame(fit: Fit, group: FitGroup) -> str:
    count = layer_count(fit, group.nodes)
    who, take = (f"{count:,} {group.noun}s", "take") if count != 1 else (group.noun, "takes")
    time = f"{take} {percent(group.spent_macs / fit.totals.spent_macs)} of that time"
    if not group.extent:
        fill = "fill" if count != 1 else "fills"
        used = percent(group.utilisation)
        return f"Its {who} {fill} {used} of it, least along {group.axis}, and {time}."
    share = Fraction(group.best).limit_denominator(1 << 20)
    used = f"1/{share.denominator:,}" if share.numerator == 1 else percent(group.best)
    most = "at most " if group.best > group.utilisation * 1.0001 else ""
    use = "use" if count != 1 else "uses"
    why = f"{group.axis} is {group.extent:,} of {group.unit_extent}"
    return f"Its {who} {use} {most}{used} of it, for {why}, and {time}."


def layer_count(fit: Fit, nodes: tuple[int, ...]) -> int:
    """The number of nodes, those of one tiled layer counted once."""
    graph = fit.graph
    groups = graph.node_group[list(nodes)].tolist()
    return len(
        {
            (group, -1) if group >= 0 and graph.groups[group].tiling else (-1, node)
            for node, group in zip(nodes, groups, strict=True)
        }
    )


def _group(fit: Fit, noun: str, rows: npt.NDArray[np.intp]) -> FitGroup:
    spent = fit.spent_macs[rows]
    fills: dict[str, tuple[float, int, int]] = {}
    axes = (("M", fit.m), ("K", fit.k), ("N", fit.n))
    for (axis, column), extent in zip(axes, fit.unit.extents, strict=True):
        sizes = column[rows]
        fill = sizes / (-(-sizes // extent) * extent)
        same = int(sizes[0]) if np.all(sizes == sizes[0]) and sizes[0] < extent else 0
        fills[axis] = (float(fill @ spent / spent.sum()), same, extent)
    axis = min(fills, key=lambda name: fills[name][0])
    return FitGroup(
        noun=noun,
        nodes=tuple(np.unique(fit.node[rows]).tolist()),
        macs=sum(fit.macs[rows].tolist()),
        spent_macs=sum(spent.tolist()),
        best=float(fit.utilisation[rows].max()),
        axis=axis,
        extent=fills[axis][1],
        unit_extent=fills[axis][2],
    )
