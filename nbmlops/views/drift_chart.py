"""Two distributions over each other in small: an SVG data URI, readable in any theme and in grey.

The reference is a pale area or broad bar, the current data a strong line or narrow bar: they are
told apart by form and lightness, and by color only after that.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from nbmlops.drift.records import Shape
from nbmlops.views.palette import BLUE, GRAY

__all__ = ["HEIGHT", "WIDTH", "picture", "swatch"]

WIDTH, HEIGHT = 132, 30
_PALE = f'fill="{GRAY.mark}6b"'
_STRONG = f'fill="none" stroke="{BLUE.mark}" stroke-width="2"'


def picture(shape: Shape) -> str:
    """The picture of both sides."""
    drawn = _bars(shape) if shape.levels else _areas(shape)
    return _uri(drawn, WIDTH, HEIGHT)


def swatch(side: str) -> str:
    """A sample of a side's look, for the legend."""
    if side == "reference":
        return _uri(f'<path d="M0 2h22v10H0z" {_PALE}/>', 22, 12)
    return _uri(f'<path d="M0 9h7V3h8v6h7" {_STRONG}/>', 22, 12)


def _areas(shape: Shape) -> str:
    top = max([*shape.reference, *shape.current, 1e-12])
    # A constant column is one spike; the other side must stay visible beside it.
    first = _outline(shape.reference, top)
    second = _outline(shape.current, top)
    return f'<path d="{first}z" {_PALE}/><path d="{second}" {_STRONG}/>'


def _outline(shares: Sequence[float], top: float) -> str:
    """Steps, each relative to the one before: half of the bytes."""
    base, room = HEIGHT - 1, HEIGHT - 4
    parts, last, left = [f"M0 {base}"], base, 0
    for place, share in enumerate(shares):
        level = base - round(room * share / top)
        if level != last:
            start = round(WIDTH * place / len(shares))
            parts.append(f"h{start - left}" if start > left else "")
            parts.append(f"v{level - last}")
            last, left = level, start
    parts.append(f"H{WIDTH}V{base}")
    return "".join(parts)


def _bars(shape: Shape) -> str:
    top = max([*shape.reference, *shape.current, 1e-12])
    count = len(shape.reference)
    step = min(WIDTH / count, 30)
    broad = max(step * 0.78, 2)
    pale, strong = [], []
    base, room = HEIGHT - 1, HEIGHT - 3
    for place, (before, now) in enumerate(zip(shape.reference, shape.current, strict=True)):
        left = place * step
        if height := round(room * before / top):
            pale.append(f"M{left:.0f} {base}v-{height}h{broad:.0f}v{height}z")
        height = round(room * now / top)
        middle = left + broad / 2
        slim = max(broad * 0.34, 1.6)
        if height:
            strong.append(f"M{middle - slim / 2:.1f} {base}v-{height}h{slim:.1f}v{height}z")
    return f'<path d="{"".join(pale)}" {_PALE}/><path d="{"".join(strong)}" fill="{BLUE.mark}"/>'


def _uri(drawn: str, width: int, height: int) -> str:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{drawn}</svg>'
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
