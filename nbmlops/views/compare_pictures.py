"""The pictures of compared runs side by side, where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from nbmlops.comparison.records import Comparison, FigureRow
from nbmlops.views.escaping import html
from nbmlops.views.pictures import Picture, picture_of

__all__ = ["INLINE_PICTURES", "PAGE_PICTURES", "PictureRoom", "SideBySide", "side_by_side"]


@dataclass(frozen=True, slots=True)
class PictureRoom:
    """How many pictures are shown, of how many runs, and how wide."""

    rows: int
    runs: int
    width: int


INLINE_PICTURES = PictureRoom(rows=2, runs=4, width=220)
PAGE_PICTURES = PictureRoom(rows=12, runs=6, width=320)


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One picture as it is in each of some runs; `more` says what is not shown."""

    name: str
    entries: tuple[tuple[int, Picture | None], ...]  # the run's place; None is the same as before
    more: str = ""

    def html(self, letters: Sequence[tuple[str, str]]) -> str:
        """The row; `letters` are letter and name of each run."""
        muted = "opacity:.68"
        cells = []
        for place, picture in self.entries:
            letter, name = letters[place]
            said = f'<span style="{muted}">{letter}</span> {escape(name)}'
            if picture is None:
                shown = f'<div style="{muted}">the same picture as A</div>'
            else:
                height = f' height="{picture.height}"' if picture.height else ""
                shown = (
                    f'<img src="{picture.address}" alt="{html(self.name)} of {escape(name)}" '
                    f'width="{picture.width}"{height} style="display:block;max-width:100%;'
                    'background:#fff;border-radius:4px">'
                )
            cells.append(f'<div style="margin:2px 16px 8px 0">{said}{shown}</div>')
        more = f'<div style="{muted}">{escape(self.more)}</div>' if self.more else ""
        return (
            f'<div style="margin:10px 0 0;font-size:12px"><div style="font-weight:600">'
            f'{html(self.name, 60)}</div><div style="display:flex;flex-wrap:wrap;'
            f'align-items:flex-start">{"".join(cells)}</div>{more}</div>'
        )


def side_by_side(comparison: Comparison, room: PictureRoom) -> list[SideBySide]:
    """The pictures that differ, as far as there is room and their bytes are at hand."""
    rows = [row for row in comparison.figures if row.differs][: room.rows]
    made = (_row(comparison, row, room) for row in rows)
    return [each for each in made if each is not None]


def _row(comparison: Comparison, row: FigureRow, room: PictureRoom) -> SideBySide | None:
    load = comparison._load_bytes
    if load is None:
        return None
    have = [(at, run.id) for at, run in enumerate(comparison.runs) if run.id in row.figures]
    first = row.figures[have[0][1]].digest if have[0][0] == 0 else ""
    entries: list[tuple[int, Picture | None]] = []
    for at, run in have[: room.runs]:
        artifact = row.figures[run]
        if at and artifact.digest == first:
            entries.append((at, None))
        elif (picture := picture_of(load, artifact, room.width)) is not None:
            entries.append((at, picture))
    hidden = len(have) - room.runs
    return SideBySide(row.name, tuple(entries), f"+{hidden} more runs" if hidden > 0 else "")
