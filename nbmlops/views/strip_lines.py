"""What is shown of a drift report over time, decided once for HTML, text and terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nbmlops.drift.measures import find_measures
from nbmlops.drift.strips import OverTime, Strip
from nbmlops.views.escaping import visible

__all__ = ["CellMark", "StripLine", "StripLines", "strip_lines", "strip_sentence"]

SHOWN, CALM_SHOWN = 40, 10  # strips; more are counted
LOWEST_TOP = 0.1  # so that chance does not look like much
DRAWN = 120  # cells of a strip; neighbors share one beyond that


@dataclass(frozen=True, slots=True)
class CellMark:
    """One cell as it is drawn: its state, and how high it is, from 0 to 1."""

    state: str
    height: float


@dataclass(frozen=True, slots=True)
class StripLine:
    """A column over the chunks."""

    name: str
    cells: tuple[CellMark, ...]
    count: str  # 3 of 30
    told: str
    is_drifted: bool


@dataclass(frozen=True, slots=True)
class StripLines:
    """A title, the first and the last chunk, and the strips that moved and those that did not."""

    title: str
    sentence: str
    first: str
    last: str
    moved: tuple[StripLine, ...]
    more_moved: int
    calm: tuple[StripLine, ...]
    more_calm: int
    is_drifted: bool


def strip_sentence(found: OverTime | None) -> str:
    """What the verdict says of it."""
    if found is None:
        return ""
    count = len(found.chunks)
    unit = "groups" if _are_groups(found) else "chunks"
    if count == 1:
        unit = unit[:-1]
    columns = list(dict.fromkeys(one.column for one in found.strips if one.drifted))
    places = found.drifted_chunks
    how = f"By {found.by}" if _are_groups(found) else f"Over {count:,} {unit}"
    if not places:
        return f"{how}, no column drifted in any of them."
    named = [visible(name, 40) for name in columns[:3]]
    more = f" and {len(columns) - 3} more" if len(columns) > 3 else ""
    said = (", ".join(named) + more) if more or len(named) < 2 else _joined(named)
    where = "" if _are_groups(found) else f", first in {visible(places[0], 40)}"
    if _are_groups(found):
        where = f": {_joined([visible(each, 30) for each in places])}" if len(places) <= 3 else ""
    return f"{how}, {said} drifted in {len(places):,} of {count:,}{where}."


def _joined(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _are_groups(found: OverTime) -> bool:
    return not found.every


def strip_lines(found: OverTime | None, *, is_page: bool = False) -> StripLines | None:
    """Everything that is shown of it."""
    if found is None:
        return None
    most, calm_most = (10_000, 10_000) if is_page else (SHOWN, CALM_SHOWN)
    moved = [one for one in found.strips if one.drifted]
    calm = [one for one in found.strips if not one.drifted]
    tests = f"{found.test_count:,} tests"
    if _are_groups(found):
        title = f"by {visible(str(found.by), 40)} · {len(found.chunks):,} groups · {tests}"
    else:
        of = f" of {visible(found.time, 40)}" if found.time else ""
        each = f"{len(found.chunks):,} chunk{'s' if len(found.chunks) != 1 else ''}"
        title = f"over time · {each} of {found.every}{of} · {tests}"
        if found.by is not None:
            title += f" · each {visible(found.by, 40)} for itself"
        if found.zone:
            title += f" · {visible(found.zone, 40)}"
    return StripLines(
        title,
        strip_sentence(found),
        visible(found.chunks[0].label, 24),
        visible(found.chunks[-1].label, 24),
        tuple(_line(found, one) for one in moved[:most]),
        max(len(moved) - most, 0),
        tuple(_line(found, one) for one in calm[:calm_most]),
        max(len(calm) - calm_most, 0),
        bool(moved),
    )


def _line(found: OverTime, strip: Strip) -> StripLine:
    name = visible(strip.column, 40)
    if strip.group:
        name += f" · {visible(strip.group, 24)}"
    there = sum(state != "empty" for state in strip.states)
    return StripLine(
        name,
        _cells(strip),
        f"{len(strip.drifted):,} of {there:,}",
        _told(found, strip),
        bool(strip.drifted),
    )


def _cells(strip: Strip) -> tuple[CellMark, ...]:
    top = max([LOWEST_TOP, *(each for each in strip.effects if each is not None)])
    marks = [
        CellMark(state, min((effect or 0.0) / top, 1.0))
        for state, effect in zip(strip.states, strip.effects, strict=True)
    ]
    if len(marks) <= DRAWN:
        return tuple(marks)
    edges = [round(place * len(marks) / DRAWN) for place in range(DRAWN + 1)]
    parts = (marks[start:end] for start, end in pairwise(edges))
    order = ("drifted", "tiny", "none", "untested", "empty")
    return tuple(min(part, key=lambda one: (order.index(one.state), -one.height)) for part in parts)


def _told(found: OverTime, strip: Strip) -> str:
    places = strip.drifted
    if not places:
        highest = max((each for each in strip.effects if each is not None), default=None)
        return "not tested" if highest is None else f"at most {highest:.3f}"
    worst = max(places, key=lambda place: strip.effects[place] or 0.0)
    labels = [visible(found.chunks[place].label, 24) for place in places]
    measures = find_measures()
    measure = strip.measures[worst]
    by = ""
    if measure in ("missing_rate", "new_levels", "type"):
        title = measures[measure].title if measure in measures else "another type"
        by = f" ({title.lower()})"
    effect = f"{strip.effects[worst] or 0.0:.3f}{by}"
    if len(places) == 1:
        return f"{labels[0]}: {effect}"
    if _are_groups(found):
        return f"most in {labels[places.index(worst)]}: {effect}"
    is_unbroken = places[-1] - places[0] + 1 == len(places)
    when = f"{labels[0]} to {labels[-1]}" if is_unbroken else f"first {labels[0]}"
    return f"{when}, up to {effect}"
