"""MLflow on its default store, a SQLite database; MLFLOW_TRACKING_URI says where."""

import os

EXPERIMENT = "bench"


def import_():
    import mlflow

    return mlflow


def start(name):
    mlflow = import_()
    mlflow.set_experiment(EXPERIMENT)
    return mlflow.start_run(run_name=name)


def params(run, values):
    import_().log_params(values)


def logger(run, values):
    log_metric = import_().log_metric
    return lambda i: log_metric("loss", values[i & 1023], step=i)


def batch_logger(run):
    from time import time

    from mlflow import MlflowClient
    from mlflow.entities import Metric

    client, run_id = MlflowClient(), run.info.run_id

    def log(values, step):
        now = int(time() * 1000)
        client.log_batch(run_id, [Metric(name, v, now, step) for name, v in values.items()])

    return log


def end(run):
    import_().end_run()


def look():
    mlflow = import_()
    mlflow.MlflowClient().search_runs([mlflow.get_experiment_by_name(EXPERIMENT).experiment_id])


def read_back():
    mlflow = import_()
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    runs = list(client.search_runs([experiment.experiment_id], max_results=1000))
    points = sum(len(client.get_metric_history(run.info.run_id, "loss")) for run in runs)
    return {"runs": len(runs), "points": points, "states": [run.info.status for run in runs]}


def seed(options):
    """Runs put into MLflow's own tables by SQL, as its API takes 36 ms of processor for each."""
    import json
    import sqlite3
    from uuid import UUID

    mlflow = import_()
    experiment = mlflow.set_experiment(EXPERIMENT)
    end(start("first"))  # MLflow's own row is the pattern of the others
    file = os.environ["MLFLOW_TRACKING_URI"].removeprefix("sqlite:///")
    base = sqlite3.connect(file)
    cursor = base.execute("SELECT * FROM runs LIMIT 1")
    columns = [column[0] for column in cursor.description]
    pattern = dict(zip(columns, cursor.fetchone(), strict=True))
    tags = base.execute("SELECT key, value FROM tags").fetchall()
    with open(options["data"], encoding="utf-8") as lines:
        for number, line in zip(range(options["count"]), lines, strict=False):
            row = json.loads(line)
            run_id = UUID(int=number + 1).hex
            start_ms = row["started_at"] // 1_000_000
            run = {
                **pattern,
                "run_uuid": run_id,
                "name": row["name"],
                "start_time": start_ms,
                "end_time": start_ms + 1000,
                "experiment_id": int(experiment.experiment_id),
            }
            marks = ", ".join("?" * len(run))
            base.execute(f"INSERT INTO runs ({', '.join(run)}) VALUES ({marks})", [*run.values()])
            base.executemany(
                "INSERT INTO params (run_uuid, key, value) VALUES (?, ?, ?)",
                [(run_id, name, str(v)) for name, v in row["params"].items()],
            )
            base.executemany(
                "INSERT INTO tags (run_uuid, key, value) VALUES (?, ?, ?)",
                [(run_id, name, v) for name, v in tags],
            )
            for table in ("metrics", "latest_metrics"):
                base.executemany(
                    f"INSERT INTO {table} (run_uuid, key, value, timestamp, step, is_nan) "
                    "VALUES (?, ?, ?, ?, 0, 0)",
                    [(run_id, name, v, start_ms) for name, v in row["metrics"].items()],
                )
    base.execute("DELETE FROM runs WHERE name = 'first'")
    base.commit()
    base.close()
    return {}


def search(options):
    """Through the client, which is quicker than `mlflow.search_runs` with its DataFrame."""
    from time import perf_counter

    mlflow = import_()
    client = mlflow.MlflowClient()
    ids = [client.get_experiment_by_name(EXPERIMENT).experiment_id]
    walls, found = [], []
    for _ in range(options["warm_up"] + options["count"]):
        began = perf_counter()
        found = client.search_runs(
            ids, options["filter"], order_by=["metrics.auc DESC"], max_results=100
        )
        walls.append((perf_counter() - began) * 1e3)
    walls = sorted(walls[options["warm_up"] :])
    return {
        "search_ms": walls[len(walls) // 2],
        "answer": [round(run.data.metrics["auc"], 9) for run in found],
    }


def watch(shell, way):
    """Autologging as it is, or without keeping every model."""
    import_().autolog(log_models=way != "light", silent=True)


def watched():
    from collections import Counter

    mlflow = import_()
    client = mlflow.MlflowClient()
    fits, params, numbers = Counter(), [], []
    experiments = [found.experiment_id for found in client.search_experiments()]
    for run in client.search_runs(experiments, max_results=1000):
        if "mlflow.parentRunId" not in run.data.tags:  # one of a search's own
            fits[run.data.tags.get("estimator_name", "?")] += 1
        params += [[name, str(value)] for name, value in run.data.params.items()]
        for name in run.data.metrics:
            history = client.get_metric_history(run.info.run_id, name)
            numbers += [point.value for point in history]
    return {"fits": fits, "params": params, "numbers": numbers}
