"""The curves of runs side by side, each thinned to the columns of pixels that it is drawn in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbmlops.comparison.records import Curve
from nbmlops.headline import Better, is_cost
from nbmlops.records import Course
from nbmlops.thinning import telling

__all__ = ["compare_curves", "curve_names", "points_of_each", "thin"]

MOST_CURVES = 24
POINTS, LEAST_POINTS = 40_000, 400  # of one metric over all runs; of one course
WIDTH, LEAST_WIDTH = 300, 40  # columns; fewer where many runs share a picture

Point = tuple[float, float]


def curve_names(names: Sequence[str], better: Better) -> tuple[list[str], int]:
    """The metrics whose course is compared, those with a direction first, and how many are not."""
    ranked = sorted(names, key=lambda name: (better(name) is None or is_cost(name), is_cost(name)))
    return ranked[:MOST_CURVES], max(len(ranked) - MOST_CURVES, 0)


def points_of_each(count: int) -> int:
    """How much is read of a course of so many runs, before anybody knows where it is drawn."""
    return max(POINTS // max(count, 1), LEAST_POINTS)


def compare_curves(
    courses: Mapping[str, Mapping[str, Course]], better: Better
) -> tuple[Curve, ...]:
    """A curve for each metric of which any run has several points: run → metric → course."""
    names = dict.fromkeys(
        name
        for of_run in courses.values()
        for name, course in of_run.items()
        if len(course.points) > 1
    )
    ranked, _ = curve_names(list(names), better)
    return tuple(
        _curve(
            name, {run: of_run[name] for run, of_run in courses.items() if name in of_run}, better
        )
        for name in ranked
    )


def _curve(name: str, courses: Mapping[str, Course], better: Better) -> Curve:
    lines = {
        run: [(float(step), value) for step, value in course.points]
        for run, course in courses.items()
    }
    low = min(min(points)[0] for points in lines.values())
    high = max(max(points)[0] for points in lines.values())
    width = min(WIDTH, max(LEAST_WIDTH, 4 * WIDTH // len(lines)))
    return Curve(
        name,
        {run: thin(points, low, high, width) for run, points in lines.items()},
        {run: course.point_count for run, course in courses.items()},
        all(course.has_steps for course in courses.values()),
        better(name),
    )


def thin(points: Sequence[Point], low: float, high: float, width: int = WIDTH) -> tuple[Point, ...]:
    """The points that are needed to draw a line between the steps `low` and `high`, `width` wide.

    >>> thin([(float(x), 9.0 if x == 500 else 1.0) for x in range(1000)], 0.0, 999.0, 2)
    ((0.0, 1.0), (499.0, 1.0), (500.0, 9.0), (501.0, 1.0), (999.0, 1.0))
    """
    if len(points) <= width:
        return tuple(points)
    scale = width / (high - low) if high > low else 0.0
    kept: list[Point] = []
    start, current = 0, -1
    for at, (step, _) in enumerate(points):
        column = min(int((step - low) * scale), width - 1)
        if column != current:
            kept += _telling(points[start:at])
            start, current = at, column
    kept += _telling(points[start:])
    return tuple(kept)


def _telling(points: Sequence[Point]) -> list[Point]:
    return [points[at] for at in telling([value for _, value in points])] if points else []
