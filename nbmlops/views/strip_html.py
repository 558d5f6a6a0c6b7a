"""The strips of a drift report as static HTML, with the means that `drift_html` has."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nbmlops.views.palette import GREEN, RED
from nbmlops.views.strip_chart import HEIGHT, strip_picture, width_of
from nbmlops.views.strip_lines import StripLine, StripLines

__all__ = ["strips_html", "strips_table"]

_MUTED = "opacity:.68"
_CELL = "padding:3px 14px 3px 0;text-align:left"


def strips_html(found: StripLines | None, *, is_page: bool = False) -> str:
    """A sentence and a table of the columns that drifted in any chunk; the others folded."""
    if found is None:
        return ""
    tone, mark = (RED, "●") if found.is_drifted else (GREEN, "○")
    head = (
        f'<div style="margin:12px 0 0;font-size:14px"><span style="color:{tone.text}">{mark}'
        f'</span> <b style="font-weight:600">{escape(found.sentence)}</b></div>'
        f'<div style="font-size:12px;{_MUTED}">{escape(found.title)}</div>'
    )
    moved = strips_table(found.moved, found.first, found.last) if found.moved else ""
    if found.more_moved:
        moved += f'<div style="font-size:12px;{_MUTED}">+{found.more_moved:,} more strips</div>'
    calm = ""
    if found.calm:
        count = len(found.calm) + found.more_calm
        title = f"{count:,} strip{'' if count == 1 else 's'} without drift"
        is_open = is_page or (not found.moved and count <= 3)
        if found.more_calm:
            title += f", {len(found.calm):,} of them shown"
        calm = (
            f'<details{" open" if is_open else ""} style="margin:4px 0 0">'
            f'<summary style="cursor:pointer;font-size:12px;{_MUTED}">{title}</summary>'
            f"{strips_table(found.calm, found.first, found.last)}</details>"
        )
    return head + moved + calm


def strips_table(rows: Sequence[StripLine], first: str, last: str) -> str:
    """The strips under each other, with what the first and the last cell are."""
    ends = (
        f'<span style="float:right">{escape(last)}</span>{escape(first)}'
        if first != last
        else escape(first)
    )
    body = "".join(
        '<tr style="background:#0000">'
        f'<td style="{_CELL}" nowrap><b style="font-weight:600">{escape(line.name)}</b></td>'
        f'<td style="{_CELL}"><img src="{strip_picture(line.cells)}" alt="{escape(line.count)}" '
        f'width="{width_of(len(line.cells))}" height="{HEIGHT}" '
        'style="max-width:none;vertical-align:middle"></td>'
        f'<td style="{_CELL}" nowrap>{line.count}</td>'
        f'<td style="{_CELL}"><small>{escape(line.told)}</small></td></tr>'
        for line in rows
    )
    return (
        '<div style="margin:4px 0 0;overflow-x:auto"><table style="margin:0;font-size:12.5px;'
        'border-collapse:collapse;font-variant-numeric:tabular-nums"><thead style="border:0">'
        f'<tr style="background:#0000"><th></th><th scope="col" style="{_CELL};font-weight:400;'
        f'font-size:11px;{_MUTED}">{ends}</th>'
        f'<th scope="col" style="{_CELL};font-weight:400;{_MUTED}" nowrap>drifted in</th>'
        f"<th></th></tr></thead><tbody>{body}</tbody></table></div>"
    )
