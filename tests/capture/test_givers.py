"""From which runs that is what a cell reads: by the very objects, in a real shell."""

from __future__ import annotations

from nbmlops.testing import Shell
from nbmlops.workspace import Workspace


def read_from(workspace: Workspace) -> dict[str, dict[str, str]]:
    """Name of a run → what it read → the name of the run that it says this came from."""
    workspace.runs.flush()
    runs = {run.id: run for run in workspace.runs.find()}
    return {
        run.name: {name: runs[giver].name for name, giver in run.observed.read_from.items()}
        for run in runs.values()
        if run.observed is not None and run.observed.read_from is not None
    }


def told(workspace: Workspace, *cells: str) -> dict[str, dict[str, str]]:
    shell = Shell()
    for source in ("%load_ext nbmlops", *cells):
        shell.run(source).raise_error()
    shell.close()
    return read_from(workspace)


def test_a_cell_says_from_which_runs_it_read(workspace: Workspace) -> None:
    found = told(
        workspace,
        "%%track e --name one\nrate = 0.5\nparts = [1]",
        "%%track e --name two\nparts.append(2)\nlabels = dict(a=1)",
        "%%track e --name three\nprint(rate, parts, labels)",
    )
    assert found["three"] == {"rate": "one", "parts": "two", "labels": "two"}
    assert found["one"] == {}


def test_a_cell_that_is_not_recorded_takes_a_name_over(workspace: Workspace) -> None:
    found = told(
        workspace,
        "%%track e --name one\nmodel = [1]\nrate = 0.5\nkept = [3]",
        "model = [2]\nrate = 0.25",
        "%%track e --name two\nprint(model, rate, kept)",
    )
    assert found["two"] == {"kept": "one"}


def test_a_watched_cell_without_a_run_takes_a_name_over(workspace: Workspace) -> None:
    found = told(
        workspace,
        "%%track e --name one\nmodel = [1]",
        "%track on e",
        "model = [2]",
        "%track off",
        "%%track e --name two\nprint(model)",
    )
    assert found["two"] == {}


def test_names_that_are_skipped_are_not_told(workspace: Workspace) -> None:
    found = told(
        workspace,
        "%%track e --name one\nrate = [0.5]",
        "%%track e --name two --skip names\nprint(rate)",
    )
    assert "two" not in found
