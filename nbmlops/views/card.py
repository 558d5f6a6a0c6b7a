"""The card under a tracked cell, as static HTML: it must read in a saved, untrusted notebook.

Only elements and attributes that every viewer keeps are used (tables, details, style attributes,
data-URI images), and only style properties that JupyterLab's sanitizer lets through, apart from
`font-variant-numeric` and the mixtures of colored text, which may be lost.
"""

from __future__ import annotations

from html import escape

from nbmlops.records import History, Run, Status
from nbmlops.views import details, sparkline
from nbmlops.views.escaping import html
from nbmlops.views.palette import HAIRLINE, STATUS_LOOKS, TONES
from nbmlops.views.summary import Change, Summary, Tile

__all__ = ["CLASSES", "SANS", "card_html", "frame"]

SANS = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
# The classes keep MathJax 2 and 3 away: a name like $\href{…}{…}$ stays text.
CLASSES = "nbmlops tex2jax_ignore mathjax_ignore"
_MUTED = "opacity:.68"
_TABULAR = "font-variant-numeric:tabular-nums"
_WHOLE = "white-space:nowrap"


def card_html(
    summary: Summary, run: Run, history: History | None = None, *, is_page: bool = False
) -> str:
    """The card of one run and its summary; as a page it is open and holds everything."""
    room = details.PAGE if is_page else details.CARD
    parts = [
        _header(summary),
        _tiles(summary),
        _inputs(summary),
        _troubles(summary),
        _changed(summary),
        _warnings(summary),
        _details(_contents(run), details.sections(run, history, room), is_open=is_page),
    ]
    return frame("".join(parts))


def _details(title: str, content: str, *, is_open: bool) -> str:
    return (
        f'<details{" open" if is_open else ""} style="margin:6px 0 0">'
        f'<summary style="cursor:pointer;font-size:12px;{_MUTED}">{title}</summary>'
        f'<div style="margin:10px 0 0;font-size:12px">{content}</div></details>'
    )


def frame(content: str) -> str:
    """The content in the card's box, with the page's own text color on its own background."""
    return (
        f'<div class="{CLASSES}" style="font-family:{SANS};font-size:13px;line-height:1.45;'
        f"color:inherit;max-width:760px;margin:4px 0;padding:10px 14px;border:1px solid {HAIRLINE};"
        f'border-radius:8px">{content}</div>'
    )


def _header(summary: Summary) -> str:
    look = STATUS_LOOKS[summary.status]
    facts = "".join(f' · <span style="{_WHOLE}">{escape(fact)}</span>' for fact in summary.facts)
    return (
        '<div style="display:flex;flex-wrap:wrap;align-items:baseline;'
        'justify-content:space-between">'
        '<div style="margin:0 16px 0 0">'
        f'<span style="color:{look.tone.mark};font-weight:600">{look.mark}</span> '
        f'<b style="font-size:14px">{escape(summary.name)}</b> '
        f'<span style="{_MUTED}">in {escape(summary.experiment)}</span></div> '
        f'<div style="font-size:12px;{_TABULAR}">'
        f'<span style="color:{look.tone.text};font-weight:600">{summary.status.value}</span>'
        f'<span style="{_MUTED}">{facts}</span></div></div>'
    )


def _tiles(summary: Summary) -> str:
    if not summary.tiles:
        return ""
    cells = "".join(_tile(tile) for tile in summary.tiles)
    more = (
        f'<td style="padding:22px 0 0;text-align:left;font-size:12px;{_WHOLE};'
        f'{_MUTED}">+{summary.more_metrics:,} more</td>'
        if summary.more_metrics
        else ""
    )
    return (
        # A table for viewers that drop styles; with styles, tiles that wrap where it is narrow.
        '<table style="display:block;margin:8px 0 0;border-collapse:collapse;font-size:13px">'
        '<tbody style="display:block"><tr style="display:flex;flex-wrap:wrap;gap:6px 26px;'
        f'padding:0;background:#0000">{cells}{more}</tr></tbody></table>'
    )


