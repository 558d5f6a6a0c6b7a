"""The change of the share of missing values."""

from __future__ import annotations

import math

from nbmlops.drift.measures import Measured
from nbmlops.drift.null_laws import hypergeometric_tail, normal_tail
from nbmlops.drift.pairs import RowPair

__all__ = ["MissingRate"]

FEW = 60
FEWEST_EXPECTED = 5  # in a cell of the table of both sides, below which z is not normal (Cochran)


class MissingRate:
    """z of two shares with a common one, or Fisher's exact test where any cell expects few rows.

    >>> from nbmlops.drift.pairs import RowPair
    >>> found = MissingRate().measure(RowPair(1000, 1000, 100, 200))
    >>> round(found.statistic, 3), round(found.effect, 2), found.p_value < 1e-9
    (6.262, 0.1, True)
    """

    name = "missing_rate"
    title = "Missing rate"
    takes = "rows"
    formula = "z = (q − p)/√(r(1 − r)(1/n + 1/m)), r the common rate; few: Fisher's exact test"
    source = "R. A. Fisher (1934); W. G. Cochran (1954), Biometrics 10, 417, for what is few"

    def measure(self, pair: RowPair) -> Measured | None:
        """The statistic, its p-value, and the change of the rate; None where nothing is missing."""
        n, m = pair.reference_rows, pair.current_rows
        missing = pair.reference_missing + pair.current_missing
        if not n or not m or not missing or missing == n + m:
            return None
        change = pair.current_missing / m - pair.reference_missing / n
        rate = missing / (n + m)
        z = change / math.sqrt(rate * (1 - rate) * (1 / n + 1 / m))
        rarer = min(missing, n + m - missing)
        if rarer <= FEW or rarer * min(n, m) < FEWEST_EXPECTED * (n + m):
            p_value = hypergeometric_tail(pair.reference_missing, missing, n, m)
        else:
            p_value = normal_tail(z)
        return Measured(z, p_value, abs(change))
