"""What a power cut, a long reader and a wrong clock leave: everything that was synced, in order."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from pathlib import Path

import orjson
import pytest

from nbmlops.events import spelled_out
from nbmlops.records import Status
from nbmlops.settings import Settings
from nbmlops.store import journal, open_store
from nbmlops.store.journal import Writer, scan
from nbmlops.store.migrations import boot_id

PAGE = 4096


class Disk:
    """Remembers what was written when, and what was synced: the pages that a cut may take."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.synced: list[int] = []
        real = journal._fdatasync

        def sync(descriptor: int) -> None:
            real(descriptor)
            self.synced.append(os.fstat(descriptor).st_size)

        monkeypatch.setattr(journal, "_fdatasync", sync)


def _after_cut(data: bytes, synced: int, chance: random.Random) -> bytes:
    """The file after a cut: what was synced, and of the rest some pages, others full of zeros."""
    end = chance.randint(synced, len(data))
    kept = bytearray(data[:end])
    for start in range(synced - synced % PAGE, end, PAGE):
        if chance.random() < 0.5:
            for at in range(max(start, synced), min(start + PAGE, end)):
                kept[at] = 0
    return bytes(kept)


def test_everything_synced_is_there_after_a_power_cut(
    folder_settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    # Only the syncs that this test asks for.
    monkeypatch.setattr(Writer, "_keep_synced", lambda self, life: None)
    writer = Writer(folder_settings.journal_dir)
    started = {"name": "n", "experiment": "churn", "kind": "cell", "started_at": 10**18}
    marks: list[int] = []  # sizes of the file at its syncs
    for index in range(200):
        if index % 40 == 0:
            run = f"R{index}"
            writer.append("run_started", started, run=run, sync=True)
        writer.append("metric", {f"m{index}": 1.5, "pad": float(index)}, run=run)
        if index % 40 == 39:
            writer.append("run_ended", {"status": "succeeded"}, run=run, sync=True)
        if disk.synced and (not marks or disk.synced[-1] != marks[-1]):
            marks.append(disk.synced[-1])
    data = writer.path.read_bytes()
    name = writer.path.name
    writer.close()
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)

    for synced in marks:
        whole = [spelled_out(orjson.loads(part.payload))["s"] for part in scan(data[:synced])]
        for _ in range(20):
            left = _after_cut(data, synced, chance)
            found = [
                spelled_out(orjson.loads(part.payload))["s"]
                for part in scan(left)
                if part.kind == "ok"
            ]
            assert found[: len(whole)] == whole
            assert set(found) <= set(range(10**6))

    shutil.rmtree(folder_settings.journal_dir)
    folder_settings.journal_dir.mkdir()
    (folder_settings.journal_dir / name).write_bytes(_after_cut(data, marks[-1], chance))
    store = open_store(folder_settings)
    runs = store.runs.find(limit=50).runs
    assert {run.id for run in runs} == {f"R{index}" for index in range(0, 200, 40)}
    assert {run.status for run in runs} == {Status.SUCCEEDED}
    store.close()


