"""Keras: `fit` of a model, on any of its backends.

Each fit makes a list of callbacks, the one that keeps the history among them, and looks up its
`on_train_begin` before the first epoch.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Mapping, Sequence
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.frames import calls_from
from nbmlops.capture.watching.asked import Restore, on_lookup
from nbmlops.capture.watching.loaders import learn_from, look_at
from nbmlops.capture.watching.params import Params, defaults_of, given_params
from nbmlops.capture.watching.seen import FitSeen, Points
from nbmlops.capture.watching.trainings import spaced, watch_training

if TYPE_CHECKING:
    from nbmlops.capture.watching.watch import Watch

__all__ = ["MODULES", "hook"]

MODULES = ("keras.src.callbacks.callback_list",)
_ASKED = ("epochs", "batch_size", "validation_split", "steps_per_epoch", "class_weight")


def hook(watch: Watch, module: ModuleType) -> list[Restore | None]:
    """Watch the module from now on."""
    owner = getattr(module, "CallbackList", None)
    return [on_lookup(owner, "on_train_begin", lambda of, asking: _fit(watch, of, asking))]


def _fit(watch: Watch, callbacks: Any, asking: FrameType) -> None:
    """A fit begins."""
    if asking.f_code.co_name != "fit" or not watch.looks_at("keras"):
        return
    inside, user = calls_from(asking)
    if user is None:
        return
    with watch.looking() as may:
        kept = getattr(callbacks, "_history", None)
        if not may or kept is None:
            return
        told, history = asking.f_locals, kept.history
        first = int(told.get("initial_epoch") or 0)

        def own() -> FitSeen:
            model = told["self"]
            found = watch.fitting(model, user, params=_params(model, told))
            _data(watch, found, _given(inside, told), user)
            return found

        watch_training(watch, inside, own, lambda: _points(history, first))


def _given(inside: Sequence[FrameType], told: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the user gave: `fit` itself has cut a validation split off of it by now."""
    outer = inside[-1].f_locals
    args, kwargs = outer.get("args"), outer.get("kwargs")
    if isinstance(args, tuple) and isinstance(kwargs, dict):
        names = inspect.signature(told["self"].fit).parameters
        return {**dict(zip(names, args[1:], strict=False)), **kwargs}
    return {} if told.get("validation_split") else told


def _data(watch: Watch, fit: FitSeen, given: Mapping[str, Any], user: FrameType) -> None:
    learn_from(watch, fit, given.get("x"), given.get("y"), user)
    look_at(watch, given.get("validation_data"), user)


def _params(model: Any, told: Mapping[str, Any]) -> Params:
    """How the fit was asked for, and what the model was compiled with."""
    asked = {name: told.get(name) for name in _ASKED}
    signature = inspect.signature(type(model).fit).parameters
    defaults = {name: signature[name].default for name in _ASKED if name in signature}
    optimizer, loss = getattr(model, "optimizer", None), getattr(model, "loss", None)
    if optimizer is not None:
        asked["optimizer"] = type(optimizer).__name__
        with contextlib.suppress(Exception):
            asked["learning_rate"] = _rate(optimizer)
            defaults["learning_rate"] = defaults_of(type(optimizer)).get("learning_rate")
    if isinstance(loss, str) or callable(loss):
        name = getattr(loss, "name", None) or getattr(loss, "__name__", None)
        asked["loss"] = loss if isinstance(loss, str) else name or type(loss).__name__
    return given_params(asked, defaults)


def _rate(optimizer: Any) -> Any:
    """The learning rate as it was asked for, or the name of its schedule."""
    rate = optimizer.get_config()["learning_rate"]
    if isinstance(rate, dict):
        return rate["class_name"]
    return float(f"{rate:.7g}")  # what a float of 32 bits holds


def _points(history: Mapping[str, list[Any]], first: int) -> Points:
    count = max(map(len, history.values()), default=0)
    return {name: spaced(values, first, count) for name, values in history.items()}
