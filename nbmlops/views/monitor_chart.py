"""Evidence over the looks in small: an SVG data URI, readable in any theme and in grey.

A line over a pale area, a dashed line where an alarm is raised, and a dot where it was: the alarm
is told by form before it is told by color.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import pairwise

from nbmlops.views.palette import BLUE, GRAY, RED

__all__ = ["HEIGHT", "WIDTH", "evidence_blocks", "evidence_picture"]

WIDTH, HEIGHT = 240, 34
_TOP, _FLOOR, _HIGHEST = 4, 31, 1.5
_BLOCKS = "▁▂▃▄▅▆▇█"


def evidence_picture(heights: Sequence[float], alarm: int | None) -> str:
    """The picture of one strip; 1 is the height of the alarm."""
    step = WIDTH / max(len(heights) - 1, 1)
    points = [(round(place * step), _y(each)) for place, each in enumerate(heights)]
    if len(points) == 1:
        points.append((WIDTH, points[0][1]))
    drawn = (
        f'<path d="M0 {_FLOOR}h{WIDTH}" stroke="{GRAY.mark}" stroke-width=".5"/>'
        f'<path d="M0 {_y(1.0)}h{WIDTH}" stroke="{GRAY.mark}" stroke-dasharray="4 3"/>'
    )
    look = 'fill="none" stroke-width="1.6"'
    line = _path(points)
    if any(y != _FLOOR for _, y in points):
        drawn += f'<path d="{line}V{_FLOOR}H0z" fill="{GRAY.mark}40"/>'
    drawn += f'<path d="{line}" stroke="{BLUE.mark}" {look}/>' if points else ""
    if alarm is not None:
        if after := _path(points[alarm:]):
            drawn += f'<path d="{after}" stroke="{RED.mark}" {look}/>'
        x, y = points[min(alarm, len(points) - 1)]
        drawn += f'<circle cx="{min(max(x, 4), WIDTH - 4)}" cy="{y}" r="3.4" fill="{RED.mark}"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{drawn}</svg>'
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _path(points: Sequence[tuple[int, int]]) -> str:
    """A line through the points, each relative to the one before; what is level is one stretch."""
    if not points:
        return ""
    parts = [f"M{points[0][0]} {points[0][1]}"]
    last = points[0]
    for place, (x, y) in enumerate(points[1:], 1):
        goes_on = place + 1 < len(points) and points[place + 1][1] == y
        if y == last[1]:
            if not goes_on:
                parts.append(f"H{x}")
                last = x, y
        else:
            parts.append(f"l{x - last[0]} {y - last[1]}")
            last = x, y
    return "".join(parts)


def _y(height: float) -> int:
    return round(_FLOOR - (_FLOOR - _TOP) * min(height, _HIGHEST) / _HIGHEST)


def evidence_blocks(heights: Sequence[float], most: int = 40) -> str:
    """A strip as characters, full where an alarm is due.

    >>> evidence_blocks([0.0, 0.5, 1.2])
    '▁▄█'
    """
    shown = list(heights)
    if len(shown) > most:
        edges = [round(place * len(shown) / most) for place in range(most + 1)]
        shown = [max(shown[start:end]) for start, end in pairwise(edges)]
    return "".join(_BLOCKS[7 if each >= 1 else min(int(each * 7), 6)] for each in shown)
