"""A walk over protobuf's wire format that finds where things are without reading them.

Only tags and lengths are looked at, so a gigabyte of weights costs nothing. Every length is
checked against its enclosing message.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import NamedTuple

Buffer = bytes | mmap.mmap | memoryview

VARINT, FIXED64, LENGTH, GROUP_START, GROUP_END, FIXED32 = range(6)
_LONGEST_VARINT = 10


class WireError(ValueError):
    """Bytes that are not a protobuf message; says at which byte."""


class Field(NamedTuple):
    """One field of a message: its bytes are `begin:end`, its payload `start:end`."""

    number: int
    wire_type: int
    begin: int
    start: int
    end: int


def varint(buffer: Buffer, at: int, limit: int) -> tuple[int, int]:
    """The unsigned number at `at` and the position after it. Raises WireError."""
    value = shift = 0
    for position in range(at, min(limit, at + _LONGEST_VARINT)):
        byte = buffer[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position + 1
        shift += 7
    raise WireError(f"a number at byte {at:,} does not end")


def fields(buffer: Buffer, start: int, end: int) -> Iterator[Field]:
    """The fields of the message in `start:end`. Raises WireError."""
    at = start
    while at < end:
        begin = at
        tag, at = (buffer[at], at + 1) if buffer[at] < 0x80 else varint(buffer, at, end)
        number, wire_type = tag >> 3, tag & 7
        payload = at
        if wire_type == LENGTH:
            length, payload = varint(buffer, at, end)
            at = payload + length
        elif wire_type == VARINT:
            _, at = varint(buffer, at, end)
        elif wire_type == FIXED64:
            at += 8
        elif wire_type == FIXED32:
            at += 4
        else:
            raise WireError(f"byte {begin:,} does not begin a field")
        if number == 0 or at > end:
            raise WireError(f"a field at byte {begin:,} reaches past the end of its message")
        yield Field(number, wire_type, begin, payload, at)


def encode_varint(value: int) -> bytes:
    """The wire form of an unsigned number."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def length_prefix(number: int, length: int) -> bytes:
    """Tag and length that precede a length-delimited field."""
    return encode_varint(number << 3 | LENGTH) + encode_varint(length)
