"""A shell that has run a file's own `DATA`, and cells of it that are tracked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # what stands beside this file, by its own name

from nbmlops.records import Run
from nbmlops.testing import Shell
from nbmlops.workspace import open_workspace


@pytest.fixture
def shell(
    request: pytest.FixtureRequest,
    workspace_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    opened = Shell()
    opened.run(request.module.DATA)
    yield opened
    opened.close()


@pytest.fixture
def tracked(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Run]:
    """Runs a cell as a tracked one; its run.

    Looking at its calls may take the time it needs, so that what is seen does not hang on how busy
    the machine is; a test of the share that it is given by itself is marked `in_its_share`.
    """
    if request.node.get_closest_marker("in_its_share") is None:
        monkeypatch.setattr("nbmlops.capture.watching.watch.FREE_SECONDS", 60.0)
    shell: Shell = request.getfixturevalue("shell")
    folder: Path = request.getfixturevalue("workspace_folder")

    def run(cell: str) -> Run:
        shell.run("%%track tracked --silent\n" + cell)
        found = open_workspace(folder).runs.find(experiment="tracked", limit=1)
        return next(iter(found))

    return run
