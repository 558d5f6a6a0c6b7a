"""The repository a notebook stands in: commit, branch, remote without credentials, dirty diff.

git itself is asked, because no library knows it better. It is asked in a thread: a large
repository takes seconds to answer, and no cell waits for it.
"""

from __future__ import annotations

import math
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from nbmlops.capture.redaction import redact, redact_url
from nbmlops.capture.values import to_text

__all__ = ["Repositories", "find_repository"]

DIFF_BYTES = 128 * 1024
TIMEOUT_SECONDS = 10
FRESH_SECONDS = 1.0


def find_repository(start: Path) -> Path | None:
    """The folder with `.git` at or above `start`."""
    for folder in (start, *start.parents):
        if (folder / ".git").exists():
            return folder
    return None


class Repositories:
    """Asks git, and remembers the answer for a second: runs in a loop share it.

    An answer that is older is fresh for a run that was open when it was asked for (`since`).
    """

    def __init__(self) -> None:
        self._answers: dict[tuple[Path, Path | None], tuple[float, dict[str, Any] | None]] = {}
        self._asking = threading.Lock()

    def fresh(
        self, repository: Path, file: Path | None = None, *, since: float | None = None
    ) -> dict[str, Any] | None:
        """The answer of the last second, or of the time since then, if there is one."""
        asked, answer = self._answers.get((repository, file), (-math.inf, None))
        oldest = time.monotonic() - FRESH_SECONDS
        return answer if asked >= min(oldest, oldest if since is None else since) else None

    def ask(
        self, repository: Path, file: Path | None = None, *, since: float | None = None
    ) -> dict[str, Any] | None:
        """The data of a `git` record, or None where git does not answer.

        `file` is the one whose code runs: where the repository does not have it, that is a change.
        """
        with self._asking:
            # Somebody may have asked while we waited for our turn.
            if (known := self.fresh(repository, file, since=since)) is not None:
                return known
            asked = time.monotonic()
            answer = _ask(repository, file)
            self._answers[repository, file] = (asked, answer)
            return answer


def _ask(repository: Path, file: Path | None) -> dict[str, Any] | None:
    status = _git(repository, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    if status is None:
        return None
    head = dict(
        line[2:].split(" ", 1)
        for line in status.splitlines()
        if line.startswith("# branch.") and " " in line[2:]
    )
    commit = head.get("branch.oid")
    branch = head.get("branch.head")
    dirty = any(not line.startswith("#") for line in status.splitlines())
    diff = (_git(repository, "diff", "HEAD", "--no-ext-diff", "--no-color") or "") if dirty else ""
    remote = _remote(repository, head.get("branch.upstream", ""))
    return {
        "commit": None if commit in (None, "(initial)") else commit,
        "branch": None if branch in (None, "(detached)") else redact(branch),
        "remote": redact_url(remote.strip()) if remote and remote.strip() else None,
        "dirty": dirty or not _has(repository, file),
        "diff": to_text(diff, DIFF_BYTES),
    }


def _has(repository: Path, file: Path | None) -> bool:
    if file is None:
        return True
    name = os.path.relpath(file, repository)
    return _git(repository, "ls-files", "--error-unmatch", "--", name) is not None


def _remote(repository: Path, upstream: str) -> str:
    """The URL of the remote that the branch follows, else of `origin`, else of the first one."""
    listed = _git(repository, "config", "--get-regexp", r"^remote\..*\.url$") or ""
    found = dict(line.split(" ", 1) for line in listed.splitlines() if " " in line)
    urls = {key[len("remote.") : -len(".url")]: url.strip() for key, url in found.items()}
    followed = [name for name in urls if upstream.startswith(f"{name}/")]
    name = next(iter([*followed, *(["origin"] if "origin" in urls else []), *urls]), "")
    return urls.get(name, "")


def _git(repository: Path, *arguments: str) -> str | None:
    environment = {
        **os.environ,
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
    }
    # The user's hooks, pagers, monitors and filters are not ours to start.
    command = [
        "git",
        "-C",
        str(repository),
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.pager=cat",
        *arguments,
    ]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
