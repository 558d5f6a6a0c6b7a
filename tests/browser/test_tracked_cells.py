"""Tracked cells in a real JupyterLab: cards, badges, the panel's rows, and what a reload brings back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lab_pages import cell, open_in_lab, run_all, save, saved, write

pytestmark = pytest.mark.browser

SCORE = """%%track scores --name {name}
import nbmlops
depth = {depth}
accuracy = 0.9 + depth / 100
nbmlops.log(accuracy=accuracy)"""
VIEW = "application/vnd.jupyter.widget-view+json"


def test_a_tracked_cell_has_a_card_a_badge_and_a_row_and_can_be_compared(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    first, second = SCORE.format(name="low", depth=1), SCORE.format(name="high", depth=5)
    write(lab, "scores.ipynb", ["%load_ext nbmlops", first, second, "plain = 1"])
    notebook = open_in_lab(lab, page, "scores.ipynb")
    run_all(page, notebook, 4)

    cell(notebook, 1).locator(".nbmlops b", has_text="low").first.wait_for()
    behind, best = (cell(notebook, at).locator(".nbm-badge") for at in (1, 2))
    best.get_by_text("★ best").wait_for()
    behind.get_by_text("▼ 0.0400").wait_for()
    assert "accuracy 0.9100" in behind.inner_text()
    assert "worse than the best so far, 0.9500 of high" in behind.get_attribute("title")
    assert cell(notebook, 3).locator(".nbm-badge").count() == 0

    # Edited code is marked at once, and the mark goes with the edit.
    cell(notebook, 2).locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.press("x")
    best.get_by_text("edited since").wait_for()
    assert "nbm-mod-edited" in cell(notebook, 2).get_attribute("class")
    page.screenshot(path=tmp_path / "badges.png")
    page.keyboard.press("Backspace")
    best.get_by_text("edited since").wait_for(state="detached")

    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="nbmlops-panel"]').click()
    panel = page.locator(".nbm-panel")
    for name in ("low", "high"):
        panel.get_by_role("link", name=name, exact=True).wait_for()

    cell(notebook, 1).locator(".cm-content").click(button="right")
    page.get_by_text("Compare its Latest Run with the Best One").click()
    page.get_by_text("2 runs compared").wait_for()
    page.locator(".jp-NotebookPanel").first.wait_for(state="attached")
    page.locator(".lm-TabBar-tabLabel", has_text="scores.ipynb").click()
    behind.click()
    page.locator(".nbm-run").get_by_role("heading", name="low").wait_for()


def test_badges_can_be_switched_off(lab: Any, watch: Any) -> None:
    folder = lab.folder.parent / "user_settings" / "nbmlops"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "plugin.jupyterlab-settings"
    file.write_text('{"showBadges": false}')
    try:
        write(lab, "bare.ipynb", ["%load_ext nbmlops", SCORE.format(name="bare", depth=2)])
        notebook = open_in_lab(lab, watch.page, "bare.ipynb")
        run_all(watch.page, notebook, 2)
        panel = watch.page.locator('.jp-SideBar .lm-TabBar-tab[data-id="nbmlops-panel"]')
        panel.click()
        watch.page.locator(".nbm-panel").get_by_role("link", name="bare", exact=True).wait_for()
        assert notebook.locator(".nbm-badge").count() == 0
    finally:
        file.unlink()


def test_a_table_under_a_cell_comes_back_after_a_reload_and_is_static_without_a_kernel(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    page, name = watch.page, "reload.ipynb"
    sources = ["%load_ext nbmlops", SCORE.format(name="kept", depth=3), "%runs scores"]
    write(lab, name, sources)
    notebook = open_in_lab(lab, page, name)
    run_all(page, notebook, 3)
    table = cell(notebook, 2).locator(".nbm-runs")
    table.get_by_role("link", name="kept", exact=True).wait_for()
    save(page)
    (output,) = saved(lab, name)["cells"][2]["outputs"]
    assert set(output["data"]) == {VIEW, "text/html", "text/plain"}

    # The kernel lives: the same table, and it still answers.
    page.goto(f"{lab.url}/lab/workspaces/reload/tree/{name}?token={lab.token}")
    notebook = page.locator(".jp-NotebookPanel:visible")
    table = cell(notebook, 2).locator(".nbm-runs")
    table.get_by_role("link", name="kept", exact=True).wait_for()
    table.get_by_label("Filter runs").fill("metrics.accuracy > 99")
    table.get_by_label("Filter runs").press("Enter")
    table.get_by_role("link", name="kept", exact=True).wait_for(state="detached")
    cell(notebook, 1).locator(".nbmlops b", has_text="kept").first.wait_for()

    # The kernel is gone: what the file holds.
    page.evaluate(
        """async ([url, token]) => {
            const headers = {Authorization: 'token ' + token};
            const sessions = await (await fetch(url + '/api/sessions', {headers})).json();
            for (const each of sessions) {
                await fetch(url + '/api/sessions/' + each.id, {method: 'DELETE', headers});
            }
        }""",
        [lab.url, lab.token],
    )
    page.goto(lab.address(name, "reload-dead"))
    notebook = page.locator(".jp-NotebookPanel:visible")
    static = cell(notebook, 2).locator(".jp-OutputArea-output .nbmlops")
    static.get_by_text("kept").first.wait_for()
    cell(notebook, 1).locator(".nbmlops b", has_text="kept").first.wait_for()
    page.screenshot(path=tmp_path / "dead.png")


def test_a_notebook_that_papermill_executed_opens_with_its_static_cards(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    slow = "import time\n" + SCORE.format(name="scheduled", depth=4) + "\ntime.sleep(1.5)"
    slow = slow.replace("import time\n%%track", "%%track").replace(
        "import nbmlops", "import nbmlops, time"
    )
    write(lab, "scheduled.ipynb", ["%load_ext nbmlops", slow, "%runs scores"])
    command = [sys.executable, "-m", "papermill", "scheduled.ipynb", "executed.ipynb"]
    environment = {"HOME": str(lab.folder.parent / "home"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=lab.folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]

    document = saved(lab, "executed.ipynb")
    assert "widgets" not in document["metadata"]
    data = [output["data"] for each in document["cells"] for output in each["outputs"]]
    assert [VIEW in each for each in data] == [False, False]
    watch.page.set_default_timeout(40_000)
    watch.page.goto(lab.address("executed.ipynb", "executed"))
    notebook = watch.page.locator(".jp-NotebookPanel:visible")
    cell(notebook, 1).locator(".nbmlops b", has_text="scheduled").first.wait_for()
    cell(notebook, 2).locator(".nbmlops", has_text="scheduled").first.wait_for()
    watch.page.screenshot(path=tmp_path / "papermill.png")
