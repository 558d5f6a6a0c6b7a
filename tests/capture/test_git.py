"""What a run knows of the repository that its code stands in, asked of the real git."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nbmlops
from nbmlops.capture.git import Repositories, find_repository
from nbmlops.workspace import Workspace

SCRIPT = "import nbmlops\nwith nbmlops.track('scripts', name='{name}'):\n    nbmlops.log(auc=0.9)\n"


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit and a file in a subfolder."""
    folder = tmp_path / "project"
    (folder / "deep").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "deep" / "train.py").write_text("depth = 4\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def asked(place: Path) -> dict[str, object]:
    found = find_repository(place)
    assert found is not None
    answer = Repositories().ask(found, place if place.is_file() else None)
    assert answer is not None
    return answer


def test_a_committed_file_in_a_subfolder_is_clean(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")

    for place in (repository, repository / "deep", repository / "deep" / "train.py"):
        assert asked(place) == {
            "commit": head,
            "branch": "main",
            "remote": None,
            "dirty": False,
            "diff": "",
        }


def test_a_change_and_its_diff_are_seen_from_a_subfolder(repository: Path) -> None:
    (repository / "deep" / "train.py").write_text("depth = 8\npassword = 'hunter2hunter2'\n")

    answer = asked(repository / "deep")

    assert answer["dirty"] is True
    assert "-depth = 4\n+depth = 8\n" in str(answer["diff"])
    assert "hunter2" not in str(answer["diff"])


@pytest.mark.parametrize("ignored", [False, True])
def test_a_file_that_the_repository_does_not_have_is_a_change(
    repository: Path, ignored: bool
) -> None:
    new = repository / "deep" / "new one.py"
    new.write_text("depth = 8\n")
    if ignored:
        (repository / ".git" / "info" / "exclude").write_text("new one.py\n")

    assert asked(new)["dirty"] is True
    assert asked(repository / "deep" / "train.py")["dirty"] is False
    git(repository, "add", "-f", str(new))
    assert asked(new)["dirty"] is True
    git(repository, "commit", "-q", "-m", "second")
    assert asked(new)["dirty"] is False


def test_a_repository_without_a_commit_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "trunk")
    file = tmp_path / "train.py"
    file.write_text("depth = 8\n")

    answer = asked(file)

    assert (answer["commit"], answer["branch"], answer["dirty"]) == (None, "trunk", True)


def test_a_detached_head_has_a_commit_and_no_branch(repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach")

    answer = asked(repository)

    assert answer["commit"] == git(repository, "rev-parse", "HEAD")
    assert answer["branch"] is None


def test_a_worktree_and_a_link_to_the_folder_are_seen(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    (tmp_path / "link").symlink_to(repository)

    assert asked(tmp_path / "tree" / "deep")["branch"] == "other"
    assert asked(tmp_path / "link" / "deep" / "train.py")["dirty"] is False


@pytest.mark.parametrize(
    ("remotes", "follows", "expected"),
    [
        ({"origin": "https://me:secret@example.org/a.git"}, None, "@example.org/a.git"),
        ({"company": "https://example.org/b.git"}, None, "https://example.org/b.git"),
        ({"a": "https://a.org/x", "origin": "git@b.org:x.git"}, None, "b.org:x.git"),
        ({"origin": "https://b.org/x", "team/a": "https://a.org/x"}, "team/a", "https://a.org/x"),
    ],
)
def test_the_remote_is_the_one_that_the_branch_follows_else_origin_else_the_first(
    repository: Path, remotes: dict[str, str], follows: str | None, expected: str
) -> None:
    for name, url in remotes.items():
        git(repository, "remote", "add", name, url)
    if follows:
        git(repository, "update-ref", f"refs/remotes/{follows}/main", "HEAD")
        git(repository, "branch", "-q", f"--set-upstream-to={follows}/main")

    remote = str(asked(repository)["remote"])

    assert remote.endswith(expected)
    assert "secret" not in remote


def test_without_git_or_a_repository_nothing_is_recorded(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_repository(tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))

    assert Repositories().ask(repository) is None


def test_a_script_is_recorded_with_its_own_repository_wherever_it_was_started(
    repository: Path, tmp_path: Path, workspace_folder: Path, workspace: Workspace
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    git(elsewhere, "init", "-q", "-b", "wrong")
    script = repository / "deep" / "score.py"
    for name, committed in (("new", False), ("kept", True)):
        script.write_text(SCRIPT.format(name=name))
        if committed:
            git(repository, "add", ".")
            git(repository, "commit", "-q", "-m", name)
        subprocess.run([sys.executable, str(script)], cwd=elsewhere, env={**os.environ}, check=True)

    new, kept = (nbmlops.get_run(name).git for name in ("new", "kept"))
    assert new is not None
    assert kept is not None
    assert (new.branch, new.dirty) == ("main", True)
    assert (kept.branch, kept.dirty) == ("main", False)
    assert new.commit != kept.commit
