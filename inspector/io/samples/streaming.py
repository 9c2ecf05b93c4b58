"""Writes a model straight to a file, drawing its weights a piece at a time.

A ModelProto with its weights would be held in memory twice (the arrays and the serialized
message). Here the small part is serialized by protobuf and the initializers are appended on the
wire, so that memory stays at one piece. Wire format: https://protobuf.dev/programming-guides/encoding
(a length-delimited field is its tag, its length as a varint, its bytes; fields of a message may
come in any order, and repeated ones may be split).
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
import onnx
from numpy.typing import NDArray

from inspector.io.samples.building import Architecture, UniformWeight
from inspector.io.samples.errors import SampleCancelled

PARTIAL_SUFFIX = ".part"

_LENGTH_DELIMITED = 2
_CHUNK = 1 << 18
_REPORT_EVERY = 1 << 22


def write_architecture(
    path: str | os.PathLike[str],
    architecture: Architecture,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Write the model with seeded random weights; ``path`` appears complete or not at all.

    Each weight has its own random stream, (seed, index of the weight), so that a tensor's values
    depend on neither the order of writing nor the piece size.

    Raises:
        SampleCancelled: ``cancelled()`` became true; nothing is left behind.
        OSError: the file cannot be written.
    """
    target = Path(path)
    total = sum(weight.size for weight in architecture.weights)
    done = reported = 0
    with atomic_file(target) as file:
        for piece, elements in _pieces(architecture, seed):
            file.write(piece)
            done += elements
            if done - reported >= _REPORT_EVERY or elements == 0:
                reported = done
                if cancelled is not None and cancelled():
                    raise SampleCancelled(f"Writing {target.name} was cancelled.")
                if progress is not None:
                    progress(done / total)
    if progress is not None:
        progress(1.0)


@contextmanager
def atomic_file(target: Path) -> Iterator[BinaryIO]:
    """A new binary file beside ``target`` that replaces it when the block ends without error."""
    partial = partial_path(target)
    try:
        with partial.open("xb") as file:
            yield file
        os.replace(partial, target)
    except BaseException:
        remove_partial(partial)
        raise


def partial_path(target: Path) -> Path:
    """A hidden name beside ``target`` that no other writer uses."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}{PARTIAL_SUFFIX}")


def remove_partial(partial: Path) -> None:
    """Remove an unfinished file or folder; one that is gone or locked is left."""
    if partial.is_dir():
        shutil.rmtree(partial, ignore_errors=True)
        return
    with suppress(OSError):
        partial.unlink()


def _pieces(architecture: Architecture, seed: int) -> Iterator[tuple[bytes | memoryview, int]]:
    """The file's bytes in order, each piece with the number of weight elements it holds."""
    head = onnx.ModelProto()
    head.CopyFrom(architecture.model)
    head.ClearField("graph")
    graph = architecture.model.graph.SerializeToString()
    headers = [_initializer_header(weight) for weight in architecture.weights]
    weight_bytes = sum(4 * weight.size for weight in architecture.weights)
    graph_length = len(graph) + sum(map(len, headers)) + weight_bytes
    graph_field = onnx.ModelProto.GRAPH_FIELD_NUMBER
    yield head.SerializeToString() + _field_start(graph_field, graph_length) + graph, 0
    for index, (weight, header) in enumerate(zip(architecture.weights, headers, strict=True)):
        yield header, 0
        for values in _draw(weight, np.random.SeedSequence([seed, index])):
            yield values.data, values.size


def _initializer_header(weight: UniformWeight) -> bytes:
    """Everything of a GraphProto.initializer entry up to its raw bytes."""
    tensor = onnx.TensorProto(dims=weight.shape, data_type=onnx.TensorProto.FLOAT, name=weight.name)
    raw_start = _field_start(onnx.TensorProto.RAW_DATA_FIELD_NUMBER, 4 * weight.size)
    body: bytes = tensor.SerializeToString() + raw_start
    length = len(body) + 4 * weight.size
    return _field_start(onnx.GraphProto.INITIALIZER_FIELD_NUMBER, length) + body


def _draw(weight: UniformWeight, seed: np.random.SeedSequence) -> Iterator[NDArray[np.float32]]:
    """Little-endian float32 values uniform in [-bound, bound); each piece reuses one buffer."""
    generator = np.random.Generator(np.random.SFC64(seed))
    buffer = np.empty(min(weight.size, _CHUNK), dtype=np.float32)
    scale = np.float32(2 * weight.bound)
    for start in range(0, weight.size, _CHUNK):
        values = buffer[: min(_CHUNK, weight.size - start)]
        generator.random(dtype=np.float32, out=values)
        values -= np.float32(0.5)
        values *= scale
        yield values.astype("<f4", copy=False)


def _field_start(number: int, length: int) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(length)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
