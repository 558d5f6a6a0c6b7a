"""What each route answers: a verb of the workspace, and its record as JSON."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nbmlops.errors import InvalidValueError, NbmlopsError
from nbmlops.events import utc
from nbmlops.records import Artifact, Metric, to_dict
from nbmlops.server.places import Place
from nbmlops.server.routes import split_columns

__all__ = ["Asked", "Download", "refusal"]

CARD_POINTS = 120
COLUMNS = "name,experiment,status,started_at,duration_seconds"
ATTRIBUTES = (
    *("id", "name", "experiment", "status", "kind", "parent_id", "started_at", "ended_at"),
    *("duration_seconds", "note", "user", "host", "reason", "deleted_at", "notebook"),
)
BESIDE = ("kernel_id",)  # columns that no filter speaks of

KINDS = (
    *("InvalidError", "NotFoundError", "ConflictError", "RefusedError"),
    *("ExecutionError", "CorruptionError", "UnavailableError"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, checked by its route."""

    places: Any  # a `Places`, or what stands for one
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """The workspace that is meant."""
        found: Place = self.places.find(self.query.get("workspace"), self.query.get("notebook"))
        return found

    @property
    def runs(self) -> Any:
        """The verbs on its runs."""
        return self.place.workspace.runs


@dataclass(frozen=True, slots=True)
class Download:
    """Bytes and what they are called."""

    artifact: Artifact
    data: bytes


def refusal(error: NbmlopsError) -> dict[str, Any]:
    """An error in the one shape of errors."""
    names = [kind.__name__ for kind in type(error).__mro__]
    said = {
        "type": type(error).__name__,
        "kind": next((name for name in KINDS if name in names), "NbmlopsError"),
        "message": error.message,
        "hint": error.hint,
        "details": {name: _told(value) for name, value in error.details.items()},
    }
    return {"error": said}


def workspaces(asked: Asked) -> dict[str, Any]:
    """The workspaces that are known, with the one that applies."""
    current = asked.place
    listed = [
        {
            "key": place.key,
            "location": place.workspace.settings.location,
            "is_current": place.key == current.key,
        }
        for place in asked.places.known()
    ]
    return {
        "workspaces": listed,
        "current": current.key,
        "problem": current.problem or None,
        "host": platform.node(),
    }


def experiments(asked: Asked) -> dict[str, Any]:
    """Name, number of runs and time of the latest one of each experiment."""
    return {
        "experiments": [
            {
                "name": each.name,
                "run_count": each.run_count,
                "latest_at": to_dict(each.last_started_at),
            }
            for each in asked.runs.experiments()
        ]
    }


def fields(asked: Asked) -> dict[str, Any]:
    """The names that runs have; among all experiments, those of the latest runs come first."""
    names = asked.runs.names
    experiment = asked.query.get("experiment")
    return {
        "attributes": list(ATTRIBUTES),
        **{f"{group}s": names(group, experiment) for group in ("metric", "param", "tag")},
    }


def find_runs(asked: Asked) -> dict[str, Any]:
    """A page of runs."""
    given = asked.query
    if given.get("cursor") and given.get("offset"):
        raise InvalidValueError("Field", "offset", "a cursor says already where the page begins")
    columns = split_columns(given.get("columns", COLUMNS))
    _check(columns)
    found = asked.runs.rows(
        columns,
        given.get("filter", ""),
        experiment=given.get("experiment"),
        sort=given.get("sort"),
        limit=given.get("limit", 100),
        cursor=given.get("cursor"),
        offset=given.get("offset", 0),
        deleted=given.get("deleted", False),
    )
    return {
        "columns": columns,
        "rows": [[to_dict(value) for value in row] for row in found.rows],
        "ids": found.ids,
        "total": found.total,
        "cursor": found.cursor,
        "notes": found.notes,
    }


def cells(asked: Asked) -> dict[str, Any]:
    """The latest run of each cell of a notebook."""
    if "notebook" not in asked.query:
        raise InvalidValueError("Field", "notebook", "it is missing")
    notebook = asked.places.path_of(asked.query["notebook"])
    return {"cells": [to_dict(each) for each in asked.runs.cells(notebook)]}


def groups(asked: Asked) -> dict[str, Any]:
    """Groups of runs."""
    given = asked.query
    if "by" not in given:
        raise InvalidValueError("Field", "by", "it is missing")
    found, group_count, run_count = asked.runs.groups(
        given["by"],
        given.get("filter", ""),
        experiment=given.get("experiment"),
        deleted=given.get("deleted", False),
    )
    return {
        "groups": [to_dict(group) for group in found],
        "group_count": group_count,
        "run_count": run_count,
    }


def children(asked: Asked) -> dict[str, Any]:
    """The runs below one."""
    found, columns = asked.runs.children(asked.path["run"]), split_columns(COLUMNS)
    return {
        "columns": columns,
        "rows": [[to_dict(getattr(run, name)) for name in columns] for run in found],
        "ids": [run.id for run in found],
        "total": len(found),
        "cursor": None,
        "notes": [],
    }


def get_run(asked: Asked) -> dict[str, Any]:
    """One run, with all but its series."""
    return {"run": to_dict(asked.runs.get(asked.path["run"]))}


