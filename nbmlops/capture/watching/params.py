"""The parameters of a model, and which of them differ from what its class would have chosen."""

from __future__ import annotations

import contextlib
import inspect
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

from nbmlops.capture.values import to_param
from nbmlops.errors import NbmlopsError

__all__ = ["Params", "defaults_of", "given_params", "params_of", "recorded"]

Params = tuple[Mapping[str, Any], tuple[str, ...]]  # by name, and the names of those changed


def params_of(model: Any) -> Params:
    """All parameters of an estimator, those of nested ones included, and which were changed."""
    try:
        given = _plain_params(model) or model.get_params(deep=True)
    except Exception:  # noqa: BLE001 - an estimator of the user's may do anything
        return {}, ()
    changed = tuple(name for name in given if not _is_default(model, name, given))
    # A nested estimator is told by its class here, and by its own parameters below it.
    return recorded(given.items()), changed


def _plain_params(model: Any) -> Mapping[str, Any] | None:
    """What `get_params` says of an estimator of scikit-learn's that has no others inside.

    It reads the signature of the constructor anew each time, which in a loop of small fits is most
    of what looking at them takes.
    """
    kind = type(model)
    if not kind.__module__.startswith("sklearn.") or "get_params" in vars(kind):
        return None
    if kind.get_params.__qualname__ != "BaseEstimator.get_params":
        return None
    names = _names.get(kind)
    if names is None:
        names = _names[kind] = tuple(kind._get_param_names())
    given = {name: getattr(model, name) for name in names}
    return None if any(hasattr(value, "get_params") for value in given.values()) else given


def given_params(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Params:
    """Parameters that were given to a function, and which of them are not its defaults.

    >>> given_params({"epochs": 5, "batch_size": None}, {"epochs": 1, "batch_size": None})
    ({'epochs': 5, 'batch_size': None}, ('epochs',))
    """
    changed = (
        name
        for name, value in given.items()
        if name not in defaults or not _is_same(value, defaults[name])
    )
    return recorded(given.items()), tuple(changed)


def recorded(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The parameters that have a form in which they can be recorded."""
    params: dict[str, Any] = {}
    for name, value in items:
        with contextlib.suppress(NbmlopsError):
            params[str(name)] = to_param(str(name), value)
    return params


def defaults_of(kind: type) -> Mapping[str, Any]:
    """What a class chooses for the parameters of its constructor.

    A class that hands on what it does not name itself, as those of xgboost do, has the defaults of
    the classes that it is made from as well.
    """
    found = _known.get(kind)
    if found is None:
        found = {}
        for base in kind.__mro__:
            if base is object or "__init__" not in vars(base):
                continue
            parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
            for each in parameters:
                if each.default is not inspect.Parameter.empty:
                    found.setdefault(each.name, each.default)
            if not any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters):
                break
        _known[kind] = found
    return found


_names: weakref.WeakKeyDictionary[type, tuple[str, ...]] = weakref.WeakKeyDictionary()
_known: weakref.WeakKeyDictionary[type, dict[str, Any]] = weakref.WeakKeyDictionary()


def _is_default(model: Any, name: str, given: Mapping[str, Any]) -> bool:
    """True where the class itself would have chosen this value."""
    path, _, last = name.rpartition("__")
    owner = given.get(path) if path else model  # the parts of a pipeline are among its parameters
    defaults = defaults_of(type(owner)) if owner is not None else {}
    return last in defaults and _is_same(given[name], defaults[last])


def _is_same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    try:
        if type(value) is not type(default):
            return False
        return bool(value == default) or (value != value and default != default)
    except Exception:  # noqa: BLE001 - arrays and objects of the user's compare as they like
        return False
