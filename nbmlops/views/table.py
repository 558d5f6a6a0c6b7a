"""A table of runs as static HTML and as text."""

from __future__ import annotations

from html import escape
from itertools import groupby

from nbmlops.records import Status
from nbmlops.views.card import CLASSES, SANS
from nbmlops.views.palette import GREEN, HAIRLINE, STATUS_LOOKS, VEIL
from nbmlops.views.tabulation import Column, Entry, Tabulation, fitting

__all__ = ["table_html", "table_text"]

_MUTED = "opacity:.68"
_PAD = "padding:4px 8px"


def table_html(table: Tabulation) -> str:
    """The table with a caption; what it holds is escaped."""
    if not table.runs:
        content = f'<span style="{_MUTED}">{escape(table.nothing)}</span>'
        return _framed(f'<div style="font-size:13px">{content}</div>')
    rows = "".join(_row(table, index) for index in range(len(table.runs)))
    told = "".join(f" · {escape(part)}" for part in table.caption[1:])
    return _framed(
        f'<div style="font-size:12px;margin:0 0 6px 8px"><b>{escape(table.caption[0])}</b>'
        f'<span style="{_MUTED}">{told}</span></div>'
        '<div style="overflow-x:auto"><table style="margin:0;border-collapse:collapse;'
        'font-size:12px;font-variant-numeric:tabular-nums">'
        f'<thead style="border:0">{_groups(table)}{_heads(table)}</thead>'
        f"<tbody>{rows}</tbody></table></div>{_notes(table)}"
    )


def _notes(table: Tabulation) -> str:
    color = STATUS_LOOKS[Status.CANCELLED].tone.text
    return "".join(
        f'<div style="margin:6px 0 0 8px;font-size:12px"><span style="color:{color};'
        f'font-weight:600">!</span> {escape(note)}</div>'
        for note in table.notes
    )


def _framed(content: str) -> str:
    return (
        f'<div class="{CLASSES}" style="font-family:{SANS};font-size:13px;line-height:1.45;'
        f'color:inherit;margin:4px 0">{content}</div>'
    )


def _groups(table: Tabulation) -> str:
    """The line above the heads that says which columns are parameters and which metrics."""
    groups = [
        (name, len(list(columns)))
        for name, columns in groupby(table.columns, lambda column: column.group)
    ]
    if len(groups) < 2:
        return ""
    titles = {"run": "", "params": "parameters", "metrics": "metrics"}
    cells = "".join(
        f'<th scope="colgroup" colspan="{count}" style="padding:0 8px;text-align:left;'
        f'font-weight:400;font-size:11px;{_MUTED}{_edge(name != "run")}">{titles[name]}</th>'
        for name, count in groups
    )
    return f'<tr style="background:#0000">{cells}</tr>'


def _edge(is_first: bool) -> str:
    return f";border-left:1px solid {HAIRLINE}" if is_first else ""


def _heads(table: Tabulation) -> str:
    cells = "".join(
        f'<th scope="col" style="{_PAD};text-align:{_side(column)};font-weight:600;'
        f'white-space:nowrap{_edge(first)}"{_told(column)}>{escape(column.title)}</th>'
        for column, first in _with_edges(table)
    )
    return f'<tr style="background:#0000;border-bottom:1px solid {HAIRLINE}">{cells}</tr>'


def _told(column: Column) -> str:
    return f' title="{column.direction} is better"' if column.direction else ""


def _with_edges(table: Tabulation) -> list[tuple[Column, bool]]:
    """Every column, and whether a group of parameters or metrics begins with it."""
    before = ["run", *(column.group for column in table.columns)]
    return [
        (column, column.group != group)
        for column, group in zip(table.columns, before, strict=False)
    ]


def _side(column: Column) -> str:
    return "right" if column.is_numeric else "left"


def _row(table: Tabulation, index: int) -> str:
    shade = VEIL if index % 2 else "#0000"
    cells = "".join(
        _entry(column, column.entries[index], first) for column, first in _with_edges(table)
    )
    return f'<tr style="background:{shade}">{cells}</tr>'


def _entry(column: Column, entry: Entry, first: bool) -> str:
    title = f' title="{escape(entry.title)}"' if entry.title and entry.title != entry.text else ""
    text = escape(entry.text)
    if entry.status is not None:
        style = f"{_PAD};text-align:left;font-weight:400;white-space:nowrap"
        return f'<th scope="row" style="{style}"{title}>{_status(entry, text)}</th>'
    if entry.is_best:
        text = f'<b style="color:{GREEN.text}">★ {text}</b>'
    quiet = f";{_MUTED}" if column.group == "run" else ""
    style = f"{_PAD};text-align:{_side(column)};white-space:nowrap{_edge(first)}{quiet}"
    return f'<td style="{style}"{title}>{text}</td>'


def _status(entry: Entry, text: str) -> str:
    look = STATUS_LOOKS[entry.status or Status.PENDING]
    word = f' <span style="color:{look.tone.text}">{entry.note}</span>' if entry.note else ""
    return f'<span style="color:{look.tone.mark};font-weight:600">{look.mark}</span> {text}{word}'


def table_text(table: Tabulation, width: int = 100) -> str:
    """The table as aligned plain text, not wider than `width` characters where that is possible."""
    if not table.runs:
        return table.nothing
    table = fitting(table, width - 2)
    columns = [_texts(column) for column in table.columns]
    widths = [max(map(len, texts)) for texts in columns]
    lines = [
        "  ".join(
            text.rjust(size) if column.is_numeric else text.ljust(size)
            for column, text, size in zip(table.columns, texts, widths, strict=True)
        ).rstrip()
        for texts in zip(*columns, strict=True)
    ]
    return "\n".join(
        [
            lines[0],
            "─" * min(max(map(len, lines)), width),
            *lines[1:],
            "",
            *table.caption,
            *(f"! {note}" for note in table.notes),
        ]
    )


def _texts(column: Column) -> list[str]:
    return [column.title, *(_plain(entry) for entry in column.entries)]


def _plain(entry: Entry) -> str:
    if entry.status is not None:
        word = f" ({entry.note})" if entry.note else ""
        return f"{STATUS_LOOKS[entry.status].mark} {entry.text}{word}"
    return f"★ {entry.text}" if entry.is_best else entry.text
