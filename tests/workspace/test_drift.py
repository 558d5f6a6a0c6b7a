"""`ws.drift`: sides of every kind, the record of a check, and the report that it kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nbmlops
from nbmlops.errors import (
    AlreadyExistsError,
    ArtifactNotFoundError,
    InvalidDataError,
    InvalidNameError,
    InvalidOptionError,
    PathNotFoundError,
)
from nbmlops.workspace import Workspace
from nbmlops.workspace.drift import REPORT


def frame(shift: float = 0.0, n: int = 600) -> pd.DataFrame:
    random = np.random.default_rng([n, int(shift * 10)])
    return pd.DataFrame(
        {"age": random.normal(40 + shift, 9, n), "city": random.choice(["Rome", "Bonn"], n)}
    )


def test_a_check_is_a_run_with_its_report_and_its_numbers(workspace: Workspace) -> None:
    report = workspace.drift.check(frame(), frame(4), experiment="watch")

    run = workspace.runs.get(str(report.run_id))
    assert (run.kind, run.experiment, run.status) == ("check", "watch", "succeeded")
    assert run.metrics["drifted_columns"] == 1
    assert run.metrics["effect/age"] == pytest.approx(report["age"].leading.effect)
    assert run.params["correction"] == "bh"
    kept = json.loads(workspace.runs.artifact(run, REPORT))
    assert kept["verdict"] == report.verdict
    assert workspace.drift.show(run.id).to_dict() == report.to_dict()
    found = workspace.runs.find("metrics.drifted_columns > 0", experiment="watch")
    assert [one.id for one in found] == [run.id]


def test_a_check_inside_of_a_run_is_its_child(workspace: Workspace) -> None:
    with workspace.runs.track("churn") as outer:
        report = workspace.drift.check(frame(), frame())

    assert workspace.runs.get(str(report.run_id)).parent_id == outer.id


def test_a_run_without_a_report_is_told(workspace: Workspace) -> None:
    with workspace.runs.track("churn") as run:
        pass

    with pytest.raises(ArtifactNotFoundError):
        workspace.drift.show(run.id)


def write(folder: Path, form: str) -> str:
    folder.mkdir()
    first, second = np.array_split(np.arange(600), 2)
    if form == "csv":
        frame().to_csv(folder / "a.csv", index=False)
        return str(folder / "a.csv")
    frame().iloc[first].to_parquet(folder / "a.parquet")
    frame().iloc[second].to_parquet(folder / "b.parquet")
    (folder / ".hidden.parquet").write_bytes(b"no data")
    (folder / "readme.md").write_text("no data")
    return {"folder": str(folder), "glob": str(folder / "[ab].parquet"),
            "url": f"file://{folder}", "remote glob": f"file://{folder}/[ab].parquet"}[form]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "folder", "glob", "url", "remote glob"])
def test_files_are_named_in_every_way(workspace: Workspace, tmp_path: Path, form: str) -> None:
    place = write(tmp_path / "rows", form)

    report = workspace.drift.check(frame(), place)

    assert report.current.row_count == 600
    assert not report.drifted
    assert report["age"].results[0].statistic == pytest.approx(0, abs=1e-3)


def test_a_profile_stands_for_its_data(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "train.profile"
    workspace.drift.keep_profile(frame(n=50_000), file)

    exact = workspace.drift.check(frame(n=50_000), frame(1))
    stored = workspace.drift.check(file, frame(1))

    assert stored.reference.name == "train.profile"
    assert stored.drifted_columns == exact.drifted_columns == ("age",)
    for name in ("age", "city"):
        pairs = zip(exact[name].results, stored[name].results, strict=True)
        for one, other in pairs:
            assert one.statistic == pytest.approx(other.statistic, rel=0.02, abs=0.02)
    with pytest.raises(AlreadyExistsError):
        workspace.drift.keep_profile(frame(), file)


def test_rows_that_come_one_by_one_are_a_side(workspace: Workspace) -> None:
    stream = workspace.drift.stream()
    for row in frame(4).to_dict("records"):
        stream.add(row)

    report = workspace.drift.check(frame(), stream)

    assert report.current.row_count == 600
    assert report.drifted_columns == ("age",)


def test_the_profile_of_a_run_is_named_by_the_run(workspace: Workspace) -> None:
    profile = workspace.drift.profile(frame())
    with workspace.runs.track("churn", name="fit") as run:
        run.log_artifact(profile.to_bytes(), "train.profile")

    report = workspace.drift.check(f"run:{run.id}/train", frame(4))

    assert report.reference.name == "fit/train"
    assert report.drifted
    with pytest.raises(ArtifactNotFoundError, match="train"):
        workspace.drift.check(f"run:{run.id}/trian", frame())


@pytest.mark.parametrize(
    ("side", "error"),
    [
        ("nowhere.parquet", PathNotFoundError),
        ("*.parquet", PathNotFoundError),
        ("file:///nowhere/at/all.parquet", PathNotFoundError),
        ("gopher://x/y", Exception),
        (3, InvalidDataError),
    ],
)
def test_sides_that_are_nothing_are_told(workspace: Workspace, side: Any, error: type) -> None:
    with pytest.raises(error):
        workspace.drift.check(frame(), side)

    assert len(workspace.runs.find()) == 0  # and leave no run


def test_the_function_names_the_sides_as_the_caller_does(workspace_folder: Path) -> None:
    X_train, X_live = frame(), frame(4)

    report = nbmlops.check_drift(X_train, X_live, columns=["age"])

    assert (report.reference.name, report.current.name) == ("X_train", "X_live")
    assert [one.name for one in report.columns] == ["age"]
    with pytest.raises(InvalidOptionError):
        nbmlops.check_drift(X_train, X_live, columns=["aeg"])


def test_where_nothing_can_be_recorded_the_report_is_there_all_the_same(
    workspace: Workspace,
) -> None:
    name = "x\x00" * 300

    report = workspace.drift.check(frame(), frame(4), names=(name, "/etc/passwd"))

    assert report.drifted
    assert report.run_id is not None


def test_a_report_reads_back_with_numbers_that_json_cannot_hold(workspace: Workspace) -> None:
    endless = frame().assign(age=np.inf)

    report = workspace.drift.check(frame(), endless)

    assert workspace.drift.show(str(report.run_id)).to_dict() == report.to_dict()


def test_a_test_of_all_of_many_columns_says_what_it_left_out(workspace: Workspace) -> None:
    random = np.random.default_rng(1)
    wide = pd.DataFrame(random.normal(size=(240, 400))).add_prefix("c")

    report = workspace.drift.check(wide[:120], wide[120:], multivariate=True)

    assert report.multivariate is not None
    assert any("of 400 columns" in note and "the 200 that" in note for note in report.notes)


def test_wrong_names_are_told_with_what_there_is(workspace: Workspace, tmp_path: Path) -> None:
    frame().to_parquet(tmp_path / "train.parquet")
    file = str(tmp_path / "train.parquet")
    for side in (frame(), file):
        with pytest.raises(InvalidOptionError, match="There are: 'age'") as told:
            workspace.drift.check(side, side, columns=["age", "zzzz"])
        assert "'zzzz'" in str(told.value)
        with pytest.raises(InvalidOptionError, match="no column of times is given") as told:
            workspace.drift.check(side, side, by="weekday")
        assert "Did you mean" not in str(told.value)
    for nothing in ("", []):
        with pytest.raises(InvalidOptionError, match="names no column"):
            workspace.drift.check(frame(), frame(), columns=nothing)
    with pytest.raises(InvalidNameError):
        workspace.drift.check(frame(), frame(), experiment="../x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(PathNotFoundError, match=r"No data file in the folder .*\.parquet"):
        workspace.drift.check(str(tmp_path / "empty"), frame())
    assert len(workspace.runs.find()) == 0


def test_the_last_run_with_a_profile_is_meant_and_a_run_without_one_is_named(
    workspace: Workspace,
) -> None:
    profile = workspace.drift.profile(frame())
    with workspace.runs.track("churn", name="fit") as run:
        run.log_artifact(profile.to_bytes(), "train.profile")
    check = workspace.drift.check(frame(), frame(1))

    assert workspace.drift.check("run:last/train", frame()).reference.name == "fit/train"
    with pytest.raises(ArtifactNotFoundError, match=r"in the run 'drift .*It has: 'drift-report"):
        workspace.drift.check(f"run:{check.run_id}/train", frame())
