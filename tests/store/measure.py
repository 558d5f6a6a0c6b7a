"""Seeds a workspace with many runs by SQL and prints what searches take, with their plans.

python tests/store/measure.py 100000 [postgresql://…]
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from nbmlops.settings import Settings
from nbmlops.store import Store, open_store
from nbmlops.store.facts import key_of
from nbmlops.store.journal import new_ulid
from nbmlops.store.settle import upsert

SEARCHES = [
    ("", None),
    ("metrics.auc > 0.8", "metrics.auc desc"),
    ("metrics.auc > 0.8 and params.depth = '8'", "metrics.auc desc"),
    ("metrics.auc > 0.8", None),
    ("metrics.auc > 0.9999", None),
    ("params.depth = 8 and params.lr < 0.1", "metrics.loss"),
    ("params.name like 'model-1%'", "metrics.auc desc"),
    ("tags.team = 'risk'", "started_at"),
    ("status = 'failed'", "duration_seconds desc"),
    ("metrics.auc > 0.5 and metrics.loss < 0.2 and not tags.team = 'risk'", "params.depth desc"),
    ("name = 'run 77'", "metrics.auc"),
    ("experiment = 'experiment 2'", "metrics.auc desc"),
    ("experiment like 'experiment 2%'", None),
    ("experiment like 'none%'", None),
    ("", "experiment desc"),
]


def seed(store: Store, count: int) -> None:
    rng = random.Random(1)
    start = 10**18
    params, metrics = ("depth", "lr", "name", "trees", "seed"), ("auc", "loss", "f1")
    with store.database.write() as session:
        session.run("INSERT INTO writers (writer, state) VALUES (?, 'closed')", (new_ulid(),))
        names = {name: at for at, name in enumerate((*params, *metrics, "team"), 1)}
        upsert(session, "names", ("id", "name"), ("id",), [(at, n) for n, at in names.items()])
        columns = (
            "id",
            "run",
            "name",
            "experiment",
            "experiment_key",
            "kind",
            "status",
            "started_at",
            "ended_at",
            "duration_seconds",
            "last_at",
        )
        rows = []
        for key in range(1, count + 1):
            took = rng.random() * 100
            status = "succeeded" if rng.random() < 0.95 else "failed"
            at = start + key * 10**9
            rows.append(
                (
                    key,
                    new_ulid(),
                    f"run {key % 5000}",
                    f"experiment {key % 3}",
                    key_of(f"experiment {key % 3}"),
                    "cell",
                    status,
                    at,
                    at + int(took * 1e9),
                    took,
                    at,
                )
            )
        upsert(session, "runs", columns, ("id",), rows)
        stamp = ("at", "writer_id", "seq")
        named: dict[str, list] = {"params": [], "metrics": [], "tags": []}
        for key in range(1, count + 1):
            for name in params:
                number = {
                    "depth": key % 20,
                    "lr": rng.random(),
                    "trees": 100 + key % 7,
                    "seed": key,
                }.get(name)
                text = f"model-{key % 100}" if number is None else str(number)
                named["params"].append(
                    (
                        key,
                        names[name],
                        text,
                        number,
                        None if number is None else text,
                        "literal",
                        1,
                        1,
                        key,
                    )
                )
            for name in metrics:
                named["metrics"].append((key, names[name], rng.random(), None, "log", 1, 1, key))
            if key % 4 == 0:
                named["tags"].append(
                    (key, names["team"], "risk" if key % 8 else "ads", None, 1, 1, key)
                )
        key2 = ("run_id", "name_id")
        upsert(
            session,
            "params",
            (*key2, "text", "number", "exact", "source", *stamp),
            key2,
            named["params"],
        )
        upsert(
            session, "metrics", (*key2, "value", "form", "origin", *stamp), key2, named["metrics"]
        )
        upsert(session, "tags", (*key2, "text", "exact", *stamp), key2, named["tags"])
    store.database.analyze()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    root = Path(tempfile.mkdtemp(prefix="nbmlops-measure-"))
    database = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{root / 'workspace.db'}"
    store = open_store(Settings(root, database, str(root / "artifacts")))
    began = time.perf_counter()
    seed(store, count)
    print(f"seeded {count} runs in {time.perf_counter() - began:.1f} s")
    for text, sort in SEARCHES:
        for experiment in (None, "experiment 1"):
            taken, total = [], []
            for _ in range(7):
                began = time.perf_counter()
                page = store.runs.find(text, sort=sort, experiment=experiment)
                taken.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            found = page.total
            total.append((time.perf_counter() - began) * 1000)
            print(
                f"{statistics.median(taken):7.1f} ms  total {total[0]:7.1f} ms  "
                f"{len(page.runs):3d} of {found:6d}  {text!r} sort {sort!r} {experiment or ''}"
            )
    store.close()


if __name__ == "__main__":
    main()
