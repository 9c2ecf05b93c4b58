"""The page of a node: attributes, tensors in and out, cost and documentation."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent

from inspector.analysis.attributes import (
    AttributeRow,
    SchemaInfo,
    node_attributes,
    schema_info,
)
from inspector.analysis.figures import Figures
from inspector.model.categories import CATEGORIES
from inspector.model.graph import Graph, TensorKind
from inspector.model.groups import GroupKind, Role
from inspector.model.tensors import Dim, TensorType
from inspector.ui.properties.sections import (
    Link,
    LinkKind,
    Page,
    Row,
    RowKind,
    Section,
    listed,
)
from inspector.ui.widgets.figures import count_text

_CONVOLUTIONS = frozenset(
    ("Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "FusedConv", "DeformConv")
)
_MOST_READERS = 4
_KIND_WORDS = {
    TensorKind.INPUT: "model input",
    TensorKind.WEIGHT: "weight",
    TensorKind.CONSTANT: "constant",
    TensorKind.UNDEFINED: "made by no node",
}
_ROLE_WORDS = {
    Role.SPLIT: "splits the input",
    Role.TILE: "block multiply (2DMM)",
    Role.SUM: "sums the K blocks",
    Role.CONCAT: "joins the blocks",
    Role.SCALE: "scales (alpha or beta)",
    Role.BIAS: "adds the bias",
    Role.SHAPE: "shapes the values",
}


def node_page(graph: Graph, figures: Figures | None, node: int) -> Page:
    """Everything about one node. Time grows with its own inputs, outputs and readers only."""
    proto = graph.protos[node]
    opsets = graph.network.opsets
    schema = schema_info(proto, opsets)
    attributes = node_attributes(proto, opsets)
    sections = [*_group_sections(graph, node)]
    sections.extend(_attribute_sections(graph, node, attributes))
    sections.append(_inputs(graph, node, schema))
    sections.append(_outputs(graph, node, schema))
    sections.append(Section("COST", cost_rows(figures, node)))
    if proto.doc_string:
        sections.append(Section("NOTE OF THE MODEL", (_document(proto.doc_string),)))
    if schema is not None and schema.doc.strip():
        sections.append(Section("DOCUMENTATION", (_document(schema.doc),), folded=True))
    return Page(
        title=proto.op_type,
        category=str(CATEGORIES[graph.categories[node]]),
        name=graph.names[node],
        subtitle=_subtitle(graph, node, schema),
        sections=tuple(sections),
    )


def cost_rows(figures: Figures | None, node: int) -> tuple[Row, ...]:
    """What a node costs, and the formula of its MACs."""
    if figures is None:
        return (Row("", "being counted"),)
    macs = int(figures.macs[node])
    read, write = int(figures.read_bytes[node]), int(figures.write_bytes[node])
    convention = f"{figures.convention} convention"
    return (
        Row("MACs", count_text(macs), (figures.explain(node),)),
        Row("read", count_text(read, "B"), tip=f"Bytes of all inputs, weights too; {convention}"),
        Row("write", count_text(write, "B"), tip="Bytes of all outputs"),
        Row("parameters", count_text(int(figures.parameters[node]))),
        Row("weights", count_text(int(figures.weight_bytes[node]), "B")),
        Row(
            "element ops",
            count_text(int(figures.element_operations[node])),
            tip="Element-wise and reduction operations, which are no MACs",
        ),
        Row("intensity", intensity_text(macs, read, write), tip="MACs per byte read or written"),
    )


def intensity_text(macs: int, read: int, write: int) -> str:
    """MACs per byte moved, or why there is no such figure."""
    if min(macs, read, write) < 0:
        return count_text(-1)
    moved = read + write
    return f"{macs / moved:.4g} MAC/B" if moved else "no bytes moved"


def type_parts(kind: TensorType) -> tuple[str, ...]:
    """Element type with shape, and bytes, in parts that may stand on lines of their own."""
    size = kind.nbytes
    return (kind.text(), count_text(-1 if size is None else size, "B" if size is not None else ""))


def consumer_row(graph: Graph, node: int, name: str = "→") -> Row:
    """A link to a node that reads a tensor."""
    link = Link(LinkKind.NODE, node)
    return Row(name, graph.names[node], (graph.op_types[node],), link, one_line=True)


def _subtitle(graph: Graph, node: int, schema: SchemaInfo | None) -> str:
    domain = graph.protos[node].domain or "ai.onnx"
    if schema is None:
        local = any(
            f.name == graph.op_types[node] and (f.domain or "ai.onnx") == domain
            for f in graph.network.functions
        )
        known = "function of this model" if local else "operator without a known schema"
        return f"{known} · {domain}"
    deprecated = " · deprecated" if schema.deprecated else ""
    return f"since opset {schema.since_version} · {domain}{deprecated}"


def _group_sections(graph: Graph, node: int) -> Iterator[Section]:
    number = int(graph.node_group[node])
    if number < 0:
        return
    group = graph.groups[number]
    link = Link(LinkKind.GROUP, number)
    mark = graph.marks.get(node)
    if mark is None:
        title = "CONTROL FLOW" if group.kind is GroupKind.CONTROL else "BODY"
        yield Section(title, (Row("in", group.title, link=link, one_line=True),))
        return
    rows = [
        Row("layer", group.title, link=link, one_line=True),
        Row("role", _ROLE_WORDS[mark.role]),
    ]
    if mark.role is Role.TILE:
        m, n, k = mark.block
        rows.append(Row("block", f"m {m} · n {n} · k {k}", tip="Block index along M, N and K"))
    if group.tiling is not None and group.tiling.origin:
        rows.append(Row("made from", group.tiling.origin[0], one_line=True))
    yield Section("TILED LAYER", tuple(rows))


def _attribute_sections(
    graph: Graph, node: int, attributes: tuple[AttributeRow, ...]
) -> Iterator[Section]:
    """Every attribute once: a convolution's geometry stands together with its sizes."""
    title, rows = "ATTRIBUTES", tuple(_attribute(row) for row in attributes)
    if graph.op_types[node] in _CONVOLUTIONS:
        geometry = _convolution(graph, node, attributes)
        yield Section("CONVOLUTION", geometry)
        told = {row.name for row in geometry}
        title, rows = "OTHER ATTRIBUTES", tuple(row for row in rows if row.name not in told)
    yield Section(title, rows or (Row("", "none"),))


