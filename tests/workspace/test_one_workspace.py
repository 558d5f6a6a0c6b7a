"""A notebook, a script, its blocks and its tables mean one workspace, wherever its code changes to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from nbmlops.settings import load_settings
from nbmlops.testing import Kernel
from nbmlops.workspace import open_workspace

CELLS = [
    "%load_ext nbmlops\nimport nbmlops",
    "%%track --silent\nauc = 0.5 + 0.25\nwith nbmlops.track(name='inner'):\n    nbmlops.log(loss=0.5)",
    "import os\nos.chdir('/')\nnbmlops.log(late=1.0)",
    "with nbmlops.track(name='block') as run:\n    run.log(loss=0.25)",
    "found = %runs\nprint(sorted(run.name for run in nbmlops.find_runs()) == sorted(run.name for run in found))",
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[tool.nbmlops]\nworkspace = ".runs"\n')
    document = v4.new_notebook(cells=[v4.new_code_cell(source) for source in CELLS])
    document.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(document, folder / "train.ipynb")
    return folder


def names(folder: Path) -> list[str]:
    return sorted(run.name for run in open_workspace(folder).runs.find())


@pytest.mark.parametrize("door", ["papermill", "terminal"])
def test_all_of_a_notebook_goes_to_the_workspace_of_its_project(
    project: Path, tmp_path: Path, door: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out = str(elsewhere / "out.ipynb")
    notebook = str(project / "train.ipynb")
    command = {
        "papermill": ["-m", "papermill", notebook, out],
        "terminal": ["-m", "nbmlops", "pipelines", "run", notebook, "--output", out],
    }[door]

    subprocess.run([sys.executable, *command], cwd=elsewhere, check=True, capture_output=True)

    executed = nbformat.read(out, as_version=4)
    assert executed.cells[-1].outputs[-1].text == "True\n"
    recorded = open_workspace(project / ".runs").runs.find()
    assert len(recorded) == (4 if door == "papermill" else 5)
    assert {"inner", "block"} < set(names(project / ".runs"))
    assert not (Path(os.environ["XDG_DATA_HOME"]) / "nbmlops").exists()
    by_name = {run.name: run for run in recorded}
    (cell,) = [run for run in recorded if run.kind == "cell" and "auc" in run.metrics]
    assert by_name["inner"].parent_id == cell.id


def test_a_relative_place_stays_where_the_process_began(tmp_path: Path) -> None:
    program = (
        "import os, json, nbmlops\n"
        "with nbmlops.track('a', name='first'): pass\n"
        "os.makedirs('sub'); os.chdir('sub')\n"
        "with nbmlops.track('a', name='second'): pass\n"
        "print(json.dumps(sorted(run.name for run in nbmlops.find_runs())))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "NBMLOPS_WORKSPACE": "runs"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == ["first", "second"]
    assert names(tmp_path / "runs") == ["first", "second"]
    assert list((tmp_path / "sub").iterdir()) == []


def test_a_removed_working_folder_stops_nothing(workspace_folder: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    with Kernel(folder=gone) as kernel:
        kernel.run("import os\nos.rmdir(os.getcwd())")
        loaded = kernel.run("%load_ext nbmlops\nimport nbmlops")
        cell = kernel.run("%%track gone --silent\nauc = 0.5 + 0.25")
        block = kernel.run(
            "with nbmlops.track('gone', name='block') as run:\n    run.log(loss=0.5)"
        )
        found = kernel.run("len(nbmlops.find_runs())")

    assert [each.status for each in (loaded, cell, block)] == ["ok"] * 3
    assert found.result == {"text/plain": "2"}
    assert {"block"} < set(names(workspace_folder))


@pytest.mark.parametrize(
    ("key", "variable", "given", "expected"),
    [
        ("experiment", "NBMLOPS_EXPERIMENT", "from-env", "from-env"),
        ("experiment", "", "", "from-file"),
        ("skip", "NBMLOPS_SKIP", "git", "git"),
        ("skip", "", "", "data"),
    ],
)
def test_the_environment_goes_before_the_project_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    variable: str,
    given: str,
    expected: str,
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.nbmlops]\nworkspace = "w"\nexperiment = "from-file"\nskip = "data"\n'
    )
    if variable:
        monkeypatch.setenv(variable, given)

    assert getattr(load_settings(start=tmp_path), key) == expected


def test_an_argument_goes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.nbmlops]\nworkspace = "w"\n')
    assert load_settings(start=tmp_path).root == tmp_path / "w"

    monkeypatch.setenv("NBMLOPS_WORKSPACE", str(tmp_path / "env"))
    monkeypatch.setenv("NBMLOPS_ARTIFACTS", str(tmp_path / "bytes"))
    by_environment = load_settings(start=tmp_path)
    assert (by_environment.root, by_environment.artifacts) == (
        tmp_path / "env",
        str(tmp_path / "bytes"),
    )

    assert load_settings(tmp_path / "argument", start=tmp_path).root == tmp_path / "argument"
