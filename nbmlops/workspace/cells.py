"""Which run each cell of a notebook had last, and how that stands among its experiment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from nbmlops.capture.metrics import better
from nbmlops.capture.values import is_finite
from nbmlops.events import experiment_key
from nbmlops.headline import ENDED, headline_names
from nbmlops.records import Best, History, Number, Run, Status

__all__ = ["CellRun", "latest_of_cells"]

LOOK_BACK = 300


@dataclass(frozen=True, slots=True)
class CellRun:
    """The latest run of a cell; `standing` is "best", "behind" or "" where nobody can say."""

    cell_id: str
    run: str
    name: str
    experiment: str
    status: Status
    source: str  # as it was executed, without secrets
    digest: str  # of the source as it was executed
    metric: str | None = None
    value: Number | None = None
    direction: str | None = None
    standing: str = ""
    best_value: Number | None = None
    best_run: str | None = None
    best_name: str | None = None


def latest_of_cells(
    runs: list[Run], notebook: str, history: Callable[[str], History]
) -> list[CellRun]:
    """The latest run of each cell among `runs`, the newest of which stands first."""
    here = [run for run in runs if _path(run) == notebook] or [
        run for run in runs if _ends_alike(_path(run), notebook)
    ]
    latest: dict[str, Run] = {}
    for run in here:
        if run.cell is not None and run.cell.cell_id:
            latest.setdefault(run.cell.cell_id, run)
    histories: dict[str, History] = {}
    found = []
    for cell_id, run in latest.items():
        key = experiment_key(run.experiment)
        if key not in histories:
            histories[key] = history(run.experiment)
        found.append(_standing(cell_id, run, histories[key]))
    return found


def _standing(cell_id: str, run: Run, history: History) -> CellRun:
    cell = run.cell
    names = headline_names([run], better)
    metric = names[0] if names else None
    value = run.metrics[metric] if metric is not None else None
    best: Best | None = history.best.get(metric) if metric is not None else None
    standing = ""
    if best is not None and value is not None and run.status in ENDED and is_finite(value):
        # The first run with the best value is the best one; another with the same is as good.
        standing = "best" if best.run_id == run.id or best.value == value else "behind"
    return CellRun(
        cell_id=cell_id,
        run=run.id,
        name=run.name,
        experiment=run.experiment,
        status=run.status,
        source=cell.source if cell is not None else "",
        digest=cell.digest if cell is not None else "",
        metric=metric,
        value=value,
        direction=better(metric) if metric is not None else None,
        standing=standing,
        best_value=best.value if best is not None else None,
        best_run=best.run_id if best is not None else None,
        best_name=best.run_name if best is not None else None,
    )


def _path(run: Run) -> str:
    return (run.cell.notebook_path or "") if run.cell is not None else ""


def _ends_alike(path: str, notebook: str) -> bool:
    """True for one file under two roots, as in a container: folder and name are the same."""
    return PurePath(path).parts[-2:] == PurePath(notebook).parts[-2:]
