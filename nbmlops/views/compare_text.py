"""A comparison of runs as plain text, for viewers without HTML and for pipes."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from nbmlops.views import sparkline
from nbmlops.views.compare_lines import Entry
from nbmlops.views.compare_report import Grid, Head, Report
from nbmlops.views.escaping import clip
from nbmlops.views.palette import STATUS_LOOKS

__all__ = ["courses", "ends_block", "fitted", "marked", "report_text"]

GAP = 3
LEAST = 9
OPEN_REASONS = 8
DIFF_LINES = 40


def report_text(report: Report, width: int = 100) -> str:
    """The report in lines that are not longer than `width` where that is possible."""
    lines = wrap(" · ".join(report.caption), width)
    lines += [line for note in report.notes for line in wrap(note, width)]
    lines += ["", *_why(report, width)]
    lines += ["", *_grid(report.grid, width)]
    drawn = list(courses(report))
    if drawn:
        size = max(len(name) for name, _, _ in drawn)
        lines += ["", *(f"{name:<{size}}  {mark:>2} {blocks}" for name, mark, blocks in drawn)]
    for diff in report.diffs:
        if diff.is_minor:  # the grid says so
            continue
        body = diff.text.split("\n")
        lines += ["", f"{diff.title}.", *(f"  {line}" for line in body[:DIFF_LINES])]
        if len(body) > DIFF_LINES:
            lines.append(f"  … {len(body) - DIFF_LINES} more lines")
    if report.folded:
        told = " · ".join(one.text for one in report.folded)
        lines += ["", *wrap(told, width)]
    return "\n".join(line.rstrip() for line in lines)


def _why(report: Report, width: int) -> Iterable[str]:
    for because in report.why[:OPEN_REASONS]:
        gaps = f" ({because.gaps})" if because.gaps else ""
        yield from wrap(
            f"{because.run.letter} {because.run.text}: {because.verdict}{gaps}",
            width,
            subsequent_indent="  ",
        )
        for kind, says, sure in because.lines:
            doubt = f" ({sure})" if sure != "certain" else ""
            yield from wrap(f"  {kind:<9}  {says}{doubt}", width, subsequent_indent=" " * 13)
    if len(report.why) > OPEN_REASONS:
        yield f"  … and {len(report.why) - OPEN_REASONS} more runs"


def marked(head: Head) -> str:
    """A run's letter, mark and name, with the word for an unusual status."""
    if head.status is None:
        return head.text
    word = f" ({head.word})" if head.word else ""
    return f"{head.letter} {STATUS_LOOKS[head.status].mark} {head.text}{word}"


def fitted(grid: Grid, width: int, gap: int = GAP) -> tuple[list[list[str]], list[int], str]:
    """The cells of the grid with its heads, the widths of their columns, and what did not fit.

    A wide grid loses its last columns. A tall one loses facts of the runs, then what stands beside
    the values (of metrics last), then the ends of long values.
    """
    for spared in (None, ("metrics",), ()):
        table = _cells(grid, spared)
        widths = _widths(table)
        if sum(widths) + gap * (len(widths) - 1) <= width:
            return _with_facts(grid, table, widths, width, gap)
    if not grid.is_wide:
        room = (width - widths[0] - gap * len(grid.columns)) // len(grid.columns)
        limit = max(room, LEAST)
        table = [[row[0], *(clip(text, limit) for text in row[1:])] for row in table]
        return _with_facts(grid, table, _widths(table), width, gap)
    count = len(widths)
    while count > 2 and sum(widths[:count]) + gap * (count - 1) > width:
        count -= 1
    hidden = len(widths) - count
    more = ", ".join(filter(None, (grid.more, f"+{hidden} more columns" if hidden else "")))
    return [row[:count] for row in table], widths[:count], more


def _with_facts(
    grid: Grid, table: list[list[str]], widths: list[int], width: int, gap: int
) -> tuple[list[list[str]], list[int], str]:
    """The table with the facts of the runs below their names, as far as there is room."""
    if grid.is_wide:
        return table, widths, grid.more
    left = max(width - sum(widths) - gap * (len(widths) - 1), 0)
    for at, head in enumerate(grid.columns, 1):
        more = min(left, max(len(head.facts) - widths[at], 0))
        widths[at] += more
        left -= more
    facts = [clip(head.facts, size) for head, size in zip(grid.columns, widths[1:], strict=True)]
    return [table[0], ["", *facts], *table[1:]], widths, grid.more


def _widths(table: list[list[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*table, strict=True)]


def _cells(grid: Grid, spared: tuple[str, ...] | None) -> list[list[str]]:
    """The texts; what stands beside the values only of these groups, or of all."""
    rows = [["", *(marked(head) for head in grid.columns)]]
    for row in grid.rows:
        has_asides = spared is None or row.head.group in spared
        rows.append(
            [marked(row.head), *(_entry(each, has_aside=has_asides) for each in row.entries)]
        )
    return rows


def _entry(entry: Entry, *, has_aside: bool) -> str:
    return entry.plain if has_aside else ("★ " if entry.is_best else "") + entry.text


def _grid(grid: Grid, width: int) -> Iterable[str]:
    table, widths, more = fitted(grid, width)
    heads = 1 if grid.is_wide else 2
    rights = [False, *(head.is_numeric and grid.is_wide for head in grid.columns)]
    for at, row in enumerate(table):
        if at == heads:
            yield "─" * min(sum(widths) + GAP * (len(widths) - 1), width)
        elif at > heads and ends_block(grid, at - heads - 1):
            yield ""
        yield (" " * GAP).join(
            text.rjust(size) if right else text.ljust(size)
            for text, size, right in zip(row, widths, rights, strict=False)
        )
    if more or not grid.is_telling:
        yield more or "Nothing that was recorded differs."


def ends_block(grid: Grid, at: int) -> bool:
    """True for the last of the metrics, and the last of the parameters, above other rows."""
    if grid.is_wide or at + 1 >= len(grid.rows):
        return False
    group, following = grid.rows[at].head.group, grid.rows[at + 1].head.group
    return group != following and group in ("metrics", "parameters")


def courses(report: Report, most: int = 8) -> Iterable[tuple[str, str, str]]:
    """Each metric's name, a run's letter and its course as blocks; only where runs are few.

    The courses of one metric are on one scale.
    """
    if len(report.ids) > most:
        return
    for curve in report.charts:
        name = clip(curve.name.encode("unicode_escape").decode(), 40)
        rows = [[value for _, value in curve.lines.get(key, ())] for key in report.ids]
        for head, blocks in zip(report.runs, sparkline.blocks_together(rows, 32), strict=True):
            if blocks:
                yield name, head.letter, blocks
                name = ""
