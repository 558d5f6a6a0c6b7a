"""A drift report as static HTML: it must read in a saved, untrusted notebook, as the card does.

Only tables, style attributes, details and data-URI images; see `card` for why. Styles stand on as
few elements as possible, for a report of 30 columns stays below 50 KB.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nbmlops.views.card import CLASSES, SANS
from nbmlops.views.drift_chart import HEIGHT, WIDTH, picture, swatch
from nbmlops.views.drift_lines import Line, Lines
from nbmlops.views.harm_lines import HarmLines
from nbmlops.views.looks import STATE_LOOKS
from nbmlops.views.page import page
from nbmlops.views.palette import HAIRLINE
from nbmlops.views.segment_html import segments_html
from nbmlops.views.strip_html import strips_html

__all__ = ["drift_html", "drift_page"]

_MUTED = "opacity:.68"
_CLEAR = "background:#0000"
_LINE = "border-top:1px solid #8884"


def drift_html(lines: Lines) -> str:
    """The report: what moved in a table, the rest folded."""
    parts = [
        _head(lines),
        _legend(lines),
        _together(lines.together),
        _harm(lines.harm),
        segments_html(lines.segments),
        _table(lines.moved, lines.more_moved, _moves_titles(lines)),
        strips_html(lines.over_time, is_page=lines.is_page),
        _calm(lines),
        _untested(lines),
        _notes(lines.notes),
    ]
    return (
        f'<div class="{CLASSES}" style="font-family:{SANS};font-size:13px;line-height:1.45;'
        f"color:inherit;max-width:960px;margin:4px 0;padding:12px 16px;"
        f'border:1px solid {HAIRLINE};border-radius:8px">{"".join(parts)}</div>'
    )


def drift_page(lines: Lines) -> str:
    """The report as a file of its own, light or dark as the reader's system is."""
    return page(lines.verdict, drift_html(lines))


def _head(lines: Lines) -> str:
    look = STATE_LOOKS[lines.state]
    return (
        f'<div style="font-size:15px"><span style="color:{look.tone.text}">{look.mark}</span> '
        f'<b style="font-weight:600">{escape(lines.verdict)}</b></div>'
    )


def _legend(lines: Lines) -> str:
    sides = "".join(
        f'<span style="margin-right:16px;white-space:nowrap"><img src="{swatch(side)}" alt="" '
        f'width="22" height="12" style="vertical-align:-1px"> {escape(text)}</span> '
        for side, text in (("reference", lines.reference), ("current", lines.current))
    )
    facts = " · ".join(map(escape, lines.facts))
    return (
        f'<div style="margin:4px 0 0;font-size:12px">{sides}'
        f'<span style="{_MUTED}">{facts}</span></div>'
    )


def _together(said: tuple[str, str] | None) -> str:
    if said is None:
        return ""
    look = STATE_LOOKS[said[0]]
    return (
        f'<div style="margin:8px 0 0;font-size:13px"><span style="color:{look.tone.text}">'
        f"{look.mark}</span> {escape(said[1])}</div>"
    )


def _harm(harm: HarmLines | None) -> str:
    """The performance: a sentence, its numbers, and what they cannot see."""
    if harm is None:
        return ""
    look = STATE_LOOKS[harm.state]
    heads = "".join(
        f'<th scope="col" style="{_SMALL};font-weight:400;{_MUTED}">{title}</th>'
        for title in ("", "reference", "current (95 %)", "change (95 %)")
    )
    body = "".join(
        f'<tr style="{_CLEAR}">'
        + "".join(f'<td style="{_SMALL}" nowrap>{escape(cell)}</td>' for cell in row)
        + "</tr>"
        for row in harm.rows
    )
    limits = "".join(
        f'<div style="max-width:740px;font-size:11.5px;{_MUTED}">{escape(each)}</div>'
        for each in harm.limits
    )
    return (
        f'<div style="margin:10px 0 0;font-size:14px"><span style="color:{look.tone.text}">'
        f"{look.mark}</span> <b>{escape(harm.sentence)}</b></div>"
        '<div style="margin:2px 0 0;overflow-x:auto"><table style="margin:0;font-size:12px;'
        'border-collapse:collapse;font-variant-numeric:tabular-nums"><thead style="border:0">'
        f'<tr style="{_CLEAR}">{heads}</tr></thead><tbody>{body}</tbody></table></div>{limits}'
    )


def _moves_titles(lines: Lines) -> tuple[str, str, str]:
    """The headings of the effects on the performance and on the mean prediction, or of drift times
    importance, as there are.
    """
    if lines.harm is None:
        return "", "", ""
    harms = any(line.harms for line in lines.moved)
    moves = any(line.moves for line in lines.moved)
    return (
        f"changes the {lines.harm.metric} by" if harms else "",
        f"moves the mean {lines.harm.output} by" if moves else "",
        "drift × importance" if any(line.weighs for line in lines.moved) else "",
    )


