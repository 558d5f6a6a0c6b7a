"""Slices of rows where drift concentrates: how often one is named wrongly, and what is found."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbmlops.data.profile import profile_of
from nbmlops.drift.compare import compare
from nbmlops.drift.conditions import Condition, cells_of
from nbmlops.drift.records import report_from_dict
from nbmlops.drift.segments import Segments
from nbmlops.drift.slicing import find_segments

KINDS = {
    "region": "categorical",
    "plan": "categorical",
    "device": "categorical",
    "flag": "boolean",
    "visits": "discrete",
    "age": "numeric",
    "income": "numeric",
    "spend": "numeric",
    "tenure": "numeric",
    "score": "numeric",
}
Plant = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def customers(random: np.random.Generator, n: int) -> pd.DataFrame:
    """Columns that hang together, with ties, zeros and missing values."""
    worth = random.normal(size=n)
    plan = random.choice(["free", "basic", "pro"], n, p=[0.5, 0.3, 0.2])
    return pd.DataFrame(
        {
            "region": random.choice(["north", "south", "east", "west"], n, p=[0.2, 0.3, 0.3, 0.2]),
            "plan": plan,
            "device": random.choice([f"d{place}" for place in range(15)], n),
            "flag": random.random(n) < 0.3,
            "visits": random.poisson(3, n),
            "age": random.normal(40, 12, n) + 4 * (plan == "pro"),
            "income": np.exp(10 + 0.5 * worth + 0.3 * random.normal(size=n)),
            "spend": np.where(random.random(n) < 0.4, 0, np.exp(3 + worth + random.normal(size=n))),
            "tenure": random.exponential(4, n),
            "score": np.where(random.random(n) < 0.1, np.nan, worth + random.normal(size=n)),
        }
    )


def checked(study: int, n: int, plant: Plant | None = None, m: int | None = None) -> Segments:
    random = np.random.default_rng([study, n])
    first, second = customers(random, n), customers(random, m or n)
    found = find_segments(first, plant(second, random) if plant else second, KINDS)
    assert found is not None
    return found


def at_most(rate: float, repetitions: int) -> float:
    """The most that a true rate shows in so many repetitions, but for once in a thousand studies."""
    return rate + 3.1 * math.sqrt(rate * (1 - rate) / repetitions)


def at_least(rate: float, repetitions: int) -> float:
    return rate - 3.1 * math.sqrt(rate * (1 - rate) / repetitions)


@pytest.mark.parametrize(("n", "m", "repetitions"), [(1_000, 1_000, 60), (4_000, 900, 40)])
def test_without_drift_a_slice_is_named_in_at_most_seven_of_a_hundred_reports(
    n: int, m: int, repetitions: int
) -> None:
    named = sum(bool(checked(study, n, m=m).found) for study in range(repetitions))

    assert named / repetitions <= at_most(0.07, repetitions)


def where(frame: pd.DataFrame, rows: Any, column: str, change: Callable[[Any], Any]) -> Any:
    frame[column] = frame[column].where(~rows, change(frame[column]))
    return frame


def more_of(frame: pd.DataFrame, rows: Any, random: np.random.Generator) -> pd.DataFrame:
    again = frame[rows].sample(int(1.5 * rows.sum()), replace=True, random_state=random)
    return pd.concat([frame, again], ignore_index=True)


def in_pair(frame: pd.DataFrame) -> Any:
    return (frame["region"] == "north") & (frame["plan"] == "free")


# What is planted, the columns that the slice is told by, and what moves in it.
PLANTED: dict[str, tuple[Plant, set[str], str]] = {
    "one condition": (
        lambda frame, random: where(frame, frame["plan"] == "pro", "income", lambda x: x * 1.5),
        {"plan"},
        "income",
    ),
    "two conditions": (
        lambda frame, random: where(frame, in_pair(frame), "income", lambda x: x * 1.7),
        {"region", "plan"},
        "income",
    ),
    "a range": (
        lambda frame, random: where(
            frame, (frame["age"] >= 45) & (frame["plan"] == "free"), "score", lambda x: x - 1.2
        ),
        {"age", "plan"},
        "score",
    ),
    "missing values": (
        lambda frame, random: where(
            frame, in_pair(frame) & (random.random(len(frame)) < 0.4), "score", lambda x: np.nan
        ),
        {"region", "plan"},
        "score",
    ),
    "labels": (
        lambda frame, random: where(
            frame, in_pair(frame) & (random.random(len(frame)) < 0.3), "device", lambda x: "d0"
        ),
        {"region", "plan"},
        "device",
    ),
    "more rows of one label": (
        lambda frame, random: more_of(frame, frame["region"] == "north", random),
        {"region"},
        "region",
    ),
}


@pytest.mark.parametrize("name", list(PLANTED))
def test_a_planted_slice_is_found_and_named(name: str) -> None:
    plant, columns, moved = PLANTED[name]
    repetitions, named = 25, 0
    for study in range(repetitions):
        for one in checked(study, 6_000, plant).found:
            if {each.column for each in one.conditions} == columns:
                named += moved in {move.column for move in one.moves}
                break

    assert named / repetitions >= at_least(0.9, repetitions)


def test_rows_that_came_more_often_are_told_by_both_of_their_conditions() -> None:
    repetitions, named = 25, 0
    for study in range(repetitions):
        found = checked(study, 6_000, lambda frame, random: more_of(frame, in_pair(frame), random))
        told = {str(one) + ", " + str(one.moves[0].mark) for one in found.found}
        named += bool(told & {"plan = free, region = north", "region = north, plan = free"})

    assert named / repetitions >= at_least(0.9, repetitions)


def everywhere(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    frame["income"] *= 1.3
    frame["spend"] *= 1.5
    frame["score"] += 0.5
    frame["age"] += 5
    return frame


def test_where_drift_is_everywhere_no_slice_is_said_to_concentrate_it() -> None:
    repetitions = 50
    named = sum(bool(checked(study, 4_000, everywhere).found) for study in range(repetitions))

    assert named / repetitions <= at_most(0.07, repetitions)


def test_two_slices_are_both_found_and_none_is_told_twice() -> None:
    def plant(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        rows = in_pair(frame)
        frame = where(frame, rows, "income", lambda x: x * 2)
        frame = where(frame, rows, "age", lambda x: x + 12)
        return where(frame, frame["device"].isin(["d7"]), "tenure", lambda x: x * 3)

    found = checked(3, 8_000, plant).found

    assert {str(one) for one in found} == {"region = north and plan = free", "device = d7"}
    pair = next(one for one in found if len(one.conditions) == 2)
    assert {move.column for move in pair.moves} == {"income", "age"}
    assert pair.reference_share == pytest.approx(0.1, abs=0.02)
    income = next(move for move in pair.moves if move.column == "income")
    assert income.now == pytest.approx(2 * np.exp(10), rel=0.1)
    assert income.now_elsewhere == pytest.approx(np.exp(10), rel=0.05)


def test_few_rows_are_not_searched() -> None:
    few = customers(np.random.default_rng(1), 300)

    assert find_segments(few, few, KINDS) is None


def test_only_the_first_thirty_columns_are_searched_and_the_rest_is_counted() -> None:
    random = np.random.default_rng(1)
    sides = [
        pd.DataFrame({f"x{place}": random.normal(size=500) for place in range(33)}) for _ in "ab"
    ]

    found = find_segments(*sides, dict.fromkeys(sides[0], "numeric"))

    assert found is not None
    assert (found.column_count, found.left_out_count) == (30, 3)


@pytest.mark.parametrize(
    "values",
    [
        [1.0] * 50,
        [np.nan] * 50,
        [np.inf, -np.inf, 1.0, 2.0, np.nan] * 10,
        [1e300, -1e300, 0.0] * 20,
        [5e-324, 0.0] * 20,
        [0, 1] * 25,
        list(range(50)),
    ],
)
def test_every_row_of_numbers_has_a_cell_that_its_conditions_describe(values: list) -> None:
    column = pd.Series(values, dtype=float)
    cells = cells_of("x", column, column, "numeric")
    if cells is None:
        assert column.nunique(dropna=False) == 1
        return
    for condition, covered in zip(cells.conditions, cells.ranges, strict=True):
        rows = covered.astype(bool)[cells.codes[0]]
        assert (rows == fulfilled(column, condition)).all(), str(condition)


def fulfilled(column: pd.Series, condition: Condition) -> pd.Series:
    if condition.is_missing:
        return column.isna()
    if condition.level is not None:
        return column == float(condition.level)
    low = -np.inf if condition.low is None else condition.low
    high = condition.high
    return (column >= low) & ((column < high) if high is not None else True)


def test_the_slices_survive_json_and_are_shown_in_every_form() -> None:
    random = np.random.default_rng(5)
    first, second = customers(random, 6_000), customers(random, 6_000)
    second = where(second, in_pair(second), "income", lambda x: x * 2)
    segments = find_segments(first, second, KINDS)
    from dataclasses import replace

    report = replace(compare(profile_of(first), profile_of(second)), segments=segments)

    kept = report_from_dict(json.loads(json.dumps(report.to_dict(), allow_nan=False)))

    assert kept == report
    assert report.drifted
    assert "Drift concentrates where region = north and plan = free." in report.verdict
    html = str(report._repr_mimebundle_()["text/html"])
    for form in (report.to_text(), report.to_html(), html):
        for part in ("region = north and plan = free", "median income", "elsewhere", "Searched"):
            assert part in form
    for width in (60, 100):
        assert all(len(line) <= width for line in report.to_text(width).split("\n"))
