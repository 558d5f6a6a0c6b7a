"""scikit-learn's own questions, answered by us with its own answers.

Every fit begins by asking `get_config` (in `sklearn.base`, since 1.3), every public function of
`sklearn.metrics` and `sklearn.model_selection` works inside of a `config_context` in
`sklearn.utils._param_validation`, and every `predict` asks `_is_fitted` in
`sklearn.utils.validation`. Who asks stands one frame above, with the estimator and the data among
its arguments.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.frames import is_users, name_in, outermost
from nbmlops.capture.watching import validation
from nbmlops.capture.watching.asked import Restore, answer, on_leaving

if TYPE_CHECKING:
    from nbmlops.capture.watching.seen import FitSeen
    from nbmlops.capture.watching.watch import Watch

__all__ = ["MODULES", "estimator_around", "hook"]

FITS = frozenset({"fit", "fit_transform", "fit_predict", "partial_fit"})
USES = frozenset(
    {
        "predict",
        "predict_proba",
        "predict_log_proba",
        "decision_function",
        "score",
        "score_samples",
    }
)
SCORES = frozenset({"score", "__call__", "_score"})
OWN_SCORES = frozenset(  # those that come from no function of `sklearn.metrics`
    {
        "BaseMixture.score",
        "FactorAnalysis.score",
        "KernelDensity.score",
        "LatentDirichletAllocation.score",
        "PCA.score",
        "_BaseKMeans.score",
        "_GeneralizedLinearRegressor.score",
    }
)
SET_OUTPUT = "wrapped"  # what `set_output` puts around the methods of a transformer
_STEPS = 6  # frames between a `predict` that a user calls and the question it ends in


def hook(watch: Watch, module: ModuleType) -> list[Restore | None]:
    """Answer a module's questions from now on; what is returned puts its own answers back."""

    def asked(look: Callable[[Watch, FrameType], Any]) -> Callable[[FrameType], Any]:
        return lambda asking: look(watch, asking) if watch.looks else None

    found = [answer(module, name, asked(look)) for name, look in _QUESTIONS[module.__name__]]
    for name, look in _CONTEXTS.get(module.__name__, ()):
        found.append(on_leaving(module, name, asked(look)))
    return found


def estimator_around(inside: Sequence[FrameType]) -> tuple[bool, Any]:
    """Whether scikit-learn called these frames, and the estimator whose fit did so, if one did."""
    is_around = False
    for frame in reversed(inside):
        if str(frame.f_globals.get("__name__", "")).startswith("sklearn."):
            is_around = True
            if frame.f_code.co_name == "wrapper":
                return True, frame.f_locals.get("estimator")
    return is_around, None


def _fit(watch: Watch, asking: FrameType) -> None:
    """A fit begins; those inside of another (a search, a pipeline) belong to it."""
    told = asking.f_locals
    estimator = told.get("estimator")
    user = _fitting_user(asking.f_back, estimator)
    if user is not None and estimator is not None:
        fit = _fit_of(watch, estimator, told.get("args") or (), told.get("kwargs") or {}, user)
        watch.times(fit, asking)


def _fitted(watch: Watch, asking: FrameType) -> Callable[[bool], None] | None:
    """A fit enters the context in which it works, and is at its end when it leaves it."""
    return watch.timing(asking)


def _plain_fit(watch: Watch, asking: FrameType) -> None:
    """A fit begins of one of the few classes that ask for no configuration."""
    told = asking.f_locals
    estimator = told.get("self")
    user = _fitting_user(asking, estimator)
    if user is not None and estimator is not None:
        _fit_of(watch, estimator, (told.get("X"), told.get("y")), {}, user)


def _fitting_user(frame: FrameType | None, estimator: Any) -> FrameType | None:
    """The user's code that called a fit of this estimator, by another of its methods as well."""
    for _ in range(_STEPS):
        if frame is None or is_users(frame):
            return frame
        name = frame.f_code.co_name
        if name in FITS and frame.f_locals.get("self") is not estimator:
            return None
        if name not in FITS and name != SET_OUTPUT:
            return None
        frame = frame.f_back
    return None


