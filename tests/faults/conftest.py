"""The tables of this folder can be imported by its tests; the place that bad input is given to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from doors import Terminal

from nbmlops.testing import Shell
from nbmlops.workspace import Workspace, open_workspace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad-input") / "place"


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All tests of this file share one workspace, and stand in an empty folder."""
    monkeypatch.setenv("NBMLOPS_WORKSPACE", str(place / "workspace"))
    monkeypatch.setenv("COLUMNS", "200")
    (place / "empty").mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(place / "empty")
    return place


@pytest.fixture(scope="module")
def ws(place: Path) -> Iterator[Workspace]:
    opened = open_workspace(place / "workspace")
    with opened.runs.track("known", name="known", params={"p": 1}) as run:
        run.log(a=0.5)
        run.log_artifact(b"bytes", name="known.txt")
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def shell(ws: Workspace) -> Iterator[Shell]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBMLOPS_WORKSPACE", str(ws.settings.root))
        opened = Shell()
        opened.run("import nbmlops")
        yield opened
        opened.close()


@pytest.fixture
def terminal(capsysbinary: pytest.CaptureFixture[bytes]) -> Terminal:
    return Terminal(capsysbinary)


@pytest.fixture
def nothing_outside(place: Path) -> Iterator[None]:
    """Whatever was given, no file appears beside the workspace."""
    yield
    assert sorted(path.name for path in place.iterdir()) in (["empty"], ["empty", "workspace"])
    assert not list((place / "empty").iterdir())
    assert not (place.parent / "x").exists()
