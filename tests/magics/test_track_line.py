"""The `%track` line: a mistyped switch starts nothing, and a wrong option is told by its form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.magics.track_options import looks_like_switch, read_track_line
from nbmlops.testing import Shell
from nbmlops.workspace import Workspace


@pytest.fixture
def shell(workspace_folder: Path) -> Iterator[Shell]:
    """A shell with the magics, recording to the workspace of this test."""
    opened = Shell()
    yield opened
    opened.close()


def told(shell: Shell) -> str:
    return "\n".join(data["text/plain"] for data in shell.displayed)


@pytest.mark.parametrize("word", ["of", "onn", "offf", "no", "fof", "On", "OFF", "onn churn"])
def test_a_mistyped_switch_starts_nothing_and_leaves_the_cell_alone(
    shell: Shell, workspace: Workspace, word: str
) -> None:
    result = shell.run(f"before = 1\n%track {word}\nauc = 0.5 + 0.25\nauc")

    first = word.split(maxsplit=1)[0]
    assert (result.success, result.result) == (True, 0.75)
    assert f"%track {first}: nothing is tracked" in told(shell)
    for way in ("%track on or %track off", f"%%track {first} on top", f"%track on {first} for all"):
        assert way in told(shell)
    assert len(workspace.runs.find()) == 0
    assert workspace.runs.experiments() == []


def test_a_mistyped_switch_does_not_turn_tracking_on_or_off(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("import nbmlops\n%track on churn")
    shell.run("%track of")
    shell.run("nbmlops.log(auc=0.5)")

    assert [run.experiment for run in workspace.runs.find()] == ["churn"]


@pytest.mark.parametrize(
    "cell",
    [
        "%%track of\nauc = 0.5 + 0.25",
        "%track 'of'\nauc = 0.5 + 0.25",
        "%track of --silent\nauc = 0.75",
    ],
)
def test_an_experiment_may_be_called_like_a_mistyped_switch(
    shell: Shell, workspace: Workspace, cell: str
) -> None:
    shell.run(cell)
    shell.run("%track of\nauc = 0.5 + 0.35")  # which exists by now

    assert [run.experiment for run in workspace.runs.find()] == ["of", "of"]


def test_the_ways_that_the_message_names_are_open(shell: Shell, workspace: Workspace) -> None:
    shell.run("import nbmlops\n%track on onn")
    shell.run("nbmlops.log(auc=0.5)")
    shell.run("%track off")
    shell.run("%%track ofx\nauc = 0.5 + 0.25")

    assert {run.experiment for run in workspace.runs.find()} == {"onn", "ofx"}


def test_a_line_in_a_tracked_cell_only_adds_to_its_run(shell: Shell, workspace: Workspace) -> None:
    shell.run("%%track churn\n%track of\nauc = 0.5 + 0.25")

    (run,) = workspace.runs.find()
    assert (run.experiment, run.metrics) == ("churn", {"auc": 0.75})
    assert "nothing is tracked" not in told(shell)


@pytest.mark.parametrize("word", ["churn", "offer", "once", "iron", "f", "", "on-call", "offline"])
def test_other_words_are_experiments(word: str) -> None:
    assert not looks_like_switch([word])


@pytest.mark.parametrize(
    ("option", "form"),
    [("--metric", "NAME=EXPR"), ("--tag", "NAME=VALUE"), ("--param", "NAME=VALUE")],
)
@pytest.mark.parametrize("value", ["bad", "=3"])
def test_an_option_without_its_two_sides_is_told_its_form(
    option: str, form: str, value: str
) -> None:
    (problem,) = read_track_line(f"churn {option} {value}").problems

    assert problem.message == f"Option {option!r}: {value!r} is not of the form {form}."


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1.5"])
def test_a_limit_of_runs_that_is_none_is_told_as_one(shell: Shell, limit: str) -> None:
    shell.run(f"%runs --limit {limit}")

    assert f"Option '--limit': '{limit}' is not a whole number from 1 on." in shell.printed
