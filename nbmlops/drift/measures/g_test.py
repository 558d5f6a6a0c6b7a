"""The G-test: the likelihood ratio of two rows of counts, with rare labels pooled."""

from __future__ import annotations

import numpy as np

from nbmlops.drift.measures import Measured
from nbmlops.drift.measures.chi_squared import balanced_v, expected_cells
from nbmlops.drift.null_laws import chi_squared_tail
from nbmlops.drift.pairs import LevelPair
from nbmlops.drift.sums import dot

__all__ = ["GTest"]


class GTest:
    """G = 2 Σ observed · ln(observed / expected).

    >>> from nbmlops.drift.pairs import level_pair
    >>> round(GTest().measure(level_pair({"a": 60, "b": 40}, {"a": 40, "b": 60})).statistic, 4)
    8.0542
    """

    name = "g_test"
    title = "G-test"
    takes = "levels"
    formula = "G = 2 Σ O ln(O/E)"
    source = "S. S. Wilks (1938), Ann. Math. Statist. 9, 60; R. R. Sokal and F. J. Rohlf (1981)"

    def measure(self, pair: LevelPair) -> Measured | None:
        """The statistic, its p-value, and Cramér's V at equal sizes as effect."""
        first, second = pair.cells
        if len(first) < 2 or not all(pair.sizes):
            return None
        observed = np.concatenate((first, second))
        expected = np.concatenate(expected_cells(first, second))
        there = observed > 0
        ratio = np.log(observed[there] / expected[there])
        statistic = 2 * dot(observed[there], ratio)
        p_value = chi_squared_tail(statistic, len(first) - 1)
        return Measured(statistic, p_value, balanced_v(first, second))
