"""Whatever reads says so where not all that was recorded is there, at every door, and once."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from doors import Terminal
from sqlalchemy import event

import nbmlops
from nbmlops.testing import Shell
from nbmlops.workspace import Workspace, open_workspace

FULL = "What is shown may be older than what was recorded."


@pytest.fixture(params=["sqlite", "postgres"])
def here(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """A workspace with two runs, whose database can be filled."""
    place = str(tmp_path / "workspace")
    if request.param == "postgres":
        place = request.getfixturevalue("postgres_url")
    monkeypatch.setenv("NBMLOPS_WORKSPACE", place)
    monkeypatch.setenv("COLUMNS", "200")
    opened = open_workspace(place)
    for name in ("one", "two"):
        with opened.runs.track("early", name=name) as run:
            run.log(m=0.5)
    assert opened.runs.find().total == 2
    yield opened
    opened.close()


def fill(workspace: Workspace) -> Callable[[], None]:
    """Let the database find no room any more; what gives it room again."""
    engine = workspace.store.database.engine()
    is_sqlite = workspace.store.database.is_sqlite

    def no_room(connection: Any) -> None:
        if is_sqlite:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite's own "disk is full"
            connection.exec_driver_sql("BEGIN")
        elif connection.get_execution_options().get("nbmlops_write"):
            connection.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '53100'; END $$")

    event.listen(engine, "begin", no_room)

    def free() -> None:
        event.remove(engine, "begin", no_room)
        workspace.store.database.close()  # a connection keeps what it was told

    return free


def record(workspace: Workspace, count: int) -> None:
    for _ in range(count):
        with workspace.runs.track("late", tags={"t": "x" * 500}) as run:
            run.log(m=0.5)


def test_with_a_full_database_every_door_says_that_it_is_behind(
    here: Workspace, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    terminal = Terminal(capsysbinary)
    shell = Shell()
    free = fill(here)
    record(here, 40)

    found = shell.run("found = %runs late\nfound").result
    text, html = (found._repr_mimebundle_()[kind] for kind in ("text/plain", "text/html"))
    for shown in (text, html):
        assert FULL in shown
        assert "its disk is full" in shown
        assert "No experiment" not in shown  # nobody knows
    cell = shell.run("%%track late --silent\nimport nbmlops\nnbmlops.log(m=0.25)\n6 * 7")
    assert (cell.result, shell.printed) == (42, "Out[3]: 42\n")
    assert FULL in str(shell.run("%compare one two").result._repr_mimebundle_()["text/html"])
    shell.close()

    assert FULL in str(nbmlops.find_runs(experiment="late").notes)
    assert nbmlops.find_runs("metrics.m > 0", sort="metrics.later").total == 2
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(3):
            assert nbmlops.get_run("one").metrics == {"m": 0.5}
    assert [FULL in str(warning.message) for warning in told] == [True]
    with pytest.raises(nbmlops.errors.RunNotFoundError, match=FULL):
        nbmlops.get_run("not yet there")

    for words in (("find",), ("find", "late"), ("find", "--csv"), ("show", "one")):
        code, out, err = terminal("runs", *words)
        assert code == 0
        assert (out + err).count(FULL) == 1, (out, err)
    for words in (("compare", "one", "two"), ("tag", "one", "k=v")):
        code, out, err = terminal("runs", *words)
        assert code == 0
        assert FULL in out + err
    code, out, _ = terminal("runs", "find", "late", "--json")
    answer = json.loads(out)
    assert (code, answer["runs"]) == (0, [])
    assert FULL in answer["notes"][0]
    code, _, err = terminal("runs", "show", "not yet there")
    assert code == 3
    assert FULL in err

    free()
    late = here.runs.find(experiment="late")
    assert late.total == 41
    assert late.notes == ()
    assert here.runs.get("one").tags == {"k": "v"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nbmlops.get_run("one")
    _, out, err = terminal("runs", "show", "one")
    assert FULL not in out + err
