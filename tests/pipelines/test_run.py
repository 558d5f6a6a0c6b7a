"""A notebook that runs through: what its run, its file and its artifact say."""

import asyncio
import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from types import SimpleNamespace

import nbformat
import psutil
import pytest

from nbmlops.errors import (
    AlreadyExistsError,
    InvalidNameError,
    InvalidOptionError,
    InvalidParameterError,
    KernelNotFoundError,
    UnsafePathError,
)
from nbmlops.records import Status
from nbmlops.workspace import open_workspace

PARAMETERS = "depth: int = 1  # levels\npassword = 'none'\nrate = 0.5\nwhere = None\n"
PARAMETERS += "import datetime as dt\nday: dt.date = dt.date(2026, 1, 1)"

CELLS = (
    """
import os, subprocess, sys, time, json
import nbmlops
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
pids = [subprocess.Popen(sleep).pid, subprocess.Popen(sleep, start_new_session=True).pid]
parent = psutil_parent = os.getppid()
""",
    """
with nbmlops.track("inner", name="fit") as run:
    nbmlops.log(auc=0.9 + depth / 100, step=1)
    nbmlops.log({"val/loss": float("nan"), "shared": 1})
with nbmlops.track(name="score"):
    nbmlops.log(f1=0.7, shared=2)
""",
    """
print("password is", password, "token = 'abcdefgh12345'")
names = ("WORKSPACE", "EXPERIMENT", "PARENT_RUN", "NOTEBOOK")
with open("facts.json", "w") as file:
    json.dump({"pids": [os.getpid(), *pids], "cwd": os.getcwd(), "depth": depth,
               "password": password, "args": sys.argv, "day": [type(day).__name__, day.year],
               "connection": open(sys.argv[sys.argv.index("-f") + 1]).read(),
               "env": {name: os.environ["NBMLOPS_" + name] for name in names}}, file)
""",
    "",
)


@pytest.fixture(scope="module")
def done(tmp_path_factory, write):
    """One run of one notebook, shared by everything that looks at it."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "sub").mkdir()
    notebook = write(folder / "sub" / "train model.ipynb", *CELLS, parameters=PARAMETERS)
    before = notebook.read_bytes()
    workspace = open_workspace(folder / "workspace")
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    events = []
    run = workspace.pipelines.run(
        notebook,
        params={"depth": 3, "password": "hunter2hunter2", "day": date(2027, 2, 3)},
        name="first",
        tags={"team": "risk"},
        progress=events.append,
    )
    yield SimpleNamespace(
        run=run,
        workspace=workspace,
        events=events,
        notebook=notebook,
        unchanged=notebook.read_bytes() == before,
        facts=json.loads((folder / "sub" / "facts.json").read_text()),
        file=workspace.pipelines.executed_file(run),
        handlers_kept=handlers
        == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
    )
    workspace.store.close()


def is_running(pid: int) -> bool:
    """True for a process that does something; a dead one may wait for its new parent."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_run_succeeded_in_the_experiment_of_the_notebook(done):
    run = done.run
    assert (run.status, run.kind, run.name) == (Status.SUCCEEDED, "notebook", "first")
    assert run.experiment == "train model"
    assert run.tags["team"] == "risk"
    assert run.error is None
    assert run.duration_seconds > 0


def test_given_parameters_and_defaults_are_recorded_apart(done):
    given = {"depth": 3, "password": "[redacted]", "day": "2027-02-03"}
    assert done.run.params == {**given, "rate": 0.5, "where": None}
    assert done.run.param_sources == {
        "depth": "papermill",
        "password": "papermill",
        "day": "papermill",
        "rate": "default",
        "where": "default",
    }
    assert done.facts["depth"] == 3
    assert done.facts["password"] == "hunter2hunter2"
    assert done.facts["day"] == ["date", 2027]


def test_runs_of_the_cells_are_its_children(done):
    children = {run.name: run for run in done.workspace.runs.children(done.run.id)}
    assert set(children) == {"fit", "score"}
    assert {run.parent_id for run in children.values()} == {done.run.id}
    assert children["fit"].experiment == "inner"
    assert children["score"].experiment == "train model"


