"""A terminal on a real workspace with a few recorded runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nbmlops.cli import main
from nbmlops.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:
        return json.loads(self.out)


Terminal = Callable[..., Said]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's user is read or written; the terminal is wide and colorless."""
    for name in ("DATA", "STATE", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in ("NBMLOPS_ARTIFACTS", "NBMLOPS_EXPERIMENT", "NBMLOPS_PARENT_RUN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NBMLOPS_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def workspace(own_folders: None) -> Workspace:
    """The workspace that the terminal uses too."""
    return open_workspace()


@pytest.fixture
def recorded(workspace: Workspace) -> list[str]:
    """The ids of three runs of `churn`: auc 0.7, 0.8 and 0.9 at max_depth 2, 4 and 8."""
    ids = []
    for name, depth, auc in (("shallow", 2, 0.7), ("middle", 4, 0.8), ("deep", 8, 0.9)):
        with workspace.runs.track("churn", name=name, params={"max_depth": depth}) as run:
            run.log(auc=auc)
            run.log(loss=1.0 / depth, step=1)
            run.set_tags({"team": "risk"})
            run.log_artifact(f"model of depth {depth}".encode(), name="model.txt")
        ids.append(run.id)
    return ids


@pytest.fixture
def terminal(own_folders: None, capsysbinary: pytest.CaptureFixture[bytes]) -> Terminal:
    """`terminal("runs", "find")` runs a command and gives exit code, output and errors."""

    def type_(*arguments: str) -> Said:
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        out, err = capsysbinary.readouterr()
        code = left.value.code
        return Said(code if isinstance(code, int) else 0, out.decode(), err.decode())

    return type_
