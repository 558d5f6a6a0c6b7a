"""Runs as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from nbmlops.records import Run
from nbmlops.views import quantities

__all__ = ["csv_cell", "runs_csv"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_cell(value: Any) -> Any:
    """A value for one cell; text that a spreadsheet would take for a formula gets a ' in front.

    >>> csv_cell("=cmd()"), csv_cell("+1"), csv_cell(-1.5), csv_cell("auc"), csv_cell(None)
    ("'=cmd()", "'+1", -1.5, 'auc', '')
    """
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() < 10_000 else quantities.number(value)
    if isinstance(value, float):
        return value
    text = str(value).replace("\x00", "\\x00").encode(errors="backslashreplace").decode()
    return "'" + text if text.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else text


def runs_csv(runs: Iterable[Run]) -> str:
    """The runs with the columns of `to_pandas()`: attributes, params.*, metrics.*, tags.*."""
    listed = list(runs)
    groups = {
        group: list(dict.fromkeys(name for run in listed for name in getattr(run, group)))
        for group in ("params", "metrics", "tags")
    }
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    heads = ["run_id", "experiment", "name", "status", "started_at", "duration_seconds"]
    named = [f"{group}.{name}" for group, names in groups.items() for name in names]
    writer.writerow([csv_cell(head) for head in heads + named])
    for run in listed:
        values: list[Any] = [run.id, run.experiment, run.name, run.status.value]
        values += [run.started_at.isoformat(), run.duration_seconds]
        values += [
            getattr(run, group).get(name) for group, names in groups.items() for name in names
        ]
        writer.writerow([csv_cell(value) for value in values])
    return out.getvalue()
