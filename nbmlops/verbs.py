"""The functions of `import nbmlops`: the workspace's verbs on the workspace that applies here."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture import active
from nbmlops.capture.frames import name_in
from nbmlops.capture.run import ActiveRun
from nbmlops.capture.telling import tell
from nbmlops.records import Artifact, Dataset, Run
from nbmlops.settings import folder_of
from nbmlops.workspace import current_workspace, open_workspace, tracking_workspace
from nbmlops.workspace.tracking import or_unrecorded

if TYPE_CHECKING:
    from nbmlops.comparison import Comparison
    from nbmlops.drift.records import DriftReport
    from nbmlops.workspace import Workspace
    from nbmlops.workspace.runs import RunTable

__all__ = [
    "check_drift",
    "compare",
    "find_runs",
    "flush",
    "get_run",
    "log_artifact",
    "log_dataset",
    "log_figure",
    "log_params",
    "open_workspace",
    "run_notebook",
    "set_note",
    "set_tags",
    "track",
]


def track(
    experiment: str | None = None,
    *,
    name: str | None = None,
    tags: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    strict: bool = False,
) -> ActiveRun:
    """A run that has begun: `with nbmlops.track("churn", name="baseline") as run: …`.

    Inside of another run it is that run's child. See `Runs.track`.
    """

    def opened() -> ActiveRun:
        return current_workspace().runs.track(
            experiment, name=name, tags=tags, params=params, strict=strict
        )

    return or_unrecorded(opened, strict=strict)


def log_params(params: Mapping[str, Any]) -> None:
    """Record parameters of the active run: `log_params({"depth": 8})`."""
    if (run := active.open_quietly()) is not None:
        run.log_params(params)


def log_artifact(
    source: str | Path | bytes, name: str | None = None, *, media_type: str | None = None
) -> Artifact:
    """Keep a file, or bytes under a name, with the active run. See `ActiveRun.log_artifact`."""
    return active.current_or_open().log_artifact(source, name, media_type=media_type)


def log_dataset(data: Any, name: str | None = None, role: str = "train") -> Dataset | None:
    """Record which data this is, by fingerprints alone: `log_dataset(X_train, role="train")`.

    Without a `name` it goes by the caller's own name for it. See `ActiveRun.log_dataset`.
    """
    run = active.open_quietly()
    if run is None:
        return None
    if name is None:
        try:
            name = name_in(sys._getframe(1), data) or None
        except Exception:  # noqa: BLE001 - then it has none
            name = None
    return run.log_dataset(data, name, role=role)


def log_figure(figure: Any, name: str | None = None) -> Artifact:
    """Keep a figure with the active run."""
    return active.current_or_open().log_figure(figure, name)


def set_tags(tags: Mapping[str, Any]) -> None:
    """Set tags of the active run: `set_tags({"team": "risk"})`."""
    if (run := active.open_quietly()) is not None:
        run.set_tags(tags)


def set_note(text: str) -> None:
    """Set the note (Markdown) of the active run."""
    if (run := active.open_quietly()) is not None:
        run.set_note(text)


def flush() -> None:
    """Return when everything recorded so far is on disk and can be found by anybody."""
    current_workspace().runs.flush()


def find_runs(
    filter: str = "",  # noqa: A002 - the word of the field
    *,
    experiment: str | None = None,
    sort: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
    deleted: bool = False,
) -> RunTable:
    """The runs that fit: `find_runs("metrics.auc > 0.8", sort="metrics.auc desc")`.

    With `deleted`, of the deleted ones instead. See `Runs.find`.
    """
    return current_workspace().runs.find(
        filter, experiment=experiment, sort=sort, limit=limit, cursor=cursor, deleted=deleted
    )


def get_run(run: str | Run | ActiveRun) -> Run:
    """One run, by id, a unique part of one, name, `last` or `best`; or a run, as it is now."""
    workspace = current_workspace()
    found = workspace.runs.get(run)
    _tell_age(workspace)
    return found


def compare(*runs: str | Run | Iterable[Run]) -> Comparison:
    """Two to fifty runs side by side, and why they differ from the first: `compare(id1, id2)`.

    See `Runs.compare`.
    """
    return current_workspace().runs.compare(*runs)


def check_drift(reference: Any, current: Any, **options: Any) -> DriftReport:
    """What drifted from the reference to the current data: `check_drift(X_train, X_live)`.

    Either side is a frame, an array, a table, a path or URL of CSV or Parquet, a profile, or
    `run:RUN/NAME`. The check is recorded as a run. See `Drift.check` for the options and errors.
    """
    caller = sys._getframe(1)
    names = [
        side if isinstance(side, (str, os.PathLike)) else name_in(caller, side) or word
        for side, word in ((reference, "reference"), (current, "current"))
    ]
    options.setdefault("names", (os.fspath(names[0]), os.fspath(names[1])))
    return current_workspace().drift.check(reference, current, **options)


def run_notebook(
    path: str | os.PathLike[str], params: Mapping[str, Any] | None = None, **options: Any
) -> Run:
    """The run of a notebook with these parameters, executed by papermill.

    It is recorded in the workspace that applies to that notebook.

    See `Pipelines.run` for the options and the errors.
    """
    workspace = current_workspace(folder_of(path))
    return workspace.pipelines.run(path, params=params, **options)


def _tell_age(workspace: Workspace) -> None:
    """Tell once where what was read may be older than what was recorded."""
    behind = workspace.runs.behind
    if behind and workspace.settings.database not in _behind:
        tell(f"nbmlops: {behind}", RuntimeWarning)
    (_behind.add if behind else _behind.discard)(workspace.settings.database)


_behind: set[str] = set()


def _open_implicit() -> ActiveRun:
    workspace, problem = tracking_workspace()
    run = workspace.runs.track()
    if problem:
        run.warn("workspace", problem)
    if run.is_recorded:  # else the next `log` tries again
        active.set_process_run(run)  # whose end is the end of the process
    return run


active.set_opener(_open_implicit)
