"""What a workspace writes is this user's alone, and what somebody planted there is not followed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nbmlops.errors import NbmlopsError
from nbmlops.workspace import Workspace


def modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder.parent)): stat.S_IMODE(path.lstat().st_mode)
        for path in [folder, *folder.rglob("*")]
    }


@pytest.mark.parametrize("first", ["a script", "a reader"])
def test_files_are_0600_and_folders_0700_whatever_the_umask(
    first: str, workspace_folder: Path, tmp_path: Path
) -> None:
    program = """
import os
os.umask(0)
import nbmlops
if {reader}: nbmlops.find_runs()
with nbmlops.track("modes") as run:
    run.log(loss=0.5)
    run.log_artifact(b"bytes", name="a.txt")
nbmlops.flush()
nbmlops.find_runs()
"""
    subprocess.run(
        [sys.executable, "-c", program.format(reader=first == "a reader")], cwd=tmp_path, check=True
    )
    found = modes(workspace_folder)

    assert any(name.endswith(".nbj") for name in found)
    assert any("artifacts/" in name for name in found)
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}


def test_a_link_inside_of_the_artifacts_is_not_followed(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"not ours")
    with workspace.runs.track("links") as run:
        artifact = run.log_artifact(b"bytes", name="a.txt")
    kept = next(path for path in workspace_folder.rglob(f"{artifact.digest}*") if path.is_file())
    kept.unlink()
    kept.symlink_to(outside)

    with pytest.raises(NbmlopsError):
        workspace.runs.artifact(run.id, "a.txt")
    assert outside.read_bytes() == b"not ours"


def test_a_link_planted_for_a_journal_is_neither_read_nor_written(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    with workspace.runs.track("links") as run:
        run.log(loss=0.5)
    outside = tmp_path / "outside.nbj"
    outside.write_bytes(b"\n1 00000002 00000000 {}\n")
    (workspace_folder / "journal" / f"{'0' * 26}.nbj").symlink_to(outside)

    assert workspace.runs.get(run.id).metrics == {"loss": 0.5}
    workspace.store.drain()
    assert outside.read_bytes() == b"\n1 00000002 00000000 {}\n"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to somebody else")
def test_a_journal_folder_of_somebody_else_is_not_used(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    (workspace_folder / "journal").mkdir(parents=True)
    os.chown(workspace_folder / "journal", 12345, 12345)

    with pytest.warns(RuntimeWarning, match="not writable"), workspace.runs.track("theirs") as run:
        run.log(loss=0.5)

    assert not list((workspace_folder / "journal").iterdir())
    assert list((tmp_path / f"nbmlops-{os.getuid()}" / "journal").iterdir())
