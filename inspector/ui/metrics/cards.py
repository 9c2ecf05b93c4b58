"""What the cards of a network's totals say."""

from __future__ import annotations

from inspector.analysis.figures import Column, Convention, Figures
from inspector.ui.widgets.cards import CardText
from inspector.ui.widgets.figures import count_text, partial_total, short_figure


def card_texts(figures: Figures) -> tuple[CardText, ...]:
    """The five totals with their meaning under the convention in force."""
    totals = figures.totals
    course = figures.convention is Convention.COURSE
    scalars = (
        "Course convention: inputs of rank 0, such as a Clip's bounds, count 0 bytes."
        if course
        else "True convention: every byte counts, inputs of rank 0 too."
    )
    unknown = _left_out(totals.unknown_nodes)
    return (
        CardText(
            "Parameters",
            totals.parameters,
            "",
            count_text(totals.parameters, "parameters"),
            "Elements of all weights; a weight that several nodes share counts once.",
        ),
        CardText(
            "MACs",
            totals.macs,
            "",
            f"{totals.macs:,} MACs = {2 * totals.macs:,} FLOPs",
            "One MAC is one multiply and one add, so FLOPs are 2 × MACs. Element-wise and "
            f"reduction work is counted apart: {totals.element_operations:,} operations.{unknown}",
            _partial(totals.macs, "", figures.macs),
        ),
        CardText(
            "Weights",
            totals.weight_bytes,
            "B",
            count_text(totals.weight_bytes, "B"),
            "Bytes of all weights as they are stored; MB is 1,000,000 B.",
        ),
        CardText(
            f"Bytes moved · {figures.convention}",
            totals.total_bytes,
            "B",
            f"{totals.total_bytes:,} B = {totals.read_bytes:,} read + "
            f"{totals.write_bytes:,} written",
            "Every node reads all its inputs, weights included, and writes its outputs, without "
            f"any on-chip buffer. {scalars}{unknown}",
            _partial(totals.total_bytes, "B", figures.total_bytes),
        ),
        CardText(
            "Peak activations",
            totals.peak_activation_bytes,
            "B",
            count_text(totals.peak_activation_bytes, "B"),
            "The largest sum of activations that are alive at the same time, in file order.",
            _partial(totals.peak_activation_bytes, "B", figures.write_bytes),
        ),
    )


def _partial(total: int, unit: str, column: Column) -> tuple[str, str] | None:
    """A total that leaves unknown nodes out says so; one that is all unknown has no unit."""
    figure, shown = short_figure(total, unit)
    partial = partial_total(total, column, figure)
    return None if partial is None else (partial, shown if total else "")


def _left_out(nodes: int) -> str:
    if nodes < 2:
        return "\nOne node has an unknown figure and is left out." if nodes else ""
    return f"\n{nodes:,} nodes have an unknown figure and are left out."
