"""How much more often rows like each of the reference's come now: the ratio of both densities.

A classifier learns which side a row is from; its odds for a row that it has not seen, times the
ratio of the sizes, are the ratio of the densities there (Sugiyama, Suzuki and Kanamori, 2012).
Logistic regression and gradient boosting both try, and the smaller cross-fitted log loss decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nbmlops.drift.scores import Array

__all__ = ["Ratio", "density_ratio"]

FOLDS = 3
MOST = 50.0  # a weight that is larger stands on hardly any row
REAL = 0.002  # of the log loss: what is gained by less is no difference


@dataclass(frozen=True)
class Ratio:
    """The weight of each row of the reference, one on average, and what so many weighted rows are
    worth: the effective number of rows.
    """

    weights: Array
    effective_count: float
    is_shifted: bool


def density_ratio(first: Array, second: Array, seed: int = 0) -> Ratio:
    """The ratio at each row of `first`; all ones where no classifier tells the sides apart."""
    count = len(first)
    even = Ratio(np.ones(count), float(count), is_shifted=False)
    known = [place for place, column in enumerate(first.T) if np.unique(column).size > 1]
    first, second = first[:, known], second[:, known]
    if not first.shape[1] or min(count, len(second)) < 10 * FOLDS:
        return even
    random = np.random.default_rng(seed)
    rows = np.concatenate([first, second])
    side = np.repeat([0.0, 1.0], [count, len(second)])
    fold = np.concatenate([random.permutation(len(one)) % FOLDS for one in (first, second)])
    best, chances = _loss(np.full(len(side), side.mean()), side) - REAL, None
    for make in (_logistic, _boosting):
        told = np.empty(len(side))
        for number in range(FOLDS):
            left = fold == number
            told[left] = make(rows[~left], side[~left], seed)(rows[left])
        loss = _loss(told, side)
        if loss < best:
            best, chances = loss, told
    if chances is None:
        return even
    near = np.clip(chances[:count], 1e-6, 1 - 1e-6)
    weights = np.minimum(near / (1 - near) * count / len(second), MOST)
    weights /= weights.mean()
    return Ratio(weights, float(weights.sum() ** 2 / (weights**2).sum()), is_shifted=True)


def _loss(chances: Array, side: Array) -> float:
    near = np.clip(chances, 1e-6, 1 - 1e-6)
    return -float(np.mean(side * np.log(near) + (1 - side) * np.log(1 - near)))


def _logistic(rows: Array, side: Array, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    filled = np.where(np.isnan(rows).all(axis=0), 0.0, rows)  # what no row of a fold has
    middle = np.nanmedian(filled, axis=0)
    low, high = np.nanquantile(filled, (0.005, 0.995), axis=0)
    width = np.nanstd(np.clip(filled, low, high), axis=0)
    width[width == 0] = 1.0

    def plain(some: Array) -> Array:
        is_missing = np.isnan(some)
        scaled = np.where(is_missing, 0.0, (np.clip(some, low, high) - middle) / width)
        return np.column_stack([scaled, scaled**2, is_missing])

    model = LogisticRegression(max_iter=300).fit(plain(rows), side)
    return lambda some: model.predict_proba(plain(some))[:, 1]


def _boosting(rows: Array, side: Array, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingClassifier(
        max_iter=50, max_leaf_nodes=15, min_samples_leaf=40, random_state=seed
    )
    with threadpool_limits(limits=1, user_api="openmp"):
        model.fit(rows, side)

    def chances(some: Array) -> Array:
        # So few rows are answered fastest by one thread, above all on a machine that is busy.
        with threadpool_limits(limits=1, user_api="openmp"):
            found: Array = model.predict_proba(some)[:, 1]
        return found

    return chances
