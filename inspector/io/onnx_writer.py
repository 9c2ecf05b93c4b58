"""Writes a network as .onnx, streaming its weights from wherever they lie.

The file is assembled on the wire: the header without its graph, then one graph field whose length
is computed ahead. So memory stays small whatever the size of the weights, and a weight is copied
once: from its source to the new file.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from onnx import GraphProto, ModelProto, TensorProto

from inspector.io.wire import length_prefix
from inspector.model.network import Network, node_chunks
from inspector.model.problems import Cancelled, ModelError
from inspector.model.weights import (
    Block,
    FileSlice,
    Inline,
    Missing,
    StoredFile,
    Weight,
    WeightUnavailable,
)

Progress = Callable[[float, str], None]
Cancel = Callable[[], bool]
Check = Callable[[Path], None]

PROTOBUF_LIMIT = (1 << 31) - 1
"""No protobuf message may be larger: such a model must keep its weights in an external file."""
_GRAPH = ModelProto.DESCRIPTOR.fields_by_name["graph"].number
_INITIALIZER = GraphProto.DESCRIPTOR.fields_by_name["initializer"].number
_RAW_DATA = TensorProto.DESCRIPTOR.fields_by_name["raw_data"].number
_EXTERNAL_BYTES = 1024
_ALIGNMENT = 64
_PIECE = 1 << 22


def is_external(network: Network) -> bool:
    """Whether a network's own weights lie outside the file that it was read from."""
    home = network.file.path if network.file else ""
    return any(file.path != home for file in source_files(network))


def source_files(network: Network) -> tuple[StoredFile, ...]:
    """The files that weights are read from, each once; of a block, its whole weight's file."""
    files: dict[int, StoredFile] = {}
    for weight in network.weights.values():
        source = weight.source
        while isinstance(source, Block):
            source = source.base.source
        if isinstance(source, FileSlice):
            files[id(source.file)] = source.file
    return tuple(files.values())


def require_other_file(network: Network, path: str | os.PathLike[str]) -> None:
    """Raises ModelError where saving to `path` would destroy the model's own external data."""
    home = network.file.path if network.file else ""
    for file in source_files(network):
        if file.path != home and Path(file.path).resolve() == Path(path).resolve():
            what = (
                f"{Path(path).name} holds the weights of this model and cannot be replaced by it."
            )
            raise ModelError(what, "Choose another name.")


def needs_external(network: Network) -> bool:
    """Whether a network is too large for a single file."""
    inline = sum(weight.stored_bytes + 256 for weight in network.weights.values())
    return inline + 512 * len(network.nodes) > PROTOBUF_LIMIT


