"""A clock that jumps while somebody records: what the card shows is what the tables say."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from pathlib import Path

import pytest

import nbmlops
from nbmlops.records import Run
from nbmlops.testing import Shell
from nbmlops.workspace import Workspace

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
