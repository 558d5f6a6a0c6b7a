"""What is found by itself can be left out, kind by kind; and the README tells all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.capture.found import FOUND, table
from nbmlops.capture.library_warnings import library_warnings
from nbmlops.records import Run
from nbmlops.testing import Shell
from nbmlops.workspace import open_workspace

CELL = """
import sys
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.neural_network import MLPClassifier
depth = 3
X = np.random.rand(60, 2); y = (X[:, 0] > 0.5).astype(int)
model = LogisticRegression(C=0.5).fit(X, y)
accuracy = model.score(X, y)
net = MLPClassifier((2,), max_iter=3, random_state=0).fit(X, y)
scores = cross_val_score(model, X, y, cv=3)
print("/lib/x.py:3: UserWarning: this is odd", file=sys.stderr)
print("printed")
Image.new("RGB", (4, 4), "red")
"""
GONE = {
    "parameters": lambda run: "depth" not in run.params,
    "models": lambda run: not run.models and "C" not in run.params,
    "metrics": lambda run: "accuracy" not in run.metrics,
    "histories": lambda run: "loss" not in run.metrics,
    "spread": lambda run: not any("scores" in name for name in run.metrics),
    "data": lambda run: not run.datasets,
    "profiles": lambda run: not kinds(run, "profile"),
    "figures": lambda run: not kinds(run, "figure"),
    "names": lambda run: not (run.observed and run.observed.bound),
    "output": lambda run: not run.outputs,
    "warnings": lambda run: "library" not in codes(run),
    "randomness": lambda run: (
        "unseeded" not in codes(run) and not (run.observed and run.observed.random_states)
    ),
    "resources": lambda run: run.resources is None or run.resources.cpu_seconds is None,
    "environment": lambda run: run.environment is None,
    "git": lambda run: run.git is None,
}


def kinds(run: Run, kind: str) -> list[str]:
    return [name for name, artifact in run.artifacts.items() if artifact.kind == kind]


def gone(run: Run) -> list[str]:
    """What was not found; a profile is there only where there was time for it, and data."""
    return [name for name, is_gone in GONE.items() if is_gone(run) and name != "profiles"]


def codes(run: Run) -> set[str]:
    return {warning.code for warning in run.warnings}


@pytest.fixture
def shell(
    workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    import subprocess

    monkeypatch.chdir(tmp_path)
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *who, *command], check=True)
    opened = Shell()
    opened.run("import nbmlops, numpy as np")
    yield opened
    opened.close()


def latest(folder: Path) -> Run:
    workspace = open_workspace(folder)
    workspace.runs.flush()
    return workspace.runs.get("last")


def test_each_kind_is_found_and_each_can_be_left_out(shell: Shell, workspace_folder: Path):
    assert set(GONE) == {kind.name for kind in FOUND}
    shell.run("%%track all --silent" + CELL)
    run = latest(workspace_folder)
    assert gone(run) == []

    for left_out, is_gone in GONE.items():
        shell.run(f"%%track all --silent --skip {left_out}" + CELL)
        run = latest(workspace_folder)
        assert run.status == "succeeded"
        assert is_gone(run)
        assert gone(run) == ([] if left_out == "profiles" else [left_out])


def test_everything_can_be_left_out_by_a_setting(
    shell: Shell, workspace_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NBMLOPS_SKIP", ", ".join(GONE))
    shell.run("%%track all --silent" + CELL + "nbmlops.log(mine=0.5)")
    run = latest(workspace_folder)

    assert [name for name, is_gone in GONE.items() if not is_gone(run)] == []
    assert run.metrics == {"mine": 0.5}
    assert run.cell.source


def test_a_kind_that_there_is_not_is_told_and_the_cell_runs(shell: Shell, workspace_folder: Path):
    result = shell.run("%%track all --silent --skip dta\nvalue = 1.5 * 2\nvalue")
    (warning,) = latest(workspace_folder).warnings

    assert result.result == 3.0
    assert "'dta' is nothing that is found" in warning.message
    assert "data" in warning.message


def test_the_readme_holds_the_table_of_what_is_found():
    readme = Path(__file__).parents[2] / "README.md"

    told = readme.read_text("utf-8").partition("<!-- found -->\n")[2].partition("\n<!-- /found -->")
    assert told[0] == table(), "python -c 'from nbmlops.capture.found import table; print(table())'"


def test_warnings_of_libraries_are_read_from_what_they_print():
    printed = (
        "/lib/sklearn/x.py:460: ConvergenceWarning: lbfgs failed to converge (status=1):\n"
        "STOP: TOTAL NO. of ITERATIONS\n  n_iter_i = _check(\n"
        "/tmp/ipykernel_1/2.py:3: UserWarning: odd\n  warnings.warn('odd')\n"
        "/tmp/ipykernel_1/2.py:3: UserWarning: odd\n"
        "/lib/y.py:3: DeprecationWarning: old\n"
        "/lib/z.py:9: UserWarning: nbmlops: ours\n"
        "12:30: not one\n"
    )

    assert library_warnings(printed) == [
        "ConvergenceWarning: lbfgs failed to converge (status=1):",
        "UserWarning: odd",
    ]
