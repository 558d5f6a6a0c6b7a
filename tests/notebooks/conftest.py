"""Notebooks made for a test."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest


def write_notebook(
    path: Path, *cells: str, parameters: str | None = None, kernel: str | None = "python3"
) -> Path:
    """A notebook file with these code cells, the first tagged `parameters` where given."""
    metadata = {"language_info": {"name": "python"}}
    if kernel is not None:
        metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata=metadata)
    if parameters is not None:
        tagged = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        notebook.cells.append(tagged)
    notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    return write_notebook
