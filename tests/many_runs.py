"""A workspace of a hundred thousand runs in seconds: a thousand are recorded, the rest copied.

The thousand go through the journal like all others; then their rows are repeated in the tables,
each time with ids, names, times and metrics of their own.
"""

from __future__ import annotations

import hashlib
from typing import Any

from nbmlops.workspace import Workspace

__all__ = ["BASE", "STARTED_AT", "record_many"]

BASE = 1000  # runs that are recorded
CHILDREN = 100  # a sweep and the runs below it
STARTED_AT = 1_760_000_000_000_000_000
APART_NS = 60_000_000_000
SOLVERS = ("lbfgs", "saga", "newton")
SOURCE = "model = LogisticRegression(C=rate, max_iter=trees).fit(X_train, y_train)\n"
SHIFTED = {  # what differs between copies, by its column; {k} is the copy, {base} the thousand
    "runs.id": "id + {k} * {base}",
    "runs.run": "substr(run, 1, 19) || printf('%07d', CAST(substr(run, 20) AS INTEGER) + {k} * {base})",
    "runs.parent": "substr(parent, 1, 19) || "
    "printf('%07d', CAST(substr(parent, 20) AS INTEGER) + {k} * {base})",
    "runs.name": "substr(name, 1, 4) || printf('%06d', CAST(substr(name, 5) AS INTEGER) + {k} * {base})",
    "runs.started_at": "started_at + {k} * {base} * {apart}",
    "runs.ended_at": "ended_at + {k} * {base} * {apart}",
    "metrics.run_id": "run_id + {k} * {base}",
    # The golden ratio spreads them evenly, whatever the values of the thousand are.
    "metrics.value": "value + {k} * 0.6180339887 - CAST(value + {k} * 0.6180339887 AS INTEGER)",
    "params.run_id": "run_id + {k} * {base}",
    "tags.run_id": "run_id + {k} * {base}",
    "details.run_id": "run_id + {k} * {base}",
}


def record_many(workspace: Workspace, count: int, *, whole: bool = False) -> None:
    """So many runs (a multiple of a thousand) in an empty workspace of a folder.

    With `whole` they have what a tracked cell leaves besides its values: code, environment, costs.
    """
    _record(workspace, whole=whole)
    workspace.runs.flush()
    with workspace.store.database.write() as session:
        for table in ("runs", "metrics", "params", "tags", "details"):
            columns = [row[1] for row in session.rows(f"PRAGMA table_info({table})")]
            copied = [
                SHIFTED.get(f"{table}.{name}", name).format(k="k", base=BASE, apart=APART_NS)
                for name in columns
            ]
            session.run(
                "WITH RECURSIVE copies(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM copies "
                f"WHERE k < {count // BASE - 1}) INSERT INTO {table} ({', '.join(columns)}) "
                f"SELECT {', '.join(copied)} FROM copies CROSS JOIN {table} WHERE {count} > {BASE}"
            )
    workspace.store.database.analyze()


def _record(workspace: Workspace, *, whole: bool) -> None:
    writer = workspace.store.writer
    digest = hashlib.sha256(SOURCE.encode()).hexdigest()
    for number in range(BASE):
        run, at = _id(number), STARTED_AT + number * APART_NS
        head = number % CHILDREN == 0
        started = {
            "name": f"run-{number:06}",
            "experiment": f"sweep {number // CHILDREN}",
            "kind": "block",
            "parent": None if head else _id(number - number % CHILDREN),
            "started_at": at,
            "user": "ada",
            "host": "lab",
        }
        values = {
            "depth": 2 * (1 + number % 4),
            "rate": (0.01, 0.1, 0.3)[number % 3],
            "trees": 10 + number * 37 % 990,
            "solver": SOLVERS[number % 3],
            "seed": number,
        }
        metrics = {
            "auc": number * 0.7548776662 % 1,
            "loss": number * 0.5698402910 % 1,
            "accuracy": number * 0.8191725134 % 1,
        }
        cell = {
            "source": SOURCE * 4,
            "digest": digest,
            "cell_id": f"cell-{number % 20}",
            "notebook_path": f"notebooks/train-{number % 50}.ipynb",
            "notebook_name": f"train-{number % 50}.ipynb",
            "execution_count": number,
        }
        records: list[tuple[str, dict[str, Any]]] = [
            ("run_started", started),
            ("cell", cell),
            ("params", {"values": values, "source": "explicit"}),
            ("metric", metrics),
            ("tags", {"set": {"team": ("risk", "churn")[number % 2]}}),
        ]
        if whole:
            records += _surroundings(number)
        records.append(("run_ended", {"status": "succeeded", "duration_seconds": number % 90 + 1}))
        for kind, told in records:
            writer.append(kind, told, run=run)


def _id(number: int) -> str:
    return f"01K7AAAAAAAAAAAAAAA{number:07}"


def _surroundings(number: int) -> list[tuple[str, dict[str, Any]]]:
    names = {f"feature_{place}": place for place in range(12)}
    body = {"python": "3.11.7", "platform": "linux", "packages": {"numpy": "2.4.6"}}
    columns = [[name, "float64", f"{number:032x}", 0] for name in names]
    course = {"at_seconds": list(range(40)), "cpu_percent": [50.0] * 40}
    return [
        ("environment", {"digest": hashlib.sha256(b"one").hexdigest(), "body": body}),
        ("dataset", {
            "name": "X_train", "role": "train", "kind": "pandas", "digest": f"{number:032x}",
            "row_count": 4000, "columns": columns, "shape": [4000, 12], "size_bytes": 384_000,
            "source": None, "partial": False,
        }),
        ("observed", {"bound": ["model"], "read": ["X_train", "y_train"], "used": list(names)}),
        ("git", {"commit": "a" * 40, "branch": "main", "remote": None, "dirty": False}),
        ("resources", {"wall_seconds": 1.0, "cpu_seconds": 0.9, "series": course}),
    ]  # fmt: skip
