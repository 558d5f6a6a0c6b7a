"""Performance without labels: CBPE for classes, DLE for numbers.

Both assume that the same inputs have the same answers as before. Their intervals are for what the
labels of these very rows would show, so that the chance in the labels is in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from nbmlops.drift.calibration import FOLDS, best_fit
from nbmlops.drift.scores import Array

__all__ = ["Estimate", "calibrated", "direct_loss", "error_models"]

DRAWS = 200
MOST_VALUES = 400
WIDTH = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate, its interval, and the interval of the change from the reference."""

    value: float
    low: float
    high: float
    change_low: float
    change_high: float


class Ordered:
    """Scores in order, each value once, so that a metric of weighted rows is a few sums. Of very
    many, those that lie together are taken as one: what that changes is far below any interval.
    """

    def __init__(self, score: Array) -> None:
        self.values, self.place = np.unique(score, return_inverse=True)
        if len(self.values) > MOST_VALUES:
            cuts = np.quantile(score, np.arange(1, MOST_VALUES) / MOST_VALUES)
            edges = np.unique(np.append(cuts, 0.5))  # which is where accuracy cuts
            cell = np.searchsorted(edges, score, side="right")
            _, self.place = np.unique(cell, return_inverse=True)
            self.values = np.bincount(self.place, score) / np.bincount(self.place)
        self.is_yes = self.values >= 0.5

    def counts(self, weight: Array | None = None, rows: Array | None = None) -> Array:
        """The sum of the weights at each value, of all rows or of these."""
        place = self.place if rows is None else self.place[rows]
        if weight is not None and rows is not None:
            weight = weight[rows]
        found: Array = np.bincount(place, weight, minlength=len(self.values))
        return found

    def metric(self, name: str, positive: Array, negative: Array) -> float:
        """The metric of so many positive and negative rows at each value."""
        total = positive.sum() + negative.sum()
        if name == "hits":
            return float(positive.sum() / total)
        if name == "accuracy":
            right = positive[self.is_yes].sum() + negative[~self.is_yes].sum()
            return float(right / total)
        below = np.cumsum(negative) - negative / 2
        pairs = positive.sum() * negative.sum()
        return float((positive * below).sum() / pairs) if pairs else 0.5


def calibrated(
    metrics: Sequence[str],
    truth: Array,
    score: Array,
    current: Array,
    weights: Array | None = None,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Confidence-based performance estimation (CBPE) with a cross-fitted calibration.

    With `weights`, the density ratios of the reference's rows, the calibration is that of rows as
    they come now. Of an isotonic and a smooth one the better serves, by the log loss of rows that
    it has not seen. Each of 200 draws fits it to a bootstrap sample of the reference and draws
    labels for the current rows by it. What it says of the rows that a fold left out, less what
    their labels say, is its bias and taken off.
    """
    random = np.random.default_rng(seed)
    first, second = Ordered(score), Ordered(current)
    weights = np.ones(len(truth)) if weights is None else weights
    fit, chance = best_fit(first.values, first.place, truth, weights, random)
    bias = _bias(metrics, first, truth, weights, chance)
    drawn: dict[str, list[tuple[float, float]]] = {name: [] for name in metrics}
    mean_chance = np.zeros(len(second.values))
    here = second.counts().astype(float)
    asked = np.concatenate([second.values, first.values])
    for _ in range(DRAWS):
        rows = random.integers(0, len(truth), len(truth))
        right, seen = first.counts(truth * weights, rows), first.counts(weights, rows)
        told = fit(first.values, right, seen, asked)
        told, again = told[: len(second.values)], told[len(second.values) :] * seen
        mean_chance += told / DRAWS
        took = random.binomial(here.astype(np.int64), told)
        positive, all_there = first.counts(truth, rows), first.counts(rows=rows)
        for name in metrics:
            # The bias is known by these rows as well, so that its own chance belongs to it.
            off = first.metric(name, again, seen - again) - first.metric(name, right, seen - right)
            drawn[name].append(
                (
                    second.metric(name, took, here - took) - off,
                    first.metric(name, positive, all_there - positive),
                )
            )
    found = {}
    for name, values in drawn.items():
        labelled, before = np.array(values).T
        value = second.metric(name, here * mean_chance, here * (1 - mean_chance)) - bias[name]
        known = first.counts(truth)
        change = value - first.metric(name, known, first.counts() - known)
        # Around the estimate, for each draw knows less than all of the reference.
        low, high = value + np.quantile(labelled - labelled.mean(), (0.025, 0.975))
        apart = labelled - before
        change_low, change_high = change + np.quantile(apart - apart.mean(), (0.025, 0.975))
        found[name] = Estimate(
            value, float(low), float(high), float(change_low), float(change_high)
        )
    return found


def _bias(
    metrics: Sequence[str], first: Ordered, truth: Array, weights: Array, chance: Array
) -> dict[str, float]:
    """What a calibration says of rows that it has not seen, less what their labels say."""
    there = first.counts(weights)
    expected, positive = first.counts(chance * weights), first.counts(truth * weights)
    return {
        name: first.metric(name, expected, there - expected)
        - first.metric(name, positive, there - positive)
        for name in metrics
    }


def error_models(
    inputs: Array, errors: Array, fold: Array | None = None, seed: int = 0
) -> list[Any]:
    """Models of the error of each row, each fitted without one of the folds."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    if fold is None:
        fold = np.random.default_rng(seed).permutation(len(errors)) % FOLDS
    models = []
    for number in range(FOLDS):
        model = HistGradientBoostingRegressor(
            max_iter=60, max_leaf_nodes=15, min_samples_leaf=20, random_state=seed
        )
        # So few rows are learned fastest by one thread, above all on a machine that is busy.
        with threadpool_limits(limits=1, user_api="openmp"):
            models.append(model.fit(inputs[fold != number], errors[fold != number]))
    return models


def direct_loss(inputs: Array, errors: Array, current: Array, seed: int = 0) -> Estimate:
    """Direct loss estimation (DLE) of the mean absolute error, cross-fitted: gradient boosting
    learns the error of each row from its inputs and the prediction. Its mean residual on rows
    that it has not seen is taken off, and their spread is that of the interval.
    """
    from threadpoolctl import threadpool_limits

    fold = np.random.default_rng(seed).permutation(len(errors)) % FOLDS
    residual = np.empty(len(errors))
    means = []
    for number, model in enumerate(error_models(inputs, errors, fold, seed)):
        left = fold == number
        with threadpool_limits(limits=1, user_api="openmp"):
            residual[left] = errors[left] - model.predict(inputs[left])
            means.append(float(model.predict(current).mean()))
    value = max(float(np.mean(means)) + float(residual.mean()), 0.0)
    spread = float(residual.var(ddof=1))
    between = (FOLDS - 1) / FOLDS * float(np.sum((np.array(means) - np.mean(means)) ** 2))
    own = spread / len(current) + spread / len(errors) + between
    # The reference's own mean has an error too; the two share the residuals, so this is careful.
    both = own + float(errors.var(ddof=1)) / len(errors)
    change = value - float(errors.mean())
    return Estimate(
        value,
        value - WIDTH * own**0.5,
        value + WIDTH * own**0.5,
        change - WIDTH * both**0.5,
        change + WIDTH * both**0.5,
    )
