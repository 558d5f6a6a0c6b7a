"""What was seen of one cell's calls; nothing of the user's is kept alive by it."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["DataSeen", "FitSeen", "ScoreSeen", "Seen"]


@dataclass(slots=True)
class DataSeen:
    """Data that went into a call: what it was called, its role, and its fingerprint."""

    name: str
    role: str
    print: Any  # data.fingerprint.Fingerprint
    object_id: int
    alive: weakref.ref[Any] | None
    source: str | None = None


@dataclass(slots=True)
class FitSeen:
    """A model that the cell fitted, told when the fit began."""

    class_name: str
    module: str
    params: Mapping[str, Any]
    changed: tuple[str, ...]
    name: str
    train: str | None
    model: weakref.ref[Any] | None
    count: int = 1


@dataclass(slots=True)
class ScoreSeen:
    """Numbers that a metric function or `score` returned to the cell, from one place in it."""

    function: str
    place: tuple[str, int]
    about: str
    values: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Seen:
    """All of it."""

    fits: list[FitSeen] = field(default_factory=list)
    scores: dict[tuple[str, str, int], ScoreSeen] = field(default_factory=dict)
    data: list[DataSeen] = field(default_factory=list)
    shared: list[tuple[str, str, int, int]] = field(default_factory=list)  # train, test, rows
    partial: str = ""  # why not everything was looked at
