"""What a monitor has seen so far: plain frozen values, which display themselves."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.drift.sequential.budget import parse_budget
from nbmlops.drift.sequential.watch import LookTaken, Watch
from nbmlops.records import Monitor, to_dict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LossCourse", "MonitorColumn", "MonitorLook", "MonitorReport", "report_of"]

LOG10 = math.log(10)


@dataclass(frozen=True, slots=True)
class MonitorLook:
    """One look: what it looked at, and how many rows that were."""

    number: int
    label: str
    row_count: int
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class MonitorColumn:
    """A column over the looks. `evidence` is log10 of the e-value after each; an alarm needs at
    least the report's `threshold`.
    """

    name: str
    kind: str
    role: str
    state: str  # drifted, tiny, none or untested
    reason: str
    evidence: tuple[float, ...]
    effects: tuple[float, ...]
    alarm: int | None = None  # the number of the look


@dataclass(frozen=True, slots=True)
class LossCourse:
    """The loss of the model over the looks, of rows with labels; None where a look had none."""

    metric: str
    reference: float
    limit: float
    evidence: tuple[float, ...]
    losses: tuple[float | None, ...]
    row_count: int
    alarm: int | None = None
    late_count: int = 0  # of those rows: their label came in a later look
    waiting_count: int = 0  # rows whose label may still come
    left_out_count: int = 0  # rows without a label that are not waited for
    is_keyed: bool = False


@dataclass(frozen=True)
class MonitorReport:
    """What a monitor has found, column by column, alarms first.

    `thresholds` are log10 of the evidence for an alarm of one column alone, and of the loss.
    """

    monitor: Monitor
    looks: tuple[MonitorLook, ...]
    columns: tuple[MonitorColumn, ...]
    untested: Mapping[str, str]
    thresholds: tuple[float, float]
    losses: LossCourse | None = None
    notes: tuple[str, ...] = ()
    run_id: str | None = None

    @property
    def drifted(self) -> bool:
        """True where any column raised an alarm, in this look or before."""
        return bool(self.monitor.drifted)

    @property
    def drifted_columns(self) -> tuple[str, ...]:
        """The columns that raised an alarm."""
        return self.monitor.drifted

    @property
    def is_harmful(self) -> bool:
        """True where the loss of the model raised an alarm."""
        return self.monitor.is_harmful

    @property
    def new_looks(self) -> tuple[MonitorLook, ...]:
        """The looks that this run has taken."""
        return tuple(look for look in self.looks if look.is_new)

    @property
    def verdict(self) -> str:
        """The report in a sentence or two."""
        return str(_views().monitor_verdict(self))

    def to_dict(self) -> dict[str, Any]:
        """The report, JSON-safe."""
        said = to_dict(self)
        assert isinstance(said, dict)
        return {
            **said,
            "drifted": self.drifted,
            "is_harmful": self.is_harmful,
            "verdict": self.verdict,
        }

    def to_pandas(self) -> pd.DataFrame:
        """A row for each column and look: column, look, label, evidence, effect."""
        import pandas as pd

        rows = [
            (column.name, look.number, look.label, evidence, effect)
            for column in self.columns
            for look, evidence, effect in zip(
                self.looks, column.evidence, column.effects, strict=True
            )
        ]
        return pd.DataFrame(rows, columns=["column", "look", "label", "evidence", "effect"])

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """A page of its own, which needs nothing else; written to `path` where one is given."""
        page = str(_views().monitor_page(self))
        if path is not None:
            Path(path).write_text(page, "utf-8", newline="")
        return page

    def to_text(self, width: int = 100) -> str:
        """The report as plain text."""
        return str(_views().monitor_text(self, width))

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = _views().monitor_bundle(self)
        return bundle


def report_of(
    monitor: Monitor,
    watch: Watch,
    *,
    new_count: int = 0,
    notes: tuple[str, ...] = (),
    run_id: str | None = None,
) -> MonitorReport:
    """The report of a state, whose last `new_count` looks are new."""
    alpha = parse_budget(monitor.budget).alpha / (1 if watch.losses is None else 2)
    course = watch.course
    last = course[-1] if course else None
    columns = []
    for one in watch.columns:
        state = "none" if last is None else last.states.get(one.name, "none")
        role = {monitor.target: "target", monitor.prediction: "prediction"}.get(one.name, "feature")
        columns.append(
            MonitorColumn(
                one.name,
                {"labels": "categorical"}.get(one.cells.kind, one.cells.kind),
                role,
                "drifted" if one.alarm is not None else state,
                one.reason or ("" if last is None else last.reasons.get(one.name, "")),
                tuple(look.evidence.get(one.name, 0.0) for look in course),
                tuple(look.effects.get(one.name, 0.0) for look in course),
                one.alarm,
            )
        )
    order = ("drifted", "tiny", "untested", "none")
    columns.sort(key=lambda one: (order.index(one.state), one.alarm or 0,
                                  -(one.evidence[-1] if one.evidence else 0.0)))  # fmt: skip
    first_new = watch.look_count - new_count
    return MonitorReport(
        monitor,
        tuple(
            MonitorLook(look.number, look.label, look.row_count, look.number > first_new)
            for look in course
        ),
        tuple(columns),
        dict(watch.untested),
        (math.log(max(len(columns), 1) / alpha) / LOG10, -math.log(alpha) / LOG10),
        _losses(watch, course),
        notes,
        run_id or monitor.run_id,
    )


def _losses(watch: Watch, course: tuple[LookTaken, ...]) -> LossCourse | None:
    found = watch.losses
    if found is None:
        return None
    return LossCourse(
        found.metric,
        found.reference,
        found.limit * found.unit,
        tuple(look.loss_evidence or 0.0 for look in course),
        tuple(look.loss for look in course),
        found.count,
        found.alarm,
        watch.late.late_count,
        len(watch.late.keys),
        watch.late.left_out_count,
        watch.late.is_keyed,
    )


def _views() -> Any:
    return import_module("nbmlops.views.monitors")
