"""catboost: `fit` of all its classes, which `catboost.train` calls as well, and `cv`.

`fit` looks up `_train` when the data is ready, and `_set_trained_model_attributes` when the model
is, which has the evaluation history. `cv` asks for its plots before it begins, and what it returns
is taken then. No data can be had back from a `Pool`, so that it is told when one is made.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.frames import calls_from
from nbmlops.capture.models.features import feature_names
from nbmlops.capture.watching.asked import Restore, answer, on_lookup
from nbmlops.capture.watching.containers import Containers
from nbmlops.capture.watching.params import defaults_of, given_params, recorded
from nbmlops.capture.watching.seen import FitSeen, Points
from nbmlops.capture.watching.trainings import use_pairs, watch_training

if TYPE_CHECKING:
    from nbmlops.capture.watching.watch import Watch

__all__ = ["MODULES", "hook"]

MODULES = ("catboost.core",)
_ASKED = ("iterations", "fold_count", "nfold", "num_boost_round", "early_stopping_rounds")

_pools = Containers()


def hook(watch: Watch, module: ModuleType) -> list[Restore | None]:
    """Watch the module from now on."""
    model = getattr(module, "_CatBoostBase", None)
    return [
        on_lookup(model, "_train", lambda of, asking: _train(watch, of, asking)),
        on_lookup(
            model,
            "_set_trained_model_attributes",
            lambda of, asking: _trained(watch, of, asking),
        ),
        on_lookup(
            getattr(module, "Pool", None),
            "_check_data_type",
            lambda of, asking: _pool(watch, of, asking),
        ),
        answer(module, "plot_wrapper", lambda asking: _cv(watch, asking)),
    ]


def _pool(watch: Watch, pool: Any, asking: FrameType) -> None:
    """A pool is made of data by the user, and not by a fit."""
    inside, user = calls_from(asking)
    if len(inside) != 1 or user is None or not watch.looks_at("catboost"):
        return
    with watch.looking() as may:
        if may:
            told = asking.f_locals
            _pools.made(watch, pool, told.get("data"), told.get("label"), user)


def _train(watch: Watch, model: Any, asking: FrameType) -> None:
    """A training begins."""
    if asking.f_code.co_name != "_fit" or not watch.looks_at("catboost"):
        return
    inside, user = calls_from(asking)
    if user is None:
        return
    with watch.looking() as may:
        if not may:
            return
        told = asking.f_locals

        def own() -> FitSeen:
            params = given_params(model.get_params(), defaults_of(type(model)))
            is_native = any(frame.f_code.co_name == "train" for frame in inside)
            origin = "catboost.train" if is_native else ""
            found = watch.fitting(model, user, params=params, origin=origin)
            _data(watch, found, told, user)
            return found

        watch_training(watch, inside, own, dict)


def _data(watch: Watch, fit: FitSeen, told: Mapping[str, Any], user: FrameType) -> None:
    data, others = told["X"], told.get("eval_set")
    if _is_pool(data):
        _pools.learn(watch, fit, data)
    else:
        watch.learning(fit, data, told.get("y"), user)
    for other in others if isinstance(others, list) else [others]:
        if _is_pool(other):
            _pools.use(watch, other)
        else:
            use_pairs(watch, other, user)


def _is_pool(data: Any) -> bool:
    return hasattr(data, "get_cat_feature_indices")


def _trained(watch: Watch, model: Any, asking: FrameType) -> None:
    """A training has ended: its history is read, which is lost when the model is."""
    if asking.f_code.co_name != "_train" or not watch.looks_at("catboost"):
        return
    inside, user = calls_from(asking)
    if user is None:
        return
    with watch.looking() as may:
        if not may:
            return
        history = model.get_evals_result()
        fit = watch.fit_of(model)
        if fit is not None:
            with contextlib.suppress(Exception):
                fit.params = {**_chosen(model), **fit.params}
                fit.features = tuple(feature_names(model))
        if history:
            # A fit inside of another one was counted when it began.
            around = watch_training(watch, inside, lambda: fit, lambda: _points(history))
            if around is not None and around is not fit:
                around.inner_count -= 1


def _chosen(model: Any) -> Mapping[str, Any]:
    """The parameters that catboost chose, those that were given by another name left out."""
    given = getattr(model, "_get_canonized_params", model.get_params)()
    chosen = model._object._get_plain_params().items()
    return recorded((name, value) for name, value in chosen if name not in given)


def _points(history: Mapping[str, Mapping[str, list[float]]]) -> Points:
    return {
        f"{data}-{metric}": [(step, float(value)) for step, value in enumerate(values)]
        for data, metrics in history.items()
        for metric, values in metrics.items()
    }


def _cv(watch: Watch, asking: FrameType) -> None:
    """A cross-validation begins; what it returns is its history."""
    if asking.f_code.co_name != "cv" or not watch.looks_at("catboost"):
        return
    inside, user = calls_from(asking)
    if user is None:
        return
    with watch.looking() as may:
        if not may:
            return
        told = asking.f_locals
        given = {**told["params"], **{name: told.get(name) for name in _ASKED}}
        params = given_params(given, dict.fromkeys(_ASKED))
        points: dict[str, list[tuple[int, float]]] = {}

        def own() -> FitSeen:
            found = watch.fitting(None, user, params=params, origin="catboost.cv")
            if _is_pool(told["pool"]):
                _pools.learn(watch, found, told["pool"])
            return found

        def take(result: Any) -> None:
            table = result[0] if isinstance(result, tuple) else result
            steps = [int(step) for step in table["iterations"]]
            for name in table:
                if str(name).endswith(("-mean", "-std")):
                    values = map(float, table[name])
                    points[str(name)] = list(zip(steps, values, strict=False))

        if watch_training(watch, inside, own, lambda: points) is not None:
            watch.returning(asking, take)
