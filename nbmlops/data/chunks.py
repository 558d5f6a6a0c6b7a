"""How rows are cut over time: a length of time or a number of rows, and which chunk a row is in.

Times are taken as the clock on the wall shows them where the data are: a day of a column with a
time zone begins at midnight there, and the hour that a clock repeats in autumn is one hour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbmlops.data.columns import Columns
from nbmlops.errors import InvalidDataError, InvalidOptionError

__all__ = ["MOST_CHUNKS", "SEASONS", "Every", "Times", "parse_every", "season_names", "times_of"]

Array = np.ndarray[Any, Any]
MOST_CHUNKS = 1000
_EVERY = re.compile(r"\s*(\d+)?\s*([a-zA-Z]*)\s*")
_UNITS = {
    "rows": ("row", "rows"),
    "s": ("s", "sec", "second", "seconds"),
    "min": ("min", "m", "minute", "minutes"),
    "h": ("h", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
    "mo": ("mo", "month", "months"),
    "y": ("y", "year", "years"),
}
_SECONDS = {
    "s": 1,
    "min": 60,
    "h": 3600,
    "d": 86_400,
    "w": 604_800,
    "mo": 2_629_746,
    "y": 31_556_952,
}
_MONDAY = 3 * 86_400  # 1970 began on a Thursday
_WORDS = {unit: names[-1] for unit, names in _UNITS.items()} | {"min": "minutes"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
SEASONS = ("weekday", "hour", "month")  # what `by` may name of the time


@dataclass(frozen=True, slots=True)
class Every:
    """A length of time or a number of rows."""

    count: int
    unit: str

    @property
    def is_rows(self) -> bool:
        """True where rows are counted."""
        return self.unit == "rows"

    @property
    def seconds(self) -> float:
        """How long it is; of months and years the mean."""
        return float(self.count * _SECONDS[self.unit])

    def __str__(self) -> str:
        word = _WORDS[self.unit]
        return f"{self.count:,} {word}" if self.count > 1 else f"1 {word[:-1]}"

    def chunk_of(self, seconds: Array) -> Array:
        """The number of the chunk of each moment; they count on from 1970.

        >>> parse_every("1w").chunk_of(np.array([0.0, 3.9 * 86400, 4 * 86400])).tolist()
        [0, 0, 1]
        """
        whole = np.floor(seconds).astype(np.int64)
        if self.unit in ("mo", "y"):
            numpy_unit = "M" if self.unit == "mo" else "Y"
            moments = whole.astype("datetime64[s]").astype(f"datetime64[{numpy_unit}]")
            return np.asarray(moments.astype(np.int64) // self.count)
        shift = _MONDAY if self.unit == "w" else 0
        return np.asarray((whole + shift) // (self.count * _SECONDS[self.unit]))

    def start_of(self, chunk: int) -> np.datetime64:
        """When a chunk begins."""
        if self.unit in ("mo", "y"):
            months = chunk * self.count * (12 if self.unit == "y" else 1)
            return np.datetime64(f"{1970 + months // 12:04d}-{months % 12 + 1:02d}-01T00:00:00")
        shift = _MONDAY if self.unit == "w" else 0
        return np.datetime64(chunk * self.count * _SECONDS[self.unit] - shift, "s")

    def label_of(self, chunk: int) -> str:
        """What a chunk is called.

        >>> parse_every("1d").label_of(20_000), parse_every("6h").label_of(3)
        ('2024-10-04', '1970-01-01 18:00')
        """
        text = str(self.start_of(chunk)).replace("T", " ")
        return text[: {"mo": 7, "y": 4, "d": 10, "w": 10, "s": 19}.get(self.unit, 16)]


def parse_every(every: str | int | Every) -> Every:
    """The length that is meant: "1d", "6h", "2 weeks", 500 or "500 rows".

    Raises InvalidOptionError.

    >>> parse_every("6h"), str(parse_every(500))
    (Every(count=6, unit='h'), '500 rows')
    """
    if isinstance(every, Every):
        return every
    found = _EVERY.fullmatch(str(every)) if not isinstance(every, bool) else None
    number, word = found.groups() if found else (None, None)
    units = {name: unit for unit, names in _UNITS.items() for name in names}
    unit = "rows" if not word and number else units.get((word or "").lower())
    count = int(number or 1)
    if unit is None or not 0 < count < 10**9:
        raise InvalidOptionError(
            "every",
            f"{every!r} is neither a length of time nor a number of rows",
            hint="As in 1d, 6h, 30min, 1w, 1mo, or 500 rows.",
        )
    return Every(count, unit)


@dataclass(frozen=True, slots=True)
class Times:
    """A column as moments in seconds by the clock on the wall, missing ones as NaN; or as numbers
    that have nothing but an order.
    """

    seconds: Array
    is_clock: bool
    zone: str = ""


def times_of(columns: Columns, name: str, data: str = "current") -> Times:
    """The times of a column. Raises InvalidOptionError for one that is not there or is no time."""
    if name not in columns.names:
        problem = f"the {data} data have no column of this name"
        raise InvalidOptionError(name, problem, known=columns.names)
    place = columns.names.index(name)
    column, zone = _local(columns.source, place)
    values = Columns(columns.kind, columns.row_count, [name], column).read(0)
    if values.form == "time" and values.numbers is not None:
        return Times(values.numbers, is_clock=True, zone=zone)
    if values.form in ("number", "integer") and values.numbers is not None:
        return Times(np.asarray(values.numbers, np.float64), is_clock=False)
    raise InvalidDataError(
        name,
        f"the column is no time ({values.form}, {values.dtype})",
        hint="Make it one first, as with pandas.to_datetime.",
    )


def _local(source: Any, place: int) -> tuple[Any, str]:
    """The column alone, by the clock on the wall, as something that `Columns` reads."""
    if isinstance(source, list):
        return [source[place]], ""
    import pyarrow as pa
    import pyarrow.compute as pc

    if hasattr(source, "iloc"):
        series = source.iloc[:, place]
        name = type(series.dtype).__name__
        if name == "DatetimeTZDtype":
            return series.dt.tz_localize(None).to_frame(), str(series.dtype.tz)
        if name not in ("StringDtype", "ArrowDtype") and series.dtype != object:
            return series.to_frame(), ""
        try:
            column: Any = pa.chunked_array([pa.array(series, from_pandas=True)])
        except (pa.ArrowException, TypeError, ValueError):
            return series.to_frame(), ""
    else:
        column = source.column(place)
    zone = ""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _parsed(column)
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        zone = column.type.tz
        column = pc.local_timestamp(column)
    return pa.table({"time": column}), zone


def _parsed(column: Any) -> Any:
    """Texts of the form 2026-03-05 or 2026-03-05T06:00:00+01:00 as times; others as they are."""
    import pyarrow as pa

    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            return column.cast(kind)
        except pa.ArrowException:
            continue
    return column


def season_names(season: str, times: Times) -> Array:
    """The weekday, hour or month of each moment by its name.

    >>> season_names("weekday", Times(np.array([0.0, 86400.0]), is_clock=True)).tolist()
    ['Thursday', 'Friday']
    """
    if not times.is_clock:
        raise InvalidOptionError("by", f"a {season} needs a column of times")
    whole = np.floor(np.nan_to_num(times.seconds)).astype(np.int64)
    if season == "weekday":
        names, place = np.array(_DAYS, object), (whole // 86_400 + 3) % 7
    elif season == "hour":
        names, place = (
            np.array([f"{hour:02d}:00" for hour in range(24)], object),
            whole // 3600 % 24,
        )
    else:
        months = whole.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
        names, place = np.array(_MONTHS, object), months % 12
    found: Array = names[place]
    found[np.isnan(times.seconds)] = "(missing)"
    return found
