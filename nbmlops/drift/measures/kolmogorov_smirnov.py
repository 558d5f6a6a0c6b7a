"""Kolmogorov–Smirnov: the largest gap between two distribution functions."""

from __future__ import annotations

import numpy as np

from nbmlops.drift.measures import Measured
from nbmlops.drift.null_laws import kolmogorov_tail
from nbmlops.drift.pairs import NumericPair

__all__ = ["KolmogorovSmirnov"]


class KolmogorovSmirnov:
    """D = max |F(x) − G(x)|.

    >>> from nbmlops.drift.pairs import numeric_pair
    >>> KolmogorovSmirnov().measure(numeric_pair([1, 2, 3, 4], [3, 4, 5, 6])).statistic
    0.5
    """

    name = "kolmogorov_smirnov"
    title = "Kolmogorov–Smirnov"
    takes = "numbers"
    formula = "D = max |F(x) − G(x)|"
    source = "N. V. Smirnov (1948), Ann. Math. Statist. 19, 279"

    def measure(self, pair: NumericPair) -> Measured | None:
        """The statistic, its p-value by the limiting law, and the statistic as effect."""
        n, m = pair.sizes
        if not n or not m:
            return None
        below, upto = pair.gaps
        gap = float(max(np.abs(upto).max(), np.abs(below).max()))
        return Measured(gap, kolmogorov_tail(gap, n, m), gap)
