"""From a score to the chance of a label: two calibrations, each fitted to counts at each score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nbmlops.drift.scores import Array

__all__ = ["FOLDS", "Fit", "best_fit", "isotonic", "smooth"]

# Scores in order, positive rows and all rows at each, and the scores that are asked about.
Fit = Callable[[Array, Array, Array, Array], Array]
STEPS = 12
FOLDS = 5


def isotonic(values: Array, positive: Array, there: Array, asked: Array) -> Array:
    """The chance that rises with the score and fits best; beyond the ends it stays as it is."""
    from sklearn.isotonic import isotonic_regression

    seen = there > 0
    rate = isotonic_regression(
        positive[seen] / there[seen], sample_weight=there[seen].astype(float), y_min=0, y_max=1
    )
    chance: Array = np.clip(np.interp(asked, values[seen], rate), 0.0, 1.0)
    return chance


def smooth(values: Array, positive: Array, there: Array, asked: Array) -> Array:
    """Beta calibration of chances (Kull, Silva Filho and Flach, 2017), else Platt's of scores: it
    also knows what lies beyond the scores that it has seen.
    """
    is_chance = bool(len(values)) and values[0] >= 0 and values[-1] <= 1
    middle, width = float(np.mean(values)), float(np.std(values)) or 1.0

    def terms(some: Array) -> Array:
        if not is_chance:
            return np.column_stack([np.ones(len(some)), (some - middle) / width])
        near = np.clip(some, 1e-4, 1 - 1e-4)
        return np.column_stack([np.ones(len(some)), np.log(near), -np.log1p(-near)])

    known = terms(values)
    scale = max(float(there.sum()), 1.0)
    share, count = positive / scale, there / scale
    weight = np.ones(known.shape[1])  # of chances that are calibrated already
    weight[0] = 0.0
    ridge = 1e-5 * np.eye(len(weight))
    for _ in range(STEPS):  # of Newton
        chance = _logistic(known @ weight)
        slope = known.T @ (share - count * chance) - ridge @ weight
        curve = (known * (count * chance * (1 - chance))[:, None]).T @ known + ridge
        step = np.linalg.solve(curve, slope)
        weight += np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-4:
            break
    return _logistic(terms(asked) @ weight)


def _logistic(values: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-np.clip(values, -30, 30)))
    return found


def best_fit(
    values: Array, place: Array, truth: Array, weights: Array, random: np.random.Generator
) -> tuple[Fit, Array]:
    """The calibration that tells the labels of rows that it has not seen best, by the log loss,
    and what it told of each. `place` is that of each row's score among the `values`.
    """
    fold = random.permutation(len(truth)) % FOLDS
    best: tuple[float, Fit, Array] | None = None
    for fit in (isotonic, smooth):
        chance = np.empty(len(truth))
        for number in range(FOLDS):
            left = fold == number
            seen = np.where(left, 0.0, weights)
            right, there = (np.bincount(place, each, len(values)) for each in (seen * truth, seen))
            chance[left] = fit(values, right, there, values)[place[left]]
        near = np.clip(chance, 1e-3, 1 - 1e-3)
        loss = -float(np.mean(weights * np.log(np.where(truth == 1, near, 1 - near))))
        if best is None or loss < best[0]:
            best = (loss, fit, chance)
    assert best is not None
    return best[1], best[2]