def test_a_new_journal_is_named_by_folders_that_are_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was acknowledged as being on disk is in a file that a power cut leaves there."""
    synced: set[str] = set()
    real = os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        synced.add(os.readlink(f"/proc/self/fd/{descriptor}"))

    monkeypatch.setattr(os, "fsync", fsync)
    root = tmp_path / "new" / "workspace"
    settings = Settings(root, f"sqlite:///{root / 'workspace.db'}", str(root / "artifacts"))
    monkeypatch.setattr(Writer, "_keep_synced", lambda self, life: None)
    store = open_store(settings)
    started = {"name": "n", "experiment": "churn", "kind": "cell", "started_at": 10**18}
    store.writer.append("run_started", started, run="R", sync=True)
    assert {str(tmp_path), str(tmp_path / "new"), str(root), str(root / "journal")} <= synced

    synced.clear()
    store.writer.append("metric", {"m": 1.0}, run="R", sync=True)
    assert synced == set()  # once is enough
    store.writer._open()  # a rotation
    store.writer.append("metric", {"m": 2.0}, run="R", sync=True)
    assert str(root / "journal") in synced

    synced.clear()
    digest, _ = store.artifacts.put(b"bytes")
    artifacts = root / "artifacts"
    assert {str(root), str(artifacts), str(artifacts / digest[:2])} <= synced

    store.writer.close()
    store.drain()
    synced.clear()
    (archive,) = store._drain.pack(keep_seconds=0)  # whose journals are removed
    assert str(archive.parent) in synced
    store.close()


def test_a_log_of_the_database_that_was_torn_anywhere_loses_no_run(folder_settings, record) -> None:
    """After a cut the log of the last commits is torn, zeroed or gone; the journals have it all."""
    store = open_store(folder_settings)
    with store.database.write() as session:
        session.run("UPDATE meta SET value = 'before the cut' WHERE key = 'boot'")
    store.drain()
    with store.database.write() as session:
        session.run("UPDATE meta SET value = 'x' WHERE key LIKE 'closed_checked%'")
    runs = [record(store, metrics={"m": 0})]
    store.drain()
    with store.database.autocommit() as session:
        session.run("PRAGMA wal_checkpoint(TRUNCATE)")
    for at in range(1, 13):
        runs.append(record(store, metrics={"m": at}, tags={"t": "x" * 3000}))
        if at % 4 == 0:
            store.writer.close()
        store.drain()
    log = (folder_settings.root / "workspace.db-wal").read_bytes()
    assert len(log) > 20 * PAGE
    copy = folder_settings.root.parent / "copy"
    shutil.copytree(folder_settings.root, copy)
    store.close()
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)

    for _ in range(40):
        shutil.rmtree(folder_settings.root)
        shutil.copytree(copy, folder_settings.root)
        for tail, data in (("-wal", _after_cut(log, 0, chance)), ("-shm", b"")):
            Path(f"{folder_settings.root / 'workspace.db'}{tail}").write_bytes(data)
        again = open_store(folder_settings)
        found = again.runs.find(limit=50).runs
        assert {run.id for run in found} == set(runs)
        assert {run.metrics["m"] for run in found} == set(range(13))
        with again.database.read() as session:
            assert session.value("PRAGMA integrity_check") == "ok"
            assert session.value("SELECT count(*) FROM points") == 13
        again.close()


def test_a_database_that_lost_its_last_commits_gets_them_from_the_journals(
    folder_settings, record
) -> None:
    store = open_store(folder_settings)
    first = record(store, metrics={"m": 1})
    store.drain()
    store.close()
    database = folder_settings.root / "workspace.db"
    earlier = database.with_suffix(".earlier")
    with sqlite3.connect(database) as source, sqlite3.connect(earlier) as copy:
        source.backup(copy)
    store = open_store(folder_settings)
    second = record(store, metrics={"m": 2})
    store.drain()
    store.close()
    reader = open_store(folder_settings)
    reader.drain()  # the closed journals are put away
    reader.close()

    # The cut: the database is as it was, the machine starts anew, the journals are there.
    for suffix in ("-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)
    os.replace(earlier, database)
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE meta SET value = 'before the cut' WHERE key = 'boot'")
        connection.execute("UPDATE meta SET value = 'x' WHERE key LIKE 'closed_checked%'")

    again = open_store(folder_settings)
    assert {run.id for run in again.runs.find().runs} == {first, second}
    assert again.runs.get(second).metrics == {"m": 2}
    with again.database.read() as session:
        assert session.value("SELECT value FROM meta WHERE key = 'boot'") == boot_id()
    again.close()


def test_the_log_of_the_database_shrinks_after_a_long_reader(folder_settings, record) -> None:
    store = open_store(folder_settings)
    run = record(store, end=None)
    store.drain()
    wal = folder_settings.root / "workspace.db-wal"
    with store.database.read() as session:
        session.value("SELECT count(*) FROM runs")
        for _ in range(60):
            for _ in range(10):
                store.writer.append("note", {"text": "long " * 20_000}, run=record(store))
            store.drain()
            if wal.stat().st_size > 24 << 20:
                break
        grown = wal.stat().st_size
    for _ in range(3):
        store.writer.append("metric", {"loss": 1.0}, run=run)
        store.drain()

    assert grown > 16 << 20
    assert wal.stat().st_size <= 16 << 20
    store.close()


@pytest.mark.parametrize("skew_minutes", [-10, 10])
def test_a_writer_with_a_wrong_clock_keeps_its_lease(store, skew_minutes: int) -> None:
    skew = skew_minutes * 60 * 10**9
    import time

    times = iter(range(time.time_ns() + skew, time.time_ns() + skew + 1000))
    writer = Writer(store.settings.journal_dir, clock=times.__next__)
    real = writer._head
    writer._head = lambda *given: {**real(*given), "host": "elsewhere", "boot": "other"}
    started = {
        "name": "n",
        "experiment": "churn",
        "kind": "cell",
        "started_at": time.time_ns() + skew,
    }
    writer.append("run_started", started, run="R")
    assert store.runs.get("R").status is Status.RUNNING

    writer.append("metric", {"m": 1.0}, run="R")
    store._drain._next_upkeep = 0
    assert store.runs.get("R").status is Status.RUNNING
    writer.append("run_ended", {"status": "succeeded", "duration_seconds": 1.0}, run="R")
    found = store.runs.get("R")
    assert found.status is Status.SUCCEEDED
    assert found.duration_seconds == 1.0
    writer.close()
