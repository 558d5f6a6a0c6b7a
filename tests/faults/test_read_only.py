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


@pytest.mark.parametrize(
    ("door", "way"),
    [*(("python", way) for way in READ_ONLY_WAYS), ("magic", READ_ONLY_WAYS[0])],
)
def test_a_read_only_home_is_left_for_a_private_place(
    door: str, way: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "IPYTHONDIR"):
        monkeypatch.delenv(name)
    monkeypatch.delenv("NBMLOPS_WORKSPACE", raising=False)

    done = program(DOORS[door], tmp_path, within=read_only(way, home))

    assert told_of(done, place) == 1
    assert kinds(place)["metric"] == 3
    assert not list(home.iterdir())


# What a person sees of the runs at each door, all of it as one text, and the names that are in it.
LOOKS = {
    "magic": ("str(shell.run('%runs').result._repr_mimebundle_())", ["one", "two"]),
    "compare magic": ("str(shell.run('%compare one two').result._repr_mimebundle_())", ["one"]),
    "python": ("str(nbmlops.find_runs().notes)", []),
    "terminal": ("typed('runs', 'find')", ["one", "two"]),
    "terminal as csv": ("typed('runs', 'find', '--csv')", ["one", "two"]),
    "terminal as json": ("typed('runs', 'find', '--json')", ["one", "two"]),
    "terminal's show": ("typed('runs', 'show', 'one')", ["one"]),
    "terminal's compare": ("typed('runs', 'compare', 'one', 'two')", ["one", "two"]),
    "doctor": ("typed('doctor')", []),
    "a cell": ('seen_in_cell(\'[nbmlops.get_run(name) for name in ("one", "two")]\')', ["one"]),
}
LOOKING = """
import contextlib, io
from nbmlops.cli import main
from nbmlops.testing import Shell

def typed(*words):
    seen = io.StringIO()
    with contextlib.redirect_stdout(seen), contextlib.redirect_stderr(seen):
        try: main(list(words))
        except SystemExit as left: assert not left.code, left.code
    return seen.getvalue()

def seen_in_cell(cell):
    shell.run(cell)
    return shell.printed

shell = Shell()
shell.run("import nbmlops")
"""


@pytest.fixture
def three_runs(workspace_folder: Path, place: Path, tmp_path: Path) -> None:
    """The workspace with three runs, of which nobody has a journal open."""
    drained = program(
        """
        for name in ("one", "two", "three"):
            with nbmlops.track("here", name=name) as run: run.log(m=0.5)
        current_workspace().runs.export("here", "here.zip")
        print(len(nbmlops.find_runs()))
        """,
        tmp_path,
    )
    assert drained.stdout == "3\n", drained.stderr


@pytest.mark.usefixtures("three_runs")
def test_what_is_read_in_a_read_only_place_is_what_was_there_and_says_so(
    workspace_folder: Path, place: Path, tmp_path: Path
) -> None:
    looks = ", ".join(f"{door!r}: {look}" for door, (look, _) in LOOKS.items())
    code = f"{LOOKING}print(json.dumps({{{looks}}}))"

    seen = answered(program(code, tmp_path, within=read_only(READ_ONLY_WAYS[0], workspace_folder)))

    assert seen.keys() == LOOKS.keys()
    for door, (_, names) in LOOKS.items():
        said = " ".join(seen[door].split())
        once = 2 if "magic" in door else 1  # as HTML and as text
        assert said.count("what is shown is a snapshot") == once, (door, said)
        assert [name for name in names if name not in said] == [], door


CHANGES = {
    "tag": ("('one', {'k': 'v'})", "set_tags", "one k=v"),
    "note": ("('one', 'text')", "set_note", "one text"),
    "rename": ("('one', 'other')", "rename", "one other"),
    "delete": ("('one',)", "delete", "one"),
    "restore": ("('one',)", "restore", "one"),
    "import": ("('here.zip',)", "import_", "here.zip"),
}


@pytest.mark.parametrize("way", READ_ONLY_WAYS)
@pytest.mark.usefixtures("three_runs")
def test_what_changes_a_run_is_refused_in_a_read_only_place(
    way: str, workspace_folder: Path, place: Path, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in workspace_folder.rglob("*") if path.is_file()}
    refused = answered(
        program(
            f"""
            import contextlib, io
            from nbmlops.cli import main
            from nbmlops.testing import Shell
            shell, refused = Shell(), []
            for verb, (given, name, words) in {CHANGES!r}.items():
                try: getattr(current_workspace().runs, name)(*eval(given))
                except nbmlops.errors.StoreUnavailableError as e: refused.append([verb, str(e)])
                if verb in ("tag", "delete"):  # which is the terminal's own process
                    shell.run(f"%nbmlops runs {{verb}} {{words}}")
                    refused.append([verb, shell.printed])
                err = io.StringIO()
                with contextlib.redirect_stderr(err):
                    try: main(["runs", verb, *words.split()])
                    except SystemExit as left: refused.append([verb, f"{{left.code}} {{err.getvalue()}}"])
            print(json.dumps(refused))
            """,
            tmp_path,
            within=read_only(way, workspace_folder),
        )
    )

    times = dict.fromkeys(CHANGES, 2) | {"tag": 3, "delete": 3}
    assert Counter(verb for verb, _ in refused) == times
    for _, told in refused:
        assert f"The workspace {workspace_folder} is not available: its folder is read-only" in told
        assert "Nothing was changed. Make the folder writable" in told
        assert "Traceback" not in told
    assert [told[:1] for _, told in refused].count("8") == len(CHANGES)
    assert not place.parent.exists()
    assert {path: path.read_bytes() for path in before} == before


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
