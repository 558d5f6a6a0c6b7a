"""xgboost: `train` and `cv`, which its scikit-learn classes call as well.

Each training makes one `CallbackContainer`, which holds the evaluation history, and looks up its
`before_training` before the first round. The data behind a `DMatrix` is told when it is made,
because no data can be had back from one: its constructor asks whether it was given an iterator.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.frames import calls_from
from nbmlops.capture.models.features import feature_names
from nbmlops.capture.watching.asked import Restore, answer, on_lookup
from nbmlops.capture.watching.containers import Containers
from nbmlops.capture.watching.params import given_params
from nbmlops.capture.watching.seen import FitSeen, Points
from nbmlops.capture.watching.trainings import model_in, use_pairs, watch_training

if TYPE_CHECKING:
    from nbmlops.capture.watching.watch import Watch

__all__ = ["MODULES", "hook"]

MODULES = ("xgboost.training", "xgboost.data")
_CONSTRUCTORS = frozenset({"__init__", "_init", "inner_f"})
_DEFAULTS = {"num_boost_round": 10, "early_stopping_rounds": None, "nfold": 3}
_ASKED = {"train": ("num_boost_round", "early_stopping_rounds"), "cv": tuple(_DEFAULTS)}

_matrices = Containers()


def hook(watch: Watch, module: ModuleType) -> list[Restore | None]:
    """Watch one of the modules from now on."""
    if module.__name__ == "xgboost.data":
        return [answer(module, "_is_iter", lambda asking: _matrix(watch, asking))]
    container, booster = (getattr(module, name, None) for name in ("CallbackContainer", "Booster"))
    return [
        on_lookup(container, "before_training", lambda of, asking: _train(watch, of, asking)),
        on_lookup(booster, "copy", lambda of, asking: _copied(watch, of, asking)),
    ]


def _matrix(watch: Watch, asking: FrameType) -> None:
    """A matrix is made of data by the user, and not by a fit."""
    if not watch.looks_at("xgboost"):
        return
    inside, user = calls_from(asking)
    if user is None or any(frame.f_code.co_name not in _CONSTRUCTORS for frame in inside):
        return
    with watch.looking() as may:
        if may:
            told = asking.f_locals
            _matrices.made(watch, told["self"], told.get("data"), told.get("label"), user)


def _train(watch: Watch, container: Any, asking: FrameType) -> None:
    """A training begins."""
    function = asking.f_code.co_name
    if function not in ("train", "cv") or not watch.looks_at("xgboost"):
        return
    inside, user = calls_from(asking)
    if user is None:
        return
    with watch.looking() as may:
        if not may:
            return
        history, told = container.history, asking.f_locals

        def own() -> FitSeen:
            model, fit = model_in(inside)
            if model is not None:
                found = watch.fitting(model, user)
                watch.learning(found, fit.get("X"), fit.get("y"), user)
                use_pairs(watch, fit.get("eval_set"), user)
                return found
            given = {**dict(told["params"]), **{name: told[name] for name in _ASKED[function]}}
            found = watch.fitting(
                told.get("bst") if function == "train" else None,
                user,
                params=given_params(given, _DEFAULTS),
                origin=f"xgboost.{function}",
            )
            _matrices.learn(watch, found, told["dtrain"])
            for matrix, _ in (told.get("evals") or ()) if function == "train" else ():
                if matrix is not told["dtrain"]:
                    _matrices.use(watch, matrix)
            return found

        fit = watch_training(watch, inside, own, lambda: _points(history))
        if fit is not None and function == "train":
            fit.features = tuple(feature_names(told["bst"]))


def _copied(watch: Watch, booster: Any, asking: FrameType) -> None:
    """A training is about to return a copy of what it trained, as it does before version 3."""
    fit = watch.fit_of(booster) if asking.f_code.co_name == "train" else None
    if fit is None or not watch.looks_at("xgboost"):
        return

    def take(copy: Any) -> None:
        fit.model = weakref.ref(copy)

    watch.returning(asking, take)


def _points(history: Mapping[str, Mapping[str, list[Any]]]) -> Points:
    """The series of a history; of a cross-validation, mean and spread."""
    points: dict[str, list[tuple[int, float]]] = {}
    for data, metrics in history.items():
        for metric, values in metrics.items():
            name = f"{data}-{metric}"
            for step, value in enumerate(values):
                if isinstance(value, tuple):
                    points.setdefault(f"{name}-mean", []).append((step, float(value[0])))
                    points.setdefault(f"{name}-std", []).append((step, float(value[1])))
                else:
                    points.setdefault(name, []).append((step, float(value)))
    return points
