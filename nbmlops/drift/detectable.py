"""The smallest drift that so many rows would have shown: what "no drift" is worth."""

from __future__ import annotations

import math

from nbmlops.drift.records import ColumnDrift, DriftResult

__all__ = ["POWER", "smallest"]

POWER = 0.8
EFFICIENCY = 0.955  # of a rank test beside one of means, for normal data: 3/π


def smallest(result: DriftResult, column: ColumnDrift, level: float) -> float | None:
    """The smallest effect that would be found in four of five cases at this level.

    Of numbers it is a shift in standard deviations, of labels Cramér's V at equal sizes, of missing
    values a change of their share. Formulas: the normal approximation of the power of a rank test
    (E. L. Lehmann 1975), of chi-squared (P. B. Patnaik 1949), and of two shares.
    """
    first, second = column.reference, column.current
    if first is None or second is None:
        return None
    n = first.row_count - first.missing_count
    m = second.row_count - second.missing_count
    if result.measure == "missing_rate":
        n, m = first.row_count, second.row_count
    if not n or not m:
        return None
    needed = _quantile(1 - level / 2) + _quantile(POWER)
    spread = math.sqrt(1 / n + 1 / m)
    if result.measure == "cramer_von_mises":
        return needed * spread / math.sqrt(EFFICIENCY)
    if result.measure == "missing_rate":
        rate = (first.missing_count + second.missing_count) / (n + m)
        return min(needed * spread * math.sqrt(rate * (1 - rate)), 1.0)
    if result.measure == "chi_squared":
        labels = max(first.distinct_count or 2, second.distinct_count or 2)
        return min(_noncentral(labels - 1, level) * spread / 2, 1.0)
    return None


def _quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))


def _noncentral(freedom: int, level: float) -> float:
    """The root of the noncentrality at which chi-squared reaches the power."""
    from scipy.special import chdtri, chndtrinc

    critical = float(chdtri(freedom, level))
    found = float(chndtrinc(critical, freedom, 1 - POWER))
    return math.sqrt(max(found, 0.0)) if math.isfinite(found) else math.inf
