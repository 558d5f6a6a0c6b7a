"""Metrics of a model with their sampling variance, by formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Array", "Scored", "auc", "mean_of"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Scored:
    """A metric and the variance of its sampling error."""

    value: float
    variance: float


def mean_of(values: Array) -> Scored:
    """The mean, as of hits (accuracy) or of absolute errors."""
    return Scored(float(values.mean()), float(values.var(ddof=1)) / len(values))


def auc(truth: Array, score: Array) -> Scored | None:
    """The area under the ROC curve by mid-ranks, with the variance of DeLong, DeLong and
    Clarke-Pearson (1988); None where only one class is there.

    >>> auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).value
    0.75
    """
    from scipy.stats import rankdata

    positive, negative = score[truth == 1], score[truth == 0]
    p, n = len(positive), len(negative)
    if p < 2 or n < 2:
        return None
    ranks = rankdata(np.concatenate([positive, negative]))
    above = (ranks[:p] - rankdata(positive)) / n
    below = 1 - (ranks[p:] - rankdata(negative)) / p
    value = float(above.mean())
    variance = float(above.var(ddof=1)) / p + float(below.var(ddof=1)) / n
    return Scored(value, variance)
