"""The thread that drains what a kernel records gives way to cells that follow each other."""

from __future__ import annotations

import time

import pytest

import nbmlops
from nbmlops.workspace import Workspace, background
from nbmlops.workspace.background import Background


def known(workspace: Workspace) -> int:
    with workspace.store.database.read() as session:
        return int(session.value("SELECT count(*) FROM runs"))


def test_runs_that_follow_each_other_are_drained_in_one_go_and_at_the_exit(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "QUIET_SECONDS", 3600.0)
    monkeypatch.setattr(background, "LONGEST_SECONDS", 3600.0)
    drainer = Background(workspace)
    drainer._drained_at = time.monotonic()

    with nbmlops.track("churn") as run:
        pass
    drainer.ended(run.snapshot())
    drainer._once()
    assert known(workspace) == 0

    monkeypatch.setattr(background, "LONGEST_SECONDS", 0.0)
    drainer._once()
    assert known(workspace) == 1

    monkeypatch.setattr(background, "LONGEST_SECONDS", 3600.0)
    with nbmlops.track("churn") as run:
        pass
    drainer.ended(run.snapshot())
    drainer._once()
    assert known(workspace) == 1
    drainer._once(at_exit=True)
    assert known(workspace) == 2
