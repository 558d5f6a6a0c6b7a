"""A fitted model in a few words: what it is made of, and what of it is not as by default."""

from __future__ import annotations

from collections.abc import Mapping

from nbmlops.records import FittedModel, ParamValue
from nbmlops.views import quantities

__all__ = ["briefly", "made_of", "settings_of"]

MOST_SETTINGS = 3
MOST_STEPS = 5
_MEMBERS = ("estimators", "transformer_list")  # of ensembles and unions, named as steps are
_SEARCHED = ("param_grid", "param_distributions")


def briefly(model: FittedModel, best: Mapping[str, ParamValue] | None = None) -> str:
    """The model's class, what it is made of, and its settings; `best` are those a search found.

    >>> briefly(FittedModel("m", "sklearn.linear_model.Ridge", {"alpha": 2}, ("alpha",)))
    'Ridge alpha 2'
    >>> made_of = {"steps": [["scale", "a.Scaler"], ["ridge", "b.Ridge"]], "ridge__alpha": 2}
    >>> briefly(FittedModel("m", "c.Pipeline", made_of, ("steps", "ridge__alpha")))
    'Pipeline (Scaler → Ridge) alpha 2'
    """
    settings = settings_of(model)
    searched = _searched(model)
    told = [f"best {_last(name)} {_value(value)}" for name, value in (best or {}).items()]
    told += [
        f"{_called(name, settings)} {_value(value)}"
        for name, value in sorted(settings.items(), key=lambda item: item[0].count("__"))
        if not isinstance(value, (list, dict)) and name not in searched
    ]
    return f"{made_of(model)} {', '.join(told[:MOST_SETTINGS])}".strip()


def made_of(model: FittedModel) -> str:
    """The model's class and the parts that do the work.

    >>> made_of(FittedModel("m", "a.Bagging", {"estimator": "b.Tree"}))
    'Bagging of Tree'
    """
    return _made_of(model.class_name, model.params)


def settings_of(model: FittedModel) -> dict[str, ParamValue]:
    """The parameters that were changed, without those that only say what the model is made of.

    >>> made_of = {"steps": [["r", "b.Ridge"]], "r": "b.Ridge", "r__alpha": 2}
    >>> settings_of(FittedModel("m", "c.Pipeline", made_of, ("steps", "r", "r__alpha")))
    {'r__alpha': 2}
    """
    params = model.params
    parts = set()
    for name, value in params.items():
        if _last(name) in ("steps", *_MEMBERS):
            parts.add(name)
            parts.update(_beside(name, part) for part, _ in _named(value))
    for name in params:  # what has parameters of its own is an estimator
        while "__" in name:
            name = name.rpartition("__")[0]
            parts.add(name)
    return {name: params[name] for name in model.changed if name in params and name not in parts}


def _made_of(class_name: str, params: Mapping[str, ParamValue], prefix: str = "") -> str:
    """The class and, in parentheses or behind "of", the parts that do the work."""
    told = _short(class_name)
    steps = [_short(kind) for _, kind in _named(params.get(f"{prefix}steps"))]
    if steps:
        return f"{told} ({_some(steps, ' → ')})"
    for members in _MEMBERS:
        parts = [_short(kind) for _, kind in _named(params.get(f"{prefix}{members}"))]
        if parts:
            return f"{told} of {_some(parts, ', ')}"
    inner = params.get(f"{prefix}estimator")
    if isinstance(inner, str) and "." in inner and prefix.count("__") < 2:
        return f"{told} of {_made_of(inner, params, f'{prefix}estimator__')}"
    return told


def _named(parts: ParamValue) -> list[tuple[str, str]]:
    """The names and classes of a pipeline's steps or an ensemble's members."""
    if not isinstance(parts, list):
        return []
    return [
        (part[0], part[1])
        for part in parts
        if isinstance(part, list) and len(part) > 1 and all(isinstance(x, str) for x in part[:2])
    ]


def _searched(model: FittedModel) -> set[str]:
    """The parameters that a search chose itself, whatever was given."""
    spaces = [model.params.get(name) for name in _SEARCHED]
    listed = [space for each in spaces for space in (each if isinstance(each, list) else [each])]
    return {f"estimator__{name}" for space in listed if isinstance(space, dict) for name in space}


def _called(name: str, settings: Mapping[str, ParamValue]) -> str:
    """The last part of a nested parameter's name where no other one has it."""
    last = _last(name)
    return last if [_last(other) for other in settings].count(last) == 1 else name


def _last(name: str) -> str:
    return name.rpartition("__")[2]


def _beside(name: str, other: str) -> str:
    path, found, _ = name.rpartition("__")
    return f"{path}{found}{other}"


def _short(class_name: str) -> str:
    return class_name.rpartition(".")[2]


def _value(value: ParamValue) -> str:
    return quantities.readable(value, 20)


def _some(parts: list[str], between: str) -> str:
    more = [f"{len(parts) - MOST_STEPS} more"] if len(parts) > MOST_STEPS else []
    return between.join([*parts[:MOST_STEPS], *more])
