"""A place that cannot be written: recording goes to a private one, and one warning says where."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from pathlib import Path

import nbformat
import orjson
import pytest
from disks import READ_ONLY_WAYS, read_only
from programs import answered, program

from nbmlops.events import spelled_out
from nbmlops.store import journal

# What each door does; each prints what a person was told beside standard error.
DOORS = {
    "magic": """
from nbmlops.testing import Shell
shell = Shell()
told = []
for step in range(3):
    cell = f"%%track away\\nimport nbmlops\\nnbmlops.log(loss=0.5, step={step})\\n6 * 7"
    assert shell.run(cell).result == 42
    told.append(shell.printed)
print(json.dumps(told))
""",
    "python": """
for _ in range(3):
    with nbmlops.track("away") as run:
        nbmlops.log(loss=0.5, step=1)
print(json.dumps([]))
""",
    "terminal": """
from nbmlops.cli import main
try:
    main(["pipelines", "run", "takes.ipynb", "-p", "depth=3", "--output", "taken.ipynb", "--json"])
except SystemExit as left:
    assert not left.code, left.code
print(json.dumps([]))
""",
}
# A kernel takes seconds to start: the strongest way alone.
ENTERED = [
    (door, way)
    for door in DOORS
    for way in READ_ONLY_WAYS
    if door != "terminal" or way == READ_ONLY_WAYS[0]
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where journals go that have no place of their own."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    return tmp_path / "tmp" / f"nbmlops-{os.getuid()}" / "journal"


def kinds(place: Path) -> Counter[str]:
    """How many records of each kind are in the private place."""
    lines = [
        spelled_out(orjson.loads(part.payload))
        for path in place.glob("*.nbj")
        for part in journal.scan(path.read_bytes())
    ]
    return Counter(line["k"] for line in lines)


def told_of(done: subprocess.CompletedProcess[str], place: Path) -> int:
    """How often a person was told of that place."""
    return (done.stderr + "".join(answered(done))).count(f"recording to {place}")


@pytest.mark.parametrize(("door", "way"), ENTERED)
def test_a_read_only_workspace_is_left_for_a_private_place(
    door: str, way: str, workspace_folder: Path, place: Path, tmp_path: Path
) -> None:
    workspace_folder.mkdir()
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "p", "language": "python"}
    notebook.cells = [
        nbformat.v4.new_code_cell("depth = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("print(depth * 14)"),
    ]
    nbformat.write(notebook, tmp_path / "takes.ipynb")

    done = program(DOORS[door], tmp_path, within=read_only(way, workspace_folder))

    assert told_of(done, place) == 1
    runs = 1 if door == "terminal" else 3
    assert kinds(place)["run_started"] == kinds(place)["run_ended"] == runs
    assert kinds(place)["metric"] == (0 if door == "terminal" else 3)
    assert kinds(place)["params" if door == "terminal" else "metric"] > 0
    assert place.stat().st_mode & 0o777 == place.parent.stat().st_mode & 0o777 == 0o700
    assert not list(workspace_folder.iterdir())
    if door == "terminal":
        taken = nbformat.read(tmp_path / "taken.ipynb", as_version=4)
        assert "42" in str(taken.cells[-1].outputs)
        assert "succeeded" in done.stdout


@pytest.mark.parametrize("way", READ_ONLY_WAYS)
def test_a_read_only_home_is_left_for_a_private_place(
    way: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "IPYTHONDIR"):
        monkeypatch.delenv(name)
    monkeypatch.delenv("NBMLOPS_WORKSPACE", raising=False)

    done = program(DOORS["python"], tmp_path, within=read_only(way, home))

    assert told_of(done, place) == 1
    assert kinds(place)["metric"] == 3
    assert not list(home.iterdir())


@pytest.mark.parametrize("door", ["magic", "python", "terminal"])
def test_what_is_read_in_a_read_only_place_is_what_was_there(
    door: str, workspace_folder: Path, place: Path, tmp_path: Path
) -> None:
    answered(program(DOORS["python"], tmp_path))
    look = {
        "magic": "print(json.dumps(len(Shell().run('%runs').result)))",
        "python": "print(json.dumps(len(nbmlops.find_runs())))",
        "terminal": "main(['runs', 'find', '--json'])",
    }[door]
    first = "from nbmlops.cli import main\nfrom nbmlops.testing import Shell\n"
    drained = program("print(len(nbmlops.find_runs()))", tmp_path)
    assert drained.stdout == "3\n"

    within = read_only(READ_ONLY_WAYS[0], workspace_folder)
    done = program(first + look, tmp_path, within=within)

    assert done.returncode == 0, done.stderr
    found = orjson.loads(done.stdout)
    assert (found if door != "terminal" else len(found["runs"])) == 3


@pytest.mark.parametrize("way", READ_ONLY_WAYS)
def test_a_snapshot_shows_what_still_stands_in_the_log_of_the_database(
    way: str, workspace_folder: Path, place: Path, tmp_path: Path
) -> None:
    killed = program(
        """
        for value in (0.5, 0.25):
            with nbmlops.track("log") as run: run.log(loss=value)
            assert nbmlops.find_runs()
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        tmp_path,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (workspace_folder / "workspace.db-wal").stat().st_size > 0
    before = {path: path.read_bytes() for path in workspace_folder.glob("workspace.db*")}

    seen, codes = answered(
        program(
            """
            runs = nbmlops.find_runs()
            codes = [finding.code for finding in current_workspace().doctor.check()]
            print(json.dumps([[[str(run.status), run.metrics] for run in runs], codes]))
            """,
            tmp_path,
            within=read_only(way, workspace_folder),
        )
    )

    assert seen == [["succeeded", {"loss": 0.25}], ["succeeded", {"loss": 0.5}]]
    assert "read-only" in codes
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("way", ["a file in the way", "a planted link"])
def test_a_place_that_will_not_do_is_left_for_a_private_one(
    way: str, workspace_folder: Path, place: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    workspace_folder.mkdir()
    if way == "a file in the way":
        (workspace_folder / "journal").write_text("not a folder")
    else:
        (workspace_folder / "journal").symlink_to(tmp_path / "elsewhere")

    done = program(DOORS["python"], tmp_path)

    assert told_of(done, place) == 1
    assert kinds(place)["metric"] == kinds(place)["run_ended"] == 3
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_temporary_place_that_somebody_prepared_is_not_used(
    workspace_folder: Path, place: Path, tmp_path: Path
) -> None:
    (tmp_path / "prepared").mkdir()
    place.parent.symlink_to(tmp_path / "prepared")
    workspace_folder.mkdir()
    (workspace_folder / "journal").write_text("not a folder")

    done = program("with nbmlops.track('x') as run: run.log(a=0.5)\nprint('[]')", tmp_path)

    answered(done)
    assert done.stderr.count("RuntimeWarning") == 1
    assert not list((tmp_path / "prepared").iterdir())
