"""Every fault of papermill's table leaves the truth: on disk, in the exception, in the run."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
import pytest

from nbmlops.errors import (
    AlreadyExistsError,
    CellFailedError,
    KernelDiedError,
    StoreUnavailableError,
    TimedOutError,
)
from nbmlops.records import Status

OPEN_CHILD = """
import os, subprocess, sys, time
import nbmlops
inner = nbmlops.track("inner", name="inner")
inner.log(loss=0.5)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open("mark.tmp", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename("mark.tmp", "mark")
"""
# Python misses a signal that strikes right before a long sleep begins: so many short ones.
SLEEP = "print('started', flush=True)\nfor _ in range(3000): time.sleep(0.1)"
AFTER = "print('after')"


def cells(path: Path) -> list[str]:
    """The status of each code cell of an executed notebook."""
    notebook = nbformat.read(path, 4)
    return [cell.metadata.papermill.status for cell in notebook.cells if cell.cell_type == "code"]


def said(path: Path) -> tuple[str, str]:
    """Status and reason of an executed notebook."""
    meta = nbformat.read(path, 4).metadata.papermill
    return meta.status, meta.get("reason", "")


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(what, seconds: float = 40.0):
    """What `what()` returns, as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.02)
    return found


def pids(folder: Path) -> list[int]:
    """The processes that a notebook with OPEN_CHILD has noted, once it has."""
    mark = folder / "mark"
    return [int(pid) for pid in wait_for(lambda: mark.exists() and mark.read_text()).split()]


@pytest.fixture
def fail(workspace, tmp_path, write):
    """Runs a notebook that fails: its exception, its run, its executed file."""

    def run(kind, *sources, meanwhile=None, **options):
        notebook = write(tmp_path / "n.ipynb", *sources)
        out = tmp_path / "out.ipynb"
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(meanwhile) if meanwhile else None
            with pytest.raises(kind) as caught:
                workspace.pipelines.run(notebook, output=str(out), **options)
            if other is not None:
                other.result()
        made = workspace.runs.get(caught.value.details["run"])
        assert made.artifacts["n.ipynb"].kind == "notebook"
        assert workspace.runs.artifact(made.id, "n.ipynb") == out.read_bytes()
        return caught.value, made, out

    return run


def test_a_cell_that_raises(fail):
    error, run, out = fail(CellFailedError, "x = 1", "def f():\n    1/0\nf()", AFTER)
    assert cells(out) == ["completed", "failed", "pending"]
    assert said(out)[0] == "failed"
    assert "Cell 2 of 'n.ipynb' failed with ZeroDivisionError: division by zero" in str(error)
    assert run.name in error.hint
    assert (run.status, run.error.type) == (Status.FAILED, "ZeroDivisionError")
    assert run.error.message == "division by zero"
    assert "\x1b" not in run.error.traceback
    assert "1/0" in run.error.traceback
    notebook = nbformat.read(out, 4)
    assert "papermill-error-cell" in notebook.cells[0].source
    assert notebook.cells[2].metadata.tags == ["papermill-error-cell-tag"]


def test_secrets_in_an_exception_are_kept_nowhere(workspace, workspace_folder, tmp_path, write):
    cut = "x " * 225 + "at postgres://user:hunter2-of-the-database@db.example/prod"
    cell = f"raise ConnectionError(f'no answer to {{password}} {cut}')"
    notebook = write(tmp_path / "n.ipynb", cell, parameters="password = ''")
    with pytest.raises(CellFailedError) as caught:
        workspace.pipelines.run(notebook, params={"password": "swordfish-77"})
    run = workspace.runs.get(caught.value.details["run"])
    workspace.store.drain()

    assert "no answer to [redacted]" in run.error.message
    assert "postgres://[redacted]@" in run.error.message
    assert "no answer to [redacted]" in run.reason
    for file in workspace_folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"swordfish" not in content, file
            assert b"hunter2" not in content, file
    assert "hunter2" not in str(caught.value)