def save_atomic(
    network: Network,
    path: str | os.PathLike[str],
    *,
    external: bool | None = None,
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
    check: Check | None = None,
) -> tuple[Path, ...]:
    """Writes beside `path`, forces it to disk, checks it, then replaces `path` in one step.

    `external` keeps weights in ``NAME.data`` beside the model; None keeps what the network has,
    and above 2 GB it is always so. `check` gets the new file's path and raises to refuse it.
    Returns the files written. Raises ModelError, Cancelled; then the old file is untouched.
    """
    # A link is written through, so that the link stays a link.
    target = Path(path).resolve()
    require_other_file(network, target)
    if external is None:
        external = is_external(network)
    external = external or needs_external(network)
    draft = _draft(target)
    data = target.with_name(_data_name(target)) if external else None
    data_draft = _draft(data) if data else None
    data_placed = False
    try:
        _require_space(network, target.parent)
        with open(draft, "xb") as handle:
            files = (handle, data.name if data else None, data_draft)
            _write(network, files, progress or _quiet, cancelled or _never)
        _copy_mode(target, draft)
        if data is not None and data_draft is not None:
            os.replace(data_draft, data)
            data_placed = True
        if check is not None:
            check(draft)
        if (cancelled or _never)():
            raise Cancelled
        os.replace(draft, target)
        _sync_folder(target.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "Choose another folder, or free some space."
        raise ModelError(f"{target} could not be written: {reason}.", hint) from None
    except WeightUnavailable as error:
        raise ModelError(f"{target.name} was not saved: {error}.") from None
    finally:
        if data_draft is not None:
            data_draft.unlink(missing_ok=True)
        if draft.exists():
            draft.unlink()
            if data is not None and data_placed:
                data.unlink(missing_ok=True)
    return (target, data) if data else (target,)


def remove_drafts(path: str | os.PathLike[str]) -> None:
    """Removes what a save to `path` left that was killed before it could clear up."""
    target = Path(path).resolve()
    name = re.escape(target.name)
    pattern = re.compile(rf"\.{name}(\.[0-9a-f]{{6}})?(\.data)?\.[0-9a-f]{{8}}\.part")
    with contextlib.suppress(OSError):
        for entry in list(target.parent.iterdir()):
            if pattern.fullmatch(entry.name):
                entry.unlink(missing_ok=True)


def _draft(final: Path) -> Path:
    """A hidden name beside a file, for writing it before it is put in place."""
    return final.with_name(f".{final.name}.{secrets.token_hex(4)}.part")


def _data_name(target: Path) -> str:
    """A new name for each save: the model names its data file, so neither may be half replaced."""
    plain = f"{target.name}.data"
    if not target.with_name(plain).exists():
        return plain
    return f"{target.name}.{secrets.token_hex(3)}.data"


def _require_space(network: Network, folder: Path) -> None:
    status = os.statvfs(folder) if hasattr(os, "statvfs") else None
    needed = sum(weight.stored_bytes for weight in network.weights.values())
    if status is not None and status.f_bavail * status.f_frsize < needed:
        free = status.f_bavail * status.f_frsize
        hint = "Free some space or choose another disk."
        raise ModelError(f"{folder} has {free:,} bytes free; {needed:,} are needed.", hint)


def _write(
    network: Network,
    files: tuple[BinaryIO, str | None, Path | None],
    progress: Progress,
    cancelled: Cancel,
) -> None:
    """Writes the model, and its data file where it has one: (model, data's name, data's draft)."""
    handle, data_name, data = files
    parts = wire_parts(network, data_name)
    total = sum(weight.stored_bytes for weight in network.weights.values()) or 1
    pieces = _counted(parts.pieces(), total, progress, cancelled)
    handle.writelines(pieces)
    _flush(handle)
    if data is not None:
        with open(data, "xb") as blob:
            pieces = _counted(parts.external_pieces(), total, progress, cancelled)
            blob.writelines(pieces)
            _flush(blob)


@dataclass(frozen=True)
class WireParts:
    """A model file as pieces that are ready to be written one after the other."""

    header: bytes
    graph_head: bytes
    nodes: tuple[bytes, ...]
    inline: tuple[tuple[bytes, Weight | None], ...]
    external: tuple[tuple[int, Weight], ...]
    """Offset in the data file and weight, in order."""

    @property
    def graph_bytes(self) -> int:
        """Length of the graph field."""
        weights = sum(len(head) + (w.stored_bytes if w else 0) for head, w in self.inline)
        return len(self.graph_head) + sum(map(len, self.nodes)) + weights

    def pieces(self) -> Iterator[bytes | memoryview]:
        """The bytes of the model file. Raises WeightUnavailable."""
        yield self.header
        yield length_prefix(_GRAPH, self.graph_bytes)
        yield self.graph_head
        yield from self.nodes
        for head, weight in self.inline:
            yield head
            if weight is not None:
                yield from weight.chunks(_PIECE)

    def external_pieces(self) -> Iterator[bytes | memoryview]:
        """The bytes of the data file. Raises WeightUnavailable."""
        at = 0
        for offset, weight in self.external:
            if offset > at:
                yield bytes(offset - at)
            yield from weight.chunks(_PIECE)
            at = offset + weight.stored_bytes


def wire_parts(network: Network, data_name: str | None = None) -> WireParts:
    """Takes a network apart for writing; with `data_name`, big weights go to that file.

    Raises ModelError where the file would be larger than protobuf allows.
    """
    header = ModelProto()
    header.CopyFrom(network.header)
    graph_head = header.graph.SerializeToString()
    header.ClearField("graph")
    inline: list[tuple[bytes, Weight | None]] = []
    external: list[tuple[int, Weight]] = []
    at = 0
    for weight in network.weights.values():
        if isinstance(weight.source, Missing):
            raise WeightUnavailable(f"{weight.name}: {weight.source.reason}")
        if not isinstance(weight.name, str):
            raise WeightUnavailable(f"the name {weight.name!r} of a weight is not valid UTF-8")
        if data_name and weight.stored_bytes > _EXTERNAL_BYTES:
            at = -(-at // _ALIGNMENT) * _ALIGNMENT
            inline.append((_external_entry(weight, data_name, at), None))
            external.append((at, weight))
            at += weight.stored_bytes
        else:
            inline.append(_inline_entry(weight))
    parts = WireParts(
        header.SerializeToString(),
        graph_head,
        tuple(node_chunks(network.nodes)),
        tuple(inline),
        tuple(external),
    )
    if parts.graph_bytes > PROTOBUF_LIMIT:
        raise ModelError("The model is larger than 2 GB and needs its weights in an external file.")
    return parts


def _inline_entry(weight: Weight) -> tuple[bytes, Weight | None]:
    if isinstance(weight.source, Inline):
        message = weight.source.tensor.SerializeToString()
        return length_prefix(_INITIALIZER, len(message)) + message, None
    head = _tensor(weight).SerializeToString() + length_prefix(_RAW_DATA, weight.stored_bytes)
    return length_prefix(_INITIALIZER, len(head) + weight.stored_bytes) + head, weight


def _external_entry(weight: Weight, location: str, offset: int) -> bytes:
    message: bytes = external_tensor(weight, location, offset).SerializeToString()
    return length_prefix(_INITIALIZER, len(message)) + message


def external_tensor(weight: Weight, location: str, offset: int) -> TensorProto:
    """The message of a weight whose values lie in another file."""
    tensor = _tensor(weight)
    tensor.data_location = TensorProto.EXTERNAL
    entries = {"location": location, "offset": offset, "length": weight.stored_bytes}
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def _tensor(weight: Weight) -> TensorProto:
    tensor = TensorProto(name=weight.name, data_type=weight.elem, dims=weight.shape)
    tensor.MergeFromString(weight.remarks)
    return tensor


def _counted(
    pieces: Iterable[bytes | memoryview], total: int, progress: Progress, cancelled: Cancel
) -> Iterator[bytes | memoryview]:
    done = 0
    for piece in pieces:
        if cancelled():
            raise Cancelled
        yield piece
        done += len(piece)
        progress(min(1.0, done / total), "Writing weights")


def _flush(handle: BinaryIO) -> None:
    handle.flush()
    os.fsync(handle.fileno())


def _copy_mode(old: Path, new: Path) -> None:
    with contextlib.suppress(OSError):
        os.chmod(new, stat.S_IMODE(old.stat().st_mode))


def _sync_folder(folder: Path) -> None:
    """Makes the replacement itself durable, where folders can be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _quiet(fraction: float, text: str) -> None:
    return None


def _never() -> bool:
    return False
