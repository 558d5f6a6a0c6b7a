"""Forks, threads and dead kernels under a running notebook."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import orjson
import pytest
from programs import answered, program, records

import nbmlops
from nbmlops.events import spelled_out
from nbmlops.records import Run
from nbmlops.store import journal
from nbmlops.testing import Kernel
from nbmlops.workspace import Workspace, open_workspace


def test_children_record_to_the_run_they_inherit_each_with_a_journal_of_its_own(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    run_id = answered(
        program(
            """
            import multiprocessing

            def work(number):
                for step in range(200):
                    nbmlops.log({f"m{number}": float(step)}, step=step)

            def main():
                with nbmlops.track("fork") as run:
                    nbmlops.log(parent=1.0)
                    context = multiprocessing.get_context("fork")
                    children = [context.Process(target=work, args=(n,)) for n in range(3)]
                    for child in children: child.start()
                    forked = os.fork()
                    if forked == 0:
                        work(3)
                        run.end("failed")
                        os._exit(0)
                    work(4)
                    for child in children: child.join()
                    os.waitpid(forked, 0)
                print(json.dumps(run.id))

            if __name__ == "__main__":
                main()
            """,
            tmp_path,
        )
    )
    found = records(workspace_folder)
    steps: dict[str, list[int]] = {}
    for lines in found.values():
        # Two threads of one process may write in another order than they took their numbers.
        assert sorted(line["s"] for line in lines) == list(range(len(lines)))
        for line in lines:
            if line["k"] == "metric" and "x" in line:
                steps.setdefault(next(iter(line["d"])), []).append(line["x"])
    run = workspace.runs.get(run_id)

    assert len(found) == 5
    assert steps == {f"m{number}": list(range(200)) for number in range(5)}
    assert run.status == "succeeded"
    assert {len(workspace.runs.series(run_id, f"m{n}")) for n in range(5)} == {200}


def test_workers_that_inherit_nothing_lose_nothing(workspace: Workspace, tmp_path: Path) -> None:
    answered(
        program(
            """
            import multiprocessing
            import joblib

            def work(number):
                for step in range(50):
                    nbmlops.log({f"m{number}": float(step)}, step=step)

            if __name__ == "__main__":
                with nbmlops.track("spawn"):
                    child = multiprocessing.get_context("spawn").Process(target=work, args=(0,))
                    child.start(); child.join()
                    joblib.Parallel(n_jobs=2)(joblib.delayed(work)(n) for n in (1, 2))
                from joblib.externals.loky import get_reusable_executor
                get_reusable_executor().shutdown(wait=True)
                print("[]")
            """,
            tmp_path,
        )
    )
    runs = list(workspace.runs.find(limit=50))
    points = {
        name: workspace.runs.series(run.id, name)
        for run in runs
        for name in run.metrics
        if name.startswith("m")
    }

    assert {name: len(series) for name, series in points.items()} == {"m0": 50, "m1": 50, "m2": 50}
    (outer,) = [run for run in runs if not run.metrics]
    inner = [run for run in runs if run.metrics]
    assert {(run.parent_id, run.experiment) for run in inner} == {(outer.id, "spawn")}


def test_a_storm_of_threads_loses_nothing(workspace: Workspace, workspace_folder: Path) -> None:
    with workspace.runs.track("threads") as run:
        run.log(loss=0.0)

        def work(number: int) -> None:
            for step in range(10_000):
                nbmlops.log(loss=0.5, step=number * 10_000 + step)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    steps, sequences = [], []
    for path in workspace_folder.glob("journal/*.nbj"):
        for part in journal.scan(path.read_bytes()):
            assert part.kind == "ok"
            line = spelled_out(orjson.loads(part.payload))
            sequences.append(line["s"])
            if "x" in line:
                steps.append(line["x"])

    assert sorted(steps) == list(range(320_000))
    assert sorted(sequences) == list(range(len(sequences)))


# What a notebook holds that is executed again after its kernel died.
CELL = """%%track again --silent
lr = 0.1
nbmlops.log(loss=0.5, step=0)
print("logged", flush=True)
if hang:
    import time
    time.sleep(3600)
score = lr * 5
"""


def start(kernel: Kernel, *, hang: bool) -> None:
    answer = kernel.run(f"%load_ext nbmlops\nimport nbmlops\nhang = {hang}")
    assert answer.status == "ok", answer.traceback


def killed(kernel: Kernel) -> None:
    """The end of a kernel that is in the middle of its cell, and another in its place."""
    kernel.send(CELL)
    while True:
        message = kernel.client.get_iopub_msg(timeout=300)
        if message["content"].get("text", "").startswith("logged"):
            break
    kernel.manager.restart_kernel(now=True)  # as the button of JupyterLab: kill -9 and a new one
    kernel.client.wait_for_ready(timeout=300)


def seen_by(door: str, workspace: Workspace, kernel: Kernel, folder: Path) -> None:
    """Somebody looks at the runs."""
    if door == "python":
        open_workspace(workspace.settings.root).runs.find()
    elif door == "magic":
        assert kernel.run("%runs again").status == "ok"
    else:
        done = program("from nbmlops.cli import main\nmain(['runs', 'find'])", folder)
        assert done.returncode == 0, done.stderr


def states(workspace: Workspace) -> dict[str, str]:
    """What the tables say, without the looking that `runs.find` is."""
    with workspace.store.database.read() as session:
        rows = session.rows("SELECT run, status FROM runs WHERE experiment = 'again'")
    return {str(run): str(status) for run, status in rows}


@pytest.mark.parametrize("door", ["magic", "python", "terminal"])
def test_a_kernel_that_was_restarted_leaves_a_lost_run_and_the_next_is_another(
    door: str, workspace: Workspace, tmp_path: Path
) -> None:
    with Kernel(folder=tmp_path) as kernel:
        for attempt in (1, 2):
            start(kernel, hang=True)
            killed(kernel)
            start(kernel, hang=False)
            began = time.monotonic()
            seen_by(door, workspace, kernel, tmp_path)
            took = time.monotonic() - began
            before = dict(states(workspace))
            assert set(before.values()) == {"lost"}, before
            assert len(before) == attempt
            if took < 10:
                break  # else the machine was busy: once more
        assert took < 10
        answer = kernel.run(CELL)
        assert answer.status == "ok", answer.traceback
        (second,) = workspace.runs.find("status = 'succeeded'", experiment="again")
        lost: list[Run] = list(workspace.runs.find("status = 'lost'", experiment="again"))

    assert second.id not in before
    assert {run.id for run in lost} == set(before)
    assert second.metrics == {"loss": 0.5, "score": 0.5}
    for run in lost:
        assert run.metrics == {"loss": 0.5}
        assert "ended without finishing" in str(run.reason)
