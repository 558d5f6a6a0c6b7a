"""The frame around a journal record (format NBJ 1), and what is found in damaged bytes; pure.

    {json}CCCCCCCCCCC=\\n

C is the XXH3-64 of the JSON, in base64. JSON escapes newlines, so after damage a reader goes on at
the next line; a record that follows one that was cut short is found inside of the line that both
make, so writers need no lock and know nothing of what they wrote before. Records of a later
version begin with its number. Of all frames that were tried this is the cheapest that is text:
three calls into C, none of which formats anything.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from xxhash import xxh3_64_digest

__all__ = ["MAX_RECORD_BYTES", "Scanned", "frame", "scan"]

MAX_RECORD_BYTES = 1 << 20
CHECKSUM_BYTES = 12

# How each of our records begins: what `log` writes in a loop, and all else.
_BEGINNING = re.compile(rb'\[\d+,\d+,"|\{"s":')
_LATER = re.compile(rb"(\d+)[\[{]")
_VERSION_0 = re.compile(rb"0 ([0-9a-f]{8}) ([0-9a-f]{8}) ")


def frame(payload: bytes) -> bytes:
    """One journal record around an encoded payload."""
    if len(payload) > MAX_RECORD_BYTES:
        raise ValueError(f"a record of {len(payload)} bytes is over {MAX_RECORD_BYTES}")
    return payload + b2a_base64(xxh3_64_digest(payload))


@dataclass(frozen=True, slots=True)
class Scanned:
    """A stretch of a journal: `ok` with its payload, `bad` bytes, a `future` version, or the
    `tail` that may still be being written."""

    kind: str
    start: int
    end: int
    payload: bytes = b""
    version: str = "1"


def scan(buffer: bytes) -> Iterator[Scanned]:
    """What stands in these bytes of a journal, in order; an incomplete end comes as `tail`."""
    here, size = 0, len(buffer)
    while here < size:
        end = buffer.find(b"\n", here) + 1
        if not end:
            yield Scanned("tail", here, size)
            return
        if end - here > 1:  # an empty line says nothing
            yield from _line(buffer, here, end)
        here = end


def _line(buffer: bytes, start: int, end: int) -> Iterator[Scanned]:
    """The record of a line; where it is none, one that begins inside of it and what precedes it."""
    payload = _payload(buffer, start, end)
    if payload is not None:
        number = _LATER.match(payload)
        if number is None:
            yield Scanned("ok", start, end, payload)
        else:
            yield Scanned("future", start, end, payload, number[1].decode("ascii"))
        return
    if (payload := _version_0(buffer[start:end])) is not None:
        yield Scanned("ok", start, end, payload, "0")
        return
    for beginning in _BEGINNING.finditer(buffer, start + 1, end):
        inside = beginning.start()
        if (payload := _payload(buffer, inside, end)) is not None:
            yield Scanned("bad", start, inside)
            yield Scanned("ok", inside, end, payload)
            return
    yield Scanned("bad", start, end)


def _payload(buffer: bytes, start: int, end: int) -> bytes | None:
    """The JSON between here and the end of the line, if the checksum is its own."""
    behind = end - 1 - CHECKSUM_BYTES
    if not start < behind <= start + MAX_RECORD_BYTES:
        return None
    payload = buffer[start:behind]
    return payload if b2a_base64(xxh3_64_digest(payload)) == buffer[behind:end] else None


def _version_0(line: bytes) -> bytes | None:
    """The JSON of `0 LLLLLLLL CCCCCCCC {json}\\n`, with its length and a CRC-32."""
    header = _VERSION_0.match(line)
    if header is None:
        return None
    payload = line[header.end() : -1]
    length, checksum = int(header[1], 16), int(header[2], 16)
    right = len(payload) == length and crc32(payload, crc32(b"0" + header[1])) == checksum
    return payload if right else None
