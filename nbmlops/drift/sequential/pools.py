"""What a monitor keeps of all rows that it has seen of a column: counts in cells that never change.

Cells come from the reference: its values, or 256 of its quantiles with the stretches between them,
and one for whatever is not in it. Counts in fixed cells add up without any error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbmlops.data.numbers import Numbers
from nbmlops.data.profile import ColumnProfile
from nbmlops.drift.kinds import judge

__all__ = ["Cells", "cells_of"]

Array = np.ndarray[Any, Any]
POINTS = 256
MOST_LEVELS = 20
OTHERS = "(all others)"


@dataclass(frozen=True)
class Cells:
    """How the values of a column are counted: `kind` is "numeric", "discrete" or "labels"."""

    kind: str
    points: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()

    @property
    def is_ordered(self) -> bool:
        """True where cells have an order that matters: numbers with many values."""
        return self.kind == "numeric"

    @property
    def size(self) -> int:
        """The number of cells."""
        if self.kind == "labels":
            return len(self.levels) + 1
        return 2 * len(self.points) + 1 if self.is_ordered else len(self.points) + 1

    def count(self, column: ColumnProfile) -> Array | None:
        """The rows in each cell, without the missing ones; None where they cannot be counted."""
        if column.row_count == column.missing_count:
            return np.zeros(self.size, np.int64)
        if self.kind == "labels":
            return self._count_labels(column)
        numbers = column.numbers if column.numbers is not None else _as_numbers(column)
        if numbers is None:
            return None
        points = np.array(self.points)
        below, upto = (np.rint(each).astype(np.int64) for each in numbers.at(points))
        at = upto - below
        if not self.is_ordered:
            return np.append(at, numbers.count - at.sum())
        found = np.empty(self.size, np.int64)
        found[1::2] = at
        found[0:-1:2] = below - np.concatenate(([0], upto[:-1]))
        found[-1] = numbers.count - upto[-1]
        return np.maximum(found, 0)

    def _count_labels(self, column: ColumnProfile) -> Array | None:
        counts: dict[str, int] = {}
        if column.counts is not None:
            counts = dict(zip(column.levels, column.counts.tolist(), strict=True))
        elif column.numbers is not None:
            named = {level: _value_of(level) for level in self.levels}
            values = {level: value for level, value in named.items() if value is not None}
            if len(values) < max(len(self.levels) / 2, 1):
                return None
            below, upto = column.numbers.at(np.array(list(values.values())))
            counts = dict(zip(values, np.rint(upto - below).astype(int).tolist(), strict=True))
        else:
            return None
        known = [counts.get(level, 0) for level in self.levels]
        total = column.row_count - column.missing_count
        return np.array([*known, max(total - sum(known), 0)], np.int64)

    def to_dict(self) -> dict[str, Any]:
        """The cells, JSON-safe."""
        return {"kind": self.kind, "points": list(self.points), "levels": list(self.levels)}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Cells:
        """What `to_dict` told."""
        points = tuple(float(each) for each in said["points"])
        return cls(said["kind"], points, tuple(said["levels"]))


def _value_of(level: str) -> float | None:
    """The number that a label reads as: yes and no are 1 and 0."""
    if level in ("False", "True"):
        return float(level == "True")
    try:
        return float(level)
    except ValueError:
        return None


def _as_numbers(column: ColumnProfile) -> Numbers | None:
    """Labels that all read as numbers, as those; None for others."""
    if column.counts is None or column.rest_count or not column.levels:
        return None
    values = [_value_of(level) for level in column.levels]
    if None in values:
        return None
    return Numbers.of(np.repeat(np.array(values, np.float64), column.counts))


def cells_of(column: ColumnProfile) -> tuple[Cells | None, str]:
    """The cells for a column of the reference, or None and why it cannot be watched."""
    judged = judge(column, column)
    if judged.pair is None:
        return None, judged.reason
    if column.numbers is not None:
        kind = "discrete" if judged.kind == "discrete" else "numeric"
        points = column.numbers.grid(POINTS).points
        assert points is not None
        finite = points[np.isfinite(points)]
        if not len(finite):
            return None, "none of its numbers is finite"
        return Cells(kind, tuple(float(point) for point in finite)), ""
    assert column.counts is not None
    order = np.argsort(-column.counts, kind="stable")[:MOST_LEVELS]
    return Cells("labels", levels=tuple(column.levels[place] for place in order)), ""
