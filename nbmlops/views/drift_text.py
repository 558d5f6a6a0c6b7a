"""A drift report as plain text, for terminals and for `text/plain`."""

from __future__ import annotations

from collections.abc import Sequence

from nbmlops.drift.records import Shape
from nbmlops.views.drift_lines import Line, Lines
from nbmlops.views.escaping import clip
from nbmlops.views.harm_lines import HarmLines
from nbmlops.views.looks import STATE_LOOKS
from nbmlops.views.segment_lines import SegmentLines
from nbmlops.views.strip_text import strips_text

__all__ = ["blocks_of", "text_of"]

_BLOCKS = " ▁▂▃▄▅▆▇█"
CELLS = 8
CALM_SHOWN = 12
MOVES = 7  # the place of the first column of effects


def text_of(lines: Lines, width: int = 100) -> str:
    """The report as text of at most `width` characters a line."""
    look = STATE_LOOKS[lines.state]
    said = _hanging(f"{look.mark} {lines.verdict}", width)
    said += _hanging(f"  {lines.reference} → {lines.current}", width)
    said += _hanging(f"  {' · '.join(lines.facts)}", width)
    if lines.together is not None:
        mark, told = STATE_LOOKS[lines.together[0]].mark, _wrapped(lines.together[1], width)
        said += ["", f"{mark} {told[0].lstrip()}", *told[1:]]
    if lines.harm is not None:
        said += ["", *_harm(lines.harm, width)]
    if lines.segments is not None:
        said += ["", *_segments(lines.segments, width)]
    if lines.moved:
        said += ["", *_grid(lines.moved, width)]
    if lines.more_moved:
        said.append(f"  +{lines.more_moved:,} more columns")
    if lines.over_time is not None:
        said += ["", *strips_text(lines.over_time, width)]
    if lines.calm or lines.more_calm:
        names = ", ".join(line.name for line in lines.calm[:CALM_SHOWN])
        more = len(lines.calm) + lines.more_calm - CALM_SHOWN
        names += f" and {more:,} more" if more > 0 else ""
        said += ["", *_hanging(f"○ {lines.calm_title}", width), *_wrapped(names, width)]
    if lines.untested:
        said.append("")
        for name, reason in lines.untested[:CALM_SHOWN]:
            said += _hanging(f"– {name}: {reason}", width)
        if len(lines.untested) > CALM_SHOWN:
            said.append(f"– and {len(lines.untested) - CALM_SHOWN:,} more")
    for note in lines.notes:
        said += _hanging(f"! {note}", width)
    return "\n".join(line[:width].rstrip() if width else line for line in said)


def _hanging(text: str, width: int) -> list[str]:
    """A sentence with its mark, in lines that are all read to their ends."""
    from textwrap import wrap

    return wrap(text, width, subsequent_indent="  ") if width else [text]


def _harm(harm: HarmLines, width: int) -> list[str]:
    from textwrap import wrap

    mark = STATE_LOOKS[harm.state].mark
    room = max(width - 2, 20)
    said = [f"{mark if not place else ' '} {line}" for place, line in
            enumerate(wrap(harm.sentence, room))]  # fmt: skip
    rows = [("", "reference", "current (95 %)", "change (95 %)"), *harm.rows]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [text.ljust(wide) for text, wide in zip(row, widths, strict=True)]
        said.append(f"  {'  '.join(cells)}".rstrip())
    for each in harm.limits:
        said += _wrapped(each, width)
    return said


def _segments(lines: SegmentLines, width: int) -> list[str]:
    """The slices, each with what moved there on lines of its own, so that all of it is read."""
    said = _hanging(f"{STATE_LOOKS[lines.state].mark} {lines.sentence}", width)
    for name, share, inside, elsewhere, p_value in lines.rows:
        if name:
            said += _wrapped(f"{name} ({share} of the rows)", width)
        p_is = f"p {p_value}" if p_value.startswith("<") else f"p = {p_value}"
        said += [f"  {line}" for line in _wrapped(f"{inside}; elsewhere {elsewhere}; {p_is}",
                                                  width - 2)]  # fmt: skip
    return said + _wrapped(lines.how, width)


def _wrapped(text: str, width: int) -> list[str]:
    from textwrap import wrap

    return [f"  {line}" for line in wrap(text, max(width - 2, 20))]


def _grid(rows: Sequence[Line], width: int) -> list[str]:
    heads: tuple[str, ...] = (
        "",
        "column",
        "reference",
        "current",
        "what changed",
        "effect",
        "p",
        "performance",
        "mean",
        "× importance",
    )
    cells: list[tuple[str, ...]] = [heads, *map(_cells, rows)]
    # What a column does to the model, where that is known.
    shown = [place for place in range(len(heads))
             if place < MOVES or any(row[place] for row in cells[1:])]  # fmt: skip
    cells = [tuple(row[place] for place in shown) for row in cells]
    heads = cells[0]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    fixed = sum(widths) - widths[1] - widths[4] + 2 * (len(heads) - 1)
    room = max(width - fixed, 24)
    widths[1] = min(widths[1], max(room // 3, 12))
    widths[4] = min(widths[4], max(room - widths[1], 12))
    said = []
    for row in cells:
        parts = [
            clip(text, wide).rjust(wide) if place >= 5 else clip(text, wide).ljust(wide)
            for place, (text, wide) in enumerate(zip(row, widths, strict=True))
        ]
        said.append("  ".join(parts).rstrip())
    said.insert(1, "─" * min(max(map(len, said)), width))
    return said


def _cells(line: Line) -> tuple[str, ...]:
    first, second = blocks_of(line.shape)
    mark = STATE_LOOKS[line.state].mark
    told = (text.partition(" ")[0] for text in (line.harms, line.moves, line.weighs))
    return (mark, line.name, first, second, line.change, line.effect, line.p_value, *told)


def blocks_of(shape: Shape | None) -> tuple[str, str]:
    """Both distributions as block characters.

    >>> blocks_of(Shape((0.5, 0.5), (0.0, 1.0), levels=("a", "b")))
    ('▄▄', ' █')
    """
    if shape is None:
        return "", ""
    top = max([*shape.reference, *shape.current, 1e-12])
    if shape.levels:
        count, gathered = len(shape.levels), (shape.reference, shape.current)
    else:
        count = min(CELLS, len(shape.reference))
        gathered = (_fewer(shape.reference, count), _fewer(shape.current, count))
        top = max([*gathered[0], *gathered[1], 1e-12])
    del count
    return _blocks(gathered[0], top), _blocks(gathered[1], top)


def _fewer(shares: Sequence[float], count: int) -> tuple[float, ...]:
    sums = [0.0] * count
    for place, share in enumerate(shares):
        sums[place * count // len(shares)] += share
    return tuple(sums)


def _blocks(shares: Sequence[float], top: float) -> str:
    # What is there at all is seen.
    return "".join(_BLOCKS[max(round(8 * share / top), 1) if share > 0 else 0] for share in shares)
