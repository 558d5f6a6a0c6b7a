"""A model or a column of predictions → what was answered, as numbers that can be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nbmlops.data.rows import Rows
from nbmlops.drift.performance import Answers
from nbmlops.drift.scores import Array
from nbmlops.errors import InvalidDataError, InvalidOptionError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Asked", "answers_of", "ask_model", "inputs_of", "task_of"]

MOST_CLASSES = 50
SLACK = 1e-6  # by which rounding may take a chance beyond 0 and 1


@dataclass(frozen=True)
class Asked:
    """What a model answers: `chances` of the `classes` (a column each), else `values`."""

    values: Any
    chances: Array | None = None
    classes: tuple[Any, ...] = ()


def ask_model(model: Any, rows: Rows, frame: pd.DataFrame, features: Sequence[str]) -> Asked:
    """What the model answers to these rows, which are `rows` or like them.

    Raises InvalidOptionError where it cannot be asked, or fails.
    """
    ask = getattr(model, "predict", model)
    if not callable(ask):
        problem = f"an object of type {type(model).__name__} has no predict() and cannot be called"
        raise InvalidOptionError("model", problem)
    for name in features:
        if name not in frame:
            told = f"the model wants the column {name!r}, and one side does not have it"
            raise InvalidDataError("data", told)
    if not len(frame):  # which many models refuse
        known = tuple(getattr(model, "classes_", ()))
        chances = np.zeros((0, len(known))) if hasattr(model, "predict_proba") and known else None
        return Asked(np.zeros(0), chances, known)
    given = rows.as_given(frame[list(features)])
    try:
        if hasattr(model, "predict_proba"):
            chances = np.asarray(model.predict_proba(given), float)
            return _of_chances(model, chances, len(frame))
        values = np.asarray(ask(given))
    except InvalidOptionError:
        raise
    except Exception as problem:
        told = f"it cannot predict: {type(problem).__name__}: {str(problem)[:160]}"
        raise InvalidOptionError("model", told) from problem
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.shape != (len(frame),):
        told = f"it gives {values.shape} predictions for {len(frame):,} rows"
        raise InvalidOptionError("model", told)
    return Asked(values)


def _of_chances(model: Any, chances: Array, count: int) -> Asked:
    """The answers by the chances of the classes. Raises InvalidOptionError where they are none."""
    if chances.ndim != 2 or len(chances) != count:
        told = f"predict_proba() gives an array of shape {chances.shape} for {count:,} rows"
        raise InvalidOptionError("model", told)
    classes = tuple(getattr(model, "classes_", range(chances.shape[1])))
    if len(classes) != chances.shape[1]:
        told = f"predict_proba() gives {chances.shape[1]:,} columns for {len(classes):,} classes"
        raise InvalidOptionError("model", told)
    there = chances[np.isfinite(chances)]
    if len(there) and not -SLACK <= float(there.min()) <= float(there.max()) <= 1 + SLACK:
        told = f"predict_proba() gives {there.min():g} to {there.max():g}, which are no chances"
        raise InvalidOptionError("model", told)
    return Asked(np.asarray(classes, object)[chances.argmax(axis=1)], chances, classes)


def features_of(model: Any, rows: Rows, left_out: Sequence[str | None]) -> list[str]:
    """The columns that the model wants: those that it was fitted with, else all others."""
    known = list(rows.frame.columns)
    wanted = getattr(model, "feature_names_in_", None)
    if wanted is None:
        return [name for name in known if name not in left_out]
    return [str(name) for name in wanted]


def task_of(target: pd.Series[Any] | None, prediction: pd.Series[Any] | None, model: Any) -> str:
    """Which task it is ("binary", "multiclass" or "regression"), by the classes or the labels."""
    import pandas as pd

    classes = getattr(model, "classes_", None)
    if classes is not None:
        return "binary" if len(classes) == 2 else "multiclass"
    if target is None:
        return "regression"
    labels = target.dropna()
    count = labels.nunique()
    if count <= 2:
        return "binary"
    if not pd.api.types.is_numeric_dtype(labels.dtype):
        return "multiclass"
    answers = prediction.dropna() if prediction is not None else None
    is_same = answers is not None and answers.isin(labels.unique()).all()
    is_whole = bool((labels.astype(float) % 1 == 0).all())
    return "multiclass" if is_same and is_whole and count <= MOST_CLASSES else "regression"


def answers_of(
    task: str,
    classes: tuple[Any, ...],
    truth: Any,
    asked: Asked,
    inputs: Array,
) -> tuple[tuple[str, ...], Answers]:
    """The metrics that can be told, the leading one first, and the answers as numbers.

    `classes` are the labels in order, the positive one last where there are two.
    """
    import pandas as pd

    count = len(inputs)
    labels = pd.Series([None] * count if truth is None else truth, dtype=object)
    there = labels.notna().to_numpy()
    if task == "regression":
        numbers = pd.to_numeric(labels, errors="coerce").to_numpy(float)
        score = pd.to_numeric(pd.Series(asked.values), errors="coerce").to_numpy(float)
        return ("mean_absolute_error",), Answers(numbers, score, inputs)
    if task == "multiclass":
        right = (labels.to_numpy() == np.asarray(asked.values, object)).astype(float)
        right[~there] = np.nan
        sure = np.full(count, 0.5) if asked.chances is None else asked.chances.max(axis=1)
        return ("hits",), Answers(right, sure, inputs, is_sure=asked.chances is not None)
    positive = classes[-1]
    truth_now = (labels == positive).to_numpy().astype(float)
    truth_now[~there] = np.nan
    if asked.chances is not None:
        return ("auc", "accuracy"), Answers(truth_now, asked.chances[:, 1], inputs)
    values = pd.Series(asked.values)
    score = pd.to_numeric(values, errors="coerce").to_numpy(float)
    known = values.dropna()
    if known.isin(list(classes)).all():
        score = (values == positive).to_numpy().astype(float)
        score[values.isna().to_numpy()] = np.nan
        return ("accuracy",), Answers(truth_now, score, inputs)
    is_chance = np.nanmin(score, initial=1) >= 0 and np.nanmax(score, initial=0) <= 1
    return ("auc", "accuracy") if is_chance else ("auc",), Answers(truth_now, score, inputs)


def inputs_of(sides: Sequence[pd.DataFrame], columns: Sequence[str]) -> list[Array]:
    """The columns as numbers for a second model, labels by one numbering of both sides."""
    import pandas as pd

    found: list[list[Array]] = [[] for _ in sides]
    for name in columns:
        parts = [side[name] for side in sides]
        if not all(pd.api.types.is_numeric_dtype(one.dtype) for one in parts):
            both = pd.concat([one.astype(str) for one in parts], ignore_index=True)
            codes = pd.Series(pd.factorize(both)[0])
            ends = np.cumsum([len(one) for one in parts])[:-1]
            parts = [pd.Series(one) for one in np.split(codes.to_numpy(), ends)]
        for side, part in zip(found, parts, strict=True):
            plain = part.to_numpy(dtype=float, na_value=np.nan)
            side.append(np.where(np.isfinite(plain), plain, np.nan))
    return [
        np.column_stack(side) if side else np.zeros((len(frame), 0))
        for side, frame in zip(found, sides, strict=True)
    ]
