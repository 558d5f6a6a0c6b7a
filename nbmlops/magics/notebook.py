"""Which notebook a shell is executing, and whether a person is in front of it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

__all__ = [
    "Notebook",
    "as_cell_id",
    "cell_id_in",
    "cell_order",
    "executing_notebook",
    "has_person",
    "is_headless",
    "kernel_id",
    "named_notebook",
]

MAX_NOTEBOOK_BYTES = 8 << 20  # beyond that, reading it would cost more than a cell may
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # as the format of notebooks has it


@dataclass(frozen=True, slots=True)
class Notebook:
    """The notebook, as far as the front end tells."""

    path: str | None
    name: str | None
    cell_id: str | None


def executing_notebook(shell: Any) -> Notebook:
    """The notebook and cell that the shell is executing; unknown parts are None.

    Our own runner tells it by an environment variable, jupyter_server by the session's name,
    papermill (where it is asked to) and VS Code by a variable of the namespace, JupyterLab the cell
    by the message's metadata. For the rest, the command that started the kernel names it.
    """
    namespace = shell.user_ns
    path = (
        os.environ.get("NBMLOPS_NOTEBOOK")
        or namespace.get("__vsc_ipynb_file__")
        or os.environ.get("JPY_SESSION_NAME")
        or namespace.get("PAPERMILL_INPUT_PATH")
    )
    if not isinstance(path, str) or not path.endswith(".ipynb"):
        path = None
    metadata = _message_metadata(shell)
    if path is None and not metadata and getattr(shell, "kernel", None) is not None:
        path = _commanded_notebook(os.getppid())
    cell_id = as_cell_id(metadata.get("cellId")) or as_cell_id(metadata.get("cell_id"))
    absolute = str(Path(path).absolute()) if path else None
    return Notebook(absolute, Path(path).name if path else None, cell_id)


def as_cell_id(told: Any) -> str | None:
    """The id of a cell where a front end tells one; None for anything else.

    VS Code tells an address that holds for a window, and may stand for another cell in the next.

    >>> as_cell_id("8f2c-41"), as_cell_id("vscode-notebook-cell:/home/a.ipynb#W0sZmlsZQ%3D%3D")
    ('8f2c-41', None)
    """
    return told if isinstance(told, str) and _CELL_ID.fullmatch(told) else None


def kernel_id() -> str | None:
    """The id under which a Jupyter server knows this kernel; None where it has none."""
    with suppress(Exception):
        from ipykernel.connect import get_connection_file

        found = re.search(r"kernel-([0-9a-f-]{36})\.json$", get_connection_file())
        return found[1] if found else None
    return None


def cell_id_in(path: str | None, source: str) -> str | None:
    """The id of the one cell of a notebook file that has this source; None where it is not plain.

    Executors such as papermill do not say which cell they execute.
    """
    found = [cell_id for cell_id, each in _saved(path) if each == source]
    return found[0] if len(found) == 1 else None


def cell_order(path: str | None) -> dict[str, int]:
    """Where each code cell stands in the saved notebook, by its id; {} where nobody can tell."""
    return {cell_id: place for place, (cell_id, _) in enumerate(_saved(path)) if cell_id}


def _saved(path: str | None) -> list[tuple[str | None, str]]:
    """Id and source of the code cells of a notebook file."""
    if path is None:
        return []
    try:
        status = os.stat(path)
    except OSError:
        return []
    if status.st_size > MAX_NOTEBOOK_BYTES:
        return []
    return _code_cells(path, status.st_mtime_ns)


@lru_cache(maxsize=2)
def _code_cells(path: str, changed_at_ns: int) -> list[tuple[str | None, str]]:
    """Read again when the file changed."""
    found: list[tuple[str | None, str]] = []
    try:
        for cell in json.loads(Path(path).read_bytes())["cells"]:
            if cell["cell_type"] == "code":
                lines = cell["source"]
                source = lines if isinstance(lines, str) else "".join(lines)
                found.append((cell.get("id"), source))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []
    return found


def is_headless(shell: Any) -> bool:
    """True where no person waits: papermill, nbclient, `jupyter execute`.

    Front ends send metadata with each request; nbclient sends none.
    """
    if getattr(shell, "kernel", None) is None:
        return False
    return not _message_metadata(shell)


def has_person(shell: Any) -> bool:
    """True where a front end shows what the kernel says to somebody who looks at it."""
    return bool(_message_metadata(shell))


def _message_metadata(shell: Any) -> dict[str, Any]:
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return {}
    try:
        metadata = kernel.get_parent().get("metadata")
    except (AttributeError, LookupError, TypeError):
        return {}
    return metadata if isinstance(metadata, dict) else {}


@cache
def _commanded_notebook(parent_pid: int) -> str | None:
    """The notebook that the process which started this kernel was asked to execute, if that is
    plain: `papermill train.ipynb out.ipynb`, `jupyter execute train.ipynb`, `jupyter nbconvert`.
    """
    import psutil

    try:
        parent = psutil.Process(parent_pid)
        words, folder = parent.cmdline(), parent.cwd()
    except (psutil.Error, OSError):
        return None
    named = named_notebook(words)
    path = Path(folder, named) if named else None
    return str(path) if path is not None and path.is_file() else None


def named_notebook(words: Sequence[str]) -> str | None:
    """The notebook that a command line asks to execute.

    >>> named_notebook(["python", "/bin/papermill", "-p", "data", "x.ipynb", "a.ipynb", "b.ipynb"])
    'a.ipynb'
    >>> named_notebook(["python", "/bin/jupyter-nbconvert", "--execute", "a.ipynb"])
    'a.ipynb'
    >>> named_notebook(["python", "/bin/jupyter-execute", "a.ipynb", "b.ipynb"])
    """
    programs = [Path(word).stem for word in words[:4]]
    by_papermill = "papermill" in programs
    if not by_papermill and not {"jupyter", "jupyter-execute", "jupyter-nbconvert"} & set(programs):
        return None
    found: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if by_papermill and word in ("-p", "--parameters", "-r", "--parameters_raw"):
            del rest[:2]
        elif word in ("-o", "--output", "--output-dir", "--cwd"):
            del rest[:1]
        elif word.endswith(".ipynb") and not word.startswith("-"):
            found.append(word)
    if by_papermill or len(found) == 1:
        return found[0] if found else None
    return None
