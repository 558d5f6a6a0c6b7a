"""Some columns of many runs, without the rest of them: what a table shows, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from nbmlops.details import cell_of
from nbmlops.events import utc
from nbmlops.records import Status
from nbmlops.store.database import Session
from nbmlops.store.numbers import from_columns, from_param

__all__ = ["COLUMNS", "GROUPS", "load_rows"]

COLUMNS = {  # attribute of a run → its column
    "id": "run",
    "name": "name",
    "experiment": "experiment",
    "status": "status",
    "kind": "kind",
    "parent_id": "parent",
    "started_at": "started_at",
    "ended_at": "ended_at",
    "duration_seconds": "duration_seconds",
    "user": "user_name",
    "host": "host",
    "reason": "reason",
    "deleted_at": "deleted_at",
}
GROUPS: dict[
    str, tuple[str, str, Callable[..., Any]]
] = {  # group of names → its table, what a value is made of, and how
    "metrics": ("metrics", "value, form", from_columns),
    "params": ("params", "text, exact", from_param),
    "tags": ("tags", "text, exact", from_param),
}
APART = {"note": "note", "notebook": "cell", "kernel_id": "cell"}  # attribute → its detail
TIMES = ("started_at", "ended_at", "deleted_at")


def load_rows(
    session: Session, keys: Sequence[int], columns: Sequence[str]
) -> tuple[list[str], list[list[Any]]]:
    """The ids of the runs with these keys in this order, and a row of values for each.

    A column is an attribute of `COLUMNS` or `APART` ("notebook" is the name of its file), or a name
    behind its group, as in "metrics.auc"; a run without it has None there.
    """
    places = {name: at for at, name in enumerate(columns)}
    wanted = [name for name in columns if name in COLUMNS]
    found: dict[int, tuple[str, list[Any]]] = {}
    picked = "".join(f", {COLUMNS[name]}" for name in wanted)
    for key, run, *values in session.within(
        f"SELECT id, run{picked} FROM runs "
        "WHERE id IN (*) AND experiment IS NOT NULL AND purged_at IS NULL",
        keys,
    ):
        row: list[Any] = ["" if name == "note" else None for name in columns]
        for name, value in zip(wanted, values, strict=True):
            row[places[name]] = _attribute(name, value)
        found[key] = (run, row)
    there = [key for key in keys if key in found]
    for group in GROUPS:
        _fill(session, group, there, columns, found)
    for name in APART:
        if name in places:
            _fill_apart(session, name, there, places[name], found)
    return [found[key][0] for key in there], [found[key][1] for key in there]


def _attribute(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in TIMES:
        return utc(value)
    return Status(value) if name == "status" else value


def _fill(
    session: Session,
    group: str,
    keys: list[int],
    columns: Sequence[str],
    found: dict[int, tuple[str, list[Any]]],
) -> None:
    """Put the values of one group of names where they belong."""
    table, values, read = GROUPS[group]
    parts = {name.partition(".")[2]: at for at, name in enumerate(columns) if _is_of(name, group)}
    if not parts:
        return
    named = session.within("SELECT name, id FROM names WHERE name IN (*)", list(parts))
    places = {name_id: parts[name] for name, name_id in named}
    if not places:
        return
    only = ",".join(map(str, places))  # keys of our own, all whole numbers
    for key, name_id, first, second in session.within(
        f"SELECT run_id, name_id, {values} FROM {table} "
        f"WHERE name_id IN ({only}) AND run_id IN (*)",
        keys,
    ):
        if table != "tags" or first is not None:  # a tag that was removed has no text
            found[key][1][places[name_id]] = read(first, second)


def _is_of(column: str, group: str) -> bool:
    return column.startswith(f"{group}.") and column not in COLUMNS


def _fill_apart(
    session: Session,
    name: str,
    keys: list[int],
    place: int,
    found: dict[int, tuple[str, list[Any]]],
) -> None:
    for key, body in session.within(
        f"SELECT run_id, body FROM details WHERE subject = '{APART[name]}' AND run_id IN (*)", keys
    ):
        data = orjson.loads(body)
        if name != "note":
            cell = cell_of(data)
            data = cell.notebook_name if name == "notebook" else cell.kernel_id
        found[key][1][place] = data
