"""The memory: journals, tables and artifacts. Only here are SQL and fsspec spoken."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import StoreUnavailableError, UnavailableError
from nbmlops.settings import Settings
from nbmlops.store import journal
from nbmlops.store.turns import PATIENCE_SECONDS

if TYPE_CHECKING:
    from nbmlops.store.artifacts import Artifacts
    from nbmlops.store.database import Database
    from nbmlops.store.drain import Drain, DrainReport
    from nbmlops.store.monitor_transfer import CheckMonitor
    from nbmlops.store.monitors import Monitors
    from nbmlops.store.runs import Runs
    from nbmlops.store.transfer import Imported

__all__ = ["Store", "open_store"]

_writers: dict[str, tuple[journal.Writer, int]] = {}  # by journal folder: the writer and its users
_writers_lock = threading.Lock()


def _forked() -> None:
    global _writers_lock
    _writers_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def _writer_of(directory: Path) -> journal.Writer:
    """The writer of this process for a journal folder, shared by all stores that use the folder."""
    place = os.path.realpath(directory)
    with _writers_lock:
        writer, users = _writers.get(place) or (journal.Writer(directory), 0)
        _writers[place] = (writer, users + 1)
    return writer


def _release(directory: Path) -> None:
    place = os.path.realpath(directory)
    with _writers_lock:
        writer, users = _writers.get(place, (None, 0))
        if writer is None:
            return
        if users > 1:
            _writers[place] = (writer, users - 1)
            return
        del _writers[place]
    writer.close()


def _journals_of_this_process(directory: Path) -> list[Path]:
    writer, _ = _writers.get(os.path.realpath(directory), (None, 0))
    return [] if writer is None else list(writer.paths)


def open_store(settings: Settings) -> Store:
    """The store of a workspace; nothing is opened or made before it is used."""
    return Store(settings)


class Store:
    """Journal, tables and artifacts of one workspace. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._writer: journal.Writer | None = None
        self._database: Database | None = None
        self._drain: Drain | None = None
        self._runs: Runs | None = None
        self._artifacts: Artifacts | None = None
        self._impatient_until = 0.0
        self.problem = ""  # why not all that was recorded came into the tables

    @property
    def writer(self) -> journal.Writer:
        """The journal of this process."""
        if self._writer is None:
            with self._lock:
                if self._writer is None:
                    self._writer = _writer_of(self.settings.journal_dir)
        return self._writer

    @property
    def database(self) -> Database:
        """The connection to the database."""
        if self._database is None:
            with self._lock:
                if self._database is None:
                    from nbmlops.store.database import Database

                    self._database = Database(self.settings)
        return self._database

    @property
    def runs(self) -> Runs:
        """The runs, found and read."""
        if self._runs is None:
            from nbmlops.store.runs import Runs

            with self._lock:
                self._runs = self._runs or Runs(
                    self.database, self.refresh, content=self.artifacts.get
                )
        return self._runs

    @property
    def monitors(self) -> Monitors:
        """The monitors, found and moved."""
        from nbmlops.store.monitors import Monitors

        return Monitors(self)

    @property
    def artifacts(self) -> Artifacts:
        """The artifacts, by digest."""
        if self._artifacts is None:
            from nbmlops.store.artifacts import Artifacts

            with self._lock:
                self._artifacts = self._artifacts or Artifacts(self.settings)
        return self._artifacts

    @property
    def behind(self) -> str:
        """Why what was read last may be older than what was recorded; "" where it is not."""
        if self._database is not None and self._database.snapshot:
            return (
                f"The workspace {self.settings.location} is read-only: what is shown is a "
                "snapshot, without what was recorded since its tables were last written."
            )
        if self.problem:
            return f"What is shown may be older than what was recorded. {self.problem}"
        return ""

    def decide(self, kind: str, data: Mapping[str, Any], *, run: str) -> None:
        """Write what a person decided about a run; it is on disk when this returns.

        Raises StoreUnavailableError, and nothing has changed, where the workspace cannot take it:
        a tracked cell goes on when its records go elsewhere, a person has to know.
        """
        with self.changing():
            self.writer.append(kind, data, run=run, sync=True, at_home=True)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Raise StoreUnavailableError where this folder does not take what is written meanwhile."""
        self.database.engine()
        hint = "Nothing was changed. Make the folder writable, or open a copy of it that is."
        if self.database.snapshot:
            place = f"The workspace {self.settings.location}"
            raise StoreUnavailableError(place, "its folder is read-only", hint=hint)
        try:
            yield
        except OSError as problem:
            if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                hint = "Nothing was changed. Free some space, then do it again."
            raise StoreUnavailableError(
                f"The journal in {self.settings.journal_dir}",
                problem.strerror or str(problem),
                hint=hint,
            ) from problem

    def drain(self, *, unless_busy: bool = False) -> DrainReport:
        """Bring the tables up to date with the journals, and send spooled artifacts on.

        With `unless_busy`, the journals are left to somebody else who drains just now.
        """
        report = self._settle(unless_busy=unless_busy)
        if "://" in self.settings.artifacts:
            try:
                report.uploaded_count = self.artifacts.upload()
            except UnavailableError as problem:
                report.problem = str(problem)
        return report

    def refresh(self, *, whole: bool = False) -> None:
        """Drain before a read; where not all of it came in, `problem` says why.

        What this process has logged comes in always; what others have logged is waited for with
        patience, or to its end where the `whole` is needed. Who has just lost patience does not
        lose it again at each of the next reads.
        """
        patience: float | None = None
        if not whole:
            patience = 0 if time.monotonic() < self._impatient_until else PATIENCE_SECONDS
        try:
            report = self._settle(patience_seconds=patience)
        except StoreUnavailableError as problem:
            self.problem = str(problem)
            return
        self.problem = ""
        if report.waiting_bytes:
            self.problem = (
                f"{report.waiting_bytes / 1e6:,.1f} MB that processes at work have logged are not "
                "in the tables yet; they follow by themselves."
            )
            if patience:
                self._impatient_until = time.monotonic() + patience

    def _settle(
        self, *, patience_seconds: float | None = None, unless_busy: bool = False
    ) -> DrainReport:
        if self._drain is None:
            from nbmlops.store.drain import Drain

            with self._lock:
                self._drain = self._drain or Drain(self.database, self.settings.journal_dir)
        own = _journals_of_this_process(self.settings.journal_dir)
        return self._drain(own, patience_seconds=patience_seconds, unless_busy=unless_busy)

    def forget(self) -> None:
        """Forget what was seen of journals and database, and look anew at the next use."""
        with self._lock:
            self._drain = None
            if self._database is not None:
                self._database.close()

    def purge(self, run_id: str, *, who: str, why: str) -> list[str]:
        """Remove a run's bytes for good; the digests of the artifacts that went with it."""
        from nbmlops.store.purge import purge

        return purge(self, run_id, who=who, why=why)

    def export(self, experiment: str, path: Path) -> Path:
        """One file with all runs of an experiment and their artifacts; it did not exist before."""
        from nbmlops.store.transfer import export

        return export(self, experiment, path)

    def import_(self, path: Path, check: CheckMonitor | None = None) -> Imported:
        """The ids of the runs that an exported file added; `check` may refuse its monitors."""
        from nbmlops.store.transfer import import_

        return import_(self, path, check)

    def close(self) -> None:
        """Let go of the database and, as its last user here, of the journal."""
        with self._lock:
            writer, self._writer = self._writer, None
            if self._database is not None:
                self._database.close()
        if writer is not None:
            _release(self.settings.journal_dir)
