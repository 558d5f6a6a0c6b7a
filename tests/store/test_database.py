"""Opening, upgrading, losing and damaging the database itself."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace

import pytest

from nbmlops.errors import (
    DatabaseCorruptError,
    SchemaTooNewError,
    StoreUnavailableError,
    TimedOutError,
)
from nbmlops.settings import Settings
from nbmlops.store import open_store
from nbmlops.store.migrations import MIGRATIONS, migrate
from nbmlops.store.tables import SCHEMA_VERSION

NEXT = SCHEMA_VERSION + 1


def test_opening_and_recording_load_no_database_package(tmp_path):
    source = """
    import sys
    from nbmlops.settings import load_settings
    from nbmlops.store import open_store
    store = open_store(load_settings(sys.argv[1]))
    store.writer.append("note", {"text": ""}, run="R")
    store.artifacts.put(b"x")
    print([name for name in ("sqlalchemy", "fsspec", "psycopg", "sqlite3") if name in sys.modules])
    """
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source), str(tmp_path / "w")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"


def test_threads_that_open_a_new_workspace_together_all_find_it_made(workspace_settings):
    store, found, gate = open_store(workspace_settings), [], threading.Barrier(8)

    def look():
        gate.wait()
        try:
            with store.database.read() as session:
                found.append(session.value("SELECT count(*) FROM runs"))
        except Exception as problem:
            found.append(problem)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [0] * 8
    store.close()


def test_everything_in_a_folder_is_private(folder_settings, record):
    store = open_store(folder_settings)
    record(store)
    store.drain()
    for path in folder_settings.root.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, path
    store.close()


def test_a_link_in_the_place_of_the_lock_is_not_followed(folder_settings, tmp_path):
    folder_settings.root.mkdir(parents=True)
    (folder_settings.root / "workspace.db.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreUnavailableError):
        open_store(folder_settings).drain()
    assert not (tmp_path / "elsewhere").exists()


def test_a_deleted_database_is_noticed_and_its_journals_stay(folder_settings, record):
    store = open_store(folder_settings)
    runs = [record(store)]
    store.drain()
    (folder_settings.root / "workspace.db").unlink()
    runs.append(record(store))
    with pytest.raises(DatabaseCorruptError, match="deleted while it was in use") as caught:
        store.runs.find()
    assert "rebuild" in caught.value.hint
    store.writer.close()
    # Looking again makes a new one, and the journals fill it.
    assert {run.id for run in open_store(folder_settings).runs.find().runs} == set(runs)
    store.close()


def test_a_database_replaced_by_another_is_refused(folder_settings, tmp_path, record):
    other_root = tmp_path / "other"
    other = open_store(
        replace(
            folder_settings, root=other_root, database=f"sqlite:///{other_root / 'workspace.db'}"
        )
    )
    record(other)
    other.drain()
    other.close()
    store = open_store(folder_settings)
    record(store)
    store.drain()
    os.replace(other_root / "workspace.db", folder_settings.root / "workspace.db")
    record(store)
    with pytest.raises(DatabaseCorruptError, match="another workspace"):
        store.drain()
    store.close()


def test_a_file_that_is_no_database_is_refused(folder_settings):
    folder_settings.root.mkdir(parents=True)
    (folder_settings.root / "workspace.db").write_bytes(b"hello" * 1000)
    with pytest.raises(DatabaseCorruptError):
        open_store(folder_settings).runs.find()


def test_damage_is_looked_for_after_the_machine_restarted(folder_settings, record):
    store = open_store(folder_settings)
    for _ in range(300):
        record(store, tags={"t": "x" * 200})
    store.drain()
    with store.database.write() as session:
        session.run("UPDATE meta SET value = 'an earlier start' WHERE key = 'boot'")
    store.close()
    path = folder_settings.root / "workspace.db"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 8192)
    with pytest.raises(DatabaseCorruptError):
        open_store(folder_settings).drain()


@pytest.mark.skipif(os.name != "posix", reason="needs another user")
def test_a_read_only_folder_is_shown_as_a_snapshot(tmp_path, record):
    root = tmp_path / "workspace"
    settings = Settings(root, f"sqlite:///{root / 'workspace.db'}", str(root / "artifacts"))
    store = open_store(settings)
    run = record(store, metrics={"m": 1})
    store.drain()
    store.close()
    source = """
    import os, sys
    from pathlib import Path
    import nbmlops.store.runs, nbmlops.store.doctor, sqlalchemy.dialects.sqlite.pysqlite
    from nbmlops.settings import Settings
    from nbmlops.store import open_store
    from nbmlops.store.doctor import check
    dummy = Path(sys.argv[3])
    dummy = open_store(Settings(dummy, f"sqlite:///{dummy / 'workspace.db'}", str(dummy / "a")))
    check(dummy)  # loads what another user may not be allowed to read
    dummy.runs.find("metrics.a > 1")
    dummy.close()
    if os.getuid() == 0:
        os.setgid(65534); os.setuid(65534)
    root = Path(sys.argv[1])
    store = open_store(Settings(root, f"sqlite:///{root / 'workspace.db'}", str(root / "artifacts")))
    print(store.runs.get(sys.argv[2]).metrics, store.database.snapshot, store.drain().record_count,
          "read-only" in {finding.code for finding in check(store)})
    """
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and os.getuid() == 0 and not folder.stat().st_mode & 0o005:
            folder.chmod(folder.stat().st_mode | 0o055)
    for path in root.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    root.chmod(0o555)
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source), str(root), run, str(tmp_path / "dummy")],
        capture_output=True,
        text=True,
    )
    root.chmod(0o700)
    assert found.stdout.strip() == "{'m': 1} True 0 True", found.stderr


# -- the schema ------------------------------------------------------------------------------------


def statements(count, fail_at=None):
    def act(session):
        for at in range(count):
            if at == fail_at:
                raise RuntimeError("killed here")
            session.run(f"CREATE TABLE added_{at} (id BIGINT)")
            session.run(f"INSERT INTO added_{at} VALUES (1)")

    return act


def tables_of(store) -> set:
    with store.database.read() as session:
        query = (
            "SELECT name FROM sqlite_master"
            if session.is_sqlite
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'nbmlops'"
        )
        return {row[0] for row in session.rows(query) if row[0].startswith("added")}


@pytest.mark.parametrize("fail_at", range(4))
def test_an_interrupted_upgrade_leaves_the_old_schema_and_is_completed_later(
    store, record, fail_at
):
    run = record(store)
    store.drain()
    with pytest.raises(RuntimeError):
        migrate(store.database, {**MIGRATIONS, NEXT: statements(4, fail_at)})
    assert tables_of(store) == set()
    assert store.runs.get(run).id == run
    migrate(store.database, {**MIGRATIONS, NEXT: statements(4)})
    assert len(tables_of(store)) == 4
    if store.database.is_sqlite:
        backup = store.settings.root / f"workspace.schema{SCHEMA_VERSION}.backup.db"
        assert sqlite3.connect(backup).execute("SELECT count(*) FROM runs").fetchone() == (1,)
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    # A client that knows less refuses politely, and its journal waits.
    old = open_store(store.settings)
    with pytest.raises(SchemaTooNewError, match=f"schema {NEXT}"):
        old.drain()
    old.close()


# -- what goes wrong with a connection ---------------------------------------------------------------


def test_a_password_never_stands_in_a_message(tmp_path, postgres_url):
    url = postgres_url.replace("postgres:@", "nobody:s3cr3t-pass@")
    for broken in (
        url,
        "postgresql+psycopg://u:s3cr3t-pass@127.0.0.1:1/db",
        "postgresql+psycopg://u:s3cr3t-pass@no.such.host.invalid/db",
    ):
        store = open_store(Settings(tmp_path / "w", broken, str(tmp_path / "a")))
        with pytest.raises(StoreUnavailableError) as caught:
            store.drain()
        for text in (str(caught.value), repr(caught.value), repr(caught.value.details)):
            assert "s3cr3t-pass" not in text


def test_a_short_password_is_not_told_by_what_is_missing(tmp_path):
    url = "postgresql+psycopg://postgres:p@127.0.0.1:1/db"
    store = open_store(Settings(tmp_path / "w", url, str(tmp_path / "a")))
    with pytest.raises(StoreUnavailableError) as caught:
        store.drain()
    message = caught.value.message
    assert "***" not in message
    assert message.endswith("port 1 failed: Connection refused.")


def test_a_search_that_takes_too_long_is_stopped(store, record):
    record(store)
    store.drain()
    endless = (
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t"
    )
    with pytest.raises(TimedOutError), store.database.read(seconds=0.2) as session:
        session.value(endless)
    assert store.runs.find().total == 1


def test_a_workspace_copied_elsewhere_opens(folder_settings, tmp_path, record):
    store = open_store(folder_settings)
    run = record(store)
    store.drain()
    store.close()
    shutil.copytree(folder_settings.root, tmp_path / "copy")
    root = tmp_path / "copy"
    copy = open_store(Settings(root, f"sqlite:///{root / 'workspace.db'}", str(root / "artifacts")))
    assert copy.runs.get(run).id == run
    copy.close()
