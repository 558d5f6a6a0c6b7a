"""Attempts at one task that differ in one thing each, recorded in a real workspace."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import orjson

from nbmlops.events import encode_value
from nbmlops.store.journal import new_ulid
from nbmlops.workspace import Workspace

SOURCE = """%%track churn --name attempt
from sklearn.ensemble import HistGradientBoostingClassifier

max_depth = 4
model = HistGradientBoostingClassifier(max_depth=max_depth, random_state=0).fit(X, y)
auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
"""
COLUMNS = {"age": "a1", "hours": "b1", "income": "c1", "schooling": "d1"}
ENVIRONMENT = {
    "python": "3.11.9",
    "platform": "Linux-6.8-x86_64",
    "packages": {"numpy": "2.1.3", "scikit-learn": "1.5.2", "pandas": "2.2.3"},
    "variables": {"OMP_NUM_THREADS": "1"},
}
GIT = {"commit": "4f2c9a7e", "branch": "main", "remote": None, "dirty": False, "diff": ""}


def dataset(**changed: Any) -> dict[str, Any]:
    """The data of a `dataset` record: 12,000 rows of census data."""
    columns = changed.pop("columns", COLUMNS)
    dtypes = changed.pop("dtypes", {})
    missing = changed.pop("missing", {})
    listed = [[name, dtypes.get(name, "int64"), mark * 32, missing.get(name, 0)]
              for name, mark in columns.items()]  # fmt: skip
    values: dict[str, Any] = {
        "name": "X_train",
        "role": "train",
        "kind": "pandas.DataFrame",
        "digest": "".join(mark for mark in columns.values()).ljust(64, "0"),
        "row_count": 12_000,
        "columns": listed,
        "shape": [12_000, len(listed)],
        "partial": False,
    }
    return values | changed


def fitted(**changed: Any) -> dict[str, Any]:
    """The data of a `model` record."""
    values: dict[str, Any] = {
        "name": "model",
        "class_name": "sklearn.ensemble.HistGradientBoostingClassifier",
        "params": {"max_depth": 4, "learning_rate": 0.1, "random_state": 0},
        "changed": ["max_depth"],
        "feature_names": list(COLUMNS),
        "train_dataset": "X_train",
    }
    return values | changed


def attempt(
    workspace: Workspace,
    name: str = "baseline",
    *,
    experiment: str = "churn",
    params: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
    curves: dict[str, list[float]] | None = None,
    source: str | None = SOURCE,
    datasets: list[dict[str, Any]] | None = None,
    models: list[dict[str, Any]] | None = None,
    environment: dict[str, Any] | None = ENVIRONMENT,
    git: dict[str, Any] | None = GIT,
    warnings: dict[str, str] | None = None,
    observed: dict[str, Any] | None = None,
    status: str | None = "succeeded",
) -> str:
    """The id of a recorded run; without arguments it is the baseline that others differ from."""
    run = new_ulid()

    def say(kind: str, data: dict[str, Any], step: int | None = None) -> None:
        workspace.store.writer.append(kind, data, run=run, step=step)

    began = {"name": name, "experiment": experiment, "kind": "cell", "started_at": time.time_ns()}
    say("run_started", began)
    if source is not None:
        say("cell", {"source": source, "digest": hashlib.sha256(source.encode()).hexdigest()})
    params = {"max_depth": 4, "rounds": 100} if params is None else params
    say("params", {"values": encode_value(params), "source": "explicit"})
    for metric, values in (curves or {}).items():
        for step, value in enumerate(values):
            say("metric", {metric: encode_value(value)}, step)
    numbers = {"auc": 0.875} if metrics is None else metrics
    say("metric", {metric: encode_value(value) for metric, value in numbers.items()})
    for data in [dataset()] if datasets is None else datasets:
        say("dataset", data)
    for data in models or []:
        say("model", data)
    if git is not None:
        say("git", git)
    if environment is not None:
        digest = hashlib.sha256(orjson.dumps(environment)).hexdigest()
        say("environment", {"digest": digest, "body": environment})
    if observed is not None:
        say("observed", {"bound": [], **observed})
    for code, message in (warnings or {}).items():
        say("warning", {"code": code, "message": message})
    if status is not None:
        say("run_ended", {"status": status, "duration_seconds": 1.5})
    return run
