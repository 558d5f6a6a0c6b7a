"""`%drift` in a real IPython shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.testing import Shell
from nbmlops.workspace import Workspace

SETUP = """
import numpy as np, pandas as pd
draw = np.random.default_rng(3)
X_train = pd.DataFrame({"age": draw.normal(40, 9, 800), "city": draw.choice(["Rome", "Bonn"], 800)})
X_live = X_train.assign(age=X_train.age + 5)
splits = {"live": X_live}
"""


@pytest.fixture
def shell(workspace_folder: Path) -> Iterator[Shell]:
    """A shell with the magics and two frames."""
    opened = Shell()
    opened.run(SETUP)
    yield opened
    opened.close()


def test_what_drift_returns_shows_itself_and_can_be_assigned(shell: Shell) -> None:
    shown = shell.run("%drift X_train X_live").result
    shell.run("report = %drift X_train X_live")

    bundle = shell.ip.display_formatter.format(shown)[0]
    assert set(bundle) == {"text/html", "text/plain"}
    for form in bundle.values():
        assert "1 of 2 columns drifted: age." in form
    assert "reference X_train · 800 rows" in bundle["text/plain"]
    assert shell.ip.user_ns["report"].drifted_columns == ("age",)


@pytest.mark.parametrize(
    "side", ["X_live", "splits['live']", "$name", "{splits['live'].shape and 'X_live'}"]
)
def test_a_side_is_a_variable_or_an_expression_of_one(shell: Shell, side: str) -> None:
    shell.run("name = 'X_live'")

    assert shell.run(f"%drift X_train {side}").result.drifted


def test_a_side_is_a_file(shell: Shell, tmp_path: Path) -> None:
    shell.run(f"X_live.to_parquet({str(tmp_path / 'live rows.parquet')!r})")

    report = shell.run(f"%drift X_train '{tmp_path}/live rows.parquet' --columns age").result

    assert report.current.name == "live rows.parquet"
    assert [one.name for one in report.columns] == ["age"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "it takes two data sets"),
        ("X_train", "it takes two data sets"),
        ("X_train X_live X_live", "it takes two data sets"),
        ("X_train X_lvie", "Did you mean 'X_live'?"),
        ("X_train X_live --level high", "is not a number"),
        ("X_train X_live --correction fdr", "no such correction"),
        ("X_train X_live --columns income", "neither side has a column"),
        ("X_train X_live --target income", "neither side has a column"),
        ("X_train X_live --method evidentl", "Did you mean 'evidently'?"),
        ("X_train draw", "no columns that can be compared"),
        ("X_train missing.parquet", "No data 'missing.parquet'"),
    ],
)
def test_what_does_not_fit_is_told_without_a_traceback(shell: Shell, line: str, told: str) -> None:
    result = shell.run(f"%drift {line}")

    assert result.error_in_exec is not None
    assert told in shell.printed
    assert "Traceback" not in shell.printed


def test_options_are_those_of_the_verb(shell: Shell) -> None:
    report = shell.run(
        "%drift X_train X_live --columns age,city:categorical --target city "
        "--correction holm --level 0.01 --experiment watch"
    ).result

    assert (report.correction, report.level) == ("holm", 0.01)
    assert report.columns[0].role == "target"
    assert shell.run("import nbmlops\nnbmlops.get_run('last').experiment").error_in_exec is None


def test_a_check_over_time_is_one_line(shell: Shell) -> None:
    shell.run("X_live['at'] = pd.date_range('2026-01-01', periods=800, freq='h')")

    report = shell.run("%drift X_train X_live --time at --every 1w").result

    assert len(report.over_time.chunks) == 6
    assert report.over_time.drifted


def test_a_check_in_a_tracked_cell_is_a_child_of_its_run(
    shell: Shell, workspace: Workspace
) -> None:
    shell.run("%%track churn --silent --name fit\nreport = %drift X_train X_live")

    fit = workspace.runs.get("fit")
    (child,) = workspace.runs.children(fit.id)
    assert child.kind == "check"
    assert fit.status == "succeeded"


def test_data_and_files_are_completed(shell: Shell) -> None:
    _, found = shell.ip.complete("X_", "%drift X_")
    _, options = shell.ip.complete("--c", "%drift X_train X_live --c")

    assert {"X_train", "X_live"} <= set(found)
    assert {"--columns", "--correction"} <= set(options)


def test_the_bare_word_is_a_name_like_any_other(shell: Shell) -> None:
    shell.run("drift = 3")

    assert shell.run("drift").result == 3


MODEL = """
from sklearn.linear_model import LogisticRegression
test = pd.DataFrame({"age": draw.normal(40, 9, 900), "noise": draw.normal(0, 1, 900)})
test["churned"] = (draw.random(900) < 1 / (1 + np.exp(-(test.age - 40) / 4))).astype(int)
model = LogisticRegression().fit(test[["age", "noise"]], test.churned)
live = test.assign(age=test.age / 2, noise=test.noise + 1)
"""


def test_a_model_is_asked_and_the_report_is_ranked_by_what_moves_it(shell: Shell) -> None:
    shell.run(MODEL)

    report = shell.run("%drift test live --model model --target churned").result

    assert report.harm.found
    assert [column.name for column in report.columns] == ["prediction", "churned", "age", "noise"]
    effect = report.harm.effect["age"]
    assert effect.high < -0.3
    assert abs(report.harm.effect["noise"].effect) < 0.05
    bundle = shell.ip.display_formatter.format(report)[0]
    assert "The model does worse: accuracy" in bundle["text/plain"]
    assert "moves the mean chance of 1 by" in bundle["text/html"]


def test_a_model_that_is_not_there_is_told(shell: Shell) -> None:
    shell.run(MODEL)
    answer = shell.run("%drift test live --model modle")

    assert "Did you mean 'model'?" in str(answer.error_in_exec)


def test_all_columns_together_are_tested_when_asked(shell: Shell) -> None:
    report = shell.run("%drift X_train X_live --multivariate").result

    assert report.multivariate.state == "drifted"
    assert [name for name, _ in report.multivariate.columns] == ["age"]


def test_slices_are_looked_for_when_asked(shell: Shell) -> None:
    shell.run("X_live = X_train.assign(age=X_train.age + 20 * (X_train.city == 'Rome'))")

    report = shell.run("%drift X_train X_live --segments").result

    assert [str(one) for one in report.segments.found] == ["city = Rome"]