def _fit_of(
    watch: Watch,
    estimator: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    user: FrameType,
) -> FitSeen | None:
    with watch.looking() as may:
        fit = watch.fitting(estimator, user) if may else None
    if fit is not None:
        with watch.looking(at_data=True) as may:
            if may:
                data = kwargs.get("X", args[0] if args else None)
                target = kwargs.get("y", args[1] if len(args) > 1 else None)
                watch.learning(fit, data, target, user)
    return fit


def _function(watch: Watch, asking: FrameType) -> Callable[[bool], None] | None:
    """A public function begins; its result is a metric where it is one of `sklearn.metrics`.

    It is about to leave the context in which its parameters are not checked when it is at its end.
    """
    caller = asking.f_back
    if caller is None or (not is_users(caller) and caller.f_code.co_name not in SCORES):
        return None
    outer = asking if is_users(caller) else outermost(asking)
    if outer is None or (outer is not asking and outer.f_code.co_name not in SCORES):
        return None
    told, user = asking.f_locals, outer.f_back
    function: Any = told.get("func")
    if user is None or not getattr(function, "__module__", "").startswith("sklearn.metrics"):
        return None
    is_score = outer.f_code.co_name == "score"
    name = _scoring_of(outer.f_locals.get("self")) if is_score else function.__name__
    with watch.looking() as may:
        if not may:
            watch.missed(name, user)
            return None
        args: tuple[Any, ...] = told.get("args") or ()
        about = args[0] if args else (told.get("kwargs") or {}).get("y_true")
        if is_score:
            about = outer.f_locals.get("X", about)
        take = watch.scoring(name, user, name_in(user, about))
        if take is None:
            return None
        return lambda is_done: watch.returning(asking, take) if is_done else None


def _scoring_of(estimator: Any) -> str:
    """What `score` of an estimator is: its own, or what a search was told to look for.

    The area under a curve is not to be compared with the accuracy of another cell's model.
    """
    scoring = getattr(estimator, "__dict__", {}).get("scoring")
    return scoring if type(scoring) is str and scoring else "score"


def _unchecked(watch: Watch, asking: FrameType) -> None:
    """A public function begins where the user has told scikit-learn to check no parameters."""
    config = sys.modules.get("sklearn._config")
    if config is not None and config.get_config().get("skip_parameter_validation"):
        leave = _function(watch, asking)
        if leave is not None:
            leave(True)  # noqa: FBT003 - as a context tells it


def _use(watch: Watch, asking: FrameType) -> None:
    """A fitted model is used on data: by `predict`, `score` and their like."""
    frame: FrameType | None = asking.f_back  # of the method that asks `check_is_fitted`
    own: FrameType | None = None
    for _ in range(_STEPS):
        if frame is None:
            return
        if frame.f_code.co_qualname in OWN_SCORES:
            own = frame
        if is_users(frame.f_back):
            break
        frame = frame.f_back
    else:
        return
    if frame is None or frame.f_code.co_name not in USES:
        return
    user, data = frame.f_back, frame.f_locals.get("X")
    target = frame.f_locals.get("y") if frame.f_code.co_name == "score" else None
    with watch.looking(at_data=True) as may:
        if may:
            watch.using(data, user, target)
    if own is None or user is None or watch.awaits(own):
        return
    with watch.looking() as may:
        take = watch.scoring("score", user, name_in(user, data)) if may else None
    if take is not None:
        watch.returning(own, take)


_CHECKS = "sklearn.utils._param_validation"
_QUESTIONS: dict[str, tuple[tuple[str, Callable[[Watch, FrameType], None]], ...]] = {
    "sklearn.base": (("get_config", _fit),),
    _CHECKS: (("get_config", _unchecked),),
    "sklearn.utils.validation": (("_is_fitted", _use),),
    "sklearn.preprocessing._label": (("_unique", _plain_fit),),
    "sklearn.model_selection._validation": (
        ("_normalize_score_results", validation.validated),
        ("_aggregate_score_dicts", validation.curve),
    ),
}
_CONTEXTS: dict[str, tuple[tuple[str, Callable[[Watch, FrameType], Any]], ...]] = {
    "sklearn.base": (("config_context", _fitted),),
    _CHECKS: (("config_context", _function),),
}
MODULES = tuple(_QUESTIONS)
