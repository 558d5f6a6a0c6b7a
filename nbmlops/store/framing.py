"""The frame around a journal record (format NBJ 1), and what is found in damaged bytes; pure.

    \\n1 LLLLLLLL CCCCCCCC {json}\\n

`1` is the format version, L the payload's length, C the CRC-32 of version, L and payload, both as
eight hex digits. JSON escapes newlines, so after damage a reader goes on at the next line; the
newline in front keeps a record whole even when the one before it was cut short, so writers need
no lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

__all__ = ["FRAMES", "MAX_RECORD_BYTES", "Scanned", "frame", "scan"]

MAX_RECORD_BYTES = 1 << 20
HEADER_BYTES = 20

# Frame and checksum seed by payload length: looked up, because formatting them costs as much as
# encoding the record.
FRAMES: tuple[tuple[bytes, int], ...] = tuple(
    (b"\n1 %08x %%08x %%b\n" % size, crc32(b"1%08x" % size)) for size in range(1024)
)


def frame(payload: bytes) -> bytes:
    """One journal record around an encoded payload."""
    size = len(payload)
    if size > MAX_RECORD_BYTES:
        raise ValueError(f"a record of {size} bytes is over {MAX_RECORD_BYTES}")
    if size < len(FRAMES):
        form, seed = FRAMES[size]
        return form % (crc32(payload, seed), payload)
    return b"\n1 %08x %08x %b\n" % (size, crc32(payload, crc32(b"1%08x" % size)), payload)


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
        if buffer[here] == 10:  # the newline in front of a record
            here += 1
            continue
        found = _record_at(buffer, here, size)
        if found is None:
            newline = buffer.find(b"\n", here)
            if newline < 0:
                yield Scanned("tail", here, size)
                return
            found = Scanned("bad", here, newline + 1)
        elif found.kind == "tail":
            yield found
            return
        yield found
        here = found.end


def _record_at(buffer: bytes, here: int, size: int) -> Scanned | None:
    header = buffer[here : here + HEADER_BYTES]
    if len(header) < HEADER_BYTES or header[1:2] + header[10:11] + header[19:20] != b"   ":
        return None
    try:
        length, checksum = int(header[2:10], 16), int(header[11:19], 16)
    except ValueError:
        return None
    end = here + HEADER_BYTES + length
    if length > MAX_RECORD_BYTES:
        return None
    if end >= size:
        # Whole or torn is not to be told before more bytes come, unless a newline says that
        # another record began inside of it.
        return Scanned("tail", here, size) if buffer.find(b"\n", here) < 0 else None
    payload = buffer[here + HEADER_BYTES : end]
    if buffer[end] != 10 or crc32(payload, crc32(header[:1] + header[2:10])) != checksum:
        return None
    version = chr(header[0])
    return Scanned("ok" if version in "01" else "future", here, end + 1, payload, version)
