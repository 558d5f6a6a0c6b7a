"""What the drift of one column does to the estimated performance: as it is, less swapped back.

The model is asked about both; by what was learned on the reference (a calibration of classes, a
second model of the error of numbers) both have an estimate. The interval holds the chance of the
rows, by groups, and that of what was learned, by drawing or folding it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbmlops.drift.calibration import best_fit
from nbmlops.drift.estimates import error_models
from nbmlops.drift.scores import Array

__all__ = ["ClassJudge", "ErrorJudge", "Interval"]

CELLS = 1000
DRAWS = 60
Interval = tuple[float, float, float]  # the effect, and 95 % of it


@dataclass(frozen=True)
class ClassJudge:
    """The expected metric of scores in fine cells, by calibrations of a bootstrapped reference."""

    metric: str
    edges: Array
    middles: Array
    chances: Array  # a row for each draw, of all cells
    own: Array  # the cell of each current row; below 0 where it has no score

    @classmethod
    def of(
        cls,
        metric: str,
        truth: Array,
        score: Array,
        current: Array,
        weights: Array | None = None,
        seed: int = 0,
    ) -> ClassJudge:
        """The judge of current scores, by labelled scores of the reference."""
        random = np.random.default_rng(seed)
        told = current[np.isfinite(current)]
        cuts = np.quantile(np.concatenate([score, told]), np.linspace(0, 1, CELLS + 1))
        edges = np.unique(np.append(cuts, 0.5))  # which is where accuracy cuts
        ends = np.concatenate([[edges[0]], edges, [edges[-1]]])
        middles = (ends[:-1] + ends[1:]) / 2
        values, place = np.unique(score, return_inverse=True)
        weights = np.ones(len(truth)) if weights is None else weights
        fit, _ = best_fit(values, place, truth, weights, random)
        chances = []
        for _ in range(DRAWS):
            rows = random.integers(0, len(truth), len(truth))
            there = np.bincount(place[rows], weights[rows], len(values))
            right = np.bincount(place[rows], (truth * weights)[rows], len(values))
            chances.append(fit(values, right, there, middles))
        judge = cls(metric, edges, middles, np.array(chances), np.empty(0, int))
        return cls(metric, edges, middles, judge.chances, judge.cells(current))

    def cells(self, score: Array) -> Array:
        """The cell of each score; below 0 where there is none."""
        found: Array = np.searchsorted(self.edges, score, side="right")
        found[~np.isfinite(score)] = -1
        return found

    def effect(self, score: Array, groups: Sequence[Array]) -> Interval | None:
        """The effect where these are the scores with the column swapped back."""
        swapped = self.cells(score)
        told = (self.own >= 0) & (swapped >= 0)
        mean = self.chances.mean(axis=0)

        def apart(rows: Array, chance: Array) -> float:
            sides = (np.bincount(one[rows], minlength=len(mean)) for one in (self.own, swapped))
            now, before = (self._value(each * chance, each * (1 - chance)) for each in sides)
            return now - before

        parts = [rows[told[rows]] for rows in groups]
        if not all(map(len, parts)):
            return None
        each = np.array([apart(rows, mean) for rows in parts])
        learned = np.array([apart(told, chance) for chance in self.chances])
        return _interval(apart(told, mean), each, float(learned.var(ddof=1)))

    def _value(self, positive: Array, negative: Array) -> float:
        total = positive.sum() + negative.sum()
        if self.metric == "hits":
            return float(positive.sum() / total)
        if self.metric == "accuracy":
            is_yes = self.middles >= 0.5
            return float((positive[is_yes].sum() + negative[~is_yes].sum()) / total)
        below = np.cumsum(negative) - negative / 2
        pairs = positive.sum() * negative.sum()
        return float((positive * below).sum() / pairs) if pairs else 0.5


@dataclass(frozen=True)
class ErrorJudge:
    """The expected absolute error of rows, by models of it that were fitted to folds."""

    models: Sequence[Any]
    own: Array  # a row for each model, of all current rows

    @classmethod
    def of(cls, inputs: Array, errors: Array, current: Array) -> ErrorJudge:
        """The judge of the current rows, by the errors of the reference's."""
        models = error_models(inputs, errors)
        return cls(models, _told(models, current))

    def effect(self, inputs: Array, groups: Sequence[Array]) -> Interval | None:
        """The effect where these are the inputs with the column swapped back."""
        apart = self.own - _told(self.models, inputs)
        told = apart.mean(axis=0)
        each = np.array([told[rows].mean() for rows in groups])
        folds, count = apart.mean(axis=1), len(self.models)
        learned = (count - 1) / count * float(((folds - folds.mean()) ** 2).sum())
        return _interval(float(told.mean()), each, learned)


def _told(models: Sequence[Any], inputs: Array) -> Array:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="openmp"):
        return np.array([one.predict(inputs) for one in models])


def _interval(effect: float, groups: Array, learned: float) -> Interval:
    from scipy.stats import t

    variance = float(groups.var(ddof=1)) / len(groups) + learned
    width = float(t.ppf(0.975, len(groups) - 1)) * variance**0.5
    return effect, effect - width, effect + width
