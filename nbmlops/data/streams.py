"""The digest of one column, fed piece by piece, and which of its rows are read.

A column is hashed as a few streams ("values"; "ends" and "text" of strings; "missing", the row
numbers of missing values). Each stream is a plain concatenation, so that it does not matter into
which chunks, blocks or slices the rows were cut when they came.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from xxhash import xxh3_128, xxh3_128_hexdigest

from nbmlops.records import Column

__all__ = [
    "BLOCKS",
    "BLOCK_BYTES",
    "COLUMN_BYTES",
    "SLAB_BYTES",
    "OpaqueReader",
    "Portion",
    "Ranges",
    "Reader",
    "Streams",
    "count_rows",
    "framed_digest",
    "read_column",
    "slabs",
]

Ranges = list[tuple[int, int]]  # rows, half-open, in their order

FORMAT = "1"  # of the digests; another number when what is hashed changes
SLAB_BYTES = 1 << 20  # a piece that is looked at twice stays in the cache
BLOCKS = 64
BLOCK_BYTES = 16 * 1024
SMALLEST_BLOCK_BYTES = 64
COLUMN_BYTES = 64 * 1024  # what a column costs besides its rows
FEWEST_COLUMNS = 16
NAME_LENGTH = 250


class Streams:
    """The streams of one column, or of the items inside of a nested one."""

    __slots__ = ("_hashers", "_inner", "missing", "partial", "rows", "text_bytes")

    def __init__(self) -> None:
        self._hashers: dict[str, Any] = {}
        self._inner: dict[str, Streams] = {}
        self.rows = 0  # fed so far
        self.text_bytes = 0  # fed so far
        self.missing: int | None = 0
        self.partial = False

    def add(self, name: str, data: Any) -> None:
        """Feed a C-contiguous buffer to the stream of this name; nothing for an empty one."""
        if not len(data):
            return
        hasher = self._hashers.get(name)
        if hasher is None:
            self._hashers[name] = xxh3_128(data)
        else:
            hasher.update(data)

    def inner(self, name: str) -> Streams:
        """The streams of what is inside: the items of a list, the field of a struct."""
        if name not in self._inner:
            self._inner[name] = Streams()
        return self._inner[name]

    @property
    def is_partial(self) -> bool:
        """True where something was not looked into."""
        return self.partial or any(each.is_partial for each in self._inner.values())

    def count_missing(self, count: int) -> None:
        """Add to the missing values, as long as they can be counted at all."""
        if self.missing is not None:
            self.missing += count

    def become(self, other: Streams) -> None:
        """Be what another one has been fed."""
        for name in Streams.__slots__:
            setattr(self, name, getattr(other, name))

    def digest(self, *facts: str) -> str:
        """The digest of all streams and of what is known besides their bytes."""
        parts = [FORMAT, *facts, str(self.rows)]
        for name in sorted(self._hashers):
            parts += [name, self._hashers[name].hexdigest()]
        for name in sorted(self._inner):
            parts += [name, self._inner[name].digest()]
        return framed_digest(parts)


def framed_digest(parts: Iterable[str]) -> str:
    """One digest of several texts, each with its length, so that none runs into the next."""
    framed = "".join([f"{len(part)}:{part}" for part in parts])
    return str(xxh3_128_hexdigest(framed.encode("utf-8", "surrogatepass")))


class OpaqueReader:
    """A column of a class that is not known here, out of reach, or one too many for a budget."""

    def __init__(self, dtype: str) -> None:
        self.dtype = self.identity = dtype
        self.length = self.row_bytes = self.work_bytes = self.size_bytes = 0

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Say that there is something that was not read."""
        streams.partial, streams.missing = True, None


class Reader(Protocol):
    """A column that can be read in pieces.

    `dtype` is shown, `identity` is what of the type makes a difference. `row_bytes` is what
    reading a row costs, `work_bytes` reading all, as the number of bytes that are hashed in the
    same time. A reader that has to look at something before its rows does so in `prepare`, which
    tells whether it saw all of it.
    """

    dtype: str
    identity: str
    length: int
    row_bytes: int
    work_bytes: int
    size_bytes: int

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these rows."""


@dataclass(frozen=True, slots=True)
class Portion:
    """How much of a column is read: all of it, or blocks that are spread evenly over it."""

    block_bytes: int | None = None

    @property
    def is_whole(self) -> bool:
        """True where everything is read."""
        return self.block_bytes is None

    @classmethod
    def within(cls, budget_bytes: int | None, readers: Collection[Reader]) -> Portion:
        """What of these columns can be read within the budget."""
        if budget_bytes is None:
            return cls()
        left = budget_bytes - COLUMN_BYTES * len(readers)
        if sum(reader.work_bytes for reader in readers) <= left:
            return cls()
        # What is sampled is put together first, which takes about as long as hashing it.
        fair = left // (2 * BLOCKS * max(len(readers), 1))
        return cls(max(SMALLEST_BLOCK_BYTES, min(BLOCK_BYTES, fair)))

    @staticmethod
    def columns(count: int, budget_bytes: int | None) -> Collection[int]:
        """Which of so many columns can be read within half of the budget, evenly spread."""
        most = count if budget_bytes is None else budget_bytes // (2 * COLUMN_BYTES)
        most = max(most, FEWEST_COLUMNS)
        if count <= most:
            return range(count)
        return {number * (count - 1) // (most - 1) for number in range(most)}

    def ranges(self, length: int, row_bytes: int) -> Ranges:
        """The rows to read."""
        if self.block_bytes is None or length * row_bytes <= BLOCKS * self.block_bytes:
            return [(0, length)]
        rows = max(1, self.block_bytes // max(row_bytes, 1))
        if length <= BLOCKS * rows:
            return [(0, length)]
        last = length - rows
        starts = [last * number // (BLOCKS - 1) for number in range(BLOCKS)]
        return [(start, start + rows) for start in starts]


def read_column(name: str, reader: Reader, portion: Portion) -> Column:
    """The fingerprint of one column. The digest of a part begins with "~"."""
    shown = name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"
    if isinstance(reader, OpaqueReader):
        return Column(shown, reader.dtype, "~")
    streams = Streams()
    prepare = getattr(reader, "prepare", None)
    is_whole = prepare is None or prepare(portion)
    ranges = portion.ranges(reader.length, reader.row_bytes)
    reader.feed(streams, ranges)
    is_whole = is_whole and len(ranges) == 1
    digest = streams.digest(reader.identity, str(reader.length))
    mark = "" if is_whole and not streams.is_partial else "~"
    return Column(shown, reader.dtype, mark + digest, streams.missing if is_whole else None)


def count_rows(ranges: Ranges) -> int:
    """How many rows there are in these ranges."""
    return sum(stop - start for start, stop in ranges)


def slabs(ranges: Ranges, row_bytes: int) -> Iterator[tuple[int, int]]:
    """The ranges, cut so that none is larger than about a megabyte."""
    rows = max(1, SLAB_BYTES // max(row_bytes, 1))
    for start, stop in ranges:
        for first in range(start, stop, rows):
            yield first, min(first + rows, stop)
