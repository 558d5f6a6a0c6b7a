"""`%monitor` in a real IPython shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.testing import Shell
from nbmlops.workspace import Workspace

SETUP = """
import numpy as np, pandas as pd
draw = np.random.default_rng(3)
X_train = pd.DataFrame({"age": draw.normal(40, 9, 2000), "city": draw.choice(["Rome", "Bonn"], 2000)})
for day in range(6):
    part = X_train.sample(400, random_state=day)
    part.assign(age=part.age + 6 * (day > 2)).to_csv(f"logs/day-{day}.csv", index=False)
"""


@pytest.fixture
def shell(
    workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    """A shell with the magics, a frame, and six files of which three have drifted."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    opened = Shell()
    opened.run(SETUP)
    yield opened
    opened.close()


ADD = "%monitor add live --reference X_train --source 'logs/*.csv'"


def test_a_monitor_is_added_run_shown_and_removed(shell: Shell, workspace: Workspace) -> None:
    added = shell.run(ADD).result
    assert (added.name, added.reference) == ("live", "X_train")

    report = shell.run("%monitor run live").result
    bundle = shell.ip.display_formatter.format(report)[0]
    assert set(bundle) == {"text/html", "text/plain"}
    for form in bundle.values():
        assert "Monitor live: age drifted, first found in day-3 (look 4 of 6)." in form
    assert shell.run("%monitors show live").result.drifted_columns == ("age",)
    table = shell.run("%monitor list").result
    assert [monitor.name for monitor in table] == ["live"]
    assert "age" in repr(table)
    assert shell.run("%monitor remove live --why 'it is over'").error_in_exec is None
    assert "There is no monitor yet" in repr(shell.run("%monitor find").result)
    assert len(workspace.runs.find("tags.monitor = 'live'")) == 1


def test_options_are_those_of_the_verb(shell: Shell, workspace: Workspace) -> None:
    line = f"{ADD} --columns age,city --every 6h --budget '1 in 2 years at 1 %' --experiment w"
    shell.run(f"name = 'X_train'\n{line.replace('X_train', '$name')}")

    monitor = workspace.monitors.get("live")

    assert (monitor.columns, monitor.every, monitor.budget, monitor.experiment) == (
        ("age", "city"), "6h", "1 in 2 years at 1 %", "w",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "say what to do"),
        ("rnu live", "Did you mean 'run'?"),
        ("run", "it takes one name"),
        ("run live", "No monitor 'live'"),
        ("find live", "takes no name"),
        ("run live --budget x", "does not take it"),
        ("remove live --source x", "does not take it"),
        ("add live --reference X_train", "a monitor needs it"),
        ("add live --source 'logs/*'", "a monitor needs it"),
        ("add live --reference X_trian --source 'logs/*'", "Did you mean 'X_train'?"),
        ("add live --reference X_train --source 'logs/*' --budget 5", "no budget of false alarms"),
        ("add live --reference X_train --source 'logs/*' --by weekday", "no column of times"),
        ("add live --refrence X_train", "there is no such option"),
    ],
)
def test_what_does_not_fit_is_told_without_a_traceback(shell: Shell, line: str, told: str) -> None:
    result = shell.run(f"%monitor {line}")

    assert result.error_in_exec is not None
    assert told in shell.printed
    assert "Traceback" not in shell.printed


def test_verbs_options_monitors_and_data_are_completed(shell: Shell) -> None:
    shell.run(ADD)

    assert {"add", "run", "show"} <= set(shell.ip.complete("", "%monitor ")[1])
    assert "live" in shell.ip.complete("li", "%monitor show li")[1]
    assert "--budget" in shell.ip.complete("--b", "%monitor add x --b")[1]
    assert "X_train" in shell.ip.complete("X_", "%monitor add x --reference X_")[1]


def test_a_look_in_a_tracked_cell_is_a_child_of_its_run(shell: Shell, workspace: Workspace) -> None:
    shell.run(ADD)
    shell.run("%%track churn --silent --name daily\nreport = %monitor run live")

    daily = workspace.runs.get("daily")
    (child,) = workspace.runs.children(daily.id)
    assert child.name == "monitor live"


def test_the_bare_word_is_a_name_like_any_other(shell: Shell) -> None:
    assert shell.run("monitor = 3").error_in_exec is None
    assert shell.run("monitor").result == 3
