"""Drift that no column shows alone: can a classifier tell which side a row is from?

A classifier two-sample test (Lopez-Paz and Oquab, 2017), cross-fitted: gradient boosting learns
from one half of the rows and is tested on the other, then the other way round. Given what was
learned, the ranks of rows that it has not seen are exchangeable without drift, so that each half's
Mann–Whitney p-value holds; twice the smaller of them holds for both, however they depend. Of many
columns each half learns from those whose distributions differ most among its own rows, so that the
rows that test have no part in the choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbmlops.drift.scores import Array

__all__ = [
    "FLOOR",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "Multivariate",
    "classifier_test",
    "multivariate_from_dict",
    "separation",
]

FLOOR = 0.52  # an AUC that is too small to matter, as 0.02 is for one column
MOST_ROWS = 10_000  # of each side
MOST_COLUMNS = 200  # that a half learns from
FEWEST_ROWS = 40
NAMED = 5
NOTABLE = 0.005  # a loss of the AUC that is told
GROUP = 10


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
    halves = []
    for left in (0, 1):
        learn, test = half != left, half == left
        model = HistGradientBoostingClassifier(
            max_iter=40, max_leaf_nodes=15, class_weight="balanced", random_state=seed
        )
        with threadpool_limits(limits=1, user_api="openmp"):
            kept = _kept(rows[learn], side[learn])
            model.fit(rows[learn][:, kept], side[learn])

            tested = rows[test][:, kept]
            whole, p_value = _area(model, tested, side[test])
            areas.append(whole)
            p_values.append(p_value)
            halves.append((model, tested, side[test], whole, kept))
    auc, p_value = float(np.mean(areas)), min(1.0, 2 * min(p_values))
    state = "none" if p_value > level else "drifted" if auc >= FLOOR else "tiny"
    if state != "drifted":
        return Multivariate(auc, p_value, state, (), len(rows))
    losses = np.zeros(len(names))
    with threadpool_limits(limits=1, user_api="openmp"):
        for model, tested, tested_side, whole, kept in halves:
            losses[kept] += _losses(model, tested, tested_side, whole, random) / 2
    order = [place for place in np.argsort(-losses)[:NAMED] if losses[place] > NOTABLE]
    used = tuple((names[place], float(losses[place])) for place in order)
    return Multivariate(auc, p_value, state, used, len(rows))


def _losses(model: Any, rows: Array, side: Array, whole: float, random: Any) -> Array:
    """What the AUC loses where each column is shuffled; of many, groups are shuffled first, and
    the columns of those alone that matter.
    """
    count = rows.shape[1]
    size = 1 if count <= 5 * GROUP else GROUP
    found = np.zeros(count)

    def loss(places: list[int]) -> float:
        shuffled = rows.copy()
        for place in places:
            shuffled[:, place] = random.permutation(shuffled[:, place])
        return whole - _area(model, shuffled, side)[0]

    for start in range(0, count, size):
        group = list(range(start, min(start + size, count)))
        if size == 1 or loss(group) > NOTABLE:
            for place in group:
                found[place] = loss([place])
    return found


def _kept(rows: Array, side: Array) -> list[int]:
    """The places of the columns that are learned from: all, or those that differ most."""
    if rows.shape[1] <= MOST_COLUMNS:
        return list(range(rows.shape[1]))
    gaps = [_gap(rows[:, place], side) for place in range(rows.shape[1])]
    return sorted(np.argsort(-np.array(gaps), kind="stable")[:MOST_COLUMNS].tolist())


def _gap(values: Array, side: Array) -> float:
    """The largest gap between both distribution functions, missing ones as the largest value."""
    values = np.where(np.isnan(values), np.inf, values)
    order = np.argsort(values, kind="stable")
    ordered, second = values[order], side[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    total = int(second.sum())
    upto = np.cumsum(second)[last] / max(total, 1)
    before = np.cumsum(1 - second)[last] / max(len(side) - total, 1)
    return float(np.abs(upto - before).max())


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
