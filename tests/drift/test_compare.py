"""The decisions: kinds, tests, corrections, floors, states, and what could have been found."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from known_pairs import DRIFTED, frame, make
from scipy import stats

from nbmlops.data.profile import profile_of
from nbmlops.drift.compare import FLOORS, Question, compare
from nbmlops.drift.corrections import CORRECTIONS, adjusted
from nbmlops.drift.records import ColumnDrift, DriftReport

random = np.random.default_rng(2)


def check(first: Any, second: Any, **options: Any) -> DriftReport:
    return compare(profile_of(first), profile_of(second), Question(**options))


def normal(n: int, shift: float = 0.0, spread: float = 1.0) -> pd.DataFrame:
    return pd.DataFrame({"x": random.normal(shift, spread, n)})


@pytest.mark.parametrize("rows", [10_000, 100_000])
def test_the_known_pair_is_told_apart_without_a_mistake(rows: int) -> None:
    """Thirteen columns drift in ways that other tools miss: heavy tails, new labels, missing values."""
    report = check(frame(make(rows, 1, drift=False)), frame(make(rows, 2, drift=True)))

    assert set(report.drifted_columns) == set(DRIFTED)
    assert report["n16"].leading is not None
    assert report["n16"].leading.measure == "missing_rate"
    assert report["c05"].results[1].reason == "new: 'c05_v20'"
    assert report["ts"].state == "untested"


def test_a_spread_that_drifts_is_found_though_the_middle_stays() -> None:
    report = check(normal(5000), normal(5000, spread=1.3))

    assert report.drifted
    assert report["x"].measures["mann_whitney"] == pytest.approx(0.5, abs=0.02)


def test_what_is_certain_and_small_is_tiny() -> None:
    report = check(normal(400_000), normal(400_000, shift=0.02))

    assert report["x"].state == "tiny"
    assert not report.drifted
    assert "too little to matter" in report.verdict


def test_floors_can_be_set_for_each_measure() -> None:
    first, second = normal(400_000), normal(400_000, shift=0.02)

    strict = check(first, second, floors={"cramer_von_mises": 0.001})

    assert strict["x"].state == "drifted"
    assert strict.floors == {**FLOORS, "cramer_von_mises": 0.001}


def test_no_drift_says_what_would_have_been_found_and_it_is_true() -> None:
    """A shift of that size is found in about four of five cases."""
    report = check(normal(400), normal(300))
    (result,) = report["x"].results
    assert result.detectable is not None

    found = sum(
        check(normal(400), normal(300, shift=result.detectable))["x"].results[0].p_adjusted <= 0.05
        for _ in range(200)
    )

    assert 0.70 <= found / 200 <= 0.90
    assert f"{result.detectable:.2f} sd would have been found" in report.verdict


def test_what_labels_and_missing_values_would_have_shown_is_true_too() -> None:
    def table(n: int, p: float, missing: float) -> pd.DataFrame:
        labels = np.where(random.random(n) < p, "a", "b").astype(object)
        labels[random.random(n) < missing] = None
        return pd.DataFrame({"x": labels})

    report = check(table(4000, 0.5, 0.2), table(4000, 0.5, 0.2))
    sizes = {one.measure: one.detectable for one in report["x"].results}
    assert sizes["chi_squared"] is not None
    assert sizes["missing_rate"] is not None

    level = 0.05 / len(report["x"].results)
    found = {"chi_squared": 0, "missing_rate": 0}
    for _ in range(150):
        shifted = table(4000, 0.5 + sizes["chi_squared"], 0.2 + sizes["missing_rate"])
        for one in check(table(4000, 0.5, 0.2), shifted)["x"].results:
            if one.measure in found:
                found[one.measure] += (one.p_value or 0.0) <= level

    assert all(0.65 <= count / 150 <= 0.92 for count in found.values()), found


@pytest.mark.parametrize("correction", list(CORRECTIONS))
def test_corrections_are_those_of_their_authors(correction: str) -> None:
    p_values = np.sort(random.random(40) ** 3)
    expected = {
        "bh": stats.false_discovery_control(p_values, method="bh"),
        "by": stats.false_discovery_control(p_values, method="by"),
        "bonferroni": np.minimum(p_values * 40, 1),
        "none": p_values,
        "holm": np.minimum(np.maximum.accumulate(p_values * (40 - np.arange(40))), 1),
    }[correction]

    assert adjusted(p_values.tolist(), correction) == pytest.approx(expected.tolist(), rel=1e-12)


def test_corrections_hold_whatever_the_order() -> None:
    p_values = [0.2, 0.001, 0.04, 0.04]

    assert adjusted(p_values) == pytest.approx([0.2, 0.004, 0.04 * 4 / 3, 0.04 * 4 / 3])
    assert adjusted([]) == []


def test_the_correction_is_over_all_tests_of_the_report() -> None:
    wide = pd.DataFrame({f"c{n}": random.normal(size=500) for n in range(50)})
    other = pd.DataFrame({f"c{n}": random.normal(size=500) for n in range(50)})

    report = check(wide, other)

    p_values = [one.p_value for one in report.results]
    assert len(p_values) == 50
    expected = stats.false_discovery_control(p_values).tolist()
    assert [one.p_adjusted for one in report.results] == pytest.approx(expected)


def test_columns_are_taken_as_what_they_are_said_to_be() -> None:
    first = pd.DataFrame(
        {"zip": random.integers(10_000, 10_060, 12_000), "n": random.random(12_000)}
    )
    second = first.assign(zip=np.where(first.zip == 10_007, 10_008, first.zip))

    judged = check(first, second)
    said = check(first, second, columns={"zip": "categorical"})

    assert judged["zip"].kind == "numeric"
    assert judged["zip"].state == "none"  # its distribution function hardly moves
    assert [one.name for one in said.columns] == ["zip"]
    assert (said["zip"].kind, said["zip"].state) == ("categorical", "drifted")


def test_scores_and_labels_stand_first() -> None:
    first = normal(500).assign(score=random.random(500), churned=random.random(500) < 0.3)

    report = check(first, first.assign(x=first.x + 1), target="churned", prediction="score")

    assert [one.name for one in report.columns] == ["score", "churned", "x"]
    assert [one.role for one in report.columns] == ["prediction", "target", "feature"]


def test_a_column_that_became_constant_is_said() -> None:
    report = check(normal(300), pd.DataFrame({"x": [0.5] * 300}))

    assert report["x"].state == "drifted"
    assert report["x"].notes == ("is 0.5 in every row now",)


def test_labels_that_vanished_are_said() -> None:
    report = check(pd.DataFrame({"x": ["a", "b", "c"] * 99}), pd.DataFrame({"x": ["a", "b"] * 99}))

    assert report["x"].state == "drifted"
    assert report["x"].notes == ("vanished: 'c'",)


def test_heavy_values_are_told_as_such() -> None:
    def zeros(share: float) -> pd.DataFrame:
        drawn = random.exponential(1, 4000)
        return pd.DataFrame({"x": np.where(random.random(4000) < share, 0.0, drawn)})

    report = check(zeros(0.8), zeros(0.6))

    assert re.search(r"0 in \d\d % → \d\d % of the rows", report.to_text())
    side = report["x"].reference
    assert side is not None
    assert side.heaviest == 0.0


def test_a_small_batch_beside_a_large_reference_loses_nothing() -> None:
    first = pd.DataFrame({"x": random.choice(["a", "b"], 200_000)})
    second = pd.DataFrame({"x": random.choice(["a", "b"], 1_000, p=[0.6, 0.4])})

    assert check(first, second)["x"].state == "drifted"


def test_results_have_the_columns_of_the_contract() -> None:
    report = check(normal(300), normal(300, shift=1))

    contract = "column kind measure statistic p_value p_adjusted effect state reason".split()
    assert list(report.to_pandas())[: len(contract)] == contract
    (result,) = report.results
    assert (result.column, result.kind, result.state) == ("x", "numeric", "drifted")


def leading(column: ColumnDrift) -> str:
    return column.leading.measure if column.leading is not None else ""


def test_the_worst_test_speaks_for_a_column() -> None:
    first = normal(2000)
    second = normal(2000)
    second.loc[:400, "x"] = np.nan

    column = check(first, second)["x"]

    assert leading(column) == "missing_rate"
    assert {one.measure: one.state for one in column.results} == {
        "cramer_von_mises": "none",
        "missing_rate": "drifted",
    }
