"""Verbs on monitors: drift checks that repeat, each looking only at what is new."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from nbmlops.capture.naming import given_name
from nbmlops.data.chunks import SEASONS, parse_every
from nbmlops.data.columns import Columns
from nbmlops.data.cuts import ALL, Cut, cut_up
from nbmlops.data.profile import Profile, merge_profiles
from nbmlops.data.profile_files import profile_from_bytes
from nbmlops.data.scans import Pieces
from nbmlops.drift.compare import Question, compare
from nbmlops.drift.monitor_report import MonitorReport, report_of
from nbmlops.drift.records import DriftReport
from nbmlops.drift.sequential.budget import USUAL_BUDGET, Budget, parse_budget
from nbmlops.drift.sequential.late_labels import LateLabels
from nbmlops.drift.sequential.looking import begin, look
from nbmlops.drift.sequential.losses import LossWatch, begin_losses, losses_of
from nbmlops.drift.sequential.watch import Watch
from nbmlops.errors import InvalidDataError
from nbmlops.records import Monitor
from nbmlops.settings import without_password
from nbmlops.workspace.drift import REPORT, metric_of
from nbmlops.workspace.monitor_labels import Pairs
from nbmlops.workspace.monitor_sources import Batch, check_times, new_batches
from nbmlops.workspace.monitor_state import (
    absolute_source,
    check_definition,
    packed,
    unpacked,
)
from nbmlops.workspace.monitor_table import MonitorTable
from nbmlops.workspace.monitors_told import monitors_told
from nbmlops.workspace.over_time import tables_from
from nbmlops.workspace.tracking import user_and_host

if TYPE_CHECKING:
    from nbmlops.capture.run import ActiveRun
    from nbmlops.views.monitor_told import MonitorTold
    from nbmlops.workspace import Workspace

__all__ = ["MONITOR_REPORT", "Monitors"]

MONITOR_REPORT = "monitor-report.json"
MOST_METRICS = 300  # columns whose evidence becomes a metric
USUAL = "1d"


class Monitors:
    """`ws.monitors`: what is watched, by its name."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(
        self,
        name: str,
        *,
        reference: Any,
        source: str | os.PathLike[str],
        database: str | None = None,
        time: str | None = None,
        every: str | int | None = None,
        by: str | None = None,
        budget: str = USUAL_BUDGET,
        columns: Sequence[str] | None = None,
        target: str | None = None,
        prediction: str | None = None,
        key: str | None = None,
        experiment: str | None = None,
        reference_name: str | None = None,
    ) -> Monitor:
        """The monitor that was added; its first `run` looks at all that is in the source.

        `reference` is what `check_drift` takes; a profile of it is kept. `source` is a file,
        folder, glob or URL of CSV or Parquet: each new file is a look, or with `time` the rows that
        are new, cut `every` "1d": those of new files and those behind the rows of a file that were
        seen, however early their times, and of a file that was written anew those that are later
        than all that was seen, as of a query; or a SELECT on a `database` (an address, or
        env:NAME of a variable that has it), with a `time`, and perhaps `:after` for the time of the
        latest row. `by` compares groups with their like: a column, or the weekday, hour or month of
        the time. `budget` says how rare a false alarm has to be, over all columns and looks: "1 in
        5 years", and "at 1 %" instead of 5 %. With `target` and `prediction` the loss is watched as
        well, and takes one half of the budget. The loss is that of rows with a label. One that
        comes later is counted where `key` names the column by which its row is known again, for the
        latest 100,000 rows that wait; other rows without a label are left out, and the report says
        how many. With a `key` the labels are no column that may drift: which of them have come yet
        is no property of the data.

        Raises AlreadyExistsError, InvalidNameError, InvalidOptionError, InvalidDataError and
        PathNotFoundError.
        """
        name = given_name("a monitor", name)
        length = parse_every(USUAL if every is None else every)
        wanted = None if columns is None else list(dict.fromkeys(columns))
        monitor = Monitor(
            name=name,
            reference=_shown_reference(reference, reference_name),
            source=absolute_source(source, database, time),
            database=database,
            time=time,
            every=f"{length.count}{length.unit}",
            by=by,
            budget=" ".join(budget.split()),
            columns=tuple(wanted or ()),
            target=target,
            prediction=prediction,
            key=key,
            experiment=experiment,
            user=user_and_host()[0],
            added_at=datetime.now(UTC),
        )
        check_definition(monitor)
        check_times(monitor)
        groups, losses = self._reference(reference, monitor)
        watch = begin({group: _without(one, monitor) for group, one in groups.items()}, losses)
        if key is not None and target is not None:
            untested = {**watch.untested, target: "its labels come later; its loss is watched"}
            watch = replace(watch, late=LateLabels(is_keyed=True), untested=untested)
        if not watch.columns:
            reasons = "; ".join(f"{each}: {why}" for each, why in [*watch.untested.items()][:3])
            raise InvalidDataError(monitor.reference, f"no column can be watched ({reasons})")
        whole = (
            merge_profiles([*groups.values()]) if len(groups) > 1 else next(iter(groups.values()))
        )
        return self._workspace.store.monitors.add(
            monitor,
            replace(whole, source=monitor.reference).to_bytes(),
            packed(name, watch, {}),
            who=monitor.user,
        )

    def run(self, name: str) -> MonitorReport:
        """What the monitor has found, after a look at what is new; it is recorded as a run.

        Rows are counted once: what was looked at moves together with the evidence, or neither does.
        Raises MonitorNotFoundError, InvalidDataError, and MonitorMovedError where somebody else
        looked meanwhile.
        """
        store = self._workspace.store.monitors
        monitor = store.get(name)
        watch, seen = unpacked(monitor, store.content(monitor))
        run = self._workspace.runs.track(
            monitor.experiment,
            name=f"monitor {monitor.name}",
            kind="check",
            tags={"monitor": monitor.name},
            params=_params(monitor),
        )
        with run:
            found = _Looking(monitor, watch, parse_budget(monitor.budget))
            labelled = None if monitor.key is None else found.labelled
            every = parse_every(monitor.every)
            news = new_batches(monitor, every, seen, found.names, labelled)
            for batch in news.batches:
                try:
                    found.take(batch)
                except InvalidDataError as problem:
                    if not batch.file:
                        raise
                    news.cannot_read(batch.file, problem)
            if news.unread and not found.labels:
                raise next(iter(news.unread.values()))
            moved = replace(
                monitor,
                looked_at=datetime.now(UTC),
                look_count=found.watch.look_count,
                row_count=found.watch.row_count,
                # A column's name may hold what no UTF-8 has.
                drifted=tuple(
                    each.encode("utf-8", "backslashreplace").decode()
                    for each in found.watch.drifted
                ),
                is_harmful=found.is_harmful,
                run_id=run.id,
            )
            notes = news.told()
            if not found.labels and not notes:
                notes = ("Nothing is new since the last look.",)
            report = report_of(
                moved, found.watch, new_count=len(found.labels), notes=notes, run_id=run.id
            )
            _record(run, report, found, self._drift(monitor, found))
            moved = store.move(
                monitor, moved, packed(monitor.name, found.watch, news.seen), who=monitor.user
            )
        return replace(report, monitor=moved)

    def find(self) -> MonitorTable:
        """All monitors, by name; the table displays itself."""
        return MonitorTable(self._workspace.store.monitors.find())

    def get(self, name: str) -> Monitor:
        """One monitor. Raises MonitorNotFoundError."""
        return self._workspace.store.monitors.get(name)

    def show(self, name: str) -> MonitorReport:
        """What a monitor has found so far, without a new look. Raises MonitorNotFoundError."""
        store = self._workspace.store.monitors
        monitor = store.get(name)
        watch, _ = unpacked(monitor, store.content(monitor))
        notes = () if watch.look_count else ("It has not looked yet: run it.",)
        return report_of(monitor, watch, notes=notes)

    def told(self, run: str | None = None) -> list[MonitorTold]:
        """All monitors in words, alarms first; with a `run` those that have to do with that check.

        Raises RunNotFoundError.
        """
        return monitors_told(self._workspace, run)

    def remove(self, name: str, *, why: str = "") -> Monitor:
        """The monitor that was removed; the runs of its looks stay. Raises MonitorNotFoundError."""
        store = self._workspace.store.monitors
        monitor = store.get(name)
        store.remove(monitor, who=user_and_host()[0], why=why)
        return monitor

    def _reference(
        self, reference: Any, monitor: Monitor
    ) -> tuple[dict[str, Profile], LossWatch | None]:
        """The profiles of the reference by group, and the watch of the loss where asked for."""
        names = _names(monitor)
        if monitor.by is None and monitor.target is None:
            kept = list(monitor.columns) or None
            return {ALL: self._workspace.drift.profile(reference, kept)}, None
        cut = Cut(monitor.time if monitor.by in SEASONS else None, None, monitor.by)
        pairs = Pairs(monitor)
        tables = pairs.passing(tables_from(reference, names, cut))
        found = cut_up(tables, cut, names, "reference")
        losses = None
        if monitor.target is not None:
            losses = begin_losses(*pairs.both(), monitor.reference)
        return {group: profile for (_, group), profile in found.profiles.items()}, losses

    def _drift(self, monitor: Monitor, found: _Looking) -> DriftReport | None:
        """The report of the new rows against the reference as a whole."""
        current = found.profile
        if current is None:
            return None
        content = self._workspace.store.monitors.reference(monitor)
        reference = _without(profile_from_bytes(content, monitor.reference), monitor)
        question = Question(target=monitor.target, prediction=monitor.prediction)
        there = {column.name for side in (reference, current) for column in side.columns}
        if not {monitor.target, monitor.prediction} - {None} <= there:
            question = Question()
        return compare(reference, current, question)


