"""Two sides of a column, brought together once: what every measure is a formula of.

Numbers become the merged steps of both distribution functions. While all values are in memory and
not too many, one sort of both sides together gives them exactly (equal up to the last bit of a
float64); beyond that, both functions are known exactly at the 8,192 points of the two grids, and
are taken as straight between them. Labels become two aligned rows of counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nbmlops.data.numbers import Numbers

__all__ = ["LevelPair", "NumericPair", "RowPair", "exact_pair", "level_pair", "numeric_pair"]

Array = np.ndarray[Any, Any]
EXACT_ROWS = 150_000  # of both sides; above, grids are several times faster and as good
DECILES = tuple(place / 10 for place in range(1, 10))
KNOWN = (0.0, 0.005, 0.05, 0.25, 0.75, 0.95, 0.995, 1.0, *DECILES)
LARGEST = np.nextafter(np.finfo(np.float64).max, 0)  # its last bit is free


@dataclass(frozen=True, slots=True)
class RowPair:
    """How many rows each side has, and how many of them are missing."""

    reference_rows: int
    current_rows: int
    reference_missing: int
    current_missing: int


@dataclass(frozen=True, slots=True)
class Steps:
    """Both distribution functions at the values where one of them rises: below and up to each."""

    values: Array
    reference_below: Array
    reference_upto: Array
    current_below: Array
    current_upto: Array
    is_exact: bool  # nothing lies between the values


class NumericPair:
    """The numbers of a column on both sides, without the missing ones."""

    def __init__(self, reference: Numbers, current: Numbers) -> None:
        self.reference, self.current = reference, current

    @property
    def sizes(self) -> tuple[int, int]:
        """The rows of both sides."""
        return self.reference.count, self.current.count

    @cached_property
    def steps(self) -> Steps:
        """The merged distribution functions, as shares."""
        first, second = self.reference, self.current
        is_small = first.count + second.count <= EXACT_ROWS
        if is_small and first.raw is not None and second.raw is not None:
            return _exact_steps(first.raw, second.raw)
        return _grid_steps(first, second)

    @cached_property
    def gaps(self) -> tuple[Array, Array]:
        """How far apart the functions are, reference minus current, below and up to each value.

        What a sketch of rows that came one by one may be off is taken from each gap, so that it is
        never told as drift.
        """
        steps = self.steps
        upto = steps.reference_upto - steps.current_upto
        if not steps.is_exact:
            below = steps.reference_below - steps.current_below
            doubt = self.reference.doubt + self.current.doubt
            return (_nearer(below, doubt), _nearer(upto, doubt)) if doubt else (below, upto)
        below = np.empty_like(upto)
        below[:1] = 0.0
        below[1:] = upto[:-1]
        return below, upto

    @cached_property
    def masses(self) -> tuple[Array, Array]:
        """The share of all rows at each value, and between each value and the next."""
        steps, (n, m) = self.steps, self.sizes
        upto = (n * steps.reference_upto + m * steps.current_upto) / (n + m)
        if steps.is_exact:
            at = upto.copy()
            at[1:] -= upto[:-1]
            return at, np.zeros(max(len(upto) - 1, 0))
        below = (n * steps.reference_below + m * steps.current_below) / (n + m)
        return upto - below, np.maximum(below[1:] - upto[:-1], 0.0)

    @property
    def distinct_count(self) -> int:
        """How many different values there are, as far as is known."""
        return len(self.steps.values)

    @cached_property
    def _known_quantiles(self) -> tuple[dict[float, int], Array, Array]:
        """The quantiles that measures and views ask for, all of them found at once."""
        wanted = np.array(KNOWN)
        return ({share: at for at, share in enumerate(KNOWN)}, *self._quantiles(wanted))

    def quantiles(self, shares: Sequence[float]) -> tuple[Array, Array]:
        """The quantiles of both sides."""
        places, first, second = self._known_quantiles
        if all(share in places for share in shares):
            chosen = [places[share] for share in shares]
            return first[chosen], second[chosen]
        return self._quantiles(np.asarray(shares, np.float64))

    def _quantiles(self, wanted: Array) -> tuple[Array, Array]:
        steps = self.steps
        if not steps.is_exact:
            return self.reference.quantiles(wanted), self.current.quantiles(wanted)
        found = []
        sides = ((steps.reference_upto, self.sizes[0]), (steps.current_upto, self.sizes[1]))
        for upto, count in sides:
            if not count:
                found.append(np.full(len(wanted), np.nan))
                continue
            ranks = np.maximum(np.ceil(wanted * count - 1e-9), 1)
            place = np.searchsorted(upto, (ranks - 0.5) / count, "left")
            found.append(steps.values[np.minimum(place, len(upto) - 1)])
        return found[0], found[1]

    @cached_property
    def decile_shares(self) -> tuple[Array, Array]:
        """The shares of both sides between the deciles of the reference that differ."""
        edges = self.quantiles(DECILES)[0]
        return self.shares_between(edges[np.append(True, edges[1:] != edges[:-1])])

    def shares_between(self, edges: Array) -> tuple[Array, Array]:
        """The shares of both sides in the cells (…, e0], (e0, e1], … (ek, …)."""
        steps = self.steps
        if not steps.is_exact:
            shares = []
            for side in (self.reference, self.current):
                upto = side.at(edges)[1] / max(side.count, 1)
                shares.append(_rises(upto))
            return shares[0], shares[1]
        place = np.searchsorted(steps.values, edges, "right")
        found = []
        for upto in (steps.reference_upto, steps.current_upto):
            padded = np.concatenate(([0.0], upto))
            found.append(_rises(padded[place]))
        return found[0], found[1]

    def as_levels(self, name: Any = str) -> LevelPair:
        """The same column as labels, one for each value."""
        steps, (n, m) = self.steps, self.sizes
        below = [np.concatenate(([0.0], side[:-1])) if steps.is_exact else other
                 for side, other in ((steps.reference_upto, steps.reference_below),
                                     (steps.current_upto, steps.current_below))]  # fmt: skip
        return LevelPair(
            tuple(name(value) for value in steps.values.tolist()),
            np.rint((steps.reference_upto - below[0]) * n),
            np.rint((steps.current_upto - below[1]) * m),
            is_ordered=True,
        )


def _nearer(gaps: Array, doubt: float) -> Array:
    return np.asarray(np.sign(gaps) * np.maximum(np.abs(gaps) - doubt, 0.0))


def _rises(upto: Array) -> Array:
    """What a distribution function rises by between these places, both ends included."""
    found = np.empty(len(upto) + 1)
    found[:-1] = upto
    found[-1] = 1.0
    found[1:] -= upto
    return found


def _exact_steps(first: Array, second: Array) -> Steps:
    n, m = len(first), len(second)
    both = np.concatenate((first, second))
    both += 0.0  # so that there is one zero
    is_finite = bool(np.isfinite(both).all())
    if not is_finite:
        np.clip(both, -LARGEST, LARGEST, out=both)
    # The last bit of each number says which side it is from, so that one sort does for both.
    bits = both.view(np.int64)
    bits &= ~1
    bits[n:] |= 1
    both.sort()
    side = bits & 1
    bits &= ~1
    last = np.empty(n + m, bool)
    last[-1:] = True
    np.not_equal(both[1:], both[:-1], out=last[:-1])
    current = np.cumsum(side)
    if last.all():
        ends, values = np.arange(1, n + m + 1), both
    else:
        places = np.flatnonzero(last)
        ends, values, current = places + 1, both[places], current[places]
    if not is_finite and len(values):
        values = values.copy()
        values[values >= LARGEST] = np.inf
        values[values <= -LARGEST] = -np.inf
    reference_upto = (ends - current) / max(n, 1)
    current_upto = current / max(m, 1)
    return Steps(values, reference_upto, reference_upto, current_upto, current_upto, is_exact=True)


def _grid_steps(first: Numbers, second: Numbers) -> Steps:
    grids = [first.grid().points, second.grid().points]
    points = np.unique(np.concatenate([grid for grid in grids if grid is not None]))
    (rb, ru), (cb, cu) = first.at(points), second.at(points)
    n, m = max(first.count, 1), max(second.count, 1)
    return Steps(points, rb / n, ru / n, cb / m, cu / m, is_exact=False)


@dataclass(frozen=True)
class LevelPair:
    """How often each label stands on both sides, aligned."""

    levels: tuple[str, ...]
    reference: Array
    current: Array
    is_ordered: bool = False  # by their value

    @property
    def sizes(self) -> tuple[int, int]:
        """The rows of both sides."""
        return int(self.reference.sum()), int(self.current.sum())

    @cached_property
    def shares(self) -> tuple[Array, Array]:
        """The share of each label on both sides."""
        n, m = self.sizes
        return self.reference / max(n, 1), self.current / max(m, 1)

    @cached_property
    def cells(self) -> tuple[Array, Array]:
        """The counts with the rare labels pooled, so that each cell expects five rows a side.

        Which labels are rare is said by both sides together, so that it tells nothing of drift.
        """
        n, m = self.sizes
        pooled = self.reference + self.current
        order = np.argsort(-pooled, kind="stable")
        least = 5 * (n + m) / max(min(n, m), 1)
        kept = int(np.count_nonzero(pooled >= least))
        first, second = self.reference[order], self.current[order]
        rest = pooled[order][kept:].sum()
        if 0 < rest < least and kept:
            kept -= 1
        if kept < len(order):
            first = np.append(first[:kept], first[kept:].sum())
            second = np.append(second[:kept], second[kept:].sum())
        return first.astype(np.float64), second.astype(np.float64)


def exact_pair(reference: Array, current: Array) -> NumericPair:
    """A pair of all values, however many there are."""
    pair = NumericPair(Numbers.of(reference), Numbers.of(current))
    pair.__dict__["steps"] = _exact_steps(reference, current)  # as the property would keep it
    return pair


def numeric_pair(reference: Any, current: Any) -> NumericPair:
    """A pair of two sequences of numbers, for examples and tests.

    >>> numeric_pair([1, 2], [2, 3]).steps.values
    array([1., 2., 3.])
    """
    return NumericPair(
        Numbers.of(np.asarray(reference, np.float64)), Numbers.of(np.asarray(current, np.float64))
    )


def level_pair(reference: Mapping[str, int], current: Mapping[str, int]) -> LevelPair:
    """A pair of two tables of counts.

    >>> pair = level_pair({"a": 3}, {"a": 1, "b": 2})
    >>> pair.levels, pair.reference.tolist(), pair.current.tolist()
    (('a', 'b'), [3, 0], [1, 2])
    """
    levels = tuple(dict.fromkeys([*reference, *current]))
    return LevelPair(
        levels,
        np.array([reference.get(level, 0) for level in levels], np.int64),
        np.array([current.get(level, 0) for level in levels], np.int64),
    )
