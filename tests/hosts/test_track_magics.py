"""`%track on`, `%track` as a line, and the options of both, in a real IPython shell."""

from __future__ import annotations

import pytest
from shown_cards import cards

from nbmlops.testing import Shell
from nbmlops.workspace import Workspace

# ── %track on and off ────────────────────────────────────────────────────────────────────────


def test_with_track_on_only_cells_that_fit_or_log_become_runs(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("from sklearn.linear_model import LogisticRegression\nimport nbmlops")
    shell.run("%track on churn")
    shell.run("a = 1\nprint(a)")
    shell.run("model = LogisticRegression(C=2.0).fit([[0], [1], [2]], [0, 1, 1])")
    shell.run("b = model.predict([[3]])")
    shell.run("nbmlops.log(auc=0.9)")
    shell.run("def train():\n    return LogisticRegression().fit([[0], [1]], [0, 1])")
    shell.run("other = train()")
    fitted = len(cards(shell))
    shell.run("%track off")
    shell.run("again = train()")

    sources = [run.cell.source for run in workspace.runs.find(sort="started_at asc") if run.cell]

    assert sources == [
        "model = LogisticRegression(C=2.0).fit([[0], [1], [2]], [0, 1, 1])",
        "nbmlops.log(auc=0.9)",
        "other = train()",
    ]
    assert {run.experiment for run in workspace.runs.find()} == {"churn"}
    assert {run.status for run in workspace.runs.find()} == {"succeeded"}
    assert fitted == 1


def test_track_on_records_what_the_cell_assigned_printed_and_took(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("from sklearn.linear_model import LogisticRegression")
    shell.run("%track on")
    shell.run(
        "depth = 3\nprint('fitting')\nmodel = LogisticRegression().fit([[0], [1]], [0, 1])\n"
        "score = model.score([[0], [1]], [0, 1])"
    )

    run = workspace.runs.get("last")

    assert run.params["depth"] == 3
    assert run.metrics["score"] == 1.0
    assert run.resources is not None
    assert run.resources.wall_seconds > 0
    assert run.cell is not None


def test_a_failed_fit_is_a_failed_run_with_track_on(shell: Shell, workspace: Workspace) -> None:
    shell.run("from sklearn.linear_model import LogisticRegression")
    shell.run("%track on broken")

    shell.run("LogisticRegression().fit([[0]], [0, 1])")

    run = workspace.runs.get("last")
    assert (run.status, run.error and run.error.type) == ("failed", "ValueError")


def test_track_on_and_off_are_said_in_a_line(shell: Shell) -> None:
    on = shell.run("%track on churn")
    said_on = shell.printed
    off = shell.run("%track off")

    assert "on: " in said_on
    assert "churn" in said_on
    assert "off: " in shell.printed
    assert repr(on.result) in said_on
    assert repr(off.result) in shell.printed


def test_what_follows_on_holds_for_all_later_cells(shell: Shell, workspace: Workspace) -> None:
    shell.run("from sklearn.linear_model import LogisticRegression\nimport nbmlops")
    shell.run("%track on churn --silent --tag team=risk --skip models,data")
    shell.run("model = LogisticRegression().fit([[0], [1]], [0, 1])")
    shell.run("from sklearn.metrics import accuracy_score\naccuracy_score([1, 0], [1, 1])")
    shell.run("%track off")
    shell.run("model.fit([[0], [1]], [0, 1])")

    scored, fitted = workspace.runs.find()

    assert [dict(run.tags) for run in (fitted, scored)] == [{"team": "risk"}] * 2
    assert (fitted.models, fitted.datasets, fitted.experiment) == ({}, {}, "churn")
    assert scored.metrics == {"accuracy_score": 0.5}
    assert cards(shell) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("on churn twice", "only one experiment"),
        ("on churn --name mine", "name one by its own %track"),
        ("on --skip everything", "nothing that is found"),
        ("on --tga a=b", "--tag"),
        ("off churn", "takes nothing more"),
    ],
)
def test_a_switch_that_is_not_understood_switches_nothing(
    shell: Shell, workspace: Workspace, line: str, problem: str
) -> None:
    shell.run("import nbmlops\n%track on before")
    shell.run(f"%track {line}")
    assert problem in shell.printed
    shell.run("nbmlops.log(a=1)")

    assert [run.experiment for run in workspace.runs.find()] == ["before"]


