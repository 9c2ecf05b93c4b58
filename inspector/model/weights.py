"""Weights that stay where they are until somebody reads them.

A weight knows its name, element type, shape and a source: a byte range of a file, a small tensor
kept in memory, or a block cut out of another weight. Reading a file source gives a view into a
memory map; nothing is loaded ahead.
"""

from __future__ import annotations

import math
import mmap
import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, numpy_helper

from inspector.model.dtypes import dtype

Array = npt.NDArray[Any]


class WeightUnavailable(Exception):
    """The values of a weight cannot be read; the message says why."""


@dataclass
class StoredFile:
    """Where the bytes of an opened file now are.

    A save over the opened file moves the old bytes aside and points `path` at their new place, so
    that every revision that refers to them can still read them. `size` and `mtime_ns` tell
    whether somebody else has changed the file since.
    """

    path: str
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> StoredFile:
        """The identity of a file as it is now. Raises OSError if it cannot be read."""
        status = os.stat(path)
        return cls(os.fspath(path), status.st_size, status.st_mtime_ns)

    def check(self) -> None:
        """Raises WeightUnavailable if the file is gone or is no longer the one opened."""
        try:
            status = os.stat(self.path)
        except OSError as error:
            raise WeightUnavailable(
                f"{self.path} can no longer be read: {error.strerror}"
            ) from None
        if status.st_size != self.size or status.st_mtime_ns != self.mtime_ns:
            raise WeightUnavailable(
                f"{self.path} was changed by another program since it was opened"
            )


_CHECK_EVERY_S = 0.1


class _Maps:
    """The most recently used memory maps, so that reading a block does not map its file again."""

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._maps: OrderedDict[tuple[str, int, int], Array] = OrderedDict()
        self._checked: dict[tuple[str, int, int], float] = {}
        self._lock = Lock()

    def get(self, file: StoredFile) -> Array:
        key = (file.path, file.size, file.mtime_ns)
        # Reading a map past the end of a file cut short would end the process. Thousands of
        # blocks are read in a row, so the file is looked at only every so often.
        now = monotonic()
        if now - self._checked.get(key, -_CHECK_EVERY_S) >= _CHECK_EVERY_S:
            file.check()
            self._checked[key] = now
        with self._lock:
            found = self._maps.get(key)
            if found is not None:
                self._maps.move_to_end(key)
                return found
            try:
                with open(file.path, "rb") as handle:
                    mapped = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
            except (OSError, ValueError) as error:
                raise WeightUnavailable(f"{file.path} cannot be read: {error}") from None
            view: Array = np.frombuffer(mapped, np.uint8)
            self._maps[key] = view
            while len(self._maps) > self._most:
                self._maps.popitem(last=False)
            return view

    def clear(self) -> None:
        with self._lock:
            self._maps.clear()
            self._checked.clear()


_MAPS = _Maps()


def release_maps() -> None:
    """Lets go of every memory map that nothing else holds."""
    _MAPS.clear()


class Source(Protocol):
    """Where the values of a weight come from."""

    def read(self, weight: Weight) -> Array:
        """The values, shaped as the weight says. Raises WeightUnavailable."""


@dataclass(frozen=True, slots=True)
class FileSlice:
    """`length` little-endian bytes at `offset` of a file."""

    file: StoredFile
    offset: int
    length: int

    def raw(self) -> Array:
        """The bytes, uint8[length], as a view into the memory map."""
        if self.length == 0:
            return np.zeros(0, np.uint8)
        whole = _MAPS.get(self.file)
        if self.offset < 0 or self.offset + self.length > whole.size:
            raise WeightUnavailable(
                f"{Path(self.file.path).name} ends before byte {self.offset + self.length:,}"
            )
        return whole[self.offset : self.offset + self.length]

    def read(self, weight: Weight) -> Array:
        kind = dtype(weight.elem)
        if min(weight.shape, default=0) < 0:
            raise WeightUnavailable(f"{weight.name}: its shape has a negative size")
        if kind.nbytes(weight.elements) != self.length:
            raise WeightUnavailable(
                f"{weight.name}: {self.length:,} bytes are stored, "
                f"{kind.nbytes(weight.elements):,} belong to its shape"
            )
        if kind.bits % 8 or kind.numpy is None:
            return _decoded(weight, self.raw().tobytes())
        return self.raw().view(kind.numpy).reshape(weight.shape)


