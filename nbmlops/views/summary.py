"""What a card says about a run, decided once; HTML, text, PNG and terminal only draw it.

Everything textual in a `Summary` is already visible text (`escaping.visible`): nothing in it acts.
It is not HTML: the HTML form escapes it once more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbmlops.headline import ENDED, Better, headline_names
from nbmlops.records import History, Metric, ParamValue, Run, Status
from nbmlops.views import attempts, quantities
from nbmlops.views.escaping import visible
from nbmlops.views.worth import observations

__all__ = [
    "Change",
    "Delta",
    "Standing",
    "Summary",
    "Tile",
    "changes",
    "deletion",
    "points",
    "summarize",
    "warnings_of",
]

TILES = 4
CHANGES = 4
WARNINGS = 2


@dataclass(frozen=True, slots=True)
class Delta:
    """A metric's change against the previous run: `meaning` is "better", "worse" or ""."""

    arrow: str
    text: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a metric stands among all runs so far: the best of them, or behind which."""

    text: str
    run: str = ""
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline metric."""

    name: str
    value: str
    exact: str
    delta: Delta | None = None
    standing: Standing | None = None
    points: tuple[float, ...] = ()
    series: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A parameter that is not what it was: None stands for "was not there".

    Without both, `name` says in words what else changed: code, data, a library.
    """

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """All that a closed card shows."""

    status: Status
    name: str
    experiment: str
    facts: tuple[str, ...]
    tiles: tuple[Tile, ...] = ()
    more_metrics: int = 0
    changes: tuple[Change, ...] = ()
    more_changes: int = 0
    against: str = ""
    inputs: str = ""
    problem: str = ""
    reason: str = ""
    warnings: tuple[str, ...] = ()
    more_warnings: int = 0


def summarize(
    run: Run,
    history: History | None = None,
    series: Mapping[str, Sequence[Metric]] | None = None,
    *,
    better: Better,
) -> Summary:
    """The summary of one run beside what was known before it."""
    previous = history.previous if history else None
    changed = _told_changes(run, previous) if previous else []
    told, likeness = attempts.reasons(run, previous) if previous else ((), "")
    changed += [Change(each, None, None) for each in told]
    names = headline_names([run], better)
    peak = run.resources.peak_memory_bytes if run.resources else None
    facts = [
        quantities.duration(run.duration_seconds),
        quantities.size(peak) and f"{quantities.size(peak)} peak",
        visible(quantities.short_id(run.id)),
    ]
    facts.append(likeness)
    if run.git is not None and run.git.dirty:
        facts.append("uncommitted changes")
    told_warnings = warnings_of(run, history)
    return Summary(
        status=run.status,
        name=visible(run.name, 80) or "unnamed",
        experiment=visible(run.experiment, 60),
        facts=tuple(fact for fact in facts if fact),
        tiles=tuple(
            _tile(name, run, history, (series or {}).get(name, ()), better)
            for name in names[:TILES]
        ),
        more_metrics=max(len(names) - TILES, 0),
        changes=tuple(changed[:CHANGES]),
        more_changes=max(len(changed) - CHANGES, 0),
        against=visible(previous.name, 60) if previous else "",
        inputs=attempts.inputs(run),
        problem=_problem(run),
        reason=visible(run.reason or "", 300),
        warnings=tuple(visible(message, 240) for message in told_warnings[:WARNINGS]),
        more_warnings=max(len(told_warnings) - WARNINGS, 0),
    )


def warnings_of(run: Run, history: History | None) -> list[str]:
    """What is worth seeing first; how completely we looked is no news of the cell's, and last."""
    ordered = sorted(run.warnings, key=lambda each: each.code == "partial")
    return [*deletion(run), *observations(run, history), *(each.message for each in ordered)]


def deletion(run: Run) -> list[str]:
    """What is to be said first of a run that was deleted; nothing of another."""
    if run.deleted_at is None:
        return []
    when, short = f"{run.deleted_at:%Y-%m-%d %H:%M} UTC", quantities.short_id(run.id)
    return [f"Deleted {when}; `nbmlops runs restore {short}` brings it back."]


def changes(before: Mapping[str, ParamValue], after: Mapping[str, ParamValue]) -> list[Change]:
    """The parameters that differ, in the order of the newer run; those that are gone come last.

    >>> changes({"depth": 6, "gone": 1}, {"depth": 8.0, "lr": 0.1})
    [Change(name='depth', before='6', after='8.0'), Change(name='lr', before=None, after='0.1'), \
Change(name='gone', before='1', after=None)]
    """
    found = [
        Change(visible(name, 60), *_shown(before, after, name))
        for name in after
        if name not in before or not _same(before[name], after[name])
    ]
    gone = (name for name in before if name not in after)
    return found + [Change(visible(name, 60), *_shown(before, {}, name)) for name in gone]


