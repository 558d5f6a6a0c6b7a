"""The schema of the database, brought up to date: numbered steps, one at a time, under a lock.

A new database is made as `tables` says it, and the steps bring an older one there. A new SQLite
database is made whole in a file beside its place and then linked, so that a database that can be
seen is a finished one; an existing one is copied before it is upgraded. All steps of an upgrade are
one transaction: an interrupted upgrade leaves the old schema.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import exc

from nbmlops.errors import DatabaseCorruptError, SchemaTooNewError, StoreUnavailableError
from nbmlops.store import tables
from nbmlops.store.facts import key_of, seen_as
from nbmlops.store.settle import upsert

if TYPE_CHECKING:
    from nbmlops.store.database import Database, Session

__all__ = ["MIGRATIONS", "boot_id", "locked", "migrate"]

Migration = Callable[["Session"], None]


def _add_experiment_keys(session: Session) -> None:
    """Experiments whose names differ by case become one; each run keeps its spelling."""
    collation = "" if session.is_sqlite else ' COLLATE "C"'
    session.run(f"ALTER TABLE runs ADD COLUMN experiment_key TEXT{collation}")
    _fill_experiment_keys(session)
    session.run("DROP INDEX runs_experiment")
    session.run("CREATE INDEX runs_experiment ON runs (experiment_key, started_at, id)")
    session.run("CREATE INDEX runs_spelling ON runs (experiment)")


def _fill_experiment_keys(session: Session) -> None:
    lacking = "experiment IS NOT NULL AND experiment_key IS NULL"
    spellings = session.rows(f"SELECT DISTINCT experiment FROM runs WHERE {lacking}")
    session.many(
        "UPDATE runs SET experiment_key = ? WHERE experiment = ? AND experiment_key IS NULL",
        [(key_of(spelling), spelling) for (spelling,) in spellings],
    )


def _add_monitors(session: Session) -> None:
    """A table for what is chosen and not recorded: definitions of monitors and where they are."""
    tables.monitors.create(session.connection, checkfirst=True)


def _add_seen_data(session: Session) -> None:
    """A table of which runs used or made which data, filled from what they said of it."""
    session.run("CREATE INDEX runs_process ON runs (owner, started_at, id)")
    tables.seen_data.create(session.connection, checkfirst=True)
    last: tuple[int, str] = (0, "")
    while True:
        found = session.rows(
            "SELECT run_id, subject, body FROM details WHERE (run_id, subject) > (?, ?) "
            "AND subject >= 'dataset:' AND subject < 'dataset;' "
            "ORDER BY run_id, subject LIMIT 5000",
            last,
        )
        if not found:
            return
        seen = set()
        for run_id, subject, body in found:
            seen |= {(run_id, subject, *each) for each in seen_as(orjson.loads(body))}
        columns = ("run_id", "subject", "key", "made")
        upsert(session, "seen_data", columns, columns, sorted(seen))
        last = found[-1][:2]


# From the schema before.
MIGRATIONS: Mapping[int, Migration] = {
    2: _add_experiment_keys,
    3: _add_monitors,
    4: _add_seen_data,
}


def migrate(database: Database, migrations: Mapping[int, Migration] | None = None) -> str:
    """The workspace id of the database, after its schema was made, checked or upgraded."""
    steps = MIGRATIONS if migrations is None else migrations
    newest = max(steps)
    found = _look(database)
    if found is None or found[0] < newest:
        if database.snapshot and found is not None:
            raise StoreUnavailableError(
                f"The workspace {database.settings.location}",
                f"its folder is read-only and an older nbmlops made it (schema {found[0]})",
                hint="Make the folder writable, or open a copy of it where you may write.",
            )
        found = _upgrade(database, steps, newest)
    schema, workspace = found
    if schema > newest:
        raise SchemaTooNewError(schema, newest)
    _check_after_restart(database)
    _complete(database)
    return workspace


def _look(database: Database) -> tuple[int, str] | None:
    """Schema and workspace id, or None where there is no schema yet."""
    if database.path is not None and not database.path.exists():
        return None
    engine = database._engine
    assert engine is not None
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            query = "SELECT 1 FROM sqlite_master WHERE name = 'meta'"
        else:
            query = "SELECT 1 FROM pg_tables WHERE schemaname = 'nbmlops' AND tablename = 'meta'"
        if connection.exec_driver_sql(query).fetchone() is None:
            return None
        rows = connection.exec_driver_sql(
            "SELECT key, value FROM meta WHERE key IN ('schema', 'workspace')"
        )
        found: dict[str, str] = {row[0]: row[1] for row in rows}
    if "schema" not in found or "workspace" not in found:
        raise DatabaseCorruptError("it is not a database of nbmlops")
    return int(found["schema"]), str(found["workspace"])


def _upgrade(database: Database, steps: Mapping[int, Migration], newest: int) -> tuple[int, str]:
    if database.path is None:
        return _upgrade_postgres(database, steps, newest)
    with locked(database.path.with_name(database.path.name + ".lock")):
        if not database.path.exists():
            _make(database, database.path, steps)
        found = _look(database)
        if found is None or found[0] < newest:
            if found is not None:
                _back_up(database.path, found[0])
            _apply(database, steps, found[0] if found else 0)
            found = _look(database)
    assert found is not None
    return found


def _upgrade_postgres(
    database: Database, steps: Mapping[int, Migration], newest: int
) -> tuple[int, str]:
    _apply(database, steps, None)
    found = _look(database)
    assert found is not None, newest
    return found


def _apply(database: Database, steps: Mapping[int, Migration], known: int | None) -> None:
    engine = database._engine
    assert engine is not None
    with database.writing(engine) as session:
        if known is None:
            session.run("CREATE SCHEMA IF NOT EXISTS nbmlops")
            known = 0
            if session.value("SELECT to_regclass('nbmlops.meta')") is not None:
                known = int(session.value("SELECT value FROM meta WHERE key = 'schema'"))
        _steps(session, steps, known)
        if 0 < known < max(steps):  # the planner knows nothing yet of what the steps made
            if session.is_sqlite:
                session.run("PRAGMA analysis_limit = 1000")
            session.run("ANALYZE")


def _steps(session: Session, steps: Mapping[int, Migration], known: int) -> None:
    if known == 0:
        tables.metadata.create_all(session.connection)
    for number in sorted(steps):
        if number > (known or tables.SCHEMA_VERSION):
            steps[number](session)
    if known == 0:
        rows = [("schema", str(max(steps))), ("workspace", uuid.uuid4().hex)]
        session.many("INSERT INTO meta (key, value) VALUES (?, ?)", rows)
    elif max(steps) > known:
        session.run("UPDATE meta SET value = ? WHERE key = 'schema'", (str(max(steps)),))


def _make(database: Database, path: Path, steps: Mapping[int, Migration]) -> None:
    """A new SQLite file in its place, whole; somebody else's if theirs was there first."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}.tmp")
    draft_file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR | _no_follow(), 0o600)
    os.close(draft_file)
    try:
        engine = database.connect(draft)
        try:
            with database.writing(engine) as session:
                _steps(session, steps, 0)
        finally:
            engine.dispose()
        plain = sqlite3.connect(draft)
        with contextlib.closing(plain):
            plain.execute("PRAGMA journal_mode=WAL")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        for leftover in (draft, Path(f"{draft}-wal"), Path(f"{draft}-shm")):
            leftover.unlink(missing_ok=True)


