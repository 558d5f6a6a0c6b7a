"""A search that takes too long is ended, and says so; the next one is answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from doors import Terminal

import nbmlops
from nbmlops.store import runs
from nbmlops.store.journal import new_ulid
from nbmlops.testing import Shell
from nbmlops.workspace import Workspace, open_workspace


@pytest.fixture(params=["sqlite", "postgres"])
def many(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """A workspace with three thousand runs that have long tags."""
    place = str(tmp_path / "workspace")
    if request.param == "postgres":
        place = request.getfixturevalue("postgres_url")
    monkeypatch.setenv("NBMLOPS_WORKSPACE", place)
    opened = open_workspace(place)
    for at in range(3000):
        run, said = new_ulid(), {"name": "n", "experiment": "many", "kind": "cell"}
        opened.store.writer.append("run_started", {**said, "started_at": at}, run=run)
        opened.store.writer.append("tags", {"set": {"t": "ab" * 200}}, run=run)
    opened.store.drain()
    yield opened
    opened.close()


def test_a_search_that_takes_too_long_ends_at_every_door(
    many: Workspace, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert runs.SEARCH_SECONDS <= 5
    slow = " or ".join(f"tags.t like '%a%b%a%b%zq{at}%'" for at in range(20))
    shell, terminal = Shell(), Terminal(capsysbinary)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "SEARCH_SECONDS", 0.0005)
        with pytest.raises(nbmlops.errors.TimedOutError, match=r"longer than 0\.0005 seconds"):
            nbmlops.find_runs(slow)
        shell.run(f'%runs many "{slow}"')
        code, out, err = terminal("runs", "find", "many", slow)

    assert "TimedOutError: The search took longer than" in shell.printed
    assert "Traceback" not in shell.printed
    assert (code, out, "Search in one experiment" in err) == (6, "", True)
    assert nbmlops.find_runs("tags.t like 'abab%'", limit=5).total == 3000  # and then goes on
    shell.close()