def _told_changes(run: Run, previous: Run) -> list[Change]:
    """The changes that mean something to a reader of this run.

    Between runs of different code all parameters differ, which says nothing; and what a run that
    stopped early lacks, it may only not have reached.
    """
    from nbmlops.comparison.params import completed  # as in `attempts`

    before, after = completed(previous, [run]), completed(run, [previous])
    if not before.keys() & after.keys():
        return []
    # papermill gives a notebook's cells all that it was given itself, read or not; what it was not
    # given is known of a cell only where the cell reads it.
    once = previous.params.keys() ^ run.params.keys()
    given = {
        name
        for name in once
        if "papermill" in (run.param_sources.get(name), previous.param_sources.get(name))
    }
    found = [change for change in changes(before, after) if change.name not in given]
    if run.status in ENDED:
        return found
    return [change for change in found if change.after is not None]


def _shown(
    before: Mapping[str, ParamValue], after: Mapping[str, ParamValue], name: str
) -> tuple[str | None, str | None]:
    for text in (quantities.readable, quantities.value):  # exactly, where they read the same
        one, other = (
            visible(text(params[name], 40), 60) if name in params else None
            for params in (before, after)
        )
        if one != other:
            break
    return one, other


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    return bool(one == other) or (one != one and other != other)


def _problem(run: Run) -> str:
    if run.error is None:
        return ""
    first_line = run.error.message.strip().partition("\n")[0]
    kind = visible(run.error.type, 80)
    return f"{kind}: {visible(first_line, 240)}" if first_line else kind


def _tile(
    name: str,
    run: Run,
    history: History | None,
    series: Sequence[Metric],
    better: Better,
) -> Tile:
    given = run.metrics[name]
    curve = points(series)
    return Tile(
        name=visible(name, 32),
        value=quantities.number(given),
        exact=visible(quantities.value(given), 40),
        delta=_delta(name, given, history, better),
        standing=_standing(name, given, run.id, history, better),
        points=curve,
        series=_told(visible(name, 60), series) if curve else "",
    )


def points(series: Sequence[Metric], limit: int = 48) -> tuple[float, ...]:
    """At most `limit` values of a metric with steps, () for one without; NaN where it broke off.

    Each bucket keeps its last value, except that the overall extremes survive.
    """
    if sum(1 for metric in series if metric.step is not None) < 2:
        return ()
    values = [_real(metric.value) for metric in series]
    if len(values) <= limit:
        return tuple(values)
    width = len(values) / limit
    kept = [values[min(int((bucket + 1) * width), len(values)) - 1] for bucket in range(limit)]
    finite = [item for item in values if math.isfinite(item)]
    for extreme in (min(finite), max(finite)) if finite else ():
        if extreme not in kept:
            kept[min(int(values.index(extreme) / width), limit - 2)] = extreme
    return tuple(kept)


def _real(given: float) -> float:
    try:
        return float(given)
    except OverflowError:
        return math.inf if given > 0 else -math.inf


def _told(name: str, series: Sequence[Metric]) -> str:
    finite = [value for metric in series if math.isfinite(value := _real(metric.value))]
    if not finite:
        return ""
    first, last = quantities.number(finite[0]), quantities.number(finite[-1])
    low, high = quantities.number(min(finite)), quantities.number(max(finite))
    return (
        f"{name} over {len(series):,} points: from {first} to {last}, lowest {low}, highest {high}"
    )


def _delta(name: str, given: float, history: History | None, better: Better) -> Delta | None:
    if history is None or history.previous is None or name not in history.previous.metrics:
        return None
    old = history.previous.metrics[name]
    if not (_is_finite(given) and _is_finite(old)):
        return None
    if given == old:
        return Delta("=", "unchanged", "")
    rises = given > old
    direction = better(name)
    meaning = "" if direction is None else "better" if rises is (direction == "higher") else "worse"
    return Delta("▲" if rises else "▼", quantities.difference(given, old), meaning)


def _standing(
    name: str, given: float, run_id: str, history: History | None, better: Better
) -> Standing | None:
    direction = better(name)
    if history is None or direction is None or name not in history.best:
        return None
    best = history.best[name]
    if not (_is_finite(given) and _is_finite(best.value)):
        return None
    if best.run_id == run_id:
        return Standing("best so far", is_best=True) if history.count > 1 else None
    if given == best.value:
        return Standing("equals the best", visible(best.run_name, 60))
    if (given > best.value) is (direction == "higher"):
        return Standing("best so far", is_best=True)
    return Standing(f"best {quantities.number(best.value)}", visible(best.run_name, 60))


def _is_finite(given: float) -> bool:
    # Integers beyond a float's range cannot be compared with floats by subtraction.
    return abs(given) < 10**300 if isinstance(given, int) else math.isfinite(given)
