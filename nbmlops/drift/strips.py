"""What a drift check found over time or by groups: a strip of chunks for each column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

__all__ = ["CELLS", "Chunk", "OverTime", "Strip", "over_time_from_dict"]

CELLS = ("drifted", "tiny", "none", "untested", "empty")  # what a chunk of a column may be


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of the current data: a stretch of time, so many rows, or a group."""

    label: str
    start: str
    end: str
    row_count: int


@dataclass(frozen=True, slots=True)
class Strip:
    """A column over the chunks, each against the reference: `states` are those of a result, or
    "empty" for a chunk without rows. `measures` names the test that speaks for a chunk that moved.
    """

    column: str
    kind: str
    group: str
    effects: tuple[float | None, ...]
    p_adjusted: tuple[float | None, ...]
    states: tuple[str, ...]
    measures: tuple[str, ...]

    @property
    def drifted(self) -> tuple[int, ...]:
        """The places of the chunks that drifted."""
        return tuple(place for place, state in enumerate(self.states) if state == "drifted")


@dataclass(frozen=True, slots=True)
class OverTime:
    """The chunks, and a strip for each column (and group), those that drifted most often first."""

    time: str | None
    every: str
    by: str | None
    zone: str
    chunks: tuple[Chunk, ...]
    strips: tuple[Strip, ...]
    test_count: int
    timeless_count: int = 0

    @property
    def drifted(self) -> bool:
        """True where any column drifted in any chunk."""
        return any(strip.drifted for strip in self.strips)

    @property
    def drifted_chunks(self) -> tuple[str, ...]:
        """The labels of the chunks in which any column drifted."""
        places = sorted({place for strip in self.strips for place in strip.drifted})
        return tuple(self.chunks[place].label for place in places)


def over_time_from_dict(said: Mapping[str, Any] | None) -> OverTime | None:
    """What `to_dict` told; what a newer version added is left out."""
    if said is None:
        return None
    strips = []
    for one in said["strips"]:
        known = _known(Strip, one).items()
        told: dict[str, Any] = {
            name: tuple(each) if isinstance(each, list) else each for name, each in known
        }
        strips.append(Strip(**told))
    chunks = tuple(Chunk(**_known(Chunk, one)) for one in said["chunks"])
    return OverTime(**{**_known(OverTime, said), "strips": tuple(strips), "chunks": chunks})


def _known(kind: Any, said: Mapping[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    return {name: value for name, value in said.items() if name in names}
