"""A comparison of runs as static HTML: it must read in a saved, untrusted notebook, as the card.

Only tables, style attributes, details and data-URI images; see `card` for why.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from nbmlops.views.card import CLASSES, SANS
from nbmlops.views.compare_chart import HEIGHT, MANY, WIDTH, Chart, chart, looks, swatch
from nbmlops.views.compare_folded import Folded
from nbmlops.views.compare_lines import ABSENT, Entry
from nbmlops.views.compare_pictures import SideBySide
from nbmlops.views.compare_report import Because, Diff, Grid, Head, Report
from nbmlops.views.page import page
from nbmlops.views.palette import GREEN, HAIRLINE, STATUS_LOOKS, TONES, VEIL

__all__ = ["page_html", "report_html"]

_MUTED = "opacity:.68"
_SMALL = "font-size:12px"
_TABULAR = "font-variant-numeric:tabular-nums"
_PAD = "padding:4px 18px 4px 0"
_EDGE = f"border-left:1px solid {HAIRLINE};padding-left:10px"
_CLEAR = "background:#0000"
_PRE = (
    f"margin:0;padding:8px 10px;background:{VEIL};border-radius:6px;font-size:11.5px;"
    "line-height:1.45;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;"
    "white-space:pre-wrap;overflow-wrap:break-word;max-height:420px;overflow:auto"
)
OPEN_REASONS = 5
LINE = 14
DIFF_SIDES = {"+": TONES["better"].text, "-": TONES["worse"].text}


def report_html(
    report: Report, pictures: Sequence[SideBySide] = (), *, is_page: bool = False
) -> str:
    """The report with what is equal and the diffs folded; as a page they are open."""
    why = _why(report.why, is_page=is_page)
    # The reasons of a crowd fill pages: what one looks for comes before them.
    is_long = is_page and len(report.ids) > MANY
    parts = [
        _caption(report),
        _notes(report.notes),
        "" if is_long else why,
        _grid(report.grid),
        _charts(report),
        why if is_long else "",
        _pictures(report, pictures),
        _diffs(report.diffs, is_open=is_page),
        _folded(report.folded, is_open=is_page),
    ]
    return (
        f'<div class="{CLASSES}" style="font-family:{SANS};font-size:13px;line-height:1.45;'
        f"color:inherit;max-width:1100px;margin:4px 0;padding:12px 16px;"
        f'border:1px solid {HAIRLINE};border-radius:8px">{"".join(parts)}</div>'
    )


def page_html(report: Report, pictures: Sequence[SideBySide] = ()) -> str:
    """The report as a file of its own, light or dark as the reader's system is."""
    return page(report.caption[0], report_html(report, pictures, is_page=True))


def _caption(report: Report) -> str:
    told = "".join(f" · {escape(part)}" for part in report.caption[1:])
    return (
        f'<div><b style="font-size:14px">{escape(report.caption[0])}</b>'
        f'<span style="{_MUTED}">{told}</span></div>'
    )


def _notes(notes: Sequence[str]) -> str:
    return "".join(f'<div style="margin:4px 0 0;{_SMALL}">{escape(note)}</div>' for note in notes)


# ── why ──────────────────────────────────────────────────────────────────────────────────────


def _why(why: Sequence[Because], *, is_page: bool) -> str:
    shown = why if is_page else why[:OPEN_REASONS]
    hidden = why[len(shown) :]
    content = "".join(map(_because, shown))
    if hidden:
        rest = "".join(map(_because, hidden))
        content += _details(f"Why {len(hidden)} more differ", rest, is_open=False)
    return f'<div style="margin:10px 0 0">{content}</div>'


def _because(because: Because) -> str:
    lines = "".join(
        f'<tr style="{_CLEAR}">'
        f'<th scope="row" style="padding:1px 14px 1px 0;text-align:left;vertical-align:top;'
        f'font-weight:400;{_MUTED}">{kind}</th>'
        f'<td style="padding:1px 0;text-align:left">{escape(says)}{_doubt(sure)}</td></tr>'
        for kind, says, sure in because.lines
    )
    table = (
        f'<table style="margin:2px 0 0;border-collapse:collapse;{_SMALL}"><tbody>{lines}</tbody>'
        "</table>"
        if lines
        else ""
    )
    gaps = f' <span style="{_MUTED}">({escape(because.gaps)})</span>' if because.gaps else ""
    return (
        f'<div style="margin:0 0 8px;padding:0 0 0 10px;border-left:2px solid {HAIRLINE}">'
        f"<div>{_named(because.run)} {escape(because.verdict)}{gaps}</div>{table}</div>"
    )


def _doubt(sure: str) -> str:
    return f' <span style="{_MUTED}">({sure})</span>' if sure != "certain" else ""


def _named(head: Head) -> str:
    return f'<span style="{_MUTED}">{head.letter}</span> <b>{escape(head.text)}</b>'


