"""Programs in processes of their own, on the workspace of a test, and what their journals say."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from nbmlops.events import spelled_out
from nbmlops.store import journal

__all__ = ["answered", "program", "records"]

SECONDS = 400  # a busy machine takes ten times what a quiet one does
START = """
import errno, json, os, random, resource, signal, sys, threading, time, warnings
from pathlib import Path
"""
IMPORTS = "import nbmlops\nfrom nbmlops.workspace import current_workspace\n"


def program(
    code: str, folder: Path, *, before: str = "", within: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """The end of a program; `before` runs before nbmlops is imported, `within` is a command that
    takes the program's command line behind its own words."""
    file = folder / "program.py"
    file.write_text(START + textwrap.dedent(before) + IMPORTS + textwrap.dedent(code), "utf-8")
    return subprocess.run(
        [*within, sys.executable, str(file)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def answered(done: subprocess.CompletedProcess[str]) -> Any:
    """What a program printed last, as JSON."""
    assert done.returncode == 0, done.stderr[-3000:]
    return orjson.loads(done.stdout.splitlines()[-1])


def records(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Everything in the journals of a workspace, by writer; nothing in them may be damaged."""
    found = {}
    for path in [*folder.glob("journal/*.nbj"), *folder.glob("journal/closed/*.nbj")]:
        parts = list(journal.scan(path.read_bytes()))
        assert {part.kind for part in parts} <= {"ok"}, path
        found[path.stem] = [spelled_out(orjson.loads(part.payload)) for part in parts]
    return found
