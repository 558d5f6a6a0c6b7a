"""Data of which one at least has no columns of its own, as arrays and series without a name have.

Their values are recorded as one column, whose name nobody gave it. An array has one digest and a
table one for each column, so that of the two only form and counts can be compared, unless there is
just one column.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from nbmlops.comparison.records import DataChange
from nbmlops.records import Column, Dataset

__all__ = ["PARTIAL", "form_change"]

PARTIAL = "partial: one of them was looked at only in part, so nobody can be sure"
_ARRAYS = ("numpy.", "torch.", "scipy.")
_MADE_UP = ("values", "index")
# Equal values of an equal type have equal digests in all of these.
_ALIKE = frozenset({"numpy.ndarray", "numpy.memmap", "pandas.Series", "pandas.DataFrame"})


def form_change(first: Dataset, other: Dataset) -> DataChange | None:
    """How data differ in form and content; None where their columns can be compared by name."""
    names = _name(first), _name(other)
    is_renamed = None not in names and names[0] != names[1]
    is_file = (first.kind == "file") is not (other.kind == "file")
    if not (_is_nameless(first) or _is_nameless(other) or is_renamed or is_file):
        return None
    says, same_values = _content(first, other)
    form = _form(first, other)
    if not form and None not in names and names[0] != names[1]:
        form = f"the name changed ({names[0] or 'none'} → {names[1] or 'none'})"
    if says:
        is_other_count = first.row_count != other.row_count
        return DataChange(
            "differs",
            (*says, *([form] if form else [])),
            row_count_before=first.row_count if is_other_count else None,
            row_count_after=other.row_count if is_other_count else None,
        )
    if same_values:
        return DataChange("differs", (f"the same values, but {form or 'the name differs'}",))
    if first.partial or other.partial:
        return DataChange("unsure", (f"{form}; {PARTIAL}" if form else PARTIAL,))
    return DataChange("unsure", (f"{form}, so that their values cannot be compared",))


def _is_nameless(dataset: Dataset) -> bool:
    names = [column.name for column in _values(dataset)]
    if dataset.kind.startswith(_ARRAYS):
        return names == ["values"]
    return _name(dataset) == ""


def _name(dataset: Dataset) -> str | None:
    """The name of a series, "" where it has none; None for what is no series."""
    values = _values(dataset)
    if len(dataset.shape) != 1 or len(values) != 1 or dataset.kind.startswith(_ARRAYS):
        return None
    return "" if values[0].name in _MADE_UP else values[0].name


def _values(dataset: Dataset) -> Sequence[Column]:
    """The columns without the index."""
    return dataset.columns[: len(dataset.columns) - len(_index(dataset))]


def _index(dataset: Dataset) -> Sequence[Column]:
    if not dataset.kind.startswith("pandas.") or not dataset.shape:
        return ()
    return dataset.columns[dataset.shape[1] if len(dataset.shape) > 1 else 1 :]


def _form(first: Dataset, other: Dataset) -> str:
    if first.kind == other.kind:
        return ""
    kinds, nouns = f"{first.kind} → {other.kind}", (_noun(first), _noun(other))
    return kinds if nouns[0] == nouns[1] else f"{nouns[0]} became {nouns[1]} ({kinds})"


def _noun(dataset: Dataset) -> str:
    if dataset.kind == "file":
        return "a file"
    if dataset.kind.startswith(_ARRAYS):
        return "an array"
    return "a series" if len(dataset.shape) == 1 else "a table"


def _content(first: Dataset, other: Dataset) -> tuple[list[str], bool]:
    """What of the content certainly differs, and whether the values are certainly the same."""
    if None not in (first.row_count, other.row_count) and first.row_count != other.row_count:
        return [f"rows {first.row_count:,} → {other.row_count:,}"], False
    shapes = first.shape, other.shape
    is_reshaped = first.kind == other.kind and shapes[0] != shapes[1]
    if all(shapes) and (is_reshaped or prod(shapes[0]) != prod(shapes[1])):
        return [f"shape {_shape(first)} → {_shape(other)}"], False
    says = []
    old, new = _values(first), _values(other)
    missing = _missing(old), _missing(new)
    if None not in missing and missing[0] != missing[1]:
        says.append(f"missing values {missing[0]:,} → {missing[1]:,}")
    same_values = False
    if _is_comparable(first, other):
        if old[0].dtype != new[0].dtype:
            says.append(f"type {old[0].dtype} → {new[0].dtype}")
        elif old[0].digest == new[0].digest:
            same_values = not (first.partial or other.partial)
        elif first.partial == other.partial and not says:
            says.append("the values differ")
    both_pandas = first.kind.startswith("pandas.") and other.kind.startswith("pandas.")
    if both_pandas and first.partial == other.partial and _index(first) != _index(other):
        says.append("the index differs")
    return says, same_values


def _is_comparable(first: Dataset, other: Dataset) -> bool:
    """True where equal values must have equal digests."""
    if len(_values(first)) != 1 or len(_values(other)) != 1:
        return False
    if first.kind == other.kind:
        return True
    # The digest of an array of several dimensions stands for its shape, too.
    are_flat = all(
        len(each.shape) == 1 or each.kind == "pandas.DataFrame" for each in (first, other)
    )
    return {first.kind, other.kind} <= _ALIKE and are_flat


def _missing(columns: Sequence[Column]) -> int | None:
    counts = [column.missing_count for column in columns]
    known = [count for count in counts if count is not None]
    return sum(known) if columns and len(known) == len(counts) else None


def _shape(dataset: Dataset) -> str:
    return " × ".join(f"{size:,}" for size in dataset.shape) or "()"