def _back_up(path: Path, schema: int) -> None:
    """A copy of the database before an upgrade, beside it."""
    target = path.with_name(f"{path.stem}.schema{schema}.backup.db")
    draft = target.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR | _no_follow(), 0o600))
    with (
        contextlib.closing(sqlite3.connect(path)) as source,
        contextlib.closing(sqlite3.connect(draft)) as copy,
    ):
        source.backup(copy)
    os.replace(draft, target)


def _check_after_restart(database: Database) -> None:
    """Check a SQLite file once after the machine restarted, when it may have lost power."""
    if database.path is None or database.snapshot:
        return
    engine = database._engine
    assert engine is not None
    boot = boot_id()
    with engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT value FROM meta WHERE key = 'boot'").fetchone()
        if row is not None and row[0] == boot:
            return
        if row is not None:
            problem = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if problem != "ok":
                raise DatabaseCorruptError(" ".join(str(problem).split())[:200])
    with contextlib.suppress(exc.OperationalError), database.writing(engine) as session:
        session.run(
            "INSERT INTO meta (key, value) VALUES ('boot', ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (boot,),
        )


def _complete(database: Database) -> None:
    """Add what a process leaves out that has been at work since before an upgrade."""
    engine = database._engine
    assert engine is not None
    if database.snapshot:
        return
    lacking = "SELECT 1 FROM runs WHERE experiment_key IS NULL AND experiment IS NOT NULL LIMIT 1"
    with engine.connect() as connection:
        if connection.exec_driver_sql(lacking).fetchone() is None:
            return
    with contextlib.suppress(exc.OperationalError), database.writing(engine) as session:
        _fill_experiment_keys(session)


def boot_id() -> str:
    """What changes whenever this machine starts, or an empty string."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file; it frees itself when the process dies."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | _no_follow(), 0o600)
    try:
        with contextlib.suppress(ImportError, OSError):  # without locks, links decide
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _no_follow() -> int:
    return getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
