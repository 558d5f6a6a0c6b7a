"""What one look is worth: the logarithms of e-values of a batch among all rows seen so far.

Without drift, which of the rows are the new ones is chance alone, whatever the rows are
(exchangeability; V. Vovk, I. Nouretdinov and A. Gammerman 2003). The new ones are k drawn without
replacement out of all N, so for any scores a of the rows and any s

    E exp(s · sum of the drawn a) ≤ (mean of exp(s · a) over all rows) ** k

(W. Hoeffding 1963, theorem 4), and the quotient of both sides is an e-value: at most 1 on average,
exactly, at any size and with any ties. Ranks of later batches take in the earlier ones, so that
a reference that is finite does no harm however long one looks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["RATIOS", "SHIFTS", "level_wagers", "rank_wagers", "share_wagers"]

Array = np.ndarray[Any, Any]
# What is wagered on: shifts in standard deviations of the ranks, and ratios of odds.
SHIFTS = np.outer([-1, 1], [0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6]).ravel()
RATIOS = np.log(np.array([1 / 6, 1 / 2.5, 1 / 1.6, 1 / 1.25, 1 / 1.1, 1.1, 1.25, 1.6, 2.5, 6.0]))


def rank_wagers(pool: Array, batch: Array) -> tuple[Array, Array]:
    """On the middle (ranks) and on the width (their squared distance from the middle).

    `pool` and `batch` are counts in ordered cells; rows of one cell share their mid-rank.
    """
    both = pool + batch
    total, drawn = both.sum(), batch.sum()
    if not total or not drawn or drawn == total:
        return np.zeros(len(SHIFTS)), np.zeros(len(SHIFTS))
    ranks = (np.cumsum(both) - both / 2) / total - 0.5
    return _wagers(ranks, both, batch), _wagers(ranks**2, both, batch)


def _wagers(scores: Array, both: Array, batch: Array) -> Array:
    total, drawn = both.sum(), batch.sum()
    scores = scores - (scores @ both) / total
    deviation = np.sqrt((scores**2 @ both) / total)
    if not deviation > 0:
        return np.zeros(len(SHIFTS))
    scores = scores / deviation
    powers = np.outer(SHIFTS, scores)
    highest = powers.max(axis=1)
    means = highest + np.log(np.exp(powers - highest[:, None]) @ both / total)
    return np.asarray(SHIFTS * (scores @ batch) - drawn * means)


def share_wagers(seen: float, total: float, found: float, drawn: float) -> Array:
    """On a share: `found` of the `drawn` rows have something that `seen` of the `total` have, both
    with the batch.

    >>> round(float(share_wagers(70, 550, 20, 50).max()), 1)
    11.2
    """
    if not drawn or not 0 < seen < total or drawn >= total:
        return np.zeros(len(RATIOS))
    share = seen / total
    return np.asarray(RATIOS * found - drawn * np.log1p(share * np.expm1(RATIOS)))


def level_wagers(pool: Array, batch: Array) -> Array:
    """On the share of each cell, one row each; of two cells the first says it all."""
    both = pool + batch
    rows = [
        share_wagers(float(seen), float(both.sum()), float(found), float(batch.sum()))
        for seen, found in zip(both.tolist(), batch.tolist(), strict=True)
    ]
    return np.array(rows)