# ── %track as a line ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "cell",
    [
        "%track churn\nauc = 0.5 + 0.25\nauc",
        "start = 1\n%track churn\nauc = 0.5 + 0.25\nauc",
        "auc = 0.5 + 0.25\n%track churn\nauc",
        "%track churn\nauc = 0.5 + 0.25\n%track churn\nauc",
        "def f():\n    get_ipython().run_line_magic('track', 'churn')\n    return 0.75\nauc = f()\nauc",
        "if True:\n    %track churn\nauc = 0.5 + 0.25\nauc",
    ],
    ids=["first", "in the middle", "near the end", "twice", "in a function", "in a block"],
)
def test_the_line_records_the_cell_that_it_stands_in(
    shell: Shell, workspace: Workspace, cell: str
) -> None:
    result = shell.run(cell)

    (run,) = workspace.runs.find()
    assert result.result == 0.75
    assert (run.experiment, run.kind, run.status) == ("churn", "cell", "succeeded")
    assert run.metrics == {"auc": 0.75}
    assert run.cell is not None
    assert run.cell.source == cell
    assert len(cards(shell)) == 1


def test_the_second_line_of_a_cell_adds_to_the_run(shell: Shell, workspace: Workspace) -> None:
    shell.run("%track churn --tag a=1\nx = 1\n%track churn --tag b=2 --param c=3 --metric d=x+1")

    (run,) = workspace.runs.find()

    assert run.tags == {"a": "1", "b": "2"}
    assert run.params == {"x": 1, "c": 3}
    assert run.metrics == {"d": 2}


def test_the_line_outside_of_any_cell_says_so(shell: Shell) -> None:
    from nbmlops.errors import InvalidOptionError

    with pytest.raises(InvalidOptionError):
        shell.ip.run_line_magic("track", "churn")


def test_a_cell_that_fails_above_its_line_is_no_run(shell: Shell, workspace: Workspace) -> None:
    shell.run("1 / 0\n%track churn")

    assert len(workspace.runs.find()) == 0


# ── options ──────────────────────────────────────────────────────────────────────────────────


def test_every_option_is_recorded(shell: Shell, workspace: Workspace) -> None:
    result = shell.run(
        "%%track churn --name 'my run' --tag team=risk --tag owner='A B' --param depth=8"
        " --param kind=deep --metric gap='train - test' --metric twice=2*test\n"
        "train, test = 0.5 + 0.25, 0.5\n'shown'"
    )

    run = workspace.runs.get("last")
    assert result.result == "shown"
    assert (run.experiment, run.name) == ("churn", "my run")
    assert run.tags == {"team": "risk", "owner": "A B"}
    assert run.params["depth"] == 8
    assert run.params["kind"] == "deep"
    assert run.metrics["gap"] == 0.25
    assert run.metrics["twice"] == 1.0
    assert run.metric_sources["gap"] == "expression"


def test_silent_shows_nothing_and_records_all(shell: Shell, workspace: Workspace) -> None:
    shell.run("%%track churn --silent\nauc = 0.5 + 0.25")

    assert shell.displayed == []
    assert workspace.runs.get("last").metrics == {"auc": 0.75}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("--sillent", "Did you mean '--silent'"),
        ("--name", "--name"),
        ("--tag justaname", "NAME=VALUE"),
        ("--metric auc=1/0", "ZeroDivisionError"),
        ("--metric auc=nothing", "NameError"),
        ("--metric auc='not python ('", "SyntaxError"),
        ("--metric auc=str(3)", "auc"),
        ("--name 'no closing quote", "quot"),
        ("second", "only one experiment"),
        ("--tag =x", "NAME=VALUE"),
        ("--name ../../etc", "name"),
        ("--param x", "NAME=VALUE"),
        ("--param x=1 --param x=2", "'x' is given twice"),
    ],
)
def test_a_wrong_option_never_stops_the_cell(
    shell: Shell, workspace: Workspace, options: str, told: str
) -> None:
    result = shell.run(f"%%track churn {options}\n40 + 2")

    run = workspace.runs.get("last")
    assert result.success
    assert result.result == 42
    assert run.status == "succeeded"
    assert any(told in warning.message for warning in run.warnings), run.warnings
    assert cards(shell), "the card tells it"


@pytest.mark.parametrize("experiment", ["'a/../b'", "x" * 3000, "-", "--"])
def test_a_wrong_experiment_never_stops_the_cell(
    shell: Shell, workspace: Workspace, experiment: str
) -> None:
    result = shell.run(f"%%track {experiment}\n40 + 2")

    assert result.result == 42
    assert workspace.runs.get("last").status == "succeeded"
