"""A data set cut into the profiles of its chunks and groups, read once, rows in any order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nbmlops.data.chunks import (
    MOST_CHUNKS,
    SEASONS,
    Every,
    Times,
    season_names,
    times_of,
)
from nbmlops.data.columns import Columns, columns_of
from nbmlops.data.profile import Profile, merge_profiles, profile_of
from nbmlops.errors import InvalidDataError, InvalidOptionError

__all__ = ["ALL", "Chunks", "Cut", "cut_up"]

Array = np.ndarray[Any, Any]
MOST_GROUPS = 60
CHUNK_GRID = 1024  # points of a chunk's distribution once it comes in several pieces
ALL = ""  # the group of everything, where there are no groups


@dataclass(frozen=True, slots=True)
class Cut:
    """How a data set is cut: by `time`, `every` so long or so many rows; `by` a column, or by the
    weekday, hour or month of the time.
    """

    time: str | None = None
    every: Every | None = None
    by: str | None = None

    @property
    def of_groups(self) -> Cut:
        """The same groups, without any chunks: how a reference is cut."""
        is_season = self.by in SEASONS
        return Cut(self.time if is_season else None, None, self.by)


@dataclass(frozen=True)
class Chunks:
    """The profiles by chunk and group; `labels`, `starts` and `ends` tell the chunks in order."""

    profiles: dict[tuple[int, str], Profile]
    labels: tuple[str, ...]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    groups: tuple[str, ...]
    timeless_count: int = 0  # rows without a time, which are in no chunk
    zone: str = ""


def cut_up(
    tables: Iterable[Any], cut: Cut, names: Iterable[str] | None = None, data: str = "current"
) -> Chunks:
    """The chunks of a data set that comes as one or more tables with the same columns.

    Raises InvalidOptionError for what the data do not have or too many chunks, InvalidDataError for
    rows that cannot be put in order.

    >>> from nbmlops.data.chunks import parse_every
    >>> found = cut_up([{"x": [1.0, 2.0, 3.0]}], Cut(every=parse_every(2)))
    >>> found.labels, found.profiles[1, ALL].row_count
    (('rows 1–2', 'row 3'), 1)
    """
    kept = None if names is None else list(names)
    knife = _Knife(cut, kept, data)
    for table in tables:
        knife.add(columns_of(table))
    return knife.chunks()


class _Knife:
    def __init__(self, cut: Cut, names: list[str] | None, data: str) -> None:
        self._cut, self._names, self._data = cut, names, data
        self._found: dict[tuple[int, str], Profile] = {}
        self._spans: dict[int, tuple[float, float]] = {}  # the moments of chunks of rows
        self._rows = self._timeless = self._tables = 0
        self._latest = -np.inf
        self._is_clock, self._zone = False, ""

    def add(self, columns: Columns) -> None:
        cut = self._cut
        if not columns.row_count:
            return
        times = None
        if cut.time is not None:
            times = times_of(columns, cut.time, self._data)
            self._is_clock, self._zone = times.is_clock, times.zone or self._zone
        order, chunk = self._chunk_numbers(columns, times)
        groups = self._group_names(columns, times)
        labels, codes = (
            np.unique(groups[order].astype(str), return_inverse=True)
            if (groups is not None)
            else (np.array([ALL]), np.zeros(len(order), np.int64))
        )
        if len({group for _, group in self._found} | set(labels.tolist())) > MOST_GROUPS:
            raise InvalidOptionError("by", f"{cut.by!r} has more than {MOST_GROUPS} groups")
        self._keep(columns, order, chunk, codes, labels.tolist())
        self._tables += 1

    def _keep(
        self, columns: Columns, order: Array, chunk: Array, codes: Array, labels: list[str]
    ) -> None:
        place = np.lexsort((codes, chunk))
        order, chunk, codes = order[place], chunk[place], codes[place]
        is_new = np.ones(len(order), bool)
        is_new[1:] = (chunk[1:] != chunk[:-1]) | (codes[1:] != codes[:-1])
        starts = np.append(np.flatnonzero(is_new), len(order))
        if len(starts) - 1 > MOST_CHUNKS * MOST_GROUPS:
            raise self._too_many(int(chunk.max() - chunk.min()) + 1)
        whole = columns
        if len(order) != columns.row_count or (np.diff(order) != 1).any():
            whole = columns.take(order)
        for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            key = int(chunk[start]), labels[codes[start]]
            profile = profile_of(whole.part(start, stop), self._names)
            before = self._found.get(key)
            if before is not None:
                profile = merge_profiles([before, profile], CHUNK_GRID)
            elif self._tables:
                profile = _thin(profile)
            self._found[key] = profile
        if self._tables == 1:  # so that the memory does not grow with the rows
            self._found = {key: _thin(one) for key, one in self._found.items()}

    def _chunk_numbers(self, columns: Columns, times: Times | None) -> tuple[Array, Array]:
        """The rows in their order, and the chunk of each of them."""
        every, count = self._cut.every, columns.row_count
        order = np.arange(count)
        if times is not None:
            there = ~np.isnan(times.seconds)
            self._timeless += int(count - there.sum())
            order = order[there]
        if every is None:
            return order, np.zeros(len(order), np.int64)
        if not every.is_rows:
            if times is None:
                problem = f"{every} is a length of time, and no column of times is given"
                raise InvalidOptionError("every", problem, hint="Name it, as in --time seen_at.")
            if not times.is_clock:
                problem = f"{self._cut.time!r} has numbers and no times, which cannot be cut"
                raise InvalidOptionError(
                    "every", f"{problem} by {every}", hint="Say how many rows."
                )
            return order, every.chunk_of(times.seconds[order])
        if times is not None:
            seconds = times.seconds[order]
            if self._tables and len(seconds) and seconds.min() < self._latest:
                raise InvalidDataError(
                    str(self._cut.time),
                    "the rows of the files are not in its order",
                    hint="Cut by a length of time, as 1d, which takes rows in any order.",
                )
            order = order[np.argsort(seconds, kind="stable")]
        chunk = (self._rows + np.arange(len(order))) // every.count
        self._rows += len(order)
        if times is not None and len(order):
            seconds = times.seconds[order]
            self._latest = max(self._latest, float(seconds[-1]))
            for number in np.unique(chunk).tolist():
                mine = seconds[chunk == number]
                first, last = self._spans.get(number, (np.inf, -np.inf))
                self._spans[number] = min(first, float(mine[0])), max(last, float(mine[-1]))
        return order, chunk

    def _group_names(self, columns: Columns, times: Times | None) -> Array | None:
        by = self._cut.by
        if by is None:
            return None
        if by in columns.names:
            return _labels_of(columns, columns.names.index(by))
        if by in SEASONS and times is not None:
            return season_names(by, times)
        problem = f"the {self._data} data have no column of this name"
        if by in SEASONS:
            problem = f"a {by} is that of a time, and no column of times is given"
        raise InvalidOptionError(by, problem, known=(*columns.names, *SEASONS))

    def _too_many(self, count: int) -> InvalidOptionError:
        return InvalidOptionError(
            "every",
            f"{self._cut.every} makes {count:,} chunks of the {self._data} data, and at most "
            f"{MOST_CHUNKS:,} are compared",
            hint="Choose a longer one.",
        )

    def chunks(self) -> Chunks:
        """The chunks from the first to the last, with the empty ones between them."""
        every = self._cut.every
        groups = tuple(_ordered({group for _, group in self._found}, self._cut.by))
        numbers = sorted({number for number, _ in self._found})
        if not numbers:
            return Chunks({}, (), (), (), groups, self._timeless, self._zone)
        first, last = numbers[0], numbers[-1]
        if last - first >= MOST_CHUNKS:
            raise self._too_many(last - first + 1)
        span = range(first, last + 1)
        if every is None or every.is_rows:
            labels = ["all rows"] if every is None else [self._rows_label(n) for n in span]
            moments = [self._spans.get(number) for number in span]
            starts = [_moment(each[0], self._is_clock) if each else "" for each in moments]
            ends = [_moment(each[1], self._is_clock) if each else "" for each in moments]
        else:
            labels = [every.label_of(number) for number in span]
            starts = [str(every.start_of(number)) for number in span]
            ends = [str(every.start_of(number + 1)) for number in span]
        profiles = {(number - first, group): one for (number, group), one in self._found.items()}
        return Chunks(
            profiles, tuple(labels), tuple(starts), tuple(ends), groups, self._timeless, self._zone
        )

    def _rows_label(self, number: int) -> str:
        every = self._cut.every
        assert every is not None
        first, last = number * every.count + 1, min((number + 1) * every.count, self._rows)
        return f"rows {first:,}–{last:,}" if last > first else f"row {first:,}"


def _thin(profile: Profile) -> Profile:
    return replace(
        profile,
        columns=tuple(
            replace(one, numbers=one.numbers.grid(CHUNK_GRID)) if one.numbers is not None else one
            for one in profile.columns
        ),
    )


def _moment(seconds: float, is_clock: bool) -> str:
    return str(np.datetime64(int(seconds), "s")) if is_clock else f"{seconds:g}"


def _ordered(groups: set[str], by: str | None) -> list[str]:
    """Groups as people list them: days and months as in the calendar, numbers by their size."""
    from nbmlops.data.chunks import _DAYS, _MONTHS

    calendar = {name: place for names in (_DAYS, _MONTHS) for place, name in enumerate(names)}

    def key(group: str) -> tuple[int, float, str]:
        if by in SEASONS and group in calendar:
            return 0, calendar[group], group
        try:
            return 0, float(group), group
        except ValueError:
            return 1, 0.0, group

    return sorted(groups, key=key)


def _labels_of(columns: Columns, place: int) -> Array:
    """The value of each row as a text."""
    source = columns.source
    if isinstance(source, list):
        values = source[place].tolist()
    elif hasattr(source, "iloc"):
        values = source.iloc[:, place].tolist()
    else:
        values = source.column(place).to_pylist()
    known: dict[Any, str] = {}
    found = np.empty(len(values), object)
    for at, value in enumerate(values):
        try:
            text = known.get(value)
        except TypeError:
            raise InvalidOptionError("by", "its values are nested") from None
        if text is None:
            is_missing = value is None or value != value or str(value) in ("NaT", "<NA>")
            text = known[value] = "(missing)" if is_missing else _label(value)
        found[at] = text
    return found


def _label(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
