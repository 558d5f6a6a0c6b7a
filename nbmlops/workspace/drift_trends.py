"""The columns of a drift check over the checks of the same reference."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from nbmlops.drift.records import ColumnSide, DriftReport, report_from_dict
from nbmlops.errors import NbmlopsError
from nbmlops.records import Number, Run

if TYPE_CHECKING:
    from nbmlops.workspace import Workspace

__all__ = ["DriftCheck", "DriftTrend", "DriftTrends", "trends_of"]

MOST_KEPT = 50_000  # columns of reports of which a process remembers what a trend needs


@dataclass(frozen=True, slots=True)
class DriftCheck:
    """One check among others of its reference."""

    run: str
    name: str
    current: str
    started_at: datetime
    is_drifted: bool
    drifted_count: int
    tested_count: int


@dataclass(frozen=True, slots=True)
class DriftTrend:
    """The effect of one column's test in each check, null where it was not made there, and the
    column's state, "" where the check does not have it. `turns` are the places of the checks from
    which on the reference has other data under its name.
    """

    column: str
    kind: str
    role: str
    measure: str
    effect_unit: str
    floor: float | None
    effects: tuple[Number | None, ...]
    states: tuple[str, ...]
    turns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DriftTrends:
    """Checks with one reference, the earliest first, and what became of each column."""

    checks: tuple[DriftCheck, ...]
    trends: tuple[DriftTrend, ...]


@dataclass(frozen=True, slots=True)
class _Column:
    """What is kept of a column of a report."""

    kind: str
    role: str
    state: str
    leading: str  # the measure that speaks for it
    effects: Mapping[str, tuple[float | None, str]]  # by measure: the effect, and its unit
    reference: str  # what the reference has in it, as far as a report tells


@dataclass(frozen=True, slots=True)
class _Summary:
    """What is kept of a report."""

    is_drifted: bool
    floors: Mapping[str, float]
    columns: Mapping[str, _Column]


_kept: OrderedDict[str, _Summary] = OrderedDict()  # by the digest of the report
_lock = threading.Lock()


def trends_of(workspace: Workspace, run: Run, report_name: str, limit: int) -> DriftTrends:
    """The latest checks of the run's reference, by its name and method, and this run among them.

    A report that is gone or cannot be read is left out.
    """
    found = _checks_like(workspace, run, limit)
    if run.id not in {each.id for each in found}:
        found = sorted([run, *found[: limit - 1]], key=lambda each: each.started_at, reverse=True)
    told: list[tuple[Run, _Summary]] = []
    for each in reversed(found):
        summary = _summary(workspace, each, report_name)
        if summary is not None:
            told.append((each, summary))
    shown = next((summary for each, summary in told if each.id == run.id), None)
    checks = tuple(_check(each, summary) for each, summary in told)
    if shown is None:
        return DriftTrends(checks, ())
    summaries = [summary for _, summary in told]
    return DriftTrends(
        checks,
        tuple(
            _trend(name, column, shown, summaries)
            for name, column in shown.columns.items()
            if column.leading
        ),
    )


def _checks_like(workspace: Workspace, run: Run, limit: int) -> list[Run]:
    reference, method = run.params.get("reference"), run.params.get("method")
    if not isinstance(reference, str) or not isinstance(method, str):
        return [run]
    terms = " and ".join(
        f"params.{name} = '{value.replace(chr(39), chr(39) * 2)}'"
        for name, value in (("reference", reference), ("method", method))
    )
    try:
        return list(workspace.runs.find(f"kind = 'check' and {terms}", limit=limit))
    except NbmlopsError:  # a name that no filter can hold
        return [run]


def _check(run: Run, summary: _Summary) -> DriftCheck:
    states = [column.state for column in summary.columns.values()]
    current = run.params.get("current")
    return DriftCheck(
        run.id,
        run.name,
        current if isinstance(current, str) else "",
        run.started_at,
        summary.is_drifted,
        states.count("drifted"),
        len(states) - states.count("untested"),
    )


def _trend(
    name: str, column: _Column, shown: _Summary, summaries: Sequence[_Summary]
) -> DriftTrend:
    there = [summary.columns.get(name) for summary in summaries]
    measured = [each.effects.get(column.leading) if each is not None else None for each in there]
    return DriftTrend(
        column=name,
        kind=column.kind,
        role=column.role,
        measure=column.leading,
        effect_unit=column.effects[column.leading][1],
        floor=shown.floors.get(column.leading),
        effects=tuple(each[0] if each is not None else None for each in measured),
        states=tuple(each.state if each is not None else "" for each in there),
        turns=tuple(_turns(there)),
    )


def _summary(workspace: Workspace, run: Run, report_name: str) -> _Summary | None:
    artifact = run.artifacts.get(report_name)
    if artifact is None:
        return None
    with _lock:
        known = _kept.get(artifact.digest)
        if known is not None:
            _kept.move_to_end(artifact.digest)
            return known
    try:
        content = workspace.runs.artifact(run, report_name)
        made = _summarized(report_from_dict(json.loads(content)))
    except (NbmlopsError, ValueError, TypeError, KeyError):
        return None
    with _lock:
        _kept[artifact.digest] = made
        count = sum(len(each.columns) for each in _kept.values())
        while count > MOST_KEPT and len(_kept) > 1:
            count -= len(_kept.popitem(last=False)[1].columns)
    return made


def _summarized(report: DriftReport) -> _Summary:
    columns = {}
    for column in report.columns:
        leading = column.leading
        columns[column.name] = _Column(
            column.kind,
            column.role,
            column.state,
            leading.measure if leading is not None else "",
            {one.measure: (one.effect, one.effect_unit) for one in column.results},
            _told_of(column.reference),
        )
    return _Summary(report.drifted, dict(report.floors), columns)


def _told_of(side: ColumnSide | None) -> str:
    """Equal for the same data; what depends on the other side as well is left out."""
    if side is None:
        return ""
    said = (side.row_count, side.missing_count, side.distinct_count, side.mean, side.quantiles)
    return sha256(repr(said).encode()).hexdigest()[:16]


def _turns(there: Sequence[_Column | None]) -> Iterator[int]:
    before = None
    for place, column in enumerate(there):
        if column is None or not column.reference:
            continue
        if before is not None and column.reference != before:
            yield place
        before = column.reference
