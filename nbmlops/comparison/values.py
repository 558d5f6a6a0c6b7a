"""When two recorded values are the same, and nested ones by their parts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbmlops.comparison.records import ValueChange
from nbmlops.records import Number, ParamValue

__all__ = ["changes", "flat", "is_rounding", "is_seed", "same"]

_SEED = re.compile(r"(?i)(?:^|[^a-z])(?:seeds?|random_?state|rng)(?:$|[^a-z])")
_ROUNDING = 1e-9
_DEPTH = 8


def same(one: Any, other: Any) -> bool:
    """True where two values would be typed alike; 1 and 1.0 are the same, 1 and True are not.

    >>> same(1, 1.0), same(1, True), same("8", 8), same(float("nan"), float("nan"))
    (True, False, False, True)
    >>> same([1, {"a": 2}], [1, {"a": 2}]), same([1], [True])
    (True, False)
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    return bool(one == other) or (one != one and other != other)


def is_rounding(one: Number, other: Number) -> bool:
    """True for floats that differ in their last digits only, as sums in another order do.

    >>> is_rounding(0.1 + 0.2, 0.3), is_rounding(0.3, 0.31), is_rounding(1, 2)
    (True, False, False)
    """
    if isinstance(one, int) and isinstance(other, int):
        return False
    try:
        return math.isclose(one, other, rel_tol=_ROUNDING, abs_tol=0.0)
    except OverflowError:
        return False


def is_seed(name: str) -> bool:
    """True for the name of a seed.

    >>> is_seed("random_state"), is_seed("model.np_seed"), is_seed("RandomState"), is_seed("seeded")
    (True, True, True, False)
    """
    return _SEED.search(name) is not None


def flat(values: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    """Nested dictionaries by path, in their order; empty ones stay.

    >>> flat({"depth": 3, "model": {"lr": 0.1, "more": {}}})
    {('depth',): 3, ('model', 'lr'): 0.1, ('model', 'more'): {}}
    """
    return dict(_parts((), values))


def _parts(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping) and len(path) < _DEPTH and (value or not path):
        for name, item in value.items():
            yield from _parts((*path, str(name)), item)
    else:
        yield path, value


def changes(
    before: Mapping[str, ParamValue], after: Mapping[str, ParamValue]
) -> tuple[ValueChange, ...]:
    """What differs between two sets of values, by dotted path; what is gone comes last.

    >>> changes({"depth": 3, "gone": 1}, {"depth": 4, "depth2": 0})
    (ValueChange(name='depth', before=3, after=4, state='changed'), \
ValueChange(name='depth2', before=None, after=0, state='added'), \
ValueChange(name='gone', before=1, after=None, state='removed'))
    """
    old, new = flat(before), flat(after)
    found = []
    for path, value in new.items():
        if path not in old:
            found.append(ValueChange(".".join(path), None, value, "added"))
        elif not same(old[path], value):
            found.append(ValueChange(".".join(path), old[path], value))
    gone = (path for path in old if path not in new)
    return (*found, *(ValueChange(".".join(path), old[path], None, "removed") for path in gone))
