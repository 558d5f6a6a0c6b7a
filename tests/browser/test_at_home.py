"""nbmlops at home in a real JupyterLab: its places, palette, menus and shortcuts know about runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser_tools import look
from lab_pages import cell, open_in_lab, run, run_all, wait_until_run, write

pytestmark = pytest.mark.browser

ENDLESS = """%%track waiting --name endless
import time
while True:
    time.sleep(0.05)"""

SCORED = "%%track alone --name alone\nscore = 0.5"


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

    move_session(
        page, lab, "elsewhere.ipynb"
    )  # the run says its kernel, whatever became of the path
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


def another(page: Any) -> Any:
    """A page in place of this one, which goes without a question."""
    fresh = page.context.new_page()
    page.close()
    return fresh


def test_all_tracked_runs_of_this_server_are_interrupted_at_once(lab: Any, watch: Any) -> None:
    page = watch.page
    for name in ("left", "right"):
        page = another(page)
        source = ENDLESS.replace("endless", f"endless-{name}")
        write(lab, f"{name}.ipynb", ["%load_ext nbmlops", source, "kept = time.time() > 0"])
        notebook = open_in_lab(lab, page, f"{name}.ipynb")
        run(page, notebook, 0)
        wait_until_run(notebook, 0)
        run(page, notebook, 1)
    page.locator("#nbmlops-status").get_by_text("2 running").wait_for()

    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="jp-running-sessions"]').click()
    items = page.locator('.jp-RunningSessions-itemLabel[title^="endless-"]')
    items.nth(1).wait_for()
    page.get_by_role("button", name="Interrupt All").click()
    page.locator(".jp-Dialog").get_by_role("button", name="Interrupt All").click()

    page.locator("#nbmlops-status button").wait_for(state="hidden")
    items.first.wait_for(state="detached")
    run(page, notebook, 2)
    wait_until_run(notebook, 2)  # the kernel lives, with its variables
    assert cell(notebook, 2).locator(".jp-OutputArea-output").count() == 0


def move_session(page: Any, lab: Any, path: str) -> None:
    """Have the server believe that the one session there is belongs to another notebook."""
    headers = {"Authorization": f"token {lab.token}"}
    (session,) = page.request.get(f"{lab.url}/api/sessions", headers=headers).json()
    address = f"{lab.url}/api/sessions/{session['id']}"
    moved = page.request.patch(address, headers=headers, data={"path": path, "name": path})
    assert moved.json()["path"] == path


def offered(page: Any) -> dict[str, bool]:
    """The commands of ours in the palette, and whether each can be called now."""
    page.keyboard.press("Control+Shift+c")
    field = page.locator(".lm-CommandPalette-input:visible")
    field.fill("MLOps")
    page.locator('.lm-CommandPalette-item[data-command="nbmlops:show-panel"]').wait_for()
    items = page.locator('.lm-CommandPalette-item[data-command^="nbmlops:"]').all()
    told = {
        item.locator(".lm-CommandPalette-itemLabel").inner_text(): (
            "lm-mod-disabled" not in item.get_attribute("class")
        )
        for item in items
    }
    field.press("Escape")
    return told


def test_every_action_is_in_the_palette_and_the_main_ones_have_keys(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    cells = [
        f"%%track keys --name {name}\nimport nbmlops\nnbmlops.log(auc={auc})"
        for name, auc in (("better", 0.9), ("worse", 0.5))
    ]
    write(lab, "keys.ipynb", ["%load_ext nbmlops", *cells])
    notebook = open_in_lab(lab, page, "keys.ipynb")
    run_all(page, notebook, 3)
    cell(notebook, 2).locator(".nbm-badge").get_by_text("worse", exact=True).wait_for()
    tab = page.locator(".lm-TabBar-tabLabel", has_text="keys.ipynb")

    def in_worst_cell(keys: str) -> None:
        tab.click()
        cell(notebook, 2).locator(".cm-content").click()
        page.keyboard.press(keys)

    in_worst_cell("Control+Alt+n")
    panel = page.locator(".nbm-panel")
    panel.locator(".nbm-run-name", has_text="worse").wait_for()
    assert "keys.ipynb" in panel.get_by_label("Filter runs").input_value()
    in_worst_cell("Control+Alt+o")
    page.locator(".nbm-run").get_by_role("heading", name="worse").wait_for()
    assert offered(page)["Delete this Run"]
    assert offered(page)["Open Notebook of Run"]
    written_by_palette(page)
    compared = page.locator(".nbm-compare").get_by_role("heading", name="2 runs compared")
    for _ in range(20):  # the cell has to know again of its run, which was away for a moment
        in_worst_cell("Control+Alt+b")
        page.wait_for_timeout(1000)
        if compared.is_visible():
            break
    compared.wait_for()
    with page.expect_download() as saved:
        page.keyboard.press("Control+Shift+c")
        page.locator(".lm-CommandPalette-input:visible").fill("export comparison csv")
        page.keyboard.press("Enter")
    assert "worse" in Path(saved.value.path()).read_text()

    tab.click()
    grid = panel.get_by_role("grid")
    grid.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    panel.get_by_text("1 selected").wait_for()
    told = offered(page)
    assert told["Open Selected Run"]
    assert told["Delete Selected Runs"]
    assert not told["Compare Selected Runs"]
    assert not told["Copy Link to Run"]
    look(page, tmp_path, "palette")
    page.keyboard.press("Control+Shift+c")
    page.locator(".lm-CommandPalette-input:visible").fill("delete selected runs")
    page.keyboard.press("Enter")
    told_of = page.locator(".Toastify__toast", has_text="1 run is deleted")
    told_of.get_by_role("button", name="Undo").click()

    page.keyboard.press("Control+Alt+Shift+r")
    table = page.locator(".nbm-tab .nbm-runs")
    table.locator(".nbm-run-name", has_text="worse").first.wait_for()
    table.get_by_role("grid").focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    table.get_by_text("2 selected").wait_for()
    page.keyboard.press("Control+Alt+c")
    page.locator(".nbm-compare:visible").wait_for()


def choose(page: Any, label: str) -> None:
    """Call a command by the palette, for the run in front."""
    page.locator(".nbm-run .nbm-run-meta").click()
    page.keyboard.press("Control+Shift+c")
    page.locator(".lm-CommandPalette-input:visible").fill(label)
    page.locator(".lm-CommandPalette-item", has_text=label).first.wait_for()
    page.keyboard.press("Enter")


def written_by_palette(page: Any) -> None:
    """The run in front gets a tag and a note, and another name for a while; it goes and comes back."""
    view = page.locator(".nbm-run")
    for name in ("worst", "worse"):
        choose(page, "Rename this Run")
        field = view.get_by_label("Name", exact=True)
        field.fill(name)
        field.press("Enter")
        view.get_by_role("heading", name=name).wait_for()
    choose(page, "Tag this Run")
    page.locator(".nbm-tag-new:focus").wait_for()
    page.keyboard.type("stage=draft")
    page.keyboard.press("Enter")
    view.get_by_role("button", name="Remove the tag stage").wait_for()
    choose(page, "Write a Note about this Run")
    view.get_by_label("Note, in Markdown").and_(page.locator(":focus")).wait_for()
    page.keyboard.type("why it is **worse**")
    page.keyboard.press("Control+Enter")
    view.locator(".nbm-note-text strong").wait_for()
    choose(page, "Delete this Run")
    view.get_by_text("deleted", exact=True).wait_for()
    choose(page, "Restore this Run")
    view.get_by_text("deleted", exact=True).wait_for(state="detached")


def test_a_notebook_in_the_file_browser_shows_its_runs(lab: Any, watch: Any) -> None:
    page = watch.page
    page.set_default_timeout(40_000)
    write(lab, "listed.ipynb", ["1"])
    (lab.folder / "listed.csv").write_text("a\n1\n")
    page.goto(f"{lab.url}/lab/workspaces/files?reset&token={lab.token}")
    files = page.locator(".jp-DirListing-item")

    files.filter(has_text="listed.csv").click(button="right")
    page.locator(".lm-Menu-item", has_text="Rename").wait_for()
    assert page.locator('.lm-Menu-item[data-command="nbmlops:show-notebook-runs"]').count() == 0
    page.keyboard.press("Escape")
    files.filter(has_text="listed.ipynb").click(button="right")
    page.locator(".lm-Menu-item", has_text="Show Runs of this Notebook").click()

    field = page.locator(".nbm-panel").get_by_label("Filter runs")
    field.and_(page.locator('[value*="listed.ipynb"]')).wait_for()


def test_a_missing_server_part_is_explained_once(lab: Any, watch: Any, tmp_path: Path) -> None:
    page = watch.page
    page.route("**/nbmlops/api/**", lambda route: route.fulfill(status=404, body="<h1>404</h1>"))
    write(lab, "alone.ipynb", ["%load_ext nbmlops", SCORED])
    notebook = open_in_lab(lab, page, "alone.ipynb")
    run_all(page, notebook, 2)
    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="jp-running-sessions"]').click()
    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="nbmlops-panel"]').click()

    told = page.get_by_text("pip install --upgrade nbmlops && jupyter server extension enable")
    told.wait_for()
    look(page, tmp_path, "missing")
    assert told.count() == 1
    assert page.locator(".Toastify__toast").count() == 0
    assert page.locator(".jp-Dialog").count() == 0
    cell(notebook, 1).locator(".nbmlops b", has_text="alone").first.wait_for()  # and it is recorded

    # Installed in the meantime: one click, and the runs are there.
    page.unroute("**/nbmlops/api/**")
    page.get_by_role("button", name="Try again").click()
    page.locator(".nbm-panel .nbm-run-name", has_text="alone").wait_for()
