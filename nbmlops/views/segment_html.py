"""The slices of a drift report as static HTML, like the report around them."""

from __future__ import annotations

from html import escape

from nbmlops.views.looks import STATE_LOOKS
from nbmlops.views.segment_lines import SegmentLines

__all__ = ["segments_html"]

_MUTED = "opacity:.68"
_CLEAR = "background:#0000"
_CELL = "padding:3px 16px 3px 0;text-align:left;vertical-align:top"
HEADS = ("slice", "share of rows", "what moved there", "elsewhere", "p")


def segments_html(lines: SegmentLines | None) -> str:
    """The sentence, a row for each move of each slice, and how they were looked for."""
    if lines is None:
        return ""
    look = STATE_LOOKS[lines.state]
    sentence = (
        f'<div style="margin:10px 0 0;font-size:14px"><span style="color:{look.tone.text}">'
        f"{look.mark}</span> <b>{escape(lines.sentence)}</b></div>"
    )
    how = f'<div style="max-width:740px;font-size:11.5px;{_MUTED}">{escape(lines.how)}</div>'
    if not lines.rows:
        return sentence + how
    heads = "".join(
        f'<th scope="col" style="{_CELL};font-weight:400;{_MUTED}">{title}</th>' for title in HEADS
    )
    body = "".join(_row(row) for row in lines.rows)
    return (
        f'{sentence}<div style="margin:2px 0 0;overflow-x:auto"><table style="margin:0;'
        'font-size:12.5px;border-collapse:collapse;font-variant-numeric:tabular-nums">'
        f'<thead style="border:0"><tr style="{_CLEAR}">{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{how}"
    )


def _row(row: tuple[str, str, str, str, str]) -> str:
    line = ";border-top:1px solid #8884" if row[0] else ""
    cells = "".join(
        f'<td style="{_CELL}"{" nowrap" if place else ""}>'
        f"{f'<b>{escape(text)}</b>' if not place and text else escape(text)}</td>"
        for place, text in enumerate(row)
    )
    return f'<tr style="{_CLEAR}{line}">{cells}</tr>'
