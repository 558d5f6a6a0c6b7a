"""What a drift report shows of slices, decided once for HTML, text and terminal."""

from __future__ import annotations

from dataclasses import dataclass

from nbmlops.drift.segments import Move, Segment, Segments
from nbmlops.views.amounts import p_text, percents, two_numbers
from nbmlops.views.escaping import visible

__all__ = ["SegmentLines", "segment_lines", "segment_sentence"]

NAMED = 2  # slices that the sentence names


@dataclass(frozen=True, slots=True)
class SegmentLines:
    """A sentence with its state, a row for each move of each slice, and how they were looked for.

    A row: the slice (empty where it is that of the row above), its share, what moved there,
    elsewhere, and the corrected p-value.
    """

    state: str
    sentence: str
    rows: tuple[tuple[str, str, str, str, str], ...]
    how: str


def segment_lines(found: Segments | None) -> SegmentLines | None:
    """Everything that is shown of it."""
    if found is None:
        return None
    rows: list[tuple[str, str, str, str, str]] = []
    for one in found.found:
        for place, move in enumerate(one.moves):
            name, share = (_name(one), _share(one)) if not place else ("", "")
            rows.append((name, share, _inside(move), _elsewhere(move), p_text(move.p_adjusted)))
    state = "drifted" if found.found else "none"
    return SegmentLines(state, segment_sentence(found), tuple(rows), _how(found))


def segment_sentence(found: Segments) -> str:
    """Where drift concentrates, in a sentence.

    >>> segment_sentence(Segments((), 900, 0, 3, 0, 2000, 2000))
    'No slice of the rows stands out.'
    """
    if not found.found:
        return "No slice of the rows stands out."
    names = [_name(one) for one in found.found]
    if len(names) == 1:
        return f"Drift concentrates where {names[0]}."
    rest = f"where {names[1]}" if len(names) == NAMED else f"in {len(names) - 1} more slices"
    return f"Drift concentrates where {names[0]}, and {rest}."


def _name(one: Segment) -> str:
    return visible(str(one), 120)


def _share(one: Segment) -> str:
    return percents(one.reference_share, one.current_share)


def _inside(move: Move) -> str:
    if move.mark is None:
        return "its share of the rows"
    before, now = move.before or 0.0, move.now or 0.0
    if move.mark.is_whole:
        return f"median {visible(move.column, 40)} {two_numbers(before, now)}"
    return f"{visible(str(move.mark), 60)}: {percents(before, now)}"


def _elsewhere(move: Move) -> str:
    if move.before_elsewhere is None or move.now_elsewhere is None or move.mark is None:
        return "in proportion"
    if move.mark.is_whole:
        return two_numbers(move.before_elsewhere, move.now_elsewhere)
    return percents(move.before_elsewhere, move.now_elsewhere)


def _how(found: Segments) -> str:
    of = f"{found.searched_count:,} slices of {found.column_count} columns"
    left = f" ({found.left_out_count:,} more columns left out)" if found.left_out_count else ""
    tested = f"{found.tested_count} tested" if found.tested_count else "none worth a test"
    searched = f"Searched {of}{left} in {found.search_rows:,} rows"
    return (
        f"{searched}; {tested} on {found.test_rows:,} others. A slice is named where a column "
        "moved by at least 5 points and twice as much as in all other rows, with a corrected "
        "p-value."
    )
