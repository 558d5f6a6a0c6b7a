"""What scikit-learn cross-validates for the cell: scores with their spread, and curves of them.

In the end `cross_validate`, which `cross_val_score` calls, puts its scores in order by
`_normalize_score_results`, and `learning_curve` and `validation_curve` put together theirs by
`_aggregate_score_dicts`. Who asks has them among its local names, with the estimator and the data.
Those inside of a fit, as of a search, belong to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.frames import calls_from

if TYPE_CHECKING:
    from nbmlops.capture.watching.watch import Watch

__all__ = ["curve", "validated"]

SCORES = frozenset({"cross_val_score", "cross_validate"})
CURVES = frozenset({"learning_curve", "validation_curve"})
MOST_POINTS = 1000


def validated(watch: Watch, asking: FrameType) -> None:
    """The end of `cross_validate`, which asks for test scores first and for train scores then."""
    if asking.f_code.co_name != "cross_validate":
        return
    with watch.looking() as may:
        user, function = _asked_by(asking, SCORES)
        told = asking.f_locals
        results = told.get("results")
        if not may or user is None or not isinstance(results, Mapping):
            return
        if "test_scores_dict" in told:
            return  # it asks for train scores now, and has asked before
        kinds = ("test", "train") if told.get("return_train_score") else ("test",)
        found: dict[str, Sequence[tuple[int, float, float]]] = {}
        for kind in kinds:
            for name, scores in _by_name(results[f"{kind}_scores"]).items():
                called = "" if function == "cross_val_score" else f"{kind}_{name}"
                found[called] = [(0, *_mean_and_spread(scores))]
        _learned_from(watch, told, user, function)
        watch.validating(function, user, found, scores=results["test_scores"])


def curve(watch: Watch, asking: FrameType) -> None:
    """The end of `learning_curve` or `validation_curve`: the mean score of each point."""
    if asking.f_code.co_name not in CURVES:
        return
    with watch.looking() as may:
        user, function = _asked_by(asking, CURVES)
        told = asking.f_locals
        results = told.get("results")
        if not may or user is None or not isinstance(results, list) or not results:
            return
        steps = _steps(told)
        found: dict[str, Sequence[tuple[int, float, float]]] = {}
        for kind in ("train", "test"):
            scores = [float(result[f"{kind}_scores"]) for result in results]
            found[kind] = [
                (step, *_mean_and_spread(scores[at :: len(steps)]))
                for at, step in enumerate(steps[:MOST_POINTS])
            ]
        _learned_from(watch, told, user, function)
        watch.validating(function, user, found, is_curve=True)


def _asked_by(asking: FrameType, functions: frozenset[str]) -> tuple[FrameType | None, str]:
    """The user's code, and which of these functions it called itself; None for another one."""
    inside, user = calls_from(asking)
    outer = inside[-1]
    name = getattr(outer.f_locals.get("func"), "__name__", "") or outer.f_code.co_name
    return (user, name) if name in functions else (None, "")


def _learned_from(watch: Watch, told: Mapping[str, Any], user: FrameType, function: str) -> None:
    """The estimator, of which only copies were fitted, and the data."""
    fit = watch.fitting(told.get("estimator"), user, origin=function)
    fit.is_model, fit.model = False, None
    with watch.looking(at_data=True) as may:
        if may:
            watch.learning(fit, told.get("X"), told.get("y"), user)


def _by_name(scores: Any) -> Mapping[str, Sequence[float]]:
    if len(scores) and isinstance(scores[0], Mapping):
        return {str(name): [each[name] for each in scores] for name in scores[0]}
    return {"score": scores}


def _mean_and_spread(scores: Sequence[float]) -> tuple[float, float]:
    import numpy as np

    values = np.asarray(scores, dtype=float)
    return float(values.mean()), float(values.std())


def _steps(told: Mapping[str, Any]) -> list[int]:
    """The sizes of a learning curve, the values of a parameter that counts; else their places."""
    sizes = told.get("train_sizes_abs")
    values = list(told["param_range"] if sizes is None else sizes)
    numbers = [int(value) for value in values if _is_count(value)]
    if len(numbers) == len(values) and sorted(set(numbers)) == numbers:
        return numbers
    return list(range(len(values)))


def _is_count(value: Any) -> bool:
    kind = getattr(getattr(value, "dtype", None), "kind", "i" if type(value) is int else "")
    return kind in ("i", "u") and value >= 0
