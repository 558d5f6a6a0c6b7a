"""The values of one column in the two forms that statistics need: numbers, or counted labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "LABEL_FORMS",
    "MOST_LEVELS",
    "Values",
    "array_values",
    "counted",
    "number_values",
    "unreadable",
    "whole_values",
]

Array = np.ndarray[Any, Any]
EXACT = 2**53  # up to which a float holds every whole number
STEPS = 1024
COLLAPSED = (
    "its whole numbers are beyond 2^53 and so near to each other that floats cannot tell them"
)
LABEL_FORMS = ("label", "boolean")
MOST_LEVELS = 200_000  # more different texts than that are no levels of anything


@dataclass(frozen=True, slots=True)
class Values:
    """A column as it was read.

    `form` is "number", "integer", "time" (seconds since 1970), "duration" (seconds), "boolean",
    "label" or "unreadable", with the `reason`. Numbers stand in `numbers`, missing ones as NaN;
    labels in `levels` and `counts`, without the `missing_count` missing ones. `distinct_count` is
    known also where there are too many labels to be kept.
    """

    dtype: str
    form: str
    row_count: int
    numbers: Array | None = None
    levels: tuple[str, ...] = ()
    counts: Array | None = None
    missing_count: int = 0
    distinct_count: int | None = None
    reason: str = ""


def unreadable(dtype: str, reason: str, row_count: int = 0) -> Values:
    """A column that there is no statistic for."""
    return Values(dtype, "unreadable", row_count, reason=reason)


def number_values(dtype: str, form: str, numbers: Array) -> Values:
    """A column of numbers."""
    if numbers.dtype not in (np.float64, np.float32):
        numbers = numbers.astype(np.float64)
    return Values(dtype, form, len(numbers), numbers=numbers)


def whole_values(dtype: str, whole: Any, numbers: Array | None = None) -> Values:
    """A column of whole numbers, whose `numbers` are the same with the missing ones; unreadable
    where as floats many of its values would be one.

    >>> whole_values("int64", np.arange(50) + 2**60).form, whole_values("int64", np.arange(50)).form
    ('unreadable', 'integer')
    """
    rows = len(whole) if numbers is None else len(numbers)
    if len(whole) and _is_collapsed(whole):
        return unreadable(dtype, COLLAPSED, rows)
    return number_values(dtype, "integer", whole if numbers is None else numbers)


def _is_collapsed(whole: Any) -> bool:
    """True where half of the values are lost as floats, or all lie within a few of their steps."""
    low, high = int(whole.min()), int(whole.max())
    largest = max(high, -low)
    if largest <= EXACT:
        return False
    if high - low < STEPS * largest / EXACT:
        return any(int(float(one)) != one for one in np.unique(whole).tolist())
    return bool(2 * len(np.unique(whole.astype(np.float64))) < len(np.unique(whole)))


def counted(dtype: str, form: str, rows: int, counts: Any, missing: int) -> Values:
    """A column of labels by Arrow's struct of values and counts."""
    import pyarrow as pa

    labels, numbers = counts.field("values"), counts.field("counts")
    if pa.types.is_dictionary(labels.type):
        labels = labels.dictionary_decode()
    there = labels.is_valid()
    if missing:
        labels, numbers = labels.filter(there), numbers.filter(there)
    amounts = numbers.to_numpy(zero_copy_only=False).astype(np.int64)
    distinct = len(labels)
    if distinct > MOST_LEVELS:
        return Values(dtype, form, rows, missing_count=missing, distinct_count=distinct)
    names = [one if type(one) is str else str(one) for one in labels.to_pylist()]
    if len(set(names)) < distinct:  # 1 and "1" read alike
        names, amounts = _added(names, amounts)
        distinct = len(names)
    return Values(
        dtype,
        form,
        rows,
        levels=tuple(names),
        counts=amounts,
        missing_count=missing,
        distinct_count=distinct,
    )


def _added(names: list[str], amounts: Array) -> tuple[list[str], Array]:
    found: dict[str, int] = {}
    for name, amount in zip(names, amounts.tolist(), strict=True):
        found[name] = found.get(name, 0) + amount
    return list(found), np.array(list(found.values()), np.int64)


def array_values(array: Array) -> Values:
    """A column of a NumPy array.

    >>> array_values(np.array([1, 2])).form, array_values(np.array(["a", "b", "a"])).levels
    ('integer', ('a', 'b'))
    """
    dtype, kind = str(array.dtype), array.dtype.kind
    if kind in "iu":
        return whole_values(dtype, array)
    if kind == "f":
        return number_values(dtype, "number", array)
    if kind == "b":
        return booleans(dtype, int(np.count_nonzero(array)), len(array))
    if kind in "Mm":
        return moments(array, dtype)
    if kind == "c":
        return unreadable(dtype, "complex numbers have no order", len(array))
    if kind == "V":
        return unreadable(dtype, "its values are nested", len(array))
    import pyarrow as pa

    from nbmlops.data.arrow_columns import arrow_values

    try:
        # Strings of a fixed width, and objects that Arrow finds of one kind.
        return arrow_values(pa.chunked_array([pa.array(array, from_pandas=True)]), dtype)
    except (pa.ArrowException, TypeError, ValueError):
        return object_labels(array, dtype)


def booleans(dtype: str, true_count: int, rows: int, missing: int = 0) -> Values:
    """A column of yes and no."""
    amounts = [("False", rows - missing - true_count), ("True", true_count)]
    there = [(name, amount) for name, amount in amounts if amount]
    return Values(
        dtype,
        "boolean",
        rows,
        levels=tuple(name for name, _ in there),
        counts=np.array([amount for _, amount in there], np.int64),
        missing_count=missing,
        distinct_count=len(there),
    )


def moments(array: Array, dtype: str) -> Values:
    """Times and durations as seconds; NaT as NaN."""
    form = "time" if array.dtype.kind == "M" else "duration"
    unit = np.datetime_data(array.dtype)[0]
    if unit == "generic":
        return unreadable(dtype, "its times have no unit", len(array))
    name = "datetime64" if form == "time" else "timedelta64"
    if unit in ("Y", "M", "W", "D", "h", "m"):
        if form == "duration" and unit in ("Y", "M"):
            return unreadable(dtype, f"a duration in {unit} has no length", len(array))
        array = array.astype(f"{name}[s]")
    count, steps = np.datetime_data(array.dtype)[0], np.datetime_data(array.dtype)[1]
    per_second = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9, "ps": 1e12, "fs": 1e15, "as": 1e18}
    seconds = array.astype(np.int64) * (steps / per_second[count])
    seconds[np.isnat(array)] = np.nan
    return number_values(dtype, form, seconds)


def object_labels(array: Array, dtype: str) -> Values:
    """Python objects of mixed kinds, by what they are called; nested ones are refused."""
    found: dict[str, int] = {}
    missing = 0
    for one in array.tolist():
        if one is None or one != one or type(one).__name__ in ("NAType", "NaTType"):
            missing += 1
        elif isinstance(one, (list, dict, set, tuple, np.ndarray)):
            return unreadable(dtype, "its values are nested", len(array))
        else:
            text = str(one)
            found[text] = found.get(text, 0) + 1
    if len(found) > MOST_LEVELS:
        return Values(dtype, "label", len(array), missing_count=missing, distinct_count=len(found))
    return Values(
        dtype,
        "label",
        len(array),
        levels=tuple(found),
        counts=np.array(list(found.values()), np.int64),
        missing_count=missing,
        distinct_count=len(found),
    )
