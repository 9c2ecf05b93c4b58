"""The pages of a weight, a group and the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from inspector.analysis.figures import Figures
from inspector.analysis.weight_stats import WeightStats
from inspector.model.graph import Graph, TensorKind
from inspector.model.groups import GROUPS_KEY, Group, GroupKind, Tiling
from inspector.model.problems import Problem
from inspector.model.tensors import TensorType, from_value_info
from inspector.model.weights import Block, FileSlice, Inline, Missing, Weight
from inspector.ui.properties.node_page import consumer_row, intensity_text, type_parts
from inspector.ui.properties.sections import Link, LinkKind, Page, Row, RowKind, Section, listed
from inspector.ui.widgets.figures import (
    count_text,
    number_text,
    percent_text,
    short_text,
    total_text,
)


def weight_page(graph: Graph, tensor: int) -> Page:
    """What is known of a weight without reading its values."""
    weight = graph.weights[tensor]
    kind = graph.tensor_types[tensor]
    rows = (
        Row("type", kind.text().partition(" ")[0]),
        Row("shape", kind.shape_text(), tip="" if weight.shape else "a single value, rank 0"),
        Row("elements", count_text(weight.elements)),
        Row("size", count_text(weight.nbytes, "B"), (short_text(weight.nbytes, "B"),)),
        *_source_rows(graph, weight),
    )
    nodes = graph.tensor_consumers(tensor).tolist()
    readers = listed(nodes, lambda node: (consumer_row(graph, node, ""),), "nodes")
    is_constant = graph.tensor_kinds[tensor] == TensorKind.CONSTANT
    return Page(
        title="Constant" if is_constant else "Weight",
        category="io",
        name=graph.tensor_names[tensor],
        subtitle=kind.text(),
        sections=(
            Section("TENSOR", rows),
            Section("STATISTICS", ()),
            Section("READ BY", readers or (Row("", "no node"),)),
        ),
        tensor=tensor,
    )


def with_statistics(page: Page, rows: Sequence[Row]) -> Page:
    """The same page with other rows under STATISTICS."""
    sections = tuple(
        replace(section, rows=tuple(rows)) if section.title == "STATISTICS" else section
        for section in page.sections
    )
    return replace(page, sections=sections)


def statistics_rows(stats: WeightStats) -> tuple[Row, ...]:
    """The statistics of a weight's values, with its histogram."""
    if not stats.count:
        return (Row("", "no finite values" if stats.nan_count else "no values"),)
    rows = [
        Row("minimum", number_text(stats.minimum)),
        Row("maximum", number_text(stats.maximum)),
        Row("mean", number_text(stats.mean)),
        Row("std", number_text(stats.std), tip="Population standard deviation"),
        Row("zeros", percent_text(stats.zeros_percent / 100)),
    ]
    if stats.nan_count:
        rows.append(Row("not a number", count_text(stats.nan_count)))
    if stats.inf_count:
        rows.append(Row("infinite", count_text(stats.inf_count)))
    return (*rows, Row("histogram", "", kind=RowKind.HISTOGRAM, payload=stats))


def _source_rows(graph: Graph, weight: Weight) -> tuple[Row, ...]:
    source = weight.source
    if isinstance(source, FileSlice):
        path = Path(source.file.path)
        model = graph.network.file
        inside = model is not None and model.path == source.file.path
        where = "in the model's file" if inside else "external data"
        parts = (f"from byte {source.offset:,}",)
        return (
            Row("stored", where, parts),
            Row("file", path.name, tip=str(path), one_line=True),
        )
    if isinstance(source, Block):
        first, second = source.rows, source.columns
        cut = f"[{first[0]:,}:{first[1]:,}, {second[0]:,}:{second[1]:,}]"
        turned = ("transposed",) if source.transpose else ()
        return (
            Row("stored", "cut out of another weight", (cut, *turned)),
            Row("cut from", source.base.name, one_line=True),
        )
    if isinstance(source, Missing):
        return (Row("stored", "not available", (source.reason,)),)
    word = "in the model's own message" if isinstance(source, Inline) else "in memory"
    return (Row("stored", word),)


def group_page(graph: Graph, figures: Figures | None, number: int) -> Page:
    """A tiled layer, a control-flow node's bodies or one body."""
    group = graph.groups[number]
    members = graph.members(number)
    sections: list[Section] = []
    if group.tiling is not None:
        sections.append(Section("TILING", _tiling_rows(group.tiling)))
    if group.owner >= 0:
        owner = Row(
            "owner",
            graph.names[group.owner],
            (graph.op_types[group.owner],),
            Link(LinkKind.NODE, group.owner),
            one_line=True,
        )
        sections.append(Section("CONTROL FLOW", (owner,)))
    sections.append(Section(f"NODES · {len(members):,}", _member_rows(graph, members)))
    sections.append(Section("COST OF ALL NODES", _sum_rows(figures, members)))
    title, category = _group_title(graph, group)
    return Page(title, category, group.title, f"{len(members):,} nodes", tuple(sections))


def _group_title(graph: Graph, group: Group) -> tuple[str, str]:
    if group.kind is GroupKind.TILED:
        return "Tiled Linear", "linear"
    if group.kind is GroupKind.BODY:
        return "Body", "control"
    return graph.op_types[group.owner] if group.owner >= 0 else "Group", "control"


