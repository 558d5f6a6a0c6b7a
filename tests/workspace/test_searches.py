"""Runs that are searched for, and the table, frame and CSV of what was found."""

from __future__ import annotations

import html
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nbmlops
from nbmlops.errors import (
    InvalidFilterError,
)
from nbmlops.workspace import Workspace


def test_runs_are_found_filtered_sorted_and_paged(workspace: Workspace) -> None:
    for index in range(10):
        with nbmlops.track("search", name=f"run {index}"):
            nbmlops.log_params({"depth": index})
            nbmlops.log(auc=index / 10)

    best = nbmlops.find_runs(
        "metrics.auc >= 0.5 and params.depth != 9",
        experiment="search",
        sort="metrics.auc desc",
        limit=2,
    )
    rest = nbmlops.find_runs(
        "metrics.auc >= 0.5 and params.depth != 9",
        experiment="search",
        sort="metrics.auc desc",
        limit=10,
        cursor=best.cursor,
    )

    assert [run.params["depth"] for run in best] == [8, 7]
    assert [run.params["depth"] for run in rest] == [6, 5]
    assert best.total == 4
    assert rest.cursor is None
    assert nbmlops.get_run("best").experiment == "search"
    assert nbmlops.get_run("last").name == "run 9"


def test_the_best_run_is_the_one_that_its_card_praises(workspace: Workspace) -> None:
    for name, loss, auc in (("a", 0.5, 0.9), ("b", 0.4, 0.8)):
        with nbmlops.track("churn", name=name):
            nbmlops.log(loss=loss)
            nbmlops.log(auc=auc)

    best = nbmlops.get_run("best")

    assert best.name == "a"
    assert "auc=0.9, loss=0.5" in repr(best)


def test_a_table_prints_as_a_table(workspace: Workspace) -> None:
    with nbmlops.track("churn", name="baseline"):
        nbmlops.log(auc=0.9)
    found = nbmlops.find_runs()

    assert repr(found) == "<1 of 1 runs>"
    assert str(found).splitlines()[0].split()[:2] == ["run", "id"]
    assert "✓ baseline" in str(found)
    assert "1 run in churn" in str(found)


def test_a_limit_may_be_a_whole_number_of_any_library(workspace: Workspace) -> None:
    for _ in range(4):
        with nbmlops.track("churn"):
            pass

    assert len(nbmlops.find_runs(limit=np.int64(3))) == 3
    for limit in (0, True, 2.0, "3", None, np.bool_(1)):
        with pytest.raises(InvalidFilterError, match="Limit, position 1: it has to be a whole"):
            nbmlops.find_runs(limit=limit)  # type: ignore[arg-type]


@pytest.fixture
def searched(workspace: Workspace) -> Workspace:
    """One run of `churn` with auc and depth, one of `fraud` with loss."""
    with nbmlops.track("churn", params={"depth": 8}, tags={"team": "risk"}):
        nbmlops.log(auc=0.9)
    with nbmlops.track("fraud"):
        nbmlops.log(loss=0.5)
    return workspace


@pytest.mark.parametrize(
    ("sort", "problem", "hint"),
    [
        ("metrics.acu desc", "no run has a metric 'acu'", "Did you mean 'auc'?"),
        (" metrics.zzz", "no run has a metric 'zzz'", "There are: 'auc', 'loss'."),
        ("params.zzz", "no run has a parameter 'zzz'", "There are: 'depth'."),
        ("metrics.depth", "no run has a metric 'depth'", "write params.depth."),
        ("tags.temm", "no run has a tag 'temm'", "Did you mean 'team'?"),
        ("auc", "there is no attribute 'auc'", "write metrics.auc."),
    ],
)
def test_an_order_by_a_name_that_no_run_has_is_refused(
    searched: Workspace, sort: str, problem: str, hint: str
) -> None:
    with pytest.raises(InvalidFilterError) as raised:
        nbmlops.find_runs(sort=sort)

    position = len(sort) - len(sort.lstrip())
    assert raised.value.message.startswith(f"Sort, position {position + 1}: {problem}.")
    assert hint in raised.value.hint
    assert raised.value.details["position"] == position


@pytest.mark.parametrize(
    ("search", "notes"),
    [
        ({"sort": "metrics.auc desc"}, []),
        (
            {"sort": "metrics.loss", "experiment": "churn"},
            ["No run here has a metric 'loss' to sort by."],
        ),
        ({"filter": "metrics.auc > 2"}, []),
        ({"filter": "metrics.acu > 0"}, ["No run has a metric 'acu'. Did you mean 'auc'?"]),
        (
            {"filter": "metrics.depth > 0"},
            ["No run has a metric 'depth'. There is a parameter of this name: write params.depth."],
        ),
        (
            {"filter": "metrics.loss > 0", "experiment": "churn"},
            ["No run of 'churn' has a metric 'loss'. There are: 'auc'."],
        ),
        (
            {"filter": "metrics.auc > 0 or tags.temm = 'risk'"},
            ["No run has a tag 'temm'. Did you mean 'team'?"],
        ),
        ({"filter": "tags.archived is null"}, []),
        (
            {"filter": "metrics.x > 0", "experiment": "chrun"},
            ["No experiment 'chrun' has a run. Did you mean 'churn'?"],
        ),
        ({"experiment": "churn"}, []),
    ],
)
def test_a_search_says_which_of_its_names_no_run_has(
    searched: Workspace, search: dict[str, str], notes: list[str]
) -> None:
    table = nbmlops.find_runs(**search)

    assert list(table.notes) == notes
    shown = table._repr_mimebundle_()
    for note in notes:
        assert note in shown["text/plain"]
        assert html.escape(note) in shown["text/html"]


