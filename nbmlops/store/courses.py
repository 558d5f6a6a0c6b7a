"""The courses of metrics over many runs, read lightly: what is needed to draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from nbmlops.records import Course
from nbmlops.store.database import Session
from nbmlops.store.reading import load_series

__all__ = ["Courses", "course_names", "load_courses", "load_curve"]

Courses = dict[str, dict[str, Course]]
Point = tuple[int, float]
Thin = Callable[[Sequence[Point]], Sequence[Point]]


def course_names(session: Session, runs: Sequence[str]) -> list[str]:
    """The metrics of which any of these runs has several points."""
    keys = [row[0] for row in session.within("SELECT id FROM runs WHERE run IN (*)", runs)]
    found = session.within(
        "SELECT name_id FROM points WHERE run_id IN (*) GROUP BY run_id, name_id "
        "HAVING count(seq) > 1",
        keys,
    )
    named = "SELECT name FROM names WHERE id IN (*) ORDER BY id"
    return [row[0] for row in session.within(named, sorted({row[0] for row in found}))]


def load_courses(
    session: Session, runs: Sequence[str], names: Sequence[str], thin: Thin
) -> Courses:
    """Run → metric → its course, each as `thin` left it: no more than one is held whole."""
    keys = session.within("SELECT id, run FROM runs WHERE run IN (*)", runs)
    named = session.within("SELECT id, name FROM names WHERE name IN (*)", names)
    found: Courses = {run: {} for _, run in keys}
    for key, run in keys:
        for name_id, name in named:
            steps, values = _points(session, key, name_id, run, name)
            if values:
                has_steps = None not in steps
                places = steps if has_steps else range(len(values))
                points = thin(list(zip(places, values, strict=True)))
                found[run][name] = Course(tuple(points), len(values), has_steps)
    return found


def _points(
    session: Session, key: int, name_id: int, run: str, name: str
) -> tuple[Sequence[Any], Sequence[float]]:
    """The steps and the values, in the order of recording."""
    rows = session.rows(
        "SELECT writer_id, step, value FROM points WHERE run_id = ? AND name_id = ? "
        "ORDER BY writer_id, seq",
        (key, name_id),
    )
    if rows and rows[0][0] != rows[-1][0]:  # several writers, which are merged by time
        metrics = load_series(session, run, name)
        return [metric.step for metric in metrics], [_real(metric.value) for metric in metrics]
    values = [math.nan if row[2] is None else row[2] for row in rows]
    return [row[1] for row in rows], values


def _real(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def load_curve(
    session: Session, run: str, name: str, first: int | None, last: int | None
) -> tuple[list[int | None], list[float], list[int]]:
    """Steps, values and times (ns) of a metric between two steps, in the order of recording.

    As in `load_series`, a writer's own points keep their order whatever its clock did, and those
    of several writers are merged by time.
    """
    between = ("" if first is None else " AND p.step >= ?") + (
        "" if last is None else " AND p.step <= ?"
    )
    rows = session.rows(
        "SELECT p.writer_id, p.step, p.value, p.at FROM points p "
        "WHERE p.run_id = (SELECT id FROM runs WHERE run = ?) "
        f"AND p.name_id = (SELECT id FROM names WHERE name = ?){between} "
        "ORDER BY p.writer_id, p.seq",
        (run, name, *(each for each in (first, last) if each is not None)),
    )
    if rows and rows[0][0] != rows[-1][0]:
        latest, merged = 0, []
        for at, row in enumerate(rows):
            latest = row[3] if at == 0 or row[0] != rows[at - 1][0] else max(latest, row[3])
            merged.append((latest, row[0], at, row))
        rows = [row for *_, row in sorted(merged, key=lambda each: each[:3])]
    values = [math.nan if row[2] is None else float(row[2]) for row in rows]
    return [row[1] for row in rows], values, [row[3] for row in rows]
