"""What is kept of a data set so that it can be compared without its rows: a profile.

For each column: how many rows, how many missing, the distribution of numbers as a grid of 4,096
points with exact counts, labels with their counts, and moments. Profiles of parts can be merged.
While a frame is in memory, its profile holds the rows themselves, so that comparisons are exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nbmlops.data.columns import Columns, columns_of
from nbmlops.data.numbers import GRID, Numbers, merged
from nbmlops.data.values import LABEL_FORMS, MOST_LEVELS, Values

__all__ = ["ColumnProfile", "Profile", "merge_profiles", "profile_of"]

MOST_KEPT_LEVELS = 10_000  # of a profile on disk; the rest are counted together


@dataclass(frozen=True)
class ColumnProfile:
    """One column: `form` is that of `Values`; `rest_count` are rows at levels that are not kept."""

    name: str
    dtype: str
    form: str
    row_count: int
    missing_count: int
    numbers: Numbers | None = None
    levels: tuple[str, ...] = ()
    counts: np.ndarray[Any, Any] | None = None
    distinct_count: int | None = None
    rest_count: int = 0
    mean: float | None = None
    deviation: float | None = None
    reason: str = ""

    @property
    def is_labels(self) -> bool:
        """True where the column is counted labels."""
        return self.form in LABEL_FORMS

    @property
    def names_rows(self) -> bool:
        """True for labels of which nearly every row has one of its own: names, or free text."""
        if not self.is_labels or self.form == "boolean":
            return False
        count, distinct = self.row_count - self.missing_count, self.distinct_count or 0
        share = distinct / count if count else 0.0
        return (share > 0.5 and distinct > 1000) or (share > 0.95 and count > 30)

    def thin(self) -> ColumnProfile:
        """As it is kept: a grid in place of rows, the most frequent levels."""
        if self.numbers is not None:
            return replace(self, numbers=self.numbers.grid())
        if self.names_rows:  # whose labels are nobody's business, and tell nothing
            return replace(self, levels=(), counts=None)
        if self.counts is None or len(self.levels) <= MOST_KEPT_LEVELS:
            return self
        kept = np.sort(np.argsort(-self.counts, kind="stable")[:MOST_KEPT_LEVELS])
        return replace(
            self,
            levels=tuple(self.levels[place] for place in kept),
            counts=self.counts[kept],
            rest_count=self.rest_count + int(self.counts.sum() - self.counts[kept].sum()),
        )


@dataclass(frozen=True)
class Profile:
    """The columns of a data set as distributions.

    `whole_count` is how many rows there were where `row_count` of them, evenly spread, were read.
    """

    row_count: int
    columns: tuple[ColumnProfile, ...]
    source: str = ""
    whole_count: int | None = None

    @property
    def partial(self) -> bool:
        """True where not all rows were read."""
        return self.whole_count is not None and self.whole_count > self.row_count

    def __getitem__(self, name: str) -> ColumnProfile:
        return next(column for column in self.columns if column.name == name)

    def thin(self) -> Profile:
        """As it is kept: at most about 1 MB for 30 columns, with no row in it."""
        return replace(self, columns=tuple(column.thin() for column in self.columns))

    def save(self, path: Any) -> None:
        """Write the profile to a file, for `check_drift(path, current)`."""
        from pathlib import Path

        Path(path).write_bytes(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The thin profile as bytes that `profile_from_bytes` reads."""
        from nbmlops.data.profile_files import packed

        return packed(self.thin())


def profile_of(data: Any, names: Iterable[str] | None = None, source: str = "") -> Profile:
    """The profile of a frame, an array or a table; `names` limits it to some columns.

    >>> profile = profile_of({"age": [31.0, 42.0, None], "city": ["Rome", "Bonn", "Rome"]})
    >>> profile["age"].missing_count, profile["city"].levels
    (1, ('Rome', 'Bonn'))
    """
    columns: Columns = columns_of(data)
    wanted = None if names is None else set(names)
    return Profile(
        columns.row_count,
        tuple(
            column_profile(name, columns.read(place))
            for place, name in enumerate(columns.names)
            if wanted is None or name in wanted
        ),
        source,
    )


