"""Series thinned for drawing: what is left looks the same at the width of the picture.

Of the points that share a column of pixels the first, the lowest, the highest and the last stay, so
that no spike is lost and the line joins its neighbours where it did before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from nbmlops.comparison.records import Curve
from nbmlops.headline import Better, is_cost
from nbmlops.records import Course

__all__ = ["compare_curves", "curve_names", "kept_places", "thin", "thinned", "thinner"]

MOST_CURVES = 24
POINTS, LEAST_POINTS = 40_000, 400  # of one metric over all runs; of one course
WIDTH, LEAST_WIDTH = 300, 40  # columns; fewer where many runs share a picture

Point = tuple[float, float]
Recorded = tuple[int, float]


def curve_names(names: Sequence[str], better: Better) -> tuple[list[str], int]:
    """The metrics whose course is compared, those with a direction first, and how many are not."""
    ranked = sorted(names, key=lambda name: (better(name) is None or is_cost(name), is_cost(name)))
    return ranked[:MOST_CURVES], max(len(ranked) - MOST_CURVES, 0)


def thinner(count: int) -> Callable[[Sequence[Recorded]], list[Recorded]]:
    """What thins one of the courses of so many runs, before anybody knows where it is drawn."""
    return partial(thinned, most=max(POINTS // max(count, 1), LEAST_POINTS))


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


def thinned(points: Sequence[Recorded], most: int) -> list[Recorded]:
    """At most about `most` points: of each stretch the first, lowest, highest and last.

    >>> thinned([(step, 9.0 if step == 500 else 1.0) for step in range(1000)], 8)
    [(0, 1.0), (499, 1.0), (500, 9.0), (501, 1.0), (999, 1.0)]
    """
    return [points[at] for at in kept_places([value for _, value in points], most)]


def kept_places(values: Sequence[float], most: int) -> Sequence[int]:
    """The places of at most about `most` values: of each stretch first, lowest, highest, last."""
    if len(values) <= most:
        return range(len(values))
    stretches = max(most // 4, 1)
    kept: list[int] = []
    for stretch in range(stretches):
        start = stretch * len(values) // stretches
        part = values[start : (stretch + 1) * len(values) // stretches]
        kept += [start + at for at in telling(part)]
    return kept


def telling(values: Sequence[float]) -> list[int]:
    """The places of the first, lowest, highest and last value, and of one that is not finite.

    >>> telling([3.0, 1.0, 2.0, float("nan"), 7.0, 5.0])
    [0, 1, 3, 4, 5]
    """
    finite, gap = values, set()
    if not all(map(math.isfinite, values)):
        gap = {next(at for at, value in enumerate(values) if not math.isfinite(value))}
        finite = [value for value in values if math.isfinite(value)]
    places = {0, len(values) - 1} | gap
    if finite:
        places |= {values.index(min(finite)), values.index(max(finite))}
    return sorted(places)