def test_a_killed_kernel_ends_its_runs_too(fail, workspace, tmp_path):
    killed = []

    def kill():
        killed.extend(pids(tmp_path))
        wait_for(lambda: cells(tmp_path / "out.ipynb")[1] == "running")
        os.kill(killed[0], signal.SIGKILL)

    error, run, out = fail(KernelDiedError, OPEN_CHILD, SLEEP, AFTER, meanwhile=kill)
    assert cells(out) == ["completed", "failed", "pending"]
    assert "killed by SIGKILL" in error.message
    assert said(out) == ("failed", error.message)
    assert (run.status, run.reason) == (Status.FAILED, error.message)
    (child,) = workspace.runs.children(run.id)
    assert (child.name, child.status) == ("inner", Status.FAILED)
    assert "SIGKILL" in child.reason
    assert child.metrics == {"loss": 0.5}
    assert not any(map(is_running, killed))


def test_a_kernel_that_exits_by_itself_says_its_code(fail):
    error, run, out = fail(KernelDiedError, "import os; os._exit(3)", AFTER)
    assert cells(out) == ["failed", "pending"]
    assert "died in cell 1: it exited with code 3" in error.message
    output = nbformat.read(out, 4).cells[2].outputs[-1]
    assert (output.ename, output.evalue) == ("KernelDied", error.message)
    assert run.error.type == "KernelDiedError"


def test_a_crash_tells_the_signal_and_the_last_words(fail):
    error, _, _ = fail(KernelDiedError, "import ctypes; ctypes.string_at(0)", AFTER)
    assert "killed by SIGSEGV" in error.message
    assert "its last words: Fatal Python error: Segmentation fault" in error.message
    assert "string_at" in error.message


def test_a_cell_that_takes_too_long(fail, workspace, tmp_path):
    error, run, out = fail(TimedOutError, OPEN_CHILD, SLEEP, AFTER, timeout=1.5)
    assert cells(out) == ["completed", "failed", "pending"]
    assert "Cell 2 of 'n.ipynb' took longer than 1.5 seconds" in error.message
    notebook = nbformat.read(out, 4)
    names = [one.get("ename") for one in notebook.cells[3].outputs]
    assert names == [None, "KeyboardInterrupt", "TimedOut"]  # what was printed, where it was, why
    assert run.status is Status.FAILED
    assert not any(map(is_running, pids(tmp_path)))
    (child,) = workspace.runs.children(run.id)
    assert child.status.is_final


def test_an_interrupt_reaches_the_notebook_that_a_notebook_runs(fail, workspace, tmp_path, write):
    write(tmp_path / "inner.ipynb", OPEN_CHILD, SLEEP)

    def interrupt():
        inner, _ = pids(tmp_path)
        psutil.Process(inner).parent().send_signal(signal.SIGINT)

    magic = "%load_ext nbmlops\n%pipeline run inner.ipynb"
    error, run, out = fail(CellFailedError, magic, AFTER, meanwhile=interrupt)
    assert "KeyboardInterrupt" in error.message
    assert cells(out) == ["failed", "pending"]
    (inner,) = workspace.runs.children(run.id)
    assert (inner.status, inner.kind) == (Status.CANCELLED, "notebook")
    assert not any(map(is_running, pids(tmp_path)))


def test_a_cell_that_does_not_listen_is_killed(fail):
    deaf = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(300)"
    began = time.monotonic()
    _, run, out = fail(TimedOutError, deaf, AFTER, timeout=0.5)
    assert cells(out) == ["failed", "pending"]
    assert run.status is Status.FAILED
    assert time.monotonic() - began < 150


def test_a_wish_for_input_is_refused(fail):
    error, _, out = fail(CellFailedError, "input('name? ')", AFTER)
    assert "StdinNotImplementedError" in error.message
    assert cells(out) == ["failed", "pending"]