def _table(rows: Sequence[Line], more: int, titles: tuple[str, str, str] = ("", "", "")) -> str:
    if not rows:
        return ""
    heads = "".join(
        f'<th scope="col" style="padding:2px 14px 2px 0;text-align:{side};font-weight:400;{_MUTED}"'
        f"{hint}>{title}</th>"
        for place, (title, side, hint) in enumerate(
            (
                ("column", "left;min-width:84px", ""),
                ("", "left", ""),
                ("what changed", "left;width:50%;min-width:110px", ""),
                *((escape(title), "left;max-width:110px", "") for title in titles),
                ("effect, p", "left", ' title="p is corrected for all tests of the report"'),
            )
        )
        if title or place not in MOVES
    )
    body = "".join(_row(row, titles) for row in rows)
    rest = f'<div style="font-size:12px;{_MUTED}">+{more:,} more columns</div>' if more else ""
    return (
        '<div style="margin:8px 0 0;overflow-x:auto"><table style="margin:0;max-width:860px;'
        'border-collapse:collapse;font-size:12.5px;font-variant-numeric:tabular-nums">'
        f'<thead style="border:0"><tr style="{_CLEAR}">{heads}</tr></thead>'
        f'<tbody style="{_BREAKS}">{body}</tbody></table></div>{rest}'
    )


MOVES = (3, 4, 5)  # the places of columns that only a report with a model has
_SMALL = "padding:1px 14px 1px 0;text-align:left"
_BREAKS = "overflow-wrap:anywhere"  # a name without a space is no reason to scroll
_CELL = "padding:4px 14px 4px 0;vertical-align:top;text-align:left"


def _row(line: Line, titles: tuple[str, str, str]) -> str:
    look = STATE_LOOKS[line.state]
    role = f"{line.role} · " if line.role != "feature" else ""
    name = (
        f'<span style="color:{look.tone.mark}">{look.mark}</span>&nbsp;'
        f"<b>{escape(line.name)}</b>"
        f'<br><small style="{_MUTED}">{role}{line.kind} · {look.word}</small>'
    )
    image = (
        f'<img src="{picture(line.shape)}" alt="" width="{WIDTH}" '
        f'height="{HEIGHT}" style="max-width:none">'
        if line.shape is not None
        else ""
    )
    told = f"p {line.p_value}" if line.p_value.startswith("<") else f"p = {line.p_value}"
    effect = ""
    if line.effect:
        small = f'<small style="{_MUTED}">'
        effect = f"{line.effect} {small}{escape(told)}<br>{escape(line.unit)}</small>"
    told_of = zip(titles, (line.harms, line.moves, line.weighs), strict=True)
    moves = "".join(_moves(text) for title, text in told_of if title)
    return (
        f'<tr style="{_CLEAR};{_LINE}">'
        f'<td style="{_CELL}">{name}</td>'
        f'<td style="{_CELL}">{image}</td>'
        f'<td style="{_CELL}">{_change(line)}</td>{moves}'
        f'<td style="{_CELL}" nowrap>{effect}</td></tr>'
    )


def _moves(text: str) -> str:
    size, _, interval = text.partition(" ")
    said = f'<b>{escape(size)}</b><br><small style="{_MUTED}">{escape(interval)}</small>'
    return f'<td style="{_CELL}" nowrap>{said if size else ""}</td>'


def _change(line: Line) -> str:
    if not line.details:
        return escape(line.change)
    said = "".join(
        f"<div><i>{escape(title)}</i> {escape(text)}</div>" for title, text in line.details
    )
    return (
        f"<details><summary>{escape(line.change) or '–'}</summary>"
        f'<div style="font-size:11.5px">{said}</div></details>'
    )


def _calm(lines: Lines) -> str:
    if not lines.calm and not lines.more_calm:
        return ""
    table = _table(lines.calm, lines.more_calm)
    is_open = lines.is_page or (not lines.moved and len(lines.calm) <= 3)
    return _folded(escape(lines.calm_title), table, is_open=is_open)


def _untested(lines: Lines) -> str:
    if not lines.untested:
        return ""
    listed = "".join(
        f'<div>{escape(name)} <span style="{_MUTED}">{escape(reason)}</span></div>'
        for name, reason in lines.untested
    )
    count = len(lines.untested)
    title = f"{count:,} column{'' if count == 1 else 's'} not tested"
    return _folded(title, listed, is_open=lines.is_page or count <= 2)


def _folded(title: str, content: str, *, is_open: bool) -> str:
    return (
        f'<details{" open" if is_open else ""} style="margin:8px 0 0">'
        f'<summary style="cursor:pointer;font-size:12px;{_MUTED}">{title}</summary>'
        f'<div style="margin:4px 0 0;font-size:12px">{content}</div></details>'
    )


def _notes(notes: Sequence[str]) -> str:
    return "".join(
        f'<div style="margin:6px 0 0;font-size:12px">{escape(note)}</div>' for note in notes
    )
