"""Where the records of a run go that could not be opened: nowhere, so that its block goes on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from nbmlops.errors import StoreUnavailableError
from nbmlops.store.journal import Writer

__all__ = ["Nowhere", "refuse_bytes"]


class Nowhere(Writer):
    """A journal that takes every record and keeps none; it never opens a file."""

    def __init__(self) -> None:
        super().__init__(Path())

    def append(
        self,
        kind: str,
        data: Mapping[str, Any],
        *,
        run: str | None = None,
        step: int | None = None,
        origin: str | None = None,
        sync: bool = False,
        at_home: bool = False,
    ) -> int:
        """The time that the record would tell."""
        return time.time_ns()


def refuse_bytes(data: bytes | Path) -> NoReturn:
    """Raise StoreUnavailableError: who keeps an artifact relies on its bytes."""
    raise StoreUnavailableError("This run", "it could not be opened, so that nothing is kept of it")
