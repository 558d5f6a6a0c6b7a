"""Realistic runs to look at and to test with."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from nbmlops.records import (
    Artifact,
    Best,
    Cell,
    Environment,
    Failure,
    Git,
    History,
    Metric,
    Output,
    Resources,
    Run,
    RunWarning,
    Status,
)

START = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
SOURCE = """from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

learning_rate = 0.05
max_depth = 8
model = HistGradientBoostingClassifier(learning_rate=learning_rate, max_depth=max_depth)
model.fit(X_train, y_train)
probability = model.predict_proba(X_test)[:, 1]
auc = roc_auc_score(y_test, probability)
accuracy = accuracy_score(y_test, probability > 0.5)
"""
ENVIRONMENT = Environment(
    digest="9c" * 32,
    python="3.11.9",
    platform="Linux-6.8-x86_64",
    packages={
        "numpy": "2.1.3",
        "pandas": "2.2.3",
        "scikit-learn": "1.5.2",
        "scipy": "1.14.1",
        "matplotlib": "3.9.2",
        "joblib": "1.4.2",
        "pyarrow": "17.0.0",
    },
)
GIT = Git(
    commit="4f2c9a7e1b3d5f60718293a4b5c6d7e8f9012345",
    branch="main",
    remote="https://github.com/acme/churn",
    dirty=True,
    diff="--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-depth = 6\n+depth = 8\n",
)


def run(**changed: object) -> Run:
    """A usual successful run, with what is given changed."""
    values: dict[str, object] = {
        "id": "01JPA7Q2M8K4X6R9T1V3Z5B7D9",
        "name": "deeper-trees",
        "experiment": "churn",
        "status": Status.SUCCEEDED,
        "kind": "cell",
        "started_at": START,
        "ended_at": START + timedelta(seconds=2.31),
        "duration_seconds": 2.314,
        "params": {"learning_rate": 0.05, "max_depth": 8, "max_iter": 200, "random_state": 7},
        "param_sources": dict.fromkeys(("learning_rate", "max_depth"), "literal"),
        "metrics": {"auc": 0.891234, "accuracy": 0.8423, "log_loss": 0.30911},
        "tags": {"team": "risk", "stage": "exploration"},
        "artifacts": {
            "roc.png": Artifact("roc.png", "ab" * 32, 18_231, "image/png", "figure"),
        },
        "cell": Cell(SOURCE, "cd" * 32, "8a1f-77", "churn/01_train.ipynb", "01_train.ipynb", 12),
        "environment": ENVIRONMENT,
        "git": GIT,
        "resources": Resources(2.314, 7.92, 412_000_000),
        "user": "ada",
        "host": "lovelace",
    }
    values.update(changed)
    return Run(**values)  # type: ignore[arg-type]


PREVIOUS = run(
    id="01JPA7Q1ZZK4X6R9T1V3Z5A1C3",
    name="baseline",
    params={"learning_rate": 0.1, "max_depth": 6, "max_iter": 200, "random_state": 7},
    metrics={"auc": 0.878912, "accuracy": 0.8431, "log_loss": 0.3315},
)
HISTORY = History(
    previous=PREVIOUS,
    best={
        "auc": Best(0.878912, PREVIOUS.id, "baseline"),
        "accuracy": Best(0.8467, "01JPA7Q1ZZK4X6R9T1V3Z5A1C4", "wide-forest"),
        "log_loss": Best(0.3315, PREVIOUS.id, "baseline"),
    },
    count=12,
)


def curve(values: list[float]) -> list[Metric]:
    """A series with steps."""
    return [
        Metric(step, value, START + timedelta(seconds=step)) for step, value in enumerate(values)
    ]


SERIES = {
    "train/loss": curve(
        [
            2.3 * math.exp(-step / 40) + 0.18 + 0.05 * math.sin(step * 1.7) * math.exp(-step / 80)
            for step in range(200)
        ]
    ),
    "val/loss": curve(
        [
            2.1 * math.exp(-step / 35)
            + 0.31
            + 0.0009 * step
            + 0.03 * math.sin(step) * math.exp(-step / 90)
            for step in range(200)
        ]
    ),
    "val/accuracy": curve(
        [0.93 - 0.62 * math.exp(-step / 30) + 0.01 * math.sin(step * 2.1) for step in range(200)]
    ),
}
TRAINING = run(
    name="resnet18-cosine",
    experiment="cifar10",
    duration_seconds=4521.0,
    params={
        "lr": 0.1,
        "epochs": 200,
        "batch_size": 128,
        "schedule": "cosine",
        "weight_decay": 5e-4,
        "amp": True,
    },
    metrics={name: points[-1].value for name, points in SERIES.items()}
    | {"n_params": 11_173_962, "epoch_seconds": 22.6},
    resources=Resources(4521, 16_000, 6_912_000_000),
    warnings=(RunWarning("series", "val/loss rises since step 121: the run may be overfitting."),),
)
TRAINING_HISTORY = History(
    previous=run(
        name="resnet18-step",
        params={
            "lr": 0.05,
            "epochs": 150,
            "batch_size": 128,
            "schedule": "step",
            "weight_decay": 5e-4,
            "gamma": 0.1,
        },
        metrics={
            "train/loss": 0.21,
            "val/loss": 0.4742,
            "val/accuracy": 0.9184,
            "n_params": 11_173_962,
        },
    ),
    best={
        "val/loss": Best(0.4498, "x", "resnet34"),
        "val/accuracy": Best(0.9311, "x", "resnet34"),
        "train/loss": Best(0.2, "x", "resnet34"),
    },
    count=31,
)

EXAMPLES: dict[str, tuple[Run, History | None, dict[str, list[Metric]] | None]] = {
    "success": (run(), HISTORY, None),
    "first": (run(name="baseline"), None, None),
    "training": (TRAINING, TRAINING_HISTORY, SERIES),
    "failed": (
        run(
            name="one-hot",
            status=Status.FAILED,
            metrics={},
            params={"learning_rate": 0.05, "max_depth": 8, "encoder": "one-hot"},
            duration_seconds=0.418,
            error=Failure(
                "ValueError",
                "could not convert string to float: 'Self-emp-not-inc'\nmore",
                "Traceback (most recent call last):\n  Cell In[12], line 7\n    model.fit(X_train, y_train)\nValueError: could not convert string to float: 'Self-emp-not-inc'",
            ),
        ),
        HISTORY,
        None,
    ),
    "lost": (
        run(
            name="big-join",
            status=Status.LOST,
            metrics={"rows": 48_211_904},
            params={"how": "outer"},
            duration_seconds=None,
            ended_at=None,
            resources=None,
            reason="The kernel died without a word, last heard of at 09:41:07; probably it ran out of memory.",
        ),
        None,
        None,
    ),
    "cancelled": (
        run(
            name="grid-3",
            status=Status.CANCELLED,
            metrics={"auc": 0.8651},
            reason="Interrupted by the keyboard.",
            duration_seconds=93.2,
        ),
        HISTORY,
        None,
    ),
    "wide": (
        run(
            name="many-parameters",
            params={f"parameter_{index:02d}": index * 0.125 for index in range(60)},
            metrics={f"metric_{index}": 10.0**-index for index in range(12)},
        ),
        History(
            previous=run(
                name="fewer", params={f"parameter_{index:02d}": index * 0.5 for index in range(20)}
            )
        ),
        None,
    ),
    "long": (
        run(
            name="a-very-long-name-that-somebody-generated-from-all-of-the-parameters-of-the-run-and-then-some-more",
            experiment="an experiment whose name is a whole sentence, because why not",
            params={
                "prompt": "Summarize the following document in three sentences, and do not repeat yourself. "
                * 3
            },
            metrics={
                "the_mean_average_precision_at_all_thresholds_auc": 0.5123,
                "ρ": -0.25,
                "précision": 0.75,
            },
        ),
        HISTORY,
        None,
    ),
    "empty": (
        run(
            name="cell-3",
            experiment="scratch",
            params={},
            metrics={},
            tags={},
            artifacts={},
            git=None,
            duration_seconds=0.0021,
        ),
        None,
        None,
    ),
    "running": (
        run(
            name="sweep-7",
            status=Status.RUNNING,
            metrics={"auc": 0.71},
            ended_at=None,
            duration_seconds=None,
            resources=None,
        ),
        HISTORY,
        None,
    ),
    "printed": (
        run(
            outputs={"stdout": Output("epoch 1\nepoch 2\n", "epoch 99\n", 4096)},
            note="Try again with class weights.",
        ),
        HISTORY,
        None,
    ),
}
