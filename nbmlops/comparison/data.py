"""Datasets against the first run's, down to the column.

Fingerprints are compared, never values. A digest that stands for a part of the data proves that
they differ, but not that they are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from nbmlops.comparison.data_forms import PARTIAL, form_change
from nbmlops.comparison.records import ColumnChange, DataChange, DatasetRow
from nbmlops.records import Column, Dataset, Run

__all__ = ["compare_data"]

NAMED_COLUMNS = 4
_ORDER = {"train": 0, "validation": 1, "test": 2}  # the others after them
_VERBS = {"values": "differs", "added": "added", "removed": "removed", "type": "changed type"}


@dataclass(slots=True)
class _Matched:
    """What is taken for the same dataset in several runs, in the order of the runs."""

    found: dict[str, Dataset] = field(default_factory=dict)

    @property
    def model(self) -> Dataset:
        return next(iter(self.found.values()))


def compare_data(runs: Sequence[Run]) -> tuple[DatasetRow, ...]:
    """A row for each dataset, matched by name, then by role, then by digest."""
    rows: list[_Matched] = []
    for run in runs:
        left = dict(run.datasets)
        keys: tuple[Callable[[Dataset], Hashable], ...] = (_name, _role, _digest)
        for key in keys:
            _match(rows, left, run.id, key)
        rows += [_Matched({run.id: dataset}) for dataset in left.values()]
    rows.sort(key=lambda row: _ORDER.get(row.model.role, len(_ORDER)))
    return tuple(_row(row.found, runs) for row in rows)


def _name(dataset: Dataset) -> Hashable:
    return dataset.name


def _role(dataset: Dataset) -> Hashable:
    return dataset.role


def _digest(dataset: Dataset) -> Hashable:
    return dataset.digest


def _match(
    rows: Sequence[_Matched],
    left: dict[str, Dataset],
    run_id: str,
    key: Callable[[Dataset], Hashable],
) -> None:
    """Put the datasets that are left into the rows with the same key, where it is unmistakable."""
    open_rows = [row for row in rows if run_id not in row.found]
    for name, dataset in list(left.items()):
        fitting = [row for row in open_rows if key(row.model) == key(dataset)]
        rivals = [other for other in left.values() if key(other) == key(dataset)]
        if len(fitting) == 1 and len(rivals) == 1:
            fitting[0].found[run_id] = left.pop(name)
            open_rows.remove(fitting[0])


def _row(found: Mapping[str, Dataset], runs: Sequence[Run]) -> DatasetRow:
    first = found.get(runs[0].id)
    model = next(iter(found.values()))
    changes = {run.id: _change(first, found.get(run.id)) for run in runs[1:]}
    sizes = {key: _size(dataset) for key, dataset in found.items()}
    return DatasetRow(model.name, model.role, sizes, changes)


def _size(dataset: Dataset) -> str:
    if dataset.shape:  # which does not count the index, as the recorded columns do
        return " × ".join(f"{size:,}" for size in dataset.shape)
    if dataset.columns:
        rows = f"{dataset.row_count:,}" if dataset.row_count is not None else "?"
        return f"{rows} × {len(dataset.columns):,}"
    return f"{dataset.row_count:,} rows" if dataset.row_count is not None else dataset.kind


def _change(first: Dataset | None, other: Dataset | None) -> DataChange:
    if first is None and other is None:
        return DataChange("same")
    if other is None:
        return DataChange("missing", ("not in this run",))
    if first is None:
        return DataChange("missing", ("not in the first run",))
    if first.digest == other.digest:
        if not (first.partial or other.partial):
            return DataChange("same")
        return DataChange("unsure", ("equal as far as it was looked at; only a part was",))
    return form_change(first, other) or _difference(first, other)


def _difference(first: Dataset, other: Dataset) -> DataChange:
    same_rows = first.row_count == other.row_count
    comparable = first.partial == other.partial and same_rows
    columns = _columns(first.columns, other.columns, comparable)
    names = [column.name for column in first.columns], [column.name for column in other.columns]
    is_other_order = names[0] != names[1] and sorted(names[0]) == sorted(names[1])
    says = _says(first, other, columns, is_other_order=is_other_order)
    if first.partial != other.partial and not says:
        return DataChange("unsure", (PARTIAL,))
    if not says:
        says = ["the content differs"] if not first.columns else ["the index or the order differs"]
    return DataChange(
        "differs",
        tuple(says),
        tuple(columns),
        None if same_rows else first.row_count,
        None if same_rows else other.row_count,
        is_other_order,
    )


def _columns(
    first: Sequence[Column], other: Sequence[Column], comparable: bool
) -> list[ColumnChange]:
    """What differs column by column; values only where the rows may be the same ones."""
    old, new = {one.name: one for one in first}, {one.name: one for one in other}
    found = []
    for name, column in new.items():
        if name not in old:
            found.append(ColumnChange(name, "added", "", column.dtype))
        elif old[name].dtype != column.dtype:
            found.append(ColumnChange(name, "type", old[name].dtype, column.dtype))
        elif comparable and old[name].digest != column.digest:
            before, after = old[name].missing_count, column.missing_count
            told = ("", "") if before == after else (f"{before} missing", f"{after} missing")
            found.append(ColumnChange(name, "values", *told))
    return found + [
        ColumnChange(name, "removed", old[name].dtype) for name in old if name not in new
    ]


def _says(
    first: Dataset, other: Dataset, columns: Sequence[ColumnChange], *, is_other_order: bool
) -> list[str]:
    says = []
    if first.row_count != other.row_count and None not in (first.row_count, other.row_count):
        says.append(f"rows {first.row_count:,} → {other.row_count:,}")
    elif not first.columns and first.shape != other.shape:
        says.append(f"shape {_shape(first)} → {_shape(other)}")
    for change in ("removed", "added", "type"):
        says += _told([one for one in columns if one.change == change], change)
    values = [one for one in columns if one.change == "values"]
    if len(values) > NAMED_COLUMNS and len(values) == len(first.columns):
        says.append(f"all {len(values)} columns differ: other rows, or another order of them")
    else:
        says += _told(values, "values")
    if is_other_order:
        says.append("the columns stand in another order")
    if first.kind != other.kind:
        says.append(f"{first.kind} → {other.kind}")
    return says


def _shape(dataset: Dataset) -> str:
    return " × ".join(f"{size:,}" for size in dataset.shape) or "()"


def _told(columns: Sequence[ColumnChange], change: str) -> list[str]:
    if not columns:
        return []
    if change == "type":
        named = [f"{one.name} {one.before} → {one.after}" for one in columns[:NAMED_COLUMNS]]
    elif change == "values":
        named = [
            f"{one.name} ({one.before} → {one.after})" if one.before or one.after else one.name
            for one in columns[:NAMED_COLUMNS]
        ]
    else:
        named = [one.name for one in columns[:NAMED_COLUMNS]]
    more = f" and {len(columns) - NAMED_COLUMNS} more" if len(columns) > NAMED_COLUMNS else ""
    noun, verb = ("column", _VERBS[change]) if len(columns) == 1 else ("columns", _plural(change))
    return [f"{noun} {', '.join(named)}{more} {verb}"]


def _plural(change: str) -> str:
    return "differ" if change == "values" else _VERBS[change]
