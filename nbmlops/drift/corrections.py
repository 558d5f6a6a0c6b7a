"""p-values of many tests at once, adjusted so that they may be held against one level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nbmlops.errors import InvalidOptionError

__all__ = ["CORRECTIONS", "adjusted"]

CORRECTIONS = {
    "bh": "Benjamini–Hochberg",
    "by": "Benjamini–Yekutieli",
    "holm": "Holm",
    "bonferroni": "Bonferroni",
    "none": "no correction",
}


def adjusted(p_values: Sequence[float], correction: str = "bh", families: int = 1) -> list[float]:
    """The adjusted p-values, in their order.

    Of several `families` of tests in one report each has an equal part of the level, which is the
    same as to multiply. The share of false ones among all that are found is at most the sum of
    their shares in each family, so that it stays within the level whatever hangs together.

    >>> [round(p, 3) for p in adjusted([0.01, 0.02, 0.9])]
    [0.03, 0.03, 0.9]
    >>> [round(p, 3) for p in adjusted([0.01, 0.02, 0.9], "holm")]
    [0.03, 0.04, 0.9]
    >>> [round(p, 3) for p in adjusted([0.01, 0.02, 0.9], families=2)]
    [0.06, 0.06, 1.0]
    """
    if correction not in CORRECTIONS:
        raise InvalidOptionError(correction, "there is no such correction", known=list(CORRECTIONS))
    p = np.asarray(p_values, np.float64)
    count = len(p)
    if not count or correction == "none":
        return [float(each) for each in p]
    if correction == "bonferroni":
        return [float(each) for each in np.minimum(p * count * families, 1.0)]
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1, count + 1)
    if correction == "holm":
        stepped = np.maximum.accumulate(p[order] * (count - ranks + 1))
    else:
        factor = float(np.sum(1 / ranks)) if correction == "by" else 1.0
        stepped = np.minimum.accumulate((p[order] * factor * count / ranks)[::-1])[::-1]
    found = np.empty(count)
    found[order] = np.minimum(stepped * families, 1.0)
    return [float(each) for each in found]
