"""A comparison of runs for a terminal: a rich renderable that fits itself to its width."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nbmlops.views.compare_lines import ABSENT, Entry
from nbmlops.views.compare_report import Grid, Head, Report
from nbmlops.views.compare_text import courses, ends_block, fitted
from nbmlops.views.palette import STATUS_LOOKS

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from rich.text import Text

__all__ = ["ComparisonPanel"]

OPEN_REASONS = 8
DIFF_LINES = 60
GROUP_STYLES = {"metrics": "magenta", "parameters": "cyan"}
MEANINGS = {"better": "green", "worse": "red"}


class ComparisonPanel:
    """The whole report, what differs first."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.padding import Padding
        from rich.text import Text

        report = self._report
        yield Text.assemble(
            (report.caption[0], "bold"), (f" · {' · '.join(report.caption[1:])}", "dim")
        )
        for note in report.notes:
            yield Text(note, style="yellow")
        yield Text()
        yield _why(report)
        yield Text()
        yield from _grid(report.grid, options.max_width)
        drawn = list(courses(report))
        if drawn:
            yield Padding(_courses(drawn), (1, 0, 0, 0))
        for diff in report.diffs:
            if not diff.is_minor:  # of which the grid says so
                yield Text(f"\n{diff.title}.", style="bold")
                yield Padding(_diff(diff.text), (0, 0, 0, 2), expand=False)
        if report.folded:
            yield Text("\n" + " · ".join(one.text for one in report.folded), style="dim")


def _why(report: Report) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim")
    table.add_column()
    for because in report.why[:OPEN_REASONS]:
        text = Text.assemble((f"{because.run.text} ", "bold"), because.verdict)
        if because.gaps:
            text.append(f" ({because.gaps})", style="dim")
        table.add_row(because.run.letter, text)
        for kind, says, sure in because.lines:
            doubt = f" ({sure})" if sure != "certain" else ""
            line = Text.assemble((f"{kind:<9}  ", "dim"), says, (doubt, "dim"))
            table.add_row("", line)
    if len(report.why) > OPEN_REASONS:
        more = f"… and {len(report.why) - OPEN_REASONS} more runs"
        table.add_row("", Text(more, style="dim"))
    return table


def _grid(grid: Grid, width: int) -> Iterable[Table | Text]:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells, _, more = fitted(grid, width - 2)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column(no_wrap=grid.is_wide, overflow="ellipsis")
    facts = [""] * len(grid.columns) if grid.is_wide else cells[1][1:]
    for head, text, fact in zip(grid.columns, cells[0][1:], facts, strict=False):
        style = GROUP_STYLES.get(head.group, "")
        shown = Text(text, style=style)
        if head.status is not None:
            shown = _marked_text(head, text)
            if fact:
                shown.append(f"\n{fact}", style="not bold dim")
        is_right = head.is_numeric and grid.is_wide
        table.add_column(shown, justify="right" if is_right else "left", overflow="ellipsis")
    heads = 1 if grid.is_wide else 2
    for at, row in enumerate(grid.rows):
        given = cells[at + heads]
        entries = [_entry(row.entries[place], text) for place, text in enumerate(given[1:])]
        first = (
            _marked_text(row.head, given[0])
            if row.head.status is not None
            else Text(given[0], style=GROUP_STYLES.get(row.head.group, "dim"))
        )
        table.add_row(
            first,
            *entries,
            end_section=ends_block(grid, at),
        )
    yield table
    if more or not grid.is_telling:
        yield Text(more or "Nothing that was recorded differs.", style="dim")


def _marked_text(head: Head, text: str) -> Text:
    from rich.text import Text

    shown = Text(text)
    if head.status is not None:
        look = STATUS_LOOKS[head.status]
        shown.stylize("dim", 0, len(head.letter))
        shown.stylize(look.style, len(head.letter) + 1, len(head.letter) + 2)
    return shown


def _entry(entry: Entry, text: str) -> Text:
    from rich.text import Text

    if entry.text == ABSENT:
        return Text(text, style="dim")
    style = "bold green" if entry.is_best else "bold" if entry.is_other else ""
    style = style or ("dim" if entry.is_like_first else "")
    shown = Text(text, style=style)
    if entry.aside and text.endswith(entry.aside):
        tone = MEANINGS.get(entry.meaning, "")
        shown.stylize(
            f"not bold not dim {tone}" if entry.meaning else "not bold dim",
            len(text) - len(entry.aside),
        )
    return shown


def _courses(drawn: Iterable[tuple[str, str, str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="magenta")
    table.add_column(style="dim")
    table.add_column(style="blue", no_wrap=True)
    for name, mark, blocks in drawn:
        table.add_row(Text(name), Text(mark), Text(blocks))
    return table


def _diff(text: str) -> Text:
    from rich.text import Text

    lines = text.split("\n")
    shown = Text()
    for line in lines[:DIFF_LINES]:
        style = "green" if line.startswith("+") else "red" if line.startswith("-") else "dim"
        shown.append(line + "\n", style=style)
    if len(lines) > DIFF_LINES:
        shown.append(f"… {len(lines) - DIFF_LINES} more lines", style="dim")
    shown.rstrip()
    return shown
