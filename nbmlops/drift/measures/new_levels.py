"""Labels that only the current side has."""

from __future__ import annotations

import numpy as np

from nbmlops.drift.measures import Measured
from nbmlops.drift.null_laws import absent_tail
from nbmlops.drift.pairs import LevelPair

__all__ = ["NewLevels"]


class NewLevels:
    """The share of current rows with labels that the reference does not have.

    The p-value bounds the chance that a label as frequent as the most frequent new one, or a more
    frequent one, is absent from the reference by accident: Σ C(m, c)/C(N, c) over such labels.

    >>> from nbmlops.drift.pairs import level_pair
    >>> found = NewLevels().measure(level_pair({"a": 900, "b": 100}, {"a": 880, "b": 100, "c": 20}))
    >>> found.statistic, found.p_value < 1e-5, found.detail
    (0.02, True, 'c')
    """

    name = "new_levels"
    title = "New levels"
    takes = "levels"
    formula = "share of rows at new levels; P(absent by accident) ≤ Σ C(m, c)/C(N, c)"
    source = "C. E. Bonferroni (1936), with the hypergeometric law"

    def measure(self, pair: LevelPair) -> Measured | None:
        """The share, its p-value, the share as effect, the most frequent new label."""
        n, m = pair.sizes
        if not n or not m:
            return None
        counts = np.where(pair.reference == 0, pair.current, 0)
        largest = int(counts.max()) if len(counts) else 0
        if not largest:
            return Measured(0.0, 1.0, 0.0)
        p_value = absent_tail(pair.reference + pair.current, largest, n, m)
        share = float(counts.sum() / m)
        return Measured(share, p_value, share, pair.levels[int(counts.argmax())])
