"""What a table of runs says, decided once; HTML, text and the terminal only draw it.

Parameters that are the same in all runs are said once instead of filling a column; the best value
of each metric is marked. All texts are visible text (`escaping.visible`), not HTML.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from nbmlops.events import experiment_key
from nbmlops.headline import ENDED, Better, headline_names
from nbmlops.records import Run, Status
from nbmlops.views import quantities
from nbmlops.views.escaping import visible

__all__ = ["Column", "Entry", "Tabulation", "fitting", "tabulate"]

PARAMS, METRICS, CONSTANTS = 6, 6, 6
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell of the table."""

    text: str
    title: str = ""
    is_best: bool = False
    status: Status | None = None
    has_word: bool = True  # for its status; without it, a column of its own says that

    @property
    def note(self) -> str:
        """The word for a status other than the usual one."""
        usual = self.status in (None, Status.SUCCEEDED)
        return "" if usual or not self.has_word else str(self.status)

    @property
    def width(self) -> int:
        """How many characters it takes with its marks."""
        mark = 2 if self.is_best or self.status else 0
        return len(self.text) + mark + (len(self.note) + 3 if self.note else 0)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `group` is "run", "params" or "metrics"; the least important give way first."""

    title: str
    group: str
    entries: tuple[Entry, ...]
    is_numeric: bool = False
    direction: str | None = None
    importance: int = 0

    @property
    def width(self) -> int:
        """How many characters its widest entry takes."""
        return max([len(self.title), *(entry.width for entry in self.entries)])


@dataclass(frozen=True, slots=True)
class Tabulation:
    """All columns that are shown, and what is said beside them."""

    columns: tuple[Column, ...]
    runs: tuple[Run, ...]
    total: int
    experiment: str = ""
    sort: str = ""
    constants: tuple[tuple[str, str], ...] = ()
    more_constants: int = 0
    hidden: dict[str, int] = field(default_factory=dict)
    searched: bool = False
    notes: tuple[str, ...] = ()

    @property
    def nothing(self) -> str:
        """What is said in a notebook where there is no run to show."""
        return self._nothing("%runs", "A cell with %%track on top makes one.")

    @property
    def nothing_in_terminal(self) -> str:
        """What is said in the terminal where there is no run to show."""
        return self._nothing("nbmlops runs find", "`nbmlops demo` makes some.")

    def _nothing(self, listing: str, first: str) -> str:
        if self.notes:
            return f"No runs found that fit. {' '.join(self.notes)}"
        if self.searched:
            return f"No runs found that fit. Look at the names without a filter: {listing}"
        return f"No runs found. {first}"

    @property
    def caption(self) -> list[str]:
        """How many runs of what, in which order, and what they have in common."""
        count = len(self.runs)
        noun = "run" if self.total == 1 else "runs"
        counted = (
            f"{count:,} {noun}" if count == self.total else f"{count:,} of {self.total:,} {noun}"
        )
        parts = [counted + (f" in {self.experiment}" if self.experiment else "")]
        if self.sort:
            parts.append(f"by {self.sort}")
        if self.constants:
            listed = ", ".join(f"{name} = {value}" for name, value in self.constants)
            more = f" +{self.more_constants} more" if self.more_constants else ""
            parts.append(f"same in all: {listed}{more}")
        parts += [
            f"+{number} more {noun}{'s' if number > 1 else ''}"
            for noun, number in (
                ("parameter", self.hidden.get("params", 0)),
                ("metric", self.hidden.get("metrics", 0)),
            )
            if number
        ]
        return parts


def tabulate(
    runs: Iterable[Run],
    *,
    better: Better,
    now: datetime | None = None,
    limit: int = 100,
    status_column: bool = False,
) -> Tabulation:
    """The table of these runs, of which the first `limit` are shown.

    A RunTable also tells its `total`, its `sort` and its `notes`. With `now`, starts are told as
    ages; a saved table has no such moment, so without it they are told as times. With
    `status_column`, statuses have a column of their own unless all runs succeeded; else the word
    stands behind the name.
    """
    given = list(runs)
    shown = given[:limit]
    total, sort = getattr(runs, "total", None), getattr(runs, "sort", None)
    experiments = {experiment_key(run.experiment) for run in shown}
    varying, constant = _params(shown)
    metrics = headline_names(shown, better)
    statuses = _statuses(shown) if status_column else []
    columns = [
        Column("run", "run", tuple(_name(run, not statuses) for run in shown), importance=100),
        *statuses,
        Column("id", "run", tuple(_id(run) for run in shown), importance=90),
        *(
            [_plain("experiment", [run.experiment for run in shown])]
            if len(experiments) > 1
            else []
        ),
        _started(shown, now),
        Column("took", "run", tuple(_took(run) for run in shown), is_numeric=True, importance=55),
        *(_param(name, shown, 86 - 13 * at) for at, name in enumerate(varying[:PARAMS])),
        *(_metric(name, shown, better, 95 - 12 * at) for at, name in enumerate(metrics[:METRICS])),
    ]
    return Tabulation(
        columns=tuple(columns),
        runs=tuple(shown),
        total=total if isinstance(total, int) and total >= len(given) else len(given),
        experiment=visible(shown[0].experiment, 60) if len(experiments) == 1 else "",
        sort=visible(sort, 60) if isinstance(sort, str) else "",
        constants=tuple(
            (visible(name, 40), visible(quantities.readable(constant[name], 24), 40))
            for name in list(constant)[:CONSTANTS]
        ),
        more_constants=max(len(constant) - CONSTANTS, 0),
        hidden={
            "params": max(len(varying) - PARAMS, 0),
            "metrics": max(len(metrics) - METRICS, 0),
        },
        searched=bool(getattr(runs, "searched", False)),
        notes=tuple(visible(note, 400) for note in getattr(runs, "notes", ())),
    )


def fitting(table: Tabulation, width: int, gap: int = 2) -> Tabulation:
    """The table with as many columns as fit into a width of characters; the run's name stays."""
    columns = list(table.columns)
    hidden = dict(table.hidden)
    while len(columns) > 1 and sum(column.width + gap for column in columns) - gap > width:
        column = min(columns, key=lambda column: column.importance)
        columns.remove(column)
        hidden[column.group] = hidden.get(column.group, 0) + 1
    return replace(table, columns=tuple(columns), hidden=hidden)


