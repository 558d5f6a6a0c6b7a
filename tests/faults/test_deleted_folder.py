"""Somebody deletes the journal of a process, or the whole workspace, while it records."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from programs import answered, program

from nbmlops.workspace import Workspace

CASES = ["journal", "."]


@pytest.mark.parametrize("folder", CASES)
@pytest.mark.parametrize("wait", [False, True], ids=["at its end", "within a second"])
def test_a_run_that_is_open_keeps_what_it_recorded(
    folder: str,
    wait: bool,
    workspace_folder: Path,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The doctor looks there for journals of read-only workspaces, those of others too.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run_id = answered(
        program(
            f"""
            import shutil
            with nbmlops.track("gone") as run:
                nbmlops.log(loss=1.0, step=0)
                path = current_workspace().store.writer.path
                shutil.rmtree(Path({str(workspace_folder)!r}, {folder!r}))
                for step in range(1, 200):
                    nbmlops.log(loss=1.0 / step, step=step)
                while {wait} and not path.exists():
                    time.sleep(0.01)
            print(json.dumps(run.id))
            """,
            tmp_path,
        )
    )
    run = workspace.runs.get(run_id)

    assert run.status == "succeeded"
    assert len(workspace.runs.series(run_id, "loss")) == 200
    assert run.warnings == ()
    assert {finding.severity for finding in workspace.doctor.check()} == {"ok"}


def test_what_was_deleted_between_two_runs_does_not_come_back(
    workspace_folder: Path, workspace: Workspace, tmp_path: Path
) -> None:
    program(
        f"""
        import shutil
        with nbmlops.track("gone", name="one"): nbmlops.log(loss=1.0)
        current_workspace().store.writer.sync()
        while current_workspace().store.writer.position()[0]:
            shutil.rmtree({str(workspace_folder)!r}, ignore_errors=True)
            time.sleep(0.01)
        assert not Path({str(workspace_folder)!r}).exists()
        with nbmlops.track("gone", name="two"): nbmlops.log(loss=2.0)
        """,
        tmp_path,
    )

    assert [(run.name, run.metrics) for run in workspace.runs.find()] == [("two", {"loss": 2.0})]
