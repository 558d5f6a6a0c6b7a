"""Pictures of the same name over the runs: which of them differ."""

from __future__ import annotations

from collections.abc import Sequence

from nbmlops.comparison.records import FigureRow
from nbmlops.records import Run

__all__ = ["compare_figures"]


def compare_figures(runs: Sequence[Run]) -> tuple[FigureRow, ...]:
    """A row for each picture that at least two runs have by the same name."""
    names = dict.fromkeys(
        artifact.name
        for run in runs
        for artifact in run.artifacts.values()
        if artifact.kind == "figure" and artifact.media_type.startswith("image/")
    )
    rows = []
    for name in names:
        found = {run.id: run.artifacts[name] for run in runs if name in run.artifacts}
        if len(found) > 1:
            digests = {artifact.digest for artifact in found.values()}
            rows.append(FigureRow(name, found, len(digests) > 1))
    return tuple(rows)
