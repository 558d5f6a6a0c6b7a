"""The verbs: `ws.<subject>.<verb>`, the only place where parts meet.

Magics, terminal and widgets only translate to these verbs, and show their docstrings as help.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.errors import NbmlopsError
from nbmlops.settings import Settings, data_dir, launch_folder, load_settings
from nbmlops.store import Store, open_store

if TYPE_CHECKING:
    from nbmlops.workspace.doctor import Doctor
    from nbmlops.workspace.drift import Drift
    from nbmlops.workspace.monitors import Monitors
    from nbmlops.workspace.pipelines import Pipelines
    from nbmlops.workspace.runs import Runs

__all__ = [
    "Workspace",
    "current_workspace",
    "open_workspace",
    "set_notebook_folder",
    "tracking_workspace",
]


class Workspace:
    """One workspace; its parts are made when they are first used."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._store: Store | None = None
        self._runs: Runs | None = None
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"<nbmlops workspace {self.settings.location}>"

    def close(self) -> None:
        """Let go of the journal, the database and the thread; a later use opens them again."""
        with self._lock:
            runs, self._runs = self._runs, None
            if runs is not None:
                runs.background.stop()
            if self._store is not None:
                self._store.close()

    @property
    def store(self) -> Store:
        """The memory of this workspace."""
        with self._lock:
            if self._store is None:
                self._store = open_store(self.settings)
            return self._store

    @property
    def runs(self) -> Runs:
        """The verbs on runs."""
        with self._lock:
            if self._runs is None:
                from nbmlops.workspace.runs import Runs

                self._runs = Runs(self)
            return self._runs

    @property
    def drift(self) -> Drift:
        """The verbs on drift between data sets."""
        from nbmlops.workspace.drift import Drift

        return Drift(self)

    @property
    def monitors(self) -> Monitors:
        """The verbs on drift checks that repeat."""
        from nbmlops.workspace.monitors import Monitors

        return Monitors(self)

    @property
    def pipelines(self) -> Pipelines:
        """The verbs on notebooks that are run with parameters."""
        from nbmlops.workspace.pipelines import Pipelines

        return Pipelines(self)

    @property
    def doctor(self) -> Doctor:
        """What is wrong with this workspace, and the repairs."""
        from nbmlops.workspace.doctor import Doctor

        return Doctor(self)


_notebook_folder: Callable[[], Path | None] | None = None
_open: dict[tuple[str, str], Workspace] = {}
_resolved: dict[tuple[str | None, ...], Workspace] = {}
_lock = threading.RLock()


def set_notebook_folder(folder: Callable[[], Path | None] | None) -> None:
    """Name the function that knows where the notebook of this process is (the face does)."""
    global _notebook_folder
    _notebook_folder = folder


def open_workspace(place: str | os.PathLike[str] | None = None) -> Workspace:
    """The workspace in a folder or behind a database URL; without one, the one that applies here.

    Raises InvalidSettingError and ConsentNeededError.
    """
    return _of(load_settings(place)) if place is not None else current_workspace()


def current_workspace(start: Path | None = None) -> Workspace:
    """The workspace that applies here: environment > project file > the user's data folder.

    Here is the folder `start`, else that of the notebook, else the launch folder; so magics,
    functions and blocks of one notebook mean the same workspace wherever its code changes to.
    """
    if start is None and _notebook_folder is not None:
        start = _notebook_folder()
    key = (
        os.environ.get("NBMLOPS_WORKSPACE"),
        os.environ.get("NBMLOPS_ARTIFACTS"),
        os.environ.get("NBMLOPS_EXPERIMENT"),
        os.environ.get("NBMLOPS_SKIP"),
        os.environ.get("NBMLOPS_KEEP"),
        os.environ.get("XDG_DATA_HOME"),
        str(start or launch_folder()),
    )
    found = _resolved.get(key)
    if found is None:
        found = _of(load_settings(start=start))
        _resolved[key] = found
    return found


def tracking_workspace(start: Path | None = None) -> tuple[Workspace, str]:
    """The workspace to record to, which always exists, and why it is not the configured one.

    A cell is never refused: where the settings do not fit or need consent, its run goes to the
    user's own workspace, and the run carries the reason.
    """
    try:
        return current_workspace(start), ""
    except NbmlopsError as exc:
        return _of(load_settings(data_dir())), f"{exc} Recorded to {data_dir()} instead."


def _of(settings: Settings) -> Workspace:
    key = (settings.database, settings.artifacts)
    with _lock:
        found = _open.get(key)
        if found is None or found.settings != settings:
            fresh = Workspace(settings)
            if found is not None:  # the same place under another default experiment
                fresh._store = found.store
            _open[key] = found = fresh
        return found


def _forked() -> None:
    global _lock
    _lock = threading.RLock()
    for workspace in _open.values():
        workspace._lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
