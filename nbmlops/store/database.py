"""A connection to the workspace's database: SQLite or PostgreSQL behind the same few verbs.

`read` and `write` are transactions that yield a `Session`. Every write on SQLite begins IMMEDIATE,
because a transaction that reads first and writes later fails with "database is locked" in spite of
any timeout; on PostgreSQL it takes one advisory lock, so that writers queue there as well and
cannot deadlock. What drivers raise comes out as errors of nbmlops, without passwords.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from nbmlops.errors import (
    DatabaseCorruptError,
    MissingPackageError,
    NbmlopsError,
    StoreUnavailableError,
    TimedOutError,
    UnsafePathError,
)
from nbmlops.settings import Settings, without_password

__all__ = ["Database", "Session"]

T = TypeVar("T")

NARROWER = "Search in one experiment, or with fewer words like `like`."
BUSY_SECONDS = 30
READ_SECONDS = 30.0
ATTEMPTS = 6  # the first and five retries
# The global generator is the user's: drawing from it would change their numbers.
_JITTER = random.Random()  # noqa: S311
ADVISORY_KEY = 0x6E626D6C6F7073  # "nbmlops"
PG_SCHEMA = "nbmlops"


class Session:
    """One open transaction. SQL is written with `?` for values, on both databases."""

    __slots__ = ("connection", "is_sqlite")

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"

    def _sql(self, sql: str) -> str:
        return sql if self.is_sqlite else sql.replace("%", "%%").replace("?", "%s")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """The rows of a query."""
        result = self.connection.exec_driver_sql(self._sql(sql), tuple(values))
        # The driver's own tuples: a Row of SQLAlchemy around each doubles the time of a page.
        found: list[Any] = list(result.cursor.fetchall())
        result.close()
        return found

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.connection.exec_driver_sql(self._sql(sql), tuple(values)).fetchone()
        return row[0] if row is not None else None

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """The number of rows that a statement changed."""
        return self.connection.exec_driver_sql(self._sql(sql), tuple(values)).rowcount

    def many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement once for each row."""
        if rows:
            self.connection.exec_driver_sql(self._sql(sql), list(rows))

    def within(self, sql: str, keys: Sequence[Any], values: Sequence[Any] = ()) -> list[Any]:
        """The rows of a query whose `IN (*)` is asked for all keys, in portions.

        The values are those of the `?` before it.
        """
        found: list[Any] = []
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            found += self.rows(
                sql.replace("(*)", f"({','.join('?' * len(part))})"), (*values, *part)
            )
        return found

    def clock(self) -> int:
        """Seconds since the epoch by the database's clock."""
        if self.is_sqlite:
            return int(self.value("SELECT CAST(strftime('%s','now') AS INTEGER)"))
        return int(self.value("SELECT CAST(extract(epoch FROM clock_timestamp()) AS BIGINT)"))