def test_metrics_of_the_children_are_seen_on_it_unless_two_have_the_name(done):
    assert set(done.run.metrics) == {"auc", "val/loss", "f1"}
    assert done.run.metrics["auc"] == pytest.approx(0.93)
    assert set(done.run.metric_sources.values()) == {"child"}


def test_the_kernel_worked_in_the_notebooks_folder_and_knew_its_run(done):
    facts = done.facts
    assert facts["cwd"] == str(done.notebook.parent)
    assert facts["env"] == {
        "WORKSPACE": str(done.workspace.settings.root),
        "EXPERIMENT": "train model",
        "PARENT_RUN": done.run.id,
        "NOTEBOOK": str(done.notebook),
    }


def test_no_other_user_could_connect_to_the_kernel(done):
    assert json.loads(done.facts["connection"])["transport"] == "ipc"


def test_the_kernel_and_all_that_it_started_are_gone(done):
    assert [pid for pid in done.facts["pids"] if is_running(pid)] == []


def test_the_executed_notebook_says_what_each_cell_came_to(done):
    notebook = nbformat.read(done.file, 4)
    meta = [cell.metadata.papermill for cell in notebook.cells]
    assert {one.status for one in meta} == {"completed"}
    assert all(one.end_time >= one.start_time for one in meta)
    assert all(one.duration >= 0 and one.exception is False for one in meta)
    assert notebook.metadata.papermill.status == "succeeded"
    assert notebook.metadata.papermill.parameters == {
        "depth": 3,
        "password": "[redacted]",
        "day": "2027-02-03",
    }
    assert notebook.metadata.language_info.name == "python"
    assert [cell.execution_count for cell in notebook.cells[:5]] == [1, 2, 3, 4, 5]
    assert notebook.cells[1].metadata.tags == ["injected-parameters"]


def test_the_artifact_is_the_file_and_both_are_without_secrets(done):
    kept = done.workspace.runs.artifact(done.run.id, "train model.ipynb")
    assert kept == done.file.read_bytes()
    assert done.run.artifacts["train model.ipynb"].kind == "notebook"
    assert b"hunter2" not in kept
    assert b"abcdefgh12345" not in kept
    assert done.file.name == f"train model-{done.run.id[-8:]}.ipynb"


def test_the_source_notebook_is_untouched_and_the_signals_are_as_before(done):
    assert done.unchanged
    assert done.handlers_kept


def test_progress_counts_the_authors_code_cells(done):
    seen = [(event.cell, event.status) for event in done.events]
    assert seen[0] == (0, "starting")
    assert seen[-1] == (4, "completed")
    assert {event.total for event in done.events} == {5}
    assert [cell for cell, status in seen if status == "completed"] == [1, 1, 2, 3, 4]


def test_what_it_cost_is_the_kernels_cost(done):
    assert done.run.resources.peak_memory_bytes > 20 << 20
    assert done.run.resources.cpu_seconds > 0
    assert done.run.cell.source.startswith("# %% [parameters]\ndepth: int = 1")
    assert done.run.cell.notebook_name == "train model.ipynb"
    assert "# Parameters" not in done.run.cell.source  # the same code whatever was given


