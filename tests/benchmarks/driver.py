"""One workload on one tool, in a process of its own: driver.py TOOL ACTION [RESULT OPTIONS].

It runs under the interpreter of the tool's own environment, so it needs nothing but the standard
library, and the loops stand here, so that every tool is asked for exactly the same thing. What
a tool is asked for in its own words is in peers/TOOL.py:

    import_()            load the tool
    start(name)          a new run in the store of the working directory → a handle
    params(run, values)  record parameters
    logger(run, values)  a function of i that records one point, `values[i & 1023]` at step i
    batch_logger(run)    a function of (values, step) that records many metrics in one call
    end(run)             finish the run; what was recorded is stored when this returns
    read_back()          {"runs": n, "points": n, "states": [...]}, as any later process finds it
    seed(options), search(options)       a store with many runs, and the question put to it
    watch(shell, way), …                 cells of a notebook: see notebooks.py
    fingerprint(frame)   what identifies a pandas frame, or None for one that it has no way to read

A function that the tool has no way to offer is absent, which the report says.
"""

import os
import sys

PARAMS = {"depth": 8, "rate": 0.1, "trees": 100, "solver": "lbfgs", "seed": 7}
VALUES = [1.0 / (i + 1.5) for i in range(1024)]
HERE = os.path.dirname(os.path.abspath(__file__))


def load_peer(tool):
    return load(os.path.join("peers", f"{tool}.py"))


def load(name):
    names = {"__name__": "loaded", "load": load}
    path = os.path.join(HERE, name)
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), names)
    return names


def record_one_run(peer, name="run"):
    run = peer["start"](name)
    peer["params"](run, PARAMS)
    peer["logger"](run, VALUES)(0)
    peer["end"](run)


def bare(_peer, _options):
    return {}


def import_(peer, _options):
    from time import perf_counter

    began = perf_counter()
    peer["import_"]()
    return {"in_process_ms": (perf_counter() - began) * 1e3}


def fresh_start(peer, _options):
    record_one_run(peer)
    return {}


def empty_run(peer, options):
    from time import perf_counter, process_time

    for number in range(options["warm_up"]):
        record_one_run(peer, f"warm-{number}")
    walls, cpu = [], process_time()
    for number in range(options["count"]):
        began = perf_counter()
        record_one_run(peer, f"run-{number}")
        walls.append((perf_counter() - began) * 1e3)
    cpu = (process_time() - cpu) * 1e3 / options["count"]
    return {"run_ms": median(walls), "run_p95_ms": quantile(walls, 0.95), "cpu_ms": cpu}


def log_scalar(peer, options):
    from time import perf_counter, perf_counter_ns, process_time

    run = peer["start"]("scalars")
    log = peer["logger"](run, VALUES)
    for i in range(options["warm_up"]):
        log(i)
    began, cpu, batches, calls, i = perf_counter(), process_time(), [], [], options["warm_up"]
    size = options["batch"]
    for _ in range(options["batches"]):
        start = perf_counter_ns()
        for i in range(i + 1, i + 1 + size):
            log(i)
        batches.append((perf_counter_ns() - start) / size / 1e3)
    for i in range(i + 1, i + 1 + options["calls"]):
        start = perf_counter_ns()
        log(i)
        calls.append((perf_counter_ns() - start) / 1e3)
    peer["end"](run)
    count = size * options["batches"] + options["calls"]
    found = {
        "batch_us": median(batches),
        "call_us": median(calls),
        "call_p99_us": quantile(calls, 0.99),
        "with_end_us": (perf_counter() - began) * 1e6 / count,
        "cpu_us": (process_time() - cpu) * 1e6 / count,
    }
    if "record_bytes" in peer:
        found["record_bytes"] = peer["record_bytes"]()
    return found


def log_batch(peer, options):
    from time import perf_counter

    run = peer["start"]("batches")
    log = peer["batch_logger"](run)
    values = {f"metric_{number:04d}": VALUES[number] for number in range(options["size"])}
    log(values, 0)
    walls = []
    for step in range(1, options["count"] + 1):
        began = perf_counter()
        log(values, step)
        walls.append((perf_counter() - began) * 1e6 / options["size"])
    peer["end"](run)
    return {"point_us": median(walls)}


