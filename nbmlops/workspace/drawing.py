"""Some rows of one side of a drift check, whatever it was given as."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from nbmlops.data.profile import Profile
from nbmlops.data.rows import Rows, rows_of, rows_of_files
from nbmlops.data.scans import DataFile
from nbmlops.drift.assess import MOST_ROWS
from nbmlops.errors import InvalidDataError

__all__ = ["drawn_rows"]


def drawn_rows(side: Any, most: int = MOST_ROWS, names: Sequence[str] | None = None) -> Rows:
    """At most so many rows. Raises InvalidDataError for a profile, which keeps none."""
    if isinstance(side, Profile):
        raise _withoutdrawn_rows(side.source or "profile")
    if not isinstance(side, (str, os.PathLike)):
        return rows_of(side, most, names)
    from nbmlops.store.data_files import find_data_files

    place = os.fspath(side)
    if place.startswith("run:"):
        raise _withoutdrawn_rows(place)
    files = [DataFile(name, opened) for name, opened in find_data_files(place)]
    return rows_of_files(files, most, names)


def _withoutdrawn_rows(name: str) -> InvalidDataError:
    hint = "Give the data themselves."
    return InvalidDataError(name, "it is a profile, which keeps no rows", hint=hint)
