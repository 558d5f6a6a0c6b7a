"""Drift that no column shows alone: can a classifier tell which side a row is from?

A classifier two-sample test (Lopez-Paz and Oquab, 2017), cross-fitted: gradient boosting learns
from one half of the rows and is tested on the other, then the other way round. Given what was
learned, the ranks of rows that it has not seen are exchangeable without drift, so that each half's
Mann–Whitney p-value holds; twice the smaller of them holds for both, however they depend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbmlops.drift.scores import Array

__all__ = [
    "FLOOR",
    "MOST_ROWS",
    "Multivariate",
    "classifier_test",
    "multivariate_from_dict",
    "separation",
]

FLOOR = 0.52  # an AUC that is too small to matter, as 0.02 is for one column
MOST_ROWS = 10_000  # of each side
FEWEST_ROWS = 40
NAMED = 5


@dataclass(frozen=True, slots=True)
class Multivariate:
    """How well the sides can be told apart by all columns together, and by which of them: what the
    AUC loses where that column is shuffled. `state` is that of a column.
    """

    auc: float
    p_value: float
    state: str
    columns: tuple[tuple[str, float], ...]
    row_count: int


def multivariate_from_dict(said: Mapping[str, Any] | None) -> Multivariate | None:
    """The value that its dictionary told."""
    if said is None:
        return None
    used = tuple((str(name), float(loss)) for name, loss in said["columns"])
    return Multivariate(
        float(said["auc"]), float(said["p_value"]), said["state"], used, said["row_count"]
    )


def classifier_test(
    first: Array, second: Array, names: Sequence[str], level: float = 0.05, seed: int = 0
) -> Multivariate | None:
    """The test of rows of numbers, missing ones as NaN; None where there are too few rows."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    if min(len(first), len(second)) < FEWEST_ROWS or not names:
        return None
    random = np.random.default_rng(seed)
    first, second = (
        one if len(one) <= MOST_ROWS else one[random.choice(len(one), MOST_ROWS, replace=False)]
        for one in (first, second)
    )
    rows = np.concatenate([first, second])
    side = np.repeat([0, 1], [len(first), len(second)])
    half = np.concatenate([random.permutation(len(one)) % 2 for one in (first, second)])
    p_values, areas = [], []
    losses = np.zeros(len(names))
    for left in (0, 1):
        learn, test = half != left, half == left
        model = HistGradientBoostingClassifier(
            max_iter=40, max_leaf_nodes=15, class_weight="balanced", random_state=seed
        )
        with threadpool_limits(limits=1, user_api="openmp"):
            model.fit(rows[learn], side[learn])

            whole, p_value = _area(model, rows[test], side[test])
            areas.append(whole)
            p_values.append(p_value)
            for place in range(len(names)):
                shuffled = rows[test]
                shuffled[:, place] = random.permutation(shuffled[:, place])
                losses[place] += (whole - _area(model, shuffled, side[test])[0]) / 2
    auc, p_value = float(np.mean(areas)), min(1.0, 2 * min(p_values))
    state = "none" if p_value > level else "drifted" if auc >= FLOOR else "tiny"
    order = [place for place in np.argsort(-losses)[:NAMED] if losses[place] > 0.005]
    used = tuple((names[place], float(losses[place])) for place in order)
    return Multivariate(auc, p_value, state, used if state == "drifted" else (), len(rows))


def _area(model: Any, rows: Array, side: Array) -> tuple[float, float]:
    """How well the model tells the sides of these rows apart: the AUC and its p-value."""
    return separation(model.predict_proba(rows)[:, 1], side)


def separation(score: Array, side: Array) -> tuple[float, float]:
    """How well a score tells the sides apart: the AUC and its p-value, by Mann and Whitney."""
    from scipy.stats import mannwhitneyu

    second, first = score[side == 1], score[side == 0]
    test = mannwhitneyu(second, first, alternative="greater", method="asymptotic")
    p_value = float(test.pvalue) if np.isfinite(test.pvalue) else 1.0  # of scores that are all one
    return float(test.statistic) / (len(first) * len(second)), p_value
