"""What the drift of one column does to the estimated performance."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from nbmlops.data.profile import profile_of
from nbmlops.data.rows import rows_of
from nbmlops.drift.assess import assessment_of
from nbmlops.drift.compare import Question, compare
from nbmlops.drift.harm import ColumnEffect
from nbmlops.drift.records import DriftReport, report_from_dict
from nbmlops.drift.scores import auc

STUDIES = 25


def chance(frame: pd.DataFrame) -> np.ndarray:
    return 1 / (1 + np.exp(-(1.5 * frame["a"] + 0.5 * frame["b"]).to_numpy()))


class Model:
    """A model that knows the chances, but for a scale."""

    classes_ = (0, 1)

    def predict_proba(self, frame: pd.DataFrame) -> np.ndarray:
        odds = np.log(chance(frame) / (1 - chance(frame))) * 0.7
        yes = 1 / (1 + np.exp(-odds))
        return np.column_stack([1 - yes, yes])

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return (chance(frame) >= 0.5).astype(int)


def people(random: np.random.Generator, n: int, *, spread: float = 1.0) -> pd.DataFrame:
    """Where the spread is small, the model has less to go by."""
    frame = pd.DataFrame({"a": random.normal(0, spread, n), "b": random.normal(0, 1, n),
                          "idle": random.normal(2 * (1 - spread), 1, n)})  # fmt: skip
    frame["y"] = (random.random(n) < chance(frame)).astype(int)
    return frame


def checked(first: pd.DataFrame, second: pd.DataFrame, model: object = None) -> DriftReport:
    report = compare(profile_of(first), profile_of(second))
    return assessment_of(
        rows_of(first, 20_000), rows_of(second, 20_000), model=model or Model(), target="y"
    ).judge(report)


def true_auc(spread: float) -> float:
    frame = people(np.random.default_rng(99), 400_000, spread=spread)
    found = auc(frame["y"].to_numpy(float), chance(frame))
    assert found is not None
    return found.value


def test_the_interval_holds_the_true_effect_on_the_auc_and_names_the_cause() -> None:
    true = true_auc(0.5) - true_auc(1.0)
    assert true < -0.05
    inside = idle = first_named = 0
    for study in range(STUDIES):
        random = np.random.default_rng([3, study])
        report = checked(people(random, 1500), people(random, 1200, spread=0.5).drop(columns="y"))
        assert report.harm is not None
        told = {one.column: one for one in report.harm.effects}
        low, high = interval(told["a"])
        inside += low <= true <= high
        low, high = interval(told["idle"])
        idle += low <= 0 <= high
        # It moved most, and does nothing: the report is ranked by what harms.
        moved = [one.name for one in report.columns if one.state == "drifted"]
        first_named += moved[0] == "a" and report.harm.effects[0].column == "a"
    least = 0.93 - 3.1 * math.sqrt(0.93 * 0.07 / STUDIES)
    assert inside / STUDIES >= least
    assert idle / STUDIES >= least
    assert first_named == STUDIES


def interval(one: ColumnEffect) -> tuple[float, float]:
    assert one.performance_low is not None
    assert one.performance_high is not None
    return one.performance_low, one.performance_high


def test_the_error_of_numbers_has_effects_too() -> None:
    random = np.random.default_rng(5)

    def side(n: int, shift: float) -> pd.DataFrame:
        frame = pd.DataFrame({"a": random.normal(shift, 1, n), "b": random.normal(shift, 1, n)})
        frame["y"] = frame["a"] + random.normal(0, 0.3 + np.abs(frame["a"]), n)
        return frame

    first, second = side(3000, 0.0), side(3000, 1.2)

    report = checked(first, second.drop(columns="y"), lambda frame: frame["a"].to_numpy())

    assert report.harm is not None
    one = report.harm.effects[0]
    true = np.abs(second["a"] - second["y"]).mean() - np.abs(first["a"] - first["y"]).mean()
    assert (one.column, one.metric) == ("a", "mean_absolute_error")
    assert one.performance_effect == pytest.approx(true, rel=0.35)
    assert interval(one)[0] > 0
    low, high = interval(report.harm.effect["b"])
    assert low <= 0 <= high


def test_without_labels_in_the_reference_the_mean_alone_is_told() -> None:
    random = np.random.default_rng(6)
    first, second = people(random, 900), people(random, 800, spread=0.5)
    first["y"] = np.nan

    report = checked(first, second.drop(columns="y"))

    assert report.harm is not None
    assert {one.performance_effect for one in report.harm.effects} == {None}


def test_every_form_tells_the_effect() -> None:
    random = np.random.default_rng(7)
    report = checked(people(random, 1500), people(random, 1200, spread=0.4).drop(columns="y"))

    for form in (report.to_html(), str(report._repr_mimebundle_()["text/html"])):
        assert "changes the AUC by" in form
    assert "performance" in report.to_text()


def test_where_the_model_cannot_be_asked_drift_times_importance_ranks() -> None:
    random = np.random.default_rng(8)
    first, second = people(random, 1500), people(random, 1200, spread=0.6)
    for side in (first, second):
        side["score"] = Model().predict_proba(side)[:, 1]

    report = assessment_of(
        rows_of(first, 20_000), rows_of(second, 20_000), target="y", prediction="score"
    ).judge(
        compare(profile_of(first), profile_of(second), Question(target="y", prediction="score"))
    )

    assert report.harm is not None
    assert [one.column for one in report.harm.importances] == ["a", "idle"]
    main, idle = report.harm.importances
    assert main.importance > 0.5
    assert idle.importance < 0.05
    assert idle.drift > main.drift  # it moved most, and does nothing
    moved = [one.name for one in report.columns if one.state == "drifted" and one.role == "feature"]
    assert moved == ["a", "idle"]
    assert report_from_dict(report.to_dict()) == report
    assert "drift × importance" in report.to_html()
    assert "× importance" in report.to_text(140)
