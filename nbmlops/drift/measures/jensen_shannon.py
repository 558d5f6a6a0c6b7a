"""Jensen–Shannon: how much a row tells about the side that it came from."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbmlops.drift.measures import Measured
from nbmlops.drift.pairs import LevelPair, NumericPair

__all__ = ["JensenShannon", "shannon_distance"]


class JensenShannon:
    """JS = √((KL(p‖h) + KL(q‖h)) / 2) with h = (p + q)/2 and logarithms to base 2: 0 to 1.

    >>> from nbmlops.drift.pairs import level_pair
    >>> JensenShannon().measure(level_pair({"a": 5}, {"b": 5})).statistic
    1.0
    """

    name = "jensen_shannon"
    title = "Jensen–Shannon"
    takes = "numbers or levels"
    formula = "JS = √(½ KL(p‖h) + ½ KL(q‖h)), h = (p + q)/2, base 2"
    source = "J. Lin (1991), IEEE Trans. Inf. Theory 37, 145; D. Endres and J. Schindelin (2003)"

    def measure(self, pair: NumericPair | LevelPair) -> Measured | None:
        """The distance; of numbers between the deciles of the reference."""
        if not all(pair.sizes):
            return None
        p, q = pair.shares if isinstance(pair, LevelPair) else pair.decile_shares
        return Measured(shannon_distance(p, q))


def shannon_distance(p: np.ndarray[Any, Any], q: np.ndarray[Any, Any], base: float = 2) -> float:
    """The distance of two rows of shares."""
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(p > 0, p * np.log(p / middle), 0.0)
        right = np.where(q > 0, q * np.log(q / middle), 0.0)
    return float(np.sqrt(max((left.sum() + right.sum()) / 2 / np.log(base), 0.0)))
