"""The fits of a cell by the model they are of, and the names that models go by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nbmlops.capture.watching import FitSeen

__all__ = ["fit_count", "grouped", "model_of"]


def grouped(fits: Iterable[FitSeen], namespace: Mapping[str, Any]) -> dict[str, list[FitSeen]]:
    """The fits of each model by its name, in the order of the first of them; the last one counts.

    Fits of one object are of one model, and so are those of one class that one call makes in a
    loop, unless their models have names of their own in the end. A model goes by the name it is
    bound to in the end, else by what the code that fitted it calls it, else by its class; where
    that name is another model's, by its class as well.
    """
    fits = list(fits)
    own = {id(value): name for name, value in namespace.items() if not name.startswith("_")}
    bound_at: dict[Any, set[str]] = {}
    for fit in fits:
        if (model := model_of(fit)) is not None and id(model) in own:
            bound_at.setdefault(_place(fit), set()).add(own[id(model)])
    groups: list[list[FitSeen]] = []
    places: dict[Any, list[FitSeen]] = {}
    objects: dict[int, list[FitSeen]] = {}
    for fit in fits:
        model = model_of(fit)
        key = _place(fit)
        if len(bound_at.get(key, ())) > 1:
            key = (key, own.get(id(model)))
        group = objects.get(id(model)) if model is not None else None
        if group is None and fit.place is not None:
            group = places.get(key)
        if group is None:
            group = []
            groups.append(group)
        group.append(fit)
        places.setdefault(key, group)
        if model is not None:
            objects[id(model)] = group
    bound = [_bound(group, namespace) for group in groups]
    names: dict[int, str] = {}
    taken: set[str] = set()
    for is_bound in (True, False):  # what is bound to a name has it, whoever had it before
        for at, group in enumerate(groups):
            if bool(bound[at]) is is_bound:
                names[at] = next(
                    name for name in _candidates(bound[at], group) if name not in taken
                )
                taken.add(names[at])
    return {names[at]: group for at, group in enumerate(groups)}


def fit_count(fits: Sequence[FitSeen]) -> int:
    """How many fits these are, with those of loops that are only counted."""
    return sum(fit.count for fit in fits)


def model_of(fit: FitSeen) -> Any:
    """The model, as long as it lives."""
    return fit.model() if fit.model is not None else None


def _place(fit: FitSeen) -> Any:
    return fit.is_model, fit.module, fit.class_name, fit.place


def _bound(group: Sequence[FitSeen], namespace: Mapping[str, Any]) -> str:
    """The name that one of a group's models has in the end, the last one first; "" for none."""
    for fit in reversed(group):
        model = model_of(fit)
        for name, value in namespace.items() if model is not None else ():
            if value is model and not name.startswith("_"):
                return name
    return ""


def _candidates(bound: str, group: Sequence[FitSeen]) -> Iterator[str]:
    last = group[-1]
    other = last.class_name if last.is_model else last.origin
    yield from (name for name in (bound, last.name, other) if name)
    number = 2
    while True:
        yield f"{other} {number}"
        number += 1
