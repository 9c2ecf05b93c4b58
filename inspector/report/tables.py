"""The figures of a model as JSON and CSV, the same that the panels show."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from inspector.analysis.figures import UNKNOWN, Figures
from inspector.model.groups import Group
from inspector.model.problems import Problem
from inspector.report.accelerator import fit_json, peak_json

SCHEMA_VERSION = 1
_COLUMNS = (
    "name",
    "op_type",
    "output_shape",
    "macs",
    "parameters",
    "weight_bytes",
    "read_bytes",
    "write_bytes",
    "total_bytes",
    "element_operations",
)


def inspect_json(figures: Figures, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """Totals, operators, nodes and notes. Bytes are bytes; an unknown figure is null."""
    graph, totals = figures.graph, figures.totals
    return {
        "schema_version": SCHEMA_VERSION,
        "parameters": totals.parameters,
        "weight_bytes": totals.weight_bytes,
        "macs": totals.macs,
        "read_bytes": totals.read_bytes,
        "write_bytes": totals.write_bytes,
        "output_bytes": totals.output_bytes,
        "peak_activation_bytes": totals.peak_activation_bytes,
        "element_operations": totals.element_operations,
        "coverage": figures.coverage,
        "unknown_operators": [
            {"op_type": op_type, "nodes": count} for op_type, count in figures.unknown_operators
        ],
        "convention": str(figures.convention),
        "operators": dict(figures.operators),
        "groups": [_group(group) for group in graph.groups if group.tiling],
        "fit": fit_json(graph),
        "peak": peak_json(graph),
        "nodes": [_node(figures, node) for node in range(graph.node_count)],
        "problems": [{"severity": str(p.severity), "message": p.message} for p in problems],
        "notes": list(figures.notes),
    }


def figures_csv(figures: Figures) -> str:
    """One line per node. An unknown figure is empty."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for node in range(figures.graph.node_count):
        row = _node(figures, node)
        writer.writerow([_cell(row[name]) for name in _COLUMNS])
    return out.getvalue()


def _node(figures: Figures, node: int) -> dict[str, Any]:
    graph = figures.graph
    outputs = [t for t in graph.node_outputs(node).tolist() if t >= 0]
    return {
        "name": graph.names[node],
        "op_type": graph.op_types[node],
        "output_shape": graph.tensor_types[outputs[0]].shape_text("x") if outputs else "",
        "macs": _known(figures.macs[node]),
        "read_bytes": _known(figures.read_bytes[node]),
        "write_bytes": _known(figures.write_bytes[node]),
        "total_bytes": _known(figures.total_bytes[node]),
        "parameters": _known(figures.parameters[node]),
        "weight_bytes": _known(figures.weight_bytes[node]),
        "element_operations": _known(figures.element_operations[node]),
    }


def _group(group: Group) -> dict[str, Any]:
    tiling = group.tiling
    if tiling is None:
        return {"name": group.key}
    return {
        "name": group.key,
        "m": tiling.m,
        "k": tiling.k,
        "n": tiling.n,
        "tile": [tiling.tile_m, tiling.tile_k, tiling.tile_n],
        "tiles": tiling.tiles,
        "utilisation": tiling.utilisation,
    }


def _known(value: Any) -> int | None:
    return None if value == UNKNOWN else int(value)


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula is marked as text."""
    if value is None:
        return ""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
