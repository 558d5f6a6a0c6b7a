"""The law of the Cramér–von Mises statistic over ways to deal the rows to the sides.

Where one side has few rows and rows share values, no limiting law is near: all ways are counted
where there are few, else seeded draws of them stand for all, and the p-value is at least one over
their number. With H of all rows and G of the drawn side, T = nm/N · (N/n)² ∫ (H − G)² dH, and the
integral is a sum over the drawn rows in order, so that one deal costs as little as its smaller
side.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, combinations
from math import comb
from typing import Any

import numpy as np

from nbmlops.drift.pairs import NumericPair

__all__ = ["can_count", "dealt_tail"]

Array = np.ndarray[Any, Any]
MOST_WAYS = 20_000
FEW_ROWS = 100  # on the smaller side, up to which draws are affordable
FEW_OTHERS = 30  # expected beside the heaviest value, below which the law of ties is not near


def can_count(pair: NumericPair, heaviest: float, heavy: float) -> bool:
    """True where the statistic is to be judged by deals of the rows, not by a limiting law."""
    n, m = pair.sizes
    few = min(n, m)
    if few <= 10 and pair.steps.is_exact and comb(n + m, few) <= MOST_WAYS:
        return True
    return heaviest >= heavy and few <= FEW_ROWS and few * (1 - heaviest) < FEW_OTHERS


def dealt_tail(statistic: float, pair: NumericPair) -> float:
    """P(T ≥ statistic) over the deals of these rows, at most.

    >>> from nbmlops.drift.pairs import numeric_pair
    >>> dealt_tail(0.75, numeric_pair([1, 1, 1], [2, 2, 2]))
    0.1
    """
    n, m = pair.sizes
    few, many, total = min(n, m), max(n, m), n + m
    at, between = pair.masses
    masses = at
    if not pair.steps.is_exact:  # what lies between two points is taken as one value
        masses = np.zeros(2 * len(at) - 1)
        masses[::2], masses[1::2] = at, between
    upto = np.cumsum(masses)
    below = upto - masses
    # What a row at each value adds to the integrals of H·G and, as the larger of two, of G².
    first = masses * upto / 2 + _above(masses * (below + upto) / 2)
    second = masses / 2 + _above(masses)
    whole = float((masses * (below * below + upto * upto)).sum()) / 2
    ways = comb(total, few)
    if pair.steps.is_exact:
        deals = _all_deals(total, few) if ways <= MOST_WAYS else _some_deals(total, few)
        ends = np.rint(upto * total).astype(np.int64)
        rows = np.searchsorted(ends, np.arange(total), "right")
        cells = rows[deals]
    else:
        cells = np.searchsorted(upto, (_some_deals(total, few) + 0.5) / total, "left")
        cells = np.minimum(cells, len(upto) - 1)
    places = 2 * np.arange(few) + 1
    squares = whole - 2 / few * first[cells].sum(1) + (second[cells] @ places) / few**2
    found = few * total / many * squares
    reached = int(np.count_nonzero(found >= statistic * (1 - 1e-9) - 1e-9))
    if ways <= MOST_WAYS and pair.steps.is_exact:
        return min(reached / ways, 1.0)
    return (1 + reached) / (1 + len(found))


def _above(masses: Array) -> Array:
    """The sum of what stands after each place."""
    found: Array = np.cumsum(masses[::-1])[::-1] - masses
    return found


@lru_cache(maxsize=8)
def _all_deals(total: int, few: int) -> Array:
    """Every choice of so many rows, each in order."""
    flat = chain.from_iterable(combinations(range(total), few))
    return np.fromiter(flat, np.int32).reshape(-1, few)


@lru_cache(maxsize=8)
def _some_deals(total: int, few: int) -> Array:
    """Seeded choices of so many rows, each in order."""
    random = np.random.default_rng([total, few])
    drawn = np.sort(random.integers(0, total, (MOST_WAYS, few)), axis=1)
    while len(twice := np.flatnonzero((drawn[:, 1:] == drawn[:, :-1]).any(axis=1))):
        if few * few > 4 * total:  # repeats are the rule: choose without replacement, one by one
            for place in twice:
                drawn[place] = np.sort(random.choice(total, few, replace=False))
            break
        drawn[twice] = np.sort(random.integers(0, total, (len(twice), few)), axis=1)
    return drawn
