"""`papermill --engine nbmlops`: papermill's own table of faults, without its lies."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from nbmlops.errors import KernelDiedError, TimedOutError
from nbmlops.notebooks.engine import TruthfulEngine

AFTER = "print('after')"


def outcome(path: Path) -> tuple[list[str], list[object]]:
    """Status and exception of each code cell, the one of the injected parameters left out."""
    notebook = nbformat.read(path, 4)
    meta = [
        cell.metadata.papermill
        for cell in notebook.cells
        if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", [])
    ]
    return [one.status for one in meta], [one.exception for one in meta]


@pytest.fixture
def run(tmp_path, write, monkeypatch):
    """Executes code cells by papermill's API with our engine."""
    monkeypatch.chdir(tmp_path)

    def execute(*sources, parameters=None, given=None, **options):
        write(tmp_path / "in.ipynb", *sources, parameters=parameters)
        return papermill.execute_notebook(
            "in.ipynb",
            "out.ipynb",
            given,
            engine_name="nbmlops",
            progress_bar=False,
            **options,
        )

    return execute


def test_a_good_run_is_papermills_in_every_other_way(run, tmp_path, capfd):
    notebook = run(
        "print(a)",
        AFTER,
        parameters="a = 1",
        given={"a": 5},
        log_output=True,
        stdout_file=sys.stdout,
    )
    assert outcome(tmp_path / "out.ipynb") == (["completed"] * 3, [False] * 3)
    assert notebook.metadata.papermill.parameters == {"a": 5}
    assert notebook.metadata.papermill.exception is None
    assert notebook.cells[2].outputs[0].text == "5\n"
    assert capfd.readouterr().out == "5\nafter\n"


def test_a_cell_that_raises_is_reported_by_papermill(run, tmp_path):
    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        run("x = 1", "1/0", AFTER)
    assert outcome(tmp_path / "out.ipynb") == (
        ["completed", "failed", "pending"],
        [False, True, None],
    )
    markers = [cell for cell in nbformat.read("out.ipynb", 4).cells if cell.cell_type == "markdown"]
    assert len(markers) == 2


def test_a_dead_kernel_is_papermills_exception_and_ours(run, tmp_path):
    with pytest.raises(DeadKernelError, match="killed by SIGKILL") as caught:
        run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", AFTER)
    assert isinstance(caught.value, KernelDiedError)
    assert outcome(tmp_path / "out.ipynb") == (["failed", "pending"], [True, None])


def test_a_timeout_is_nbclients_exception_and_ours(run, tmp_path):
    with pytest.raises(CellTimeoutError, match="longer than 1 seconds") as caught:
        run("import time; time.sleep(60)", AFTER, execution_timeout=1)
    assert isinstance(caught.value, TimedOutError)
    assert outcome(tmp_path / "out.ipynb") == (["failed", "pending"], [True, None])


def test_an_early_exit_is_no_failure(run, tmp_path):
    run("import sys; sys.exit(0)", AFTER)
    assert outcome(tmp_path / "out.ipynb") == (["completed", "pending"], [False, None])


def test_an_output_relative_to_another_working_directory_is_found(run, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    run("import os; print(os.getcwd())", cwd=tmp_path / "elsewhere")
    text = nbformat.read(tmp_path / "out.ipynb", 4).cells[0].outputs[0].text
    assert text == f"{tmp_path / 'elsewhere'}\n"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_missing_folder_is_said_before_anything_runs(tmp_path, write, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.ipynb", "open('ran', 'w')")
    with pytest.raises(FileNotFoundError, match="output folder no/such doesn't exist"):
        papermill.execute_notebook("in.ipynb", "no/such/out.ipynb", engine_name="nbmlops")
    assert not Path("ran").exists()


def test_a_silent_kernel_times_out_at_its_start(tmp_path, write, monkeypatch):
    folder = tmp_path / "jupyter" / "kernels" / "silent"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-c", "import time; time.sleep(300)"]
    spec = {"argv": argv, "display_name": "Silent", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    notebook = nbformat.read(write(tmp_path / "in.ipynb", "1"), 4)
    notebook.metadata["papermill"] = nbformat.from_dict({})
    began = time.monotonic()
    with pytest.raises(TimedOutError, match="start of kernel 'silent' took longer than 1 second"):
        TruthfulEngine.execute_notebook(notebook, "silent", progress_bar=False, start_timeout=1)
    assert time.monotonic() - began < 100
    assert notebook.cells[0].metadata.papermill.status == "pending"


SLOW = (
    "import os, time\nopen('mark.tmp', 'w').write(str(os.getpid()))\nos.rename('mark.tmp', 'mark')\n"
    "for _ in range(3000): time.sleep(0.1)"  # a signal right before a long sleep is missed
)


@pytest.mark.parametrize(
    ("number", "code", "status"),
    [
        (signal.SIGINT, 1, "cancelled"),
        (signal.SIGTERM, 143, "cancelled"),
        (signal.SIGKILL, -9, "running"),
    ],
    ids=["SIGINT", "SIGTERM", "SIGKILL"],
)
def test_a_stopped_papermill_leaves_the_truth(tmp_path, write, number, code, status):
    write(tmp_path / "in.ipynb", SLOW, AFTER)
    command = [sys.executable, "-m", "papermill", "--engine", "nbmlops", "in.ipynb", "out.ipynb"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 40
    while not (tmp_path / "mark").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    kernel = psutil.Process(int((tmp_path / "mark").read_text()))
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == code, errors
    assert outcome(tmp_path / "out.ipynb")[0] == [status, "pending"]
    psutil.wait_procs([kernel], timeout=10)
    assert not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE


def limit_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))


def test_a_full_disk_keeps_the_output_of_the_run_before(tmp_path, write):
    write(tmp_path / "in.ipynb", AFTER)
    command = [sys.executable, "-m", "papermill", "--engine", "nbmlops", "--no-progress-bar"]
    subprocess.run([*command, "in.ipynb", "out.ipynb"], cwd=tmp_path, check=True)
    write(tmp_path / "in.ipynb", "print('x' * 200_000)", AFTER)
    done = subprocess.run(
        [*command, "in.ipynb", "out.ipynb"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=limit_files,
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert outcome(tmp_path / "out.ipynb")[0] == ["running", "pending"]
    assert [name for name in os.listdir(tmp_path) if name.endswith(".tmp")] == []
