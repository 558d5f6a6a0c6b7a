"""Journals into tables, exactly once, by anybody and at any time.

The rows of a stretch of a journal and the offset behind it are written in one transaction that
first looks whether the offset is still the one it started from. So a drainer that is killed has
either done all of it or nothing, and two at once do not do it twice. Nothing of a journal is
deleted: what is drained and closed moves to `closed/`, and later into archives.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from nbmlops.errors import StoreUnavailableError
from nbmlops.events import INT64
from nbmlops.store.applying import apply
from nbmlops.store.archives import (
    CLOSED,
    JOURNAL_NAME,
    KEEP_SECONDS,
    close,
    journals_in,
    keep_damage,
    pack,
    rewrite,
)
from nbmlops.store.database import Database, Session
from nbmlops.store.liveness import LEASE_SECONDS, Head, expired, is_dead, lose_runs
from nbmlops.store.migrations import boot_id
from nbmlops.store.purge import blank
from nbmlops.store.stretches import BATCH_BYTES, Stretch, read_stretch

__all__ = ["Drain", "DrainReport"]

UPKEEP_SECONDS = 30.0


@dataclass(slots=True)
class DrainReport:
    """What one drain did."""

    record_count: int = 0
    row_count: int = 0
    bad_count: int = 0
    future_count: int = 0
    quarantined_count: int = 0
    torn_count: int = 0
    moved_count: int = 0
    uploaded_count: int = 0
    problem: str = ""  # why artifacts could not be sent on
    runs: set[str] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Seen:
    """A journal at the last look: its size, how far it is drained, its state and its head."""

    size: int
    offset: int
    state: str  # open, closed, dead; gone and unreadable are not looked at again
    head: Head


class Drain:
    """The drain of one workspace; remembers what it has seen, so that looking again is cheap."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.database = database
        self.directory = directory
        self.host = socket.gethostname()
        self.boot = boot_id()
        self._seen: dict[str, Seen] = {}
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._next_upkeep = 0.0
        self._next_pack = 0.0
        self._rows_since_analysis = 0
        self._checked_closed = False

    def __call__(self, own: Path | None = None) -> DrainReport:
        """Bring the tables up to date; `own` is the journal that this very process writes."""
        report = DrainReport()
        if self._pid != os.getpid():
            self._lock, self._pid = threading.Lock(), os.getpid()
        with self._lock:
            self.database.engine()
            if self.database.snapshot:
                return report
            self._check_closed(report)
            files = self._files(self.directory)
            self._drain(files, report)
            self._bury(files, own, report)
            if time.monotonic() >= self._next_upkeep:
                self._upkeep(report)
        return report

    # -- reading journals ------------------------------------------------------------------------

    def _files(self, folder: Path) -> dict[str, tuple[Path, int]]:
        """Path and size of the journals in a folder, by writer."""
        found: dict[str, tuple[Path, int]] = {}
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except FileNotFoundError:
            return found
        except OSError as problem:
            raise StoreUnavailableError(
                f"The journal folder of {self.database.settings.location}",
                problem.strerror or str(problem),
            ) from problem
        for entry in entries:
            match = JOURNAL_NAME.fullmatch(entry.name)
            if match and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(FileNotFoundError):
                    size = entry.stat(follow_symlinks=False).st_size
                    found[match[1]] = (Path(entry.path), size)
        return found

    def _drain(self, files: dict[str, tuple[Path, int]], report: DrainReport) -> None:
        """Drain these journals to the sizes they had when they were listed, or beyond."""
        for writer in self._seen.keys() - files.keys():
            del self._seen[writer]
        while waiting := [
            (writer, path)
            for writer, (path, size) in files.items()
            if writer not in self._seen or self._seen[writer].size < size
        ]:
            self._drain_some(waiting, report)

    def _drain_some(self, waiting: list[tuple[str, Path]], report: DrainReport) -> None:
        with self.database.read() as session:
            query = (
                "SELECT writer, file_offset, state, host, boot, pid, process_started, last_at "
                "FROM writers "
                "WHERE writer IN (*)"
            )
            known = {row[0]: row for row in session.within(query, [name for name, _ in waiting])}
        stretches, total = [], 0
        for writer, path in waiting:
            row = known.get(writer)
            offset = row[1] if row else 0
            try:
                floor = row[7] if row and row[7] is not None else -INT64
                stretch = read_stretch(path, offset, floor_ns=floor)
            except FileNotFoundError:  # another drainer has closed it
                self._seen[writer] = Seen(1 << 62, 0, "gone", Head(None, None, None, None))
                continue
            except OSError as problem:
                report.problem = f"{path.name}: {problem.strerror or problem}"
                self._seen[writer] = Seen(1 << 62, 0, "unreadable", Head(None, None, None, None))
                continue
            if row is not None:
                head = Head(*row[3:7])
                if stretch.start == stretch.end and stretch.at_end:
                    size = stretch.end + stretch.tail_bytes
                    self._seen[writer] = Seen(size, offset, row[2], head)
                    continue
            else:
                head = Head(None, None, None, None)
            stretch.known_head = head
            stretches.append(stretch)
            total += stretch.end - stretch.start
            if total >= BATCH_BYTES:
                break
        if stretches:
            self._write(stretches, report)

    def _write(self, stretches: list[Stretch], report: DrainReport) -> None:
        done = self.database.transact(lambda session: apply(session, stretches))
        for stretch in stretches:
            if stretch.writer in done.offsets and stretch.at_end:
                head = stretch.known_head
                if stretch.head is not None:
                    said = stretch.head
                    head = Head(
                        said.get("host"), said.get("boot"), said.get("pid"), said.get("started")
                    )
                state = "closed" if stretch.closed else "open"
                size = stretch.end + stretch.tail_bytes
                self._seen[stretch.writer] = Seen(size, stretch.end, state, head)
        for name in ("record_count", "row_count", "bad_count", "future_count", "quarantined_count"):
            setattr(report, name, getattr(report, name) + getattr(done, name))
        report.runs |= done.runs
        self._rows_since_analysis += done.row_count

    # -- journals that have come to their end ----------------------------------------------------

    def _bury(
        self, files: dict[str, tuple[Path, int]], own: Path | None, report: DrainReport
    ) -> None:
        """Settle what closed and dead writers left, and move their journals out of the way."""
        for writer, (path, _) in files.items():
            seen = self._seen.get(writer)
            if seen is None or seen.state in ("gone", "unreadable"):
                continue
            if seen.state != "closed":  # a dead one on another machine may come back
                if path == own or not is_dead(path, seen.head, host=self.host, boot=self.boot):
                    continue
                # It was dead before this look at its size, so this is its last size.
                with contextlib.suppress(FileNotFoundError):
                    self._drain({**files, writer: (path, path.stat().st_size)}, report)
                seen = self._seen.get(writer)
                if seen is None or seen.state in ("gone", "unreadable"):
                    continue
            self._settle_end(writer, path, seen, report)

    def _settle_end(self, writer: str, path: Path, seen: Seen, report: DrainReport) -> None:
        torn = seen.size - seen.offset
        if torn:
            keep_damage(path, seen.offset)

        def settle_end(session: Session) -> list[str]:
            if torn:
                session.run(
                    "UPDATE writers SET file_offset = ?, torn_bytes = torn_bytes + ?, "
                    "bad_count = bad_count + 1 WHERE writer = ? AND file_offset = ?",
                    (seen.size, torn, writer, seen.offset),
                )
            session.run(
                "UPDATE writers SET state = 'dead' WHERE writer = ? AND state = 'open'", (writer,)
            )
            return lose_runs(session, writer, boot=self.boot)

        if torn or seen.state != "dead":
            report.lost += self.database.transact(settle_end)
            report.torn_count += bool(torn)
        self._scrub(path)
        if close(path):
            report.moved_count += 1
            self._seen.pop(writer, None)

    def _scrub(self, path: Path) -> None:
        """Take out of a journal that is about to be closed what was purged meanwhile."""
        with self.database.read() as session:
            purged = session.rows("SELECT run FROM runs WHERE purged_at IS NOT NULL")
        if purged:
            with contextlib.suppress(OSError):
                rewrite(path, lambda data: blank(data, {row[0] for row in purged}))

    def _lose(self, writer: str, session: Session) -> list[str]:
        return lose_runs(session, writer, boot=self.boot)

    def _check_closed(self, report: DrainReport) -> None:
        """Compare closed journals with the tables after this machine restarted.

        A power cut can take the last commits with it; rows and offsets go together, so what is
        missing is behind the offset.
        """
        if self._checked_closed:
            return
        key = f"closed_checked:{self.host}"
        with self.database.read() as session:
            checked = session.value("SELECT value FROM meta WHERE key = ?", (key,))
        if checked != (self.boot or "unknown"):
            known = dict(self._seen)
            self._drain(self._files(self.directory / CLOSED), report)
            for writer in self._seen:
                report.lost += self.database.transact(partial(self._lose, writer))
            self._seen = known
            self.database.transact(
                lambda session: session.run(
                    "INSERT INTO meta (key, value) VALUES (?, ?) "
                    "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    (key, self.boot or "unknown"),
                )
            )
        self._checked_closed = True

    def _upkeep(self, report: DrainReport) -> None:
        """What is done now and then: leases, archives, the planner's statistics."""
        self._next_upkeep = time.monotonic() + UPKEEP_SECONDS
        here = [
            writer
            for writer, seen in self._seen.items()
            if seen.state == "open" and seen.head.host == self.host
        ]
        with self.database.read() as session:
            now = session.clock()
            open_count, foreign = session.rows(
                "SELECT count(*), coalesce(sum(CASE WHEN host <> ? AND seen_at < ? THEN 1 ELSE 0 "
                "END), 0) FROM writers WHERE state = 'open'",
                (self.host, now - LEASE_SECONDS),
            )[0]
        if foreign:
            for _, lost in self.database.transact(lambda session: expired(session, self.host)):
                report.lost += lost
        if here and (open_count > len(here) or not self.database.is_sqlite):
            self.database.transact(
                lambda session: session.many(
                    "UPDATE writers SET seen_at = ? WHERE writer = ?",
                    [(now, writer) for writer in here],
                )
            )
        if self._rows_since_analysis > 20_000:
            self._rows_since_analysis = 0
            self.database.analyze()
        if time.monotonic() >= self._next_pack:
            self._next_pack = time.monotonic() + 3600
            with contextlib.suppress(OSError):
                self.pack()

    def pack(self, *, keep_seconds: float = KEEP_SECONDS) -> list[Path]:
        """The archives made of drained journals that are older than `keep_seconds`."""
        return pack(self.directory, self._drained, keep_seconds=keep_seconds)

    def _drained(self, writers: list[str]) -> set[str]:
        with self.database.read() as session:
            rows = session.within(
                "SELECT writer, file_offset FROM writers WHERE state <> 'open' AND writer IN (*)",
                writers,
            )
            if session.is_sqlite:  # from here on the tables alone have to hold it
                session.connection.rollback()
        if self.database.is_sqlite:
            with self.database.autocommit() as session:
                session.run("PRAGMA wal_checkpoint(TRUNCATE)")
        sizes = {}
        for path in journals_in(self.directory / CLOSED):
            with contextlib.suppress(FileNotFoundError):
                sizes[path.stem] = path.stat().st_size
        return {writer for writer, offset in rows if sizes.get(writer) == offset}
