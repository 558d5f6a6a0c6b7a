"""Cramér–von Mises: the squared gap between two distribution functions, added up over all rows."""

from __future__ import annotations

import math

import numpy as np

from nbmlops.drift.measures import Measured
from nbmlops.drift.null_laws import cramer_von_mises_tail, weighted_chi_squared_tail
from nbmlops.drift.pairs import NumericPair
from nbmlops.drift.shuffles import can_count, dealt_tail
from nbmlops.drift.sums import dot

__all__ = ["CramerVonMises"]

HEAVY = 0.02  # the share of rows at one value from which ties change the law of the statistic
CELLS = 64


class CramerVonMises:
    """T = nm/N · ∫ (F − G)² dH, where H is the distribution of all rows.

    At a value that many rows share, the squares of the gap before and after it count half each;
    without ties this is Anderson's statistic exactly. The p-value follows the limiting law, whose
    mean is that of the permutations of these rows; where many rows share a value, the law is that
    of the rows' own ties (a weighted sum of chi-squared variables). Where one side has so few rows
    that neither is near, the deals of the rows to the sides are counted.

    >>> from nbmlops.drift.pairs import numeric_pair
    >>> found = CramerVonMises().measure(numeric_pair(range(100), range(30, 130)))
    >>> round(found.statistic, 3), found.p_value < 1e-4, round(found.effect, 2)
    (3.6, True, 0.3)
    """

    name = "cramer_von_mises"
    title = "Cramér–von Mises"
    takes = "numbers"
    formula = "T = nm/N · Σ (F(x) − G(x))² / N over all rows x"
    source = "T. W. Anderson (1962), Ann. Math. Statist. 33, 1148; law: Csörgő and Faraway (1996)"

    def measure(self, pair: NumericPair) -> Measured | None:
        """The statistic, its p-value, and the largest gap as effect."""
        n, m = pair.sizes
        if not n or not m or pair.distinct_count < 2:
            return None
        below, upto = pair.gaps
        at, between = pair.masses
        total = dot(at, below * below + upto * upto) / 2
        if not pair.steps.is_exact:
            start, end = upto[:-1], below[1:]
            total += dot(between, start * start + start * end + end * end) / 3
        statistic = n * m / (n + m) * total
        gap = float(max(np.abs(upto).max(), np.abs(below).max()))
        if can_count(pair, float(at.max()), HEAVY):
            return Measured(statistic, dealt_tail(statistic, pair), gap)
        if at.max() < HEAVY:
            return Measured(statistic, cramer_von_mises_tail(statistic, n, m), gap)
        return Measured(statistic, _tied_tail(statistic, pair), gap)


def _tied_tail(statistic: float, pair: NumericPair) -> float:
    """The p-value under the ties of these rows."""
    n, m = pair.sizes
    at, between = pair.masses
    # Boundaries between cells: the law of the gap there is that of a Brownian bridge at the share
    # of rows up to it, and it counts with half of the mass on either side.
    ends = np.cumsum(at)
    ends[1:] += np.cumsum(between)
    ends = ends[:-1]
    weight = (at[:-1] + at[1:]) / 2 + between
    mean = dot(weight, ends * (1 - ends))
    if len(ends) > CELLS:
        ends, weight = _fewer(ends, weight)
    root = np.sqrt(weight)
    kernel = np.minimum.outer(ends, ends) - np.outer(ends, ends)
    values = np.linalg.eigvalsh(kernel * np.outer(root, root))
    values = values[values > values[-1] * 1e-6]
    if mean <= 0 or values.sum() <= 0:
        return 1.0
    values = values * (mean * (n + m) / (n + m - 1) / values.sum())
    found = weighted_chi_squared_tail(statistic, values)
    return min(max(found, 0.0), 1.0) if math.isfinite(found) else 1.0


def _fewer(ends: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The boundaries gathered into cells, the heavy ones kept."""
    cell = np.floor(np.cumsum(weight) / weight.sum() * CELLS * 0.999999).astype(np.int64)
    sums = np.bincount(cell, weight, CELLS)
    means = np.bincount(cell, weight * ends, CELLS)
    there = sums > 0
    return means[there] / sums[there], sums[there]