def test_a_restart_ends_the_run_and_the_next_is_another(fail, workspace, tmp_path, write):
    """F30."""
    restart = (
        "get_ipython().kernel.do_shutdown(True)\nimport os, time\ntime.sleep(0.2)\nos._exit(0)"
    )
    error, run, out = fail(KernelDiedError, restart, AFTER)
    assert "it exited with code 0" in error.message
    assert cells(out) == ["failed", "pending"]
    again = workspace.pipelines.run(write(tmp_path / "n.ipynb", "x = 1"))
    assert again.id != run.id
    assert (workspace.runs.get(run.id).status, again.status) == (Status.FAILED, Status.SUCCEEDED)


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("import sys; sys.exit(0)", "pending"),
        ("raise SystemExit", "pending"),
        ("exit()", "pending"),
    ],
    ids=["sys.exit(0)", "SystemExit", "exit()"],
)
def test_an_early_exit_is_no_failure(workspace, tmp_path, write, source, after):
    out = tmp_path / "out.ipynb"
    run = workspace.pipelines.run(write(tmp_path / "n.ipynb", source, AFTER), output=str(out))
    assert (run.status, run.error) == (Status.SUCCEEDED, None)
    assert cells(out) == ["completed", after]
    assert said(out)[0] == "succeeded"


def test_an_exit_with_a_code_is_one(fail):
    error, _, out = fail(CellFailedError, "import sys; sys.exit(3)", AFTER)
    assert "SystemExit: 3" in error.message
    assert cells(out) == ["failed", "pending"]


def test_tags_of_cells_are_respected(workspace, tmp_path, write):
    notebook = nbformat.read(write(tmp_path / "n.ipynb", "1/0", "1/0", "", "x = 1"), 4)
    notebook.cells[0].metadata["tags"] = ["raises-exception"]
    notebook.cells[1].metadata["tags"] = ["skip-execution"]
    nbformat.write(notebook, tmp_path / "n.ipynb")
    run = workspace.pipelines.run(tmp_path / "n.ipynb", output=str(tmp_path / "out.ipynb"))
    assert run.status is Status.SUCCEEDED
    assert cells(tmp_path / "out.ipynb") == ["completed", "skipped", "completed", "completed"]


def test_an_output_without_end_is_capped_and_told(workspace, tmp_path, write):
    """F40."""
    flood = (
        "import sys\nfor i in range(60):\n    sys.stdout.write('x' * 99_999 + '\\n')\nprint('end')"
    )
    images = "from IPython.display import display\nfor _ in range(5): display({'image/png': 'y' * 9_000_000}, raw=True)"
    notebook = write(tmp_path / "n.ipynb", flood, images, "print('fine')")
    workspace.pipelines.run(notebook, output=str(tmp_path / "out.ipynb"))
    assert (tmp_path / "out.ipynb").stat().st_size < 45 << 20
    first, second, third = nbformat.read(tmp_path / "out.ipynb", 4).cells
    text = "".join(output.text for output in first.outputs)
    assert 4_000_000 < len(text) < 5_000_000
    assert "characters of output were left out" in text
    assert text.endswith("end\n")
    assert "2 displays beyond the limit were left out" in second.outputs[-1].text
    assert third.outputs[0].text == "fine\n"


@pytest.mark.parametrize("kind", ["missing", "dies"])
def test_a_kernel_that_does_not_come_up(workspace, tmp_path, write, monkeypatch, kind):
    """B61: an installed kernel whose command was changed."""
    argv = {
        "missing": ["/no/such/python", "-f", "{connection_file}"],
        "dies": [sys.executable, "-c", "raise RuntimeError('no license')"],
    }[kind]
    folder = tmp_path / "jupyter" / "kernels" / "odd"
    folder.mkdir(parents=True)
    spec = {"argv": argv, "display_name": "Odd", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    notebook = write(tmp_path / "n.ipynb", AFTER, kernel="odd")
    out = tmp_path / "out.ipynb"
    word = {"missing": "cannot be started", "dies": "no license"}[kind]
    with pytest.raises(KernelDiedError, match=word) as caught:
        workspace.pipelines.run(notebook, output=str(out))
    assert cells(out) == ["pending"]
    assert said(out)[0] == "failed"
    assert workspace.runs.get(caught.value.details["run"]).status is Status.FAILED


RUNNER = """
import sys
from nbmlops.workspace import open_workspace
open_workspace(sys.argv[1]).pipelines.run(sys.argv[2], output=sys.argv[3])
print("returned")
"""


@pytest.fixture
def runner(workspace_folder, tmp_path, write):
    """Starts a process that runs a notebook with an open child run and a long cell."""
    started = []

    def start(*sources, script=RUNNER):
        notebook = write(tmp_path / "n.ipynb", *sources)
        command = [sys.executable, "-c", script, workspace_folder, notebook, tmp_path / "out.ipynb"]
        started.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("number", "code", "who"),
    [
        (signal.SIGINT, -signal.SIGINT, "Ctrl-C"),
        (signal.SIGTERM, 128 + signal.SIGTERM, "SIGTERM"),
        (signal.SIGHUP, 128 + signal.SIGHUP, "the closing of its terminal"),
    ],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
)
def test_a_signal_cancels_the_run(runner, workspace, tmp_path, number, code, who):
    process = runner(OPEN_CHILD, SLEEP, AFTER)
    started = pids(tmp_path)
    out = tmp_path / "out.ipynb"
    wait_for(lambda: cells(out)[1] == "running")
    process.send_signal(number)
    output, _ = process.communicate(timeout=100)
    assert process.returncode == code
    assert output == ""
    assert cells(out) == ["completed", "cancelled", "pending"]
    assert said(out) == ("cancelled", f"The run of 'n.ipynb' was cancelled by {who}.")
    assert not any(map(is_running, started))
    (run,) = [run for run in workspace.runs.find() if run.kind == "notebook"]
    assert run.status is Status.CANCELLED
    assert who in run.reason
    assert workspace.runs.artifact(run.id, "n.ipynb") == out.read_bytes()
    (child,) = workspace.runs.children(run.id)
    assert child.status.is_final


