"""A profile of rows that come one by one, as from requests to a model: small however many come."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nbmlops.data.kll import Kll
from nbmlops.data.profile import ColumnProfile, Profile, merge_profiles, profile_of
from nbmlops.data.stream_values import column_of, row_of, values_of
from nbmlops.errors import InvalidDataError

__all__ = ["ProfileStream"]

WAITING_ROWS = 1024  # that are taken in together


@dataclass
class _Moments:
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, count: int, mean: float, squares: float) -> None:
        """Those of more rows (T. F. Chan, G. H. Golub and R. J. LeVeque 1979)."""
        total = self.count + count
        if not count:
            return
        gap = mean - self.mean
        self.squares += squares + gap * gap * self.count * count / total
        self.mean += gap * count / total
        self.count = total


@dataclass
class _Numbers:
    """What is kept of a column of numbers."""

    sketch: Kll
    moments: _Moments = field(default_factory=_Moments)


class ProfileStream:
    """Rows go in, a profile comes out, at any time.

    >>> stream = ProfileStream()
    >>> for age in range(3000):
    ...     stream.add({"age": age, "city": "Rome" if age % 3 else "Bonn"})
    >>> profile = stream.profile()
    >>> profile.row_count, profile["city"].levels, profile["age"].mean
    (3000, ('Bonn', 'Rome'), 1499.5)
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._waiting: list[Mapping[str, Any]] = []
        self._kinds: dict[str, str] = {}
        self._numbers: dict[str, _Numbers] = {}
        self._rest: Profile | None = None  # all but the numbers themselves

    def add(self, row: Mapping[str, Any]) -> None:
        """Take in one row; what it does not have is missing there.

        Raises InvalidDataError for what is no row, and for a row with a value of another kind than
        its column has had so far; that row is left out, and all others stay.
        """
        kept, new = values_of(row_of(row), self._kinds)
        self._kinds |= new
        self._waiting.append(kept)
        if len(self._waiting) >= WAITING_ROWS:
            self._settle()

    def merge(self, other: ProfileStream) -> None:
        """Take in all that another stream has seen, as of another process.

        Raises InvalidDataError where a column has another kind there; nothing was taken in then.
        """
        for name, kind in other._kinds.items():
            if (mine_is := self._kinds.get(name, kind)) != kind:
                problem = f"column {name!r} has {mine_is} here and {kind} in the other"
                raise InvalidDataError("stream", problem)
        self._settle()
        other._settle()
        if other._rest is None:
            return
        self._kinds |= other._kinds
        self._take(other._rest)
        for name, theirs in other._numbers.items():
            mine = self._mine(name)
            mine.sketch.merge(theirs.sketch)
            moments = theirs.moments
            mine.moments.add(moments.count, moments.mean, moments.squares)

    def profile(self, source: str = "stream") -> Profile:
        """The profile of all rows so far."""
        self._settle()
        if self._rest is None:
            return Profile(0, (), source)
        columns = tuple(self._finished(one) for one in self._rest.columns)
        return replace(self._rest, columns=columns, source=source)

    def _settle(self) -> None:
        rows = self._waiting
        if not rows:
            return
        names = dict.fromkeys(name for row in rows for name in row)
        known = [one.name for one in self._rest.columns] if self._rest is not None else []
        names |= dict.fromkeys(known)
        piece = profile_of(
            {
                name: column_of([row.get(name) for row in rows], self._kinds.get(name))
                for name in names
            }
        )
        self._waiting = []  # only now, since nothing that was taken in is lost
        for column in piece.columns:
            raw = column.numbers.raw if column.numbers is not None else None
            if raw is not None and len(raw):
                mine = self._mine(column.name)
                mine.sketch.add(raw)
                mean, spread = column.mean, column.deviation
                told = mean is not None and spread is not None
                mine.moments.add(
                    len(raw),
                    mean if mean is not None else math.nan,
                    spread * spread * len(raw) if told and spread is not None else math.nan,
                )
        self._take(piece)

    def _take(self, piece: Profile) -> None:
        """Merge the counts of labels, of rows and of missing ones."""
        bare = _bare(piece)
        if self._rest is None:
            self._rest = bare
            return
        before = {column.name for column in self._rest.columns}
        rows = self._rest.row_count
        late = tuple(_absent(one, rows) for one in bare.columns if one.name not in before)
        earlier = replace(self._rest, columns=(*self._rest.columns, *late))
        self._rest = _bare(merge_profiles([earlier, bare]))

    def _mine(self, name: str) -> _Numbers:
        if name not in self._numbers:
            self._numbers[name] = _Numbers(Kll(seed=self._seed + len(self._numbers)))
        return self._numbers[name]

    def _finished(self, column: ColumnProfile) -> ColumnProfile:
        mine = self._numbers.get(column.name)
        if mine is None or column.is_labels or column.form == "unreadable":
            return column
        moments = mine.moments
        mean, variance = moments.mean, moments.squares / max(moments.count, 1)
        return replace(
            column,
            numbers=mine.sketch.numbers(),
            mean=mean if math.isfinite(mean) else None,
            deviation=math.sqrt(variance) if math.isfinite(variance) else None,
        )


def _bare(profile: Profile) -> Profile:
    """The profile with two of the numbers of each column, which say that it has some."""
    return replace(
        profile,
        columns=tuple(
            one
            if one.numbers is None
            else replace(one, numbers=one.numbers.grid(2), mean=None, deviation=None)
            for one in profile.columns
        ),
    )


def _absent(column: ColumnProfile, rows: int) -> ColumnProfile:
    """A column as it was before its first value came."""
    return ColumnProfile(column.name, column.dtype, column.form, rows, rows, numbers=column.numbers)
