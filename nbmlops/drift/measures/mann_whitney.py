"""Mann–Whitney: how often a row of the current side is above one of the reference."""

from __future__ import annotations

import math

import numpy as np

from nbmlops.drift.measures import Measured
from nbmlops.drift.null_laws import normal_tail
from nbmlops.drift.pairs import NumericPair
from nbmlops.drift.sums import dot

__all__ = ["MannWhitney"]


class MannWhitney:
    """AUC = P(current > reference) + P(current = reference) / 2; U = nm · AUC.

    >>> from nbmlops.drift.pairs import numeric_pair
    >>> MannWhitney().measure(numeric_pair([1, 2, 3, 4], [3, 4, 5, 6])).statistic
    0.875
    """

    name = "mann_whitney"
    title = "Mann–Whitney AUC"
    takes = "numbers"
    formula = "AUC = P(Y > X) + P(Y = X)/2"
    source = "H. B. Mann and D. R. Whitney (1947), Ann. Math. Statist. 18, 50"

    def measure(self, pair: NumericPair) -> Measured | None:
        """The AUC, the p-value of the normal law with ties, the distance from one half."""
        n, m = pair.sizes
        if not n or not m:
            return None
        steps = pair.steps
        below = _below(steps.reference_upto, steps.reference_below, exact=steps.is_exact)
        under = _below(steps.current_upto, steps.current_below, exact=steps.is_exact)
        at = steps.current_upto - under
        area = dot(at, below + steps.reference_upto) / 2
        if not steps.is_exact:
            between = under[1:] - steps.current_upto[:-1]
            area += dot(between, steps.reference_upto[:-1] + below[1:]) / 2
        ties = float((pair.masses[0] ** 3).sum()) if pair.distinct_count > 1 else 1.0
        total = n + m
        spread = (1 + 1 / total) - ties * total / (total - 1) if total > 1 else 0.0
        spread = math.sqrt(max(spread, 0.0) * (1 / n + 1 / m) / 12)
        p_value = normal_tail((area - 0.5) / spread) if spread > 0 else 1.0
        return Measured(area, p_value, abs(area - 0.5))


def _below(upto: np.ndarray, below: np.ndarray, *, exact: bool) -> np.ndarray:
    return np.concatenate(([0.0], upto[:-1])) if exact else below
