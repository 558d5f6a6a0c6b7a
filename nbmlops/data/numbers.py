"""The distribution of a column of numbers: all of them sorted, or a grid with exact counts.

A grid has at most 4,096 of the values, evenly spread over the ranks, and for each of them how many
rows are below and up to it, so that heavy values keep their exact weight. Up to 4,096 different
values it is the whole truth. Between two points the rows are taken as evenly spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["GRID", "Numbers", "merged"]

Array = np.ndarray[Any, Any]
GRID = 4096


class Numbers:
    """The numbers of a column without the missing ones, as a distribution."""

    __slots__ = ("_sorted", "below", "count", "doubt", "error", "points", "raw", "upto")

    def __init__(
        self,
        count: int,
        *,
        raw: Array | None = None,
        points: Array | None = None,
        below: Array | None = None,
        upto: Array | None = None,
        error: float = 0.0,
        doubt: float = 0.0,
    ) -> None:
        self.count = count
        self.raw = raw  # as they came, without NaN
        self._sorted: Array | None = None
        self.points, self.below, self.upto = points, below, upto
        self.error = error  # the most that a share may be off between points
        self.doubt = doubt  # and at them: of what was counted row by row, else none

    @classmethod
    def of(cls, values: Array) -> Numbers:
        """The distribution of these values; NaN is left out.

        >>> Numbers.of(np.array([3.0, np.nan, 1.0])).count
        2
        """
        values = np.asarray(values)
        if values.dtype != np.float64:
            values = values.astype(np.float64)
        absent = np.isnan(values)
        if absent.any():
            values = values[~absent]
        return cls(len(values), raw=values)

    @property
    def sorted(self) -> Array | None:
        """All values in order; None where only a grid is left."""
        if self._sorted is None and self.raw is not None:
            self._sorted = np.sort(self.raw)
        return self._sorted

    def grid(self, size: int = GRID) -> Numbers:
        """The same distribution as a grid of at most `size` points.

        >>> thin = Numbers.of(np.arange(10_000.0)).grid()
        >>> len(thin.points), int(thin.quantile(0.5)), thin.error < 1 / 4000
        (4096, 4999, True)
        """
        ordered = self.sorted
        if ordered is None:
            return self if self.points is None or len(self.points) <= size else self._thinner(size)
        if not self.count:
            nothing = np.empty(0)
            return Numbers(0, points=nothing, below=nothing, upto=nothing)
        if self.count > size:
            places = np.linspace(0, self.count - 1, size).round().astype(np.int64)
            points = ordered[places]
        else:
            points = ordered
        points = points[np.concatenate(([True], points[1:] != points[:-1]))]
        below = np.searchsorted(ordered, points, "left").astype(np.float64)
        upto = np.searchsorted(ordered, points, "right").astype(np.float64)
        return Numbers(
            self.count, points=points, below=below, upto=upto, error=_gap(below, upto, self.count)
        )

    def _thinner(self, size: int) -> Numbers:
        assert self.points is not None
        assert self.below is not None
        assert self.upto is not None
        wanted = np.linspace(0, self.count, size)
        chosen = np.searchsorted(self.upto, wanted, "left")
        chosen = np.unique(np.clip(chosen, 0, len(self.points) - 1))
        chosen = np.union1d(chosen, [0, len(self.points) - 1])
        heavy = np.flatnonzero(self.upto - self.below > self.count / size)
        chosen = np.union1d(chosen, heavy)
        below, upto = self.below[chosen], self.upto[chosen]
        error = self.error + _gap(below, upto, self.count)
        return Numbers(
            self.count,
            points=self.points[chosen],
            below=below,
            upto=upto,
            error=error,
            doubt=self.doubt,
        )

    def at(self, points: Array) -> tuple[Array, Array]:
        """How many rows are below each point, and how many up to it."""
        ordered = self.sorted
        if ordered is not None:
            below = np.searchsorted(ordered, points, "left").astype(np.float64)
            return below, np.searchsorted(ordered, points, "right").astype(np.float64)
        assert self.points is not None
        assert self.below is not None
        assert self.upto is not None
        if not len(self.points):
            return np.zeros(len(points)), np.zeros(len(points))
        right = np.searchsorted(self.points, points, "left")
        place = np.minimum(right, len(self.points) - 1)
        is_there = self.points[place] == points
        left = np.maximum(right - 1, 0)
        start, end = self.points[left], self.points[place]
        with np.errstate(invalid="ignore", over="ignore"):  # of infinities and the largest floats
            width = end - start
        share = np.zeros(len(points))
        inner = (right > 0) & (right < len(self.points)) & (width > 0) & np.isfinite(width)
        share[inner] = (points[inner] - start[inner]) / width[inner]
        low, high = self.upto[left], self.below[place]
        between = low + share * (high - low)
        between = np.where(
            right == 0, 0.0, np.where(right >= len(self.points), self.count, between)
        )
        return (
            np.where(is_there, self.below[place], between),
            np.where(is_there, self.upto[place], between),
        )

    def quantile(self, share: float) -> float:
        """The value that this share of the rows is at or below; NaN without rows."""
        return float(self.quantiles(np.array([share]))[0])

    def quantiles(self, shares: Array) -> Array:
        """The values that these shares of the rows are at or below.

        >>> Numbers.of(np.array([4.0, 1.0, 2.0, 3.0])).quantiles(np.array([0, 0.5, 1]))
        array([1., 2., 4.])
        """
        if not self.count:
            return np.full(len(shares), np.nan)
        ranks = np.clip(np.ceil(shares * self.count), 1, self.count)
        ordered = self.sorted
        if ordered is not None:
            return np.asarray(ordered[ranks.astype(np.int64) - 1])
        assert self.points is not None
        assert self.upto is not None
        assert self.below is not None
        place = np.minimum(np.searchsorted(self.upto, ranks, "left"), len(self.points) - 1)
        left = np.maximum(place - 1, 0)
        inner = (place > 0) & (ranks <= self.below[place])
        span = np.maximum(self.below[place] - self.upto[left], 1.0)
        share = np.clip((ranks - self.upto[left]) / span, 0, 1)
        start, end = self.points[left], self.points[place]
        with np.errstate(invalid="ignore"):
            between = start + share * (end - start)
        return np.asarray(np.where(inner & np.isfinite(between), between, end))


def _gap(below: Array, upto: Array, count: int) -> float:
    """The largest share of rows between two neighboring points."""
    return float((below[1:] - upto[:-1]).max() / count) if len(below) > 1 and count else 0.0


def merged(parts: Sequence[Numbers], size: int = GRID) -> Numbers:
    """One distribution of several, each of which may be a grid: counts at the points of all.

    >>> halves = [Numbers.of(np.arange(0, 50.0)).grid(), Numbers.of(np.arange(50, 100.0)).grid()]
    >>> whole = merged(halves)
    >>> whole.count, whole.error, float(whole.quantile(0.25))
    (100, 0.0, 24.0)
    """
    parts = [part for part in parts if part.count]
    if not parts:
        return Numbers.of(np.empty(0)).grid()
    grids = [part.grid(size) for part in parts]
    points = np.unique(np.concatenate([grid.points for grid in grids if grid.points is not None]))
    counts = [grid.at(points) for grid in grids]
    total = sum(grid.count for grid in grids)
    below = np.sum([each[0] for each in counts], axis=0)
    upto = np.sum([each[1] for each in counts], axis=0)
    error = sum(grid.error * grid.count for grid in grids) / total
    doubt = sum(grid.doubt * grid.count for grid in grids) / total
    whole = Numbers(total, points=points, below=below, upto=upto, error=error, doubt=doubt)
    return whole if len(points) <= size else whole._thinner(size)
