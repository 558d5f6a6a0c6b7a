"""The values of rows that come one by one: of which kind each is, and as what it is kept.

A column of a stream has one kind, that of its first value, because its sketch can be turned into
nothing else; a frame, which has all rows at hand, takes mixed kinds as labels.
"""

from __future__ import annotations

import datetime as dt
import numbers
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from nbmlops.data.python_values import is_missing
from nbmlops.errors import InvalidDataError

__all__ = ["column_of", "row_of", "values_of"]

NUMBERS, FLAGS, LABELS = "numbers", "booleans", "labels"
TIMES, ZONED = "times without a time zone", "times with a time zone"
LENGTHS, CLOCKS, NESTED, RAW = "durations", "times of the day", "nested values", "bytes"
LARGEST = 2**63
MICROSECONDS = {TIMES: "datetime64[us]", ZONED: "datetime64[us]", LENGTHS: "timedelta64[us]"}


def row_of(row: Any) -> dict[str, Any]:
    """The row as a dict. Raises InvalidDataError for what is no row with named columns."""
    if not isinstance(row, Mapping) and not hasattr(row, "keys"):
        problem = f"an object of type {type(row).__name__} is no row"
        raise InvalidDataError("row", problem, hint='Give a dict, as {"age": 41}.')
    found = dict(row)
    if not found:
        raise InvalidDataError("row", "it has no columns")
    for name in found:
        if not isinstance(name, str):
            problem = (
                f"a column is called {name!r:.40}, which is a {type(name).__name__} and no text"
            )
            raise InvalidDataError("row", problem)
    return {str(name): value for name, value in found.items()}


def values_of(
    row: Mapping[str, Any], kinds: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The row as it is kept, and the kinds of its columns that had none yet.

    Raises InvalidDataError for a value whose column has another kind, or that has none.
    """
    kept: dict[str, Any] = {}
    new: dict[str, str] = {}
    for name, value in row.items():
        if is_missing(value):
            kept[name] = None
            continue
        told = _kept(value)
        if told is None:
            problem = (
                f"a value of column {name!r} is of type {type(value).__name__}, which is no "
                "number, label or time"
            )
            raise InvalidDataError("row", problem)
        kind, kept[name] = told
        known = kinds.get(name, kind)
        if known != kind:
            problem = (
                f"column {name!r} has {known} so far, and a value of type "
                f"{type(value).__name__} is of another kind"
            )
            hint = "The row was left out, and the stream has all others. A column keeps one kind."
            raise InvalidDataError("row", problem, hint=hint)
        if name not in kinds:
            new[name] = kind
    return kept, new


def _kept(value: Any) -> tuple[str, Any] | None:
    """The kind of a value, and the value as it is kept; None for what has no kind."""
    if isinstance(value, (bool, np.bool_)):
        return FLAGS, bool(value)
    if isinstance(value, str):
        return LABELS, value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            return TIMES, np.datetime64(value, "us")
        plain = value.astimezone(dt.UTC).replace(tzinfo=None)
        return ZONED, np.datetime64(plain, "us")
    if isinstance(value, (dt.date, np.datetime64)):
        day: Any = value
        return TIMES, np.datetime64(day, "us")
    if isinstance(value, (dt.timedelta, np.timedelta64)):
        return LENGTHS, np.timedelta64(value, "us")
    if isinstance(value, dt.time):
        return CLOCKS, value
    if isinstance(value, (bytes, bytearray)):
        return RAW, b""
    if isinstance(value, numbers.Integral):
        whole = int(value)
        return NUMBERS, whole if -LARGEST <= whole < LARGEST else _float(whole)
    if isinstance(value, (numbers.Real, Decimal)):
        return NUMBERS, _float(value)
    if isinstance(value, (Sequence, Mapping, set, frozenset, np.ndarray)):
        return NESTED, []  # there is no statistic for what it holds
    return None


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def column_of(values: list[Any], kind: str | None) -> Any:
    """The values of one column as a profile reads them."""
    if kind in MICROSECONDS:
        code = MICROSECONDS[kind]
        absent = np.array("NaT", code)
        return np.array([absent if one is None else one for one in values], code)
    if kind == NUMBERS and any(isinstance(one, float) for one in values):
        return np.array([np.nan if one is None else one for one in values], np.float64)
    return values
