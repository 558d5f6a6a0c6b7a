"""The recipe of harm: ask the model about both sides, judge its performance, swap columns back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nbmlops.data.profile import ColumnProfile, Profile, profile_of
from nbmlops.data.rows import Rows
from nbmlops.drift.attribution import effects_of
from nbmlops.drift.density_ratio import Ratio
from nbmlops.drift.harm import ColumnEffect, ColumnImportance, Harm
from nbmlops.drift.importances import importances_of
from nbmlops.drift.performance import (
    FEWEST_LABELS,
    LIMITS,
    Answers,
    performance_of,
    ratio_of,
    why_unknown,
)
from nbmlops.drift.performance_effects import ClassJudge, ErrorJudge, Interval
from nbmlops.drift.predictions import (
    Asked,
    answers_of,
    ask_model,
    features_of,
    inputs_of,
    task_of,
)
from nbmlops.drift.scores import Array
from nbmlops.errors import InvalidOptionError

if TYPE_CHECKING:
    import pandas as pd

    from nbmlops.drift.records import DriftReport

__all__ = ["MOST_ROWS", "Assessment", "assessment_of"]

MOST_ROWS = 20_000  # of each side that a model is asked about
MOST_SWAPPED = 30  # columns, the worst first
SAME_CODES = (
    "An effect on the mean prediction is no harm by itself: people may really have changed."
)


@dataclass(frozen=True)
class Assessment:
    """Both sides with what was answered to them."""

    task: str
    model: Any
    target: str | None
    features: tuple[str, ...]
    classes: tuple[Any, ...]
    rows: tuple[Rows, Rows]
    asked: tuple[Asked, Asked]
    shown: int  # which class the mean prediction is of

    def outputs(self, asked: Asked) -> Array:
        """The number of each row whose mean is told: the chance of a class, or the value."""
        if asked.chances is not None:
            return asked.chances[:, self.shown]
        if self.task == "regression" or (self.task == "binary" and self._is_score(asked)):
            return np.asarray(asked.values, float)
        place = self.classes[self.shown] if self.classes else None
        hits: Array = (np.asarray(asked.values, object) == place).astype(float)
        return hits

    def _is_score(self, asked: Asked) -> bool:
        values = _series(asked.values).dropna()
        return not values.isin(list(self.classes)).all()

    def with_prediction(self, sides: tuple[Profile, Profile], name: str) -> tuple[Profile, ...]:
        """The profiles with the model's answers as a column, so that their drift is tested."""
        return tuple(
            replace(side, columns=(*side.columns, _profiled(name, self.outputs(asked))))
            for side, asked in zip(sides, self.asked, strict=True)
        )

    def judge(self, report: DriftReport) -> DriftReport:
        """The report with what its drift does, ranked by the effects on the estimated performance,
        else on the mean prediction.
        """
        metrics: tuple[str, ...] = ()
        answers: list[Answers] = []
        # A second model of the error reads the prediction too.
        inputs = inputs_of([side.frame for side in self.rows], self.features)
        for side, asked, numbers in zip(self.rows, self.asked, inputs, strict=True):
            truth = side.frame.get(self.target) if self.target is not None else None
            if self.task == "regression":
                numbers = np.column_stack([numbers, self.outputs(asked)])
            told, answer = answers_of(self.task, self.classes, truth, asked, numbers)
            # Of the metrics, those that both sides allow.
            metrics = told if not answers else tuple(one for one in metrics if one in told)
            answers.append(answer)
        ratio = None
        if self.task != "regression" and (answers[0].is_labelled.sum() >= FEWEST_LABELS):
            ratio = ratio_of(answers[0], answers[1])
        performance = performance_of(self.task, metrics, answers[0], answers[1], ratio)
        first, second = (self.outputs(asked) for asked in self.asked)
        limits = [LIMITS[one.method if one.how == "estimated" else "realised"]
                  for one in performance[:1]]  # fmt: skip
        effects: tuple[ColumnEffect, ...] = ()
        if self.model is not None:
            moved = [one.name for one in report.columns
                     if one.state == "drifted" and one.name in self.features]  # fmt: skip
            there = [one for one in moved if all(one in side.frame for side in self.rows)]
            effects = effects_of(
                lambda frame: ask_model(self.model, self.rows[1], frame, self.features),
                self.rows[0].frame,
                self.rows[1].frame,
                there[:MOST_SWAPPED],
                outputs=self.outputs,
                judge=self._judge(metrics, answers, ratio) if there else None,
                metric=metrics[0].replace("hits", "accuracy") if metrics else "",
            )
            limits += [SAME_CODES] if effects and not performance else []
        importances: tuple[ColumnImportance, ...] = ()
        if self.model is None:
            drift = {one.name: one.leading.effect or 0.0 for one in report.columns
                     if one.state == "drifted" and one.name in self.features
                     and one.leading is not None}  # fmt: skip
            columns = inputs[0][:, : len(self.features)]
            importances = importances_of(columns, first, self.features, drift)
        output = "prediction"
        if self.task != "regression" and self.classes:
            word = "chance" if self.asked[0].chances is not None else "share"
            output = f"{word} of {self.classes[self.shown]}"
        harm = Harm(
            self.task,
            performance,
            effects,
            output,
            _mean(first),
            _mean(second),
            tuple(limits),
            "" if performance else why_unknown(answers[0], answers[1]),
            importances,
        )
        size = {one.column: one.size for one in effects} | {
            one.column: (one.size, one.importance) for one in importances
        }
        ranked = sorted(
            report.columns,
            key=lambda one: size.get(one.name, (0.0, 0.0)) if one.role == "feature" else (0.0, 0.0),
            reverse=True,
        )
        roles = ("prediction", "target", "feature")
        ranked.sort(key=lambda one: roles.index(one.role))
        return replace(report, columns=tuple(ranked), harm=harm)

    def _judge(
        self, metrics: Sequence[str], answers: Sequence[Answers], ratio: Ratio | None
    ) -> Judge | None:
        """What tells the effect of a swapped column on the performance; None where nothing can."""
        first, second = answers
        known = first.is_labelled
        if known.sum() < FEWEST_LABELS or not metrics or not first.is_sure:
            return None
        frames = self.rows[0].frame, self.rows[1].frame
        truth, score = first.truth[known], first.score[known]
        if self.task == "regression":
            errors = ErrorJudge.of(first.inputs[known], np.abs(truth - score), second.inputs)

            def of_numbers(
                frame: pd.DataFrame, asked: Asked, groups: Sequence[Array]
            ) -> Interval | None:
                numbers = inputs_of([frames[0], frame], self.features)[1]
                return errors.effect(np.column_stack([numbers, self.outputs(asked)]), groups)

            return of_numbers
        weights = ratio.weights if ratio is not None else None
        classes = ClassJudge.of(metrics[0], truth, score, second.score, weights)

        def of_classes(
            frame: pd.DataFrame, asked: Asked, groups: Sequence[Array]
        ) -> Interval | None:
            answer = answers_of(self.task, self.classes, None, asked, second.inputs)[1]
            return classes.effect(answer.score, groups)

        return of_classes


