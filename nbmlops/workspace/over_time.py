"""A drift check over time: rows of both sides, cut into chunks and groups."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from nbmlops.data.chunks import SEASONS, parse_every
from nbmlops.data.cuts import ALL, Chunks, Cut, cut_up
from nbmlops.data.profile import Profile
from nbmlops.data.scans import DataFile, tables_of
from nbmlops.drift.compare import Question
from nbmlops.drift.over_time import over_time
from nbmlops.drift.records import DriftReport
from nbmlops.errors import InvalidDataError

__all__ = ["cut_from", "tables_from", "with_over_time"]

USUAL = "1d"


def cut_from(time: str | None, every: str | int | None, by: str | None) -> Cut | None:
    """How the current data are to be cut; None where that was not asked for."""
    if time is None and every is None and by is None:
        return None
    if every is None and time is not None and by not in SEASONS:
        every = USUAL
    return Cut(time, None if every is None else parse_every(every), by)


def with_over_time(
    report: DriftReport,
    data: tuple[Any, Any],
    reference: Profile,
    question: Question,
    cut: Cut,
    names: Sequence[str] | None,
) -> DriftReport:
    """The report with its strips. `reference` is the profile of the reference as a whole."""
    needed = None if names is None else [*names, *filter(None, (cut.time, cut.by))]
    if cut.by is None:
        groups = {ALL: reference}
    else:
        cut_reference = cut.of_groups
        found = cut_up(
            tables_from(data[0], needed, cut_reference), cut_reference, names, "reference"
        )
        groups = {group: profile for (_, group), profile in found.profiles.items()}
    chunks = cut_up(tables_from(data[1], needed, cut), cut, names)
    if not chunks.labels:
        problem = f"no row has a time in {cut.time!r}" if cut.time else "it has no rows"
        raise InvalidDataError(report.current.name, problem)
    strips = over_time(groups, chunks, report, question, cut)
    return replace(report, over_time=strips, notes=(*report.notes, *_notes(chunks, groups, cut)))


def _notes(chunks: Chunks, reference: dict[str, Profile], cut: Cut) -> Iterator[str]:
    if chunks.timeless_count:
        count = chunks.timeless_count
        said = ("row has", "is") if count == 1 else ("rows have", "are")
        yield f"{count:,} {said[0]} no time in {cut.time!r} and {said[1]} in no chunk."
    if cut.every is not None and len(chunks.labels) == 1:
        yield f"All rows are in one chunk of {cut.every} ({chunks.labels[0]})."
    if absent := [group for group in chunks.groups if group not in reference]:
        shown = ", ".join(repr(group) for group in absent[:3])
        more = f" and {len(absent) - 3} more" if len(absent) > 3 else ""
        yield f"The reference has no {cut.by} {shown}{more}: nothing to compare with."


def tables_from(side: Any, names: Sequence[str] | None, cut: Cut) -> Iterable[Any]:
    """The rows of one side, as one table or as those of its files."""
    if isinstance(side, Profile):
        raise _without_rows(side.source or "profile", cut)
    if not isinstance(side, (str, os.PathLike)):
        return [side]
    from nbmlops.store.data_files import find_data_files

    place = os.fspath(side)
    if place.startswith("run:"):
        raise _without_rows(place, cut)
    files = [DataFile(name, opened) for name, opened in find_data_files(place)]
    return (table for file in files for table in tables_of(file, names))


def _without_rows(name: str, cut: Cut) -> InvalidDataError:
    what = f"by {cut.by}" if cut.by else "over time"
    hint = "Give the data themselves."
    return InvalidDataError(
        name, f"it is a profile, which keeps no rows to look at {what}", hint=hint
    )