class _Looking:
    """The looks of one run."""

    def __init__(self, monitor: Monitor, watch: Watch, budget: Budget) -> None:
        self.monitor, self.watch, self._budget = monitor, watch, budget
        self.names = _names(monitor)
        self._pieces, self._has_rows = Pieces(), False
        self.labels: list[str] = []

    @property
    def is_harmful(self) -> bool:
        return self.watch.losses is not None and self.watch.losses.alarm is not None

    @property
    def profile(self) -> Profile | None:
        """Of all rows that were looked at."""
        return replace(self._pieces.whole(), source=self._label) if self._has_rows else None

    @property
    def _label(self) -> str:
        first, last = self.labels[0], self.labels[-1]
        return first if first == last else f"{first} … {last}"

    def labelled(self, columns: Columns) -> Columns:
        """The rows that are waited for and have their label."""
        return Pairs(self.monitor, self.watch.late).labelled(columns)

    def take(self, batch: Batch) -> None:
        monitor = self.monitor
        cut = Cut(monitor.time if monitor.by in SEASONS else None, None, monitor.by)
        pairs = Pairs(monitor, self.watch.late)
        pairs.add(batch.late)
        tables = pairs.passing(batch.tables)
        first = next(tables, None)
        groups = {}
        if first is not None:
            found = cut_up(chain([first], tables), cut, self.names, batch.label)
            groups = {group: _without(one, monitor) for (_, group), one in found.profiles.items()}
        losses = None
        if self.watch.losses is not None:
            metric = self.watch.losses.metric
            late, target, prediction = pairs.taken()
            self.watch = replace(self.watch, late=late)
            losses = losses_of(target, prediction, metric)[1]
        self.watch = look(
            self.watch,
            groups,
            self._budget,
            label=batch.label,
            days=batch.days if groups else 0.0,
            losses=losses,
        )
        for profile in groups.values():
            self._has_rows = True
            self._pieces.add(profile)
        self.labels.append(batch.label)


