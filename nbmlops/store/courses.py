"""The courses of metrics, thinned where they are: what is needed to draw them.

A long course never comes out of the database whole. Its key is the order of recording, so that the
database cuts it into spans of equal length by its index and names the telling points of each, and
only those are read. That is the same as `thinning.kept_places` does with a list.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nbmlops.events import INT64
from nbmlops.records import Course
from nbmlops.store.database import Session
from nbmlops.thinning import kept_places, span_length

__all__ = ["Courses", "Drawn", "course_names", "load_courses", "load_drawn"]

Courses = dict[str, dict[str, Course]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Columns of the points that are drawn, in the order of recording, and of how many they are.

    Times are in nanoseconds since 1970. `places` tells which of all points each one is, where not
    all of them have a step.
    """

    steps: list[int | None]
    values: list[float]
    times: list[int]
    places: Sequence[int] | None
    point_count: int


def course_names(session: Session, runs: Sequence[str]) -> list[str]:
    """The metrics of which any of these runs has several points."""
    keys = [row[0] for row in session.within("SELECT id FROM runs WHERE run IN (*)", runs)]
    found = session.within(
        "SELECT m.name_id FROM metrics m WHERE m.run_id IN (*) AND EXISTS (SELECT 1 FROM points p "
        "WHERE p.run_id = m.run_id AND p.name_id = m.name_id LIMIT 1 OFFSET 1)",
        keys,
    )
    named = "SELECT name FROM names WHERE id IN (*) ORDER BY id"
    return [row[0] for row in session.within(named, sorted({row[0] for row in found}))]


def load_courses(session: Session, runs: Sequence[str], names: Sequence[str], most: int) -> Courses:
    """Run → metric → its course, of which at most about `most` points are read."""
    keys = session.within("SELECT id, run FROM runs WHERE run IN (*)", runs)
    named = session.within("SELECT id, name FROM names WHERE name IN (*)", names)
    found: Courses = {run: {} for _, run in keys}
    for key, run in keys:
        for name_id, name in named:
            counted = _counted(session, key, name_id, (None, None))
            if counted.count:
                drawn = _drawn(session, counted, most)
                places: Any = drawn.steps if drawn.places is None else drawn.places
                points = tuple(zip(places, drawn.values, strict=True))
                found[run][name] = Course(points, counted.count, counted.has_steps)
    return found


def load_drawn(
    session: Session, run: str, name: str, most: int, first: int | None, last: int | None
) -> Drawn:
    """A metric between two steps, of which at most about `most` points are read."""
    key = session.value("SELECT id FROM runs WHERE run = ?", (run,))
    name_id = session.value("SELECT id FROM names WHERE name = ?", (name,))
    if key is None or name_id is None:
        return Drawn([], [], [], None, 0)
    return _drawn(session, _counted(session, key, name_id, (first, last)), most)


# ── the points of one metric of one run ──────────────────────────────────────────────────────────