def _tile(tile: Tile) -> str:
    picture = sparkline.data_uri(tile.points)
    image = (
        f' <img src="{picture}" alt="{escape(tile.series)}" title="{escape(tile.series)}" '
        f'width="{sparkline.WIDTH}" height="{sparkline.HEIGHT}" '
        'style="vertical-align:-4px;margin:0 0 0 8px">'
        if picture
        else ""
    )
    return (
        '<td style="padding:0;text-align:left;vertical-align:top;white-space:nowrap">'
        f'<div style="font-size:12px;{_MUTED}">{escape(tile.name)}</div>'
        f'<div style="line-height:1.3"><span title="{escape(tile.exact)}" style="font-size:20px;'
        f'font-weight:600;{_TABULAR}">{escape(tile.value)}</span>{image}</div>'
        f'<div style="font-size:12px;{_TABULAR}">{_comparison(tile)}</div></td>'
    )


def _comparison(tile: Tile) -> str:
    parts = []
    if delta := tile.delta:
        meaning = f" {delta.meaning}" if delta.meaning else ""
        parts.append(
            f'<span style="color:{TONES[delta.meaning].text}">{delta.arrow} '
            f"{escape(delta.text)}{meaning}</span>"
        )
    if standing := tile.standing:
        mark = "★ " if standing.is_best else ""
        title = f' title="{escape(standing.run)}"' if standing.run else ""
        parts.append(f'<span style="{_MUTED}"{title}>{mark}{escape(standing.text)}</span>')
    return f' <span style="{_MUTED}">·</span> '.join(parts)


def _inputs(summary: Summary) -> str:
    if not summary.inputs:
        return ""
    parts = (
        # What is longer than a line of a narrow notebook may break.
        f'<span style="{_WHOLE}">{escape(part)}</span>' if len(part) <= 60 else escape(part)
        for part in summary.inputs.split(" · ")
    )
    return (
        f'<div style="margin:8px 0 0;font-size:12px;{_MUTED};{_TABULAR}">{" · ".join(parts)}</div>'
    )


def _changed(summary: Summary) -> str:
    if not summary.changes:
        return ""
    listed = [_change(change) for change in summary.changes]
    if summary.more_changes:
        listed.append(f'<span style="{_WHOLE};{_MUTED}">+{summary.more_changes:,} more</span>')
    between = f' <span style="{_MUTED}">·</span> '
    return (
        f'<div style="margin:8px 0 0;font-size:12px;{_TABULAR}">'
        f'<span style="{_MUTED};margin:0 6px 0 0" title="against {escape(summary.against)}">'
        f"changed</span> {between.join(listed)}</div>"
    )


def _change(change: Change) -> str:
    name = escape(change.name)
    if change.before is None and change.after is None:
        told = name
    elif change.before is None:
        told = f'{name} <b>{escape(change.after or "")}</b> <span style="{_MUTED}">new</span>'
    elif change.after is None:
        told = f'{name} <span style="{_MUTED}">was {escape(change.before)}, gone</span>'
    else:
        told = (
            f'{name} <span style="{_MUTED}">{escape(change.before)} →</span> '
            f"<b>{escape(change.after)}</b>"
        )
    return told


def _troubles(summary: Summary) -> str:
    lines = []
    if summary.problem:
        color = STATUS_LOOKS[Status.FAILED].tone.text
        lines.append(
            f'<div style="margin:6px 0 0;{details.MONO};color:{color};overflow-wrap:break-word">'
            f"{escape(summary.problem)}</div>"
        )
    if summary.reason:
        lines.append(f'<div style="margin:6px 0 0;font-size:12px">{escape(summary.reason)}</div>')
    return "".join(lines)


def _warnings(summary: Summary) -> str:
    color = STATUS_LOOKS[Status.CANCELLED].tone.text
    lines = [
        f'<div style="margin:4px 0 0;font-size:12px"><span style="color:{color};font-weight:600">'
        f"! warning</span> {escape(text)}</div>"
        for text in summary.warnings
    ]
    if summary.more_warnings:
        lines.append(
            f'<div style="font-size:12px;{_MUTED}">+{summary.more_warnings} more warnings</div>'
        )
    return "".join(lines)


def _contents(run: Run) -> str:
    """What the details hold, so that one knows whether to open them."""
    counts = (
        (len(run.params), "parameter"),
        (len(run.metrics), "metric"),
        (len(run.artifacts), "artifact"),
        (len(run.tags), "tag"),
    )
    told = [f"{count:,} {noun}{'s' if count != 1 else ''}" for count, noun in counts if count]
    if run.git and run.git.commit:
        told.append(f"commit {html(run.git.commit[:7])}{' with changes' if run.git.dirty else ''}")
    return " · ".join(["Details", *told])