Judge = Callable[["pd.DataFrame", Asked, Sequence[Array]], Interval | None]


def assessment_of(
    reference: Rows,
    current: Rows,
    *,
    model: Any = None,
    target: str | None = None,
    prediction: str | None = None,
) -> Assessment:
    """Both sides with their predictions: the model's where one is given, else the column's.

    Raises InvalidOptionError and InvalidDataError where the model cannot be asked.
    """
    rows = (reference, current)
    truth = reference.frame.get(target) if target is not None else None
    features = features_of(model, reference, (target, prediction))
    if model is not None:
        asked = tuple(ask_model(model, side, side.frame, features) for side in rows)
        known = _series(asked[0].values)
    else:
        asked = tuple(Asked(side.frame[prediction].to_numpy()) for side in rows)
        known = reference.frame[prediction]
        features = [name for name in features if name in current.frame]
    task = task_of(truth, known, model)
    if asked[0].chances is not None and task == "regression":  # chances, and no classes_ told
        task = "binary" if asked[0].chances.shape[1] == 2 else "multiclass"
    classes = asked[0].classes
    if not classes and task != "regression":
        labels = truth.dropna().unique() if truth is not None else known.dropna().unique()
        classes = tuple(sorted(labels, key=lambda one: (str(type(one)), one)))
    for answer in asked:
        if task != "multiclass" and not _is_told(answer, classes):
            problem = "the predictions are neither numbers nor labels of the target"
            raise InvalidOptionError("model" if model is not None else str(prediction), problem)
    found = Assessment(task, model, target, tuple(features), classes, rows, (asked[0], asked[1]), 0)
    return replace(found, shown=_shown(found))


def _is_told(asked: Asked, classes: tuple[Any, ...]) -> bool:
    values = _series(asked.values).dropna()
    if asked.chances is not None or values.isin(list(classes)).all():
        return True
    try:
        np.asarray(values, float)
    except (TypeError, ValueError):
        return False
    return True


def _shown(found: Assessment) -> int:
    """The positive class, or the one whose mean moved most."""
    if len(found.classes) <= 2:
        return max(len(found.classes) - 1, 0)
    moved = []
    for place in range(len(found.classes)):
        each = replace(found, shown=place)
        first, second = (each.outputs(asked).mean() for asked in found.asked)
        moved.append(abs(second - first))
    return int(np.argmax(moved))


def _mean(values: Array) -> float | None:
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) else None


def _profiled(name: str, values: Array) -> ColumnProfile:
    return profile_of(_series(values).to_frame(name)).columns[0]


def _series(values: Any) -> pd.Series[Any]:
    """The values as a pandas series."""
    import pandas as pd

    return pd.Series(values)
