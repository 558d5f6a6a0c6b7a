"""The options of a drift check as they are given, and what can be said against them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nbmlops.data.columns import columns_of
from nbmlops.data.profile import Profile
from nbmlops.data.profile_stream import ProfileStream
from nbmlops.data.scans import DataFile, tables_of
from nbmlops.errors import InvalidDataError, InvalidOptionError

__all__ = ["check_texts", "columns_from", "floors_from", "names_of", "wanted_columns"]


def check_texts(options: Mapping[str, Any]) -> None:
    """Raise InvalidOptionError for an option that is no text where it has to be one."""
    for option, value in options.items():
        may_be_none = option not in ("method", "correction")
        if not isinstance(value, str) and not (may_be_none and value is None):
            problem = f"it takes a name, and was given an object of type {type(value).__name__}"
            raise InvalidOptionError(option, problem)


def floors_from(floors: Any) -> dict[str, float]:
    """The floors by measure. Raises InvalidOptionError for what is no mapping."""
    if floors is None:
        return {}
    if not isinstance(floors, Mapping):
        problem = f"it takes a dict of measures, and was given a {type(floors).__name__}"
        raise InvalidOptionError("floors", problem)
    return dict(floors)


def wanted_columns(columns: Any) -> dict[str, str | None] | None:
    """The columns with their kinds; None for all. Raises InvalidOptionError for none at all."""
    if columns is None:
        return None
    if isinstance(columns, str):
        columns = columns_from(columns)
    if not isinstance(columns, Iterable):
        problem = (
            f"it takes names of columns, and was given an object of type {type(columns).__name__}"
        )
        raise InvalidOptionError("columns", problem)
    kinds = columns if isinstance(columns, Mapping) else dict.fromkeys(columns)
    if not kinds:
        raise InvalidOptionError("columns", "it names no column", hint="Leave it out for all.")
    return {str(name): kind for name, kind in kinds.items()}


def columns_from(text: str) -> dict[str, str | None]:
    """What `--columns` says: names with commas between them, each perhaps with a kind.

    >>> columns_from("age,zip:categorical")
    {'age': None, 'zip': 'categorical'}
    """
    found: dict[str, str | None] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, colon, kind = part.rpartition(":")
        found[name if colon else part] = kind if colon else None
    return found


def names_of(data: Any, profile: Callable[[Any], Profile]) -> Sequence[str]:
    """The columns of a side, of files by the first rows alone; `profile` reads a stored profile."""
    is_place = isinstance(data, (str, os.PathLike))
    if not is_place and not isinstance(data, (Profile, ProfileStream)):
        return columns_of(data).names
    if is_place and not os.fspath(data).startswith("run:"):
        from nbmlops.store.data_files import find_data_files

        for name, opened in find_data_files(os.fspath(data)):
            try:
                for table in tables_of(DataFile(name, opened)):
                    return columns_of(table).names
            except InvalidDataError:  # a stored profile
                break
    return [column.name for column in profile(data).columns]
