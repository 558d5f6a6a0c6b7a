"""Every view by keyboard alone, for screen readers, and in every theme: what axe finds, what is seen."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accessibility import accessibility_findings
from browser_tools import look, open_panel, open_table
from lab_pages import cell, open_in_lab, run, wait_until_run, write

from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

VIEWS = ("panel", "table", "groups", "run", "comparison")


@pytest.fixture(scope="module")
def workspace(lab: Any) -> Iterator[Workspace]:
    """Trained models, a sweep with children, and a run that failed."""
    folder = lab.folder.parent / "home" / ".local" / "share" / "nbmlops"
    script = Path(__file__).with_name("compared_runs.py")
    environment = {**os.environ, "NBMLOPS_WORKSPACE": str(folder), "HOME": str(lab.folder.parent)}
    subprocess.run([sys.executable, str(script)], cwd=lab.folder, env=environment, check=True)
    opened = open_workspace(folder)
    with opened.runs.track("sweeps", name="depth sweep") as sweep:
        for depth in range(30):
            with opened.runs.track("sweeps", name=f"depth {depth}", parent_id=sweep.id) as run:
                run.log_params({"depth": depth})
                run.log(auc=0.5 + depth / 100)
    opened.runs.flush()
    yield opened
    opened.close()


@pytest.fixture
def page(lab: Any, workspace: Workspace, watch: Any) -> Any:
    watch.page.set_viewport_size({"width": 1500, "height": 1000})
    watch.page.set_default_timeout(30_000)
    return watch.page


def start(page: Any, lab: Any, link: str = "") -> None:
    page.goto(f"{lab.url}/lab/workspaces/access?reset&token={lab.token}{link}")


def show(page: Any, lab: Any, workspace: Workspace, view: str) -> None:
    """One of the views, as it is when all of it is there."""
    ids = [run.id for run in workspace.runs.find(experiment="credit", sort="started_at asc")]
    link = {"run": f"&nbmlops={ids[2]}", "comparison": f"&nbmlops={','.join(ids)}"}.get(view, "")
    start(page, lab, link)
    if view == "run":
        page.locator(".nbm-run .nbm-figure img").wait_for()
    elif view == "comparison":
        page.locator(".nbm-compare .nbm-figure img").nth(1).wait_for()
    else:
        open_panel(page)
        page.locator(".nbm-panel .nbm-run-name").first.wait_for()
    if view in ("table", "groups"):
        table = open_table(page)
        if view == "groups":
            table.get_by_label("grouped by").select_option("experiment")
            table.locator(".nbm-grid-group", has_text="sweeps").click()
            table.get_by_role("link", name="depth 29").wait_for()


GOING = """%%track access --name going
import time, nbmlops
for step in range(10**6):
    nbmlops.log(loss=1 / (1 + step), accuracy=0.5, step=step)
    time.sleep(0.02)"""


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_keeps_nobody_out_in_any_theme(
    page: Any, lab: Any, workspace: Workspace, tmp_path: Path, view: str
) -> None:
    show(page, lab, workspace, view)

    assert accessibility_findings(page, tmp_path, view) == []


def is_kept(request: Any) -> bool:
    """True for the request by which JupyterLab remembers, after a while, what runs are grouped by."""
    return request.method == "PUT" and '"group":"parent_id"' in (request.post_data or "")


def test_runs_stand_in_groups_that_open_and_close(
    page: Any, lab: Any, workspace: Workspace, tmp_path: Path
) -> None:
    start(page, lab)
    open_panel(page)
    table = open_table(page)
    table.get_by_label("grouped by").select_option("experiment")
    grid = table.get_by_role("treegrid")
    heads = grid.locator(".nbm-grid-group")
    heads.nth(1).wait_for()
    assert [head.split("\n")[1:3] for head in heads.all_inner_texts()] == [
        ["sweeps", "31 runs"],
        ["credit", "6 runs"],
    ]
    table.get_by_text("37 runs", exact=True).wait_for()

    # By keyboard: down to the second, open, into it, back to its head, closed.
    grid.focus()
    for key in ("Control+Home", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    grid.get_by_role("link", name="clipped tails").wait_for()
    assert heads.nth(1).get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    table.get_by_text("1 selected").wait_for()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    grid.get_by_role("link", name="clipped tails").wait_for(state="hidden")
    look(page, tmp_path, "groups")

    # The runs of a group are in the order of the table, and those of a sweep stand below its name.
    with page.expect_request(is_kept):
        table.get_by_label("grouped by").select_option("parent_id")
    heads.filter(has_text="depth sweep").click()
    grid.get_by_role("link", name="depth 29", exact=True).wait_for()
    grid.locator(".nbm-grid-label", has_text="auc").first.click()
    assert grid.locator(".nbm-grid-group").first.inner_text().split("\n")[1] == "depth sweep"

    # What was chosen is there again, and a run that begins is seen.
    page.goto(f"{lab.url}/lab/workspaces/access?token={lab.token}")
    table = page.locator(".nbm-tab .nbm-runs")
    table.get_by_role("treegrid").wait_for()
    assert table.get_by_label("grouped by").input_value() == "parent_id"
    with workspace.runs.track("credit", name="late"):
        table.locator(".nbm-foot", has_text="38 runs").wait_for()
        table.locator(".nbm-grid-group", has_text="1 running").wait_for()
    table.get_by_label("grouped by").select_option("")
    table.get_by_role("link", name="late").wait_for()


def test_everything_is_reached_by_keyboard_alone(
    page: Any, lab: Any, workspace: Workspace, tmp_path: Path
) -> None:
    start(page, lab)
    page.locator("#jp-main-dock-panel, .jp-LauncherBody").first.wait_for()
    page.keyboard.press("Control+Alt+r")
    panel = page.locator(".nbm-panel")
    panel.locator(".nbm-run-name").first.wait_for()
    reach(page, ".nbm-panel [aria-label='Open as a table']")
    page.keyboard.press("Enter")
    table = page.locator(".nbm-tab .nbm-runs")
    table.get_by_role("link", name="depth 29", exact=True).wait_for()

    # Narrowed, two runs selected and compared.
    reach(page, ".nbm-tab [aria-label='Filter runs']")
    page.keyboard.type("params.penalty = 'l2'")
    page.keyboard.press("Enter")
    table.get_by_text("4 runs").wait_for()
    reach(page, ".nbm-tab [role=grid]")
    for key in ("Control+Home", "Space", "ArrowDown", "Space", "c"):
        page.keyboard.press(key)
    view = page.locator(".nbm-compare")
    view.get_by_role("heading", name="2 runs compared").wait_for()
    reach(page, ".nbm-compare [role=switch]")
    page.keyboard.press("Space")
    view.get_by_role("rowheader", name="epochs").wait_for()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    view.get_by_role("menu", name="Export").wait_for()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("() => document.activeElement.textContent") == "Page (HTML)"
    page.keyboard.press("Escape")
    view.get_by_role("menu", name="Export").wait_for(state="hidden")
    reach(page, ".nbm-compare .nbm-compare-run-name")
    page.keyboard.press("Enter")
    page.locator(".nbm-run").get_by_role("heading", name="other seed").wait_for()
    look(page, tmp_path, "walked")


def reach(page: Any, selector: str, most: int = 80) -> None:
    """Go there by the Tab key; whatever is passed shows that it has the focus."""
    seen = """selector => {
        const element = document.activeElement;
        const box = element.getBoundingClientRect();
        return [element.matches(selector), element.closest('.nbm-root') !== null,
            box.width > 0 && box.height > 0];
    }"""
    for _ in range(most):
        is_there, is_ours, is_seen = page.evaluate(seen, selector)
        assert is_seen or not is_ours
        if is_there:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"The Tab key does not lead to {selector}.")


def test_the_live_card_and_the_badges_keep_nobody_out_in_any_theme(
    page: Any, lab: Any, tmp_path: Path
) -> None:
    scored = ["%%track access --name one\nscore = 0.5", "%%track access --name two\nscore = 0.25"]
    failed = "%%track access --name bad\n1 / 0"
    write(lab, "access.ipynb", ["%load_ext nbmlops", *scored, failed, GOING])
    notebook = open_in_lab(lab, page, "access.ipynb")
    for number in range(4):
        run(page, notebook, number)
    wait_until_run(notebook, 3)  # what is queued behind a cell that fails is not run
    run(page, notebook, 4)
    card = cell(notebook, 4).locator(".nbm-live")
    card.get_by_role("img", name="loss: from 1 to").wait_for()
    for number, status in enumerate(("succeeded", "succeeded", "failed", "running"), 1):
        cell(notebook, number).locator(f'.nbm-badge[data-status="{status}"]').wait_for()
    findings = accessibility_findings(page, tmp_path, "live")
    card.get_by_role("button", name="Stop").click()
    cell(notebook, 4).locator(".nbmlops").get_by_text("cancelled").wait_for()

    assert findings == []
