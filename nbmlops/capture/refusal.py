"""Looking at what the user gives us: whatever their objects do, it is refused in our words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from nbmlops.capture.redaction import redact_head
from nbmlops.errors import InvalidValueError, NbmlopsError

__all__ = ["as_refusal", "items_of", "shown", "what"]


def items_of(values: Any, kind: str, verb: str) -> Iterable[tuple[Any, Any]]:
    """The pairs of a mapping. Raises InvalidValueError for what is none."""
    with as_refusal(kind, verb):
        try:
            return dict(values).items()
        except (TypeError, ValueError):
            raise InvalidValueError(
                kind,
                verb,
                f"it takes names and values, not {type(values).__name__}",
                hint=f'Write {verb}({{"name": value}}).',
            ) from None


def shown(name: Any) -> str:
    """A name that was given, as far as it can be said in a message: its beginning, no secrets."""
    return redact_head(name, 80) if isinstance(name, str) else f"({type(name).__name__})"


def what(data: Any) -> str:
    """What was given as data, as far as it can be said in a message."""
    return repr(shown(str(data))) if isinstance(data, (str, Path)) else type(data).__name__


class as_refusal:  # noqa: N801 - reads as a statement: `with as_refusal("Metric", name):`
    """Turns what the user's own objects raise when they are looked at into an error of ours."""

    __slots__ = ("_kind", "_name")

    def __init__(self, kind: str, name: Any) -> None:
        self._kind, self._name = kind, name

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, RecursionError):
            raise InvalidValueError(
                self._kind, shown(self._name), "it is nested too deep"
            ) from None
        if isinstance(error, Exception) and not isinstance(error, NbmlopsError):
            problem = f"looking at it raised {type(error).__name__}"
            raise InvalidValueError(self._kind, shown(self._name), problem) from None
