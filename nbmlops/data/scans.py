"""CSV and Parquet files → profiles, in memory that does not grow with the rows.

Files that are small beside memory are read whole, so that comparisons are exact. Larger ones are
read piece by piece; the pieces' profiles are merged two by two, as one counts in binary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from nbmlops.data.profile import ColumnProfile, Profile, merge_profiles, profile_of
from nbmlops.data.profile_files import MAGIC, profile_from_bytes
from nbmlops.errors import InvalidDataError

__all__ = ["DataFile", "Pieces", "profile_files", "tables_of"]

WHOLE_BYTES = 256 << 20  # of values: what is smaller is read at once
PIECE_ROWS = 1 << 18
CSV_PIECE_BYTES = 8 << 20
STREAM_GRID = 16_384  # points while pieces are merged; 4,096 of them are kept


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of data: its name, and how it is opened."""

    name: str
    open: Callable[[], IO[bytes]]


def profile_files(
    files: Sequence[DataFile], source: str, columns: Iterable[str] | None = None
) -> Profile:
    """The profile of all rows of these files, which have the same columns.

    Raises InvalidDataError for a file that is neither Parquet, CSV nor a profile, or is damaged.
    """
    wanted = None if columns is None else list(columns)
    pieces = Pieces()
    for file in files:
        with file.open() as stream:
            head = stream.read(4)
            stream.seek(0)
            if head == MAGIC:
                pieces.add(profile_from_bytes(stream.read(), file.name))
                continue
            for table in _tables(file.name, head, stream, wanted, alone=len(files) == 1):
                pieces.add(profile_of(table, wanted))
    whole = pieces.whole()
    return replace(whole, source=source)


def tables_of(file: DataFile, columns: Sequence[str] | None = None) -> Iterator[Any]:
    """The rows of one file as Arrow tables, piece by piece.

    Raises InvalidDataError for a file that has no rows that can be read, as a profile.
    """
    with file.open() as stream:
        head = stream.read(4)
        stream.seek(0)
        if head == MAGIC:
            hint = "Give the data themselves."
            raise InvalidDataError(file.name, "it is a profile, which keeps no rows", hint=hint)
        yield from _tables(
            file.name, head, stream, None if columns is None else list(columns), alone=True
        )


class Pieces:
    """Profiles that arrive one by one; of each size at most one is kept."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, Profile]] = []

    def add(self, profile: Profile) -> None:
        """Take in the profile of one more piece."""
        level = 0
        while self._kept and self._kept[-1][0] == level:
            _, before = self._kept.pop()
            profile = merge_profiles([_grids(before), _grids(profile)], STREAM_GRID)
            level += 1
        # While there is one piece it keeps its rows, for it may be all.
        self._kept = [(each, _grids(one)) for each, one in self._kept]
        self._kept.append((level, _grids(profile) if level or self._kept else profile))

    def whole(self) -> Profile:
        """The profile of all pieces, of which there is at least one."""
        profiles = [profile for _, profile in self._kept]
        return profiles[0] if len(profiles) == 1 else merge_profiles(profiles)


def _grids(profile: Profile) -> Profile:
    def thinner(column: ColumnProfile) -> ColumnProfile:
        if column.numbers is None or column.numbers.raw is None:
            return column
        return replace(column, numbers=column.numbers.grid(STREAM_GRID))

    return replace(profile, columns=tuple(map(thinner, profile.columns)))


def _tables(
    name: str, head: bytes, stream: IO[bytes], wanted: list[str] | None, *, alone: bool
) -> Iterator[Any]:
    import pyarrow as pa

    try:
        if head == b"PAR1":
            yield from _parquet(stream, wanted)
        elif name.lower().removesuffix(".gz").endswith((".csv", ".tsv", ".txt")):
            yield from _csv(name, stream, wanted)
        else:
            hint = "Files end with .parquet, .csv or .tsv."
            raise InvalidDataError(name, "it is neither Parquet nor CSV", hint=hint)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as problem:
        told = str(problem).partition("\n")[0][:160].rstrip(".")
        raise InvalidDataError(name, f"it cannot be read ({told})") from None


def _parquet(stream: IO[bytes], wanted: list[str] | None) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # What is fetched ahead stays in memory until the end of the file.
    file = pq.ParquetFile(stream, pre_buffer=False)
    known = set(file.schema_arrow.names)
    columns = None if wanted is None else [name for name in wanted if name in known]
    meta = file.metadata
    size = sum(meta.row_group(place).total_byte_size for place in range(meta.num_row_groups))
    if size <= WHOLE_BYTES:
        yield file.read(columns=columns)
        return
    for batch in file.iter_batches(PIECE_ROWS, columns=columns):
        yield pa.Table.from_batches([batch])


def _csv(name: str, stream: IO[bytes], wanted: list[str] | None) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv

    separator = "\t" if name.lower().removesuffix(".gz").endswith(".tsv") else ","
    parse = csv.ParseOptions(delimiter=separator, newlines_in_values=True)
    convert = csv.ConvertOptions(strings_can_be_null=True)
    packed = name.lower().endswith(".gz")
    if packed:
        stream = pa.CompressedInputStream(stream, "gzip")
        size = WHOLE_BYTES + 1
    else:
        size = stream.seek(0, 2)
        stream.seek(0)
    if not size:
        raise InvalidDataError(name, "it is empty")
    if size <= WHOLE_BYTES:
        yield csv.read_csv(stream, parse_options=parse, convert_options=convert)
        return
    read = csv.ReadOptions(block_size=CSV_PIECE_BYTES)
    with csv.open_csv(stream, read, parse, convert) as reader:
        for batch in reader:
            yield pa.Table.from_batches([batch])