def _tiling_rows(tiling: Tiling) -> tuple[Row, ...]:
    m, n, k = tiling.blocks
    last = "padded" if tiling.padded else "ragged"
    return (
        Row("M × K × N", f"{tiling.m:,} × {tiling.k:,} × {tiling.n:,}"),
        Row("tile", f"{tiling.tile_m} × {tiling.tile_k} × {tiling.tile_n}"),
        Row("blocks", f"{m:,} × {k:,} × {n:,}", tip="Blocks along M, K and N"),
        Row("multiplies", f"{tiling.tiles:,}", ("2DMM block multiplies",)),
        Row("MACs", f"{tiling.macs:,}"),
        Row("utilisation", percent_text(tiling.utilisation), ("useful MACs of the unit's",)),
        Row("last tile", last),
        *(Row("made from", name, one_line=True) for name in tiling.origin),
    )


def _member_rows(graph: Graph, members: list[int]) -> tuple[Row, ...]:
    operators = Counter(graph.op_types[node] for node in members)
    return tuple(Row(op, f"{count:,}") for op, count in operators.most_common())


def _sum_rows(figures: Figures | None, members: list[int]) -> tuple[Row, ...]:
    if figures is None:
        return (Row("", "being counted"),)

    def total(column: str) -> int:
        values = getattr(figures, column)[members]
        return -1 if (values < 0).any() else int(values.sum())

    macs, read, write = total("macs"), total("read_bytes"), total("write_bytes")
    return (
        Row("MACs", count_text(macs)),
        Row("read", count_text(read, "B")),
        Row("write", count_text(write, "B")),
        Row("parameters", count_text(total("parameters"))),
        Row("intensity", intensity_text(macs, read, write), tip="MACs per byte read or written"),
    )


def model_page(
    graph: Graph,
    figures: Figures | None,
    problems: Sequence[Problem],
    path: Path | None = None,
) -> Page:
    """The facts of the model itself."""
    network = graph.network
    header = network.header
    file = path
    if file is None and network.file is not None:
        file = Path(network.file.path)
    producer = " ".join(part for part in (header.producer_name, header.producer_version) if part)
    opsets = tuple(
        Row("opset", f"{domain or 'ai.onnx'} {version}")
        for domain, version in network.opsets.items()
    )
    facts = (
        *_file_rows(file),
        Row("producer", producer or "not stated"),
        Row("IR version", str(header.ir_version or "not stated")),
        *opsets,
        Row("graph", header.graph.name or "without a name", one_line=True),
    )
    sections = [
        Section("MODEL", facts),
        Section("INPUTS", tuple(_info_row(i.name, from_value_info(i)) for i in network.inputs)),
        Section("OUTPUTS", _output_rows(graph)),
        Section("COUNTS", _count_rows(graph, figures)),
    ]
    if problems:
        sections.append(Section(f"PROBLEMS · {len(problems):,}", _problem_rows(problems)))
    # The marks of tile groups are told as groups, not as the text they are kept in.
    metadata = tuple(
        Row(key, value) for key, value in network.metadata.items() if key != GROUPS_KEY
    )
    if metadata:
        sections.append(Section("METADATA", metadata))
    if network.functions:
        functions = tuple(
            Row(f.name, f"{len(f.node):,} nodes", (f.domain,)) for f in network.functions
        )
        sections.append(Section("LOCAL FUNCTIONS", functions))
    notes = tuple(
        Row("", text.strip(), kind=RowKind.DOCUMENT)
        for text in (header.doc_string, header.graph.doc_string)
        if text.strip()
    )
    if notes:
        sections.append(Section("DOCUMENTATION", notes))
    kept = tuple(s if s.rows else replace(s, rows=(Row("", "none"),)) for s in sections)
    name = file.name if file is not None else header.graph.name
    subtitle = f"{graph.main_count:,} nodes · {len(network.weights):,} weights"
    return Page("Model", "io", name, subtitle, kept)


def _file_rows(file: Path | None) -> tuple[Row, ...]:
    if file is None:
        return (Row("file", "not saved yet"),)
    folder = Row("folder", str(file.parent), one_line=True)
    try:
        size = file.stat().st_size
    except OSError:
        return folder, Row("size", "the file is no longer there")
    return folder, Row("size", short_text(size, "B"), (f"{size:,} B",))


def _info_row(name: str, kind: TensorType) -> Row:
    size = kind.nbytes
    detail = type_parts(kind) if size is not None else (kind.text(),)
    return Row(name, detail[0], detail[1:])


def _output_rows(graph: Graph) -> tuple[Row, ...]:
    outputs = [t for t in graph.graph_outputs if t >= 0]
    return tuple(_info_row(graph.tensor_names[t], graph.tensor_types[t]) for t in outputs)


def _count_rows(graph: Graph, figures: Figures | None) -> tuple[Row, ...]:
    rows = [
        Row("nodes", count_text(graph.node_count)),
        Row("tensors", count_text(len(graph.tensor_names))),
        Row("weights", count_text(len(graph.network.weights))),
    ]
    tiled = sum(group.kind is GroupKind.TILED for group in graph.groups)
    if tiled:
        rows.append(Row("tiled layers", count_text(tiled)))
    if figures is None:
        return tuple(rows)
    totals = figures.totals
    rows += [
        Row("parameters", count_text(totals.parameters)),
        Row("MACs", total_text(totals.macs, figures.macs)),
        Row("weight bytes", count_text(totals.weight_bytes, "B")),
        Row("bytes moved", total_text(totals.total_bytes, figures.total_bytes, "B")),
        *(Row("note", note) for note in figures.notes),
    ]
    return tuple(rows)


def _problem_rows(problems: Sequence[Problem]) -> tuple[Row, ...]:
    return listed(problems, lambda problem: (_problem(problem),), "problems")


def _problem(problem: Problem) -> Row:
    link = Link(LinkKind.NODE, problem.node) if problem.node is not None else None
    hint = (problem.hint,) if problem.hint else ()
    return Row(str(problem.severity), problem.message, hint, link)