def test_an_order_by_a_metric_is_no_fault_where_there_is_no_metric_yet(
    workspace: Workspace,
) -> None:
    empty = nbmlops.find_runs("metrics.auc > 0.8", experiment="churn", sort="metrics.auc desc")
    with nbmlops.track("churn"):
        pass

    (run,) = table = nbmlops.find_runs(sort="metrics.auc desc")
    assert len(empty) == 0
    assert run.experiment == "churn"
    assert list(table.notes) == ["No run here has a metric 'auc' to sort by."]


def test_the_later_pages_of_an_order_hold_the_runs_that_lack_it(searched: Workspace) -> None:
    first = nbmlops.find_runs(sort="metrics.auc desc", limit=1)
    second = nbmlops.find_runs(sort="metrics.auc desc", limit=1, cursor=first.cursor)

    assert [run.experiment for run in (*first, *second)] == ["churn", "fraud"]
    assert list(second.notes) == []


def test_names_of_deleted_runs_count_among_deleted_runs(searched: Workspace) -> None:
    searched.runs.delete(searched.runs.find(experiment="churn")[0].id)

    with pytest.raises(InvalidFilterError, match="no run has a metric 'auc'"):
        searched.runs.find(sort="metrics.auc")
    assert len(searched.runs.find(sort="metrics.auc", deleted=True)) == 1


def test_the_frame_has_the_columns_people_know(workspace: Workspace) -> None:
    with nbmlops.track("frame", tags={"team": "risk"}):
        nbmlops.log_params({"depth": 3})
        nbmlops.log(auc=0.5, weird=float("nan"))

    frame = nbmlops.find_runs().to_pandas()

    assert list(frame.columns) == [
        "run_id",
        "experiment",
        "name",
        "status",
        "started_at",
        "duration_seconds",
        "params.depth",
        "metrics.auc",
        "metrics.weird",
        "tags.team",
    ]
    assert frame["started_at"].dtype.kind == "M"
    assert str(frame["started_at"].dt.tz) == "UTC"
    assert frame.loc[0, "metrics.auc"] == 0.5
    assert math.isnan(frame.loc[0, "metrics.weird"])
    assert isinstance(frame, pd.DataFrame)
    assert nbmlops.find_runs("name = 'nobody'").to_pandas().empty


def test_a_frame_of_unlike_runs_keeps_every_value_and_says_what_is_missing(
    workspace: Workspace,
) -> None:
    options = {"grid": [1, {"deep": None}], "name": "x"}
    given = {"all": 3, "flag": True, "options": options, "columns": ["a", "b"], "big": 2**70}
    with nbmlops.track("unlike", name="a", params={**given, "none": None}):
        nbmlops.log(auc=0.5)
    with nbmlops.track("unlike", name="b", params={"all": 4, "options": "none", "rate": 0.1}):
        nbmlops.log(loss=1)
        nbmlops.set_tags({"team": "risk"})
    with nbmlops.track("unlike", name="c", params={"all": 5}):
        frame = nbmlops.find_runs(sort="name").to_pandas().set_index("name")

    assert list(frame.columns[5:]) == [
        *(f"params.{name}" for name in sorted([*given, "none", "rate"])),
        "metrics.auc",
        "metrics.loss",
        "tags.team",
    ]
    assert frame["params.all"].tolist() == [3, 4, 5]
    assert frame["params.all"].dtype.kind == "i"
    for name, value in given.items():
        assert frame.loc["a", f"params.{name}"] == value, name
    assert frame.loc["a", "params.flag"] is True
    assert frame.loc["b", "params.options"] == "none"
    missing = frame.drop(columns="started_at").isna()
    assert missing.loc["a"][lambda row: row].index.tolist() == [
        "params.none",
        "params.rate",
        "metrics.loss",
        "tags.team",
    ]
    assert missing.loc["c"].sum() == len(frame.columns) - 5, "it has no duration yet"
    assert frame["metrics.auc"].mean() == 0.5


def test_deleted_runs_are_found_by_python_where_they_are_asked_for(workspace: Workspace) -> None:
    for name in ("kept", "gone"):
        with nbmlops.track("churn", name=name):
            pass
    workspace.runs.delete("gone")

    assert [run.name for run in nbmlops.find_runs()] == ["kept"]
    assert [run.name for run in nbmlops.find_runs(deleted=True)] == ["gone"]


def test_a_table_becomes_csv_that_no_spreadsheet_runs(workspace: Workspace, tmp_path: Path) -> None:
    with nbmlops.track("csv", name="=HYPERLINK(1)"):
        nbmlops.log_params({"formula": "@SUM(A1)", "number": -5})

    text = nbmlops.find_runs().to_csv(tmp_path / "runs.csv")

    assert "'=HYPERLINK(1)" in text
    assert "'@SUM(A1)" in text
    assert ",-5" in text
    assert (tmp_path / "runs.csv").read_bytes().decode() == text


def test_best_is_of_the_experiment_of_the_latest_run(workspace: Workspace) -> None:
    with nbmlops.track("other"):
        nbmlops.log(auc=0.99)
    with nbmlops.track("mine") as best:
        nbmlops.log(auc=0.75)
    with nbmlops.track("mine"):
        nbmlops.log(auc=0.5)

    assert nbmlops.get_run("best").id == best.id
