"""Columns read within a budget of time, as copies that somebody else can make a profile of later.

Reading touches the user's data and is done where the user waits; sorting and packing what was read
take longer, and need only the copies.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from time import thread_time
from typing import Any

import numpy as np

from nbmlops.data.columns import Columns, columns_of
from nbmlops.data.profile import Profile, column_profile
from nbmlops.data.values import Values

__all__ = ["Sample", "sample_within"]

FEWEST_ROWS = 200  # of a sample: less tells too little of a distribution
MOST_VALUES = 4_000_000  # that are copied, which are 32 MB
MOST_COLUMNS = 500
COLUMN_SECONDS = 70e-6  # what reading a column takes, however short it is
NUMBER_SECONDS = 6e-9  # for each value
LABEL_SECONDS = 80e-9
PICKING_SECONDS = 12e-9  # for each value, where not all rows are read

_pace = 1.0  # how much longer it takes here than these say; learned from one time to the next


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of columns that nobody else holds; `whole_count` rows were there."""

    columns: tuple[tuple[str, Values], ...]
    row_count: int
    whole_count: int

    def profile(self, source: str = "") -> Profile:
        """The profile of what was read, without its rows."""
        made = Profile(
            self.row_count,
            tuple(column_profile(name, values) for name, values in self.columns),
            source,
            whole_count=self.whole_count,
        )
        return made.thin()


def sample_within(data: Any, seconds: float) -> Sample | None:
    """As many evenly spread rows as can be read in so many CPU seconds; None for too few, for what
    has no columns, and where a library would have to be loaded first.
    """
    global _pace
    if not _is_plain(data):
        return None
    began = thread_time()
    columns = columns_of(data)
    count, width = columns.row_count, len(columns.names)
    if not count or not width or width > MOST_COLUMNS:
        return None
    label_count = _label_count(columns)
    if label_count and "pyarrow" not in sys.modules:
        return None
    row_seconds = (NUMBER_SECONDS * (width - label_count) + LABEL_SECONDS * label_count) * _pace
    left = max(seconds - COLUMN_SECONDS * width * _pace, 0.0)
    rows = min(count, MOST_VALUES // width)
    if rows < count or rows * row_seconds > left:
        row_seconds += PICKING_SECONDS * width * _pace
        rows = min(rows, int(left / row_seconds))
    if rows < min(count, FEWEST_ROWS):
        return None
    part = columns if rows == count else columns.spread(rows)
    read: list[tuple[str, Values]] = []
    for place, name in enumerate(columns.names):
        values = part.read(place)
        if values.numbers is not None:
            values = replace(values, numbers=np.array(values.numbers, np.float64))
        read.append((name, values))
        if thread_time() - began > seconds:
            break
    taken = thread_time() - began
    expected = (COLUMN_SECONDS * width + row_seconds / _pace * part.row_count) * len(read) / width
    learned = 0.5 * _pace + 0.5 * taken / expected
    _pace = min(max(learned, 0.5, _pace / 2), 20.0, 2 * _pace)  # one bad moment says little
    if len(read) < width:
        return None
    return Sample(tuple(read), part.row_count, count)


def _is_plain(data: Any) -> bool:
    """True for what is read without running a line of the user's classes."""
    kind = type(data)
    return kind.__module__.partition(".")[0] in ("pandas", "polars", "pyarrow", "numpy")


def _label_count(columns: Columns) -> int:
    """How many columns are surely no plain numbers."""
    source = columns.source
    if isinstance(source, list):
        return sum(column.dtype.kind not in "biufcmM" for column in source)
    if hasattr(source, "iloc"):
        kinds = [getattr(dtype, "kind", "O") for dtype in source.dtypes]
        return sum(kind not in "biufcmM" for kind in kinds)
    return sum(
        str(field.type) in ("string", "large_string", "string_view")
        or str(field.type).startswith("dictionary")
        for field in source.schema
    )
