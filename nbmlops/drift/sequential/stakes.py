"""Stakes that are multiplied from look to look, and what they are worth together.

A part of the stake is laid down anew at each look, because nobody knows when drift begins, and
what is not laid down yet stays whole. So one look after another, the mixture over the day of the
change is an e-process (M. Robbins and D. Siegmund 1970; J. Shin, A. Ramdas and A. Rinaldo 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["NOTHING", "advanced", "evidence", "rejected"]

Array = np.ndarray[Any, Any]
NOTHING = -1e9  # the logarithm of no stake, as JSON can hold it


def advanced(stakes: Array, wagers: Array, share: float) -> Array:
    """The logarithms of the stakes after a look, to which `share` of the whole was added before.

    >>> float(advanced(np.array([NOTHING]), np.array([1.0]), 1.0)[0])
    1.0
    """
    laid = np.log(share) if share > 0 else NOTHING
    return np.asarray(np.maximum(np.logaddexp(stakes, laid) + wagers, NOTHING))


def evidence(parts: Sequence[tuple[float, Array]], spent: float) -> float:
    """The logarithm of the worth of all: parts with their weights, each the mean of its stakes, and
    what was not laid down.
    """
    found = [np.log(max(1.0 - spent, 1e-300))]
    found += [
        np.log(weight / stakes.size) + np.logaddexp.reduce(stakes.ravel())
        for weight, stakes in parts
    ]
    return float(np.logaddexp.reduce(np.array(found)))


def rejected(logs: Sequence[float], alpha: float) -> list[bool]:
    """Which of many e-values, by their logarithms, are too large at this level (e-BH).

    The largest k of K are, where each of them is at least K / (k · alpha): R. Wang and A. Ramdas
    2022, valid under any dependence. Where nothing drifts at all, their mean would have to be
    1 / alpha for that, so that the chance of any false alarm is at most alpha.

    >>> rejected([np.log(70.0), np.log(10.0), np.log(45.0)], 0.05)
    [True, False, True]
    """
    count = len(logs)
    order = sorted(range(count), key=lambda place: -logs[place])
    kept = 0
    for rank, place in enumerate(order, 1):
        if logs[place] >= np.log(count / (rank * alpha)):
            kept = rank
    chosen = set(order[:kept])
    return [place in chosen for place in range(count)]
