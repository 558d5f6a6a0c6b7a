"""Being told that modules have been imported, for as long as a cell runs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from types import ModuleType

__all__ = ["AfterImport"]


class AfterImport:
    """A finder that never finds anything: whenever something is looked for, it looks who came.

    No loader is wrapped, so an import that fails has no frame of ours in its traceback. A library
    goes on importing after the modules that we wait for, which is when they are seen.
    """

    def __init__(self, names: Sequence[str], seen: Callable[[ModuleType], None]) -> None:
        self._names = tuple(names)
        self._waiting: list[str] = []
        self._seen = seen

    def begin(self) -> None:
        """Tell of those that are there, and wait for those that are still to come."""
        self._waiting = list(self._names)
        self.look()
        if self._waiting and self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Wait no more."""
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self)

    def look(self) -> None:
        """Tell of the modules that have come since the last look."""
        for name in list(self._waiting):
            module = sys.modules.get(name)
            if module is None or getattr(module.__spec__, "_initializing", False):
                continue
            self._waiting.remove(name)
            self._seen(module)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Nothing, always."""
        with contextlib.suppress(Exception):
            if self._waiting:
                self.look()
