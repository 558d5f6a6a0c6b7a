"""Drift checks with models of many kinds: what they tell, keep and refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from nbmlops.errors import InvalidDataError, InvalidOptionError
from nbmlops.workspace import Workspace


def people(n: int, shift: float = 0.0, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng([seed, n])
    age, income = random.normal(40 + shift, 9, n), random.lognormal(10, 0.4, n)
    return pd.DataFrame(
        {
            "age": age,
            "income": income,
            "churned": random.random(n) < 1 / (1 + np.exp(-(age - 40) / 5)),
            "spent": age * 3 + random.normal(0, 1 + np.abs(age - 40), n),
            "plan": np.where(age > 48, "gold", np.where(age > 36, "blue", "free")),
        }
    )


INPUTS = ["age", "income"]


def test_the_harm_is_kept_with_the_report_and_its_numbers_with_the_run(
    workspace: Workspace,
) -> None:
    known = people(800)
    model = LogisticRegression().fit(known[INPUTS], known["churned"])

    report = workspace.drift.check(
        people(700, seed=1), people(600, 9), model=model, target="churned"
    )

    assert report.harm is not None
    assert report.harm.task == "binary"
    assert {one.how for one in report.harm.performance} == {"realised"}
    run = workspace.runs.get(str(report.run_id))
    assert run.metrics["current/auc"] == report.harm.performance[0].current
    assert run.metrics["prediction_effect/age"] == report.harm.effect["age"].effect
    kept = workspace.drift.show(run.id)
    assert kept.harm == report.harm
    assert kept.verdict == report.verdict


def test_a_regression_is_judged_by_its_error(workspace: Workspace) -> None:
    known = people(800)
    model = LinearRegression().fit(known[INPUTS], known["spent"])
    first, second = people(900, seed=1), people(800, 12)

    realised = workspace.drift.check(first, second, model=model, target="spent").harm
    estimated = workspace.drift.check(
        first, second.drop(columns="spent"), model=model, target="spent"
    ).harm

    assert realised is not None
    assert estimated is not None
    assert realised.found
    assert (realised.performance[0].method, estimated.performance[0].method) == ("labels", "dle")
    assert realised.performance[0].metric == "mean_absolute_error"
    assert realised.effect["age"].effect == pytest.approx(36, abs=3)


def test_more_than_two_classes_are_judged_by_accuracy(workspace: Workspace) -> None:
    known = people(800)
    model = LogisticRegression(max_iter=2000).fit(known[["age"]], known["plan"])

    harm = workspace.drift.check(
        people(700, seed=1), people(600, 9), model=model, target="plan"
    ).harm

    assert harm is not None
    assert [one.metric for one in harm.performance] == ["accuracy"]
    assert harm.output == "chance of gold"


def test_a_function_of_an_array_is_a_model(workspace: Workspace) -> None:
    random = np.random.default_rng(1)
    first, second = random.normal(0, 1, (600, 3)), random.normal(0, 1, (600, 3))
    second[:, 1] += 1

    report = workspace.drift.check(first, second, model=lambda x: x @ np.array([1.0, 5.0, 0.0]))

    assert report.harm is not None
    assert not report.harm.performance
    assert report.harm.effect["1"].effect == pytest.approx(5, abs=0.5)
    assert "Most of what drift does to the mean prediction is by 1" in report.verdict


@pytest.mark.parametrize("kind", ["polars", "arrow"])
def test_frames_of_other_kinds_are_asked_about(workspace: Workspace, kind: str) -> None:
    first, second = people(500)[INPUTS], people(500, 9)[INPUTS]
    if kind == "polars":
        polars = pytest.importorskip("polars")
        sides: Any = [polars.from_pandas(first), polars.from_pandas(second)]
    else:
        pa = pytest.importorskip("pyarrow")
        sides = [pa.table(first), pa.table(second)]

    report = workspace.drift.check(*sides, model=lambda frame: np.asarray(frame["age"]))

    assert report.harm is not None
    assert report.harm.effect["age"].effect == pytest.approx(9, abs=2)


def test_a_column_of_labels_as_predictions_has_an_accuracy(workspace: Workspace) -> None:
    first, second = people(600), people(600, seed=2)
    for side in (first, second):
        side["said"] = np.where(side.age > 48, "gold", "blue")

    report = workspace.drift.check(first, second, target="plan", prediction="said")

    assert report.harm is not None
    assert report.harm.performance[0].metric == "accuracy"


def failing(frame: pd.DataFrame) -> Any:
    raise RuntimeError("no weights")


def too_many(frame: pd.DataFrame) -> Any:
    return np.zeros((len(frame), 2))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (failing, "it cannot predict: RuntimeError: no weights"),
        (too_many, "it gives (300, 2) predictions for 300 rows"),
        (object(), "has no predict()"),
        (lambda frame: np.array(["?"] * len(frame)), "neither numbers nor labels of the target"),
    ],
)
def test_a_model_that_cannot_be_asked_is_told(workspace: Workspace, model: Any, said: str) -> None:
    with pytest.raises(InvalidOptionError) as told:
        workspace.drift.check(people(300), people(300, 4), model=model, target="churned")

    assert said in str(told.value)


def test_columns_that_the_model_lacks_are_told(workspace: Workspace) -> None:
    known = people(300)
    model = LinearRegression().fit(known[INPUTS], known["spent"])

    with pytest.raises(InvalidDataError, match="wants the column 'income'"):
        workspace.drift.check(known[["age"]], known[["age"]], model=model)
    with pytest.raises(InvalidDataError, match="wants the column 'income'"):
        workspace.drift.check(known, known[["age"]], model=model)
    with pytest.raises(InvalidDataError, match="keeps no rows"):
        workspace.drift.check(workspace.drift.profile(known), known, model=model)
    with pytest.raises(InvalidOptionError, match="not by 'psi'"):
        workspace.drift.check(known, known, model=model, method="psi")


@pytest.mark.parametrize("rows", [0, 1, 5, 12, 40])
def test_few_rows_give_a_report_all_the_same(workspace: Workspace, rows: int) -> None:
    known = people(400)
    model = LogisticRegression().fit(known[INPUTS], known["churned"])

    for current in (people(400, 5)[:rows], people(400, 5)[:rows][INPUTS]):
        report = workspace.drift.check(known, current, model=model, target="churned")
        assert report.harm is not None
        assert report.to_text()
        assert report.to_html()


def test_missing_labels_scores_and_inputs_are_left_out(workspace: Workspace) -> None:
    random = np.random.default_rng(2)
    first, second = people(600), people(600, seed=3)
    for side in (first, second):
        side["score"] = 1 / (1 + np.exp(-(side.age - 40) / 5))
        side["churned"] = side["churned"].astype(object)
        side.loc[random.random(600) < 0.3, "churned"] = None
        side.loc[random.random(600) < 0.3, "score"] = np.nan

    harm = workspace.drift.check(first, second, target="churned", prediction="score").harm

    assert harm is not None
    assert 250 < harm.performance[0].current_count < 350
    assert not harm.found


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("answer", [np.nan, np.inf, 0.0])
def test_answers_that_are_no_numbers_or_all_the_same_do_no_harm_to_the_report(
    workspace: Workspace, answer: float
) -> None:
    first, second = people(400), people(400, 9)
    second.loc[:5, "income"] = np.inf

    for current in (second, second.drop(columns="spent")):
        report = workspace.drift.check(
            first, current, model=lambda frame: np.full(len(frame), answer), target="spent"
        )
        assert report.harm is not None
        assert all(np.isfinite(one.effect) for one in report.harm.effects)
        assert "nan" not in report.to_text()
        assert workspace.drift.show(str(report.run_id)).harm == report.harm


def test_columns_of_every_kind_are_swapped_in_their_own_type(workspace: Workspace) -> None:
    def kinds(shift: float) -> pd.DataFrame:
        random = np.random.default_rng(int(shift * 10))
        x = random.normal(shift, 1, 500)
        return pd.DataFrame(
            {
                "x": x,
                "letter": pd.Categorical(np.where(x > 0.5, "a", "b")),
                "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.round(x * 9), "D"),
                "whole": pd.array(
                    np.where(random.random(500) < 0.1, None, np.round(x * 10)), dtype="Int64"
                ),
                "flag": pd.array(x > 0.3, dtype="boolean"),
                "text": pd.array(np.where(x > 0, "u", "v"), dtype="string"),
                "small": (x * 20).astype("int8"),
            }
        )

    first, second = kinds(0.0), kinds(0.6)
    seen = []

    def model(frame: pd.DataFrame) -> Any:
        seen.append(frame.dtypes.astype(str).tolist())
        return frame["x"].to_numpy()

    report = workspace.drift.check(first, second, model=model)

    # Of days it is known that they move on by themselves.
    assert set(report.drifted_columns) == {"prediction", *first} - {"day"}
    assert set(map(tuple, seen)) == {tuple(first.dtypes.astype(str))}


def test_a_broken_tie_between_columns_is_told_where_no_column_drifted(
    workspace: Workspace,
) -> None:
    random = np.random.default_rng(1)
    first = pd.DataFrame({"a": random.normal(0, 1, 1500), "c": random.choice(["x", "y"], 1500)})
    first["b"] = first["a"] + random.normal(0, 0.3, 1500)
    second = first.assign(b=random.permutation(first["b"]))

    report = workspace.drift.check(first, second, multivariate=True)

    assert not report.drifted_columns
    assert report.drifted
    assert "All columns together drifted" in report.verdict
    assert report.multivariate is not None
    assert {name for name, _ in report.multivariate.columns} == {"a", "b"}
    for shown in (report.to_text(), report.to_html()):
        assert "a classifier tells the sides apart, by " in " ".join(shown.split())
    kept = workspace.drift.show(str(report.run_id))
    assert kept.multivariate == report.multivariate
    assert workspace.runs.get(str(report.run_id)).metrics["multivariate_p_value"] < 1e-6
    few = workspace.drift.check(first[:30], second[:30], multivariate=True)
    assert any("too few rows" in note for note in few.notes)


class Odd(LogisticRegression):
    """A fitted model whose chances are changed by what a test says."""

    change: Callable[[np.ndarray], np.ndarray]

    def predict_proba(self, X: Any) -> np.ndarray:
        return self.change(super().predict_proba(X))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda chances: chances[:-3], r"shape \(697, 2\) for 700 rows"),
        (lambda chances: chances[:, 1], r"shape \(700,\) for 700 rows"),
        (lambda chances: np.column_stack([chances, chances[:, :1] * 0]), "3 columns for 2 classes"),
        (lambda chances: chances * 4 - 1.5, "are no chances"),
    ],
)
def test_chances_that_are_none_are_refused(
    workspace: Workspace, change: Callable[[np.ndarray], np.ndarray], told: str
) -> None:
    known = people(800)
    model = Odd().fit(known[INPUTS], known["churned"])
    model.change = change

    with pytest.raises(InvalidOptionError, match=told):
        workspace.drift.check(people(700, seed=1), people(600, 9), model=model, target="churned")


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("target", ["spent", "churned"])
def test_a_model_without_a_finite_prediction_is_told_as_such(
    workspace: Workspace, value: float, target: str
) -> None:
    report = workspace.drift.check(
        people(700, seed=1),
        people(600, 9),
        model=lambda frame: np.full(len(frame), value),
        target=target,
    )

    assert "no prediction that is a finite number" in report.verdict
    assert "no labels" not in report.verdict


@pytest.mark.parametrize(
    "options",
    [
        {"level": "a"},
        {"level": None},
        {"level": True},
        {"target": 3},
        {"prediction": ["a"]},
        {"method": 3},
        {"correction": None},
        {"columns": 3},
        {"floors": 3},
        {"floors": {"chi_squared": "a"}},
        {"time": 3},
        {"by": 3},
        {"model": 3},
    ],
)
def test_options_of_a_wrong_type_are_told_by_their_names(
    workspace: Workspace, options: dict[str, Any]
) -> None:
    with pytest.raises(InvalidOptionError, match=next(iter(options))):
        workspace.drift.check(people(60), people(60), **options)
