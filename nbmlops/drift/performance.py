"""How a model does on the current data: by labels where there are any, else estimated.

Worse is what is certain and matters: the interval of the change excludes 0, and the change is at
least a floor. Both sides are samples, so that both are in the interval.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from nbmlops.drift.density_ratio import Ratio, density_ratio
from nbmlops.drift.estimates import Estimate, calibrated, direct_loss
from nbmlops.drift.harm import HARM_FLOORS, Performance
from nbmlops.drift.scores import Array, Scored, auc, mean_of

__all__ = ["FEWEST_LABELS", "LIMITS", "Answers", "performance_of", "ratio_of", "why_unknown"]

FEWEST_LABELS = 30
FEWEST_EFFECTIVE = 100.0  # rows that weighted ones are worth; of fewer nothing is told
WIDTH = NormalDist().inv_cdf(0.975)
LIMITS = {
    "realised": "The reference must be rows that the model has not learned from.",
    "cbpe": "From calibrated scores, without labels: it sees what a change of the inputs "
    "does, and cannot see where the same inputs have other answers now, nor a column that is "
    "coded anew. The reference must be rows that the model has not learned from.",
    "weighted_cbpe": "From scores calibrated on the reference's rows, weighted by how much more "
    "often such rows come now, without labels: it sees what a change of the inputs does, and "
    "cannot see where the same inputs have other answers now, inputs that the reference does not "
    "have, nor a column that is coded anew. The reference must be rows that the model has not "
    "learned from.",
    "dle": "From a second model of the error, without labels: it sees what a change of the "
    "inputs does, and cannot see where the same inputs have other answers now, nor inputs beyond "
    "the reference. The reference must be rows that the model has not learned from.",
}


@dataclass(frozen=True)
class Answers:
    """What was asked and answered on one side, row by row.

    `truth` is NaN where there is no label. With classes, `truth` is 1 for the second class (or,
    with more than two classes, where the answer is right) and `score` the chance of that.
    `inputs` are the numbers that a model of the error may read. Where `is_sure` is False, the score
    is the same for every row, because the model gives labels alone.
    """

    truth: Array
    score: Array
    inputs: Array
    is_sure: bool = True

    @property
    def is_labelled(self) -> Array:
        """Which rows have a label and a score."""
        there: Array = np.isfinite(self.truth) & np.isfinite(self.score)
        return there


def ratio_of(reference: Answers, current: Answers) -> Ratio:
    """How much more often rows like each labelled one of the reference come now."""
    return density_ratio(
        reference.inputs[reference.is_labelled], current.inputs[np.isfinite(current.score)]
    )


def performance_of(
    task: str,
    metrics: tuple[str, ...],
    reference: Answers,
    current: Answers,
    ratio: Ratio | None = None,
) -> tuple[Performance, ...]:
    """Each metric on both sides, realised or estimated; none where the reference lacks labels. The
    `ratio` is taken where it is known already.
    """
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
    inputs = reference.inputs[known], current.inputs[asked]
    truth, score = reference.truth[known], reference.score[known]
    counts = int(known.sum()), int(asked.sum())
    estimates: list[tuple[str, dict[str, Estimate], float | None]] = []
    if task == "regression":
        errors = np.abs(truth - score)
        loss = direct_loss(inputs[0], errors, inputs[1])
        estimates.append(("dle", {"mean_absolute_error": loss}, None))
    else:
        now = current.score[asked]
        ratio = ratio or ratio_of(reference, current)
        if ratio.is_shifted and ratio.effective_count >= FEWEST_EFFECTIVE:
            weighted = calibrated(metrics, truth, score, now, ratio.weights)
            estimates.append(("weighted_cbpe", weighted, ratio.effective_count))
        if reference.is_sure:  # else it were the reference's own, whatever comes
            estimates.append(("cbpe", calibrated(metrics, truth, score, now), None))
    for place, (method, told, effective) in enumerate(estimates):
        for metric, estimate in told.items():
            first = _score(metric, truth, score)
            if first is not None:
                one = _judged(metric, "estimated", method, first.value, estimate, counts)
                found.append(replace(one, decides=not place, effective_count=effective))
    return tuple(found)


def why_unknown(reference: Answers, current: Answers) -> str:
    """Why there is no performance, where `performance_of` tells none."""
    for name, side in (("reference", reference), ("current data", current)):
        if len(side.score) and not np.isfinite(side.score).any():
            verb = "has" if side is reference else "have"
            return f"the {name} {verb} no prediction that is a finite number"
    if reference.is_labelled.sum() < FEWEST_LABELS:
        return "the reference has no labels, or too few"
    if not reference.is_sure:
        return "the model gives labels alone and not how sure it is, so nothing can be estimated"
    return "the current data have too few rows"


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