# ── grid ─────────────────────────────────────────────────────────────────────────────────────


def _grid(grid: Grid) -> str:
    body = "".join(_row(grid, at) for at in range(len(grid.rows)))
    told = grid.more or ("" if grid.is_telling else "Nothing that was recorded differs.")
    more = f'<div style="margin:4px 0 0;{_SMALL};{_MUTED}">{escape(told)}</div>' if told else ""
    return (
        '<div style="margin:10px 0 0;overflow-x:auto"><table style="margin:0;'
        f'border-collapse:collapse;font-size:12.5px;{_TABULAR}"><thead style="border:0">'
        f"{_groups(grid)}{_heads(grid)}</thead><tbody>{body}</tbody></table></div>{more}"
    )


def _groups(grid: Grid) -> str:
    """The line above the heads that says what the columns are of."""
    if not grid.is_wide:
        return ""
    cells = ['<td style="padding:0"></td>']
    for group, heads in groupby(grid.columns, lambda head: head.group):
        cells.append(
            f'<th scope="colgroup" colspan="{len(list(heads))}" style="{_PAD};'
            f'text-align:left;font-weight:400;font-size:11px;{_MUTED};{_EDGE}">{group}</th>'
        )
    return f'<tr style="{_CLEAR}">{"".join(cells)}</tr>'


def _heads(grid: Grid) -> str:
    corner = '<td style="padding:0"></td>' * (1 if grid.is_wide else 2)
    cells = "".join(
        _head(head, "col", edge=grid.is_wide and _begins(grid.columns, at))
        for at, head in enumerate(grid.columns)
    )
    return f'<tr style="{_CLEAR};border-bottom:1px solid {HAIRLINE}">{corner}{cells}</tr>'


def _begins(heads: Sequence[Head], at: int) -> bool:
    return at == 0 or heads[at - 1].group != heads[at].group


def _side(head: Head) -> str:
    return "right" if head.is_numeric else "left"


def _head(head: Head, scope: str, *, edge: bool = False) -> str:
    title = f' title="{escape(head.title)}"' if head.title else ""
    style = f"{_PAD};vertical-align:bottom;font-weight:600;white-space:nowrap"
    if head.status is None:
        style += f";text-align:{_side(head)}{';' + _EDGE if edge else ''}"
        return f'<th scope="{scope}" style="{style}"{title}>{escape(head.text)}</th>'
    look = STATUS_LOOKS[head.status]
    word = f' <span style="color:{look.tone.text}">{head.word}</span>' if head.word else ""
    facts = (
        f'<div style="font-size:11px;font-weight:400;{_MUTED}">{escape(head.facts)}</div>'
        if head.facts and scope == "col"
        else ""
    )
    return (
        f'<th scope="{scope}" style="{style};text-align:left"{title}>'
        f'<span style="{_MUTED};font-weight:400">{head.letter}</span> '
        f'<span style="color:{look.tone.mark}">{look.mark}</span> {escape(head.text)}{word}'
        f"{facts}</th>"
    )


def _row(grid: Grid, at: int) -> str:
    row = grid.rows[at]
    if grid.is_wide:
        cells = "".join(
            _entry(entry, _side(head), edge=_begins(grid.columns, place))
            for place, (entry, head) in enumerate(zip(row.entries, grid.columns, strict=True))
        )
        shade = VEIL if at % 2 else "#0000"
        return f'<tr style="background:{shade}">{_head(row.head, "row")}{cells}</tr>'
    begins = _begins([each.head for each in grid.rows], at)
    group = row.head.group if begins and row.head.group != row.head.text else ""
    rule = f";border-top:1px solid {HAIRLINE}" if begins and at else ""
    title = f' title="{escape(row.head.title)}"' if row.head.title else ""
    return (
        f'<tr style="{_CLEAR}{rule}">'
        f'<td style="{_PAD};text-align:left;vertical-align:top;font-size:11px;line-height:1.65;'
        f'{_MUTED}">{group}</td>'
        f'<th scope="row" style="{_PAD};text-align:left;vertical-align:top;font-weight:400"{title}>'
        f"{escape(row.head.text)}</th>"
        f"{''.join(_entry(entry, 'left') for entry in row.entries)}</tr>"
    )


def _entry(entry: Entry, side: str, *, edge: bool = False) -> str:
    title = f' title="{escape(entry.title)}"' if entry.title and entry.title != entry.text else ""
    text = escape(entry.text)
    if entry.is_best:
        text = f'<b style="color:{GREEN.text}">★ {text}</b>'
    elif entry.is_other and entry.text != ABSENT:
        text = f"<b>{text}</b>"
    elif entry.is_like_first or entry.text == ABSENT:
        text = f'<span style="{_MUTED}">{text}</span>'
    if entry.aside:
        tone = f"color:{TONES[entry.meaning].text}" if entry.meaning else _MUTED
        text += f' <span style="font-size:11.5px;{tone}">{escape(entry.aside)}</span>'
    border = f";{_EDGE}" if edge else ""
    if side == "right":  # a star stays with its number
        border += ";white-space:nowrap"
    return f'<td style="{_PAD};text-align:{side};vertical-align:top{border}"{title}>{text}</td>'