def _names(monitor: Monitor) -> list[str] | None:
    """The columns that have to be read, or None for all."""
    if not monitor.columns:
        return None
    more = (monitor.time, monitor.by if monitor.by not in SEASONS else None,
            monitor.target, monitor.prediction, monitor.key)  # fmt: skip
    return list(dict.fromkeys([*monitor.columns, *(one for one in more if one is not None)]))


def _without(profile: Profile, monitor: Monitor) -> Profile:
    """The columns that are watched: not the time and the groups themselves."""
    left_out = {monitor.time, monitor.by, monitor.key}
    if monitor.key is not None:  # how many labels have come yet is no drift of theirs
        left_out.add(monitor.target)
    wanted = {*monitor.columns, monitor.target, monitor.prediction} if monitor.columns else None
    kept = tuple(
        one
        for one in profile.columns
        if one.name not in left_out and (wanted is None or one.name in wanted)
    )
    return replace(profile, columns=kept)


def _shown_reference(reference: Any, name: str | None) -> str:
    if isinstance(reference, (str, os.PathLike)):
        place = os.fspath(reference)
        return without_password(place) if "://" in place else place
    return name or getattr(reference, "source", "") or "reference"


def _params(monitor: Monitor) -> dict[str, Any]:
    names = ("name", "reference", "source", "time", "every", "by", "budget", "key")
    said = {name: getattr(monitor, name) for name in names}
    return {"monitor" if name == "name" else name: value for name, value in said.items()
            if value is not None}  # fmt: skip


def _record(
    run: ActiveRun, report: MonitorReport, found: _Looking, drift: DriftReport | None
) -> None:
    for taken in found.watch.course[len(found.watch.course) - len(report.new_looks) :]:
        names = [one.name for one in report.columns][:MOST_METRICS]
        numbers: dict[str, float] = {"rows": taken.row_count}
        numbers |= {metric_of("evidence", name): taken.evidence[name] for name in names}
        numbers |= {metric_of("effect", name): taken.effects[name] for name in names}
        if taken.loss_evidence is not None:
            numbers["evidence of the loss"] = taken.loss_evidence
        if taken.loss is not None and report.losses is not None:
            numbers[report.losses.metric] = taken.loss
        run.log(numbers, step=taken.number)
    states = [one.state for one in report.columns]
    numbers = {
        "looks": len(report.new_looks),
        "new_rows": sum(one.row_count for one in report.new_looks),
        "drifted_columns": len(report.drifted_columns),
    }
    if report.losses is not None:
        numbers["harm"] = float(report.is_harmful)
    if drift is not None:  # then it stands among the reports, with what the monitor says of it
        numbers |= {
            "drifted": float(report.drifted),
            "tiny_columns": states.count("tiny"),
            "untested_columns": states.count("untested"),
            "columns": len(states),
        }
    run.log(numbers)
    for name, said in ((MONITOR_REPORT, report), (REPORT, drift)):
        if said is not None:
            content = json.dumps(said.to_dict(), ensure_ascii=False, allow_nan=False)
            run.log_artifact(
                content.encode("utf-8", "replace"), name, media_type="application/json"
            )
