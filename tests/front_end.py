"""The packages that check the front end, installed where they are wanted, once at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

CHECKS = Path(__file__).parents[1] / "labextension" / "checks"


def run_in_checks(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["jlpm", *arguments], cwd=CHECKS, capture_output=True, text=True, check=False
    )


def install_checks() -> Path:
    """The folder of the checks with all that they need; where that is not to be had, a skip, or a
    failure where CI is set.
    """
    if shutil.which("jlpm") is None or shutil.which("node") is None:
        pytest.skip("There is no Node; the test extra brings one.")
    name = f"nbmlops-checks-{os.getuid()}.lock"
    with (Path(tempfile.gettempdir()) / name).open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        done = run_in_checks("install", "--immutable")
    if done.returncode and not os.environ.get("CI"):
        pytest.skip(f"The packages of the checks are not to be had:\n{done.stdout[-500:]}")
    assert done.returncode == 0, done.stdout[-3000:]
    return CHECKS
