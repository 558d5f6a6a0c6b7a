"""What trainings of all libraries have in common: whose fit they are, and on which data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from nbmlops.capture.watching.seen import FitSeen, Points
from nbmlops.capture.watching.sklearn import estimator_around

if TYPE_CHECKING:
    from nbmlops.capture.watching.watch import Watch

__all__ = ["model_in", "spaced", "use_pairs", "watch_training"]


def model_in(inside: Sequence[FrameType]) -> tuple[Any, Mapping[str, Any]]:
    """The model whose own `fit` called these frames, and what that was given; None without one."""
    for frame in reversed(inside):
        model = frame.f_locals.get("self") if frame.f_code.co_name == "fit" else None
        if model is not None and hasattr(model, "get_params"):
            return model, frame.f_locals
    return None, {}


def watch_training(
    watch: Watch,
    inside: Sequence[FrameType],
    own: Callable[[], FitSeen | None],
    history: Callable[[], Points],
) -> FitSeen | None:
    """The fit that a training belongs to, which has its history from now on.

    Inside of a search, a pipeline or an ensemble it is theirs; inside of something else of
    scikit-learn's that is no fit, as `cross_val_score`, it is nobody's. Else it is its `own`.
    """
    is_around, estimator = estimator_around(inside)
    if is_around:
        fit = watch.fit_of(estimator) if estimator is not None else None
        if fit is not None:
            fit.inner_count += 1
    else:
        fit = own()
    if fit is not None:
        fit.history = history
    return fit


def use_pairs(watch: Watch, pairs: Any, user: FrameType | None) -> None:
    """Data that a model looks at while it learns, as (X, y) or a list of such pairs."""
    listed: Iterable[Any] = [pairs] if isinstance(pairs, tuple) and len(pairs) == 2 else pairs or ()
    for pair in listed:
        if isinstance(pair, (tuple, list)) and len(pair) >= 2:
            watch.using(pair[0], user, target=pair[1])


def spaced(values: Sequence[Any], first: int, count: int) -> list[tuple[int, float]]:
    """Values with their steps, where there may be only one for several of `count` steps.

    >>> spaced([0.5, 0.4], 0, 2), spaced([0.5, 0.4], 0, 4)
    ([(0, 0.5), (1, 0.4)], [(1, 0.5), (3, 0.4)])
    """
    every = max(round(count / len(values)), 1) if values else 1
    return [(first + (at + 1) * every - 1, float(value)) for at, value in enumerate(values)]
