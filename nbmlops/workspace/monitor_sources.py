"""What is new for a monitor: files that it has not seen, or rows that are later than its last.

Each batch is one look. What was looked at is a part of the monitor's state, and moves with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nbmlops.data.chunks import Every, times_of
from nbmlops.data.columns import Columns, columns_of
from nbmlops.data.scans import DataFile, tables_of
from nbmlops.errors import InvalidDataError, PathNotFoundError
from nbmlops.records import Monitor

__all__ = ["Batch", "new_batches"]

_ENDING = re.compile(r"(?i)(?<=.)\.(parquet|pq|csv|tsv|txt)(\.gz)?$")


Labelled = Callable[[Columns], Columns]


@dataclass(frozen=True)
class Batch:
    """Rows that are looked at together, how long they stand for, and what is seen after them."""

    label: str
    tables: Iterable[Any]
    days: float
    seen: Mapping[str, Any]
    late: tuple[Columns, ...] = ()  # rows that were looked at before, and have their label now


LATE = "late labels"


def new_batches(
    monitor: Monitor,
    every: Every,
    seen: Mapping[str, Any],
    names: Sequence[str] | None,
    labelled: Labelled | None = None,
) -> tuple[list[Batch], list[str]]:
    """The new batches in their order, and what is to be said about the source.

    `labelled` says which rows are waited for and have their label: of rows that were looked at
    before they alone are of interest, and come with the first batch.

    Raises InvalidDataError for a file that cannot be read.
    """
    if monitor.database is not None:
        from nbmlops.store.queries import query_tables

        assert monitor.time is not None
        tables = query_tables(monitor.database, monitor.source, seen.get("latest"))
        return _later_rows(monitor.time, [("the query", tables)], every, seen, labelled)
    try:
        files = _files(monitor.source)
    except PathNotFoundError:
        return [], [f"There is nothing in {monitor.source!r} yet."]
    if monitor.time is None:
        return _new_files(files, every, seen, names, labelled)
    read = ((file.name, tables_of(file, names)) for file in files)
    return _later_rows(monitor.time, read, every, seen, labelled)


def _files(source: str) -> list[DataFile]:
    from nbmlops.store.data_files import find_data_files

    return [DataFile(name, opened) for name, opened in find_data_files(source)]


def _with_late(
    batches: list[Batch], late: Sequence[Columns], seen: Mapping[str, Any]
) -> list[Batch]:
    """The batches, the first of which brings the late labels; one of its own where there is none.

    That one stands for no time, so that it takes nothing of the budget.
    """
    late = tuple(each for each in late if each.row_count)
    if not late:
        return batches
    if not batches:
        return [Batch(LATE, (), 0.0, seen, late)]
    return [replace(batches[0], late=late), *batches[1:]]


def _new_files(
    files: Sequence[DataFile],
    every: Every,
    seen: Mapping[str, Any],
    names: Sequence[str] | None,
    labelled: Labelled | None,
) -> tuple[list[Batch], list[str]]:
    known = dict(seen.get("files", {}))
    batches, notes, changed = [], [], []
    late: list[Columns] = []
    for file in files:
        size = _size(file)
        if file.name in known:
            if known[file.name] != size:
                changed.append(file.name)
                if labelled is not None:  # read again for its labels, and for nothing else
                    known[file.name] = size
                    late += [labelled(columns_of(table)) for table in tables_of(file, names)]
            continue
        known[file.name] = size
        label = _ENDING.sub("", file.name.replace("\\", "/").rpartition("/")[2])
        days = every.seconds / 86_400
        batches.append(Batch(label, _Rows(file, None), days, {**seen, "files": dict(known)}))
    if changed:
        more = f" and {len(changed) - 1:,} more" if len(changed) > 1 else ""
        said = "rows that were added are" if labelled is not None else "what was added is"
        notes.append(
            f"{changed[0]!r}{more} changed since it was looked at; {said} not counted. "
            "Name the column of times (--time) for files that grow."
        )
    # What a batch has seen was written down before the files after it were found to have changed.
    batches = [replace(each, seen={**seen, "files": _upto(each, known)}) for each in batches]
    return _with_late(batches, late, {**seen, "files": known}), notes


def _upto(batch: Batch, known: Mapping[str, int]) -> dict[str, int]:
    """The files that this batch and those before it have seen, as large as they are now."""
    return {name: known[name] for name in batch.seen["files"]}


def _size(file: DataFile) -> int:
    with file.open() as stream:
        return int(stream.seek(0, 2))


class _Rows:
    """The tables of a file, read when they are iterated."""

    def __init__(self, file: DataFile, names: Sequence[str] | None) -> None:
        self._file, self._names = file, names

    def __iter__(self) -> Iterator[Any]:
        return iter(tables_of(self._file, self._names))


def _later_rows(
    time: str,
    sources: Iterable[tuple[str, Iterable[Any]]],
    every: Every,
    seen: Mapping[str, Any],
    labelled: Labelled | None,
) -> tuple[list[Batch], list[str]]:
    latest = float(seen["latest"]) if seen.get("latest") is not None else -np.inf
    parts: dict[int, list[Columns]] = {}
    ends: dict[int, float] = {}
    late: list[Columns] = []
    timeless = 0
    for name, tables in sources:
        for table in tables:
            columns = columns_of(table)
            if not columns.row_count:
                continue
            times = times_of(columns, time, name)
            if not times.is_clock:
                problem = f"its column {time!r} has numbers and no times"
                raise InvalidDataError(name, problem)
            timeless += int(np.isnan(times.seconds).sum())
            if labelled is not None:
                late.append(labelled(columns.take(np.flatnonzero(times.seconds <= latest))))
            places = np.flatnonzero(times.seconds > latest)
            seconds = times.seconds[places]
            chunks = every.chunk_of(seconds)
            for chunk in np.unique(chunks).tolist():
                mine = chunks == chunk
                parts.setdefault(chunk, []).append(columns.take(places[mine]))
                ends[chunk] = max(ends.get(chunk, -np.inf), float(seconds[mine].max()))
    batches, before = [], latest
    usual = every.seconds / 86_400
    for chunk in sorted(parts):
        days = min((ends[chunk] - before) / 86_400, usual) if np.isfinite(before) else usual
        batches.append(
            Batch(every.label_of(chunk), parts[chunk], days, {**seen, "latest": ends[chunk]})
        )
        before = ends[chunk]
    notes = [f"{timeless:,} rows have no time in {time!r} and are in no look."] if timeless else []
    return _with_late(batches, late, seen), notes