def _attribute(row: AttributeRow) -> Row:
    doc = " ".join(dedent(row.doc).split())
    tip = f"{row.name} · {row.type_name}" + (f"\n{doc}" if doc else "")
    return Row(row.name, row.value, default=row.is_default, tip=tip)


def _convolution(graph: Graph, node: int, attributes: tuple[AttributeRow, ...]) -> tuple[Row, ...]:
    """The geometry of a convolution with every default filled in."""
    given = {row.name: row for row in attributes}
    read = _shape_at(graph, graph.node_inputs(node).tolist(), 0)
    weight = _shape_at(graph, graph.node_inputs(node).tolist(), 1)
    made = _shape_at(graph, graph.node_outputs(node).tolist(), 0)
    spatial = max(len(weight) - 2, len(read) - 2, 1)
    rows = [_from_to("channels", read, made, 1)]
    names = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}
    for axis, name in enumerate(names.get(spatial, ()), 2):
        rows.append(_from_to(name, read, made, axis))
    kernel = "×".join("?" if d is None else str(d) for d in weight[2:]) or "unknown"
    usual = {
        "kernel_shape": kernel,
        "strides": str([1] * spatial),
        "pads": str([0] * 2 * spatial),
        "dilations": str([1] * spatial),
        "group": "1",
    }
    for name, value in usual.items():
        row = given.get(name)
        if row is None or row.value == "not set":
            rows.append(Row(name, value, default=True))
        else:
            rows.append(_attribute(row))
    return tuple(rows)


def _shape_at(graph: Graph, tensors: list[int], index: int) -> tuple[Dim, ...]:
    tensor = tensors[index] if index < len(tensors) else -1
    return (graph.tensor_types[tensor].shape or ()) if tensor >= 0 else ()


def _from_to(name: str, read: tuple[Dim, ...], made: tuple[Dim, ...], axis: int) -> Row:
    before, after = (
        str(shape[axis]) if axis < len(shape) and shape[axis] is not None else "?"
        for shape in (read, made)
    )
    return Row(name, f"{before} → {after}", tip=f"{name} in → {name} out")


def _inputs(graph: Graph, node: int, schema: SchemaInfo | None) -> Section:
    tensors = list(enumerate(graph.node_inputs(node).tolist()))
    names = schema.input_name if schema is not None else _position
    rows = listed(tensors, lambda item: (_input(graph, item[1], names(item[0])),), "inputs")
    title = f"INPUTS · {len(tensors):,}" if len(tensors) > 3 else "INPUTS"
    return Section(title, rows or (Row("", "none"),))


def _position(index: int) -> str:
    return f"#{index}"


def _input(graph: Graph, tensor: int, name: str) -> Row:
    if tensor < 0:
        return Row(name, "left out")
    kind = TensorKind(int(graph.tensor_kinds[tensor]))
    parts = type_parts(graph.tensor_types[tensor])
    link: Link | None = None
    tip = ""
    if tensor in graph.weights:
        link, tip = Link(LinkKind.TENSOR, tensor), "Show this weight"
    elif graph.producers[tensor] >= 0:
        producer = int(graph.producers[tensor])
        link, tip = Link(LinkKind.NODE, producer), f"Made by {graph.names[producer]}"
    word = _KIND_WORDS.get(kind)
    return Row(
        name,
        graph.tensor_names[tensor],
        (*parts, word) if word else parts,
        link,
        tip=tip,
        one_line=True,
    )


def _outputs(graph: Graph, node: int, schema: SchemaInfo | None) -> Section:
    tensors = list(enumerate(graph.node_outputs(node).tolist()))
    names = schema.output_name if schema is not None else _position
    final = frozenset(graph.graph_outputs)
    rows = listed(
        tensors, lambda item: _output(graph, item[1], names(item[0]), item[1] in final), "outputs"
    )
    title = f"OUTPUTS · {len(tensors):,}" if len(tensors) > 3 else "OUTPUTS"
    return Section(title, rows or (Row("", "none"),))


def _output(graph: Graph, tensor: int, name: str, final: bool) -> Iterator[Row]:
    """A tensor and the nodes that read it; of many readers only how many, behind a row."""
    if tensor < 0:
        yield Row(name, "left out")
        return
    parts = type_parts(graph.tensor_types[tensor])
    shown = (*parts, "model output") if final else parts
    yield Row(name, graph.tensor_names[tensor], shown, one_line=True)
    readers = graph.tensor_consumers(tensor).tolist()
    few = readers if len(readers) <= _MOST_READERS else readers[:1]
    yield from (consumer_row(graph, reader) for reader in few)
    others = readers[len(few) :]
    if others:

        def rest() -> tuple[Row, ...]:
            return tuple(consumer_row(graph, reader) for reader in others)

        title = f"Show {len(others):,} more readers"
        yield Row("→", title, kind=RowKind.MORE, payload=rest)


def _document(text: str) -> Row:
    plain = dedent(text).strip()
    return Row("", plain, kind=RowKind.DOCUMENT)
