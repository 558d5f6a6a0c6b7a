"""Workspaces of earlier schemas, with runs in them, become today's."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from earlier import SCHEMAS, layout, set_back

from nbmlops.errors import StoreUnavailableError
from nbmlops.store import open_store, tables
from nbmlops.store.database import Database
from nbmlops.store.migrations import MIGRATIONS, migrate

RECORDED = ("Churn", "churn", "CHURN", "Straße", "STRASSE", "ısı", "isi", "other")


@pytest.fixture
def recorded(store, record):
    """Runs by id, as they were before the workspace was set back to the first schema."""
    for at, experiment in enumerate(RECORDED):
        record(
            store,
            experiment=experiment,
            name=f"run {at}",
            metrics={"auc": at / 10},
            params={"depth": at},
            tags={"team": "risk"},
        )
    deleted = record(store, experiment="cHURN", name="deleted")
    store.writer.append("deleted", {"who": "me"}, run=deleted)
    store.writer.append(
        "note", {"text": "its start was never seen"}, run="01ARZ3NDEKTSV4RRFFQ69G5FAV"
    )
    purged = record(store, experiment="Churn", name="purged")
    store.purge(purged, who="me", why="asked")
    runs = {run.id: run for run in store.runs.find().runs}
    set_back(store, 1)
    return runs


def test_runs_of_the_first_schema_are_found_under_every_spelling(store, recorded, record):
    upgraded = open_store(store.settings)
    assert {run.id: run for run in upgraded.runs.find().runs} == recorded
    for spelling in ("Churn", "churn", "CHURN", "chuRn"):
        found = upgraded.runs.find(experiment=spelling).runs
        assert sorted(run.experiment for run in found) == ["CHURN", "Churn", "churn"]
        assert upgraded.runs.find(f"experiment = '{spelling}'").total == 3
        assert [run.name for run in upgraded.runs.find(experiment=spelling, deleted=True).runs] == [
            "deleted"
        ]
    listed = {each.name: each.run_count for each in upgraded.runs.experiments()}
    assert listed == {"Churn": 3, "Straße": 2, "ısı": 1, "isi": 1, "other": 1}
    # What is recorded from now on joins them.
    record(upgraded, experiment="cHuRn")
    assert upgraded.runs.history("churn").count == 4
    upgraded.close()


def test_an_upgraded_database_is_laid_out_like_a_new_one(store, recorded):
    before = open_store(store.settings)
    upgraded = layout(before)
    before.close()
    with before.database.write() as session:
        for table in tables.metadata.sorted_tables:
            session.run(f"DROP TABLE {table.name}")
    before.close()
    if before.database.is_sqlite:
        before.database.path.unlink()
    new = open_store(store.settings)
    assert layout(new) == upgraded
    new.close()


def test_the_steps_lead_to_the_schema_of_the_tables():
    assert sorted(MIGRATIONS) == list(range(2, tables.SCHEMA_VERSION + 1))
    for schema in range(1, tables.SCHEMA_VERSION):
        assert {path.name for path in SCHEMAS.glob(f"{schema}.*")} == {
            f"{schema}.sqlite.sql",
            f"{schema}.postgresql.sql",
        }


def test_a_folder_is_copied_before_its_upgrade(folder_settings, record):
    store = open_store(folder_settings)
    run = record(store, experiment="Churn")
    store.drain()
    set_back(store, 1)
    upgraded = open_store(folder_settings)
    assert upgraded.runs.get(run).experiment == "Churn"
    upgraded.close()
    backup = folder_settings.root / "workspace.schema1.backup.db"
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT experiment FROM runs").fetchall() == [("Churn",)]
        columns = {row[1] for row in connection.execute("PRAGMA table_info(runs)")}
    assert "experiment_key" not in columns


def test_a_read_only_folder_of_an_earlier_schema_says_what_to_do(folder_settings, record):
    store = open_store(folder_settings)
    record(store)
    store.drain()
    set_back(store, 1)
    database = Database(folder_settings)
    database.snapshot = True
    database._engine = database.connect()
    with pytest.raises(StoreUnavailableError, match=r"read-only .*schema 1") as caught:
        migrate(database)
    assert "copy" in caught.value.hint
    database.close()


def test_runs_of_a_process_from_before_the_upgrade_are_found_later(store, record):
    run = record(store, experiment="Churn")
    store.drain()
    with store.database.write() as session:  # which knows nothing of keys
        session.run("UPDATE runs SET experiment_key = NULL")
    store.close()
    later = open_store(store.settings)
    assert [found.id for found in later.runs.find(experiment="churn").runs] == [run]
    later.close()
