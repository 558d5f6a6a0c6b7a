"""A strip of chunks in small: an SVG data URI, readable in any theme and in grey.

A bar is as high as the effect. Without drift it is pale; where it drifted it is strong and has a
mark above it, so that neither color nor shade speaks alone.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import pairwise

from nbmlops.views.palette import AMBER, GRAY, RED
from nbmlops.views.strip_lines import CellMark

__all__ = ["HEIGHT", "WIDTH", "strip_blocks", "strip_picture", "width_of"]

WIDTH, HEIGHT = 240, 26
_TOP = 6  # room for the dots
_BLOCKS = "▁▂▃▄▅▆▇█"


def strip_picture(cells: Sequence[CellMark]) -> str:
    """The picture of a strip."""
    step = 4  # of the drawing, which is stretched to the width
    bars = {state: _bars(cells, state, step) for state in ("none", "untested", "tiny", "drifted")}
    looks = {
        "none": f'stroke="{GRAY.mark}6b" stroke-width="3"',
        "untested": f'stroke="{GRAY.mark}6b" stroke-width=".6"',
        "tiny": f'stroke="{AMBER.mark}" stroke-width="3"',
        "drifted": f'stroke="{RED.mark}" stroke-width="3"',
    }
    drawn = "".join(f'<path d="{bars[state]}" {look}/>' for state, look in looks.items()
                    if bars[state])  # fmt: skip
    places = [place for place, cell in enumerate(cells) if cell.state == "drifted"]
    dots = "".join(f"M{step * place + 0.5:g} 2h3" for place in places)
    wide = step * max(len(cells), 1)
    drawn += f'<path d="{dots}" stroke="{RED.mark}" stroke-width="3"/>' if dots else ""
    floor = _floor(cells, step)
    drawn += f'<path d="{floor}" stroke="{GRAY.mark}" stroke-width=".5"/>'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {HEIGHT}" '
        f'preserveAspectRatio="none">{drawn}</svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def width_of(count: int) -> int:
    """How wide a strip of so many cells is shown, so that few cells stay bars."""
    return min(max(count * 14, 28), WIDTH)


def _floor(cells: Sequence[CellMark], step: int) -> str:
    """A line under the chunks that have rows."""
    parts, start = [], None
    for place, state in enumerate([*(cell.state for cell in cells), "empty"]):
        if state != "empty":
            start = place if start is None else start
        elif start is not None:
            parts.append(f"M{step * start} {HEIGHT - 0.5}h{step * (place - start)}")
            start = None
    return "".join(parts)


def _bars(cells: Sequence[CellMark], state: str, step: int) -> str:
    """Strokes, each relative to the one before: half of the bytes."""
    base, parts, x, y = HEIGHT - 1, [], 0, 0
    for place, cell in enumerate(cells):
        if cell.state != state:
            continue
        high = max(round((base - _TOP) * cell.height), 1)
        left = step * place + step // 2
        parts.append(f"m{left - x} {base - y}v-{high}")
        x, y = left, base - high
    return "".join(parts)


def strip_blocks(cells: Sequence[CellMark], most: int = 40) -> str:
    """A strip as characters: blocks where it drifted, points where it did not.

    >>> strip_blocks([CellMark("none", 0.1), CellMark("empty", 0), CellMark("drifted", 1.0)])
    '· █'
    """
    if len(cells) > most:
        edges = [round(place * len(cells) / most) for place in range(most + 1)]
        order = ("drifted", "tiny", "none", "untested", "empty")
        cells = [
            min(cells[start:end], key=lambda one: (order.index(one.state), -one.height))
            for start, end in pairwise(edges)
        ]
    signs = {"none": "·", "untested": "–", "empty": " ", "tiny": "◦"}
    return "".join(signs.get(cell.state) or _BLOCKS[min(int(cell.height * 8), 7)] for cell in cells)
