"""Views in little room: a panel of 250 px, a tab of 600 px; nothing is cut off or hangs out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_tools import choose_theme, look, open_panel

from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

SIDE_BARS = 2 * 34
# What hangs out to the right of its view without standing in something that scrolls by itself.
HANGING = """root => {
    const edge = root.getBoundingClientRect().left + root.clientWidth + 1;
    const scrolls = node => node !== root && (
        (/auto|scroll|hidden|clip/.test(getComputedStyle(node).overflowX)
            && node.getBoundingClientRect().right <= edge) || scrolls(node.parentElement));
    return [...root.querySelectorAll('*')]
        .filter(node => node.getBoundingClientRect().right > edge && node.checkVisibility())
        .filter(node => !scrolls(node.parentElement))
        .map(node => node.outerHTML.slice(0, 160));
}"""


@pytest.fixture(scope="module")
def workspace(lab: Any) -> Iterator[Workspace]:
    """Trained models with long and short names."""
    folder = lab.folder.parent / "home" / ".local" / "share" / "nbmlops"
    script = Path(__file__).with_name("compared_runs.py")
    environment = {**os.environ, "NBMLOPS_WORKSPACE": str(folder), "HOME": str(lab.folder.parent)}
    subprocess.run([sys.executable, str(script)], cwd=lab.folder, env=environment, check=True)
    opened = open_workspace(folder)
    yield opened
    opened.close()


@pytest.fixture
def page(lab: Any, workspace: Workspace, watch: Any) -> Any:
    watch.page.set_default_timeout(30_000)
    return watch.page


def hanging(view: Any) -> list[str]:
    return list(view.evaluate(HANGING))


def settle(page: Any) -> None:
    page.evaluate("() => new Promise(done => setTimeout(() => requestAnimationFrame(done), 400))")


def check_dark(page: Any, view: Any, tmp_path: Path, name: str) -> None:
    """The same in the dark; the light theme is there again for the next page."""
    choose_theme(page, "JupyterLab Dark")
    settle(page)
    look(page, tmp_path, name)
    assert hanging(view) == []
    choose_theme(page, "JupyterLab Light")


def open_narrow(page: Any, lab: Any, link: str) -> None:
    """A tab of 600 px without anything at its sides."""
    page.set_viewport_size({"width": 600 + SIDE_BARS, "height": 1400})
    page.goto(f"{lab.url}/lab/workspaces/narrow?reset&token={lab.token}{link}")
    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="filebrowser"]').wait_for()
    if page.locator("#filebrowser:visible").count():
        page.locator('.jp-SideBar .lm-TabBar-tab[data-id="filebrowser"]').click()


def test_the_panel_stands_in_250_px(page: Any, lab: Any, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 900, "height": 900})
    page.goto(f"{lab.url}/lab/workspaces/narrow?reset&token={lab.token}")
    open_panel(page)
    panel = page.locator(".nbm-panel")
    panel.locator(".nbm-run-name").first.wait_for()
    assert panel.bounding_box()["width"] <= 260
    grid = panel.get_by_role("grid")
    grid.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    panel.get_by_role("button", name="Compare", exact=True).wait_for()
    look(page, tmp_path, "panel")
    bar = panel.get_by_role("toolbar", name="Selected runs")
    tops = bar.get_by_role("button").evaluate_all("all => all.map(one => one.offsetTop)")
    assert max(tops) - min(tops) < 10  # in one line
    assert hanging(panel) == []
    panel.get_by_role("button", name="Choose columns").click()
    menu = panel.get_by_role("dialog", name="Columns")
    menu.wait_for()
    look(page, tmp_path, "columns")
    assert hanging(panel) == []
    menu.get_by_role("button", name="Keep columns up to Run in sight").click()
    panel.locator(".nbm-grid-label.nbm-mod-edge", has_text="Run").wait_for()
    menu.get_by_role("button", name="Let Run scroll").click()
    panel.locator(".nbm-grid-label.nbm-mod-edge").wait_for(state="detached")
    check_dark(page, panel, tmp_path, "dark")


def test_a_run_stands_in_600_px(page: Any, lab: Any, workspace: Workspace, tmp_path: Path) -> None:
    run = workspace.runs.find(experiment="credit")[0]
    open_narrow(page, lab, f"&nbmlops={run.id}")
    view = page.locator(".nbm-run")
    view.get_by_role("img", name="loss").first.wait_for()
    settle(page)
    look(page, tmp_path, "run")
    assert 560 < view.bounding_box()["width"] <= 600
    assert hanging(view) == []
    check_dark(page, view, tmp_path, "run-dark")


def test_a_comparison_stands_in_600_px(
    page: Any, lab: Any, workspace: Workspace, tmp_path: Path
) -> None:
    runs = ",".join(run.id for run in workspace.runs.find(experiment="credit"))
    open_narrow(page, lab, f"&nbmlops={runs}")
    view = page.locator(".nbm-compare")
    view.get_by_role("img", name="loss").first.wait_for()
    settle(page)
    look(page, tmp_path, "compare")
    assert hanging(view) == []
    page.set_viewport_size({"width": 600 + SIDE_BARS, "height": 5000})
    settle(page)
    look(page, tmp_path, "compare-long")
    assert hanging(view) == []
    check_dark(page, view, tmp_path, "compare-dark")
