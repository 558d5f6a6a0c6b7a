"""Notebook files: read with a clear word about what is wrong, and saved whole or not at all.

A reader of a file that is being saved sees the version before or the version after, never a part:
every version is written beside the file, brought to disk and renamed over it. When the disk is
full the version before stays.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from nbmlops.errors import (
    AlreadyExistsError,
    InvalidNotebookError,
    KernelNotFoundError,
    NotebookNotFoundError,
)

__all__ = [
    "MAX_BYTES",
    "PARAMETERS_TAG",
    "create",
    "encode",
    "kernel_language",
    "kernel_name",
    "parameters_source",
    "read",
    "redacted",
    "replace",
    "save",
]

MAX_BYTES = 50 << 20
PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"


def read(path: str | os.PathLike[str]) -> Any:
    """The notebook in this file as an nbformat node of format 4.

    Raises NotebookNotFoundError or InvalidNotebookError, which say what is wrong with it.
    """
    name = os.fspath(path)
    data = _bytes(name)
    try:
        content = json.loads(data)
    except RecursionError:
        raise InvalidNotebookError(name, "its JSON is nested too deeply") from None
    except ValueError as exc:
        raise InvalidNotebookError(
            name,
            f"it is not valid JSON ({exc})" if data.strip() else "the file is empty",
            hint="Was it saved completely? Restore it or save it again in JupyterLab."
            if name.endswith(".ipynb")
            else "A notebook is a file that JupyterLab saves as NAME.ipynb.",
        ) from None
    if not isinstance(content, dict) or "nbformat" not in content:
        raise InvalidNotebookError(name, "it is JSON, but not a notebook")
    return _checked(name, content)


def _bytes(name: str) -> bytes:
    try:
        # A FIFO or device would block for ever: look before opening.
        found = os.stat(name)
        if stat.S_ISDIR(found.st_mode):
            raise InvalidNotebookError(name, "it is a folder")
        if not stat.S_ISREG(found.st_mode):
            raise InvalidNotebookError(name, "it is not a file")
        if found.st_size > MAX_BYTES:
            raise InvalidNotebookError(
                name,
                f"it has {found.st_size / 2**20:.0f} MB; the limit is {MAX_BYTES >> 20} MB",
                hint="Clear its outputs and save it (Edit → Clear Outputs of All Cells).",
            )
        with open(name, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise NotebookNotFoundError(name, known=_beside(name)) from None
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        if isinstance(exc, InvalidNotebookError):
            raise
        problem = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise InvalidNotebookError(name, f"it cannot be read ({problem})") from None


def _beside(name: str) -> list[str]:
    folder = os.path.dirname(name)
    try:
        found = sorted(file for file in os.listdir(folder or ".") if file.endswith(".ipynb"))
    except OSError:
        return []
    return [os.path.join(folder, file) for file in found]


def _checked(name: str, content: dict[str, Any]) -> Any:
    import nbformat
    from nbformat.validator import normalize

    major = content.get("nbformat")
    if not isinstance(major, int) or major < 4:
        raise InvalidNotebookError(
            name,
            f"it is a notebook of the old format {major}",
            hint="Convert it once: jupyter nbconvert --to notebook --nbformat 4 FILE.",
        )
    if major > nbformat.current_nbformat:
        raise InvalidNotebookError(
            name, f"format {major} is newer than this nbformat knows", hint="Upgrade nbformat."
        )
    if not isinstance(content.get("cells"), list) or not isinstance(content.get("metadata"), dict):
        raise InvalidNotebookError(name, "it has no list of cells or no metadata")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _, content = normalize(content)
            notebook = nbformat.reads(json.dumps(content), as_version=4)
            nbformat.validate(notebook)
    except RecursionError:
        raise InvalidNotebookError(name, "its JSON is nested too deeply") from None
    except Exception as exc:  # noqa: BLE001  a hostile file makes nbformat raise anything
        first = (str(exc).strip() or type(exc).__name__).splitlines()[0]
        raise InvalidNotebookError(name, f"it is not a valid notebook ({first})") from None
    # papermill reads these without asking whether they are there.
    for cell in notebook.cells:
        tags = cell.metadata.setdefault("tags", [])
        cell.metadata["tags"] = [tag for tag in tags if isinstance(tag, str)]
    notebook.metadata.setdefault("papermill", nbformat.from_dict({}))
    return notebook


def parameters_source(notebook: Any) -> str | None:
    """The source of the cell tagged `parameters`, or None."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and PARAMETERS_TAG in cell.metadata.get("tags", []):
            return str(cell.source)
    return None


