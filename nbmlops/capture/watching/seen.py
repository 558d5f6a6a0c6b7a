"""What was seen of one cell's calls; nothing of the user's is kept alive by it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbmlops.capture.frames import Place, Span

__all__ = ["DataSeen", "FitSeen", "Points", "ScoreSeen", "Seen", "ValidationSeen"]

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
    sample: Any = None  # data.samples.Sample, of what no name holds and so is gone in the end


@dataclass(slots=True)
class FitSeen:
    """A model that the cell fitted, told when the fit began.

    `history` reads the numbers that a library evaluated on the way: it holds them and nothing else.
    Those of fits inside of this one, as of a search, are counted, and the last of them is held.
    What only cross-validates (`is_model` is False) leaves no model. `count` are the fits from one
    place that this one stands for, as those of a loop.
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
    place: Place | None = None
    count: int = 1
    seconds: float | None = None  # that it took, where its library tells of its end
    is_broken: bool = False  # where it ended in an error, so that it left no fitted model


@dataclass(slots=True)
class ScoreSeen:
    """Numbers that a metric function or `score` returned to the cell, from one call in it.

    Each has its number among the `count` times that the call was made.
    """

    function: str
    about: str
    span: Span | None = None
    count: int = 0
    values: list[tuple[int, float]] = field(default_factory=list)


@dataclass(slots=True)
class ValidationSeen:
    """What one call in the cell cross-validated: for each time, the mean and spread by what it is.

    A curve has several points a time, each with its step. `scores` is what was returned last.
    """

    function: str
    span: Span | None = None
    is_curve: bool = False
    times: list[Mapping[str, Sequence[tuple[int, float, float]]]] = field(default_factory=list)
    scores: weakref.ref[Any] | None = None


@dataclass(slots=True)
class Seen:
    """All of it."""

    fits: list[FitSeen] = field(default_factory=list)
    scores: dict[tuple[str, Place], ScoreSeen] = field(default_factory=dict)
    validations: dict[tuple[str, Place], ValidationSeen] = field(default_factory=dict)
    data: list[DataSeen] = field(default_factory=list)
    shared: list[tuple[str, str, int, int]] = field(default_factory=list)  # train, test, rows
    partial: str = ""  # why not everything was looked at
