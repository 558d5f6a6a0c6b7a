"""What is refused of a notebook and its parameters leaves no run and no file, at every door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bad_notebooks import REFUSALS, Refusal, notebook_text
from doors import Outcome, Terminal
from pipeline_doors import (
    NOTEBOOK,
    is_typed,
    through_magic,
    through_python,
    through_terminal,
)

from nbmlops.testing import Shell
from nbmlops.workspace import Workspace


@pytest.fixture
def folder(here: Path, row: Refusal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the row is tried: beside it and behind links are places that nothing may reach."""
    folder = tmp_path / "here"
    for name in ("here", "here/inside", "here-evil"):
        (tmp_path / name).mkdir()
    (folder / "out").symlink_to(tmp_path)
    (folder / "evil").symlink_to(tmp_path / "here-evil")
    (folder / "dangling.ipynb").symlink_to(tmp_path / "nowhere")
    (folder / "there.ipynb").write_text("mine")
    if row.make is None:
        (folder / NOTEBOOK).write_text(notebook_text("open('ran', 'w')"))
    else:
        row.make(folder / NOTEBOOK)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def nothing_made(folder: Path, ws: Workspace) -> Iterator[None]:
    """There are as many runs as before, and as many files."""

    def files() -> list[Path]:  # all but what IPython makes for itself
        return sorted(path for path in folder.parent.glob("[!i]*/**/*"))

    before = files()
    count = ws.runs.find().total
    yield
    assert files() == before
    assert (folder / "there.ipynb").read_text() == "mine"
    assert ws.runs.find().total == count
    assert not (ws.settings.root / "notebooks").exists() or not list(
        (ws.settings.root / "notebooks").iterdir()
    )


pytestmark = pytest.mark.usefixtures("nothing_made")


def check(row: Refusal, outcome: Outcome) -> None:
    assert row.kind in outcome.kinds, outcome
    assert outcome.message


@pytest.mark.parametrize("row", REFUSALS, ids=str)
def test_python(row: Refusal, ws: Workspace) -> None:
    check(row, through_python(row, ws))


@pytest.mark.parametrize("row", [*filter(is_typed, REFUSALS)], ids=str)
def test_magic(row: Refusal, ws: Workspace, shell: Shell) -> None:
    check(row, through_magic(row, ws, shell))


@pytest.mark.parametrize("row", [row for row in REFUSALS if "\0" not in row.given], ids=str)
def test_terminal(row: Refusal, ws: Workspace, terminal: Terminal) -> None:
    check(row, through_terminal(row, ws, terminal))
