"""A clock that jumps while somebody records: what the card shows is what the tables say."""

from __future__ import annotations

import csv
import itertools
import json
import shlex
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from doors import Terminal

import nbmlops
from nbmlops.events import encode_value, utc
from nbmlops.records import Run
from nbmlops.store.journal import new_ulid
from nbmlops.testing import Shell
from nbmlops.workspace import Workspace, open_workspace

DAY = 86_400 * 10**9
JUMPS = {
    "back and forth by a day": lambda: itertools.cycle([0, -DAY, DAY, 0, -2 * DAY]),
    "always back": lambda: itertools.count(0, -60 * 10**9),
    "an hour back at the end of summer": lambda: itertools.chain(
        [0] * 12, itertools.repeat(-DAY // 24)
    ),
    "to 1970": lambda: itertools.chain([0] * 12, itertools.repeat(-time.time_ns())),
    "a leap second": lambda: itertools.cycle([0, 0, -(10**9)]),
}


@pytest.fixture(params=JUMPS)
def jumping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall clock of this process jumps each time that it is asked."""
    jumps, real = JUMPS[request.param](), time.time_ns

    def asked() -> int:
        return real() + next(jumps)

    monkeypatch.setattr(time, "time_ns", asked)


def said(run: Run) -> Run:
    """A run but for what a process knows of itself and tells in threads of their own."""
    return replace(run, _load_series=None)


BODY = """
nbmlops.set_tags({"t": "a"})
nbmlops.set_note("first")
nbmlops.log_params({"p": 1})
for step in range(5):
    nbmlops.log(m=float(step), step=step)
nbmlops.set_tags({"t": "b"})
nbmlops.set_note("second")
nbmlops.log_params({"p": 2})
nbmlops.log_artifact(b"one", name="a.txt")
nbmlops.log_artifact(b"two", name="a.txt")
"""


@pytest.mark.usefixtures("jumping")
def test_a_block_is_in_the_tables_what_its_snapshot_says(workspace: Workspace) -> None:
    workspace.store.writer._clock = lambda: time.time_ns()
    with nbmlops.track("clock") as run:
        exec(BODY, {"nbmlops": nbmlops})
    found = workspace.runs.get(run.id)

    assert said(found) == said(run.snapshot())
    assert (found.tags, found.note, found.params) == ({"t": "b"}, "second", {"p": 2})
    assert workspace.runs.artifact(run.id, "a.txt") == b"two"
    assert [point.value for point in workspace.runs.series(run.id, "m")] == [0, 1, 2, 3, 4]
    assert found.metrics == {"m": 4.0}
    assert found.status == "succeeded"
    assert 0 <= (found.duration_seconds or -1) < 3600


@pytest.mark.usefixtures("jumping")
def test_a_cell_is_in_the_tables_what_its_card_says(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    workspace.store.writer._clock = lambda: time.time_ns()
    shell = Shell()
    shell.run("import nbmlops")
    shell.run("%%track clock\n" + BODY + "run = nbmlops.capture.active.active_run()")
    recorded = shell.ip.user_ns["run"]
    (card,) = shell.displayed
    shell.close()
    found = workspace.runs.get(recorded.id)

    assert said(found) == said(recorded.snapshot())
    assert (found.tags, found.note, found.params["p"]) == ({"t": "b"}, "second", 2)
    assert [point.value for point in workspace.runs.series(found.id, "m")] == [0, 1, 2, 3, 4]
    assert found.status == "succeeded"
    assert 0 <= (found.duration_seconds or -1) < 3600
    assert "succeeded" in str(card) or "✓" in str(card)


# When runs began, as a record says it that somebody else wrote: in nanoseconds, as it should be, at
# the edges of what a database holds, and in other units by mistake. In this order.
BEGAN = {
    "least": -(2**63),
    "in 1969": -(10**16),
    "just before 1970": -1,
    "in seconds": 1_795_000_000,
    "in milliseconds": 1_795_000_000_000,
    "now": 1_795_000_000 * 10**9,
    "in 2262": 9_214_646_400 * 10**9,
    "most": 2**63 - 1,
}


@pytest.fixture(params=["sqlite", "postgres"])
def times(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    """A workspace with runs that began then."""
    place = str(tmp_path / "workspace")
    if request.param == "postgres":
        place = request.getfixturevalue("postgres_url")
    monkeypatch.setenv("NBMLOPS_WORKSPACE", place)
    opened = open_workspace(place)
    for name, began in BEGAN.items():
        said = {"name": name, "experiment": "times", "kind": "cell", "started_at": began}
        opened.store.writer.append("run_started", said, run=(run := new_ulid()))
        opened.store.writer.append("metric", {"m": 0.5}, run=run)
        opened.store.writer.append("run_ended", {"status": "succeeded"}, run=run)
    yield opened
    opened.close()


def test_runs_that_began_at_any_time_are_shown_and_keep_their_order(
    times: Workspace, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    terminal, shell = Terminal(capsysbinary), Shell()
    rising = times.runs.find(experiment="times", sort="started_at")
    falling = shell.run("found = %runs times --sort 'started_at desc'\nfound").result
    _, listed, _ = terminal("runs", "find", "times", "--sort", "started_at", "--json")

    assert [run.name for run in rising] == list(BEGAN)
    assert [run.name for run in falling] == list(reversed(BEGAN))
    assert [run["name"] for run in json.loads(listed)["runs"]] == list(BEGAN)
    assert list(rising.to_pandas()["started_at"].sort_values()) == list(
        rising.to_pandas()["started_at"]
    )
    assert [row["name"] for row in csv.DictReader(rising.to_csv().splitlines())] == list(BEGAN)
    for name, began in BEGAN.items():
        run = times.runs.get(name)
        assert run.started_at == utc(began)
        assert (run.duration_seconds or 0) >= 0
        assert run._repr_mimebundle_()
        code, out, err = terminal("runs", "show", name)
        assert code == 0, err
        assert str(utc(began).year) in out
        assert shell.run(f"%compare {shlex.quote(name)} now least").error_in_exec is None
    assert "in 235 y" in terminal("runs", "find", "times")[1]
    before_1970 = times.runs.find(
        "started_at < '1970-01-01'", experiment="times", sort="started_at"
    )
    assert [run.name for run in before_1970] == list(BEGAN)[:3]
    shell.close()


@pytest.mark.parametrize("began", [2**63, -(2**63) - 1, "2026-01-01", None])
def test_a_beginning_that_no_database_holds_is_put_aside(
    began: object, workspace: Workspace
) -> None:
    said = {"name": "n", "experiment": "times", "kind": "cell", "started_at": encode_value(began)}
    workspace.store.writer.append("run_started", said, run=new_ulid())
    with workspace.runs.track("times") as run:
        run.log(m=0.5)

    assert workspace.store.drain().quarantined_count == 1
    assert [found.id for found in workspace.runs.find()] == [run.id]
