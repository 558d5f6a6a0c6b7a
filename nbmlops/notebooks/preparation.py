"""A notebook made ready to run: read, its kernel found, its parameters checked and put in.

Nothing here starts a kernel, and everything that can be refused is refused here.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nbmlops.errors import (
    AlreadyExistsError,
    InvalidNotebookError,
    InvalidOptionError,
    UnsafePathError,
)
from nbmlops.notebooks import documents
from nbmlops.notebooks.documents import INJECTED_TAG, PARAMETERS_TAG
from nbmlops.notebooks.parameters import Parameter, declared, parse, validate, written
from nbmlops.notebooks.recording import MARKER_TAG
from nbmlops.records import to_dict

__all__ = ["Prepared", "check_output", "declared_in", "parse_pairs", "percent_script", "prepare"]

_UNSAFE = re.compile(r"[^\w.()+@ -]+")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A notebook that can be executed: the document with its parameters, and what they are."""

    path: str  # absolute
    name: str  # the file's name
    stem: str  # fit for a file name
    document: Any
    kernel: str
    given: Mapping[str, Any]
    defaults: Mapping[str, Any]


def declared_in(path: str | os.PathLike[str]) -> list[Parameter]:
    """The typed parameters that a notebook declares; [] for one without a `parameters` cell."""
    notebook = documents.read(path)
    return _declared(os.fspath(path), notebook)


def parse_pairs(path: str | os.PathLike[str], pairs: Iterable[str]) -> dict[str, Any]:
    """The values of `NAME=VALUE` texts, read by the types that this notebook declares."""
    return parse(os.path.basename(os.fspath(path)), declared_in(path), pairs)


def _declared(path: str, notebook: Any) -> list[Parameter]:
    language = notebook.metadata.get("language_info", {}).get("name") or notebook.metadata.get(
        "kernelspec", {}
    ).get("language", "python")
    if str(language).lower() not in ("python", "ipython", "python3"):
        return []  # declarations of other languages are not read
    return declared(os.path.basename(path), documents.parameters_source(notebook))


def prepare(
    path: str | os.PathLike[str],
    given: Mapping[str, Any],
    redact: Callable[[str, Any], Any] | None = None,
) -> Prepared:
    """The notebook with its parameters put in by papermill, ready to be executed.

    Raises NotebookNotFoundError, InvalidNotebookError, KernelNotFoundError or
    InvalidParameterError. `redact` takes the secrets out of what is kept in the metadata.
    """
    notebook = documents.read(path)
    where = os.path.abspath(os.fspath(path))
    name = os.path.basename(where)
    parameters = _declared(where, notebook)
    values = validate(name, parameters, given)
    kernel = documents.kernel_name(name, notebook)
    # What an earlier execution put in would otherwise win over the declared defaults.
    notebook.cells = [
        cell
        for cell in notebook.cells
        if not {INJECTED_TAG, MARKER_TAG} & set(cell.metadata.get("tags", []))
    ]
    if values:
        notebook = _parameterized(name, notebook, kernel, values, written(parameters, values))
    defaults = {
        one.name: one.default for one in parameters if one.has_default and one.name not in values
    }
    clean = redact or (lambda _, value: value)
    notebook.metadata["papermill"] = _node(
        {
            "default_parameters": {},
            "environment_variables": {},
            "input_path": name,
            "parameters": {key: to_dict(clean(key, value)) for key, value in values.items()},
            "version": _papermill_version(),
        }
    )
    stem = _UNSAFE.sub("_", os.path.splitext(name)[0]).strip(" .")[:80] or "notebook"
    return Prepared(where, name, stem, notebook, kernel, values, defaults)


def _parameterized(
    name: str, notebook: Any, kernel: str, values: Mapping[str, Any], code: Mapping[str, str]
) -> Any:
    """The notebook with a cell that sets the values, some of them by the code that makes them."""
    from papermill.exceptions import PapermillException
    from papermill.parameterize import parameterize_notebook

    language = documents.kernel_language(kernel)
    logger = logging.getLogger("papermill")
    before, logger.disabled = logger.disabled, True
    try:
        plain = {key: value for key, value in values.items() if key not in code}
        filled = parameterize_notebook(
            notebook, plain, kernel_name=kernel, language=language or "python"
        )
    except PapermillException:
        raise InvalidNotebookError(
            name, f"papermill cannot pass parameters to a kernel of the language {language!r}"
        ) from None
    finally:
        logger.disabled = before
    for cell in filled.cells:
        if INJECTED_TAG in cell.metadata.get("tags", []):
            cell.source += "".join(f"{key} = {made}\n" for key, made in code.items())
    return filled


def _papermill_version() -> str:
    from papermill.version import version

    return str(version)


def _node(value: Any) -> Any:
    import nbformat

    return nbformat.from_dict(value)


def check_output(output: str | os.PathLike[str]) -> str:
    """The absolute path that an `output` given by a user means.

    A plain path to a new file. Raises UnsafePathError for a URL, a template, or a relative path
    that leaves the working directory; AlreadyExistsError for a file that is there;
    InvalidOptionError where its folder is not.
    """
    text = os.fspath(output)
    if "\0" in text or not text.strip():
        raise UnsafePathError(text, "it is empty or holds a NUL")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        raise UnsafePathError(text, "an output is a local file, not a URL")
    if "{" in text or "}" in text:
        raise UnsafePathError(text, "braces would be a template; say the name itself")
    if not text.endswith(".ipynb"):
        raise InvalidOptionError("output", f"{text!r} does not end in .ipynb")
    target = os.path.abspath(text)
    if not os.path.isabs(text):
        here = os.path.realpath(os.getcwd())
        folder = os.path.realpath(os.path.dirname(target))
        if os.path.commonpath([here, folder]) != here:
            problem = "it leaves the working directory; give an absolute path if you mean it"
            raise UnsafePathError(text, problem)
    if not os.path.isdir(os.path.dirname(target)):
        raise InvalidOptionError("output", f"the folder of {text!r} does not exist")
    if os.path.lexists(target):
        raise AlreadyExistsError(
            "File", text, hint="An executed notebook never replaces a file; name another."
        )
    return target


def percent_script(notebook: Any) -> str:
    """The author's code cells as one script with `# %%` between them, as editors write it."""
    parts = []
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code" and INJECTED_TAG not in tags:
            title = f"# %% [{PARAMETERS_TAG}]" if PARAMETERS_TAG in tags else "# %%"
            parts.append(f"{title}\n{cell.source}\n")
    return "\n".join(parts)