def test_nothing_refused_leaves_a_run_or_a_file(done, tmp_path, write, monkeypatch):
    """B57, B58, B60 and what else is refused before a kernel starts."""
    monkeypatch.chdir(tmp_path)
    pipelines, notebook = done.workspace.pipelines, done.notebook
    (tmp_path / "there.ipynb").write_text("mine")
    (tmp_path / "inside").mkdir()
    (tmp_path / "out").symlink_to(tmp_path.parent)
    (tmp_path / "dangling.ipynb").symlink_to(tmp_path / "nowhere")
    payload = f"depth=1\nopen({str(tmp_path / 'hacked')!r}, 'w')\nx"
    unknown = write(tmp_path / "unknown.ipynb", "1", kernel="no-such-kernel")
    count = len(done.workspace.runs.find(limit=1000))
    refused = [
        (InvalidParameterError, notebook, {"params": {payload: 1}}),
        (InvalidParameterError, notebook, {"params": {"typo": 1}}),
        (InvalidParameterError, notebook, {"params": {"depth": "deep"}}),
        (KernelNotFoundError, unknown, {}),
        (AlreadyExistsError, notebook, {"output": "there.ipynb"}),
        (AlreadyExistsError, notebook, {"output": "dangling.ipynb"}),
        (AlreadyExistsError, notebook, {"output": str(notebook)}),
        (UnsafePathError, notebook, {"output": "{depth}.ipynb"}),
        (UnsafePathError, notebook, {"output": "{depth.__class__}.ipynb"}),
        (UnsafePathError, notebook, {"output": "../up.ipynb"}),
        (UnsafePathError, notebook, {"output": "inside/../../up.ipynb"}),
        (UnsafePathError, notebook, {"output": "out/up.ipynb"}),
        (UnsafePathError, notebook, {"output": "s3://bucket/x.ipynb"}),
        (UnsafePathError, notebook, {"output": "http://host/x.ipynb"}),
        (UnsafePathError, notebook, {"output": "a\0b.ipynb"}),
        (UnsafePathError, notebook, {"output": " "}),
        (InvalidOptionError, notebook, {"output": "no/such/folder/x.ipynb"}),
        (InvalidOptionError, notebook, {"output": "x.txt"}),
        (InvalidOptionError, notebook, {"timeout": 0}),
        (InvalidOptionError, notebook, {"timeout": float("nan")}),
        (InvalidOptionError, notebook, {"timeout": "5"}),
        (InvalidNameError, notebook, {"experiment": "a\nb"}),
    ]
    for kind, path, options in refused:
        with pytest.raises(kind):
            pipelines.run(path, **options)
    assert len(done.workspace.runs.find(limit=1000)) == count
    assert (tmp_path / "there.ipynb").read_text() == "mine"
    assert not (tmp_path / "hacked").exists()
    assert not list(tmp_path.parent.glob("up.ipynb"))


def test_it_runs_in_a_thread_and_under_a_running_loop_to_a_file_of_ones_own(
    workspace, tmp_path, write, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    before = threading.active_count()
    write(tmp_path / "n.ipynb", "print(__import__('threading').active_count())")

    async def inside_a_loop():
        return workspace.pipelines.run("n.ipynb", output="mine.ipynb", experiment="e")

    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(asyncio.run, inside_a_loop()),
            pool.submit(workspace.pipelines.run, tmp_path / "n.ipynb"),
        ]
        first, second = (one.result(60) for one in runs)
    assert (first.experiment, second.experiment) == ("e", "n")
    assert {first.status, second.status} == {Status.SUCCEEDED}
    assert nbformat.read("mine.ipynb", 4).metadata.papermill.status == "succeeded"
    assert workspace.pipelines.executed_file(second).is_file()
    assert threading.active_count() < before + 10


def test_what_an_earlier_execution_injected_does_not_count(workspace, tmp_path, write):
    notebook = write(tmp_path / "n.ipynb", "assert a == 1, a", parameters="a = 1")
    ran = workspace.pipelines.run(notebook, params={"a": 1}, output=str(tmp_path / "o.ipynb"))
    text = (tmp_path / "o.ipynb").read_text().replace('"a = 1\\n"', '"a = 2\\n"')
    assert "a = 2" in text
    (tmp_path / "again.ipynb").write_text(text)
    again = workspace.pipelines.run(tmp_path / "again.ipynb")
    assert (ran.status, again.status) == (Status.SUCCEEDED, Status.SUCCEEDED)


def test_the_experiment_of_the_settings_comes_before_the_notebooks_name(
    workspace_folder, tmp_path, write, monkeypatch
):
    monkeypatch.setenv("NBMLOPS_EXPERIMENT", "from-settings")
    opened = open_workspace(workspace_folder)
    try:
        run = opened.pipelines.run(write(tmp_path / "n.ipynb", "x = 1"))
    finally:
        opened.store.close()
    assert run.experiment == "from-settings"
    assert os.environ["NBMLOPS_EXPERIMENT"] == "from-settings"
