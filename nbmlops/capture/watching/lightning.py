"""Lightning: `Trainer.fit`, under both of its names, with what the model logs.

`fit` looks up `_fit_impl` before it begins. At the end of each epoch the trainer hands the epoch's
numbers on to its loggers: it looks up `update_train_epoch_metrics`, even where it has none.
"""

from __future__ import annotations

import contextlib
import weakref
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.frames import calls_from
from nbmlops.capture.watching.asked import Restore, on_lookup
from nbmlops.capture.watching.loaders import learn_from, look_at
from nbmlops.capture.watching.params import Params, defaults_of, given_params
from nbmlops.capture.watching.seen import FitSeen, Points
from nbmlops.capture.watching.trainings import watch_training

if TYPE_CHECKING:
    from nbmlops.capture.watching.watch import Watch

__all__ = ["MODULES", "hook"]

MODULES = ("lightning.pytorch.trainer.trainer", "pytorch_lightning.trainer.trainer")
_ASKED = ("max_epochs", "max_steps")
_UNASKED = {"max_epochs": None, "max_steps": -1}

_recorders: weakref.WeakKeyDictionary[Any, _Recorder] = weakref.WeakKeyDictionary()


def hook(watch: Watch, module: ModuleType) -> list[Restore | None]:
    """Watch one of the modules from now on."""
    package = module.__name__.partition(".")[0]
    return [
        on_lookup(
            getattr(module, "Trainer", None),
            "_fit_impl",
            lambda of, asking: _fit(watch, package, of, asking),
        ),
        on_lookup(
            getattr(module, "_LoggerConnector", None),
            "update_train_epoch_metrics",
            lambda of, asking: _epoch(watch, of),
        ),
    ]


class _Recorder:
    """The numbers of each epoch of one fit."""

    def __init__(self) -> None:
        self.points: dict[str, list[tuple[int, float]]] = {}
        self.fit: FitSeen | None = None
        self._last: dict[str, weakref.ref[Any]] = {}

    def take(self, metrics: dict[str, Any], epoch: int) -> None:
        """Take down the numbers that are new since the epoch before."""
        for name, value in metrics.items():
            whole = f"{name}_epoch" in metrics  # it was logged for steps and for epochs
            part_of = name.removesuffix("_step").removesuffix("_epoch")
            if (part_of != name and part_of in metrics) or (
                not whole and name in ("epoch", "step")
            ):
                continue
            last = self._last.get(name)
            if last is not None and last() is value:
                continue  # as after an epoch without validation
            with contextlib.suppress(Exception):
                self.points.setdefault(name, []).append((epoch, float(value)))
                self._last[name] = weakref.ref(value)

    def read(self) -> Points:
        """All series so far."""
        return self.points


def _fit(watch: Watch, package: str, trainer: Any, asking: FrameType) -> None:
    """A fit begins."""
    if asking.f_code.co_name != "fit" or not watch.looks_at(package):
        return
    inside, user = calls_from(asking)
    if user is None:
        return
    with watch.looking() as may:
        if not may:
            return
        told, recorder = asking.f_locals, _Recorder()

        def own() -> FitSeen:
            model = told["model"]
            origin = f"{type(trainer).__name__}.fit"
            found = watch.fitting(model, user, params=_params(model, trainer), origin=origin)
            learn_from(watch, found, told.get("train_dataloaders"), None, user)
            look_at(watch, told.get("val_dataloaders"), user)
            return found

        recorder.fit = watch_training(watch, inside, own, recorder.read)
        _recorders[trainer] = recorder


def _epoch(watch: Watch, connector: Any) -> None:
    """An epoch has ended."""
    trainer = connector.trainer
    recorder = _recorders.get(trainer)
    if recorder is None or not watch.looks:
        return
    with watch.looking() as may:
        if may:
            recorder.take(connector._callback_metrics, int(trainer.current_epoch))
            if recorder.fit is not None and recorder.fit.is_model:
                _add_optimizer(recorder.fit, trainer)


def _params(model: Any, trainer: Any) -> Params:
    """The hyperparameters that the model saved, and how long it was to be trained."""
    given = {name: getattr(trainer, name, _UNASKED[name]) for name in _ASKED}
    given = {name: value for name, value in given.items() if value != _UNASKED[name]}
    saved = getattr(model, "hparams", None)
    return given_params({**dict(saved or {}), **given}, defaults_of(type(model)))


def _add_optimizer(fit: FitSeen, trainer: Any) -> None:
    """The optimizer, which the model makes only when the fit has begun."""
    if "optimizer" in fit.params or not getattr(trainer, "optimizers", None):
        return
    optimizer = trainer.optimizers[0]
    asked: dict[str, Any] = {"optimizer": type(optimizer).__name__}
    if not {"lr", "learning_rate"} & fit.params.keys():
        asked["lr"] = float(optimizer.param_groups[0]["lr"])
    params, changed = given_params(asked, {})
    fit.params, fit.changed = {**fit.params, **params}, (*fit.changed, *changed)