def column_profile(name: str, values: Values) -> ColumnProfile:
    """The profile of the values of one column, with all of its rows."""
    if values.numbers is None:
        return ColumnProfile(
            name,
            values.dtype,
            values.form,
            values.row_count,
            values.missing_count,
            levels=values.levels,
            counts=values.counts,
            distinct_count=values.distinct_count,
            reason=values.reason,
        )
    numbers = Numbers.of(values.numbers)
    assert numbers.raw is not None
    mean, deviation = _moments(numbers.raw)
    return ColumnProfile(
        name,
        values.dtype,
        values.form,
        values.row_count,
        values.row_count - numbers.count,
        numbers=numbers,
        mean=mean,
        deviation=deviation,
    )


def _moments(raw: np.ndarray[Any, Any]) -> tuple[float | None, float | None]:
    if not len(raw):
        return None, None
    with np.errstate(all="ignore"):
        mean = float(raw.mean())
        deviation = float(raw.std()) if math.isfinite(mean) else math.nan
    return (
        mean if math.isfinite(mean) else None,
        deviation if math.isfinite(deviation) else None,
    )


def merge_profiles(profiles: Sequence[Profile], size: int = GRID) -> Profile:
    """One profile of several parts of a data set, whose columns have the same names.

    >>> parts = [profile_of({"x": [1.0, 2.0]}), profile_of({"x": [3.0]})]
    >>> merge_profiles(parts)["x"].mean
    2.0
    """
    names = list(dict.fromkeys(column.name for each in profiles for column in each.columns))
    columns = []
    for name in names:
        parts = [column for each in profiles for column in each.columns if column.name == name]
        columns.append(_merged_column(parts, size))
    return Profile(sum(each.row_count for each in profiles), tuple(columns), profiles[0].source)


def _merged_column(parts: Sequence[ColumnProfile], size: int) -> ColumnProfile:
    # An empty or all-missing part has no say about what the column is.
    telling = [part for part in parts if part.row_count > part.missing_count] or list(parts)
    first = telling[0]
    rows = sum(part.row_count for part in parts)
    missing = sum(part.missing_count for part in parts)
    forms = {part.form for part in telling}
    if forms <= {"number", "integer"} and len(forms) == 2:
        forms = {"number"}
    if len(forms) > 1:
        told = [part.reason for part in telling if part.reason]
        reason = (told or [f"its parts are of different kinds ({', '.join(sorted(forms))})"])[0]
        return ColumnProfile(first.name, first.dtype, "unreadable", rows, missing, reason=reason)
    (form,) = forms
    if first.numbers is not None:
        mean, deviation = _merged_moments(telling)
        numbers = merged([part.numbers for part in telling if part.numbers is not None], size)
        return replace(
            first,
            form=form,
            row_count=rows,
            missing_count=missing,
            numbers=numbers,
            mean=mean,
            deviation=deviation,
        )
    found: dict[str, int] = {}
    rest = sum(part.rest_count for part in telling)
    distinct = max(part.distinct_count or 0 for part in telling)
    nameless = replace(
        first,
        row_count=rows,
        missing_count=missing,
        levels=(),
        counts=None,
        distinct_count=distinct,
        rest_count=0,
    )
    if any(part.counts is None for part in telling if part.row_count > part.missing_count):
        return nameless
    for part in telling:
        counts = part.counts.tolist() if part.counts is not None else ()
        for level, count in zip(part.levels, counts, strict=False):
            found[level] = found.get(level, 0) + count
    if len(found) > MOST_LEVELS:
        return replace(nameless, distinct_count=len(found))
    return replace(
        first,
        row_count=rows,
        missing_count=missing,
        levels=tuple(found),
        counts=np.array(list(found.values()), np.int64),
        distinct_count=max(len(found), distinct),
        rest_count=rest,
    )


def _merged_moments(parts: Sequence[ColumnProfile]) -> tuple[float | None, float | None]:
    known = [
        (part.numbers.count, part.mean, part.deviation)
        for part in parts
        if part.numbers is not None and part.numbers.count
    ]
    if not known or any(mean is None or spread is None for _, mean, spread in known):
        return None, None
    total = sum(count for count, _, _ in known)
    mean = sum(count * (each or 0.0) for count, each, _ in known) / total
    square = sum(
        count * ((spread or 0.0) ** 2 + ((each or 0.0) - mean) ** 2)
        for count, each, spread in known
    )
    return mean, math.sqrt(square / total)
