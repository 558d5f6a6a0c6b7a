"""A metric's course as a tiny picture: an SVG data URI, because inline SVG survives few viewers."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from itertools import pairwise

from nbmlops.views.palette import BLUE

__all__ = [
    "HEIGHT",
    "WIDTH",
    "blocks",
    "blocks_together",
    "data_uri",
    "half_span",
    "segments",
    "svg",
]

WIDTH, HEIGHT = 84, 22
_MARGIN = 3.0
_BLOCKS = "▁▂▃▄▅▆▇█"
# The step of a number of 32 bits: what moves by less of its size is noise of computing.
_NOISE = 2.0**-23


def segments(
    values: Sequence[float],
    width: float = WIDTH,
    height: float = HEIGHT,
    margin: float = _MARGIN,
    floor: float | None = None,
) -> list[list[tuple[float, float]]]:
    """The values as polylines in a box of this size; a value that is not finite breaks the line.

    The lowest value stands at the bottom, or `floor` where that is lower.

    >>> segments([0.0, 1.0, float("nan"), 0.5], 30, 10, 0)
    [[(0.0, 10.0), (10.0, 0.0)], [(30.0, 5.0)]]
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return []
    low, high = min([*finite, *_given(floor)]), max(finite)
    span = half_span(low, high)
    step = (width - 2 * margin) / max(len(values) - 1, 1)
    lines: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if math.isfinite(value):
            share = (value / 2 - low / 2) / span if span else 0.5
            y = margin + (1 - share) * (height - 2 * margin)
            lines[-1].append((margin + index * step, y))
        elif lines[-1]:
            lines.append([])
    return [line for line in lines if line]


def half_span(low: float, high: float) -> float:
    """Half of what lies between them, so that the extremes of floats do not overflow; 0 for noise.

    >>> half_span(0.55070414, 0.55070416)
    0.0
    """
    span = high / 2 - low / 2
    return span if span > _NOISE * max(abs(low), abs(high)) / 2 else 0.0


def _given(floor: float | None) -> Sequence[float]:
    return () if floor is None else (floor,)


def svg(values: Sequence[float], color: str = BLUE.mark, floor: float | None = None) -> str:
    """The SVG of a sparkline with a dot at its last value; '' where nothing can be drawn."""
    lines = segments(values, floor=floor)
    if not lines:
        return ""
    # Whole half-pixels, relative to each other: a third of the bytes of decimal coordinates.
    dots = [[(round(x * 2), round(y * 2)) for x, y in line] for line in lines]
    paths = "".join(_path(line) for line in dots)
    area = "".join(_path(line) + f"V{2 * HEIGHT}H{line[0][0]}z" for line in dots)
    x, y = dots[-1][-1]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {2 * HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" fill="none">'
        f'<path d="{area}" fill="{color}" fill-opacity=".14"/>'
        f'<path d="{paths}" stroke="{color}" stroke-width="3.2" stroke-linecap="round" '
        f'stroke-linejoin="round"/><circle cx="{x}" cy="{y}" r="5" fill="{color}"/></svg>'
    )


def _path(line: Sequence[tuple[int, int]]) -> str:
    moves = (f"{x - before_x} {y - before_y}" for (before_x, before_y), (x, y) in pairwise(line))
    # A lone point is a line to itself, which a round cap shows as a dot.
    return f"M{line[0][0]} {line[0][1]}l" + (" ".join(moves) or "0 0")


def data_uri(values: Sequence[float], floor: float | None = None) -> str:
    """The sparkline as the `src` of an image, or ''."""
    drawn = svg(values, floor=floor)
    encoded = base64.b64encode(drawn.encode()).decode()
    return f"data:image/svg+xml;base64,{encoded}" if drawn else ""


def blocks(values: Sequence[float], width: int = 16, floor: float | None = None) -> str:
    """The sparkline as characters, for text; a value that is not finite is a gap.

    >>> blocks([0.0, 1.0, 2.0, 3.0, float("nan"), 7.0])
    '▁▂▃▄ █'
    """
    return blocks_together([values], width, floor)[0]


def blocks_together(
    rows: Sequence[Sequence[float]], width: int = 16, floor: float | None = None
) -> list[str]:
    """Several sparklines as characters, on one scale; '' for a row without a finite value.

    >>> blocks_together([[0.0, 7.0], [3.0, 4.0], []])
    ['▁█', '▄▅', '']
    """
    kept = [_kept(values, width) for values in rows]
    finite = [value for values in kept for value in values if math.isfinite(value)]
    if not finite:
        return [""] * len(kept)
    low = min([*finite, *_given(floor)])
    span = half_span(low, max(finite))
    drawn = (
        "".join(
            (_BLOCKS[round((value / 2 - low / 2) / span * 7)] if span else _BLOCKS[3])
            if math.isfinite(value)
            else " "
            for value in values
        )
        for values in kept
    )
    return [row if row.strip() else "" for row in drawn]


def _kept(values: Sequence[float], width: int) -> list[float]:
    """The last value of each stretch."""
    count = min(width, len(values))
    return [values[(index + 1) * len(values) // count - 1] for index in range(count)]
