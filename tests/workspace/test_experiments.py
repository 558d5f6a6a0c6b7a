"""One experiment under every spelling of its name, at every door."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter

import nbmlops
from nbmlops.testing import Shell
from nbmlops.views.runs import table_bundle
from nbmlops.workspace import Workspace, current_workspace

PROGRAM = [sys.executable, "-m", "nbmlops"]


@pytest.fixture
def shell(workspace_folder: Path) -> Iterator[Shell]:
    """A shell with the magics, recording to the workspace of this test."""
    opened = Shell()
    yield opened
    opened.close()


@pytest.fixture
def spelled(workspace: Workspace) -> list[str]:
    """The ids of three runs of one experiment in three spellings, and one of another."""
    ids = []
    for experiment, auc in (("Churn", 0.7), ("churn", 0.9), ("CHURN", 0.8), ("other", 0.99)):
        with nbmlops.track(experiment, name=f"run {experiment}") as run:
            nbmlops.log(auc=auc)
        ids.append(run.id)
    return ids


def terminal(*words: str, **environment: str) -> str:
    done = subprocess.run(
        [*PROGRAM, *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "160", **environment},
    )
    return done.stdout


def cards(shell: Shell) -> list[str]:
    return [
        data["text/plain"] for data in shell.displayed if "nbmlops" in data.get("text/html", "")
    ]


@pytest.mark.parametrize("spelling", ["Churn", "churn", "CHURN", "cHURN"])
def test_python_finds_every_spelling(spelled: list[str], spelling: str) -> None:
    for found in (
        nbmlops.find_runs(experiment=spelling),
        nbmlops.find_runs(f"experiment = '{spelling}'"),
        nbmlops.find_runs(f"experiment in ('{spelling}')"),
    ):
        assert {run.id for run in found} == set(spelled[:3])
        assert found.total == 3


def test_a_decomposed_name_finds_the_composed_one(workspace: Workspace) -> None:
    with nbmlops.track("Cafe\u0301") as run:
        pass

    for spelling in ("Café", "Cafe\u0301", "CAFÉ", "CAFE\u0301"):
        assert [found.id for found in nbmlops.find_runs(experiment=spelling)] == [run.id]
        assert [found.id for found in nbmlops.find_runs(f"experiment = '{spelling}'")] == [run.id]


def test_the_magic_finds_every_spelling(spelled: list[str], shell: Shell) -> None:
    shell.run("%load_ext nbmlops")
    shell.run("by_name = %runs CHURN")
    shell.run("by_filter = %runs \"experiment = 'chuRN'\"")

    for name in ("by_name", "by_filter"):
        assert {run.id for run in shell.ip.user_ns[name]} == set(spelled[:3])


def test_the_terminal_finds_every_spelling(spelled: list[str], workspace: Workspace) -> None:
    workspace.runs.flush()
    for words in (
        ("find", "CHURN"),
        ("find", "--experiment", "chUrn"),
        ("find", "experiment = 'cHURN'"),
    ):
        found = json.loads(terminal("runs", *words, "--json"))["runs"]
        assert {run["id"] for run in found} == set(spelled[:3])


def test_a_run_recorded_by_a_magic_joins_the_others(
    spelled: list[str], shell: Shell, workspace: Workspace
) -> None:
    shell.run("import nbmlops")
    shell.run("%%track cHuRn\nnbmlops.log(auc=0.75)")

    listed = {each.name: each.run_count for each in workspace.runs.experiments()}

    assert listed == {"Churn": 4, "other": 1}
    assert nbmlops.get_run("last").experiment == "cHuRn"


def test_best_is_the_best_of_all_spellings(spelled: list[str], workspace: Workspace) -> None:
    with nbmlops.track("chURN") as run:
        nbmlops.log(auc=0.1)

    assert nbmlops.get_run("best").id == spelled[1]
    history = workspace.runs.history_of(nbmlops.get_run(run.id))
    assert history.count == 3
    assert history.best["auc"].run_id == spelled[1]
    assert history.previous is not None
    assert history.previous.id == spelled[2]


def test_a_card_compares_with_a_run_of_another_spelling(shell: Shell) -> None:
    shell.run("import nbmlops")
    shown = []
    for experiment, loss in (("churn", 0.5), ("Churn", 0.25), ("CHURN", 0.125)):
        shell.run(f"%%track {experiment}\nnbmlops.log(loss={loss})")
        shown += cards(shell)
        assert current_workspace().runs.background.history("cHURN", seconds=60) is not None

    assert "better" not in shown[0]
    assert "0.2500 better" in shown[1]
    assert "0.1250 better" in shown[2]


def test_a_second_line_in_another_spelling_is_no_contradiction(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("%load_ext nbmlops")
    shell.run("%%track churn\n%track CHURN --tag a=b\n%track other\nx = 1")

    run = nbmlops.get_run("last")

    assert run.experiment == "churn"
    late = [warning.message for warning in run.warnings if "too late" in warning.message]
    assert late == ["'other' comes too late: this cell's run is 'churn'."]


def test_a_table_of_one_experiment_says_it_once_and_marks_the_best(
    spelled: list[str], workspace: Workspace
) -> None:
    bundle = table_bundle(nbmlops.find_runs(experiment="churn"))
    mixed = table_bundle(nbmlops.find_runs())

    assert "3 runs in CHURN" in bundle["text/plain"]
    assert "experiment" not in bundle["text/plain"]
    assert "experiment" in mixed["text/plain"]


def test_runs_of_one_experiment_are_compared_as_such(
    spelled: list[str], workspace: Workspace
) -> None:
    within = workspace.runs.compare(*spelled[:3])
    across = workspace.runs.compare(*spelled)

    assert within.notes == ()
    assert within.metrics[0].best == (spelled[1],)
    assert across.notes == ("The runs are of 2 experiments: Churn, other.",)
    assert across.metrics[0].best == ()


def test_completion_offers_an_experiment_once_and_in_any_case(
    spelled: list[str], shell: Shell, workspace: Workspace
) -> None:
    workspace.runs.flush()
    shell.run("%load_ext nbmlops")

    with provisionalcompleter():
        offered = [each.text for each in shell.ip.Completer.completions("%runs cH", 8)]
    done = terminal(
        _NBMLOPS_COMPLETE="bash_complete", COMP_WORDS="nbmlops runs export cH", COMP_CWORD="3"
    )

    assert [name for name in offered if name.lower() == "churn"] == ["Churn"]
    assert done.splitlines() == ["plain,Churn"]
