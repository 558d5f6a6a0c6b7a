"""Which run a block belongs to and `log` goes to, where tasks, threads and processes run at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nbmlops.records import Run
from nbmlops.testing import Shell
from nbmlops.workspace import open_workspace

BLOCKS = """
import asyncio, threading, nbmlops
from concurrent.futures import ThreadPoolExecutor

async def task(number):
    with nbmlops.track(name=f"task {number}"):
        await asyncio.sleep(0.002 * (3 - number))
        nbmlops.log(number=float(number))

def fold(number, together=threading.Barrier(3)):
    with nbmlops.track(name=f"fold {number}"):
        together.wait(30)
        nbmlops.log(number=float(number))
        together.wait(30)
"""
TASKS = "await asyncio.gather(*(task(number) for number in range(3)))"
THREADS = "with ThreadPoolExecutor(3) as pool:\n    list(pool.map(fold, range(3)))"


@pytest.fixture
def shell(workspace_folder: Path) -> Iterator[Shell]:
    opened = Shell()
    opened.run(BLOCKS)
    yield opened
    opened.close()


def recorded(folder: Path) -> dict[str, Run]:
    return {run.name: run for run in open_workspace(folder).runs.find()}


@pytest.mark.parametrize(("code", "name"), [(TASKS, "task"), (THREADS, "fold")])
def test_blocks_beside_each_other_are_children_of_the_cell(
    shell: Shell, workspace_folder: Path, code: str, name: str
) -> None:
    shell.run(f"%%track cell --name parent --silent\n{code}")
    runs = recorded(workspace_folder)

    for number in range(3):
        run = runs[f"{name} {number}"]
        assert run.parent_id == runs["parent"].id
        assert run.metrics == {"number": float(number)}
    assert "number" not in runs["parent"].metrics


@pytest.mark.parametrize(("code", "name"), [(TASKS, "task"), (THREADS, "fold")])
def test_blocks_beside_each_other_have_no_parent_where_nothing_is_tracked(
    shell: Shell, workspace_folder: Path, code: str, name: str
) -> None:
    shell.run(code)
    runs = recorded(workspace_folder)

    assert [runs[f"{name} {number}"].parent_id for number in range(3)] == [None] * 3


def test_what_another_thread_has_open_is_not_ours(shell: Shell, workspace_folder: Path) -> None:
    shell.run(
        textwrap.dedent("""
        opened, ready = threading.Event(), threading.Event()
        def elsewhere():
            with nbmlops.track("unrelated", name="theirs"):
                opened.set()
                ready.wait(30)
        thread = threading.Thread(target=elsewhere)
        thread.start()
        opened.wait(30)
        with nbmlops.track("mine", name="ours"):
            nbmlops.log(stray=1.0)
        ready.set()
        thread.join()
        """)
    )
    runs = recorded(workspace_folder)

    assert (runs["ours"].parent_id, runs["ours"].experiment) == (None, "mine")
    assert runs["theirs"].metrics == {}


def test_a_thread_that_opens_nothing_logs_to_the_block_around_it(
    shell: Shell, workspace_folder: Path
) -> None:
    shell.run(
        "with nbmlops.track('mine', name='ours'):\n"
        "    thread = threading.Thread(target=nbmlops.log, kwargs={'inner': 0.5})\n"
        "    thread.start(); thread.join()"
    )

    assert recorded(workspace_folder)["ours"].metrics == {"inner": 0.5}


def test_a_block_in_a_cell_is_its_child_with_track_on(shell: Shell, workspace_folder: Path) -> None:
    shell.run("from sklearn.dummy import DummyClassifier\n%track on switched --silent")
    shell.run(
        "with nbmlops.track(name='block'):\n    DummyClassifier().fit([[0], [1]], [0, 1])\n"
        "auc = 0.5 + 0.25"
    )
    runs = recorded(workspace_folder)
    cell = runs[next(name for name in runs if name != "block")]

    assert len(runs) == 2
    assert (runs["block"].parent_id, runs["block"].experiment) == (cell.id, "switched")
    assert (cell.metrics, list(cell.models)) == ({"auc": 0.75}, ["DummyClassifier"])


def test_workers_of_joblib_are_told_by_no_script_of_their_own(
    workspace_folder: Path, tmp_path: Path
) -> None:
    script = tmp_path / "folds.py"
    script.write_text(
        textwrap.dedent("""
        import nbmlops
        from joblib import Parallel, delayed
        def fold(number):
            import nbmlops
            with nbmlops.track(name=f"fold {number}"):
                nbmlops.log(number=float(number))
        with nbmlops.track("folds", name="all"):
            Parallel(n_jobs=2)(delayed(fold)(number) for number in range(2))
        """)
    )
    subprocess.run([sys.executable, script], check=True, capture_output=True)
    runs = recorded(workspace_folder)

    assert set(runs) == {"all", "fold 0", "fold 1"}
    assert "loky" not in runs["fold 0"].experiment


@pytest.mark.parametrize("kind", ["block", "script"])
def test_what_a_block_or_a_script_prints_is_recorded_with_it(
    workspace_folder: Path, tmp_path: Path, kind: str
) -> None:
    script = tmp_path / "train.py"
    opening = (
        "with nbmlops.track(name='it'):" if kind == "block" else "if nbmlops.log(a=1.0) is None:"
    )
    script.write_text(
        f"import sys, nbmlops\nprint('before')\n{opening}\n"
        "    print('epoch 1')\n    print('slow', file=sys.stderr)\n"
        "    with nbmlops.track(name='inner'):\n        print('inside')\nprint('after')\n"
    )
    done = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True)
    runs = recorded(workspace_folder)
    outer = runs.pop("inner") and next(iter(runs.values()))

    assert done.stdout.split("\n")[:4] == ["before", "epoch 1", "inside", "after"]
    expected = "epoch 1\ninside\n" + ("after\n" if kind == "script" else "")
    assert outer.outputs["stdout"].text == expected
    assert outer.outputs["stderr"].text == "slow\n"
    assert recorded(workspace_folder)["inner"].outputs["stdout"].text == "inside\n"


def test_the_streams_are_as_before_when_blocks_ended_in_any_order(workspace_folder: Path) -> None:
    program = (
        "import json, sys, nbmlops\n"
        "before = dict(vars(sys.stdout))\n"
        "runs = [nbmlops.track('a', name=str(n)).__enter__() for n in range(3)]\n"
        "print('x')\n"
        "for n in (1, 0, 2): runs[n].__exit__(None, None, None)\n"
        "print(json.dumps(vars(sys.stdout) == before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert json.loads(done.stdout.splitlines()[-1]) is True


@pytest.mark.parametrize(
    ("call", "kept"),
    [
        ('nbmlops.log("loss", 0.3)', {}),
        ('nbmlops.log({"a": 1.0}, 5)', {}),
        ("nbmlops.log(pandas.Series({'a': 1.0}))", {"a": 1.0}),
        ("nbmlops.log({'a': 1.0}, step=3)", {"a": 1.0}),
    ],
)
def test_log_as_other_trackers_have_it_stops_no_cell(
    shell: Shell, workspace_folder: Path, call: str, kept: dict[str, Any]
) -> None:
    import warnings

    shell.run("import pandas")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        result = shell.run(f"%%track calls --name it --silent\n{call}\n42")
    run = recorded(workspace_folder)["it"]

    assert result.result == 42
    assert dict(run.metrics) == kept
    assert bool(told) == (not kept) == ("step=1" in "".join(each.message for each in run.warnings))


def test_a_file_of_cells_that_ipython_runs_is_tracked_by_its_line(
    workspace_folder: Path, tmp_path: Path
) -> None:
    script = tmp_path / "cells.ipy"
    script.write_text("import nbmlops\n%track churn --name it\nauc = 0.5 + 0.25\nprint('end')\n")
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--ext", "nbmlops", str(script)],
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    (run,) = recorded(workspace_folder).values()

    assert "end" in done.stdout
    assert "it in churn" in done.stdout
    assert (run.status, run.metrics) == ("succeeded", {"auc": 0.75})


@pytest.mark.parametrize("magic", ["%%time", "%%capture"])
def test_fits_and_scores_below_another_magic_are_seen(
    shell: Shell, workspace_folder: Path, magic: str
) -> None:
    shell.run("from sklearn.linear_model import LogisticRegression")
    shell.run(
        f"%%track timed --name it --silent\n{magic}\n"
        "model = LogisticRegression(C=3).fit([[0], [1]], [0, 1])\n"
        "accuracy = model.score([[0], [1]], [0, 1])"
    )
    run = recorded(workspace_folder)["it"]

    assert (list(run.models), run.params["C"]) == (["model"], 3)
    assert run.metric_sources["accuracy"] == "score"


def test_a_timed_fit_is_a_run_with_track_on(shell: Shell, workspace_folder: Path) -> None:
    shell.run("from sklearn.dummy import DummyClassifier\n%track on timed --silent")
    shell.run("%time model = DummyClassifier().fit([[0], [1]], [0, 1])")
    (run,) = recorded(workspace_folder).values()

    assert list(run.models) == ["model"]


@pytest.mark.parametrize("word", ["on", "off"])
def test_a_switch_is_no_experiment_of_a_cell(
    shell: Shell, workspace_folder: Path, word: str
) -> None:
    shell.run(f"%%track {word} --name it --silent\nx = 1")
    run = recorded(workspace_folder)["it"]

    assert run.experiment not in ("on", "off")
    assert f"%track {word}" in run.warnings[0].message


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("--metric gap=train - test", 0.25),
        ("--metric gap=scores['train'] - scores['test']", 0.25),
        ('--metric "gap=train - test"', 0.25),
        ('--metric gap="train - test" --tag a=b', 0.25),
        ("--metric gap=train mine", 0.75),
    ],
)
def test_an_expression_may_have_spaces_and_quotes(
    shell: Shell, workspace_folder: Path, line: str, value: float
) -> None:
    shell.run(
        f"%%track {line} --name it --silent\n"
        "train, test = 0.75, 0.5\nscores = {'train': train, 'test': test}"
    )
    run = recorded(workspace_folder)["it"]

    assert run.metrics["gap"] == value
    assert not run.warnings
