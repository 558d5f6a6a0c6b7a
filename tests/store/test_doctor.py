"""What is wrong with a workspace is said, repaired where it can be, and the tables made again."""

from __future__ import annotations

import os
import time

import pytest

from nbmlops.store.doctor import check, rebuild, repair

TABLES = ("params", "metrics", "tags", "artifacts", "details", "points", "warnings")


def contents(store) -> dict:
    """The tables without their surrogate keys."""
    found = {}
    with store.database.read() as session:
        found["runs"] = sorted(
            session.rows(
                "SELECT run, name, experiment, status, started_at, ended_at, duration_seconds, reason, "
                "deleted_at, purged_at FROM runs"
            ),
            key=str,
        )
        for table in TABLES:
            named = table not in ("details", "warnings")
            name = "n.name" if named else "t.subject" if table == "details" else "t.code"
            join = "JOIN names n ON n.id = t.name_id" if named else ""
            rows = session.rows(
                f"SELECT r.run, {name}, w.writer, t.seq, t.at FROM {table} t "
                f"JOIN runs r ON r.id = t.run_id JOIN writers w "
                f"ON w.id = t.writer_id {join}"
            )
            found[table] = sorted(rows, key=str)
        found["writers"] = sorted(
            session.rows(
                "SELECT writer, state, file_offset, record_count, last_seq, bad_count FROM writers"
            )
        )
    return found


def codes(findings, *severities) -> set[str]:
    return {finding.code for finding in findings if finding.severity in severities}


@pytest.fixture
def filled(store, record):
    digest, size = store.artifacts.put(b"bytes")
    for at in range(5):
        run = record(store, metrics={"m": at}, params={"p": at}, tags={"t": str(at)})
        store.writer.append(
            "artifact",
            {"name": "a", "digest": digest, "size_bytes": size, "media_type": "x"},
            run=run,
        )
        store.writer.append("note", {"text": "n"}, run=run)
    store.writer.close()
    record(store, end=None)
    store.writer.close()
    record(store)
    store.drain()
    return store


def test_a_healthy_workspace_has_nothing_to_report(filled):
    assert codes(check(filled), "warning", "error") <= {"fallback", "space"}


def test_rebuilt_tables_equal_the_old_ones(filled):
    before = contents(filled)
    filled._drain.pack(keep_seconds=0)
    rebuild(filled)
    assert contents(filled) == before


def test_rebuild_after_purge_brings_nothing_back(filled):
    run = filled.runs.find().runs[-1]
    filled.purge(run.id, who="me", why="asked to")
    filled._drain.pack(keep_seconds=0)
    before = contents(filled)
    rebuild(filled)
    assert contents(filled) == before
    for path in filled.settings.root.rglob("*.nbj"):
        if path.parent.name == "closed":
            assert path.read_bytes().count(run.id.encode()) <= 1


def test_a_damaged_database_is_refused_and_made_again(folder_settings, record):
    from nbmlops.errors import DatabaseCorruptError
    from nbmlops.store import open_store

    store = open_store(folder_settings)
    runs = [record(store, metrics={"m": at}, tags={"t": "x" * 200}) for at in range(300)]
    store.drain()
    before = contents(store)
    store.close()
    path = folder_settings.root / "workspace.db"
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            if page % 2:
                file.seek(page * 4096)
                file.write(b"\xff" * 4096)
    (folder_settings.root / "workspace.db-wal").unlink(missing_ok=True)
    store = open_store(folder_settings)
    with pytest.raises(DatabaseCorruptError, match="rebuild"):
        store.runs.find("metrics.m > 3")
    assert "database" in codes(check(store), "error")
    backup = rebuild(store)
    assert backup.exists()
    store = open_store(folder_settings)
    assert {run.id for run in store.runs.find(limit=1000).runs} == set(runs)
    after = contents(store)
    assert {**after, "writers": 0} == {**before, "writers": 0}
    store.close()


def test_missing_and_corrupt_artifacts_are_named(filled):
    gone, size = filled.artifacts.put(b"gone")
    bad, _ = filled.artifacts.put(b"bad")
    run = filled.runs.find().runs[0].id
    for name, digest in (("gone", gone), ("bad", bad)):
        filled.writer.append(
            "artifact",
            {"name": name, "digest": digest, "size_bytes": size, "media_type": "x"},
            run=run,
        )
    filled.artifacts.delete(gone)
    filled.artifacts.local.path(bad).write_bytes(b"BAD")
    assert {"missing-artifacts", "corrupt-artifacts"} <= codes(check(filled), "error")


def test_open_modes_and_leftovers_are_repaired(filled):
    root = filled.settings.root
    root.chmod(0o777)
    leftover = root / "artifacts" / ".0123.tmp"
    leftover.write_bytes(b"half")
    os.utime(leftover, (0, time.time() - 7200))
    assert {"modes", "leftovers"} <= codes(check(filled), "warning")
    repair(filled)
    assert not leftover.exists()
    assert not codes(check(filled), "warning") & {"modes", "leftovers"}


def test_a_journal_that_fell_back_to_the_temporary_folder_is_taken_in(
    folder_settings, record, tmp_path, monkeypatch
):
    import tempfile
    from dataclasses import replace

    from nbmlops.store import open_store

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    place = tmp_path / f"nbmlops-{os.getuid()}"
    elsewhere = open_store(replace(folder_settings, root=place))
    run = record(elsewhere)
    elsewhere.close()
    store = open_store(folder_settings)
    record(store)
    assert "fallback" in codes(check(store), "warning")
    repair(store)
    assert store.runs.get(run).id == run
    assert "fallback" not in codes(check(store), "warning")
    store.close()


def test_records_from_the_future_clock_are_reported(store):
    store.writer._clock = lambda: time.time_ns() + 86_400 * 10**9
    store.writer.append("note", {"text": ""}, run="X")
    assert "clock" in codes(check(store), "warning")