class Database:
    """The database of one workspace, opened when first used and made when absent."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.is_sqlite = settings.is_folder
        self.path = _sqlite_path(settings.database) if self.is_sqlite else None
        self.snapshot = False  # a read-only folder: what is there is shown, nothing is drained
        self.workspace_id = ""
        self._engine: sa.Engine | None = None
        self._identity: tuple[int, int] | None = None
        self._pid = 0
        self._lock = threading.RLock()

    # -- opening ---------------------------------------------------------------------------------

    def engine(self) -> sa.Engine:
        """The engine, after the schema was made or checked."""
        if self._engine is not None and self._pid == os.getpid():
            self._check_identity()
            return self._engine
        with self._lock:
            if self._engine is not None and self._pid != os.getpid():
                self._engine.dispose(close=False)  # the connections belong to the parent process
                self._engine = None
            if self._engine is None:
                self._open()
            assert self._engine is not None
            return self._engine

    def _open(self) -> None:
        from nbmlops.store import migrations

        with self.errors():
            if self.path is not None:
                if self.path.is_symlink():
                    raise UnsafePathError(
                        str(self.path), "it is a link, and links are not followed"
                    )
                self.snapshot = not _is_writable(self.path)
                if self.snapshot and not self.path.exists():
                    raise StoreUnavailableError(
                        f"The workspace {self.settings.location}", "its folder is read-only"
                    )
            self._engine, self._pid = self.connect(), 0
            try:
                self.workspace_id = migrations.migrate(self)
            except BaseException:
                engine, self._engine = self._engine, None
                if engine is not None:
                    engine.dispose()
                raise
            if self.path is not None:
                status = self.path.stat()
                self._identity = (status.st_dev, status.st_ino)
            self._pid = os.getpid()  # no other thread takes it before it is made or checked

    def connect(self, path: Path | None = None) -> sa.Engine:
        """A new engine on the database (or on the SQLite file `path`), without any checks."""
        if self.path is not None:
            return _sqlite_engine(path or self.path, snapshot=self.snapshot)
        return _postgres_engine(self.settings.database)

    def _check_identity(self) -> None:
        if self.path is None or self._identity is None:
            return
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._forget()
            raise DatabaseCorruptError("its file was deleted while it was in use") from None
        except OSError as problem:
            raise StoreUnavailableError(
                f"The workspace {self.settings.location}", _os_problem(problem)
            ) from problem
        if (status.st_dev, status.st_ino) != self._identity:
            self._forget()
            # The file alone is asked: a write-ahead log beside it may belong to the old one.
            if _workspace_id_of(self.path) != self.workspace_id:
                raise DatabaseCorruptError(
                    "its file was replaced by that of another workspace while it was in use"
                )
            with self._lock:
                self._open()

    def _forget(self) -> None:
        with self._lock:
            engine, self._engine = self._engine, None
            if engine is not None:
                engine.dispose(close=self._pid == os.getpid())

    def close(self) -> None:
        """Let go of all connections; the next use opens them again."""
        self._forget()

    # -- transactions ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def read(self, *, seconds: float = READ_SECONDS) -> Iterator[Session]:
        """A consistent view, whose statements may take `seconds` each."""
        engine = self.engine()
        with self.errors(seconds), engine.connect() as connection:
            session = Session(connection)
            if session.is_sqlite:
                with _deadline(connection, seconds):
                    yield session
            else:
                milliseconds = max(int(seconds * 1000), 1)  # 0 would be no limit
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")
                yield session
            connection.rollback()

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that no other writer can come between."""
        engine = self.engine()
        if self.snapshot:
            raise StoreUnavailableError(
                f"The workspace {self.settings.location}", "its folder is read-only"
            )
        with self.errors(), self.writing(engine) as session:
            yield session

    @contextlib.contextmanager
    def writing(self, engine: sa.Engine) -> Iterator[Session]:
        """`write` on an engine whose schema is not checked."""
        with (
            engine.connect().execution_options(nbmlops_write=True) as connection,
            connection.begin(),
        ):
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_KEY})")
            yield Session(connection)

    @contextlib.contextmanager
    def autocommit(self) -> Iterator[Session]:
        """A session outside of any transaction, for what cannot be in one."""
        engine = self.engine()
        with (
            self.errors(),
            engine.connect().execution_options(
                isolation_level="AUTOCOMMIT", nbmlops_plain=True
            ) as connection,
        ):
            yield Session(connection)

    def analyze(self) -> None:
        """Bring the planner's statistics up to date."""
        with self.autocommit() as session:
            if self.is_sqlite:
                session.run("PRAGMA analysis_limit = 1000")
            session.run("ANALYZE")

    def transact(self, act: Callable[[Session], T]) -> T:
        """What `act` returns, its transaction repeated after deadlocks and broken connections.

        `act` has to look again at what it builds on: the commit before a broken connection may
        have taken place.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.write() as session:
                    return act(session)
            except NbmlopsError as problem:
                cause = problem.__cause__
                if attempt == ATTEMPTS or not (
                    isinstance(cause, exc.DBAPIError) and _may_pass(cause)
                ):
                    raise
                time.sleep(_JITTER.uniform(0.5, 1.0) * 0.01 * 2**attempt)
        raise AssertionError

    @contextlib.contextmanager
    def errors(self, seconds: float = READ_SECONDS) -> Iterator[None]:
        """Turn what drivers raise into errors of nbmlops; `seconds` is what a search may take."""
        try:
            yield
        except exc.DBAPIError as problem:
            raise self._translated(problem, seconds) from problem
        except (sqlite3.Error, OSError) as problem:
            raise self._translated_plain(problem, seconds) from problem
        except exc.ArgumentError:
            raise StoreUnavailableError(self._what(), "its URL does not parse") from None
        except exc.TimeoutError as problem:
            raise StoreUnavailableError(self._what(), "all connections are in use") from problem

    def _what(self) -> str:
        if self.is_sqlite:
            return f"The workspace {self.settings.location}"
        return f"The database {without_password(self.settings.database)}"

    def _translated(self, problem: exc.DBAPIError, seconds: float) -> NbmlopsError:
        original = problem.orig
        before: BaseException | None = problem.__context__
        if "no such savepoint" in str(original):
            # SQLite has rolled everything back already; what came before says why.
            while before is not None:
                if isinstance(before, exc.DBAPIError) and str(before.orig) != str(original):
                    return self._translated(before, seconds)
                before = before.__context__
        state = getattr(original, "sqlstate", None)
        if state == "57014":
            return TimedOutError("The search", seconds, hint=NARROWER)
        if state == "53100":
            return StoreUnavailableError(self._what(), "its disk is full")
        if isinstance(original, sqlite3.Error):
            return self._translated_plain(original, seconds)
        # libpq asks a question on a line of its own, which says nothing that we do not.
        lines = [line for line in str(original).splitlines() if not line.endswith("?")]
        text = " ".join(" ".join(lines).split()).rstrip(".")
        if isinstance(problem, exc.OperationalError | exc.InterfaceError | exc.InternalError):
            return StoreUnavailableError(self._what(), _without_secret(text, self.settings))
        return DatabaseCorruptError(_without_secret(text, self.settings)[:300])

    def _translated_plain(self, problem: Exception, seconds: float) -> NbmlopsError:
        if isinstance(problem, OSError):
            return StoreUnavailableError(self._what(), _os_problem(problem))
        name = getattr(problem, "sqlite_errorname", "") or ""
        text = str(problem)
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "malformed" in text:
            return DatabaseCorruptError(text)
        if name == "SQLITE_INTERRUPT":
            return TimedOutError("The search", seconds, hint=NARROWER)
        if name == "SQLITE_FULL" or "disk is full" in text:
            return StoreUnavailableError(self._what(), "its disk is full")
        if isinstance(problem, sqlite3.OperationalError):
            return StoreUnavailableError(self._what(), text)
        return DatabaseCorruptError(text)


def _may_pass(problem: exc.DBAPIError) -> bool:
    """True for what another attempt may not meet: deadlock, serialization, a cut connection."""
    state = getattr(problem.orig, "sqlstate", None) or ""
    if problem.connection_invalidated or state in ("40001", "40P01") or state[:2] in ("08", "57"):
        return state != "57014"
    return getattr(problem.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY")


def _without_secret(text: str, settings: Settings) -> str:
    password = str(sa.make_url(settings.database).password or "")
    if len(password) < 8:  # as a part of other words it would be told by what is missing
        return re.sub(rf"(?<!\w){re.escape(password)}(?!\w)", "***", text) if password else text
    return text.replace(password, "***")


def _os_problem(problem: OSError) -> str:
    return problem.strerror or str(problem)


def _is_writable(path: Path) -> bool:
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.access(folder, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def _sqlite_path(url: str) -> Path:
    return Path(url.partition(":///")[2])


def _sqlite_engine(path: Path, *, snapshot: bool) -> sa.Engine:
    from urllib.parse import quote

    def create() -> sqlite3.Connection:
        tail = "mode=rw"
        if snapshot:
            # Commits that still stand in the log are part of it; SQLite reads a log only beside
            # its index, and refuses a folder without either unless nothing can ever change there.
            tail = "mode=ro" if _has_log(path) else "mode=ro&immutable=1"
        uri = f"file:{quote(str(path))}?{tail}"
        connection = sqlite3.connect(
            uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA case_sensitive_like=ON")
        connection.execute("PRAGMA cache_size=-16000")
        connection.execute("PRAGMA mmap_size=268435456")
        connection.execute(f"PRAGMA journal_size_limit={16 << 20}")
        connection.create_function("nbmlops_lower", 1, _lower, deterministic=True)
        return connection

    engine = sa.create_engine(
        "sqlite://", creator=create, poolclass=sa.pool.QueuePool, pool_size=4, max_overflow=28
    )

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("nbmlops_plain"):
            write = options.get("nbmlops_write")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _has_log(path: Path) -> bool:
    """True where a write-ahead log with its index stands beside a SQLite file."""
    log, index = Path(f"{path}-wal"), Path(f"{path}-shm")
    return log.exists() and log.stat().st_size > 0 and index.exists()


def _workspace_id_of(path: Path) -> str | None:
    """The workspace id in a SQLite file, without its write-ahead log."""
    from urllib.parse import quote

    uri = f"file:{quote(str(path))}?mode=ro&immutable=1"
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(uri, uri=True)) as connection,
    ):
        row = connection.execute("SELECT value FROM meta WHERE key = 'workspace'").fetchone()
        return str(row[0]) if row else None
    return None


def _lower(text: object) -> str | None:
    return None if text is None else str(text).lower()


def _postgres_engine(url: str) -> sa.Engine:
    try:
        engine = sa.create_engine(
            url,
            pool_size=2,
            max_overflow=14,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "application_name": "nbmlops"},
        )
    except ModuleNotFoundError as problem:
        raise MissingPackageError("psycopg", "A PostgreSQL workspace", "postgres") from problem

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.execute(f"SET search_path = {PG_SCHEMA}")
        connection.autocommit = False

    return engine


@contextlib.contextmanager
def _deadline(connection: sa.Connection, seconds: float) -> Iterator[None]:
    raw = connection.connection.dbapi_connection
    assert raw is not None
    end = time.monotonic() + seconds
    handler = raw.set_progress_handler
    handler(lambda: int(time.monotonic() > end), 20_000)
    try:
        yield
    finally:
        handler(None, 0)
