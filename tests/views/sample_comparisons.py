"""Realistic comparisons to look at and to test with."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

from sample_runs import ENVIRONMENT, GIT, SOURCE, START, TRAINING, curve, run

from nbmlops.comparison import Comparison, compare
from nbmlops.records import (
    Cell,
    Column,
    Course,
    Dataset,
    Failure,
    FittedModel,
    Metric,
    Run,
    RunWarning,
    Status,
)

COLUMNS = ("age", "hours", "schooling", "marital_status", "occupation", "sex", "race", "income")
MODEL = FittedModel(
    "model",
    "sklearn.ensemble.HistGradientBoostingClassifier",
    {"learning_rate": 0.1, "max_depth": 6, "max_iter": 200, "random_state": 7},
    ("max_depth",),
    COLUMNS,
    "X_train",
    1.9,
)
PARAMS = {
    "learning_rate": 0.1,
    "max_depth": 6,
    "max_iter": 200,
    "random_state": 7,
    "features": {"encode": "ordinal", "clip": [0, 99]},
    "early_stopping": True,
    "validation_fraction": 0.1,
}
BETTER_SOURCE = SOURCE.replace(
    "learning_rate = 0.05\nmax_depth = 8", "learning_rate = 0.1\nmax_depth = 6"
)


def data(name: str, role: str, rows: int = 9_000, **changed: str) -> Dataset:
    """Census data; `changed` gives a column another content."""
    columns = tuple(
        Column(one, "int64", (changed.get(one) or one).ljust(32, "0"), 0) for one in COLUMNS
    )
    digest = "".join(column.digest for column in columns) + str(rows)
    return Dataset(name, role, "pandas.DataFrame", digest, rows, columns, (rows, len(columns)))


DATA = {"X_train": data("X_train", "train"), "X_test": data("X_test", "test", 3_000)}


def attempt(index: int, name: str, **changed: object) -> Run:
    """The baseline of the others, with what is given changed."""
    values: dict[str, object] = {
        "id": f"01JPA7Q1ZZK4X6R9T1V3Z5{index:04d}",
        "name": name,
        "started_at": START + timedelta(minutes=7 * index),
        "params": PARAMS,
        "metrics": {"auc": 0.878912, "accuracy": 0.8431, "log_loss": 0.3315, "n_leaves": 31},
        "datasets": DATA,
        "models": {"model": MODEL},
        "cell": Cell(BETTER_SOURCE, "ef" * 32, "8a1f-77", "churn/01_train.ipynb", "01.ipynb", 11),
        "git": replace(GIT, dirty=False, diff=""),
    }
    return run(**{**values, **changed})


BASELINE = attempt(0, "baseline")
DEEPER = attempt(
    1,
    "deeper-trees",
    params={**PARAMS, "max_depth": 8, "learning_rate": 0.05},
    metrics={"auc": 0.891234, "accuracy": 0.8423, "log_loss": 0.30911, "n_leaves": 62},
    models={
        "model": replace(MODEL, params={**MODEL.params, "max_depth": 8, "learning_rate": 0.05})
    },
    cell=replace(BASELINE.cell, source=SOURCE),
    duration_seconds=3.9,
)
NO_AGE = attempt(
    2,
    "age-in-decades",
    metrics={"auc": 0.872, "accuracy": 0.8398, "log_loss": 0.3391, "n_leaves": 31},
    datasets={
        "X_train": data("X_train", "train", age="decades"),
        "X_test": data("X_test", "test", 3_000, age="decades"),
    },
    cell=replace(
        BASELINE.cell, source=BETTER_SOURCE.replace("model =", "X_train['age'] //= 10\nmodel =")
    ),
    environment=replace(
        ENVIRONMENT,
        digest="77" * 32,
        packages={**ENVIRONMENT.packages, "scikit-learn": "1.6.1", "seaborn": "0.13.2"},
    ),
    git=GIT,
)
FAILED = attempt(
    3,
    "one-hot",
    status=Status.FAILED,
    metrics={},
    params={**PARAMS, "features": {"encode": "one-hot", "clip": [0, 99]}},
    datasets={},
    models={},
    error=Failure("ValueError", "could not convert string to float: 'Self-emp-not-inc'"),
    duration_seconds=0.42,
)
AGAIN = attempt(4, "again", warnings=(RunWarning("unseeded", "numpy drew numbers without a seed."),),
                metrics={**BASELINE.metrics, "auc": 0.8801})  # fmt: skip


def training(index: int, name: str, rate: float) -> tuple[Run, dict[str, list[Metric]]]:
    """A long training; its curves fall at this rate."""
    steps = 240
    series = {
        "val/loss": curve(
            [
                2.1 * math.exp(-step * rate)
                + 0.31
                + 0.0011 * step * rate * 20
                + 0.04 * math.sin(step * (1 + rate)) * math.exp(-step / 90)
                for step in range(steps)
            ]
        ),
        "val/accuracy": curve(
            [
                0.93 - 0.6 * math.exp(-step * rate) + 0.01 * math.sin(step * 2.1 + index)
                for step in range(steps)
            ]
        ),
        "train/loss": curve(
            [2.2 * math.exp(-step * rate * 1.1) + 0.1 + (1.2 if step == 100 + 20 * index else 0)
             for step in range(steps)]
        ),
    }  # fmt: skip
    values = {key: points[-1].value for key, points in series.items()}
    made = replace(
        TRAINING,
        id=f"01JPA7Q2M8K4X6R9T1V3Z6{index:04d}",
        name=name,
        params={
            **TRAINING.params,
            "lr": round(rate * 4, 3),
            "schedule": ["cosine", "step"][index % 2],
        },
        metrics={**values, "epoch_seconds": 22.6 + index},
        started_at=START + timedelta(hours=index),
        cell=None,
        warnings=(),
    )
    return made, series


def trainings(count: int) -> Comparison:
    """So many trainings beside each other."""
    made = [training(index, f"resnet18-{index}", 0.012 + 0.003 * index) for index in range(count)]
    runs = [each for each, _ in made]
    return compare(runs, {each.id: courses(series) for each, series in made})


def courses(series: dict[str, list[Metric]]) -> dict[str, Course]:
    """The points of each metric as they are drawn."""
    return {
        name: Course(tuple((point.step or 0, float(point.value)) for point in points), len(points))
        for name, points in series.items()
    }


COMPARISONS: dict[str, Comparison] = {
    "two": compare([BASELINE, DEEPER]),
    "three": compare([BASELINE, DEEPER, NO_AGE]),
    "statuses": compare(
        [
            BASELINE,
            FAILED,
            attempt(5, "sweep-7", status=Status.RUNNING, metrics={}),
            attempt(6, "join", status=Status.LOST, metrics={}, experiment="rows"),
        ]
    ),
    "identical": compare([BASELINE, attempt(7, "once-more")]),
    "unseeded": compare([BASELINE, AGAIN]),
    "curves": trainings(3),
    "nine": trainings(9),
    "fifty": trainings(50),
    "bare": compare(
        [
            replace(
                one,
                environment=None,
                git=None,
                cell=None,
                params={},
                metrics={},
                datasets={},
                models={},
            )
            for one in (BASELINE, DEEPER)
        ]
    ),
}
