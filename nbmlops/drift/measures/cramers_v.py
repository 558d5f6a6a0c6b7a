"""Cramér's V without the bias of small samples, at the sizes that the sides have."""

from __future__ import annotations

import math

from nbmlops.drift.measures import Measured
from nbmlops.drift.measures.chi_squared import ChiSquared
from nbmlops.drift.pairs import LevelPair

__all__ = ["CramersV"]


class CramersV:
    """V of the table as it is, which shrinks where one side is smaller; the effect of the deciding
    test is V at equal sizes.

    V = √(φ̃² / (r̃ − 1)) with φ̃² = max(0, X²/N − (k − 1)/(N − 1)) and r̃ = 2 − 1/(N − 1).

    >>> from nbmlops.drift.pairs import level_pair
    >>> round(CramersV().measure(level_pair({"a": 60, "b": 40}, {"a": 40, "b": 60})).statistic, 4)
    0.1875
    """

    name = "cramers_v"
    title = "Cramér's V at these sizes"
    takes = "levels"
    formula = "V = √(φ̃²/(min(k̃, r̃) − 1)), bias corrected"
    source = "W. Bergsma (2013), J. Korean Statist. Soc. 42, 323"

    def measure(self, pair: LevelPair) -> Measured | None:
        """The association of label and side, 0 to 1."""
        found = ChiSquared().measure(pair)
        total = sum(pair.sizes)
        if found is None or total < 3:
            return None
        labels = len(pair.cells[0])
        phi = max(0.0, found.statistic / total - (labels - 1) / (total - 1))
        sides = 2 - 1 / (total - 1)
        kinds = labels - (labels - 1) ** 2 / (total - 1)
        least = min(sides, kinds) - 1
        return Measured(math.sqrt(phi / least)) if least > 0 else None
