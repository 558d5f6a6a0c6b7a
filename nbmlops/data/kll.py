"""Numbers that come one by one, in memory that does not grow: a KLL sketch, with its own bound.

Z. Karnin, K. Lang and E. Liberty 2016, "Optimal quantile approximation in streams". A level that is
full is sorted and every other number of it goes one level up, where each stands for two; a coin
says which half. So what a rank is off is a sum of coins, one of ±2^level for each time a level was
halved, whatever the order of the numbers. Their squares are counted, and W. Hoeffding's inequality
(1963) bounds the sum for the very stream that came, at all values at once. Sketches can be merged;
their squares add up.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nbmlops.data.numbers import GRID, Numbers

__all__ = ["Kll"]

Array = np.ndarray[Any, Any]
SIZE = 4096
SHRINKING = 2 / 3  # of a level beside the one above it
SMALLEST = 8
RISK = 0.001  # that the bound does not hold


class Kll:
    """A sketch of numbers without the missing ones.

    >>> sketch = Kll()
    >>> sketch.add(np.arange(100_000.0))
    >>> found = sketch.numbers()
    >>> found.count, found.doubt < 0.003, abs(found.quantile(0.5) - 50_000) < 300
    (100000, True, True)
    """

    def __init__(self, size: int = SIZE, seed: int = 0) -> None:
        self.size = size
        self.count = 0
        self._levels: list[Array] = [np.empty(0)]
        self._squares = 0.0  # of all coins
        self._coins = np.random.default_rng(seed)

    def add(self, values: Array) -> None:
        """Take in more numbers; NaN is left out."""
        values = np.asarray(values, np.float64)
        values = values[~np.isnan(values)]
        self.count += len(values)
        for start in range(0, len(values), self.size):
            piece = values[start : start + self.size]
            self._levels[0] = np.concatenate((self._levels[0], piece))
            self._halve()

    def merge(self, other: Kll) -> None:
        """Take in all that another sketch of this size has seen."""
        if other.size != self.size:
            raise ValueError("sketches of different sizes cannot be merged")
        self.count += other.count
        self._squares += other._squares
        while len(self._levels) < len(other._levels):
            self._levels.append(np.empty(0))
        for level, values in enumerate(other._levels):
            self._levels[level] = np.concatenate((self._levels[level], values))
        self._halve()

    def _room(self, level: int) -> int:
        depth = len(self._levels) - 1 - level
        return max(math.ceil(self.size * SHRINKING**depth), SMALLEST)

    def _halve(self) -> None:
        level = 0
        while level < len(self._levels):
            if len(self._levels[level]) <= self._room(level):
                level += 1
                continue
            if level == len(self._levels) - 1:
                self._levels.append(np.empty(0))  # which leaves less room to those below
                level = 0
                continue
            ordered = np.sort(self._levels[level])
            left = len(ordered) % 2
            kept = ordered[int(self._coins.integers(2)) + left :: 2]
            self._levels[level + 1] = np.concatenate((self._levels[level + 1], kept))
            self._levels[level] = ordered[:left].copy()  # the weight of all stays what it is
            self._squares += 4.0**level

    @property
    def doubt(self) -> float:
        """The most that a share is off at any value, but for one case in a thousand."""
        if not self._squares:
            return 0.0
        spread = math.sqrt(2 * self._squares * math.log(2 * self.count / RISK))
        return min(spread / self.count, 1.0)

    def numbers(self, size: int = GRID) -> Numbers:
        """What came so far as a distribution, with its doubt; exact while nothing was halved."""
        values = np.concatenate(self._levels)
        if not self._squares:
            return Numbers.of(values)
        weights = np.repeat(
            2.0 ** np.arange(len(self._levels)), [len(level) for level in self._levels]
        )
        order = np.argsort(values, kind="stable")
        values, upto = values[order], np.cumsum(weights[order])
        is_last = np.append(values[1:] != values[:-1], True)
        points, upto = values[is_last], upto[is_last]
        below = np.concatenate(([0.0], upto[:-1]))
        whole = Numbers(self.count, points=points, below=below, upto=upto, doubt=self.doubt)
        return whole if len(points) <= size else whole._thinner(size)
