"""What was seen of a cell's calls, as records of its run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nbmlops.capture.datasets import dataset_data
from nbmlops.capture.histories import number_key, record_histories
from nbmlops.capture.models import feature_names, keep_models, size_of
from nbmlops.capture.redaction import redact_value
from nbmlops.capture.run import ActiveRun
from nbmlops.capture.watching import FitSeen, Seen
from nbmlops.events import encode_value

__all__ = ["keep_fitted", "record_seen"]

SHARED = 0.01  # of the rows looked at


def record_seen(
    run: ActiveRun,
    seen: Seen,
    assigned: Mapping[str, Any],
    namespace: Mapping[str, Any],
    *,
    skip: frozenset[str] = frozenset(),
) -> None:
    """Record data, models, the numbers that were assigned to names, and scores.

    A score that was assigned to a name is that metric, and is not kept a second time under the
    name of its function. Kinds in `skip` (see `found`) are left out.
    """
    if "data" in skip:
        seen.data.clear()
    if "metrics" in skip:
        seen.scores.clear()
    told = run.snapshot().datasets
    for data in seen.data:
        if data.name in told:  # by the user, who calls it what it is
            continue
        run.record("dataset", dataset_data(data.name, data.role, data.print, data.source))
    params = dict(run.snapshot().params)
    groups = _grouped(seen.fits, namespace)
    for at, (name, fits) in enumerate(groups.items()):
        fit = fits[-1]
        if "models" not in skip:
            _record_fit(run, name, fit, params, is_first=at == 0)
        if "spread" not in skip:
            _record_search(run, name, fit.model() if fit.model is not None else None)
    if seen.partial:
        run.warn("partial", f"Not all of this cell's calls were looked at: {seen.partial}.")
    for train, test, shared, looked in seen.shared:
        if shared >= max(SHARED * looked, 1):
            run.warn(
                "shared-rows",
                f"{shared} of {looked} rows of {test} that were looked at are in {train} too, from "
                "which the model learned: a score on them is better than on new data.",
            )
    _record_numbers(run, seen, assigned, {} if "histories" in skip else groups)


def _record_numbers(
    run: ActiveRun,
    seen: Seen,
    assigned: Mapping[str, Any],
    groups: Mapping[str, Sequence[FitSeen]],
) -> None:
    """Record histories, the numbers that were assigned, and scores, no number of them twice."""
    before = dict(run.latest)
    series = record_histories(run, groups, assigned)
    logged = {_key(value) for value in before.values()}
    logged |= {number_key(value) for name, value in run.latest.items() if name not in before}
    origins, others = _scores(run, seen, assigned, logged)
    for name, value in assigned.items():
        if name in series:
            others.pop(name, None)  # it is the last of a history by now
        elif name not in others:  # a loop of scores goes by the name they were given
            run.log_found({name: value}, origin=origins.get(name, "assigned"))
    for name, (function, values) in others.items():
        steps = range(len(values)) if len(values) > 1 else [None]
        for step, value in zip(steps, values, strict=True):
            run.log_found({name: value}, origin=function, step=step)


def keep_fitted(run: ActiveRun, seen: Seen, namespace: Mapping[str, Any]) -> None:
    """Keep the bytes of the models that were fitted, as artifacts."""
    models, records = {}, {}
    for name, fits in _grouped(seen.fits, namespace).items():
        if fits[-1].is_model:
            models[name] = fits[-1].model() if fits[-1].model is not None else None
            records[name] = _model_data(name, fits[-1])
    keep_models(run, models, records)


def _grouped(fits: Iterable[FitSeen], namespace: Mapping[str, Any]) -> dict[str, list[FitSeen]]:
    """The fits of each model, by the name the model goes by, else its class; the last one counts.

    A loop fits many of a class and drops them; where one of them has a name, it stands for all.
    """
    named: dict[str, list[FitSeen]] = {}
    unnamed: dict[str, list[FitSeen]] = {}
    for fit in fits:
        model = fit.model() if fit.model is not None else None
        name = fit.name or _bound_name(namespace, model)
        other = fit.class_name if fit.is_model else fit.origin
        (named if name else unnamed).setdefault(name or other, []).append(fit)
    classes = {listed[-1].class_name: listed for listed in named.values()}
    for name, listed in unnamed.items():
        if name in classes:
            classes[name][:0] = listed
        else:
            named[name] = listed
    return named


def _record_fit(
    run: ActiveRun, name: str, fit: FitSeen, params: dict[str, Any], *, is_first: bool
) -> None:
    """A model and the parameters in which it differs from its class."""
    if fit.is_model:
        run.record("model", _model_data(name, fit))
    found = {}
    for each in fit.changed:
        if each not in fit.params:
            continue
        shown = each if is_first else f"{name}.{each}"
        if shown not in params:
            found[shown] = params[shown] = fit.params[each]
    if found:
        run.log_params(found, source=fit.origin)


def _model_data(name: str, fit: FitSeen) -> dict[str, Any]:
    """The data of a `model` record."""
    model = fit.model() if fit.model is not None else None
    return {
        "name": name,
        "class_name": f"{fit.module}.{fit.class_name}",
        "params": {
            each: encode_value(redact_value(each, value)) for each, value in fit.params.items()
        },
        "changed": list(fit.changed),
        "feature_names": feature_names(model) or list(fit.features),
        "train_dataset": fit.train,
        "size_bytes": size_of(model),
    }


def _record_search(run: ActiveRun, name: str, model: Any) -> None:
    """What a search over parameters found: the best of them, its score and their spread."""
    best = getattr(model, "best_params_", None)
    if not isinstance(best, Mapping):
        return
    run.log_params({f"best.{key}": value for key, value in best.items()}, source=f"{name}.best")
    numbers = {}
    score = getattr(model, "best_score_", None)
    if score is not None and math.isfinite(score):
        numbers["best_score"] = float(score)
        spread = getattr(model, "cv_results_", {}).get("std_test_score")
        at = getattr(model, "best_index_", None)
        if spread is not None and at is not None:
            numbers["best_score std"] = float(spread[at])
    if numbers:
        run.log_found(numbers, origin=f"{type(model).__name__}.fit")


def _bound_name(namespace: Mapping[str, Any], model: Any) -> str:
    if model is None:
        return ""
    for name, value in namespace.items():
        if value is model and not name.startswith("_"):
            return name
    return ""


def _scores(
    run: ActiveRun, seen: Seen, assigned: Mapping[str, Any], logged: set[str]
) -> tuple[dict[str, str], dict[str, tuple[str, list[float]]]]:
    """Which function each assigned number came from, and the scores that no name stands for."""
    origins: dict[str, str] = {}
    others: dict[str, tuple[str, list[float]]] = {}
    known = {key: name for name, value in assigned.items() if (key := _key(value))}
    taken = set(run.latest) | set(assigned)
    for score in seen.scores.values():
        keys = [_key(value) for value in score.values]
        if not keys or all(key in logged for key in keys):
            continue
        last = known.get(keys[-1])
        if last is not None:
            origins[last] = score.function
            if len(keys) == 1:
                continue
        name = last or _free(score.function, score.about, taken)
        taken.add(name)
        others[name] = (score.function, score.values)
    return origins, others


def _free(function: str, about: str, taken: set[str]) -> str:
    for name in (function, f"{function} {about}" if about else function):
        if name not in taken:
            return name
    number = 2
    while f"{function} {number}" in taken:
        number += 1
    return f"{function} {number}"


def _key(value: Any) -> str:
    """What is the same text for the same number, NaN included; "" for what is no number."""
    try:
        return repr(float(value))
    except (TypeError, ValueError, OverflowError):
        return ""
