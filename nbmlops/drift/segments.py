"""Slices of rows where drift concentrates, as plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from nbmlops.drift.conditions import Condition

__all__ = ["Move", "Segment", "Segments", "segments_from_dict"]


@dataclass(frozen=True, slots=True)
class Move:
    """What moved within a slice: the share of the rows that fulfil `mark`, there and elsewhere.

    Where the mark says nothing but a column of numbers, it is the column's median; without a mark
    it is the slice's own share. `effect` is the largest change of any share of the column within
    the slice, `effect_elsewhere` that in all other rows.
    """

    column: str
    mark: Condition | None
    before: float | None
    now: float | None
    before_elsewhere: float | None
    now_elsewhere: float | None
    effect: float
    effect_elsewhere: float
    p_value: float
    p_adjusted: float = 1.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A slice where drift concentrates, by its conditions, with its share and its rows on both
    sides, of the half of the rows that tests.
    """

    conditions: tuple[Condition, ...]
    reference_share: float
    current_share: float
    reference_count: int
    current_count: int
    moves: tuple[Move, ...]

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions))


@dataclass(frozen=True, slots=True)
class Segments:
    """The slices that were found, and among how many: searched on some rows, tested on others."""

    found: tuple[Segment, ...]
    searched_count: int
    tested_count: int
    column_count: int
    left_out_count: int  # columns that were not looked at
    search_rows: int
    test_rows: int


def segments_from_dict(said: Mapping[str, Any] | None) -> Segments | None:
    """The value that its dictionary told; what a newer version added is left out."""
    if said is None:
        return None
    found: Segments = _made(Segments, {**said, "found": tuple(map(_segment, said["found"]))})
    return found


def _segment(said: Mapping[str, Any]) -> Segment:
    conditions = tuple(_made(Condition, one) for one in said["conditions"])
    moves = tuple(
        _made(Move, {**one, "mark": _made(Condition, one["mark"]) if one["mark"] else None})
        for one in said["moves"]
    )
    found: Segment = _made(Segment, {**said, "conditions": conditions, "moves": moves})
    return found


def _made(kind: Any, said: Mapping[str, Any]) -> Any:
    known = {each.name for each in fields(kind)}
    return kind(**{name: value for name, value in said.items() if name in known})
