"""`%nbmlops …`: the terminal's commands, from a cell."""

from __future__ import annotations

import subprocess
import sys

__all__ = ["run_command"]


def run_command(words: list[str]) -> None:
    """Run one command of the terminal in its own process and show what it prints.

    A process of its own keeps the kernel's streams, signals and working directory as they are.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "nbmlops", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
