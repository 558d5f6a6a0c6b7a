"""A course of measurements that never grows beyond a bound: when it is full, two become one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

__all__ = ["AT", "Series"]

AT = "at_seconds"
MOST_POINTS = 240
PAUSE_SECONDS = 1.0


class Series:
    """Values of several names over time, at most `most` points, evenly spread.

    What is measured in bytes is a level, of which the highest counts; all else is a rate or a
    share, of which the mean over its time counts.
    """

    def __init__(self, most: int = MOST_POINTS, pause_seconds: float = PAUSE_SECONDS) -> None:
        self.pause_seconds = pause_seconds  # between points
        self._most = most - most % 2
        self._at: list[float] = []
        self._values: dict[str, list[float | None]] = {}

    def __len__(self) -> int:
        return len(self._at)

    @property
    def last_at(self) -> float:
        """The time of the last point; 0 before there is one."""
        return self._at[-1] if self._at else 0.0

    def add(self, at_seconds: float, values: Mapping[str, float]) -> None:
        """Add a point; `values` may have other names than the points before it."""
        if len(self._at) >= self._most:
            self._halve()
        for name in values:
            self._values.setdefault(name, [None] * len(self._at))
        self._at.append(at_seconds)
        for name, kept in self._values.items():
            kept.append(values.get(name))

    def data(self) -> dict[str, list[float | None]]:
        """All points as JSON-safe lists of one length, the times first."""
        values = {name: [_short(value) for value in kept] for name, kept in self._values.items()}
        return {AT: [round(at, 1) for at in self._at], **values}

    def _halve(self) -> None:
        """Make one point of each two."""
        ends = [0.0, *self._at]
        spans = [end - begin for begin, end in pairwise(ends)]
        for name, kept in self._values.items():
            is_level = name.endswith("_bytes")
            self._values[name] = [
                _highest(kept[at], kept[at + 1])
                if is_level
                else _mean(kept[at], kept[at + 1], spans[at], spans[at + 1])
                for at in range(0, len(kept), 2)
            ]
        self._at = self._at[1::2]
        self.pause_seconds *= 2


def _short(value: float | None) -> float | None:
    if value is None:
        return None
    return round(value) if value >= 100 else round(value, 1)


def _highest(one: float | None, other: float | None) -> float | None:
    return max((value for value in (one, other) if value is not None), default=None)


def _mean(one: float | None, other: float | None, span: float, other_span: float) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    whole = span + other_span
    return (one * span + other * other_span) / whole if whole > 0 else other