def lineage(asked: Asked) -> dict[str, Any]:
    """Where what a run used came from, and what became of what it made."""
    return {"lineage": to_dict(asked.runs.lineage(asked.path["run"]))}


def card(asked: Asked) -> dict[str, Any]:
    """The card of a run as its cell would have shown it, and whether it stays like that."""
    from nbmlops.views.runs import bundle_metadata, run_bundle

    runs = asked.runs
    run = runs.get(asked.path["run"])
    series = {
        name: [
            Metric(step, value, utc(at * 1_000_000))
            for step, value, at in zip(curve.steps, curve.values, curve.times, strict=True)
            if step is not None
        ]
        for name, curve in runs.curves(run.id, points=CARD_POINTS).items()
    }
    bundle = run_bundle(run, runs.history_of(run), series)
    said = {"nbmlops": {"run": run.id}}
    return {
        "data": bundle,
        "metadata": {**bundle_metadata(bundle), **said},
        "is_final": run.status.is_final,
    }


def change_run(asked: Asked) -> dict[str, Any]:
    """The run after the change."""
    run, body = asked.path["run"], asked.body
    if not body:
        raise InvalidValueError(
            "Body", "JSON", "it says no change", hint="Give name, note or tags."
        )
    run = asked.runs.get(run).id
    if "name" in body:
        asked.runs.rename(run, body["name"])
    if "note" in body:
        asked.runs.set_note(run, body["note"])
    if tags := body.get("tags"):
        gone = [name for name, value in tags.items() if value is None]
        kept = {name: value for name, value in tags.items() if value is not None}
        asked.runs.set_tags(run, kept, remove=gone)
    return {"run": to_dict(asked.runs.get(run))}


def series(asked: Asked) -> dict[str, Any]:
    """The points of metrics, as columns."""
    given = asked.query
    found = asked.runs.curves(
        asked.path["run"],
        given.get("name", ()),
        points=given.get("points", 2000),
        first=given.get("from"),
        last=given.get("to"),
    )
    return {"series": {name: to_dict(curve) for name, curve in found.items()}}


def artifact(asked: Asked) -> Download:
    """The bytes of an artifact, verified."""
    runs, name = asked.runs, asked.path["name"]
    run = runs.get(asked.path["run"])
    data = runs.artifact(run.id, name)
    return Download(run.artifacts[name], data)


def delete_runs(asked: Asked) -> dict[str, Any]:
    """The ids of the runs that are out of sight now."""
    why = asked.body.get("why", "")
    return {"runs": [asked.runs.delete(run, why=why).id for run in _all_there(asked)]}


def restore_runs(asked: Asked) -> dict[str, Any]:
    """The ids of the runs that are back."""
    why = asked.body.get("why", "")
    return {"runs": [asked.runs.restore(run, why=why).id for run in _all_there(asked)]}


def compare(asked: Asked) -> dict[str, Any]:
    """The comparison of runs."""
    return {"comparison": asked.runs.compare(*asked.body["runs"]).to_dict()}


def export_comparison(asked: Asked) -> dict[str, Any]:
    """The comparison of runs as the text of a file."""
    form = asked.body["form"]
    if form not in ("csv", "html"):
        raise InvalidValueError("Field", "form", f"{form[:40]!r} is neither csv nor html")
    found = asked.runs.compare(*asked.body["runs"])
    text = found.to_csv() if form == "csv" else found.to_html()
    return {"name": f"comparison.{form}", "media_type": f"text/{form}", "text": text}


def drift_report(asked: Asked) -> dict[str, Any]:
    """A drift report and what it says in words."""
    from nbmlops.views.drift_told import told_of

    report = asked.place.workspace.drift.show(asked.path["run"])
    return {"report": report.to_dict(), "told": to_dict(told_of(report))}


def drift_trends(asked: Asked) -> dict[str, Any]:
    """A drift check among those of its reference."""
    found = asked.place.workspace.drift.trends(asked.path["run"], asked.query.get("limit", 60))
    said = to_dict(found)
    assert isinstance(said, dict)
    return said


def monitors(asked: Asked) -> dict[str, Any]:
    """The monitors, in words."""
    found = asked.place.workspace.monitors.told(asked.query.get("run"))
    return {"monitors": to_dict(found)}


def openapi(asked: Asked) -> dict[str, Any]:
    """The OpenAPI document of the routes."""
    from nbmlops.server.openapi import document

    return document()


def _all_there(asked: Asked) -> list[str]:
    """The ids of the runs of a body; an error before the first is changed if one is not there."""
    return [asked.runs.get(run).id for run in asked.body["runs"]]


def _check(columns: Sequence[str]) -> None:
    """Raise InvalidValueError for a column there is not."""
    known = {*ATTRIBUTES, *BESIDE}
    for column in columns:
        group, dot, _ = column.partition(".")
        if not (dot and group in ("metrics", "params", "tags")) and column not in known:
            hint = f"Columns are metrics.NAME, params.NAME, tags.NAME, {', '.join(ATTRIBUTES)}."
            raise InvalidValueError("Column", column[:80], "there is no such column", hint=hint)


def _told(value: object) -> Any:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_told(each) for each in list(value)[:50]]
    return str(value)[:500]
