"""lightgbm: `train` and `cv`, which its scikit-learn classes call as well.

Neither keeps an evaluation history unless it is asked to, by a callback. Both sort their callbacks
before the first round, and ask `attrgetter` for the order: then ours is added to their own set. It
takes the numbers that were evaluated and nothing else, and has returned before anything can fail.
Which data is inside of a dataset is told before that, when they look up its `_update_params`.
"""

from __future__ import annotations

import weakref
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

MODULES = ("lightgbm.engine",)
_DEFAULTS = {"num_boost_round": 100, "objective": None, "early_stopping_round": None, "nfold": 5}
_ASKED = {"train": ("num_boost_round",), "cv": ("num_boost_round", "nfold")}
_SETS = ("callbacks_after_iter_set", "callbacks_after_iter")  # as newer and older versions say

_datasets = Containers()


def hook(watch: Watch, module: ModuleType) -> list[Restore | None]:
    """Watch the module from now on."""
    dataset = getattr(module, "Dataset", None)
    return [
        answer(module, "attrgetter", lambda asking: _train(watch, asking)),
        on_lookup(dataset, "_update_params", lambda of, asking: _dataset(watch, of, asking)),
    ]


class _Recorder:
    """A callback that takes down what was evaluated in each round."""

    before_iteration = False
    order = 15  # before the callback that may stop

    def __init__(self) -> None:
        self.rounds: list[Any] = []  # what was evaluated in each; made sense of when it is read
        self.first = 0
        self.fit: FitSeen | None = None

    def __call__(self, round_: Any) -> None:
        try:
            if not self.rounds:
                self._begin(round_.model, round_.begin_iteration)
            self.rounds.append(round_.evaluation_result_list)
        except Exception:  # noqa: BLE001 - the training goes on whatever we make of it
            return

    def _begin(self, booster: Any, first: int) -> None:
        self.first = first
        if self.fit is None or not self.fit.is_model:
            return
        self.fit.features = tuple(feature_names(booster))
        if self.fit.model is None:
            self.fit.model = weakref.ref(booster)

    def read(self) -> Points:
        """All series so far."""
        points: dict[str, list[tuple[int, float]]] = {}
        for step, results in enumerate(self.rounds, self.first):
            for result in results or ():
                for name, value in _named(result):
                    points.setdefault(name, []).append((step, value))
        return points


def _named(result: Any) -> list[tuple[str, float]]:
    """The series that a result belongs to; of a cross-validation, mean and spread."""
    data, metric, value, _, *spread = result if isinstance(result, tuple) else _parts(result)
    if data == "cv_agg":  # as older versions say it
        data, _, metric = metric.partition(" ")
    if spread and spread[0] is not None:
        name = f"{data}-{metric}"
        return [(f"{name}-mean", float(value)), (f"{name}-std", float(spread[0]))]
    return [(f"{data}-{metric}", float(value))]


def _parts(result: Any) -> tuple[Any, ...]:
    return (
        result.dataset_name,
        result.metric_name,
        result.metric_value,
        result.maximize,
        result.metric_std_dev,
    )


def _train(watch: Watch, asking: FrameType) -> None:
    """A training begins."""
    function = asking.f_code.co_name
    if function not in _ASKED or not watch.looks_at("lightgbm"):
        return
    inside, user = calls_from(asking)
    if user is None:
        return
    with watch.looking() as may:
        told = asking.f_locals
        callbacks = next((told[name] for name in _SETS if isinstance(told.get(name), set)), None)
        # Those that come before a round are sorted first.
        if not may or callbacks is None or not isinstance(told.get("callbacks_before_iter"), list):
            return
        recorder = _Recorder()

        def own() -> FitSeen:
            model, fit = model_in(inside)
            if model is not None:
                found = watch.fitting(model, user)
                watch.learning(found, fit.get("X"), fit.get("y"), user)
                use_pairs(watch, fit.get("eval_set"), user)
                use_pairs(watch, _pairs(fit.get("eval_X"), fit.get("eval_y")), user)
                return found
            given = {**told["params"], **{name: told[name] for name in _ASKED[function]}}
            given.pop("num_iterations", None)
            params = given_params(given, _DEFAULTS)
            found = watch.fitting(None, user, params=params, origin=f"lightgbm.{function}")
            if function == "train":
                found.is_model = True  # which is made in a moment
                found.class_name, found.module = "Booster", "lightgbm.basic"
            _data(watch, found, told)
            return found

        recorder.fit = watch_training(watch, inside, own, recorder.read)
        if recorder.fit is not None:
            callbacks.add(recorder)


def _data(watch: Watch, fit: FitSeen, told: Any) -> None:
    _datasets.learn(watch, fit, told["train_set"])
    for other in told.get("reduced_valid_sets") or ():
        _datasets.use(watch, other)


def _dataset(watch: Watch, dataset: Any, asking: FrameType) -> None:
    """A training is about to build a dataset, which lets go of the data then."""
    if asking.f_code.co_name not in _ASKED or not watch.looks_at("lightgbm"):
        return
    inside, user = calls_from(asking)
    if user is None or dataset.data is None or model_in(inside)[0] is not None:
        return
    with watch.looking() as may:
        if may and not _datasets.knows(dataset):
            _datasets.made(watch, dataset, dataset.data, dataset.label, user)


def _pairs(data: Any, target: Any) -> list[tuple[Any, Any]]:
    if isinstance(data, (tuple, list)) and isinstance(target, (tuple, list)):
        return list(zip(data, target, strict=False))
    return [(data, target)] if data is not None else []
