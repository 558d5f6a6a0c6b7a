"""The courses of metrics over many runs, read lightly: what is needed to draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from nbmlops.records import Course
from nbmlops.store.database import Session
from nbmlops.store.reading import load_series

__all__ = ["Courses", "course_names", "load_courses"]

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
