"""Fit to the matrix unit and peak of the activations as JSON."""

from __future__ import annotations

from typing import Any

from inspector.analysis.accelerator import Unit
from inspector.analysis.fit import compute_fit
from inspector.analysis.fit_summary import fit_headline
from inspector.analysis.timeline import compute_timeline
from inspector.model.graph import Graph

_COLUMNS = ("m", "k", "n", "count", "tiles", "macs", "padding_macs", "partial_sum_bytes")


def fit_json(graph: Graph, unit: Unit | None = None) -> dict[str, Any]:
    """Totals and every matrix multiply on a unit, 64 x 64 x 64 unless given."""
    fit = compute_fit(graph, unit)
    totals = fit.totals
    columns = {name: getattr(fit, name).tolist() for name in _COLUMNS}
    utilisation = fit.utilisation.tolist()
    multiplies = []
    for row, node in enumerate(fit.node.tolist()):
        entry: dict[str, Any] = {"node": graph.names[node], "part": fit.parts[row]}
        entry.update((name, column[row]) for name, column in columns.items())
        multiplies.append({**entry, "utilisation": utilisation[row]})
    return {
        "unit": list(fit.unit.extents),
        "summary": fit_headline(fit),
        "utilisation": totals.utilisation,
        "mean_utilisation": totals.mean_utilisation,
        "tiles": totals.tiles,
        "macs": totals.macs,
        "padding_macs": totals.padding_macs,
        "partial_sum_bytes": totals.partial_sum_bytes,
        "multiplies": multiplies,
        "unmapped": [
            {"node": graph.names[node], "reason": reason} for node, reason in fit.unmapped.items()
        ],
    }


def peak_json(graph: Graph) -> dict[str, Any]:
    """Where most activations are alive, in file order, and which they are, largest first."""
    timeline = compute_timeline(graph)
    step = timeline.peak_step
    tensors = []
    for row in timeline.alive_at(step).tolist() if step >= 0 else ():
        tensor = int(timeline.ranges.tensors[row])
        kind = graph.tensor_types[tensor]
        tensors.append(
            {
                "name": graph.tensor_names[tensor],
                "type": kind.text(),
                "bytes": kind.nbytes,
            }
        )
    return {
        "bytes": timeline.peak_bytes,
        "node": graph.names[step] if step >= 0 else None,
        "least_bytes_of_any_order": timeline.floor_bytes,
        "sum_of_outputs_bytes": timeline.output_bytes,
        "tensors": tensors,
    }
