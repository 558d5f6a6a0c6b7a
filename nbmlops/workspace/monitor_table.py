"""Monitors that were found: a sequence that displays itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from nbmlops.records import Monitor, to_dict

__all__ = ["MonitorTable"]


class MonitorTable(Sequence[Monitor]):
    """Monitors by name."""

    def __init__(self, monitors: Sequence[Monitor]) -> None:
        self._monitors = list(monitors)

    def __len__(self) -> int:
        return len(self._monitors)

    @overload
    def __getitem__(self, index: int) -> Monitor: ...
    @overload
    def __getitem__(self, index: slice) -> list[Monitor]: ...
    def __getitem__(self, index: int | slice) -> Monitor | list[Monitor]:
        return self._monitors[index]

    def __iter__(self) -> Iterator[Monitor]:
        return iter(self._monitors)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The monitors as JSON-safe dictionaries, named as in `Monitor`."""
        return [to_dict(monitor) for monitor in self._monitors]

    def __repr__(self) -> str:
        return str(self._repr_mimebundle_()["text/plain"])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from nbmlops.views.monitors import monitors_bundle

        return monitors_bundle(self._monitors)
