"""What was seen of one cell's calls; nothing of the user's is kept alive by it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["DataSeen", "FitSeen", "Points", "ScoreSeen", "Seen"]

Points = Mapping[str, Sequence[tuple[int, float]]]  # (step, value) of each series


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
    """A model that the cell fitted, told when the fit began.

    `history` reads the numbers that a library evaluated on the way: it holds them and nothing else.
    Those of fits inside of this one, as of a search, are counted, and the last of them is held.
    What only cross-validates (`is_model` is False) leaves no model.
    """

    class_name: str
    module: str
    params: Mapping[str, Any]
    changed: tuple[str, ...]
    name: str
    train: str | None
    model: weakref.ref[Any] | None
    origin: str = ""
    number: int = 1  # among the cell's fits of what goes by the same name
    is_model: bool = True
    features: tuple[str, ...] = ()  # where the library tells before the model may be gone
    history: Callable[[], Points] | None = None
    inner_count: int = 0


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
