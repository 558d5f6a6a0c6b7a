"""Nothing is lost or written twice by a drain whose writers, drainers, disk or database fail."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import time
from collections import Counter
from dataclasses import replace

import pytest
from journals import SETTINGS, head, line, one, put_journal, python, start

from nbmlops.errors import StoreUnavailableError
from nbmlops.records import Status
from nbmlops.store import open_store

KILLS = int(os.environ.get("NBMLOPS_KILLS", "20"))


# -- killed and at once ----------------------------------------------------------------------------


def test_nothing_acknowledged_is_lost_when_writers_are_killed(workspace_settings):
    seed = random.randrange(10**6)
    print("seed", seed)
    rng = random.Random(seed)
    store = open_store(workspace_settings)
    for large in (False, True) * (KILLS // 4):
        process = python(
            SETTINGS
            + """
    import signal
    run = new_ulid(); begin(run); at = 0
    filler = "x" * (900_000 if sys.argv[3] == "True" else 1)
    os.write(1, (run + "\\n").encode())
    while True:
        store.writer.append("metric", {"m": at}, run=run)
        if sys.argv[3] == "True":
            store.writer.append("note", {"text": filler}, run=run)
        os.write(1, b"%d\\n" % at); at += 1
        """,
            workspace_settings.root,
            workspace_settings.database,
            large,
        )
        run = process.stdout.readline().strip()
        time.sleep(rng.uniform(0, 0.02))  # the moment of the kill
        process.kill()
        told = process.stdout.read().split()
        process.wait()
        store.drain()  # to the end, however long it takes; who only reads has little patience
        found = [point.value for point in store.runs.series(run, "m")]
        assert found[: len(told)] == list(range(len(told)))
        assert len(found) - len(told) <= 1
        assert store.runs.get(run).status is Status.LOST
    store.close()


def test_killed_drainers_write_every_row_exactly_once(workspace_settings):
    seed = random.randrange(10**6)
    print("seed", seed)
    rng = random.Random(seed)
    for number in range(4):
        data = head("w") + start(1, f"R{number}")
        data += b"".join(line(at, "metric", {"m": at}, f"R{number}") for at in range(2, 5002))
        put_journal(workspace_settings, data)
    store = open_store(workspace_settings)
    store.database.engine()
    drainer = (
        SETTINGS
        + """
    from nbmlops.store import drain
    drain.BATCH_BYTES = 1 << 16
    drain.read_stretch.__defaults__ = (1 << 14,)
    os.write(1, b"go\\n")
    store.drain()
    """
    )
    running: list[subprocess.Popen] = []
    for _ in range(KILLS):
        while len(running) < 3:
            running.append(python(drainer, workspace_settings.root, workspace_settings.database))
        victim = running.pop(0)
        victim.stdout.readline()
        time.sleep(rng.uniform(0, 0.05))  # the moment of the kill
        victim.kill()
        victim.communicate()
    for process in running:
        _, problem = process.communicate(timeout=60)
        assert process.returncode == 0, problem
    store.drain()
    assert one(store, "SELECT count(*) FROM points") == 4 * 5000
    with store.database.read() as session:
        for number in range(4):
            values = [point.value for point in store.runs.series(f"R{number}", "m")]
            assert values == list(range(2, 5002))
        assert session.rows("SELECT record_count FROM writers") == [(5002,)] * 4
    store.close()


def test_eight_processes_start_together_on_a_workspace_that_does_not_exist(workspace_settings):
    gate = workspace_settings.root.parent / "gate"
    processes = [
        python(
            SETTINGS
            + """
    from pathlib import Path
    import sqlalchemy, nbmlops.store.runs
    print("ready", flush=True)
    while not Path(sys.argv[3]).exists(): pass
    for _ in range(5):
        run = new_ulid(); begin(run)
        store.writer.append("metric", {"m": 1}, run=run)
        store.writer.append("run_ended", {"status": "succeeded"}, run=run)
        assert store.runs.get(run).metrics == {"m": 1}
    print(len(store.runs.find().runs))
    """,
            workspace_settings.root,
            workspace_settings.database,
            gate,
        )
        for _ in range(8)
    ]
    for process in processes:
        process.stdout.readline()
    gate.touch()
    for process in processes:
        _, problem = process.communicate(timeout=60)
        assert process.returncode == 0, problem
        assert problem == ""
    store = open_store(workspace_settings)
    found = store.runs.find(limit=1000).runs
    assert len(found) == 40
    assert Counter(run.status for run in found) == {Status.SUCCEEDED: 40}
    store.close()


# -- the database is full, away or swapped ----------------------------------------------------------


def test_a_full_disk_under_the_database_delays_rows_and_loses_none(folder_settings, record):
    store = open_store(folder_settings)
    first = record(store, metrics={"m": 1})
    store.drain()
    from sqlalchemy import event

    engine = store.database.engine()

    @event.listens_for(engine, "begin")
    def no_room(connection):
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite's own "disk is full"
        connection.exec_driver_sql("BEGIN")

    runs = [record(store, metrics={"m": at}, tags={"t": "x" * 200}) for at in range(500)]
    with pytest.raises(StoreUnavailableError, match="disk is full"):
        store.drain()
    assert store.runs.get(first).metrics == {"m": 1}  # reading goes on, and says that it is old
    assert "full" in store.problem
    store.close()
    store = open_store(folder_settings)
    assert {run.id for run in store.runs.find(limit=1000).runs} == {first, *runs}
    assert store.problem == ""
    store.close()


def test_a_connection_cut_in_the_middle_of_a_commit_is_survived(postgres_url, tmp_path, record):
    """The outcome of such a commit is unknown; the next attempt looks at the offset."""
    from sqlalchemy import event

    store = open_store(replace(_settings(tmp_path), database=postgres_url))
    run = record(store, metrics={"m": 1})
    engine = store.database.engine()
    cuts = iter([True, True, False])

    @event.listens_for(engine, "commit")
    def cut(connection):
        if next(cuts, False):
            import psycopg

            pid = connection.connection.dbapi_connection.info.backend_pid
            plain = postgres_url.replace("+psycopg", "")
            with psycopg.connect(plain, autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    store.drain()
    assert store.runs.get(run).metrics == {"m": 1}
    assert len(store.runs.series(run, "m")) == 1
    store.close()


@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_a_deadlock_is_retried_at_most_five_times(postgres_url, tmp_path, record, state):
    from sqlalchemy import event

    store = open_store(replace(_settings(tmp_path), database=postgres_url))
    run = record(store)
    engine = store.database.engine()
    count = 0

    @event.listens_for(engine, "commit")
    def fail(connection):
        nonlocal count
        count += 1
        if count <= limit:
            connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{state}'; END $$")

    limit = 3
    store.drain()
    assert store.runs.get(run).id == run
    record(store)
    count, limit = 0, 100
    with pytest.raises(StoreUnavailableError):
        store.drain()
    assert count == 6
    store.close()


def _settings(tmp_path):
    from nbmlops.settings import Settings

    root = tmp_path / "workspace"
    return Settings(root=root, database="", artifacts=str(root / "artifacts"))


def test_a_hundred_small_journals_are_drained_in_one_go(store):
    for number in range(100):
        put_journal(store.settings, head("w") + start(1, f"R{number}"))
    assert store.drain().record_count == 200
    assert len(store.runs.find().runs) == 100


def test_a_writer_is_shared_by_two_stores_of_one_workspace(store):
    other = open_store(store.settings)
    assert other.writer is store.writer
    store.writer.append("note", {"text": ""}, run="R")
    other.close()
    assert store.writer.segment.hot[0] >= 0


def test_a_child_process_writes_a_journal_of_its_own(store, record):
    run = record(store)
    store.drain()
    child = os.fork()
    if child == 0:
        try:
            store.writer.append("metric", {"m": 1}, run=run)
            store.drain()
            os._exit(0 if store.runs.get(run).metrics == {"m": 1} else 3)
        except BaseException:
            os._exit(4)
    assert os.waitpid(child, 0)[1] == 0
    store.writer.append("metric", {"m2": 2}, run=run)
    assert store.runs.get(run).metrics == {"m": 1, "m2": 2}


def test_writers_go_on_while_a_reader_holds_its_view(folder_settings, record):
    store = open_store(folder_settings)
    record(store)
    store.drain()
    with store.database.read() as session:
        before = session.value("SELECT count(*) FROM runs")
        for _ in range(50):
            record(store)
            store.drain()
        assert session.value("SELECT count(*) FROM runs") == before
    assert len(store.runs.find().runs) == 51
    store.close()
    assert sqlite3.connect(folder_settings.root / "workspace.db").execute(
        "SELECT count(*) FROM runs"
    ).fetchone() == (51,)


def test_writers_and_readers_at_once_meet_no_error(workspace_settings):
    gate = workspace_settings.root.parent / "gate"
    work = (
        SETTINGS
        + """
    import nbmlops.store.runs
    print("ready", flush=True)
    while not Path(sys.argv[3]).exists(): time.sleep(0.001)
    for _ in range(15):
        run = new_ulid(); begin(run)
        for at in range(20):
            store.writer.append("metric", {"m": at}, run=run, step=at)
        store.drain() if sys.argv[4] == "writer" else store.runs.find("metrics.m > 3").total
    """
    )
    processes = [
        python(work, workspace_settings.root, workspace_settings.database, gate, kind)
        for kind in ("writer", "reader") * 4
    ]
    for process in processes:
        process.stdout.readline()
    gate.touch()
    for process in processes:
        _, problem = process.communicate(timeout=120)
        assert (process.returncode, problem) == (0, "")
    store = open_store(workspace_settings)
    store.drain()
    assert one(store, "SELECT count(*) FROM points") == 8 * 15 * 20
    store.close()
