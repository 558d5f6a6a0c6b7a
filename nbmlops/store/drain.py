"""Journals into tables, exactly once, by anybody and at any time.

The rows of a stretch of a journal and the offset behind it are written in one transaction that
first looks whether the offset is still the one it started from. So a drainer that is killed has
either done all of it or nothing, and two at once do not do it twice. Nothing of a journal is
deleted: what is drained and closed moves to `closed/`, and later into archives.

A drain goes to where the journals ended when it began, not to where writers have come meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

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
from nbmlops.store.folders import is_plain
from nbmlops.store.liveness import LEASE_SECONDS, Head, expired, is_dead, lose_runs
from nbmlops.store.migrations import boot_id
from nbmlops.store.purge import blank
from nbmlops.store.stretches import BATCH_BYTES, Stretch, read_stretch
from nbmlops.store.turns import LOOK_SECONDS, Patience, Turns

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
    waiting_bytes: int = 0  # of other processes, left to later drains
    is_busy: bool = False  # somebody else is at it, and was not waited for
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


@dataclass(slots=True)
class Waiting:
    """A journal that has to be drained up to `end`, which is where it ended when it was listed."""

    path: Path
    end: int
    is_own: bool
    offset: int | None = None  # how far it is drained, as far as that was looked up

    @property
    def left_bytes(self) -> int:
        """What is not drained yet."""
        return max(self.end - (self.offset or 0), 0)


class Drain:
    """The drain of one workspace; remembers what it has seen, so that looking again is cheap."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.database = database
        self.directory = directory
        self.host = socket.gethostname()
        self.boot = boot_id()
        self._seen: dict[str, Seen] = {}
        self._turns = Turns(directory)
        self._lock = threading.RLock()  # for a batch at a time: no thread waits for another's all
        self._waiting_count = 0  # threads that wait for what a drain brings
        self._pid = os.getpid()
        self._next_upkeep = 0.0
        self._next_pack = 0.0
        self._rows_since_analysis = 0
        self._checked_closed = False

    def __call__(
        self,
        own: Collection[Path] = (),
        *,
        patience_seconds: float | None = None,
        unless_busy: bool = False,
    ) -> DrainReport:
        """Bring the tables up to date; `own` are the journals that this very process writes.

        With `patience_seconds`, what other processes have logged is waited for no longer than
        that. With `unless_busy`, all is left to whoever else drains meanwhile.
        """
        report = DrainReport()
        if self._pid != os.getpid():
            self._lock, self._pid, self._waiting_count = threading.RLock(), os.getpid(), 0
        self.database.engine()
        if self.database.snapshot:
            return report
        with self._lock:
            self._check_closed(report)
        patience = Patience(patience_seconds, unless_busy=unless_busy)
        self._waiting_count += not unless_busy
        try:
            files = self._files(self.directory)
            self._drain(files, report, own=own, patience=patience)
            self._bury(files, own, report, patience)
        finally:
            self._waiting_count -= not unless_busy
        with self._lock:
            if time.monotonic() >= self._next_upkeep:
                self._upkeep(report)
        return report

    # -- reading journals ------------------------------------------------------------------------

    def _files(self, folder: Path) -> dict[str, tuple[Path, int]]:
        """Path and size of the journals in a folder, by writer."""
        found: dict[str, tuple[Path, int]] = {}
        if not is_plain(folder):
            return found
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

    def _drain(
        self,
        files: dict[str, tuple[Path, int]],
        report: DrainReport,
        *,
        own: Collection[Path] = (),
        patience: Patience | None = None,
    ) -> None:
        """Drain these journals to the sizes they had when they were listed, or beyond."""
        patience = patience or Patience(None)
        with self._lock:
            for writer in self._seen.keys() - files.keys():
                del self._seen[writer]
            waiting = {
                writer: Waiting(path, size, path in own)
                for writer, (path, size) in files.items()
                if writer not in self._seen or self._seen[writer].size < size
            }
        while waiting:
            if patience.is_over and not any(each.is_own for each in waiting.values()):
                break
            if patience.unless_busy and self._waiting_count:
                report.is_busy = True
                break
            seconds = 0 if patience.unless_busy else LOOK_SECONDS
            with self._lock, self._turns.turn(seconds=seconds) as is_mine:
                if is_mine or patience.is_stuck:
                    self._drain_some(waiting, patience, report)
                elif patience.unless_busy:
                    report.is_busy = True
                    break
                else:
                    self._look_up(waiting, patience)
            if waiting and is_mine:
                self._turns.give_way()
        report.waiting_bytes = sum(each.left_bytes for each in waiting.values())

    def _drain_some(
        self, waiting: dict[str, Waiting], patience: Patience, report: DrainReport
    ) -> None:
        """Drain one batch; what is done, by whomever, is taken out of `waiting`.

        Our own journals come first, and then those of which least is left, so that nobody's few
        lines wait behind somebody's millions.
        """
        known = self._look_up(waiting, patience)
        stretches, total = [], 0
        order = sorted(waiting.items(), key=lambda it: (not it[1].is_own, it[1].left_bytes, it[0]))
        for writer, each in order:
            stretch = self._read(each, known.get(writer), report)
            if stretch is None:
                del waiting[writer]
                continue
            stretches.append(stretch)
            total += stretch.end - stretch.start
            if total > BATCH_BYTES / 2:
                break
        if stretches:
            self._write(stretches, report)
            for stretch in stretches:
                seen = self._seen.get(stretch.writer)
                if seen is not None and seen.size >= waiting[stretch.writer].end:
                    del waiting[stretch.writer]

    def _look_up(self, waiting: dict[str, Waiting], patience: Patience) -> dict[str, Any]:
        """What the tables say of these writers; those that are done are taken out of `waiting`."""
        with self.database.read() as session:
            query = (
                "SELECT writer, file_offset, state, host, boot, pid, process_started, last_at "
                "FROM writers WHERE writer IN (*)"
            )
            known = {row[0]: row for row in session.within(query, list(waiting))}
        for writer, each in list(waiting.items()):
            row = known.get(writer)
            before, each.offset = each.offset, row[1] if row is not None else 0
            patience.advance(
                each.offset - (each.offset if before is None else before), is_own=each.is_own
            )
            if row is not None and each.offset >= each.end:  # there may be more by now
                self._seen[writer] = Seen(each.offset, each.offset, row[2], Head(*row[3:7]))
                del waiting[writer]
        return known

    def _read(self, each: Waiting, row: Any, report: DrainReport) -> Stretch | None:
        """What comes next in a journal; None where nothing more is to be had of it."""
        writer, offset = each.path.stem, each.offset or 0
        floor = row[7] if row is not None and row[7] is not None else -INT64
        try:
            stretch = read_stretch(each.path, offset, floor_ns=floor)
        except FileNotFoundError:  # another drainer has closed it
            self._seen[writer] = Seen(1 << 62, 0, "gone", Head(None, None, None, None))
            return None
        except OSError as problem:
            report.problem = f"{each.path.name}: {problem.strerror or problem}"
            self._seen[writer] = Seen(1 << 62, 0, "unreadable", Head(None, None, None, None))
            return None
        if row is not None:
            stretch.known_head = Head(*row[3:7])
            if stretch.start == stretch.end and stretch.at_end:
                size = stretch.end + stretch.tail_bytes
                self._seen[writer] = Seen(size, offset, row[2], stretch.known_head)
                return None
        return stretch

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
        self,
        files: dict[str, tuple[Path, int]],
        own: Collection[Path],
        report: DrainReport,
        patience: Patience,
    ) -> None:
        """Settle what closed and dead writers left, and move their journals out of the way."""
        for writer, (path, _) in files.items():
            seen = self._seen.get(writer)
            if seen is None or seen.state in ("gone", "unreadable"):
                continue
            if seen.state != "closed":  # a dead one on another machine may come back
                if path in own or not is_dead(path, seen.head, host=self.host, boot=self.boot):
                    continue
                try:  # it was dead before this look at its size, so this is its last size
                    size = path.stat().st_size
                except FileNotFoundError:  # another process has moved it away meanwhile
                    continue
                self._drain({**files, writer: (path, size)}, report, patience=patience)
                seen = self._seen.get(writer)
                if seen is None or seen.size < size or seen.state in ("gone", "unreadable"):
                    continue
            with self._lock:
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
