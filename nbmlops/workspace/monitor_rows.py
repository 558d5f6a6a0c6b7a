"""Which rows of data with times are new to a monitor.

A file that only grows begins with the rows that were seen, as many and with the same times: what
follows them is new, whatever its times say, and so is every row of a file that was not there
before. A file that begins otherwise was written anew: of its rows those are new that are later
than all that was seen, as in the answer of a query, which has no places to go by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xxhash import xxh3_128

from nbmlops.data.chunks import Every, times_of
from nbmlops.data.columns import Columns, columns_of
from nbmlops.errors import InvalidDataError

__all__ = ["Mark", "NewRows", "later_counts", "new_rows"]

Array = np.ndarray[Any, Any]
Mark = tuple[int, str]  # how many rows, and a digest of their times
MOST_COUNTED = 400  # of the latest chunks of a query, whose rows are counted


@dataclass
class NewRows:
    """The new rows of one source, and what is known of it after them."""

    tables: list[Columns] = field(default_factory=list)
    seconds: list[Array] = field(default_factory=list)  # the times of their rows
    late: list[Columns] = field(default_factory=list)  # seen before, and labelled now
    earlier: Array = field(default_factory=lambda: np.empty(0))  # times of rows that are not new
    timeless_count: int = 0
    mark: Mark = (0, "")
    is_rewritten: bool = False
    taken_over: str | None = None  # the name that the file had before


def new_rows(
    name: str,
    tables: Iterable[Any],
    time: str,
    latest: float,
    *,
    mine: Mark | None,
    others: Mapping[str, Mark],
    has_places: bool,
    labelled: Any = None,
) -> NewRows:
    """The rows of a source that nobody has looked at.

    `mine` is what is known of the file, `others` of files that are no longer there and may have
    become this one. Without places (`has_places`), later rows alone are new.

    Raises InvalidDataError for a column of times that has none.
    """
    found = NewRows()
    marks = {name: mine} if mine is not None else dict(others)
    marks = {each: mark for each, mark in marks.items() if has_places}
    least = min((count for count, _ in marks.values()), default=0)
    if not has_places:
        least = np.iinfo(np.int64).max
    digest, reached = xxh3_128(), {0: xxh3_128().hexdigest()}
    kept: list[tuple[Columns, Array, Array]] = []  # rows, their times and their places
    earlier = []
    start = 0
    for table in tables:
        columns = columns_of(table)
        count = columns.row_count
        if not count:
            continue
        times = times_of(columns, time, name)
        if not times.is_clock:
            raise InvalidDataError(name, f"its column {time!r} has numbers and no times")
        seconds = np.ascontiguousarray(times.seconds, np.float64)
        for end in {each for each, _ in marks.values() if start < each <= start + count}:
            part = digest.copy()
            part.update(seconds[: end - start].tobytes())
            reached[end] = part.hexdigest()
        digest.update(seconds.tobytes())
        found.timeless_count += int(np.isnan(seconds).sum())
        rows = np.arange(start, start + count)
        if labelled is not None:
            known = (seconds <= latest) | (rows < least)
            found.late.append(labelled(columns.take(np.flatnonzero(known))))
        wanted = np.flatnonzero(np.isfinite(seconds) & ((rows >= least) | (seconds > latest)))
        if len(wanted):
            kept.append((columns.take(wanted), seconds[wanted], rows[wanted]))
        earlier.append(seconds[seconds <= latest])
        start += count
    found.mark = (start, digest.hexdigest())
    same = [each for each, (count, told) in marks.items() if reached.get(count) == told]
    found.is_rewritten = has_places and mine is not None and not same
    first: int | None = 0 if has_places and not found.is_rewritten else None
    if same:
        whole = max(same, key=lambda each: marks[each][0])
        first = marks[whole][0]
        found.taken_over = whole if mine is None else None
    for columns, seconds, rows in kept:
        places = np.flatnonzero(seconds > latest if first is None else rows >= first)
        if len(places):
            found.tables.append(columns.take(places))
            found.seconds.append(seconds[places])
    if first is None and earlier:
        found.earlier = np.concatenate(earlier)
    return found


def later_counts(
    found: NewRows, every: Every, known: Mapping[str, int]
) -> tuple[dict[str, int], int]:
    """The rows of the latest chunks of a query, by chunk, and how many came too late to be new.

    `known` are those that were there before. A query that asks for later rows alone shows none of
    the others, and cannot tell.
    """
    before = _counted(found.earlier, every)
    missed = 0
    if known:
        first = min(map(int, known))
        missed = sum(
            max(count - known.get(str(chunk), 0), 0)
            for chunk, count in before.items()
            if chunk >= first
        )
    counts = {int(chunk): count for chunk, count in known.items()}
    for chunk, count in before.items():
        counts[chunk] = max(count, counts.get(chunk, 0))
    for seconds in found.seconds:
        for chunk, count in _counted(seconds, every).items():
            counts[chunk] = counts.get(chunk, 0) + count
    latest: Sequence[int] = sorted(counts)[-MOST_COUNTED:]
    return {str(chunk): counts[chunk] for chunk in latest}, missed


def _counted(seconds: Array, every: Every) -> dict[int, int]:
    chunks, counts = np.unique(every.chunk_of(seconds), return_counts=True)
    return dict(zip(chunks.tolist(), counts.tolist(), strict=True))
