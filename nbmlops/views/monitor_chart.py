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
    points = [(round(place * step, 1), _y(each)) for place, each in enumerate(heights)]
    if len(points) == 1:
        points.append((float(WIDTH), points[0][1]))
    threshold = _y(1.0)
    drawn = (
        f'<path d="M0 {_FLOOR}h{WIDTH}" stroke="{GRAY.mark}" stroke-width=".5"/>'
        f'<path d="M0 {threshold}h{WIDTH}" stroke="{GRAY.mark}" stroke-dasharray="4 3"/>'
    )
    if points:
        line = "L".join(f"{x:g} {y:g}" for x, y in points)
        end = f"{points[-1][0]:g} {_FLOOR}L{points[0][0]:g} {_FLOOR}z"
        look = 'fill="none" stroke-width="1.6"'
        drawn += (
            f'<path d="M{line}L{end}" fill="{GRAY.mark}40"/>'
            f'<path d="M{line}" stroke="{BLUE.mark}" {look}/>'
        )
        if alarm is not None and len(points) > alarm + 1:
            after = "L".join(f"{x:g} {y:g}" for x, y in points[alarm:])
            drawn += f'<path d="M{after}" stroke="{RED.mark}" {look}/>'
    if alarm is not None:
        x, y = points[min(alarm, len(points) - 1)]
        drawn += (
            f'<circle cx="{min(max(x, 4), WIDTH - 4):g}" cy="{y:g}" r="3.4" fill="{RED.mark}"/>'
        )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{drawn}</svg>'
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _y(height: float) -> float:
    return round(_FLOOR - (_FLOOR - _TOP) * min(height, _HIGHEST) / _HIGHEST, 1)


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
