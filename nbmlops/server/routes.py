"""The one table of routes: what may be asked, with which fields, and what comes back.

The handler reads what it is asked by it, OpenAPI and the front end's types are generated from it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbmlops.errors import InvalidValueError, did_you_mean

__all__ = ["PREFIX", "ROUTES", "Field", "Route", "pattern", "read_body", "read_query"]

PREFIX = "nbmlops/api"
MOST_RUNS = 1000  # that one body may name


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a query or a body; `kind` is text, words, integer, flag or mapping."""

    name: str
    kind: str
    told: str
    least: int = 0
    most: int = 0
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path; `verb` names the function of `answers`."""

    method: str
    path: str
    verb: str
    told: str
    query: tuple[Field, ...] = ()
    body: tuple[Field, ...] = ()
    answer: Mapping[str, str] | None = None  # field → its TypeScript type; None: not JSON
    is_reading: bool = False  # changes nothing though its method could: who may read may ask it


WORKSPACE = (
    Field("workspace", "text", "The key of a workspace, from /workspaces."),
    Field("notebook", "text", "A notebook's path; the workspace that applies to it is meant."),
)
_EXPERIMENT = Field("experiment", "text", "An experiment, in any case.")
_LIMIT = Field("limit", "integer", "At most so many runs; 100 where it is not said.", 1, 1000)
_RUNS = Field("runs", "words", "Ids of runs.", 1, MOST_RUNS, is_required=True)
_WHY = Field("why", "text", "The reason.")
_PAGE = {
    "columns": "string[]",
    "rows": "Value[][]",
    "ids": "string[]",
    "total": "number",
    "cursor": "string | null",
    "notes": "string[]",
}

ROUTES = (
    Route(
        "GET",
        "/workspaces",
        "workspaces",
        "The workspaces that this server knows, and the one that applies.",
        WORKSPACE,
        answer={
            "workspaces": "WorkspaceSummary[]",
            "current": "string",
            "problem": "string | null",
            "host": "string",
        },
    ),
    Route(
        "GET",
        "/experiments",
        "experiments",
        "The experiments, the latest first.",
        WORKSPACE,
        answer={"experiments": "ExperimentSummary[]"},
    ),
    Route(
        "GET",
        "/fields",
        "fields",
        "The names that columns, filters and sorting can speak of; the latest first.",
        (*WORKSPACE, _EXPERIMENT),
        answer={
            "attributes": "string[]",
            "metrics": "string[]",
            "params": "string[]",
            "tags": "string[]",
        },
    ),
    Route(
        "GET",
        "/runs",
        "find_runs",
        "The runs that fit, a row each; newest first unless sorted.",
        (
            *WORKSPACE,
            _EXPERIMENT,
            Field("filter", "text", "As in `metrics.auc > 0.8 and tags.team = 'risk'`."),
            Field("sort", "text", "As in `metrics.auc desc`."),
            _LIMIT,
            Field("offset", "integer", "So many runs are passed over.", 0, 10_000_000),
            Field("cursor", "text", "The cursor of the page before."),
            Field("columns", "text", "Columns with commas between, as in `name,metrics.auc`."),
            Field("deleted", "flag", "The deleted runs instead."),
        ),
        answer=_PAGE,
    ),
    Route(
        "GET",
        "/cells",
        "cells",
        "The latest run of each cell of a notebook, and how it stands among its experiment.",
        WORKSPACE,
        answer={"cells": "CellRun[]"},
    ),
    Route(
        "GET",
        "/groups",
        "groups",
        "The runs that fit, counted by what they have in common; the latest first.",
        (
            *WORKSPACE,
            Field("by", "text", "experiment, notebook or parent_id.", is_required=True),
            _EXPERIMENT,
            Field("filter", "text", "As in `metrics.auc > 0.8`."),
            Field("deleted", "flag", "The deleted runs instead."),
        ),
        answer={"groups": "RunGroup[]", "group_count": "number", "run_count": "number"},
    ),
    Route("GET", "/runs/{run}", "get_run", "One run.", WORKSPACE, answer={"run": "Run"}),
    Route(
        "GET",
        "/runs/{run}/lineage",
        "lineage",
        "What a run was made of and what was made of it, one step each way.",
        WORKSPACE,
        answer={"lineage": "Lineage"},
    ),
    Route(
        "GET",
        "/runs/{run}/card",
        "card",
        "The static card of a run, as a notebook keeps it.",
        WORKSPACE,
        answer={
            "data": "Record<string, string>",
            "metadata": "Record<string, unknown>",
            "is_final": "boolean",
        },
    ),
    Route(
        "PATCH",
        "/runs/{run}",
        "change_run",
        "Change what may be changed of a run.",
        WORKSPACE,
        (
            Field("name", "text", "Its new name."),
            Field("note", "text", "Its note, in Markdown."),
            Field("tags", "mapping", "Tags to set; null removes one."),
        ),
        answer={"run": "Run"},
    ),
    Route(
        "GET",
        "/runs/{run}/children",
        "children",
        "The runs that were recorded inside of this one, in the order of their start.",
        WORKSPACE,
        answer=_PAGE,
    ),
    Route(
        "GET",
        "/runs/{run}/series",
        "series",
        "Metrics over their steps; the lowest and the highest point of each span are kept.",
        (
            *WORKSPACE,
            Field("name", "words", "Names of metrics; all that have several points without."),
            Field("points", "integer", "At most so many of each; 2000.", 4, 20_000),
            Field("from", "integer", "From this step on.", -(2**53), 2**53),
            Field("to", "integer", "Up to this step.", -(2**53), 2**53),
        ),
        answer={"series": "Record<string, Series>"},
    ),
    Route(
        "GET",
        "/runs/{run}/artifacts/{name}",
        "artifact",
        "The bytes of an artifact, as a download that no browser runs.",
        WORKSPACE,
    ),
    Route(
        "POST",
        "/runs/delete",
        "delete_runs",
        "Put runs out of sight.",
        WORKSPACE,
        (_RUNS, _WHY),
        answer={"runs": "string[]"},
    ),
    Route(
        "POST",
        "/runs/restore",
        "restore_runs",
        "Bring deleted runs back.",
        WORKSPACE,
        (_RUNS, _WHY),
        answer={"runs": "string[]"},
    ),
    Route(
        "POST",
        "/compare",
        "compare",
        "Two to fifty runs side by side, and why they differ.",
        WORKSPACE,
        (_RUNS,),
        answer={"comparison": "Record<string, unknown>"},
        is_reading=True,
    ),
    Route(
        "POST",
        "/compare/export",
        "export_comparison",
        "A comparison as a file: a table for a spreadsheet, or a page that needs nothing else.",
        WORKSPACE,
        (_RUNS, Field("form", "text", "csv or html.", is_required=True)),
        answer={"name": "string", "media_type": "string", "text": "string"},
        is_reading=True,
    ),
    Route(
        "GET",
        "/drift/{run}",
        "drift_report",
        "The report of a drift check, with its words.",
        WORKSPACE,
        answer={"report": "DriftReport", "told": "DriftTold"},
    ),
    Route(
        "GET",
        "/drift/{run}/trends",
        "drift_trends",
        "The columns of a drift check over the latest checks of the same reference.",
        (*WORKSPACE, Field("limit", "integer", "At most so many checks; 60.", 1, 200)),
        answer={"checks": "DriftCheck[]", "trends": "DriftTrend[]"},
    ),
    Route(
        "GET",
        "/monitors",
        "monitors",
        "The monitors, those with an alarm first, with their evidence over the looks.",
        (*WORKSPACE, Field("run", "text", "Only those that watch the reference of this check.")),
        answer={"monitors": "MonitorTold[]"},
    ),
    Route("GET", "/events", "events", "Changes, pushed as server-sent events.", WORKSPACE),
    Route(
        "GET",
        "/openapi.json",
        "openapi",
        "This table as an OpenAPI document.",
        answer={
            "openapi": "string",
            "info": "unknown",
            "paths": "unknown",
            "components": "unknown",
        },
    ),
)


def pattern(path: str) -> str:
    """The regular expression of a path: an artifact's name may hold slashes, a run does not."""
    return re.sub(
        r"{(\w+)}", lambda part: f"(?P<{part[1]}>{'.+' if part[1] == 'name' else '[^/]+'})", path
    )


