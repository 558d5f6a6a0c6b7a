"""What a workspace writes is this user's alone, and what somebody planted there is not followed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
import sqlite3
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import orjson
import pytest

from nbmlops.errors import NbmlopsError
from nbmlops.store.journal import frame, new_ulid
from nbmlops.workspace import Workspace, open_workspace


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


def bait(outside: Path) -> dict[str, bytes]:
    """Whatever would be read, changed or removed there by who follows a link; all of it."""
    outside.mkdir()
    theirs = open_workspace(outside.parent / "theirs")
    with theirs.runs.track("bait", name="bait") as run:
        run.log(m=0.5)
    theirs.close()
    (journal,) = (outside.parent / "theirs" / "journal").glob("*.nbj")
    shutil.copy(journal, outside)
    with zipfile.ZipFile(outside / "a-b.zip", "w") as archive:
        archive.write(journal, journal.name)
    (outside / ".old.tmp").write_bytes(b"half")
    os.utime(outside / ".old.tmp", (0, 0))
    digest = hashlib.sha256(b"object").hexdigest()
    (outside / digest[:2]).mkdir()
    (outside / digest[:2] / digest).write_bytes(b"object")
    return contents(outside)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def everything(workspace: Workspace, folder: Path) -> list[str]:
    """All that writes, moves, reads and removes files in a workspace; who said no."""
    refused = []

    def record() -> None:
        with workspace.runs.track("ours", name="ours") as run:
            run.log(m=0.5)
            run.log_artifact(b"object" * 9, name="a.txt")

    def leave_a_torn_end() -> None:
        if (folder / "journal").is_symlink():
            return
        torn = folder / "journal" / f"{new_ulid()}.nbj"
        head = {"writer": torn.stem, "pid": 1, "host": platform.node(), "boot": "earlier"}
        record = {"s": 0, "t": 10**18, "k": "head", "d": head}
        torn.write_bytes(frame(orjson.dumps(record)) + b'{"s":1,"t"')

    def pack() -> None:
        workspace.store.writer.close()
        workspace.store.drain()
        with contextlib.suppress(OSError):
            workspace.store._drain.pack(keep_seconds=0)

    for act in (
        record,
        leave_a_torn_end,
        lambda: workspace.runs.find().notes,
        pack,
        workspace.doctor.check,
        workspace.doctor.repair,
        workspace.runs.flush,
        lambda: workspace.runs.delete("ours"),
        lambda: workspace.runs.restore("ours"),
        workspace.pipelines._folder,
        workspace.doctor.rebuild,
        lambda: workspace.runs.export("ours", folder.parent / "ours.zip"),
        lambda: workspace.runs.import_(folder.parent / "ours.zip"),
    ):
        try:
            act()
        except NbmlopsError as error:
            refused.append(str(error))
    return refused


@pytest.mark.parametrize(
    "place",
    ["journal", "journal/closed", "journal/damaged", "journal/archive", "notebooks", "spool"],
)
@pytest.mark.parametrize("planted", ["before", "after"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_link_in_the_place_of_a_folder_is_not_followed(
    planted: str,
    place: str,
    workspace_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("NBMLOPS_ARTIFACTS", "memory://planted" if place == "spool" else "")
    before = bait(tmp_path / "outside")
    workspace = open_workspace()
    if planted == "after":
        everything(workspace, workspace_folder)
        workspace.close()
        workspace.store.forget()
    link = workspace_folder / place
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.exists():
        link.rename(workspace_folder.parent / "moved")
    link.symlink_to(tmp_path / "outside")
    refused = everything(workspace, workspace_folder)
    found = workspace.doctor.check()

    assert contents(tmp_path / "outside") == before, refused
    assert any(str(link) in finding.message for finding in found if finding.code == "links")
    with pytest.raises(NbmlopsError):
        workspace.runs.get("bait")

    link.unlink()
    workspace.store.forget()
    everything(workspace, workspace_folder)
    assert workspace.runs.get("last").metrics == {"m": 0.5}
    assert contents(tmp_path / "outside") == before
    workspace.close()


def test_a_database_that_is_a_link_is_refused(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    for outside in (tmp_path / "none.db", tmp_path / "theirs.db"):
        if outside.name == "theirs.db":
            sqlite3.connect(outside).executescript("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        before = outside.read_bytes() if outside.exists() else None
        (workspace_folder / "workspace.db").unlink(missing_ok=True)
        workspace_folder.mkdir(exist_ok=True)
        (workspace_folder / "workspace.db").symlink_to(outside)
        refused = everything(workspace, workspace_folder)

        assert any("it is a link, and links are not followed" in said for said in refused)
        assert (outside.read_bytes() if outside.exists() else None) == before
        assert sorted(tmp_path.glob("*.db-*")) == []
    # A rebuild has put the link aside; what was recorded meanwhile is there.
    assert not (workspace_folder / "workspace.db").is_symlink()
    assert workspace.runs.find(experiment="ours").total == 2


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a link to somebody else")
def test_artifacts_may_be_a_link_of_ours_and_none_of_somebody_else(
    workspace: Workspace, workspace_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir()
    workspace_folder.mkdir()
    link = workspace_folder / "artifacts"
    link.symlink_to(tmp_path / "disk")
    with workspace.runs.track("linked") as run:
        run.log_artifact(b"bytes", name="a.txt")
    assert workspace.runs.artifact(run.id, "a.txt") == b"bytes"
    before = contents(tmp_path / "disk")

    os.chown(link, 12345, 12345, follow_symlinks=False)
    with pytest.raises(NbmlopsError, match="links are not followed"):
        workspace.runs.artifact(run.id, "a.txt")
    with workspace.runs.track("linked") as run, pytest.raises(NbmlopsError, match="not followed"):
        run.log_artifact(b"others", name="a.txt")
    assert contents(tmp_path / "disk") == before


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
