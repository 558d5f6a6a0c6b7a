"""Notebooks for a real JupyterLab or Notebook: written, opened, and run cell by cell."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
IDLE = ".jp-Notebook-ExecutionIndicator[data-status='idle']"


def write(lab: Any, name: str, sources: Sequence[str], *, kernel: str = "python3") -> None:
    """Writes a notebook with these cells of code into the folder that the server shows."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    kernelspec = KERNEL | {"name": kernel}
    metadata = {"kernelspec": kernelspec, "language_info": {"name": "python"}}
    document = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    (lab.folder / name).write_text(json.dumps(document))


def saved(lab: Any, name: str) -> Any:
    """The notebook as it is on disk."""
    return json.loads((lab.folder / name).read_text())


def open_in_lab(lab: Any, page: Any, name: str) -> Any:
    """The notebook's area of a page of JupyterLab, when its kernel can take a cell."""
    page.set_default_timeout(40_000)
    page.goto(lab.address(name, name.partition(".")[0].replace("/", "-")))
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    # The execution indicator is idle before there is a kernel; the status bar knows.
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    return page.locator(".jp-NotebookPanel:visible")


def cell(notebook: Any, number: int) -> Any:
    """One cell of code."""
    return notebook.locator(".jp-CodeCell").nth(number)


def run(page: Any, notebook: Any, number: int) -> None:
    """Runs one cell, and returns when the kernel has it."""
    cell(notebook, number).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def wait_until_run(notebook: Any, number: int) -> None:
    """Returns when a cell has run: its prompt has a number."""
    prompt = cell(notebook, number).locator(".jp-InputPrompt")
    prompt.get_by_text(re.compile("[0-9]")).wait_for()


def run_all(page: Any, notebook: Any, count: int) -> None:
    """Runs the first cells one after the other, and returns when they have run."""
    for number in range(count):
        run(page, notebook, number)
        wait_until_run(notebook, number)


def save(page: Any) -> None:
    """Saves the notebook in front, and returns when it is on disk."""
    with page.expect_response(
        lambda answer: answer.request.method == "PUT" and "/api/contents/" in answer.url
    ):
        page.keyboard.press("Control+s")
    page.locator(".lm-DockPanel-tabBar .jp-mod-dirty").wait_for(state="detached")
