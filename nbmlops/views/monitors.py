"""The views of monitors by their names; what the faces import."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from nbmlops.drift.monitor_report import MonitorReport
from nbmlops.records import Monitor
from nbmlops.views.card import CLASSES, SANS
from nbmlops.views.escaping import clip, visible
from nbmlops.views.looks import STATE_LOOKS
from nbmlops.views.monitor_chart import HEIGHT, WIDTH, evidence_blocks, evidence_picture
from nbmlops.views.monitor_lines import (
    EvidenceLine,
    MonitorLines,
    monitor_lines,
    monitor_verdict,
)
from nbmlops.views.page import page
from nbmlops.views.palette import HAIRLINE

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

__all__ = [
    "monitor_bundle",
    "monitor_page",
    "monitor_text",
    "monitor_verdict",
    "monitors_bundle",
    "monitors_text",
    "rich_monitor",
]

_MUTED = "opacity:.68"
_CELL = "padding:4px 14px 4px 0;vertical-align:middle;text-align:left"
_BLOCK_LOOKS = 32


def monitor_bundle(report: MonitorReport) -> dict[str, str]:
    """The report as a MIME bundle in the notebook format's own terms."""
    lines = monitor_lines(report)
    return {"text/html": _html(lines), "text/plain": _text(lines, 100)}


def monitor_page(report: MonitorReport) -> str:
    """A page of its own, which needs nothing else."""
    lines = monitor_lines(report, is_page=True)
    return page(lines.verdict, _html(lines))


def monitor_text(report: MonitorReport, width: int = 100) -> str:
    """The report as plain text."""
    return _text(monitor_lines(report), width)


def rich_monitor(report: MonitorReport) -> MonitorPanel:
    """The report for a rich console."""
    return MonitorPanel(monitor_lines(report))


class MonitorPanel:
    """The text of a report as wide as the console, its marks in color."""

    def __init__(self, lines: MonitorLines) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        text = Text(_text(self._lines, options.max_width), no_wrap=True, overflow="ellipsis")
        for look in STATE_LOOKS.values():
            text.highlight_regex(f"(?m)^{look.mark}", look.style)
        yield text


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────


def _html(lines: MonitorLines) -> str:
    look = STATE_LOOKS["drifted" if lines.is_alarm else "none"]
    facts = " · ".join(map(escape, lines.facts))
    notes = "".join(
        f'<div style="margin:6px 0 0;font-size:12px">{escape(note)}</div>' for note in lines.notes
    )
    untested = "".join(
        f'<div>{escape(name)} <span style="{_MUTED}">{escape(why)}</span></div>'
        for name, why in lines.untested
    )
    if untested:
        count = len(lines.untested)
        untested = (
            '<details style="margin:8px 0 0;font-size:12px"><summary style="cursor:pointer;'
            f'{_MUTED}">{count:,} column{"" if count == 1 else "s"} not watched</summary>'
            f"{untested}</details>"
        )
    return (
        f'<div class="{CLASSES}" style="font-family:{SANS};font-size:13px;line-height:1.45;'
        f"color:inherit;max-width:960px;margin:4px 0;padding:12px 16px;"
        f'border:1px solid {HAIRLINE};border-radius:8px"><div style="font-size:15px">'
        f'<span style="color:{look.tone.text}">{look.mark}</span> '
        f'<b style="font-weight:600">{escape(lines.verdict)}</b></div>'
        f'<div style="margin:2px 0 0;font-size:12px;{_MUTED}">{facts}</div>'
        f"{_table(lines)}{notes}{untested}"
        f'<div style="margin:8px 0 0;font-size:11.5px;{_MUTED}">{escape(lines.promise)}</div></div>'
    )


def _table(lines: MonitorLines) -> str:
    rows = [*([lines.losses] if lines.losses is not None else []), *lines.lines]
    if not rows or not rows[0].heights:
        return ""
    ends = escape(lines.first)
    if lines.first != lines.last:
        ends = f'<span style="float:right">{escape(lines.last)}</span>{ends}'
    heads = "".join(
        f'<th scope="col" style="padding:2px 14px 2px 0;text-align:left;vertical-align:bottom;'
        f'font-weight:400;{_MUTED}"{hint}>'
        f"{title}</th>"
        for title, hint in (
            ("column", ""),
            (f'<div style="font-size:11px">{ends}</div>', ""),
            ("what changed", ""),
            (
                f"evidence<br><small>alarm from {lines.needed}</small>",
                ' title="How much a fair wager against no drift would have won"',
            ),
        )
    )
    table = _rows_table(heads, rows)
    if lines.calm:
        count = len(lines.calm)
        title = f"{count:,} more column{'' if count == 1 else 's'} without alarm"
        table += (
            '<details style="margin:6px 0 0"><summary style="cursor:pointer;font-size:12px;'
            f'{_MUTED}">'
            f"{title}</summary>{_rows_table(heads, lines.calm)}</details>"
        )
    more = f'<div style="font-size:12px;{_MUTED}">+{lines.more:,} more</div>' if lines.more else ""
    return table + more


def _rows_table(heads: str, rows: Sequence[EvidenceLine]) -> str:
    return (
        '<div style="margin:8px 0 0;overflow-x:auto"><table style="margin:0;font-size:12.5px;'
        'border-collapse:collapse;font-variant-numeric:tabular-nums"><thead style="border:0">'
        f'<tr style="background:#0000">{heads}</tr></thead>'
        f"<tbody>{''.join(map(_row, rows))}</tbody></table></div>"
    )


