"""The repository a notebook stands in: commit, branch, remote without credentials, dirty diff.

git itself is asked, because no library knows it better. It is asked in a thread: a large
repository takes seconds to answer, and no cell waits for it.
"""

from __future__ import annotations

import os
import subprocess
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
    """Asks git, and remembers the answer for a second: runs in a loop share it."""

    def __init__(self) -> None:
        self._answers: dict[Path, tuple[float, dict[str, Any] | None]] = {}

    def fresh(self, repository: Path) -> dict[str, Any] | None:
        """The answer of the last second, if there is one."""
        asked, answer = self._answers.get(repository, (-FRESH_SECONDS, None))
        return answer if time.monotonic() - asked < FRESH_SECONDS else None

    def ask(self, repository: Path) -> dict[str, Any] | None:
        """The data of a `git` record, or None where git does not answer."""
        asked = time.monotonic()
        answer = _ask(repository)
        self._answers[repository] = (asked, answer)
        return answer


def _ask(repository: Path) -> dict[str, Any] | None:
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
    remote = _git(repository, "config", "--get", "remote.origin.url")
    return {
        "commit": None if commit in (None, "(initial)") else commit,
        "branch": None if branch in (None, "(detached)") else redact(branch),
        "remote": redact_url(remote.strip()) if remote and remote.strip() else None,
        "dirty": dirty,
        "diff": to_text(diff, DIFF_BYTES),
    }


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
