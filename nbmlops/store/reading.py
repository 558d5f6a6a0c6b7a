"""Rows back into records: the runs of some keys, whole, in a few queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import orjson

from nbmlops.details import (
    cell_of,
    dataset_of,
    environment_of,
    failure_of,
    git_of,
    model_of,
    observed_of,
    output_of,
    resources_of,
)
from nbmlops.events import utc
from nbmlops.records import (
    Artifact,
    Metric,
    Number,
    Run,
    RunWarning,
    Status,
)
from nbmlops.store.database import Database, Session
from nbmlops.store.numbers import from_columns, from_param

__all__ = ["RunReader", "load_runs", "load_series"]


class RunReader:
    """Reads of a run what is only read when it is asked for: the points of a metric, bytes.

    In another process it asks the workspace that applies there.
    """

    def __init__(
        self,
        database: Database | None = None,
        refresh: Callable[..., object] | None = None,
        content: Callable[[str], bytes] | None = None,
    ) -> None:
        self._database = database
        self._refresh = refresh
        self._content = content

    def series(self, run: str, name: str) -> list[Metric]:
        """Every point that was recorded by now, in the order of recording.

        It is waited for to its end: a part of a series does not show that it is one.
        """
        if self._database is None or self._refresh is None:
            # The workspace stands above the store; it is fetched by name.
            workspace = import_module("nbmlops.workspace").current_workspace()
            return list(workspace.runs.series(run, name))
        self._refresh(whole=True)
        with self._database.read() as session:
            return load_series(session, run, name)

    def content(self, digest: str) -> bytes:
        """The bytes of an artifact, verified."""
        if self._content is None:
            workspace = import_module("nbmlops.workspace").current_workspace()
            return bytes(workspace.store.artifacts.get(digest))
        return bytes(self._content(digest))

    def __reduce__(self) -> tuple[object, ...]:
        return RunReader, ()  # where the database is may be a secret

    def __deepcopy__(self, memo: object) -> RunReader:
        return self


def load_runs(session: Session, keys: Sequence[int], reader: RunReader) -> list[Run]:
    """The runs with these keys, in this order; without those that are not there."""
    found: dict[int, dict[str, Any]] = {}
    for row in session.within(
        "SELECT id, run, name, experiment, status, kind, started_at, ended_at, duration_seconds, "
        "parent, user_name, host, reason, deleted_at FROM runs "
        "WHERE id IN (*) AND experiment IS NOT NULL AND purged_at IS NULL",
        keys,
    ):
        found[row[0]] = {
            "id": row[1],
            "name": row[2],
            "experiment": row[3],
            "status": Status(row[4]),
            "kind": row[5],
            "started_at": utc(row[6]),
            "ended_at": None if row[7] is None else utc(row[7]),
            "duration_seconds": row[8],
            "parent_id": row[9],
            "user": row[10],
            "host": row[11],
            "reason": row[12],
            "deleted_at": None if row[13] is None else utc(row[13]),
            "params": {},
            "param_sources": {},
            "metrics": {},
            "metric_sources": {},
            "tags": {},
            "artifacts": {},
            "datasets": {},
            "models": {},
            "outputs": {},
        }
    there = [key for key in keys if key in found]
    if there:
        _load_named(session, there, found)
        _load_details(session, there, found)
    return [
        Run(**found[key], _load_series=reader.series, _load_bytes=reader.content) for key in there
    ]


def _load_named(session: Session, keys: list[int], found: dict[int, dict[str, Any]]) -> None:
    def rows(columns: str, table: str) -> list[Any]:
        query = f"SELECT run_id, name_id, {columns} FROM {table} WHERE run_id IN (*)"
        return session.within(query, keys)

    params = rows("text, exact, source", "params")
    metrics = rows("value, form, origin", "metrics")
    tags = rows("text, exact", "tags")
    artifacts = rows("digest, size_bytes, media_type, kind", "artifacts")
    used = {row[1] for part in (params, metrics, tags, artifacts) for row in part}
    named = session.within("SELECT id, name FROM names WHERE id IN (*)", sorted(used))
    names: dict[int, str] = dict(named)

    def by_name(rows: list[Any]) -> list[Any]:
        return sorted(rows, key=lambda row: names[row[1]])

    for run, name_id, text, exact, source in by_name(params):
        kept, name = found[run], names[name_id]
        kept["params"][name] = from_param(text, exact)
        kept["param_sources"][name] = source
    for run, name_id, value, form, origin in by_name(metrics):
        kept, name = found[run], names[name_id]
        kept["metrics"][name] = value if form is None else from_columns(value, form)
        kept["metric_sources"][name] = origin
    for run, name_id, text, exact in by_name(tags):
        if text is not None:
            found[run]["tags"][names[name_id]] = from_param(text, exact)
    for run, name_id, *said in by_name(artifacts):
        found[run]["artifacts"][names[name_id]] = Artifact(names[name_id], *said)


def _load_details(session: Session, keys: list[int], found: dict[int, dict[str, Any]]) -> None:
    environments: dict[str, list[int]] = {}
    for run, subject, body in session.within(
        "SELECT run_id, subject, body FROM details WHERE run_id IN (*)", keys
    ):
        if subject == "environment":
            environments.setdefault(body, []).append(run)
            continue
        data = orjson.loads(body)
        match subject:
            case "note":
                found[run]["note"] = data
            case "cell":
                found[run]["cell"] = cell_of(data)
            case "observed":
                found[run]["observed"] = observed_of(data)
            case "git":
                found[run]["git"] = git_of(data)
            case "error":
                found[run]["error"] = failure_of(data)
            case "resources":
                found[run]["resources"] = resources_of(data)
            case _ if subject.startswith("dataset:"):
                found[run]["datasets"][str(data["name"])] = dataset_of(data)
            case _ if subject.startswith("model:"):
                found[run]["models"][str(data["name"])] = model_of(data)
            case _ if subject.startswith("output:"):
                found[run]["outputs"][str(data["stream"])] = output_of(data)
    _load_environments(session, environments, found)
    said: dict[int, list[tuple[Any, ...]]] = {}
    for run, *rest in session.within(
        "SELECT t.run_id, t.at, w.writer, t.seq, t.code, t.message FROM warnings t "
        "JOIN writers w ON w.id = t.writer_id WHERE t.run_id IN (*)",
        keys,
    ):
        said.setdefault(run, []).append(tuple(rest))
    for run, warnings in said.items():
        found[run]["warnings"] = tuple(
            RunWarning(code, message) for _, _, _, code, message in sorted(warnings)
        )


def _load_environments(
    session: Session, wanted: dict[str, list[int]], found: dict[int, dict[str, Any]]
) -> None:
    for digest, text in session.within(
        "SELECT digest, body FROM environments WHERE digest IN (*)", list(wanted)
    ):
        body = orjson.loads(text)
        environment = environment_of(digest, body)
        for run in wanted[digest]:
            found[run]["environment"] = environment


def load_series(session: Session, run: str, name: str) -> list[Metric]:
    """The points of a metric in the order of recording.

    A writer's own points stand in the order of its sequence whatever its clock did; those of
    several writers are merged by time.
    """
    rows = session.rows(
        "SELECT w.writer, p.seq, p.at, p.step, p.value, p.form FROM points p "
        "JOIN writers w ON w.id = p.writer_id WHERE p.run_id = (SELECT id FROM runs WHERE run = ?) "
        "AND p.name_id = (SELECT id FROM names WHERE name = ?) ORDER BY w.writer, p.seq",
        (run, name),
    )
    points: list[tuple[int, str, int, Metric]] = []
    writer, latest = "", 0
    for row_writer, seq, at, step, value, form in rows:
        latest = at if row_writer != writer else max(latest, at)
        writer = row_writer
        number: Number = from_columns(value, form)
        points.append((latest, writer, seq, Metric(step, number, utc(at))))
    points.sort(key=lambda point: point[:3])
    return [point[3] for point in points]
