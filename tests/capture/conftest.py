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
def tracked(shell: Shell, workspace_folder: Path) -> Callable[[str], Run]:
    """Runs a cell as a tracked one; its run."""

    def run(cell: str) -> Run:
        shell.run("%%track tracked --silent\n" + cell)
        found = open_workspace(workspace_folder).runs.find(experiment="tracked", limit=1)
        return next(iter(found))

    return run
