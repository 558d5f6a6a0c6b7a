"""Columns cut into few cells, and the conditions on one column that these cells allow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nbmlops.drift.scores import Array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cells", "Condition", "cells_of", "numbers_of"]

BINS = 6  # of numbers, with about as many rows each
LEVELS = 10  # labels that are told apart; rarer ones are one cell, which nobody can name
FEWEST = 0.01  # of the rows, for a label that is told apart


@dataclass(frozen=True, slots=True)
class Condition:
    """What a row's column has to be: a label, missing, or a number from `low` to below `high`.

    >>> print(Condition("age", low=18.0, high=31.5), "|", Condition("region", level="north"))
    18 ≤ age < 31.5 | region = north
    """

    column: str
    low: float | None = None
    high: float | None = None
    level: str | None = None
    is_missing: bool = False

    @property
    def is_whole(self) -> bool:
        """True where it says nothing: as a mark, that all values moved up or down."""
        return self.low is None and self.high is None and self.level is None and not self.is_missing

    def __str__(self) -> str:
        if self.is_whole:
            return self.column
        if self.is_missing:
            return f"{self.column} missing"
        if self.level is not None:
            return f"{self.column} = {self.level}"
        if self.low is None:
            return f"{self.column} < {_shown(self.high)}"
        if self.high is None:
            return f"{self.column} ≥ {_shown(self.low)}"
        return f"{_shown(self.low)} ≤ {self.column} < {_shown(self.high)}"


def _shown(number: float | None) -> str:
    return "" if number is None else f"{number:.12g}"


@dataclass(frozen=True)
class Cells:
    """A column as the cell of each row on both sides, and what can be said of cells.

    `ranges` says of each of the `conditions` which cells fulfil it. The `marks` tell how the column
    is distributed: the shares of conditions and, of numbers, the mean rank; `parts` has what each
    cell adds to each of them.
    """

    name: str
    codes: tuple[Array, Array]
    count: int
    conditions: tuple[Condition, ...]
    ranges: Array
    marks: tuple[Condition, ...]
    parts: Array
    is_scale: bool  # numbers, whose cells have an order

    @property
    def is_rank(self) -> Array:
        """Which marks are a mean rank and no share."""
        return np.array([one.is_whole for one in self.marks])


def cells_of(name: str, first: pd.Series[Any], second: pd.Series[Any], kind: str) -> Cells | None:
    """The column in cells, by its kind in the report; None where it is the same in every row."""
    if kind in ("numeric", "discrete"):
        return _numbers(name, first, second)
    return _labels(name, first, second)


def _numbers(name: str, first: pd.Series[Any], second: pd.Series[Any]) -> Cells | None:
    sides = [numbers_of(one) for one in (first, second)]
    both = np.concatenate(sides)
    there = both[~np.isnan(both)]
    if not len(there):
        return None
    different = np.unique(there)
    is_few = len(different) <= BINS
    edges = different[1:] if is_few else _edges(there[np.isfinite(there)])
    bins = len(edges) + 1
    has_missing = len(there) < len(both)
    count = bins + has_missing
    if count < 2:
        return None
    codes = [np.where(np.isnan(one), bins, np.searchsorted(edges, one, side="right"))
             for one in sides]  # fmt: skip
    conditions, ranges = [], []
    ends: list[float | None] = [None, *map(float, edges), None]
    for low in range(bins):
        for high in range(low + 1, bins + 1):
            if high - low == bins:
                continue  # which is no condition
            covered = np.zeros(count)
            covered[low:high] = 1
            level = f"{different[low]:.12g}" if is_few and high - low == 1 else None
            limits = (None, None) if level is not None else (ends[low], ends[high])
            conditions.append(Condition(name, *limits, level=level))
            ranges.append(covered)
    marks = [Condition(name, high=float(edge)) for edge in edges]
    parts = [(np.arange(count) <= place).astype(float) for place in range(len(edges))]
    # The mean rank finds a shift with a third fewer rows than any one share does.
    sizes = np.bincount(np.concatenate(codes), minlength=count)[:bins]
    rank = np.full(count, 0.5)
    rank[:bins] = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
    marks.append(Condition(name))
    parts.append(rank)
    if has_missing:
        gone = np.zeros(count)
        gone[bins] = 1
        for told, kept in ((conditions, ranges), (marks, parts)):
            told.append(Condition(name, is_missing=True))
            kept.append(gone)
    return Cells(
        name,
        (codes[0], codes[1]),
        count,
        tuple(conditions),
        np.array(ranges),
        tuple(marks),
        np.array(parts),
        is_scale=True,
    )


def numbers_of(column: pd.Series[Any]) -> Array:
    """The values as numbers, missing ones as NaN."""
    found: Array = column.to_numpy(dtype=float, na_value=np.nan)
    return found


def _edges(values: Array) -> Array:
    """Numbers that cut the values into bins of about one size, as short as they may be."""
    if not len(values):
        return values
    cuts = np.quantile(values, np.arange(1, BINS) / BINS)
    low, high = np.quantile(values, (0.1, 0.9))
    spread = float(high - low) or float(values.max() - values.min())
    decimals = 2 - math.floor(math.log10(spread)) if spread > 0 and math.isfinite(spread) else 12
    rounded = np.unique(np.round(cuts, int(np.clip(decimals, -300, 300))))
    inside: Array = rounded[(rounded > values.min()) & (rounded <= values.max())] + 0.0
    return inside


def _labels(name: str, first: pd.Series[Any], second: pd.Series[Any]) -> Cells | None:
    import pandas as pd

    both = pd.concat([one.astype(object) for one in (first, second)], ignore_index=True)
    codes, found = pd.factorize(both)
    sizes = np.bincount(codes[codes >= 0], minlength=len(found))
    order = np.argsort(-sizes, kind="stable")
    kept = [place for place in order[:LEVELS] if sizes[place] >= FEWEST * len(both)]
    cell = np.full(len(found) + 1, len(kept))
    cell[kept] = np.arange(len(kept))
    names: list[Condition | None] = [Condition(name, level=str(found[place])) for place in kept]
    if len(kept) < len(found):
        names.append(None)  # all others
    if (codes < 0).any():
        cell[-1] = len(names)  # of the code -1
        names.append(Condition(name, is_missing=True))
    if len(names) < 2:
        return None
    told = [place for place, one in enumerate(names) if one is not None]
    conditions = tuple(one for one in names if one is not None)
    ranges = np.eye(len(names))[told]
    split = cell[codes]
    return Cells(
        name,
        (split[: len(first)], split[len(first) :]),
        len(names),
        conditions,
        ranges,
        conditions,
        ranges,
        is_scale=False,
    )
