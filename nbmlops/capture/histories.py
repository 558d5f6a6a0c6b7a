"""Evaluation histories of fits as series of metrics: which names they get, and what is kept."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbmlops.capture.run import ActiveRun
from nbmlops.capture.values import encoded
from nbmlops.capture.watching import FitSeen, Points

__all__ = ["history_of", "number_key", "record_histories"]

MOST_EARLIER = 9  # fits of one model before the last, as the folds of a loop, that keep theirs
MOST_POINTS = 1000  # of each series
_OWN = {"loss_curve_": "loss", "validation_scores_": "validation_score"}
_BOOSTED = {"train_score_": "train_score", "validation_score_": "validation_score"}


def record_histories(
    run: ActiveRun, groups: Mapping[str, Sequence[FitSeen]], assigned: Mapping[str, Any]
) -> set[str]:
    """Record the history of each fit; the names among `assigned` that are series by now.

    `groups` has the fits of each model by its name. The series of its last fit have plain names, as
    `val_loss`, with the model's in front where these are taken, and those of earlier fits their
    number behind. Where the last number of a series was assigned to a name, the series goes by that
    name; where it was logged, it is there already.
    """
    logged = {key for value in run.latest.values() if (key := number_key(value))}
    given = {key: name for name, value in assigned.items() if (key := number_key(value))}
    taken = set(run.latest)
    series: set[str] = set()
    for model, fits in groups.items():
        for number, fit in _newest_first(run, fits):
            points: dict[str, Sequence[tuple[int, float]]] = {}
            for metric, values in history_of(fit).items():
                key = number_key(values[-1][1]) if values else ""
                if not values or (key and key in logged):
                    continue
                name = given.pop(key, "") if key else ""
                if name:
                    series.add(name)
                else:
                    name = metric if number is None else f"{metric} fit {number}"
                    name = f"{model}.{name}" if name in taken or name in assigned else name
                if name not in taken:
                    taken.add(name)
                    points[name] = values
            _record(run, points, fit.origin)
        _record_best(run, model, fits[-1], assigned)
    return series


def history_of(fit: FitSeen) -> Points:
    """The history of a fit, by the name of each series; {} where there is none.

    A fit that did others inside has the history of the last of them, if that is its own: the
    refit of a search, and not one of several members of an ensemble.
    """
    model = fit.model() if fit.model is not None else None
    if fit.history is not None:
        if fit.inner_count > 1 and not hasattr(model, "best_estimator_"):
            return {}
        return fit.history()
    return _of_estimator(model)


def number_key(value: Any) -> str:
    """What is the same text for the same number, "" for what may be equal by chance.

    Two scores of 0.97 on a hundred rows are not one number; two of 0.9666666666666667 are.

    >>> number_key(0.97), number_key(1), number_key(29 / 30)
    ('', '', '0.9666666666666667')
    """
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return ""
    return repr(number) if math.isfinite(number) and number != round(number, 4) else ""


def _newest_first(run: ActiveRun, fits: Sequence[FitSeen]) -> Iterator[tuple[int | None, FitSeen]]:
    """The fits with their number among all of them, the last without one."""
    told = [fit for fit in fits if fit.history is not None] or list(fits[-1:])
    if len(told) > MOST_EARLIER + 1:
        message = f"Of {told[-1].number} fits the evaluation histories of the last "
        run.warn("partial", f"{message}{MOST_EARLIER + 1} are kept.")
    yield None, told[-1]
    for fit in told[-MOST_EARLIER - 1 : -1]:
        yield fit.number, fit


def _of_estimator(model: Any) -> Points:
    """What scikit-learn's own classes keep of their way, in pipelines and searches too."""
    for _ in range(4):
        if hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif isinstance(steps := getattr(model, "steps", None), list) and steps:
            model = steps[-1][-1]
        else:
            break
    kind = type(model)
    if not kind.__module__.startswith("sklearn."):
        return {}
    names = _BOOSTED if kind.__name__.startswith("HistGradientBoosting") else _OWN
    found: dict[str, list[tuple[int, float]]] = {}
    for attribute, name in names.items():
        values = vars(model).get(attribute)
        if values is not None and len(values) > 1:
            found[name] = [(step, float(value)) for step, value in enumerate(values)]
    return found


def _record_best(run: ActiveRun, name: str, fit: FitSeen, assigned: Mapping[str, Any]) -> None:
    """The round that early stopping chose, which is the one that the model predicts with."""
    model = fit.model() if fit.model is not None and fit.history is not None else None
    best = None
    for attribute in ("best_iteration_", "best_iteration"):
        with contextlib.suppress(Exception):  # xgboost raises where nothing was chosen
            best = best or getattr(model, attribute, None)
    if isinstance(best, int) and best > 0 and best not in assigned.values():
        told = "best_iteration" if "best_iteration" not in run.latest else f"{name}.best_iteration"
        run.log_found({told: best}, fit.origin)


def _record(run: ActiveRun, series: Mapping[str, Sequence[tuple[int, float]]], origin: str) -> None:
    """Record series side by side, step by step, in the order of the names."""
    steps: dict[int, dict[str, float]] = {}
    longest = max(map(len, series.values()), default=0)
    for name, values in series.items():
        for step, value in _thinned(values):
            steps.setdefault(step, {})[name] = value
    if longest > MOST_POINTS:
        run.warn(
            "partial",
            f"Of the {longest:,} rounds of {origin} about {MOST_POINTS:,} are kept, evenly spread, "
            "with the highest, the lowest and the last.",
        )
    told: set[str] = set()
    for step in sorted(steps):
        numbers = steps[step]
        if not told.issuperset(numbers):  # the names are checked where they come first
            run.log_found(numbers, origin, step=step)
            told |= run.latest.keys() & numbers.keys()
            continue
        run.record("metric", encoded(numbers), step=step, origin=origin)


def _thinned(values: Sequence[tuple[int, float]]) -> Sequence[tuple[int, float]]:
    """At most about `MOST_POINTS` of the values, the first, last and extreme ones among them."""
    if len(values) <= MOST_POINTS:
        return values
    width = len(values) / MOST_POINTS
    kept = {min(int(at * width), len(values) - 1) for at in range(MOST_POINTS)}
    finite = [at for at, (_, value) in enumerate(values) if math.isfinite(value)]
    kept.add(len(values) - 1)
    if finite:
        kept |= {
            min(finite, key=lambda at: values[at][1]),
            max(finite, key=lambda at: values[at][1]),
        }
    return [values[at] for at in sorted(kept)]
