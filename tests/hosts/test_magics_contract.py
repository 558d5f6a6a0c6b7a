"""What every magic promises, in a real IPython shell: help, expansion, values."""

from __future__ import annotations

import re
import shlex

import pytest

from nbmlops.testing import Shell
from nbmlops.workspace import Workspace


def help_of(shell: Shell, name: str) -> str:
    shown: list[str] = []
    # What `?` shows goes to the pager; in this shell that is a hook that can be listened to.
    shell.ip.set_hook("show_in_pager", lambda _, data, **rest: shown.append(_plain(data)))
    shell.run(f"{name}?")
    return "\n".join(shown)


def _plain(data: str | dict[str, str]) -> str:
    text = data if isinstance(data, str) else data["text/plain"]
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    ("magic", "example"),
    [
        ("%track", "%track churn --name baseline"),
        ("%%track", "%%track churn --name baseline"),
        ("%runs", "--sort 'metrics.auc desc'"),
        ("%compare", "%compare last best"),
        ("%drift", "%drift X_train X_live"),
        ("%monitor", "%monitor add"),
        ("%monitors", "%monitor add"),
        ("%pipeline", "%pipeline run"),
        ("%pipelines", "%pipeline run"),
        ("%nbmlops", "%nbmlops runs show last"),
    ],
)
def test_every_magic_has_help_with_an_example(shell: Shell, magic: str, example: str) -> None:
    shown = help_of(shell, magic)

    assert example in shown, shown
    assert "shell" not in shown.split("Docstring")[0], "the signature shows what is not typed"


def test_every_magic_that_is_registered_is_one_of_those_tested(shell: Shell) -> None:
    found = shell.ip.magics_manager.magics

    ours = {
        name
        for kind in ("line", "cell")
        for name, function in found[kind].items()
        if getattr(function, "__module__", "").startswith("nbmlops")
    }

    named = "track runs compare drift monitor monitors pipeline pipelines nbmlops"
    assert ours == set(named.split())


def test_variables_and_expressions_are_expanded_in_every_track_line(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("team = 'risk'; depth = 4; where = 'churn'")
    shell.run("%%track $where --name d{depth * 2} --tag team=$team --param depth={depth}\nx = 1")
    shell.run("%track {where}-line --tag team={team}\nx = 2")

    cell = workspace.runs.find("experiment = 'churn'")[0]
    line = workspace.runs.find("experiment = 'churn-line'")[0]

    assert (cell.name, cell.tags, cell.params["depth"]) == ("d8", {"team": "risk"}, 4)
    assert line.tags == {"team": "risk"}


def test_a_name_that_is_not_there_stays_as_it_was_typed(shell: Shell, workspace: Workspace) -> None:
    result = shell.run("%%track churn --tag cost=$5 --tag brace={nothing}\n40 + 2")

    assert result.result == 42
    assert workspace.runs.get("last").tags == {"cost": "$5", "brace": "{nothing}"}


def test_variables_and_expressions_are_expanded_in_runs(shell: Shell) -> None:
    shell.run("%%track churn --silent\nauc = 0.5 + 0.25")
    shell.run("%%track other --silent\nauc = 0.5 + 0.4")
    shell.run("where = 'churn'; least = 0.7")

    named = shell.run("%runs $where").result
    filtered = shell.run('%runs "metrics.auc > {least} and metrics.auc < 0.8"').result

    assert [run.experiment for run in named] == ["churn"]
    assert [run.experiment for run in filtered] == ["churn"]


def test_what_runs_returns_can_be_assigned_and_shows_itself(shell: Shell) -> None:
    shell.run("%%track churn --name one --silent\nauc = 0.5 + 0.25")

    assigned = shell.run("found = %runs churn")
    shown = shell.ip.display_formatter.format(shell.run("%runs churn").result)[0]

    assert assigned.result is None
    assert not assigned.error_in_exec
    assert [run.name for run in shell.ip.user_ns["found"]] == ["one"]
    assert "one" in shown["text/plain"]
    assert "one" in shown["text/html"]


def test_a_filter_needs_no_quotes_around_it(shell: Shell) -> None:
    shell.run("%%track churn --name low --silent\nauc = 0.5 + 0.1")
    shell.run("%%track churn --name high --silent\nauc = 0.5 + 0.4")

    for line in (
        '%runs churn "metrics.auc > 0.8"',
        "%runs churn metrics.auc > 0.8",
        "%runs metrics.auc > 0.8 --limit 5",
        "%runs find churn metrics.auc > 0.8",
        "%runs churn metrics.auc>0.8",
        "%runs churn name = 'high'",
        "%runs name = 'high' --sort 'metrics.auc desc'",
        "%runs churn --limit 1 --sort 'metrics.auc desc'",
        "%runs churn --limit=1 --sort='metrics.auc desc'",
        "%runs --limit 1 --sort 'metrics.auc desc' churn",
        "%runs --limit 1 churn metrics.auc > 0.8",
        "%runs name='high'",
        "%runs churn name='high'",
        "%runs name='high' and metrics.auc>0.5",
        "%runs not name = 'low'",
        "%runs --experiment churn name = 'high'",
        "%runs churn --sort metrics.auc desc --limit 1",
        "%runs --sort=metrics.auc DESC --limit 1 churn not name = 'x'",
        "%runs list churn \"name = 'high'\"",
        """%runs name like "hi%" """,
        "%runs " + shlex.quote("name = 'high'"),
        "%runs name = 'high' or name = '--deleted'",
    ):
        result = shell.run(line)
        assert result.error_in_exec is None, line
        assert [run.name for run in result.result] == ["high"], line


@pytest.mark.parametrize("name", ["churn (v2)", "dogs in space", "name-exp", "name", "100%"])
def test_an_experiment_that_exists_wins_over_a_filter(
    shell: Shell, workspace: Workspace, name: str
) -> None:
    for experiment in (name, "other"):
        with workspace.runs.track(experiment, name="high"):
            pass
    quoted = f"'{name}'"

    for line in (
        f"%runs {quoted}",
        f"%runs find {quoted}",
        f"%runs {quoted} name = 'high'",
        f"%runs {quoted} \"name = 'high'\"",
        f"%runs --experiment {quoted} name='high'",
        f"%runs {name}",
    ):
        result = shell.run(line)
        assert result.error_in_exec is None, line
        assert [run.experiment for run in result.result] == [name], line


def test_an_experiment_is_named_once(shell: Shell) -> None:
    shell.run("%runs churn --experiment fraud")

    assert "'churn' is named besides 'fraud'" in shell.printed


def test_quotes_of_a_filter_are_a_part_of_it(shell: Shell, workspace: Workspace) -> None:
    for name in ("a --limit 1", "it's", "two  spaces"):
        with workspace.runs.track("churn", name=name):
            pass

        for line in (f'%runs name = "{name}"', f'%runs churn name="{name}" --limit 5'):
            result = shell.run(line)
            assert [run.name for run in result.result] == [name], line


def test_a_wrong_option_of_runs_says_what_was_meant_without_a_traceback(shell: Shell) -> None:
    result = shell.run("%runs --sotr name")

    assert "Did you mean '--sort'" in shell.printed
    assert "Traceback" not in shell.printed
    assert result.error_in_exec is not None
