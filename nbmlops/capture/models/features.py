"""The names of the features that a model learned from."""

from __future__ import annotations

import contextlib
import re
from typing import Any

__all__ = ["feature_names"]

_WAYS = ("feature_names_in_", "feature_names", "feature_name_", "feature_names_", "feature_name")
_MADE_UP = re.compile(r"(?:Column_|f)?\d+")  # by a library, for an array that has no names


def feature_names(model: Any) -> list[str]:
    """The names that the data had; [] where it had none.

    >>> feature_names(object())
    []
    """
    for way in _WAYS:
        with contextlib.suppress(Exception):  # xgboost raises where there are none
            found: Any = getattr(model, way)
            names = [str(each) for each in (found() if callable(found) else found)]
            return [] if all(map(_MADE_UP.fullmatch, names)) else names
    return []
