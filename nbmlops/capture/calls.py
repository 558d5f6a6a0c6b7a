"""What was seen of a cell's calls, as records of its run."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from nbmlops.capture.datasets import dataset_data
from nbmlops.capture.fits import fit_count, grouped, model_of
from nbmlops.capture.frames import Span
from nbmlops.capture.histories import number_key, record_histories
from nbmlops.capture.models import feature_names, keep_models, size_of
from nbmlops.capture.naming import found_name
from nbmlops.capture.numerals import is_number
from nbmlops.capture.run import ActiveRun
from nbmlops.capture.scores import Targets, record_scores, record_validations
from nbmlops.capture.watching import FitSeen, Seen
from nbmlops.events import encode_value

__all__ = ["keep_fitted", "record_seen"]

SHARED = 0.01  # of the rows looked at


def record_seen(
    run: ActiveRun,
    seen: Seen,
    assigned: Mapping[str, Any],
    namespace: Mapping[str, Any],
    targets: Targets,
    *,
    logs: Mapping[Span, str] | None = None,
    repeated: Collection[str] = (),
    skip: frozenset[str] = frozenset(),
) -> None:
    """Record data, models, the numbers that were assigned to names, and scores.

    A score that was assigned to a name is that metric, and is not kept a second time under the
    name of its function; neither is one that the cell `logs` itself, by where it stands. Names that
    are `repeated` get what a function returns in a loop. Kinds in `skip` (see `found`) are left
    out.
    """
    logged = {repr(float(value)) for value in run.latest.values()}  # by the cell itself
    if "data" in skip:
        seen.data.clear()
    if "metrics" in skip:
        seen.scores.clear()
    for key, score in list(seen.scores.items()):
        if score.span is not None and (logs or {}).get(score.span) in run.latest:
            del seen.scores[key]
    told = run.snapshot().datasets
    for data in seen.data:
        if data.name in told:  # by the user, who calls it what it is
            continue
        run.record("dataset", dataset_data(data.name, data.role, data.print, data.source))
    params = dict(run.snapshot().params)
    groups = grouped(seen.fits, namespace)
    for name, fits in groups.items():
        if "models" not in skip:
            _record_fit(run, name, fits, params)
        if "spread" not in skip:
            _record_search(run, name, model_of(fits[-1]))
    if seen.partial:
        run.warn("partial", f"Not all of this cell's calls were looked at: {seen.partial}.")
    for train, test, shared, looked in seen.shared:
        if shared >= max(SHARED * looked, 1):
            run.warn(
                "shared-rows",
                f"{shared} of {looked} rows of {test} that were looked at are in {train} too, from "
                "which the model learned: a score on them is better than on new data.",
            )
    series = record_histories(run, {} if "histories" in skip else groups, assigned)
    logged |= {number_key(value) for value in run.latest.values()} - {""}
    # A name that holds an equal number since the cell ran before is not among the assigned ones.
    again = {name: namespace[name] for name in repeated if is_number(namespace.get(name))}
    record_scores(run, seen, assigned, targets, series=series, logged=logged, repeated=again)
    if "spread" not in skip:
        record_validations(run, seen, namespace, targets)


def keep_fitted(run: ActiveRun, seen: Seen, namespace: Mapping[str, Any]) -> None:
    """Keep the bytes of the models that were fitted, as artifacts."""
    models, records = {}, {}
    for name, fits in grouped(seen.fits, namespace).items():
        if _is_fitted(fits):
            models[name] = model_of(fits[-1])
            records[name] = _model_data(name, fits)
    keep_models(run, models, records)


def _record_fit(run: ActiveRun, name: str, fits: Sequence[FitSeen], params: dict[str, Any]) -> None:
    """A model and the parameters in which it differs from its class.

    They go by their own names, and with the model's in front where those are another value's.
    """
    fit = fits[-1]
    if _is_fitted(fits):
        run.record("model", _model_data(name, fits))
    found = {}
    for each in fit.changed:
        if each not in fit.params or (each in params and _is_same(params[each], fit.params[each])):
            continue
        shown = each if each not in params else f"{name}.{each}"
        if shown not in params:
            found[shown] = params[shown] = fit.params[each]
    if found:
        run.log_params(found, source=fit.origin)


def _is_fitted(fits: Sequence[FitSeen]) -> bool:
    """Whether a model came of these fits: none does of one that ended in an error."""
    return fits[-1].is_model and not fits[-1].is_broken


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _model_data(name: str, fits: Sequence[FitSeen]) -> dict[str, Any]:
    """The data of a `model` record."""
    fit, model = fits[-1], model_of(fits[-1])
    return {
        "name": found_name("a model", name),
        "class_name": f"{fit.module}.{fit.class_name}",
        "params": {each: encode_value(value) for each, value in fit.params.items()},
        "changed": list(fit.changed),
        "feature_names": feature_names(model) or list(fit.features),
        "train_dataset": fit.train,
        "fit_seconds": fit.seconds,
        "size_bytes": size_of(model),
        "fit_count": fit_count(fits),
    }


def _record_search(run: ActiveRun, name: str, model: Any) -> None:
    """What a search over parameters found: the best of them, its score and their spread."""
    best = getattr(model, "best_params_", None)
    if not isinstance(best, Mapping):
        return
    score = getattr(model, "best_score_", None)
    front = f"{name}." if "best_score" in run.latest else ""  # of another search in this cell
    params = {f"{front}best.{key}": value for key, value in best.items()}
    run.log_params(params, source=f"{name}.best")
    numbers = {}
    if score is not None and math.isfinite(score):
        numbers[f"{front}best_score"] = float(score)
        spread = getattr(model, "cv_results_", {}).get("std_test_score")
        at = getattr(model, "best_index_", None)
        if spread is not None and at is not None:
            numbers[f"{front}best_score std"] = float(spread[at])
    if numbers:
        run.log_found(numbers, origin=f"{type(model).__name__}.fit")
