"""How a model does on the current data: by labels where there are any, else estimated.

Worse is what is certain and matters: the interval of the change excludes 0, and the change is at
least a floor. Both sides are samples, so that both are in the interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from nbmlops.drift.estimates import Estimate, calibrated, direct_loss
from nbmlops.drift.harm import HARM_FLOORS, Performance
from nbmlops.drift.scores import Array, Scored, auc, mean_of

__all__ = ["FEWEST_LABELS", "LIMITS", "Answers", "performance_of"]

FEWEST_LABELS = 30
WIDTH = NormalDist().inv_cdf(0.975)
LIMITS = {
    "realised": "The reference must be rows that the model has not learned from.",
    "cbpe": "From calibrated scores, without labels: it sees what a change of the inputs "
    "does, and cannot see where the same inputs have other answers now, nor a column that is "
    "coded anew. The reference must be rows that the model has not learned from.",
    "dle": "From a second model of the error, without labels: it sees what a change of the "
    "inputs does, and cannot see where the same inputs have other answers now, nor inputs beyond "
    "the reference. The reference must be rows that the model has not learned from.",
}


@dataclass(frozen=True)
class Answers:
    """What was asked and answered on one side, row by row.

    `truth` is NaN where there is no label. With classes, `truth` is 1 for the second class (or,
    with more than two classes, where the answer is right) and `score` the chance of that.
    `inputs` are the numbers that a model of the error may read.
    """

    truth: Array
    score: Array
    inputs: Array

    @property
    def is_labelled(self) -> Array:
        """Which rows have a label and a score."""
        there: Array = np.isfinite(self.truth) & np.isfinite(self.score)
        return there


def performance_of(
    task: str, metrics: tuple[str, ...], reference: Answers, current: Answers
) -> tuple[Performance, ...]:
    """Each metric on both sides, realised or estimated; none where the reference lacks labels."""
    known = reference.is_labelled
    if known.sum() < FEWEST_LABELS:
        return ()
    labelled = current.is_labelled
    found = []
    if labelled.sum() >= FEWEST_LABELS:
        for metric in metrics:
            first = _score(metric, reference.truth[known], reference.score[known])
            second = _score(metric, current.truth[labelled], current.score[labelled])
            if first is None or second is None:
                continue
            spread, both = second.variance**0.5, (first.variance + second.variance) ** 0.5
            change = second.value - first.value
            found.append(
                _judged(
                    metric,
                    "realised",
                    "labels",
                    first.value,
                    Estimate(
                        second.value,
                        second.value - WIDTH * spread,
                        second.value + WIDTH * spread,
                        change - WIDTH * both,
                        change + WIDTH * both,
                    ),
                    (int(known.sum()), int(labelled.sum())),
                )
            )
        return tuple(found)
    asked = np.isfinite(current.score)
    if asked.sum() < FEWEST_LABELS:
        return ()
    if task == "regression":
        inputs = reference.inputs[known], current.inputs[asked]
        errors = np.abs(reference.truth - reference.score)[known]
        estimates = {"mean_absolute_error": direct_loss(inputs[0], errors, inputs[1])}
        method = "dle"
    else:
        estimates = calibrated(
            metrics, reference.truth[known], reference.score[known], current.score[asked]
        )
        method = "cbpe"
    for metric, estimate in estimates.items():
        first = _score(metric, reference.truth[known], reference.score[known])
        if first is not None:
            counts = int(known.sum()), int(asked.sum())
            found.append(_judged(metric, "estimated", method, first.value, estimate, counts))
    return tuple(found)


def _score(metric: str, truth: Array, score: Array) -> Scored | None:
    if metric == "auc":
        return auc(truth, score)
    if metric == "accuracy":
        return mean_of(((score >= 0.5) == (truth == 1)).astype(float))
    if metric == "hits":
        return mean_of(truth)
    return mean_of(np.abs(truth - score))


def _judged(
    metric: str,
    how: str,
    method: str,
    reference: float,
    found: Estimate,
    counts: tuple[int, int],
) -> Performance:
    name = "accuracy" if metric == "hits" else metric
    floor = HARM_FLOORS[name]
    is_error = name == "mean_absolute_error"
    if is_error:
        floor *= abs(reference)
    change = found.value - reference
    state = "same"
    if abs(change) >= floor and (found.change_low > 0 or found.change_high < 0):
        state = "worse" if (change > 0) == is_error else "better"
    low, high = max(found.low, 0.0), found.high if is_error else min(found.high, 1.0)
    return Performance(
        name,
        reference,
        found.value,
        low,
        high,
        change,
        found.change_low,
        found.change_high,
        state,
        how,
        method,
        *counts,
        floor,
    )