def _row(line: EvidenceLine) -> str:
    look = STATE_LOOKS[line.state]
    word = "alarm" if line.state == "drifted" else look.word
    word = "no alarm" if line.state == "none" else word
    return (
        f'<tr style="background:#0000;border-top:1px solid #8884"><td style="{_CELL}" nowrap>'
        f'<span style="color:{look.tone.mark}">{look.mark}</span> <b>{escape(line.name)}</b>'
        f'<br><small style="{_MUTED}">{escape(line.kind)} · {word}</small></td>'
        f'<td style="{_CELL}"><img src="{evidence_picture(line.heights, line.alarm_place)}" '
        f'alt="" width="{WIDTH}" height="{HEIGHT}" style="max-width:none"></td>'
        f'<td style="{_CELL}">{escape(line.change)}</td>'
        f'<td style="{_CELL}" nowrap>{escape(line.evidence)}</td></tr>'
    )


# ── text ─────────────────────────────────────────────────────────────────────────────────────


def _text(lines: MonitorLines, width: int) -> str:
    from textwrap import wrap

    mark = STATE_LOOKS["drifted" if lines.is_alarm else "none"].mark
    room = max(width - 2, 30)
    said = [f"{mark if not place else ' '} {line}" for place, line in
            enumerate(wrap(lines.verdict, room))]  # fmt: skip
    said += [f"  {line}" for line in wrap(" · ".join(lines.facts), room)]
    rows = [*([lines.losses] if lines.losses is not None else []), *lines.lines]
    if rows and rows[0].heights:
        said += ["", *_rows(rows, width)]
    if lines.calm:
        names = ", ".join(line.name for line in lines.calm)
        said += [f"{'○' if not place else ' '}  {line}" for place, line in
                 enumerate(wrap(f"without alarm: {names}", room - 1))]  # fmt: skip
    if lines.more:
        said.append(f"  +{lines.more:,} more")
    said += [f"– {name}: {why}" for name, why in lines.untested[:12]]
    for note in lines.notes:
        said += [f"{'!' if not place else ' '} {line}" for place, line in
                 enumerate(wrap(note, room))]  # fmt: skip
    said += ["", *(f"  {line}" for line in wrap(lines.promise, room))]
    return "\n".join(line[:width].rstrip() for line in said)


def _rows(rows: Sequence[EvidenceLine], width: int) -> list[str]:
    names = min(max(6, *(len(row.name) for row in rows)), 28)
    looks = min(max(5, *(len(row.heights) for row in rows)), _BLOCK_LOOKS)
    said = [f"   {'column'.ljust(names)}  {'looks'.ljust(looks)}  evidence  what changed"]
    for row in rows:
        strip = evidence_blocks(row.heights, looks).ljust(looks)
        mark = STATE_LOOKS[row.state].mark
        name = clip(row.name, names).ljust(names)
        said.append(f"{mark}  {name}  {strip}  {row.evidence.rjust(8)}  {row.change}".rstrip())
    said.insert(1, "─" * min(max(map(len, said)), width))
    return said


# ── all of them ──────────────────────────────────────────────────────────────────────────────

_HEADS = ("", "monitor", "alarms", "looks", "rows", "last look", "budget", "source")


def _cells(monitor: Monitor) -> tuple[str, ...]:
    alarms = [visible(name, 30) for name in monitor.drifted[:3]]
    more = len(monitor.drifted) - len(alarms)
    words = [*alarms, *([f"{more} more"] if more else [])]
    words += ["the loss"] if monitor.is_harmful else []
    looked = "never" if monitor.looked_at is None else f"{monitor.looked_at:%Y-%m-%d %H:%M} UTC"
    return (
        STATE_LOOKS["drifted" if words else "none"].mark,
        visible(monitor.name, 40),
        ", ".join(words) or "none",
        f"{monitor.look_count:,}",
        f"{monitor.row_count:,}",
        looked,
        visible(monitor.budget, 30),
        visible("/".join(monitor.source.replace("\\", "/").rsplit("/", 2)[-2:]), 50),
    )


def monitors_text(monitors: Sequence[Monitor], width: int = 0) -> str:
    """The table of monitors as plain text."""
    if not monitors:
        return "There is no monitor yet. Add one: `%monitor add NAME --reference … --source …`"
    rows = [_HEADS, *map(_cells, monitors)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADS))]
    said = [
        "  ".join(text.ljust(wide) for text, wide in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    said.insert(1, "─" * max(map(len, said)))
    return "\n".join(line[:width] if width else line for line in said)


def monitors_bundle(monitors: Sequence[Monitor]) -> dict[str, str]:
    """The table of monitors as a MIME bundle."""
    text = monitors_text(monitors)
    if not monitors:
        return {"text/plain": text, "text/html": f"<div>{escape(text)}</div>"}
    heads = "".join(
        f'<th scope="col" style="{_CELL};font-weight:400;{_MUTED}">{title}</th>' for title in _HEADS
    )
    body = ""
    for monitor in monitors:
        mark, *cells = _cells(monitor)
        tone = STATE_LOOKS["none" if mark == STATE_LOOKS["none"].mark else "drifted"].tone
        shown = "".join(f'<td style="{_CELL}" nowrap>{escape(cell)}</td>' for cell in cells)
        body += (
            f'<tr style="background:#0000;border-top:1px solid #8884"><td style="{_CELL};'
            f'color:{tone.mark}">{mark}</td>{shown}</tr>'
        )
    html = (
        f'<div class="{CLASSES}" style="font-family:{SANS};font-size:13px;overflow-x:auto">'
        '<table style="margin:0;font-size:13px;border-collapse:collapse;'
        'font-variant-numeric:tabular-nums">'
        f'<thead style="border:0"><tr style="background:#0000">{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
    return {"text/plain": text, "text/html": html}
