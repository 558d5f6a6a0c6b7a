"""A wager against the loss of a model: that it is, on average, no larger than on the reference.

Each row with a label multiplies the stake by 1 + λ (loss − limit), which is fair or worse as long
as the mean of the loss, given all before, is at most the limit (testing by betting: I. Waudby-Smith
and A. Ramdas 2024; for the risk of a model in use: A. Podkopaev and A. Ramdas 2022). The limit is
an upper bound of the reference's mean at 99 %, and a tolerance above it: drift that does no harm
raises no alarm here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nbmlops.drift.sequential.stakes import NOTHING, advanced, evidence
from nbmlops.errors import InvalidDataError

__all__ = ["LossWatch", "begin_losses", "losses_of"]

Array = np.ndarray[Any, Any]
BOLDNESS = np.array([0.01, 0.03, 0.1, 0.3, 0.6, 0.9])  # λ as a part of 1 / limit
BOUND_QUANTILE = 2.326  # of 99 %
CLASS_TOLERANCE = 0.01  # of a squared or plain error of classes
NUMBER_TOLERANCE = 0.05  # of the mean absolute error of numbers
LARGEST_ERROR = 8.0  # in means of the reference's; larger ones count as that


@dataclass(frozen=True)
class LossWatch:
    """The stakes on the loss. `unit` is the largest loss, by which losses are divided."""

    metric: str
    unit: float
    reference: float  # the mean on the reference
    limit: float  # as a part of the unit
    stakes: tuple[float, ...] = (NOTHING,) * len(BOLDNESS)
    count: int = 0
    total: float = 0.0
    alarm: int | None = None

    def look(self, losses: Array, share: float) -> LossWatch:
        """The stakes after the losses of a batch, in any order."""
        if not len(losses):
            wagers = np.zeros(len(BOLDNESS))
        else:
            losses = np.where(np.isfinite(losses), losses, self.unit)
            parts = np.clip(losses / self.unit, 0.0, 1.0)
            boldness = BOLDNESS[:, None] / self.limit
            wagers = np.log1p(boldness * (parts - self.limit)[None, :]).sum(axis=1)
        stakes = advanced(np.array(self.stakes), wagers, share)
        return replace(
            self,
            stakes=tuple(float(each) for each in stakes),
            count=self.count + len(losses),
            total=self.total + float(losses.sum()),
        )

    def evidence(self, spent: float) -> float:
        """The logarithm of what the stakes are worth."""
        return evidence([(1.0, np.array(self.stakes))], spent)

    def renewed(self) -> LossWatch:
        """As at the beginning of a window of the budget."""
        return replace(self, stakes=(NOTHING,) * len(BOLDNESS))

    def to_dict(self) -> dict[str, Any]:
        """The watch, JSON-safe."""
        return {
            "metric": self.metric,
            "unit": self.unit,
            "reference": self.reference,
            "limit": self.limit,
            "stakes": list(self.stakes),
            "count": self.count,
            "total": self.total,
            "alarm": self.alarm,
        }

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> LossWatch:
        """What `to_dict` told."""
        return cls(**{**said, "stakes": tuple(float(each) for each in said["stakes"])})


def losses_of(target: Any, prediction: Any, metric: str | None = None) -> tuple[str, Array]:
    """The loss of each row that has a label and a prediction, and what kind of loss it is.

    What a `metric` that is given cannot be taken of, is NaN.

    Classes and their labels: 1 where they differ. 0 and 1 beside scores between them: the squared
    difference (G. W. Brier 1950). Numbers: the absolute error.

    >>> losses_of([1, 0, None], [0.9, 0.5, 0.3])[1].round(2).tolist()
    [0.01, 0.25]
    """
    import pandas as pd

    labels, scores = pd.Series(target), pd.Series(prediction)
    there = (labels.notna() & scores.notna()).to_numpy()
    labels, scores = (each[there].infer_objects() for each in (labels, scores))
    if labels.dtype == bool:
        labels = labels.astype(float)
    if scores.dtype == bool:
        scores = scores.astype(float)
    if metric == "error rate":
        return metric, (labels.map(_name) != scores.map(_name)).to_numpy(np.float64)
    if metric is not None:
        truth, guess = (
            pd.to_numeric(each, errors="coerce").to_numpy(np.float64) for each in (labels, scores)
        )
        return metric, (truth - guess) ** 2 if metric == "Brier score" else np.abs(truth - guess)
    are_numbers = [pd.api.types.is_numeric_dtype(each) for each in (labels, scores)]
    if not all(are_numbers):
        if any(are_numbers):
            labels, scores = labels.map(_name), scores.map(_name)
        return "error rate", (labels.astype(str) != scores.astype(str)).to_numpy(np.float64)
    truth, guess = labels.to_numpy(np.float64), scores.to_numpy(np.float64)
    if np.isin(truth, (0.0, 1.0)).all() and ((guess >= 0) & (guess <= 1)).all():
        return "Brier score", (truth - guess) ** 2
    return "absolute error", np.abs(truth - guess)


def _name(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def begin_losses(target: Any, prediction: Any, data: str = "reference") -> LossWatch:
    """A watch whose limit comes from the reference. Raises InvalidDataError for too few labels."""
    metric, losses = losses_of(target, prediction)
    if len(losses) < 30:
        problem = f"{len(losses)} of its rows have a label and a prediction, which is too few"
        raise InvalidDataError(data, problem, hint="Give at least 30, better some thousands.")
    mean = float(losses.mean())
    if not math.isfinite(mean):
        raise InvalidDataError(data, "its labels and predictions are not all finite")
    is_number = metric == "absolute error"
    unit = max(LARGEST_ERROR * mean, 1e-12) if is_number else 1.0
    tolerance = NUMBER_TOLERANCE * mean if is_number else CLASS_TOLERANCE
    spread = float(np.minimum(losses, unit).std()) / math.sqrt(len(losses))
    limit = (mean + BOUND_QUANTILE * spread + tolerance) / unit
    return LossWatch(metric, unit, mean, min(max(limit, 1e-6), 1.0))
