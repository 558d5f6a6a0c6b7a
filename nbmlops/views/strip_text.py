"""The strips of a drift report as plain text."""

from __future__ import annotations

from textwrap import wrap

from nbmlops.views.escaping import clip
from nbmlops.views.strip_chart import strip_blocks
from nbmlops.views.strip_lines import StripLines

__all__ = ["strips_text"]

NAMES, CALM_SHOWN = 24, 12


def strips_text(found: StripLines, width: int = 100) -> list[str]:
    """Lines of at most `width` characters: a sentence, then a strip for each column that moved."""
    mark = "●" if found.is_drifted else "○"
    room = max(width - 2, 20) if width else 10_000
    said = [f"{mark if not place else ' '} {line}" for place, line in
            enumerate(wrap(found.sentence, room))]  # fmt: skip
    said += [f"  {line}" for line in wrap(found.title, room)]
    wide = min(max((len(line.name) for line in found.moved), default=0), NAMES)
    cells = min(max((len(line.cells) for line in found.moved), default=0), 40, room - wide - 12)
    for line in found.moved:
        strip = strip_blocks(line.cells, max(cells, 8))
        said.append(f"  {clip(line.name, wide).ljust(wide)}  │{strip}│  {line.count}  {line.told}")
    if found.more_moved:
        said.append(f"  +{found.more_moved:,} more")
    return said
