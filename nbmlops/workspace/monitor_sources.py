"""What is new for a monitor: files that it has not seen, or rows that it has not.

Each batch is one look. What was looked at is a part of the monitor's state, and moves with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nbmlops.data.chunks import Every, times_of
from nbmlops.data.columns import Columns, columns_of
from nbmlops.data.scans import DataFile, tables_of
from nbmlops.errors import InvalidDataError, InvalidError, InvalidOptionError, PathNotFoundError
from nbmlops.records import Monitor
from nbmlops.workspace.monitor_rows import Mark, NewRows, later_counts, new_rows

__all__ = ["Batch", "News", "check_times", "new_batches"]

_ENDING = re.compile(r"(?i)(?<=.)\.(parquet|pq|csv|tsv|txt)(\.gz)?$")
MOST_FILES = 20_000  # that are known, those that were there last
LATE = "late labels"
Labelled = Callable[[Columns], Columns]


@dataclass(frozen=True)
class Batch:
    """Rows that are looked at together, and how long they stand for."""

    label: str
    tables: Iterable[Any]
    days: float
    late: tuple[Columns, ...] = ()  # rows that were looked at before, and have their label now
    file: str = ""  # the one that it is, where it is read only when it is looked at


@dataclass
class News:
    """The new batches in their order, what is said about the source, and what is seen after them.

    `unread` are the files that cannot be read, with the reason.
    """

    batches: list[Batch]
    seen: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    unread: dict[str, InvalidError] = field(default_factory=dict)

    def cannot_read(self, file: str, problem: InvalidError) -> None:
        """Take a file for one that has not been there: it is read again at the next look."""
        self.unread[file] = problem
        self.seen.get("files", {}).pop(file, None)

    def told(self) -> tuple[str, ...]:
        """All there is to say of the source."""
        found = [
            f"{file!r} cannot be read and is in no look; it is tried again at the next one. "
            f"{problem.message}"
            for file, problem in self.unread.items()
        ]
        return (*found, *self.notes)


def new_batches(
    monitor: Monitor,
    every: Every,
    seen: Mapping[str, Any],
    names: Sequence[str] | None,
    labelled: Labelled | None = None,
) -> News:
    """What is new in the source of a monitor that has `seen` what it has.

    `labelled` says which rows are waited for and have their label: of rows that were looked at
    before they alone are of interest, and come with the first batch.

    Raises InvalidDataError for the answer of a query that cannot be used.
    """
    if monitor.database is not None:
        return _of_query(monitor, every, seen, labelled)
    try:
        files = _files(monitor.source)
    except PathNotFoundError:
        return News([], dict(seen), [f"There is nothing in {monitor.source!r} yet."])
    if monitor.time is None:
        return _new_files(files, every, seen, names, labelled)
    return _new_rows(monitor.time, files, every, seen, names, labelled)


def check_times(monitor: Monitor) -> None:
    """Raise InvalidOptionError or InvalidDataError where files of the source have no such times.

    The first one is looked at; a source may be empty yet, and a file may be damaged.
    """
    if monitor.time is None or monitor.database is not None:
        return
    try:
        file = _files(monitor.source)[0]
        table = next(tables_of(file, [monitor.time]), None)
    except (PathNotFoundError, InvalidDataError):
        return
    if table is not None and not times_of(columns_of(table), monitor.time, file.name).is_clock:
        raise InvalidOptionError(monitor.time, f"in {file.name!r} it has numbers and no times")


def _files(source: str) -> list[DataFile]:
    from nbmlops.store.data_files import find_data_files

    return [DataFile(name, opened) for name, opened in find_data_files(source)]


def _with_late(batches: list[Batch], late: Sequence[Columns]) -> list[Batch]:
    """The batches, the first of which brings the late labels; one of its own where there is none.

    That one stands for no time, so that it takes nothing of the budget.
    """
    late = tuple(each for each in late if each.row_count)
    if not late:
        return batches
    if not batches:
        return [Batch(LATE, (), 0.0, late)]
    return [replace(batches[0], late=late), *batches[1:]]


def _new_files(
    files: Sequence[DataFile],
    every: Every,
    seen: Mapping[str, Any],
    names: Sequence[str] | None,
    labelled: Labelled | None,
) -> News:
    known = dict(seen.get("files", {}))
    news = News([], {**seen, "files": known})
    changed: list[str] = []
    late: list[Columns] = []
    for file in files:
        size = _size(file)
        if file.name in known:
            if known[file.name] != size:
                try:
                    if labelled is not None:  # read again for its labels, and for nothing else
                        late += [labelled(columns_of(table)) for table in tables_of(file, names)]
                except InvalidDataError as problem:
                    news.unread[file.name] = problem  # its rows were looked at: labels alone wait
                    continue
                changed.append(file.name)
                known[file.name] = size  # told once
            continue
        known[file.name] = size
        label = _ENDING.sub("", file.name.replace("\\", "/").rpartition("/")[2])
        days = every.seconds / 86_400
        news.batches.append(Batch(label, _Rows(file, None), days, file=file.name))
    if changed:
        more = f" and {len(changed) - 1:,} more" if len(changed) > 1 else ""
        news.notes.append(
            f"{changed[0]!r}{more} changed since it was looked at, and a file is looked at once: "
            "rows that came with the change are in no look. Write new rows to a new file, or name "
            "the column of times (--time) for files that grow."
        )
    news.batches = _with_late(news.batches, late)
    return news


def _size(file: DataFile) -> int:
    with file.open() as stream:
        return int(stream.seek(0, 2))


class _Rows:
    """The tables of a file, read when they are iterated."""

    def __init__(self, file: DataFile, names: Sequence[str] | None) -> None:
        self._file, self._names = file, names

    def __iter__(self) -> Iterator[Any]:
        return iter(tables_of(self._file, self._names))


def _latest(seen: Mapping[str, Any]) -> float:
    return float(seen["latest"]) if seen.get("latest") is not None else -np.inf


def _new_rows(
    time: str,
    files: Sequence[DataFile],
    every: Every,
    seen: Mapping[str, Any],
    names: Sequence[str] | None,
    labelled: Labelled | None,
) -> News:
    latest = _latest(seen)
    # A state without marks is that of a monitor which went by times alone.
    has_places = "rows" in seen or seen.get("latest") is None
    marks: dict[str, Mark] = {file: (one[0], one[1]) for file, one in seen.get("rows", {}).items()}
    news = News([], dict(seen))
    there = {file.name for file in files}
    gone = {file: mark for file, mark in marks.items() if file not in there and mark[0]}
    found: dict[str, NewRows] = {}
    rewritten = []
    # Those that are known come first: what they held may stand in a new file now.
    for file in sorted(files, key=lambda file: file.name not in marks):
        mine = marks.get(file.name)
        try:
            one = new_rows(
                file.name,
                tables_of(file, names),
                time,
                latest,
                mine=mine,
                others=gone,
                has_places=has_places,
                labelled=labelled,
            )
        except InvalidError as problem:
            news.cannot_read(file.name, problem)
            continue
        if one.is_rewritten and mine is not None:
            rewritten.append(file.name)
            gone[file.name] = mine
        if one.taken_over is not None:
            marks.pop(one.taken_over, None)
            gone.pop(one.taken_over)
        found[file.name] = one
    marks = {file: mark for file, mark in marks.items() if file not in found}
    marks |= {file: one.mark for file, one in found.items()}
    news.seen["rows"] = {file: list(mark) for file, mark in [*marks.items()][-MOST_FILES:]}
    _cut(news, [found[file.name] for file in files if file.name in found], every, latest)
    if rewritten:
        more = f" and {len(rewritten) - 1:,} more" if len(rewritten) > 1 else ""
        news.notes.append(
            f"{rewritten[0]!r}{more} no longer begins with the rows that were looked at: of its "
            "rows those are new that are later than all that was seen."
        )
    _tell_timeless(news, time, found.values())
    return news


def _of_query(
    monitor: Monitor, every: Every, seen: Mapping[str, Any], labelled: Labelled | None
) -> News:
    from nbmlops.store.queries import query_tables

    assert monitor.database is not None
    assert monitor.time is not None
    tables = query_tables(monitor.database, monitor.source, seen.get("latest"))
    latest = _latest(seen)
    found = new_rows(
        "the query",
        tables,
        monitor.time,
        latest,
        mine=None,
        others={},
        has_places=False,
        labelled=labelled,
    )
    news = News([], dict(seen))
    news.seen["counts"], missed = later_counts(found, every, seen.get("counts", {}))
    _cut(news, [found], every, latest)
    if missed:
        news.notes.append(
            f"{missed:,} rows came with times that are not later than the last look's, and are in "
            "no look: a query has its new rows by their times alone."
        )
    _tell_timeless(news, monitor.time, [found])
    return news


def _cut(news: News, found: Sequence[NewRows], every: Every, latest: float) -> None:
    """A batch for each length of time; the state goes on to the latest row."""
    parts: dict[int, list[Columns]] = {}
    ends: dict[int, float] = {}
    for one in found:
        for columns, seconds in zip(one.tables, one.seconds, strict=True):
            chunks = every.chunk_of(seconds)
            for chunk in np.unique(chunks).tolist():
                mine = chunks == chunk
                parts.setdefault(chunk, []).append(columns.take(np.flatnonzero(mine)))
                ends[chunk] = max(ends.get(chunk, -np.inf), float(seconds[mine].max()))
    usual = every.seconds / 86_400
    for chunk in sorted(parts):
        # Rows of a time that was paid for take nothing more of the budget.
        passed = (ends[chunk] - latest) / 86_400 if np.isfinite(latest) else usual
        days = min(max(passed, 0.0), usual)
        news.batches.append(Batch(every.label_of(chunk), parts[chunk], days))
        latest = max(latest, ends[chunk])
    if np.isfinite(latest):
        news.seen["latest"] = latest
    news.batches = _with_late(news.batches, [each for one in found for each in one.late])


def _tell_timeless(news: News, time: str, found: Iterable[NewRows]) -> None:
    count = sum(one.timeless_count for one in found)
    if count:
        news.notes.append(f"{count:,} rows have no time in {time!r} and are in no look.")
