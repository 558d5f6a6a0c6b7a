"""The state of a monitor: all that is kept of the rows that it has seen.

It is small and JSON-safe: counts in the cells of each column, the stakes, and the course of the
evidence. Going on from a state that was written and read again is the same as having gone on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nbmlops.drift.sequential.late_labels import LateLabels
from nbmlops.drift.sequential.losses import LossWatch
from nbmlops.drift.sequential.pools import Cells
from nbmlops.drift.sequential.stakes import evidence

__all__ = ["ColumnWatch", "LookTaken", "Watch"]

Array = np.ndarray[Any, Any]
MISSING_WEIGHT = 0.1


@dataclass(frozen=True)
class ColumnWatch:
    """A column: counts by group of the reference and of all looks, and its stakes.

    `first` and `seen` are counts in the cells, and last the missing ones.
    """

    name: str
    cells: Cells
    first: Mapping[str, tuple[int, ...]]
    seen: Mapping[str, tuple[int, ...]]
    stakes: tuple[tuple[float, ...], ...]  # of the middle and the width, or of each level
    missing_stakes: tuple[float, ...]
    alarm: int | None = None  # the look at which it was found to have drifted
    reason: str = ""

    def evidence(self, spent: float) -> float:
        """The logarithm of what its stakes are worth."""
        parts: list[tuple[float, Array]] = [(MISSING_WEIGHT, np.array(self.missing_stakes))]
        rows = [np.array(each) for each in self.stakes]
        weight = (1 - MISSING_WEIGHT) / len(rows)
        return evidence([*parts, *((weight, row) for row in rows)], spent)

    def to_dict(self) -> dict[str, Any]:
        """The column, JSON-safe."""
        return {
            "name": self.name,
            "cells": self.cells.to_dict(),
            "first": {group: list(counts) for group, counts in self.first.items()},
            "seen": {group: list(counts) for group, counts in self.seen.items()},
            "stakes": [list(row) for row in self.stakes],
            "missing_stakes": list(self.missing_stakes),
            "alarm": self.alarm,
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> ColumnWatch:
        """What `to_dict` told."""
        return cls(
            said["name"],
            Cells.from_dict(said["cells"]),
            {group: tuple(counts) for group, counts in said["first"].items()},
            {group: tuple(counts) for group, counts in said["seen"].items()},
            tuple(tuple(map(float, row)) for row in said["stakes"]),
            tuple(map(float, said["missing_stakes"])),
            said["alarm"],
            said["reason"],
        )


@dataclass(frozen=True)
class LookTaken:
    """One look: per column the evidence (log10), the effect and the state."""

    number: int
    label: str
    row_count: int
    evidence: Mapping[str, float]
    effects: Mapping[str, float]
    states: Mapping[str, str]  # "drifted", "tiny" or "untested"; without drift it is left out
    loss: float | None = None  # the mean on its rows with labels
    loss_evidence: float | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)  # of what is untested

    def to_dict(self) -> dict[str, Any]:
        """The look, JSON-safe."""
        said = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {k: dict(v) if isinstance(v, Mapping) else v for k, v in said.items()}


@dataclass(frozen=True)
class Watch:
    """The state of a monitor."""

    columns: tuple[ColumnWatch, ...]
    untested: Mapping[str, str] = field(default_factory=dict)
    losses: LossWatch | None = None
    late: LateLabels = field(default_factory=LateLabels)
    spent: float = 0.0  # of the budget of this window
    window_count: int = 1
    look_count: int = 0
    row_count: int = 0
    course: tuple[LookTaken, ...] = ()

    @property
    def drifted(self) -> tuple[str, ...]:
        """The columns that raised an alarm, which stays."""
        return tuple(one.name for one in self.columns if one.alarm is not None)

    def to_dict(self) -> dict[str, Any]:
        """The state, JSON-safe; `from_dict` reads it again."""
        return {
            "columns": [one.to_dict() for one in self.columns],
            "untested": dict(self.untested),
            "losses": None if self.losses is None else self.losses.to_dict(),
            "late": self.late.to_dict(),
            "spent": self.spent,
            "window_count": self.window_count,
            "look_count": self.look_count,
            "row_count": self.row_count,
            "course": [one.to_dict() for one in self.course],
        }

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Watch:
        """What `to_dict` told."""
        return cls(
            tuple(ColumnWatch.from_dict(one) for one in said["columns"]),
            dict(said["untested"]),
            None if said["losses"] is None else LossWatch.from_dict(said["losses"]),
            LateLabels.from_dict(said["late"]) if "late" in said else LateLabels(),
            float(said["spent"]),
            int(said["window_count"]),
            int(said["look_count"]),
            int(said["row_count"]),
            tuple(LookTaken(**one) for one in said["course"]),
        )
