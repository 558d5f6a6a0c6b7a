"""A process that is killed at any statement of an upgrade leaves a workspace that opens."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
from earlier import layout, set_back

from nbmlops.errors import SchemaTooNewError
from nbmlops.store import migrations, open_store, tables

# A child for each statement, in which the process dies right before it; the last one meets none.
KILLED = """
    import os, signal, sys
    from pathlib import Path
    from sqlalchemy import Engine, event
    from nbmlops.settings import Settings
    from nbmlops.store import database, migrations, runs
    root = Path(sys.argv[1])
    place = database.Database(Settings(root, sys.argv[2], str(root / "artifacts")))
    left = int(sys.argv[3])

    @event.listens_for(Engine, "before_cursor_execute")
    @event.listens_for(Engine, "commit")
    def count(*_):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with place.read() as session:
        session.value("SELECT count(*) FROM runs")
    left = 10**6
    print(session.is_sqlite)
"""


def killed_at(settings, statement: int) -> bool:
    """Whether a process that opens the workspace is killed before its statement of this number."""
    source = textwrap.dedent(KILLED)
    command = [sys.executable, "-c", source, str(settings.root), settings.database, str(statement)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


def schema_of(store) -> int:
    """The schema that the tables themselves have, without opening the workspace."""
    engine = store.database.connect()
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT value FROM meta WHERE key = 'schema'").scalar()
        if store.database.is_sqlite:
            columns = connection.exec_driver_sql("SELECT name FROM pragma_table_info('runs')")
        else:
            columns = connection.exec_driver_sql(
                "SELECT column_name FROM information_schema.columns "
                "WHERE table_schema = 'nbmlops' AND table_name = 'runs'"
            )
        names = {row[0] for row in columns}
    engine.dispose()
    assert ("experiment_key" in names) == (int(found) >= 2)  # all of it or nothing
    return int(found)


def test_an_upgrade_that_is_killed_at_any_statement_is_completed_later(store, record) -> None:
    runs = {record(store, experiment="Churn", metrics={"m": at}) for at in range(3)}
    store.drain()
    new = layout(store)
    set_back(store, 1)

    schemas, statement = [], 0
    while killed_at(store.settings, statement):
        schemas.append(schema_of(store))
        if schemas[-1] != 1:  # the old one again, so that the next statement is met as well
            set_back(open_store(store.settings), 1)
        statement += 1

    assert statement > 6
    assert set(schemas) == {1, tables.SCHEMA_VERSION}
    again = open_store(store.settings)
    assert {run.id for run in again.runs.find(experiment="churn").runs} == runs
    assert layout(again) == new
    again.close()


def test_a_workspace_whose_making_is_killed_at_any_statement_is_made_later(
    workspace_settings, record
) -> None:
    statement = 0
    while killed_at(workspace_settings, statement):
        place = workspace_settings.root / "workspace.db"
        assert not place.exists() or schema_of(open_store(workspace_settings))
        statement += 7 if statement > 3 else 1  # each table is made by one statement or more
        if statement > 2000:
            raise AssertionError("it never comes to an end")

    assert statement > 20
    store = open_store(workspace_settings)
    run = record(store, metrics={"m": 1})
    assert store.runs.get(run).metrics == {"m": 1}
    store.close()


def test_a_client_of_the_old_schema_refuses_and_its_journal_waits(
    store, record, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(store)
    store.drain()
    old = open_store(store.settings)
    waiting = record(old)
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", {1: lambda session: None})
        with pytest.raises(SchemaTooNewError, match=f"schema {tables.SCHEMA_VERSION}"):
            old.drain()
    assert open_store(store.settings).runs.get(waiting).id == waiting
    old.close()
