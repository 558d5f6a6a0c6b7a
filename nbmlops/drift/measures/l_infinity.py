"""L-infinity: the largest change of any label's share, and which label it is."""

from __future__ import annotations

import numpy as np

from nbmlops.drift.measures import Measured
from nbmlops.drift.pairs import LevelPair

__all__ = ["LInfinity"]


class LInfinity:
    """L∞ = max |p − q|.

    >>> from nbmlops.drift.pairs import level_pair
    >>> found = LInfinity().measure(level_pair({"a": 6, "b": 4}, {"a": 3, "b": 7}))
    >>> round(found.statistic, 4), found.detail
    (0.3, 'a')
    """

    name = "l_infinity"
    title = "Largest change of a share"
    takes = "levels"
    formula = "L∞ = max |p − q|"
    source = "TensorFlow Data Validation's comparator (Breck et al. 2019, MLSys)"

    def measure(self, pair: LevelPair) -> Measured | None:
        """The change, with the label as detail."""
        if not all(pair.sizes):
            return None
        p, q = pair.shares
        place = int(np.abs(q - p).argmax())
        return Measured(float(abs(q[place] - p[place])), detail=pair.levels[place])