def kernel_name(name: str, notebook: Any) -> str:
    """The kernel the notebook asks for, which is installed.

    Raises InvalidNotebookError where it names none, KernelNotFoundError where it is not there.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    spec = notebook.metadata.get("kernelspec")
    kernel = spec.get("name") if isinstance(spec, Mapping) else None
    if not isinstance(kernel, str) or not kernel:
        raise InvalidNotebookError(
            name,
            "it names no kernel",
            hint="Open it in JupyterLab, choose a kernel and save it.",
        )
    installed = KernelSpecManager().find_kernel_specs()
    # IPython's own specification is found by name even where no file says so.
    if kernel not in installed:
        raise KernelNotFoundError(kernel, known=installed)
    return kernel


def kernel_language(kernel: str) -> str:
    """The language of an installed kernel, in lower case; '' where it does not say."""
    from jupyter_client.kernelspec import KernelSpecManager

    return str(KernelSpecManager().get_kernel_spec(kernel).language or "").lower()


def encode(notebook: Any) -> bytes:
    """The bytes of the file of this notebook; lone surrogates in outputs stay JSON escapes."""
    import nbformat

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text: str = nbformat.writes(notebook, version=4)
    return (text + "\n").encode("utf-8", "backslashreplace")


def save(notebook: Any, path: str) -> None:
    """Make `notebook` the content of the file `path`; raises OSError and leaves the old content."""
    replace(encode(notebook), path)


def replace(data: bytes, path: str) -> None:
    """Make `data` the content of the file `path`, whole or not at all."""
    target = os.path.realpath(path)
    try:
        mode = stat.S_IMODE(os.stat(target).st_mode)
    except OSError:
        mode = 0o666 & ~_umask()
    temporary = _written(data, target, mode)
    try:
        os.replace(temporary, target)
    except BaseException:
        _remove(temporary)
        raise


def create(notebook: Any, path: str) -> None:
    """Make a new file `path` of this notebook, whole from its first moment.

    Raises AlreadyExistsError where there is something of this name: of two runs that choose the
    same output one gets it and the other is refused.
    """
    temporary = _written(encode(notebook), os.path.abspath(path), 0o666 & ~_umask())
    try:
        try:
            os.link(temporary, path)  # unlike a rename it never replaces
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            os.replace(temporary, path)
    except FileExistsError:
        raise AlreadyExistsError(
            "File", path, hint="An executed notebook never replaces a file; name another."
        ) from None
    finally:
        _remove(temporary)


def _written(data: bytes, target: str, mode: int) -> str:
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name[:100]}.{secrets.token_hex(6)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(temporary, flags, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    except BaseException:
        os.close(descriptor)
        _remove(temporary)
        raise
    os.close(descriptor)
    return temporary


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _umask() -> int:
    # There is no way to ask but to set it, which another thread could notice; /proc says it.
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("Umask:"):
                    return int(line.split()[1], 8)
    except (OSError, ValueError):
        pass
    return 0o077


def redacted(notebook: Any, redact: Callable[[str], str]) -> Any:
    """A copy of the notebook with `redact` applied to its sources, its outputs' text and what was
    said of its execution.
    """
    from copy import deepcopy

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return redact(value)
        if isinstance(value, list):
            return [clean(item) for item in value]
        if isinstance(value, dict):
            for key in value:
                value[key] = clean(value[key])
        return value

    copy = deepcopy(notebook)
    for said in (copy.metadata, *(cell.metadata for cell in copy.cells)):
        for key in {"parameters", "reason"} & set(said.get("papermill", {})):
            said["papermill"][key] = clean(said["papermill"][key])
    for cell in copy.cells:
        cell["source"] = redact(cell["source"])
        for output in cell.get("outputs", []):
            for key in ("text", "ename", "evalue", "traceback"):
                if key in output:
                    output[key] = clean(output[key])
            data = output.get("data", {})
            for media_type in data:
                if media_type.startswith("text/"):
                    data[media_type] = clean(data[media_type])
    return copy