# ── curves, code, what is equal ──────────────────────────────────────────────────────────────


def _charts(report: Report) -> str:
    drawn = "".join(
        _chart(made)
        for curve in report.charts
        if (made := chart(curve, report.ids, report.best.get(curve.name, ""))) is not None
    )
    if not drawn:
        return ""
    more = (
        f'<div style="{_SMALL};{_MUTED}">+{report.more_charts} more curves</div>'
        if report.more_charts
        else ""
    )
    return (
        f'<div style="margin:12px 0 0">{_legend(report)}'
        f'<div style="display:flex;flex-wrap:wrap">{drawn}</div>{more}</div>'
    )


def _pictures(report: Report, pictures: Sequence[SideBySide]) -> str:
    letters = [(head.letter, head.text) for head in report.runs]
    return "".join(picture.html(letters) for picture in pictures)


def _legend(report: Report) -> str:
    styles = looks(report.ids, "best")
    if len(report.ids) <= MANY:
        named = [
            (styles[key], f"{head.letter} {head.text}")
            for key, head in zip(report.ids, report.runs, strict=True)
        ]
    else:
        ends = looks([*report.ids[:MANY], "best"], "best")
        named = [
            (ends[report.ids[0]], f"A {report.runs[0].text}"),
            (ends["best"], "the best"),
            (ends[report.ids[1]], "all others"),
        ]
    return "".join(
        f'<span style="margin:0 16px 0 0;{_SMALL};white-space:nowrap"><img src="{swatch(look)}" '
        f'alt="" width="24" height="6" style="vertical-align:2px"> {escape(text)}</span> '
        for look, text in named
    )


def _chart(made: Chart) -> str:
    small = f"font-size:11px;line-height:{LINE}px;{_MUTED};{_TABULAR}"
    picture = (
        f'<img src="{made.picture}" alt="{escape(made.told)}" title="{escape(made.told)}" '
        f'width="{WIDTH}" height="{HEIGHT}" style="display:block">'
    )
    return (
        '<table style="margin:6px 24px 6px 0;border-collapse:collapse"><tbody>'
        f'<tr style="{_CLEAR}"><td style="padding:0"></td><td colspan="2" style="padding:0 0 2px;'
        f'text-align:left;{_SMALL};font-weight:600">{escape(made.name)}</td></tr>'
        f'<tr style="{_CLEAR}"><td style="padding:0 6px 0 0;text-align:right;vertical-align:top;'
        f'{small}"><div>{made.highest}</div>'
        f'<div style="margin:{HEIGHT - 2 * LINE}px 0 0">{made.lowest}</div></td>'
        f'<td colspan="2" style="padding:0">{picture}</td></tr>'
        f'<tr style="{_CLEAR}"><td style="padding:0"></td><td style="padding:0;text-align:left;'
        f'{small}">{made.first_step}</td><td style="padding:0;text-align:right;{small}">'
        f"{made.last_step}</td></tr></tbody></table>"
    )


def _diffs(diffs: Sequence[Diff], *, is_open: bool) -> str:
    return "".join(
        _details(
            escape(diff.title), f'<pre style="{_PRE}">{_colored(diff.text)}</pre>', is_open=is_open
        )
        for diff in diffs
    )


def _colored(text: str) -> str:
    lines = []
    for line in text.split("\n"):
        color = DIFF_SIDES.get(line[:1])
        shown = escape(line)
        quiet = f'<span style="{_MUTED}">{shown}</span>'
        lines.append(f'<span style="color:{color}">{shown}</span>' if color else quiet)
    return "\n".join(lines)


def _folded(folded: Sequence[Folded], *, is_open: bool) -> str:
    if not folded:
        return ""
    lists = "".join(
        f'<div style="margin:0 0 6px"><b style="font-weight:600">{escape(one.text)}</b>'
        f'<div style="{_MUTED}">{escape(", ".join(one.items))}</div></div>'
        for one in folded
    )
    return _details(" · ".join(escape(one.text) for one in folded), lists, is_open=is_open)


def _details(title: str, content: str, *, is_open: bool) -> str:
    return (
        f'<details{" open" if is_open else ""} style="margin:8px 0 0">'
        f'<summary style="cursor:pointer;{_SMALL};{_MUTED}">{title}</summary>'
        f'<div style="margin:6px 0 0;{_SMALL}">{content}</div></details>'
    )
