"""A kernel that records where this server does not look is told of in the panel, and no other."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from browser_tools import look, open_panel
from lab_pages import open_in_lab, run_all, write

from nbmlops.workspace import open_workspace

pytestmark = pytest.mark.browser

TRACKED = "%%track far --name distant\nscore = 0.5"
BLOCK = """import nbmlops
with nbmlops.track("far", name="block"):
    pass"""


def add_kernel(lab: Any, name: str, **environment: str) -> None:
    """A kernelspec whose kernels have this environment."""
    folder = lab.folder.parent / "jupyter_data_dir" / "kernels" / name
    folder.mkdir(parents=True, exist_ok=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": name,
        "language": "python",
        "env": environment,
    }
    (folder / "kernel.json").write_text(json.dumps(spec))


def note(page: Any) -> Any:
    return page.locator(".nbm-panel .nbm-elsewhere")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_kernel_of_another_environment_is_told_of(
    lab: Any, watch: Any, tmp_path: Path, theme: str
) -> None:
    page, place = watch.page, tmp_path / "far-workspace"
    add_kernel(lab, f"far-{theme.lower()}", NBMLOPS_WORKSPACE=str(place))
    name = f"far-{theme.lower()}.ipynb"
    write(lab, name, ["%load_ext nbmlops", TRACKED], kernel=f"far-{theme.lower()}")
    lab.choose_theme(theme)
    notebook = open_in_lab(lab, page, name)
    open_panel(page)
    assert note(page).text_content() == ""
    run_all(page, notebook, 2)

    told = note(page)
    told.get_by_text("This kernel records where this server does not look").wait_for()
    look(page, tmp_path, f"elsewhere-{theme}")
    assert told.get_attribute("role") == "status"
    words = told.inner_text()
    for part in (str(place), str(lab.workspace), "NBMLOPS_WORKSPACE", "Nothing is lost"):
        assert part in words
    assert [run.name for run in open_workspace(place).runs.find()] == ["distant"]
