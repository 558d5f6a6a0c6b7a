"""What each executed cell cost, as its runner saw it: tracked or not, failed, timed out, killed."""

import json
import os

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from nbmlops.errors import CellFailedError, KernelDiedError, TimedOutError
from nbmlops.notebooks import costs
from nbmlops.notebooks.costs import Costs, Usage, name_of
from nbmlops.records import to_dict

WORK = "# The work\nimport time\nwhile time.process_time() < 1.5: pass"
MEMORY = "held = bytearray(120 << 20)\ndel held"


@pytest.fixture
def executed(workspace, tmp_path, write):
    """Executes code cells; the notebook's run and its cells."""

    def run(*sources, raises=None, **options):
        notebook = write(tmp_path / "n.ipynb", *sources)
        if raises is None:
            workspace.pipelines.run(notebook, **options)
        else:
            with pytest.raises(raises):
                workspace.pipelines.run(notebook, **options)
        found = workspace.runs.get("last")
        return found, found.resources.cells

    return run


def test_each_cell_has_its_time_its_cpu_and_its_memory(executed):
    run, cells = executed("x = 1", WORK, MEMORY, "", "# only words", "%%bash\ntrue")

    assert [(cell.number, cell.name) for cell in cells] == [
        (1, "x = 1"),
        (2, "# The work"),
        (3, "held = bytearray(120 << 20)"),
        (5, "# only words"),
        (6, "true"),
    ]
    assert {cell.status for cell in cells} == {"completed"}
    assert cells[1].cpu_seconds > 0.5 > cells[0].cpu_seconds
    assert cells[1].duration_seconds >= cells[1].cpu_seconds - 0.1
    assert cells[2].peak_memory_bytes > cells[0].peak_memory_bytes + (100 << 20)
    assert run.resources.peak_memory_bytes >= cells[2].peak_memory_bytes
    assert run.resources.cpu_seconds >= sum(cell.cpu_seconds for cell in cells) - 0.05
    assert sum(cell.duration_seconds for cell in cells) <= run.resources.wall_seconds
    assert all(cell.cell_id for cell in cells)


def test_they_are_told_as_json_and_carried_by_an_export(executed, workspace, tmp_path):
    run, _ = executed("x = 1", "y = 2")
    told = json.loads(json.dumps(to_dict(run)))["resources"]["cells"]
    file = workspace.runs.export(run.experiment, tmp_path / "n.nbx")
    from nbmlops.workspace import open_workspace

    other = open_workspace(tmp_path / "other")
    other.runs.import_(file)

    assert [cell["name"] for cell in told] == ["x = 1", "y = 2"]
    assert other.runs.get(run.id).resources == run.resources
    other.close()


def test_a_failure_is_told_up_to_the_cell_that_failed(executed):
    _, cells = executed("x = 1", "1 / 0", "never", raises=CellFailedError)

    assert [(cell.name, cell.status) for cell in cells] == [
        ("x = 1", "completed"),
        ("1 / 0", "failed"),
    ]


def test_a_timeout_is_told_with_what_was_used_until_then(executed):
    _, cells = executed("x = 1", "while True: pass", "never", raises=TimedOutError, timeout=1)

    assert [cell.status for cell in cells] == ["completed", "failed"]
    assert cells[1].duration_seconds >= 1
    assert cells[1].cpu_seconds > 0.1


def test_a_kernel_that_takes_itself_away_has_told_what_was_seen(executed):
    run, cells = executed(
        "x = 1", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", raises=KernelDiedError
    )

    assert [cell.status for cell in cells] == ["completed", "failed"]
    assert cells[1].duration_seconds > 0
    assert cells[1].peak_memory_bytes > 1 << 20
    assert run.resources.cpu_seconds > 0


def test_a_notebook_that_ends_itself_is_told_to_there(executed):
    _, cells = executed("x = 1", "raise SystemExit(0)", "never")

    assert [cell.status for cell in cells] == ["completed", "completed"]


def test_secrets_are_in_no_name(executed):
    _, cells = executed("api_key = 'hunter2hunter2'", f"token = '{'A1b2' * 30}'")

    assert "hunter2" not in str(cells)
    assert cells[0].name == "api_key = '[redacted]'"
    assert "A1b2" not in str(cells)


def test_the_executed_notebook_says_it_as_well(executed, workspace):
    run, cells = executed(WORK, "1")
    notebook = nbformat.read(workspace.pipelines.executed_file(run), 4)
    meta = [cell.metadata.papermill for cell in notebook.cells]

    assert [one.cpu_seconds for one in meta] == [cell.cpu_seconds for cell in cells]
    assert [one.peak_memory_bytes for one in meta] == [cell.peak_memory_bytes for cell in cells]


def test_papermills_own_runs_say_it_in_the_notebook(tmp_path, write, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.ipynb", WORK, "1 / 0", "never")
    with pytest.raises(PapermillExecutionError):
        papermill.execute_notebook(
            "in.ipynb", "out.ipynb", engine_name="nbmlops", progress_bar=False
        )
    code = [cell for cell in nbformat.read("out.ipynb", 4).cells if cell.cell_type == "code"]
    meta = [cell.metadata.papermill for cell in code]

    assert meta[0].cpu_seconds > 0.5
    assert meta[1].status == "failed"
    assert meta[1].peak_memory_bytes > 1 << 20
    assert "cpu_seconds" not in meta[2]


def test_a_kernel_somewhere_else_has_times_only():
    usage = Usage()
    measured = Costs(usage)
    measured.begin(None)
    measured.begin_cell()
    used = measured.end_cell(number=1, name="x", cell_id=None, status="completed", seconds=2.0)
    measured.end()

    assert used == {"cpu_seconds": None, "peak_memory_bytes": None}
    assert usage.data(3.0)["cells"][0]["duration_seconds"] == 2.0


def test_a_cell_is_measured_whatever_becomes_of_the_process():
    usage = Usage()
    measured = Costs(usage)
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    measured.begin(gone)
    measured.begin_cell()
    used = measured.end_cell(number=1, name="x", cell_id=None, status="failed", seconds=0.1)
    measured.end()

    assert used["cpu_seconds"] is None


def test_there_is_a_bound(monkeypatch):
    monkeypatch.setattr(costs, "MOST_CELLS", 3)
    measured = Costs(Usage())
    for number in range(5):
        measured.begin_cell()
        measured.end_cell(number=number, name="x", cell_id=None, status="completed", seconds=1.0)

    assert len(measured.usage.cells) == 3


def test_a_long_first_line_is_cut():
    assert len(name_of("x = '" + "y" * 500 + "'")) == costs.NAME_CHARACTERS
    assert name_of("") == ""
    assert name_of("%%track a\n%%time") == "%%track a"
