"""`%compare` in a real IPython shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbmlops.testing import Shell
from nbmlops.workspace import Workspace


@pytest.fixture
def shell(workspace_folder: Path) -> Iterator[Shell]:
    """A shell with the magics and three tracked attempts."""
    opened = Shell()
    for name, depth in (("baseline", 4), ("deeper", 8), ("same", 8)):
        opened.run(f"depth = {depth}")
        opened.run(f"%%track churn --name {name} --silent\nauc = 0.5 + depth / 100")
    yield opened
    opened.close()


def test_what_compare_returns_shows_itself_and_can_be_assigned(shell: Shell) -> None:
    shown = shell.run("%compare baseline deeper").result
    assigned = shell.run("found = %compare baseline deeper")

    bundle = shell.ip.display_formatter.format(shown)[0]
    assert set(bundle) == {"text/html", "text/plain"}
    for form in bundle.values():
        assert "2 runs compared in churn" in form
        assert "baseline" in form
        assert "deeper" in form
    assert assigned.result is None
    assert [run.name for run in shell.ip.user_ns["found"].runs] == ["baseline", "deeper"]


def test_the_parameter_that_differs_is_the_reason(shell: Shell) -> None:
    (why,) = shell.run("%compare baseline deeper").result.why

    assert [(reason.kind, reason.says) for reason in why.reasons] == [("parameter", "depth 4 → 8")]
    assert why.verdict == "The metrics differ, and there is one recorded difference: depth 4 → 8."


def test_an_array_that_became_a_frame_is_told_without_a_made_up_column(shell: Shell) -> None:
    for name, options in (
        ("array", "return_X_y=True"),
        ("frame", "return_X_y=True, as_frame=True"),
    ):
        shell.run(
            f"from sklearn.datasets import load_diabetes\n"
            f"from sklearn.linear_model import Ridge\nX, y = load_diabetes({options})"
        )
        shell.run(f"%%track diabetes --name {name} --silent\nr2 = Ridge().fit(X, y).score(X, y)")

    found = shell.run("%compare array frame").result

    table, series = (row.changes[found.runs[1].id] for row in found.data)
    assert table.says == (
        (
            "an array became a table (numpy.ndarray → pandas.DataFrame), "
            "so that their values cannot be compared"
        ),
    )
    assert series.says == (
        "the same values, but an array became a series (numpy.ndarray → pandas.Series)",
    )
    assert [(reason.kind, reason.sure) for reason in found.why[0].reasons] == [
        ("data", "possible"),
        ("data", "certain"),
    ]


def test_two_cells_that_did_the_same_are_an_identical_attempt(shell: Shell) -> None:
    (why,) = shell.run("%compare deeper same").result.why

    assert why.verdict.endswith("an identical attempt.")


def test_names_of_one_run_stop_no_notebook(shell: Shell) -> None:
    """`best last` is what a scheduled notebook ends with, and the last run may be the best."""
    shell.run("depth = 40")
    shell.run("%%track churn --name better --silent\nauc = 0.5 + depth / 100")
    found = shell.run("%compare best last baseline").result
    one = shell.run("%compare best last")

    assert [run.name for run in found.runs] == ["better", "baseline"]
    assert one.result.name == "better"
    assert "best and last are one run: there is nothing to compare it with." in shell.printed


def test_variables_and_expressions_are_expanded(shell: Shell, workspace: Workspace) -> None:
    shell.run("import nbmlops\nfirst = nbmlops.get_run('baseline')\nother = 'same'")

    found = shell.run("%compare {first.id} $other last").result

    assert [run.name for run in found.runs] == ["baseline", "same"]
    assert "counted once: 'same'" in found.notes[0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "two to fifty runs"),
        ("baseline", "'baseline' is one"),
        ("baseline baseline", "all 2 are 'baseline'"),
        ("baseline nothing-like-it", "No run 'nothing-like-it'"),
        ("--html x baseline deeper", "there is no such option"),
        (" ".join(["baseline"] * 51), "51 are too many"),
    ],
)
def test_what_cannot_be_compared_is_told_without_a_traceback(
    shell: Shell, line: str, told: str
) -> None:
    result = shell.run(f"%compare {line}")

    assert result.error_in_exec is not None
    assert told in shell.printed
    assert "Traceback" not in shell.printed


def test_the_names_and_ids_of_runs_are_completed(shell: Shell, workspace: Workspace) -> None:
    _, found = shell.ip.complete("ba", "%compare ba")
    _, following = shell.ip.complete("", "%compare baseline ")

    assert "baseline" in found
    assert {"last", "best", "deeper", workspace.runs.get("same").id} <= set(following)
    assert "baseline" not in following


def test_the_bare_word_is_a_name_like_any_other(shell: Shell) -> None:
    shell.run("compare = 3")

    assert shell.run("compare").result == 3
