"""PSI, the population stability index, on the deciles of the reference."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbmlops.drift.measures import Measured
from nbmlops.drift.pairs import NumericPair

__all__ = ["FLOOR", "PopulationStability", "stability_index"]

FLOOR = 1e-4  # of a share, so that an empty cell is not infinitely surprising


class PopulationStability:
    """PSI = Σ (p − q) ln(p/q) over ten cells with a tenth of the reference each.

    The industry's 0.1 and 0.25 know nothing of the number of rows; it is shown and decides nothing.

    >>> from nbmlops.drift.pairs import numeric_pair
    >>> round(PopulationStability().measure(numeric_pair(range(100), range(10, 110))).statistic, 3)
    0.759
    """

    name = "population_stability"
    title = "PSI"
    takes = "numbers"
    formula = "PSI = Σ (p − q) ln(p/q), deciles of the reference"
    source = "N. Siddiqi (2006), Credit Risk Scorecards"

    def measure(self, pair: NumericPair) -> Measured | None:
        """The index."""
        if not all(pair.sizes):
            return None
        return Measured(stability_index(*pair.decile_shares))


def stability_index(p: np.ndarray[Any, Any], q: np.ndarray[Any, Any]) -> float:
    """The index of two rows of shares."""
    p, q = np.maximum(p, FLOOR), np.maximum(q, FLOOR)
    return float(np.sum((p - q) * np.log(p / q)))
