"""The tables, made again from journals, closed journals and archives.

A folder's database is made beside the old one and takes its place as a whole; the old one is kept.
A shared database holds what other machines recorded, whose journals are not here, so there this
machine's journals are told again on top of what stands: whatever is missing is added.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.errors import StoreUnavailableError
from nbmlops.events import INT64
from nbmlops.store.applying import apply
from nbmlops.store.archives import every_journal
from nbmlops.store.database import Database, Session
from nbmlops.store.liveness import lose_runs
from nbmlops.store.migrations import boot_id, locked
from nbmlops.store.settle import move_monitor
from nbmlops.store.stretches import BATCH_BYTES, Stretch, decode

if TYPE_CHECKING:
    from nbmlops.store import Store

__all__ = ["rebuild"]


def rebuild(store: Store) -> Path | None:
    """Where the old database was put, or None where it is a shared one and was completed."""
    directory = store.settings.journal_dir
    path = store.database.path
    if path is None:
        store.database.transact(lambda session: _forget_offsets(session, directory))
        _tell_all(store.database, directory)
        store.forget()
        store.drain()
        return None
    draft = path.with_name(f"{path.stem}.rebuilt-{os.getpid()}.db")
    _remove(draft)
    settings = replace(store.settings, database=f"sqlite:///{draft}")
    fresh = Database(settings)
    try:
        _tell_all(fresh, directory)
        with contextlib.suppress(sqlite3.Error, OSError):
            _keep_reasons(fresh, path)
        with contextlib.suppress(sqlite3.Error, OSError):
            _keep_identity(fresh, path)
        with contextlib.suppress(sqlite3.Error, OSError):
            _keep_monitors(fresh, path)
        with fresh.autocommit() as session:
            session.run("PRAGMA wal_checkpoint(TRUNCATE)")
        fresh.close()
        backup = _swap(store, draft, path)
    except OSError as problem:
        raise StoreUnavailableError(
            f"The workspace {store.settings.location}", problem.strerror or str(problem)
        ) from problem
    finally:
        fresh.close()
        _remove(draft)
    store.forget()
    store.drain()
    return backup


def _tell_all(database: Database, directory: Path) -> None:
    """Drain every journal there is from its beginning."""
    ended: list[str] = []
    batch: list[Stretch] = []
    for stretch in _stretches(directory, ended):
        if stretch.writer in {other.writer for other in batch}:
            _apply(database, batch)
        batch.append(stretch)
        if sum(part.end - part.start for part in batch) >= BATCH_BYTES:
            _apply(database, batch)
    _apply(database, batch)
    boot = boot_id()
    for start in range(0, len(ended), 500):
        part = ended[start : start + 500]
        database.transact(partial(_end, writers=part, boot=boot))


def _apply(database: Database, batch: list[Stretch]) -> None:
    if batch:
        stretches = list(batch)
        database.transact(lambda session: apply(session, stretches))
        batch.clear()


def _end(session: Session, writers: list[str], boot: str) -> None:
    for writer in writers:
        session.run(
            "UPDATE writers SET state = 'dead' WHERE writer = ? AND state = 'open'", (writer,)
        )
        lose_runs(session, writer, boot=boot)


def _stretches(directory: Path, ended: list[str]) -> Iterator[Stretch]:
    """All stretches of all journals; `ended` gets the writers of those that were put away."""
    told: set[str] = set()
    for writer, path, data in every_journal(directory):
        if writer in told:  # packed, and not yet removed from the closed ones
            continue
        told.add(writer)
        try:
            content = data if data is not None else path.read_bytes() if path else b""
        except FileNotFoundError:
            continue
        here, floor = 0, -INT64
        while here < len(content):
            part = content[here : here + BATCH_BYTES]
            whole = here + len(part) >= len(content)
            stretch = decode(Path(f"{writer}.nbj"), part, here, whole=whole, floor_ns=floor)
            floor = floor if stretch.floor_ns is None else stretch.floor_ns
            put_away = path is None or path.parent != directory
            if whole and put_away and stretch.tail_bytes:
                stretch.bad_count += 1
                stretch.torn_bytes = stretch.tail_bytes
                stretch.end, stretch.tail_bytes = len(content), 0
            yield stretch
            if stretch.end == here:
                break
            here = stretch.end
        if path is None or path.parent != directory:
            ended.append(writer)


def _forget_offsets(session: Session, directory: Path) -> None:
    """Let the journals that are here be told again."""
    try:
        writers = sorted({writer for writer, _, _ in every_journal(directory)})
    except zipfile.BadZipFile as problem:
        raise StoreUnavailableError("An archive of journals", str(problem)) from problem
    session.many(
        "DELETE FROM quarantine WHERE writer_id = (SELECT id FROM writers WHERE writer = ?)",
        [(writer,) for writer in writers],
    )
    session.many(
        "UPDATE writers SET file_offset = 0, record_count = 0, last_seq = -1, bad_count = 0, "
        "bad_bytes = 0, torn_bytes = 0, future_count = 0, quarantined_count = 0, state = 'open' "
        "WHERE writer = ?",
        [(writer,) for writer in writers],
    )


def _keep_reasons(fresh: Database, old: Path) -> None:
    """Take over why runs were lost: a restart of the machine is not seen from a journal later."""
    with contextlib.closing(sqlite3.connect(f"file:{old}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT reason, run FROM runs WHERE status = 'lost' AND reason IS NOT NULL"
        ).fetchall()
    fresh.transact(
        lambda session: session.many(
            "UPDATE runs SET reason = ? WHERE run = ? AND status = 'lost'", rows
        )
    )


def _keep_identity(fresh: Database, old: Path) -> None:
    """Take over the workspace's id, so that processes that are at work go on with the new file."""
    with contextlib.closing(sqlite3.connect(f"file:{old}?mode=ro", uri=True)) as connection:
        row = connection.execute("SELECT value FROM meta WHERE key = 'workspace'").fetchone()
    if row is not None:
        fresh.transact(
            lambda session: session.run(
                "UPDATE meta SET value = ? WHERE key = 'workspace'", (row[0],)
            )
        )


def _keep_monitors(fresh: Database, old: Path) -> None:
    """Take over monitors that were moved just before a crash, or elsewhere: the later row holds."""
    with contextlib.closing(sqlite3.connect(f"file:{old}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT name, revision, body, state_digest, reference_digest, removed_at, moved_at "
            "FROM monitors"
        ).fetchall()

    def take_over(session: Session) -> None:
        for name, *row in rows:
            move_monitor(session, name, row)

    fresh.transact(take_over)


def _swap(store: Store, draft: Path, path: Path) -> Path:
    """Put the new file in its place; the old one with all that belongs to it stands beside."""
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    backup = path.with_name(f"{path.stem}.{moment}-{os.getpid()}.backup.db")
    with locked(path.with_name(path.name + ".lock")):
        store.database.close()
        for tail in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                os.rename(f"{path}{tail}", f"{backup}{tail}")
        os.rename(draft, path)
    return backup


def _remove(path: Path) -> None:
    for tail in ("", "-wal", "-shm", ".lock"):
        Path(f"{path}{tail}").unlink(missing_ok=True)
