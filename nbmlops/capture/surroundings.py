"""What surrounds a run and takes time to find out: git at its start, the environment at its end.

Both are found in short-lived threads when they are not known already, so that no cell waits; a
reader of this process waits for them instead (`wait`), and so does its exit, for a few seconds.
"""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path

from nbmlops.capture.environment import Environments
from nbmlops.capture.git import Repositories, find_repository
from nbmlops.capture.later import later, wait
from nbmlops.capture.run import ActiveRun

__all__ = ["begin", "environment", "expect", "wait"]

_environments = Environments()
_repositories = Repositories()
_lock = threading.Lock()


def expect(place: Path) -> None:
    """Ask for the state of a repository of which a run will want to know that is not begun yet."""
    repository = find_repository(place)
    if repository is None:
        return
    file = place if place.is_file() else None
    if _repositories.fresh(repository, file) is None:
        later(lambda: _repositories.ask(repository, file), "nbmlops-git")


def begin(run: ActiveRun, place: Path, *, since: float | None = None) -> threading.Thread | None:
    """Record the state of the repository that `place` stands in, the file or folder of the code.

    `since` is when the run began, on the clock `time.monotonic`. What is returned is at its end
    when the state is recorded; None where it is already, or where there is no repository.
    """
    repository = find_repository(place)
    if repository is None:
        return None
    file = place if place.is_file() else None
    if (answer := _repositories.fresh(repository, file, since=since)) is not None:
        run.record("git", answer)
        return None

    def ask() -> None:
        if (found := _repositories.ask(repository, file, since=since)) is not None:
            run.record("git", found)

    return later(ask, "nbmlops-git")


def environment(run: ActiveRun) -> None:
    """Record the environment: the interpreter and what is imported by now.

    It is told at the start, so that a run that is killed has it, and at the end where more has
    been imported meanwhile.
    """

    def record() -> None:
        with _lock:
            data = _environments.record(run.segment_id())
            if data["digest"] == run.environment_digest and "body" not in data:
                return
            run.environment_digest = data["digest"]
        run.record("environment", data)

    if _environments.is_current():
        record()
    else:
        later(record, "nbmlops-environment")


def _forget() -> None:
    global _lock, _environments, _repositories
    _lock = threading.Lock()
    _environments = Environments()
    _repositories = Repositories()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
atexit.register(wait)  # here, below the import of the journal, which closes at exit as well