def writers(peer, options):
    """One of several writers that begin together: through the gate when all are ready."""
    from time import monotonic, perf_counter_ns

    calls = []
    peer["import_"]()
    run = peer["start"](f"writer-{os.getpid()}")
    log = peer["logger"](run, VALUES)
    log(0)
    wait_at_gate(options)
    began = monotonic()
    for i in range(1, options["points"]):
        start = perf_counter_ns()
        log(i)
        calls.append((perf_counter_ns() - start) / 1e3)
    peer["end"](run)
    return {
        "began": began,
        "ended": monotonic(),
        "call_p99_us": quantile(calls, 0.99),
        "call_max_us": max(calls),
    }


def herd(peer, options):
    """One of several first users of a store that does not exist when the gate opens."""
    peer["import_"]()
    wait_at_gate(options)
    record_one_run(peer, f"herd-{os.getpid()}")
    if "look" in peer:
        peer["look"]()
    return {}


def stream(peer, options):
    """Log until killed; a byte goes out after each call that returned, which acknowledges it."""
    from time import perf_counter, sleep

    out = options["ready"]
    os.set_inheritable(out, False)  # noqa: FBT003
    run = peer["start"]("stream")
    log = peer["logger"](run, VALUES)
    write, rate, began = os.write, options["rate"], perf_counter()
    for i in range(10_000_000):
        log(i)
        write(out, b".")
        if rate:
            sleep(max(0.0, began + (i + 1) / rate - perf_counter()))


def fingerprint(peer, options):
    """What identifies data: gigabytes in a second by the kind of columns, and a small frame."""
    from time import perf_counter

    def seconds(frame, calls):
        walls = []
        for _ in range(calls):
            began = perf_counter()
            found = peer["fingerprint"](frame)
            walls.append(perf_counter() - began)
        return found and median(walls[1:])

    figures = {}
    for kind, frame in frames(options["rows"]).items():
        if taken := seconds(frame, options["calls"]):
            size = int(frame.memory_usage(index=False).sum())
            figures[f"{kind}_gb_per_second"] = size / taken / 1e9
        if kind in ("numeric", "mixed") and (taken := seconds(frame.iloc[:1000].copy(), 50)):
            figures[f"{kind}_1000_rows_ms"] = taken * 1e3
    return figures


def frames(rows):
    """The frames that everybody identifies, of twenty columns each."""
    import numpy as np
    import pandas as pd

    chance = np.random.default_rng(20260301)
    words = np.array([f"word_{number:05d}" for number in range(5000)])
    names = [f"kind_{number:02d}" for number in range(50)]
    found = {
        "numeric": {f"n{at}": chance.normal(size=rows) for at in range(20)},
        "strings": {
            f"s{at}": pd.array(words[chance.integers(0, 5000, rows)], "string[pyarrow]")
            for at in range(20)
        },
        "categories": {
            f"c{at}": pd.Categorical.from_codes(chance.integers(0, 50, rows), names)
            for at in range(20)
        },
    }
    some = (("numeric", 12), ("strings", 5), ("categories", 3))
    found["mixed"] = {name: found[kind][name] for kind, count in some
                      for name in list(found[kind])[:count]}  # fmt: skip
    return {kind: pd.DataFrame(columns) for kind, columns in found.items()}


def wait_at_gate(options):
    for descriptor in (options["ready"], options["gate"]):
        os.set_inheritable(descriptor, False)  # noqa: FBT003
    os.write(options["ready"], b".")
    os.read(options["gate"], 1)  # end of file when the harness opens the gate


def read_back(peer, _options):
    return peer["read_back"]()


def median(values):
    return quantile(values, 0.5)


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


ACTIONS = (
    bare,
    import_,
    fresh_start,
    empty_run,
    log_scalar,
    log_batch,
    writers,
    herd,
    stream,
    fingerprint,
    read_back,
)


def main():
    tool, action = sys.argv[1:3]
    peer = load_peer(tool)
    if action == "offers":
        names = sorted(name for name, item in peer.items() if callable(item))
        sys.stdout.write(" ".join(names))
        return
    options = {}
    if len(sys.argv) > 4:
        import json

        options = json.loads(sys.argv[4])
    shared = {known.__name__: known for known in ACTIONS}
    if action in ("mix", "training", "autolog"):
        found = load("notebooks.py")[action](peer, options)
    elif action in shared:
        found = shared[action](peer, options)
    else:
        found = peer[action](options)
    if len(sys.argv) > 3:
        import json

        with open(sys.argv[3], "w", encoding="utf-8") as file:
            json.dump(found, file)


if __name__ == "__main__":
    main()
