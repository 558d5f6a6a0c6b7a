"""Drift checks that look for slices of the rows, of data of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from nbmlops.errors import InvalidDataError, InvalidOptionError
from nbmlops.workspace import Workspace


def people(n: int, seed: int, *, is_drifted: bool = False) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "city": random.choice(["Rome", "Bonn", "Oslo"], n),
            "age": random.normal(40, 9, n).round(1),
            "income": random.lognormal(10, 0.4, n),
            "member": random.random(n) < 0.3,
            "seen": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(n), "min"),
            "key": [f"k{place}" for place in range(n)],
        }
    )
    if is_drifted:
        frame.loc[frame["city"] == "Oslo", "income"] *= 2
    return frame


SIDES = people(2_000, 1), people(2_000, 2, is_drifted=True)


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "parquet", "csv", "categories"])
def test_a_slice_is_found_in_data_of_every_kind(
    kind: str, workspace: Workspace, tmp_path: Path
) -> None:
    def made(frame: pd.DataFrame, name: str) -> Any:
        match kind:
            case "polars":
                return pl.from_pandas(frame)
            case "arrow":
                return pa.Table.from_pandas(frame)
            case "parquet" | "csv":
                path = tmp_path / f"{name}.{kind}"
                frame.to_parquet(path) if kind == "parquet" else frame.to_csv(path, index=False)
                return str(path)
            case "categories":
                return frame.astype({"city": "category", "member": "boolean", "age": "Float64"})
            case _:
                return frame

    sides = [made(frame, name) for frame, name in zip(SIDES, ("first", "second"), strict=True)]

    report = workspace.drift.check(*sides, segments=True)

    assert report.segments is not None
    (found,) = report.segments.found
    assert str(found) == "city = Oslo"
    assert [move.column for move in found.moves] == ["income"]
    assert report.segments.column_count == 4  # neither times nor names of rows
    run = workspace.runs.get(str(report.run_id))
    assert run.metrics["segments"] == 1
    assert workspace.drift.show(run.id).segments == report.segments


def test_labels_and_scores_are_looked_at_and_describe_no_slice(workspace: Workspace) -> None:
    first, second = (frame.assign(score=frame["age"] / 80) for frame in SIDES)
    second.loc[second["member"], "score"] /= 2

    segments = workspace.drift.check(first, second, prediction="score", segments=True).segments

    assert segments is not None
    told = {str(one): [move.column for move in one.moves] for one in segments.found}
    assert told["member = True"] == ["score"]
    assert not any("score" in one for one in told)


def test_numbers_that_are_taken_as_labels_and_labels_that_are_numbers_are_sliced(
    workspace: Workspace,
) -> None:
    random = np.random.default_rng(3)
    first, second = (
        pd.DataFrame(
            {"zip": random.choice([80331, 53111, 8000], 1500), "x": random.normal(size=1500)}
        )
        for _ in range(2)
    )
    second.loc[second["zip"] == 8000, "x"] += 1

    report = workspace.drift.check(
        first, second, columns={"zip": "categorical", "x": None}, segments=True
    )

    assert report.segments is not None
    assert [str(one) for one in report.segments.found] == ["zip = 8000"]


def test_a_profile_and_another_method_say_that_they_cannot(workspace: Workspace) -> None:
    first, second = SIDES
    with pytest.raises(InvalidDataError, match="keeps no rows"):
        workspace.drift.check(workspace.drift.profile(first), second, segments=True)
    with pytest.raises(InvalidOptionError, match="default method"):
        workspace.drift.check(first, second, method="psi", segments=True)


def test_few_rows_are_told_and_give_a_report_all_the_same(workspace: Workspace) -> None:
    first, second = SIDES

    report = workspace.drift.check(first[:300], second[:300], segments=True)

    assert report.segments is None
    assert any("too few rows for a search of slices" in note for note in report.notes)


def test_duplicate_names_and_odd_columns_do_no_harm(workspace: Workspace) -> None:
    first, second = (
        frame.assign(
            one=1.0,
            nothing=None,
            listed=[[1, 2]] * len(frame),
            mixed=[1, "a"] * (len(frame) // 2),
            huge=np.inf,
            price=pd.array(np.arange(len(frame)) % 7, "Int64"),
        )
        for frame in SIDES
    )
    first, second = (pd.concat([one, one[["age"]]], axis=1) for one in (first, second))

    report = workspace.drift.check(first, second, segments=True)

    assert report.segments is not None
    assert [str(one) for one in report.segments.found] == ["city = Oslo"]