def read_query(route: Route, given: Mapping[str, list[str]]) -> dict[str, Any]:
    """The fields of a query, each in its own type. Raises InvalidValueError."""
    known = {field.name: field for field in route.query}
    values: dict[str, Any] = {}
    for name, texts in given.items():
        field = _known(known, name)
        if field.kind == "words":
            values[name] = texts
            continue
        if len(texts) > 1:
            raise InvalidValueError("Field", name, "it is given twice")
        values[name] = _from_text(field, texts[0])
    return values


def read_body(route: Route, given: object) -> dict[str, Any]:
    """The fields of a JSON body, checked. Raises InvalidValueError, which names the field."""
    if not isinstance(given, dict):
        raise InvalidValueError("Body", "JSON", "it has to be an object")
    known = {field.name: field for field in route.body}
    for name, value in given.items():
        _check(_known(known, name), value)
    for field in route.body:
        if field.is_required and field.name not in given:
            raise InvalidValueError("Field", field.name, "it is missing")
    return dict(given)


def split_columns(text: str) -> list[str]:
    """The columns of a list; one whose name holds a comma stands in backticks.

    >>> split_columns("name, metrics.auc,`metrics.a,b`")
    ['name', 'metrics.auc', 'metrics.a,b']
    """
    row = next(csv.reader([text], quotechar="`", skipinitialspace=True), [])
    return list(dict.fromkeys(name.strip() for name in row if name.strip()))


def _known(fields: Mapping[str, Field], name: str) -> Field:
    if name not in fields:
        hint = did_you_mean(name, fields) or f"There are {', '.join(fields) or 'none'}."
        raise InvalidValueError("Field", name[:80], "there is no such field", hint=hint)
    return fields[name]


def _from_text(field: Field, text: str) -> Any:
    if field.kind == "flag":
        if text.lower() not in ("", "true", "false", "1", "0"):
            raise InvalidValueError("Field", field.name, f"{text[:40]!r} is neither true nor false")
        return text.lower() not in ("false", "0")
    if field.kind == "integer":
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 18):
            raise InvalidValueError("Field", field.name, f"{text[:40]!r} is not a whole number")
        return _bounded(field, int(text))
    return text


def _bounded(field: Field, value: int) -> int:
    if field.most and not field.least <= value <= field.most:
        problem = f"it has to be from {field.least} to {field.most}"
        raise InvalidValueError("Field", field.name, problem)
    return value


def _check(field: Field, value: object) -> None:
    problem = ""
    if field.kind == "text" and not isinstance(value, str):
        problem = "it has to be a string"
    elif field.kind == "mapping":
        is_mapping = isinstance(value, dict) and all(
            each is None or isinstance(each, (str, int, float, bool)) for each in value.values()
        )
        problem = "" if is_mapping else "it has to be an object of names and texts"
    elif field.kind == "words":
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            problem = "it has to be a list of strings"
        elif not field.least <= len(value) <= field.most:
            problem = f"it has to have from {field.least} to {field.most} members"
    if problem:
        raise InvalidValueError("Field", field.name, problem)
