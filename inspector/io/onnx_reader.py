"""Reads .onnx files of any size without loading their weights.

A walk over the wire format takes the file apart: big weights become byte ranges of the file, nodes
are parsed in pieces so that no single call into protobuf is long, the rest is one small message.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, NodeProto, TensorProto

from inspector.io.external import external_source
from inspector.io.wire import LENGTH, Field, WireError, fields
from inspector.model.network import Network, declared_types
from inspector.model.problems import Cancelled, ModelError, Problem, Severity
from inspector.model.weights import FileSlice, Inline, Missing, StoredFile, Weight

Progress = Callable[[float, str], None]
Cancel = Callable[[], bool]

_GRAPH = ModelProto.DESCRIPTOR.fields_by_name["graph"].number
_NODE = GraphProto.DESCRIPTOR.fields_by_name["node"].number
_INITIALIZER = GraphProto.DESCRIPTOR.fields_by_name["initializer"].number
_RAW_DATA = TensorProto.DESCRIPTOR.fields_by_name["raw_data"].number
_INLINE_BYTES = 1024
"""Weights up to this size are kept in memory: they carry shapes and scalars."""
_CHUNK_BYTES = 1 << 18
_CHUNK_NODES = 512
_SIGNATURES = {
    b"PK\x03\x04": "a zip archive, such as a PyTorch .pt or .pt2 file",
    **{bytes([0x80, protocol]): "a Python pickle" for protocol in range(2, 6)},
    b"\x89HDF": "an HDF5 file, such as a Keras model",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"version https://git-lfs": "a Git LFS pointer, not the file itself; run git lfs pull",
}


@dataclass(frozen=True)
class Opened:
    """A network read from a file, and what is to be said of it."""

    network: Network
    problems: tuple[Problem, ...]


def read_onnx(
    path: str | os.PathLike[str],
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> Opened:
    """Reads a model. Raises ModelError where the file is no ONNX model, and Cancelled."""
    file = _stored_file(path)
    if file.size == 0:
        raise ModelError(f"{_name(path)} is empty.", "Export or download the model again.")
    with (
        open(path, "rb") as handle,
        mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as buffer,
    ):
        try:
            return _Reader(file, buffer, progress, cancelled).read()
        except (WireError, DecodeError) as error:
            raise ModelError(*_not_onnx(path, buffer, error)) from None


def _stored_file(path: str | os.PathLike[str]) -> StoredFile:
    try:
        if not os.fspath(path):
            raise ModelError("No file is named.", "Choose an .onnx file.")
        if not Path(path).is_file():
            what = "is a folder" if Path(path).is_dir() else "does not exist"
            raise ModelError(f"{path} {what}.", "Choose an .onnx file.")
        with open(path, "rb"):
            return StoredFile.of(Path(path).absolute())
    except OSError as error:
        hint = "Check the name and whether you may read the file."
        raise ModelError(f"{path} cannot be read: {error.strerror}.", hint) from None


def _name(path: str | os.PathLike[str]) -> str:
    return Path(path).name


def _not_onnx(path: str | os.PathLike[str], buffer: mmap.mmap, error: Exception) -> tuple[str, str]:
    head = buffer[:64]
    for signature, meaning in _SIGNATURES.items():
        if head.startswith(signature):
            return f"{_name(path)} is not an ONNX model but {meaning}.", "Choose an .onnx file."
    if _begins_like_onnx(buffer):
        return (
            f"{_name(path)} begins like an ONNX model but is damaged or cut off: {error}.",
            "Copy or download the file again.",
        )
    return f"{_name(path)} is not an ONNX model: {error}.", "Choose an .onnx file."


def _begins_like_onnx(buffer: mmap.mmap) -> bool:
    # ir_version is field 1, a small number; every exporter writes it first.
    return len(buffer) > 2 and buffer[0] == 0x08 and 1 <= buffer[1] < 0x40


@dataclass
class _Parts:
    """What the walk has collected."""

    model: bytearray = field(default_factory=bytearray)
    graph: bytearray = field(default_factory=bytearray)
    nodes: list[NodeProto] = field(default_factory=list)
    weights: dict[str, Weight] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class _Reader:
    def __init__(
        self,
        file: StoredFile,
        buffer: mmap.mmap,
        progress: Progress | None,
        cancelled: Cancel | None,
    ) -> None:
        self.file = file
        self.buffer = buffer
        self.progress = progress or (lambda fraction, text: None)
        self.cancelled = cancelled or (lambda: False)
        self.parts = _Parts()
        self.seen_graph = False

    def read(self) -> Opened:
        parts = self.parts
        for entry in fields(self.buffer, 0, len(self.buffer)):
            if entry.number == _GRAPH and entry.wire_type == LENGTH:
                self.seen_graph = True
                self._graph(entry)
            else:
                parts.model += self.buffer[entry.begin : entry.end]
        header = ModelProto.FromString(bytes(parts.model))
        header.graph.MergeFromString(bytes(parts.graph))
        self._require_model(header)
        network = Network(
            header, tuple(parts.nodes), parts.weights, declared_types(header.graph), self.file
        )
        if not parts.nodes:
            note = "The model has no nodes: its outputs are inputs or weights as they are."
            parts.problems.append(Problem(Severity.WARNING, note))
        return Opened(network, tuple(parts.problems))

    def _require_model(self, header: ModelProto) -> None:
        graph = header.graph
        if self.seen_graph and (header.ir_version or self.parts.nodes or graph.output):
            return
        raise WireError("it has no graph")

    def _graph(self, whole: Field) -> None:
        run_start, run_end, run_nodes = -1, -1, 0
        for entry in fields(self.buffer, whole.start, whole.end):
            is_node = entry.number == _NODE and entry.wire_type == LENGTH
            contiguous = is_node and run_start >= 0 and entry.begin == run_end
            full = run_nodes >= _CHUNK_NODES or run_end - run_start > _CHUNK_BYTES
            if run_start >= 0 and (not contiguous or full):
                self._nodes(run_start, run_end, whole)
                run_start = -1
            if is_node:
                run_start, run_nodes = (
                    (entry.begin, 1) if run_start < 0 else (run_start, run_nodes + 1)
                )
                run_end = entry.end
            elif entry.number == _INITIALIZER and entry.wire_type == LENGTH:
                self._initializer(entry)
            else:
                self.parts.graph += self.buffer[entry.begin : entry.end]
        if run_start >= 0:
            self._nodes(run_start, run_end, whole)

    def _nodes(self, start: int, end: int, whole: Field) -> None:
        if self.cancelled():
            raise Cancelled
        self.parts.nodes.extend(GraphProto.FromString(self.buffer[start:end]).node)
        self.progress((end - whole.start) / (whole.end - whole.start), "Reading nodes")

    def _initializer(self, entry: Field) -> None:
        if entry.end - entry.start <= _INLINE_BYTES:
            tensor = TensorProto.FromString(self.buffer[entry.start : entry.end])
            self._add(tensor, None)
            return
        kept = bytearray()
        raw: Field | None = None
        for part in fields(self.buffer, entry.start, entry.end):
            if part.number == _RAW_DATA and part.wire_type == LENGTH:
                raw = part
            else:
                kept += self.buffer[part.begin : part.end]
        self._add(TensorProto.FromString(bytes(kept)), raw)

    def _add(self, tensor: TensorProto, raw: Field | None) -> None:
        if self.cancelled():
            raise Cancelled
        name, shape = tensor.name, tuple(tensor.dims)
        if name in self.parts.weights:
            self._problem(f"Two initializers are called {name!r}; the last one counts.")
        source: FileSlice | Inline | Missing
        if tensor.data_location == TensorProto.EXTERNAL:
            source = external_source(tensor, Path(self.file.path))
            if isinstance(source, Missing):
                self._problem(f"Weight {name!r} has no values: {source.reason}.", Severity.ERROR)
        elif raw is not None:
            source = FileSlice(self.file, raw.start, raw.end - raw.start)
        else:
            source = Inline(tensor)
        remarks = TensorProto(doc_string=tensor.doc_string or None)
        remarks.metadata_props.extend(tensor.metadata_props)
        said = remarks.SerializeToString()
        weight = Weight(name, tensor.data_type, shape, source, said)
        self.parts.weights[name] = weight
        if weight.misfit:
            self._problem(f"Weight {name!r} is damaged: {weight.misfit}.", Severity.ERROR)

    def _problem(self, text: str, severity: Severity = Severity.WARNING) -> None:
        self.parts.problems.append(Problem(severity, text))
