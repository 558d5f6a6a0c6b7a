"""Hellinger: the distance between the square roots of two rows of shares."""

from __future__ import annotations

import numpy as np

from nbmlops.drift.measures import Measured
from nbmlops.drift.pairs import LevelPair, NumericPair
from nbmlops.drift.sums import dot

__all__ = ["Hellinger"]


class Hellinger:
    """H = √(Σ (√p − √q)² / 2): 0 to 1.

    >>> from nbmlops.drift.pairs import level_pair
    >>> round(Hellinger().measure(level_pair({"a": 1, "b": 1}, {"a": 1})).statistic, 4)
    0.5412
    """

    name = "hellinger"
    title = "Hellinger"
    takes = "numbers or levels"
    formula = "H = √(½ Σ (√p − √q)²)"
    source = "E. Hellinger (1909), J. reine angew. Math. 136, 210"

    def measure(self, pair: NumericPair | LevelPair) -> Measured | None:
        """The distance; of numbers between the deciles of the reference."""
        if not all(pair.sizes):
            return None
        p, q = pair.shares if isinstance(pair, LevelPair) else pair.decile_shares
        roots = np.sqrt(np.maximum(p, 0)) - np.sqrt(np.maximum(q, 0))
        return Measured(float(np.sqrt(dot(roots, roots) / 2)))