def test_a_killed_runner_leaves_what_was_true_and_the_table_says_lost(runner, workspace, tmp_path):
    process = runner(OPEN_CHILD, SLEEP, AFTER)
    kernel, _ = pids(tmp_path)
    out = tmp_path / "out.ipynb"
    wait_for(lambda: cells(out)[1] == "running")
    process.kill()
    process.communicate()
    assert cells(out) == ["completed", "running", "pending"]
    assert nbformat.read(out, 4).cells[1].metadata.papermill.start_time
    assert said(out)[0] == "running"
    wait_for(lambda: not is_running(kernel), 10)

    def all_lost():
        runs = list(workspace.runs.find())
        return len(runs) == 2 and {run.status for run in runs} == {Status.LOST} and runs

    runs = wait_for(all_lost, 10)
    assert all(run.reason for run in runs)
    assert {run.kind for run in runs} >= {"notebook"}


FULL = """
import resource, signal, sys
from nbmlops.workspace import open_workspace
workspace = open_workspace(sys.argv[1])
workspace.store.runs.find()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    workspace.pipelines.run(sys.argv[2], output=sys.argv[3])
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_full_disk_leaves_the_last_good_version(runner, tmp_path):
    process = runner("x = 1", "print('y' * 2_000_000)", AFTER, script=FULL)
    output, errors = process.communicate(timeout=60)
    assert output.startswith("StoreUnavailableError"), errors
    out = tmp_path / "out.ipynb"
    assert cells(out)[-1] == "pending"  # what was true when it could last be saved
    assert said(out)[0] == "running"
    assert StoreUnavailableError.__name__ in output
    assert [path.name for path in tmp_path.glob(".out*")] == []


def test_of_two_runs_with_one_output_one_is_refused_and_no_reader_sees_a_part(
    workspace, tmp_path, write
):
    """B60."""
    sources = [f"print('{letter}' * 100_000)" for letter in "abcdef"]
    notebook = write(tmp_path / "n.ipynb", *sources)
    out = tmp_path / "out.ipynb"
    ended = threading.Event()

    def read_often() -> int:
        count = 0
        while not ended.is_set():
            if out.exists():
                nbformat.reads(out.read_text("utf-8"), as_version=4)
                count += 1
        return count

    def run(_):
        try:
            return workspace.pipelines.run(notebook, output=str(out)).status
        except AlreadyExistsError as error:
            return error

    with ThreadPoolExecutor(3) as pool:
        reading = pool.submit(read_often)
        results = list(pool.map(run, range(2)))
        ended.set()
        assert reading.result() > 10
    assert sum(result is Status.SUCCEEDED for result in results) == 1
    assert sum(isinstance(result, AlreadyExistsError) for result in results) == 1
    assert said(out)[0] == "succeeded"