def _params(runs: Sequence[Run]) -> tuple[list[str], dict[str, Any]]:
    """Names of parameters that vary, and the constant ones with their value."""
    names = list(dict.fromkeys(name for run in runs for name in run.params))
    varying, constant = [], {}
    for name in names:
        first = runs[0].params.get(name, _ABSENT)
        if len(runs) > 1 and all(run.params.get(name, _ABSENT) == first for run in runs):
            constant[name] = first
        else:
            varying.append(name)
    # Cells of one notebook have parameters that others lack, and few that differ. What a model is
    # made of, which has parameters of its own (`ridge`, `ridge__alpha`), gives way to these.
    nested = {name.rpartition("__")[0] for name in names}
    parts = {text for run in runs for value in run.params.values() for text in _texts(value)}

    def says_little(name: str) -> tuple[bool, bool]:
        values = [run.params[name] for run in runs if name in run.params]
        is_structure = name in nested or any(
            isinstance(value, (list, dict)) or (isinstance(value, str) and value in parts)
            for value in values
        )
        return is_structure, all(value == values[0] for value in values)

    return sorted(varying, key=says_little), constant


def _texts(value: Any) -> Iterator[str]:
    """The texts of a list of steps, which are names and classes."""
    for part in value if isinstance(value, list) else ():
        yield from (
            (each for each in part if isinstance(each, str)) if isinstance(part, list) else ()
        )


def _name(run: Run, has_word: bool) -> Entry:
    name = visible(run.name, 40) or "unnamed"
    return Entry(name, "", status=run.status, has_word=has_word)


def _statuses(runs: Sequence[Run]) -> list[Column]:
    if all(run.status is Status.SUCCEEDED for run in runs):
        return []
    return [Column("status", "run", tuple(Entry(str(run.status)) for run in runs), importance=98)]


def _id(run: Run) -> Entry:
    return Entry(visible(quantities.short_id(run.id)), visible(run.id))


def _plain(title: str, texts: Sequence[str]) -> Column:
    return Column(title, "run", tuple(Entry(visible(text, 32)) for text in texts), importance=65)


def _started(runs: Sequence[Run], now: datetime | None) -> Column:
    """When the runs started; the year is said only where there are several."""
    years = {run.started_at.year for run in runs}
    entries = tuple(
        Entry(
            quantities.age(run.started_at, now) if now else _moment(run, is_short=len(years) == 1),
            quantities.instant(run.started_at),
        )
        for run in runs
    )
    return Column("started" if now else "started, UTC", "run", entries, importance=84)


def _moment(run: Run, *, is_short: bool) -> str:
    exact = quantities.instant(run.started_at)
    if not is_short:
        return exact[:16]
    month = MONTHS[int(exact[5:7]) - 1]
    return f"{month} {exact[8:16]}"


def _took(run: Run) -> Entry:
    return Entry(quantities.duration(run.duration_seconds))


def _value(given: Any) -> Entry:
    shown, exact = (
        visible(text(given, 28), 40) for text in (quantities.readable, quantities.value)
    )
    return Entry(shown) if shown == exact else Entry(shown, exact)


def _param(name: str, runs: Sequence[Run], importance: int) -> Column:
    values = [run.params.get(name, _ABSENT) for run in runs]
    entries = tuple(Entry("") if value is _ABSENT else _value(value) for value in values)
    given = [value for value in values if value is not _ABSENT]
    numeric = all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in given
    )
    return Column(visible(name, 24), "params", entries, is_numeric=numeric, importance=importance)


def _metric(name: str, runs: Sequence[Run], better: Better, importance: int) -> Column:
    direction = better(name)
    numbers = [run.metrics.get(name) for run in runs]
    # The best of several experiments, or of runs that did not come to their end, means nothing.
    counted = (
        [run for run in runs if run.status in ENDED]
        if len({experiment_key(run.experiment) for run in runs}) == 1
        else []
    )
    finite = [
        number
        for run in counted
        if (number := run.metrics.get(name)) is not None and _is_finite(number)
    ]
    best = None
    if direction and len(finite) > 1 and min(finite) != max(finite):
        best = max(finite) if direction == "higher" else min(finite)
    entries = tuple(
        Entry("")
        if number is None
        else Entry(
            quantities.number(number),
            visible(quantities.value(number)),
            is_best=best is not None and number == best and any(run is one for one in counted),
        )
        for run, number in zip(runs, numbers, strict=True)
    )
    return Column(
        visible(name, 24),
        "metrics",
        entries,
        direction=direction,
        is_numeric=True,
        importance=importance,
    )


def _is_finite(number: float) -> bool:
    return isinstance(number, int) or math.isfinite(number)
