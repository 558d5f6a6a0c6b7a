"""Curves of several runs in one picture: an SVG data URI, because inline SVG survives few viewers.

A picture cannot know the theme around it, so it has no ground and no text of its own: its colors
show on white and on black, and names and numbers stand beside it. Lines also differ in their
dashes. Up to six runs have lines of their own; of more, the first and the best stand out.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nbmlops.comparison.records import Curve
from nbmlops.views import quantities
from nbmlops.views.escaping import visible
from nbmlops.views.palette import AMBER, BLUE, GRAY, GREEN, RED, VIOLET
from nbmlops.views.sparkline import half_span

__all__ = ["HEIGHT", "WIDTH", "Chart", "Look", "chart", "looks", "swatch"]

WIDTH, HEIGHT = 300, 118
MANY = 6
_MARGIN = 4
_DASHES = ("", "10 6", "3 5", "14 5 3 5", "6 4", "2 6")
_COLORS = (BLUE, AMBER, GREEN, VIOLET, RED, GRAY)


@dataclass(frozen=True, slots=True)
class Look:
    """How the line of a run is drawn."""

    color: str
    dash: str = ""
    width: float = 3.4
    opacity: str = "1"


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the words around it."""

    name: str
    picture: str
    highest: str
    lowest: str
    first_step: str
    last_step: str
    told: str


_OTHERS = Look(GRAY.mark, "", 1.8, ".45")
_FIRST = Look(BLUE.mark, "", 4)
_BEST = Look(GREEN.mark, "9 5", 4)


def looks(ids: Sequence[str], best: str = "") -> dict[str, Look]:
    """The look of each run's line; `best` stands out where there are many."""
    if len(ids) <= MANY:
        return {key: Look(_COLORS[at].mark, _DASHES[at]) for at, key in enumerate(ids)}
    return {key: _FIRST if key == ids[0] else _BEST if key == best else _OTHERS for key in ids}


def swatch(look: Look) -> str:
    """A short piece of a line, for the legend."""
    return _uri(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 12" width="24" height="6">'
        f'<path d="M2 6h44" {_stroke(look)}/></svg>'
    )


def chart(curve: Curve, ids: Sequence[str], best: str = "") -> Chart | None:
    """The picture of one metric's curves; None where there is nothing to draw."""
    points = [point for line in curve.lines.values() for point in line if math.isfinite(point[1])]
    if not points:
        return None
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    styles = looks(ids, best)
    drawn = "".join(
        _line(list(_places(curve.lines[key], (left, right), (low, high))), styles[key])
        # What stands out is drawn last.
        for key in sorted(curve.lines, key=lambda key: styles[key] != _OTHERS)
    )
    unit = "step " if curve.has_steps else "point "
    return Chart(
        visible(curve.name, 48),
        _uri(_svg(drawn)),
        quantities.number(high, 3),
        quantities.number(low, 3),
        f"{unit}{quantities.number(_whole(left))}",
        quantities.number(_whole(right)),
        visible(_told(curve, low, high), 200),
    )


def _told(curve: Curve, low: float, high: float) -> str:
    count = sum(curve.point_counts.values())
    runs = "1 run" if len(curve.lines) == 1 else f"{len(curve.lines)} runs"
    between = f"between {quantities.number(low)} and {quantities.number(high)}"
    return f"{curve.name} of {runs} over {count:,} points, {between}"


def _whole(number: float) -> float:
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _svg(drawn: str) -> str:
    width, height = 2 * WIDTH, 2 * HEIGHT
    levels = (2 * _MARGIN, HEIGHT, height - 2 * _MARGIN)
    rules = "".join(f"M0 {level}h{width}" for level in levels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{WIDTH}" height="{HEIGHT}" fill="none" stroke-linecap="round" '
        f'stroke-linejoin="round"><path d="{rules}" stroke="{GRAY.mark}" stroke-opacity=".3"/>'
        f"{drawn}</svg>"
    )


def _places(
    line: Sequence[tuple[float, float]], across: tuple[float, float], along: tuple[float, float]
) -> Iterable[tuple[int, int] | None]:
    """Where the points are drawn, in half pixels; None where the line breaks off."""
    (left, right), (low, high) = across, along
    # Halved before they are subtracted, so that the extremes of floats do not overflow.
    wide, tall = right / 2 - left / 2, half_span(low, high)
    for x, y in line:
        if not math.isfinite(y):
            yield None
            continue
        share = (y / 2 - low / 2) / tall if tall else 0.5
        place = (x / 2 - left / 2) / wide if wide else 0.5
        inner = 2 * (WIDTH - 2 * _MARGIN)
        yield (
            round(2 * _MARGIN + place * inner),
            round(2 * _MARGIN + (1 - share) * 2 * (HEIGHT - 2 * _MARGIN)),
        )


def _line(places: Sequence[tuple[int, int] | None], look: Look) -> str:
    pieces: list[str] = []
    last: tuple[int, int] | None = None
    for place in places:
        if place is None:
            last = None
        elif last is None:
            # A lone point is a line to itself, which a round cap shows as a dot.
            pieces.append(f"M{place[0]} {place[1]}l0 0")
            last = place
        elif place != last:
            pieces.append(f"l{place[0] - last[0]} {place[1] - last[1]}")
            last = place
    path = "".join(pieces)
    return f'<path d="{path}" {_stroke(look)}/>' if path else ""


def _stroke(look: Look) -> str:
    dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
    return (
        f'stroke="{look.color}" stroke-width="{look.width}" stroke-opacity="{look.opacity}"{dash}'
    )


def _uri(drawn: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"
