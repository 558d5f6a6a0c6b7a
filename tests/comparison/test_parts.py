"""Parameters, metrics, code, environment, and what may be compared at all."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from attempts import ENVIRONMENT, GIT, SOURCE, attempt

import nbmlops
from nbmlops.comparison import Comparison
from nbmlops.errors import AmbiguousRunError, InvalidComparisonError, RunNotFoundError
from nbmlops.workspace import Workspace


def compared(workspace: Workspace, *changed: dict[str, Any]) -> tuple[list[str], Comparison]:
    runs = [attempt(workspace, f"run {at}", **each) for at, each in enumerate(changed)]
    return runs, workspace.runs.compare(*runs)


# ── parameters ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        (1, 1.0, False),
        (1, True, True),
        (8, "8", True),
        (None, "None", True),
        (math.nan, math.nan, False),
        ([1, 2], [1, 2], False),
        ([1, 2], [2, 1], True),
        ([0], [False], True),
        (2**70, 2**70 + 1, True),
        (-0.0, 0.0, False),
    ],
)
def test_values_are_compared_with_their_types(
    workspace: Workspace, one: Any, other: Any, differs: bool
) -> None:
    _, found = compared(workspace, {"params": {"p": one}}, {"params": {"p": other}})

    (row,) = found.params
    assert row.differs is differs


def test_the_union_of_all_parameters_is_compared(workspace: Workspace) -> None:
    runs, found = compared(workspace, {"params": {"a": 1, "b": 2}}, {"params": {"b": 2, "c": 3}})

    assert {row.name: (dict(row.values), row.differs) for row in found.params} == {
        "a": ({runs[0]: 1}, True),
        "b": ({runs[0]: 2, runs[1]: 2}, False),
        "c": ({runs[1]: 3}, True),
    }


def test_nested_parameters_are_compared_by_their_parts(workspace: Workspace) -> None:
    _, found = compared(
        workspace,
        {"params": {"model": {"depth": 3, "more": {"rate": 0.1}}, "empty": {}}},
        {"params": {"model": {"depth": 3, "more": {"rate": 0.2}}, "empty": {}}},
    )

    assert {row.name: row.differs for row in found.params} == {
        "model.depth": False,
        "model.more.rate": True,
        "empty": False,
    }


# ── metrics ──────────────────────────────────────────────────────────────────────────────────


def verdicts(workspace: Workspace, name: str, *values: float) -> list[str]:
    runs, found = compared(workspace, *({"metrics": {name: value}} for value in values))
    (row,) = found.metrics
    return [row.changes[run].verdict if run in row.changes else "" for run in runs]


def test_a_metric_is_better_by_its_direction(workspace: Workspace) -> None:
    assert verdicts(workspace, "auc", 0.5, 0.6, 0.4, 0.5) == ["", "better", "worse", "same"]
    assert verdicts(workspace, "loss", 0.5, 0.6, 0.4) == ["", "worse", "better"]
    assert verdicts(workspace, "rows", 5, 6) == ["", "changed"]
    assert verdicts(workspace, "auc", 0.3, 0.1 + 0.2) == ["", "rounding"]
    assert verdicts(workspace, "auc", 0.3, math.nan) == ["", "changed"]
    assert verdicts(workspace, "auc", math.nan, math.nan) == ["", "same"]
    assert verdicts(workspace, "auc", 0.3, math.inf) == ["", "changed"]


def test_the_best_is_of_runs_that_ended_well_in_one_experiment(workspace: Workspace) -> None:
    runs, found = compared(
        workspace,
        {"metrics": {"auc": 0.5}},
        {"metrics": {"auc": 0.6}},
        {"metrics": {"auc": 0.9}, "status": "failed"},
    )
    _, mixed = compared(workspace, {"metrics": {"auc": 0.5}}, {"experiment": "other"})

    assert found.metrics[0].best == (runs[1],)
    assert mixed.metrics[0].best == ()
    assert "2 experiments" in mixed.notes[0]


# ── code ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("other", "state"),
    [
        (SOURCE, "same"),
        (SOURCE.replace("--name attempt", "--name other --tag a=1"), "same"),
        (SOURCE.replace("max_depth = 4", "max_depth = 8"), "parameters"),
        (SOURCE.replace("random_state=0", "random_state=1"), "parameters"),
        (SOURCE.replace("max_depth = 4", "max_depth   =  4  # deep"), "formatting"),
        (SOURCE.replace("max_depth = 4", "max_depth = int(4)"), "differs"),
        (SOURCE + "%matplotlib inline\n", "differs"),
        (SOURCE + "this is not python\n", "differs"),
        (None, "missing"),
    ],
)
def test_code_differs_in_a_certain_way(workspace: Workspace, other: str | None, state: str) -> None:
    runs, found = compared(workspace, {}, {"source": other})

    (variant,) = [variant for variant in found.code if runs[1] in variant.run_ids]
    assert variant.state == state


def test_magics_in_the_code_do_not_hide_what_else_is_equal(workspace: Workspace) -> None:
    source = "files = !ls\n%time x = 1\n!pip list\nmodel?\nmax_depth = {}\n"
    _, found = compared(workspace, {"source": source.format(4)}, {"source": source.format(8)})

    assert [variant.state for variant in found.code] == ["same", "parameters"]


def test_runs_of_the_same_code_share_one_diff(workspace: Workspace) -> None:
    other = SOURCE + "auc = auc * 1\n"
    runs, found = compared(workspace, {}, {"source": other}, {}, {"source": other})

    assert [variant.run_ids for variant in found.code] == [
        (runs[0], runs[2]),
        (runs[1], runs[3]),
    ]
    assert (found.code[1].added, found.code[1].removed) == (1, 0)
    assert "+auc = auc * 1" in found.code[1].diff
    assert "track" not in found.code[1].diff


def test_very_long_code_is_not_compared_line_by_line(workspace: Workspace) -> None:
    long = "".join(f"x = {at}\n" for at in range(10_000))
    _, found = compared(workspace, {}, {"source": long})

    assert "too many to compare" in found.code[1].diff
    assert "too long to compare" in found.why[0].reasons[0].says


# ── environment and git ──────────────────────────────────────────────────────────────────────


def test_versions_that_differ_have_a_row_and_the_others_are_counted(workspace: Workspace) -> None:
    packages = {"numpy": "2.1.3", "pandas": "2.2.3", "scipy": "1.14", "scikit-learn": "1.6.0"}
    _, found = compared(
        workspace, {}, {"environment": {**ENVIRONMENT, "python": "3.12.1", "packages": packages}}
    )

    assert [
        (row.kind, row.name, list(row.versions.values())) for row in found.environment.rows
    ] == [
        ("interpreter", "Python", ["3.11.9", "3.12.1"]),
        ("package", "scikit-learn", ["1.5.2", "1.6.0"]),
        ("package", "scipy", ["1.14"]),
    ]
    assert found.environment.same_count == 4
    # That a package was imported by one of them only is no reason by itself.
    (reason,) = found.why[0].reasons
    assert reason.says == "Python 3.11.9 → 3.12.1, scikit-learn 1.5.2 → 1.6.0"


def test_an_environment_that_is_not_known_is_told_apart_from_an_equal_one(
    workspace: Workspace,
) -> None:
    runs, found = compared(workspace, {}, {"environment": None})

    assert found.environment.missing == (runs[1],)
    assert found.why[0].gaps == ("environment",)


def test_commits_and_branches_are_compared(workspace: Workspace) -> None:
    runs, found = compared(workspace, {}, {"git": {**GIT, "commit": "99aa", "branch": "trunk"}})

    change = found.git[runs[1]]
    assert (change.state, change.commit_before, change.commit_after) == (
        "differs",
        "4f2c9a7e",
        "99aa",
    )
    assert (change.branch_before, change.branch_after) == ("main", "trunk")


# ── what may be compared ─────────────────────────────────────────────────────────────────────


def test_two_to_fifty_runs_are_compared(workspace: Workspace) -> None:
    runs = [attempt(workspace, f"run {at}") for at in range(51)]

    assert len(workspace.runs.compare(*runs[:50]).runs) == 50
    with pytest.raises(InvalidComparisonError, match="51 are too many"):
        workspace.runs.compare(*runs)
    with pytest.raises(InvalidComparisonError, match="is one"):
        workspace.runs.compare(runs[0])
    with pytest.raises(InvalidComparisonError, match="no run"):
        workspace.runs.compare()


def test_a_run_that_is_named_twice_counts_once(workspace: Workspace) -> None:
    one, two = attempt(workspace, "one"), attempt(workspace, "two")

    found = workspace.runs.compare("last", one, two, "one")

    assert [run.id for run in found.runs] == [two, one]
    assert found.notes == ("Named more than once and counted once: 'two', 'one'.",)
    with pytest.raises(InvalidComparisonError, match="all 2 are 'two'"):
        workspace.runs.compare("last", "two")


def test_runs_are_named_as_everywhere_or_are_runs_themselves(workspace: Workspace) -> None:
    one, two = attempt(workspace, "one"), attempt(workspace, "two", metrics={"auc": 0.9})

    for given in (
        (one, two),
        ("one", "best"),
        (one[-8:], "last"),
        (nbmlops.get_run(one), nbmlops.get_run(two)),
        (nbmlops.find_runs(sort="started_at asc"),),
    ):
        assert [run.id for run in nbmlops.compare(*given).runs] == [one, two]
    with pytest.raises(RunNotFoundError, match="nobody"):
        nbmlops.compare(one, "nobody")
    attempt(workspace, "one")
    with pytest.raises(AmbiguousRunError, match="fits 2 runs"):
        nbmlops.compare("one", two)


def test_a_run_that_is_recorded_right_now_is_compared_as_far_as_it_is(
    workspace: Workspace,
) -> None:
    done = attempt(workspace, "done")
    with workspace.runs.track("churn", name="now") as running:
        running.log(auc=0.9)
        found = nbmlops.compare(done, running)

    assert found.runs[1].notes == ("it has not ended: what it recorded so far",)
    assert found.metrics[0].values[running.id] == 0.9


def test_a_deleted_run_says_so(workspace: Workspace) -> None:
    one, two = attempt(workspace, "one"), attempt(workspace, "two")
    workspace.runs.delete(two)

    assert workspace.runs.compare(one, two).runs[1].notes == ("it was deleted",)


def test_a_comparison_is_json_a_frame_and_a_file(workspace: Workspace, tmp_path: Any) -> None:
    runs, found = compared(
        workspace,
        {"metrics": {"auc": math.nan, "big": 2.0**60}},
        {"params": {"max_depth": 2**70, "rounds": "all"}, "curves": {"loss": [1.0, math.inf]}},
    )

    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    frame = found.to_pandas()

    assert [run["id"] for run in record["runs"]] == runs
    assert record["metrics"][0]["values"][runs[0]] == "NaN"
    assert list(frame.columns) == runs
    assert frame.loc["params.rounds", runs[1]] == "all"
    assert found.to_html(tmp_path / "a.html") == (tmp_path / "a.html").read_text("utf-8")
    assert found.to_csv(tmp_path / "a.csv") == (tmp_path / "a.csv").read_bytes().decode()
    assert repr(found) == "<comparison of 'run 0', 'run 1'>"
