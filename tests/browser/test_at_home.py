"""nbmlops at home in a real JupyterLab: its places, palette, menus and shortcuts know about runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser_tools import look
from lab_pages import cell, open_in_lab, run, wait_until_run, write

pytestmark = pytest.mark.browser

ENDLESS = """%%track waiting --name endless
import time
while True:
    time.sleep(0.05)"""


def test_a_running_run_stands_among_what_runs_and_is_interrupted_there(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    write(lab, "endless.ipynb", ["%load_ext nbmlops", ENDLESS, "kept = time.time() > 0"])
    notebook = open_in_lab(lab, page, "endless.ipynb")
    run(page, notebook, 0)
    wait_until_run(notebook, 0)
    asked = len([each for each in watch.requests if "running%27" in each])
    run(page, notebook, 1)
    page.locator("#nbmlops-status").get_by_text("1 running").wait_for()

    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="jp-running-sessions"]').click()
    label = page.locator('.jp-RunningSessions-itemLabel[title^="endless · waiting"]')
    item = page.locator(".jp-RunningSessions-item").filter(has=label)
    item.wait_for()
    item.hover()
    look(page, tmp_path, "running")
    item.get_by_title("Interrupt").click()

    item.wait_for(state="detached")
    cell(notebook, 1).get_by_text("KeyboardInterrupt").first.wait_for()
    run(page, notebook, 2)
    wait_until_run(notebook, 2)  # the kernel lives, with its variables
    assert cell(notebook, 2).locator(".jp-OutputArea-output").count() == 0
    assert asked == 0
