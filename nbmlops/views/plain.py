"""The card as a few lines of plain text, for IPython in a terminal and viewers without HTML."""

from __future__ import annotations

from nbmlops.views import sparkline
from nbmlops.views.palette import STATUS_LOOKS
from nbmlops.views.summary import Change, Summary, Tile

__all__ = ["card_text"]


def card_text(summary: Summary) -> str:
    """One to about six lines, without control characters."""
    look = STATUS_LOOKS[summary.status]
    title = f"{look.mark} {summary.name} in {summary.experiment}"
    lines = [" · ".join([title, summary.status.value, *summary.facts])]
    lines += _tiles(summary)
    lines += [f"  {summary.inputs}"] if summary.inputs else []
    lines += [f"  {text}" for text in (summary.problem, summary.reason) if text]
    if summary.changes:
        listed = [_change(change) for change in summary.changes]
        if summary.more_changes:
            listed.append(f"+{summary.more_changes} more")
        lines.append("  changed: " + ", ".join(listed))
    lines += [f"  ! {text}" for text in summary.warnings]
    return "\n".join(lines)


def _tiles(summary: Summary) -> list[str]:
    if not summary.tiles:
        return []
    name_width = max(len(tile.name) for tile in summary.tiles)
    value_width = max(len(tile.value) for tile in summary.tiles)
    courses = [sparkline.blocks(tile.points) for tile in summary.tiles]
    course_width = max(map(len, courses))
    lines = []
    for tile, course in zip(summary.tiles, courses, strict=True):
        drawn = f"  {course:<{course_width}}" if course_width else ""
        line = f"  {tile.name:<{name_width}}  {tile.value:>{value_width}}{drawn}"
        lines.append(f"{line}  {_comparison(tile)}".rstrip())
    if summary.more_metrics:
        plural = "s" if summary.more_metrics > 1 else ""
        lines.append(f"  +{summary.more_metrics} more metric{plural}")
    return lines


def _comparison(tile: Tile) -> str:
    parts = []
    if tile.delta:
        told = f"{tile.delta.arrow} {tile.delta.text} {tile.delta.meaning}".rstrip()
        parts.append(told)
    if tile.standing:
        parts.append(("★ " if tile.standing.is_best else "") + tile.standing.text)
    return " · ".join(parts)


def _change(change: Change) -> str:
    if change.before is None and change.after is None:
        return change.name
    if change.before is None:
        return f"{change.name} {change.after} (new)"
    return f"{change.name} {change.before} → {'gone' if change.after is None else change.after}"