IS_FINITE = "p.value - p.value = 0"  # false or NULL for infinities and for NULL, which is NaN


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is known of points before they are read; `where` speaks of a table `p`.

    `parts` are what each writer wrote, one after the other, or None where they wrote in between.
    """

    where: str
    keys: tuple[int, ...]
    count: int
    has_steps: bool
    parts: tuple[_Part, ...] | None


@dataclass(frozen=True, slots=True)
class _Part:
    """The points of one writer, whose sequence is their order."""

    where: str
    keys: tuple[int, ...]
    count: int
    has_steps: bool
    is_finite: bool


def _counted(
    session: Session, key: int, name_id: int, steps: tuple[int | None, int | None]
) -> _Counted:
    bounds = [(op, step) for op, step in zip((">=", "<="), steps, strict=True) if step is not None]
    where = "p.run_id = ? AND p.name_id = ?" + "".join(f" AND p.step {op} ?" for op, _ in bounds)
    keys = (key, name_id, *(step for _, step in bounds))
    of_one = f"{where} AND p.writer_id = ?"
    found = session.rows(
        "SELECT p.writer_id, count(*), count(p.step), "
        f"count(CASE WHEN {IS_FINITE} THEN 1 END), max(p.at) "
        f"FROM points p WHERE {where} GROUP BY p.writer_id",
        keys,
    )
    count, has_steps = sum(row[1] for row in found), all(row[1] == row[2] for row in found)
    first = f"SELECT p.at FROM points p WHERE {of_one} ORDER BY p.seq LIMIT 1"
    began = {row[0]: session.value(first, (*keys, row[0])) for row in found[1:] and found}
    found.sort(key=lambda row: began.get(row[0], 0))
    # A process that goes on in a new journal is another writer, whose points all follow.
    if any(before[4] >= began[row[0]] for before, row in pairwise(found)):
        return _Counted(where, keys, count, has_steps, None)
    parts = tuple(
        _Part(of_one, (*keys, row[0]), row[1], has_steps, row[1] == row[3]) for row in found
    )
    return _Counted(where, keys, count, has_steps, parts)


def _drawn(session: Session, points: _Counted, most: int) -> Drawn:
    if points.parts is None:
        rows = _merged(session, points)
        kept = kept_places([_value(row[1]) for row in rows], most)
        found = [(*rows[at][:3], at) for at in kept]
    else:
        length, found, behind = span_length(points.count, most), [], 0
        for part in points.parts:
            found += _read(session, part, length, behind)
            behind += part.count
    return Drawn(
        [row[0] for row in found],
        [_value(row[1]) for row in found],
        [row[2] for row in found],
        None if points.has_steps else [row[3] for row in found],
        points.count,
    )


def _read(session: Session, part: _Part, length: int, behind: int) -> list[Any]:
    """Step, value, time and place of the points of a part that are drawn, in their order."""
    read = f"SELECT p.step, p.value, p.at, p.seq FROM points p WHERE {part.where}"
    if length == 1:
        rows = session.rows(f"{read} ORDER BY p.seq", part.keys)
        return [(*row[:3], behind + at) for at, row in enumerate(rows)]
    telling = _telling(session, part, length)
    rows = session.within(f"{read} AND p.seq IN (*)", list(telling), part.keys)
    rows.sort(key=lambda row: row[3])
    return [(*row[:3], behind + telling[row[3]]) for row in rows]


def _telling(session: Session, part: _Part, length: int) -> dict[int, int]:
    """The telling points of each span of so many neighbours, by sequence number: their places.

    The index leads from the beginning of a span to that of the next one, and bounds what is looked
    at for its extremes: nothing is sorted, and points that lie unevenly among those of other
    metrics are cut evenly nevertheless. Places are counted only where there are no steps.
    """
    where = part.where
    finite = "" if part.is_finite else f" AND {IS_FINITE}"
    inside = f"FROM points p WHERE {where} AND p.seq >= s.first AND p.seq < s.beyond"
    chosen = {
        "last": f"max(p.seq) {inside}",
        "lowest": f"p.seq {inside}{finite} ORDER BY p.value, p.seq LIMIT 1",
        "highest": f"p.seq {inside}{finite} ORDER BY p.value DESC, p.seq LIMIT 1",
    }
    if not part.is_finite:
        chosen["odd"] = f"min(p.seq) {inside} AND ({IS_FINITE}) IS NOT TRUE"
    columns = ", ".join(f"(SELECT {sql}) AS {name}" for name, sql in chosen.items())
    found = (
        "WITH RECURSIVE starts(seq) AS ("
        f"SELECT min(p.seq) FROM points p WHERE {where} UNION ALL "
        f"SELECT (SELECT p.seq FROM points p WHERE {where} AND p.seq > starts.seq "
        f"ORDER BY p.seq LIMIT 1 OFFSET {length - 1}) FROM starts WHERE starts.seq IS NOT NULL), "
        "s(first, beyond) AS ("
        f"SELECT seq, coalesce(lead(seq) OVER (ORDER BY seq), {INT64 - 1}) "
        "FROM starts WHERE seq IS NOT NULL), "
        f"found AS (SELECT s.first, {columns} FROM s) SELECT f.first"
    )
    counted = (
        f", (SELECT count(*) FROM points p WHERE {where} AND p.seq >= f.first AND p.seq < f.{{}})"
    )
    for name in chosen:
        found += f", f.{name}" + ("" if part.has_steps else counted.format(name))
    sql = f"{found} FROM found f ORDER BY f.first"
    rows = session.rows(sql, part.keys * sql.count(where))
    if part.has_steps:
        return dict.fromkeys((seq for row in rows for seq in row if seq is not None), 0)
    telling: dict[int, int] = {}
    for at, (first, *pairs) in enumerate(rows):
        places = dict(zip(pairs[::2], pairs[1::2], strict=True)) | {first: 0}
        telling |= {seq: at * length + place for seq, place in places.items() if seq is not None}
    return telling


def _merged(session: Session, points: _Counted) -> list[tuple[int | None, float | None, int]]:
    """The points of several writers, merged by time as `load_series` does it.

    A writer's own points keep their order whatever its clock did.
    """
    rows: list[Any] = session.rows(
        "SELECT w.writer, p.seq, p.at, p.step, p.value FROM points p "
        f"JOIN writers w ON w.id = p.writer_id WHERE {points.where} ORDER BY w.writer, p.seq",
        points.keys,
    )
    ordered, writer, latest = [], "", 0
    for row in rows:
        latest = row[2] if row[0] != writer else max(latest, row[2])
        writer = row[0]
        ordered.append((latest, *row))
    ordered.sort(key=lambda row: row[:3])
    return [(step, value, at) for _, _, _, at, step, value in ordered]


def _value(value: float | None) -> float:
    return math.nan if value is None else float(value)
