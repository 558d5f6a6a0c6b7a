"""The runs that a filter finds, counted by experiment, notebook or parent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nbmlops.errors import InvalidValueError, did_you_mean
from nbmlops.events import utc
from nbmlops.records import Status
from nbmlops.store import tables
from nbmlops.store.database import Session
from nbmlops.store.pages import Query, condition_of

__all__ = ["GROUPED_BY", "RunGroup", "find_groups"]

RUNS = tables.runs
GROUPED_BY = {"experiment": "experiment_key", "notebook": "notebook", "parent_id": "parent"}


@dataclass(frozen=True, slots=True)
class RunGroup:
    """Runs with the same value; `label` is what the value is called where that is not itself."""

    value: str | None
    label: str | None
    run_count: int
    running_count: int
    latest_at: datetime | None


def find_groups(
    session: Session, query: Query, by: str, limit: int
) -> tuple[list[RunGroup], int, int]:
    """The groups that were used last, how many there are in all, and of how many runs.

    Raises InvalidValueError for what runs cannot be grouped by.
    """
    column = _column(by)
    latest = sa.func.max(RUNS.c.started_at)
    running = sa.func.sum(sa.case((RUNS.c.status == Status.RUNNING.value, 1), else_=0))
    found = (
        sa.select(
            column.label("value"),
            sa.func.count().label("runs"),
            running.label("running"),
            latest.label("latest"),
        )
        .where(condition_of(session, query))
        .group_by(column)
        .subquery()
    )
    # How many there are in all is told beside each: that is cheaper than to count runs again.
    in_all = sa.func.count().over(), sa.func.sum(found.c.runs).over()
    rows = session.connection.execute(
        sa.select(found, _label(by, found.c.value), *in_all)
        .order_by(found.c.latest.is_(None), found.c.latest.desc(), found.c.value)
        .limit(limit)
    ).fetchall()
    groups = [
        RunGroup(
            name if by == "experiment" else value,
            None if by == "experiment" else name,
            int(runs),
            int(going),
            None if last is None else utc(last),
        )
        for value, runs, going, last, name, *_ in rows
    ]
    return groups, int(rows[0][-2]) if rows else 0, int(rows[0][-1]) if rows else 0


def _column(by: str) -> Any:
    if by not in GROUPED_BY:
        hint = did_you_mean(by, GROUPED_BY) or f"There are {', '.join(GROUPED_BY)}."
        raise InvalidValueError("Group", by[:80], "runs are not grouped by it", hint=hint)
    return RUNS.c[GROUPED_BY[by]]


def _label(by: str, value: Any) -> Any:
    """The first spelling of an experiment, the name of a parent."""
    other = RUNS.alias("named")
    if by == "experiment":
        named = sa.select(other.c.experiment).where(
            other.c.experiment_key == value, other.c.purged_at.is_(None)
        )
        return named.order_by(other.c.started_at, other.c.id).limit(1).scalar_subquery()
    if by == "parent_id":
        return sa.select(other.c.name).where(other.c.run == value).limit(1).scalar_subquery()
    return sa.null()
