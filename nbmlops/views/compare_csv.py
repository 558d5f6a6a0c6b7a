"""A comparison of runs as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from nbmlops.comparison.records import Comparison
from nbmlops.views.csv import csv_cell

__all__ = ["comparison_csv"]


def comparison_csv(comparison: Comparison) -> str:
    """A row for each thing: part, name, whether it differs, then its value in every run."""
    ids = [run.id for run in comparison.runs]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["part", "name", "differs", *map(csv_cell, ids)])
    for part, name, differs, values in _rows(comparison):
        told = "" if differs is None else "yes" if differs else "no"
        cells = (csv_cell(values.get(key)) for key in ids)
        writer.writerow([part, csv_cell(name), told, *cells])
    return out.getvalue()


def _rows(comparison: Comparison) -> Iterable[tuple[str, str, bool | None, Mapping[str, Any]]]:
    runs = comparison.runs
    for name in ("name", "experiment", "status", "started_at", "duration_seconds", "error"):
        values = {run.id: getattr(run, name) for run in runs}
        if name == "started_at":
            values = {run.id: run.started_at.isoformat() for run in runs}
        yield "run", name, None, values
    yield "why", "verdict", None, {one.run_id: one.verdict for one in comparison.why}
    for kind in ("data", "parameter", "code", "library", "seed"):
        told = {
            one.run_id: "; ".join(reason.says for reason in one.reasons if reason.kind == kind)
            for one in comparison.why
        }
        if any(told.values()):
            yield "why", kind, True, told
    for metric in comparison.metrics:
        yield "metrics", metric.name, metric.differs, metric.values
    for param in comparison.params:
        yield "params", param.name, param.differs, param.values
    for data in comparison.data:
        says = {
            key: f"{size}: {'; '.join(data.changes[key].says)}"
            if key in data.changes and data.changes[key].says
            else size
            for key, size in data.sizes.items()
        }
        differs = any(change.state != "same" for change in data.changes.values())
        yield "data", data.name, differs, says
    for model in comparison.models:
        differs = any(change.state != "same" for change in model.changes.values())
        yield "models", model.name, differs, model.classes
        if model.sizes:
            other_sizes = len(set(model.sizes.values())) > 1
            yield "models", f"{model.name} size_bytes", other_sizes, model.sizes
    if comparison.code:
        states = {key: variant.state for variant in comparison.code for key in variant.run_ids}
        yield "code", "against the first run", len(comparison.code) > 1, states
    for row in comparison.environment.rows:
        yield "environment", row.name, True, row.versions
    commits = {key: change.commit_after for key, change in comparison.git.items()}
    if commits:
        first = next(iter(comparison.git.values())).commit_before
        differs = any(change.state != "same" for change in comparison.git.values())
        yield "git", "commit", differs, {runs[0].id: first, **commits}