@dataclass(frozen=True, slots=True)
class Inline:
    """A tensor message kept in memory: small values, and the typed fields of old files."""

    tensor: TensorProto

    def read(self, weight: Weight) -> Array:
        if self.tensor.data_location == TensorProto.EXTERNAL:
            raise WeightUnavailable(f"{weight.name}: external data is read for initializers only")
        try:
            return np.asarray(numpy_helper.to_array(self.tensor))
        except (ValueError, TypeError, KeyError) as error:
            raise WeightUnavailable(f"{weight.name}: {error}") from None


@dataclass(frozen=True, slots=True)
class Block:
    """Rows and columns cut out of a two-dimensional weight.

    Ranges count in the base's own axes; `transpose` swaps the axes of the block after cutting,
    and zeros fill it up to the weight's shape at the end of either axis.
    """

    base: Weight
    rows: tuple[int, int]
    columns: tuple[int, int]
    transpose: bool = False

    def read(self, weight: Weight) -> Array:
        base = self.base.array()
        cut = base[self.rows[0] : self.rows[1], self.columns[0] : self.columns[1]]
        block = cut.T if self.transpose else cut
        if block.shape == weight.shape:
            return np.ascontiguousarray(block)
        padded = np.zeros(weight.shape, block.dtype)
        padded[: block.shape[0], : block.shape[1]] = block
        return padded


@dataclass(frozen=True, slots=True)
class Missing:
    """Values that cannot be had: external data that is not there, or not allowed."""

    reason: str

    def read(self, weight: Weight) -> Array:
        raise WeightUnavailable(f"{weight.name}: {self.reason}")


@dataclass(frozen=True, slots=True)
class Weight:
    """A named constant of a graph."""

    name: str
    elem: int
    shape: tuple[int, ...]
    source: Source = field(repr=False)
    remarks: bytes = field(repr=False, default=b"")
    """What else the file says of it (doc_string, metadata), a serialized TensorProto."""

    @property
    def elements(self) -> int:
        """Number of elements; 0 where the shape has a negative size, which no tensor can have."""
        return math.prod(self.shape) if min(self.shape, default=0) >= 0 else 0

    @property
    def nbytes(self) -> int:
        """Bytes of the values, packed."""
        return dtype(self.elem).nbytes(self.elements)

    @property
    def misfit(self) -> str:
        """What is wrong where the stored bytes are not those of the shape; empty where they are."""
        stored = 0
        if isinstance(self.source, FileSlice):
            stored = self.source.length
        elif isinstance(self.source, Inline):
            stored = len(self.source.tensor.raw_data)
        bits = dtype(self.elem).bits
        if any(dim < 0 for dim in self.shape):
            return "its shape has a negative size"
        if not bits or not stored or stored == self.nbytes:
            return ""
        return f"{stored:,} bytes are stored, {self.nbytes:,} belong to its shape"

    @property
    def stored_bytes(self) -> int:
        """Bytes that `chunks` gives; a slice of a file keeps its length whatever its shape."""
        return self.source.length if isinstance(self.source, FileSlice) else self.nbytes

    def array(self) -> Array:
        """The values; a read-only view of the file where possible. Raises WeightUnavailable."""
        return self.source.read(self)

    def chunks(self, size: int = 1 << 24) -> Iterator[bytes | memoryview]:
        """The packed little-endian bytes in pieces of at most `size`, for writing to a file."""
        raw = self.source.raw() if isinstance(self.source, FileSlice) else packed_bytes(self)
        view = memoryview(raw)  # type: ignore[arg-type]
        for start in range(0, len(view), size):
            yield view[start : start + size]


def packed_bytes(weight: Weight) -> Array:
    """The values of a weight as ONNX's raw_data holds them, uint8[nbytes]."""
    values = weight.array()
    if dtype(weight.elem).bits % 8:
        packed = numpy_helper.from_array(values).raw_data
        return np.frombuffer(packed, np.uint8)
    return np.ascontiguousarray(values).reshape(-1).view(np.uint8)


def _decoded(weight: Weight, raw: bytes) -> Array:
    tensor = TensorProto(data_type=weight.elem, dims=weight.shape, raw_data=raw)
    return Inline(tensor).read(weight)
