"""The views under a cell in VS Code's own widget manager, beside a real kernel: no JupyterLab, no
server of ours, nothing but messages.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accessibility import FINDINGS
from browser_tools import look
from front_end import CHECKS
from vscode_window import Window, built_webview, vscode_window

from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

VIEW = "application/vnd.jupyter.widget-view+json"
STATIC = {"text/html", "text/plain", "image/png"}
PAPER = {
    "Dark Modern": "rgb(31, 31, 31)",
    "Light Modern": "rgb(255, 255, 255)",
    "Dark High Contrast": "rgb(0, 0, 0)",
}
LOAD = "_ = get_ipython().extension_manager.load_extension('nbmlops')"
# It waits near its end until the test has seen what it wants to see.
TRAINING = """%%track live-test --name training
import math, os, time
import nbmlops

print("begins")
for epoch in range(400):
    nbmlops.log(loss=math.exp(-epoch / 90), accuracy=1 - math.exp(-epoch / 60) / 2, step=epoch)
    time.sleep(0.02)
    while epoch == 300 and not os.path.exists("go-on"):
        time.sleep(0.05)
"""
DRIFT = """import numpy as np, pandas as pd
random = np.random.default_rng(1)
known = pd.DataFrame({"age": random.normal(0, 1, 2000), "income": random.normal(0, 1, 2000)})
today = known.assign(age=known.age + 0.5)
%drift known today
"""
# The manager's own word for a view whose place VS Code has given to something else.
EXPECTED = "Widget is not attached."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vscode")


@pytest.fixture(scope="module")
def workspace(folder: Path) -> Iterator[Workspace]:
    """Six trained models, where the kernel records to."""
    script = Path(__file__).with_name("compared_runs.py")
    environment = {**os.environ, "NBMLOPS_WORKSPACE": str(folder / "workspace")}
    subprocess.run([sys.executable, str(script)], cwd=folder, env=environment, check=True)
    opened = open_workspace(folder / "workspace")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def window(folder: Path, workspace: Workspace) -> Iterator[Window]:
    files = folder / "extension"
    files.mkdir()
    environment = {"NBMLOPS_WORKSPACE": str(folder / "workspace"), "NBMLOPS_LIVE": "1"}
    with vscode_window(folder, built_webview(files), environment) as opened:
        yield opened


class Notebook:
    """The page of a notebook in VS Code, and what went wrong in it."""

    def __init__(self, window: Window, watch: Any, theme: str) -> None:
        self.window, self.page, self.requests = window, watch.page, watch.requests
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._hear)
        self.page.emulate_media(reduced_motion="reduce")  # what breathes has no contrast to tell
        self.page.set_viewport_size({"width": 1000, "height": 800})
        self.page.goto(window.address(theme))
        self.webview = self.page.frame_locator("#webview")
        self.webview.locator("body[data-ready]").wait_for(state="attached")
        self.run(0, LOAD)

    def _hear(self, said: Any) -> None:
        if said.type == "error" and "favicon" not in said.location.get("url", ""):
            self.problems.append(said.text)

    def start(self, number: int, code: str) -> Any:
        """Begins to run a cell; its outputs."""
        self.window.run(number, code)
        return self.cell(number)

    def run(self, number: int, code: str) -> Any:
        """Runs a cell to its end; its outputs."""
        self.start(number, code)
        self.wait(number, "ok")
        return self.cell(number)

    def wait(self, number: int, state: str) -> None:
        found = self.webview.locator(f".cell[data-id='{number}'][data-state='{state}']")
        found.wait_for(state="attached")

    def cell(self, number: int) -> Any:
        return self.webview.locator(f".cell[data-id='{number}']")

    def findings(self) -> list[str]:
        """What axe finds in our views, among it contrast that is too low."""
        (frame,) = [each for each in self.page.frames if "webview.html" in each.url]
        script = CHECKS / "node_modules" / "axe-core" / "axe.min.js"
        frame.add_script_tag(content=script.read_text("utf-8"))
        self.page.mouse.move(0, 0)
        found: list[str] = frame.evaluate(FINDINGS)
        return found

    def paper_of(self, part: Any) -> str:
        """The color on which something stands: that of the nearest that has one."""
        script = """element => {
            for (let at = element; at; at = at.parentElement) {
                const color = getComputedStyle(at).backgroundColor;
                if (color !== 'rgba(0, 0, 0, 0)') return color;
            }
        }"""
        return str(part.evaluate(script))


@pytest.fixture(params=["Dark Modern"])
def notebook(request: pytest.FixtureRequest, window: Window, watch: Any) -> Iterator[Notebook]:
    opened = Notebook(window, watch, request.param)
    yield opened
    unexpected = [each for each in opened.problems if each != EXPECTED]
    assert unexpected == []
    # What views want to know they ask the kernel for; no server is asked.
    paths = {re.sub(r"^http://127\.0\.0\.1:\d+|\?.*", "", each) for each in opened.requests}
    own = {each for each in paths if not each.startswith(("blob:", "data:"))}
    assert own <= {
        "/window.html",
        "/webview.html",
        "/webview.js",
        "/require.js",
        "/ipywidgets.js",
        "/nbextensions/anywidget/index.js",
        "/favicon.ico",
    }


@pytest.mark.parametrize("notebook", list(PAPER), indirect=True)
def test_a_training_loop_is_watched_and_leaves_its_static_card(
    notebook: Notebook, workspace: Workspace, folder: Path, tmp_path: Path
) -> None:
    (folder / "go-on").unlink(missing_ok=True)
    theme = notebook.webview.locator("body").get_attribute("data-vscode-theme-name")
    cell = notebook.start(1, TRAINING)

    card = cell.locator(".nbm-live")
    card.get_by_role("img", name="loss: from 1 to").wait_for()
    card.get_by_text("of 400").wait_for()
    progress = card.get_by_role("progressbar")
    first = progress.get_attribute("aria-valuenow")
    card.locator(f"[role=progressbar]:not([aria-valuenow='{first}'])").wait_for()
    card.get_by_text("CPU").wait_for()
    # A kernel that is busy hears no widget here: VS Code's own button stops it.
    assert card.get_by_role("button", name="Stop").count() == 0
    assert notebook.paper_of(card) == PAPER[theme]
    assert notebook.paper_of(cell.locator(".nbm-under-cell").locator("..")) == PAPER[theme]
    look(notebook.page, tmp_path, f"live-{theme}")
    assert notebook.findings() == []
    (folder / "go-on").touch()

    static = cell.locator(".nbmlops")
    static.get_by_text("succeeded").wait_for()
    notebook.wait(1, "ok")
    assert card.count() == 0
    look(notebook.page, tmp_path, f"static-{theme}")
    printed, shown = [output["data"] for output in notebook.window.outputs[1].values()]
    assert printed == {"text/plain": "begins\n"}
    assert set(shown) == STATIC
    # The address of a cell in a window is no id of a cell.
    (run,) = workspace.runs.find(experiment="live-test", limit=1)
    assert run.cell is not None
    assert run.cell.notebook_name == "notebook.ipynb"
    assert run.cell.cell_id is None


def test_vscodes_own_stop_leaves_the_static_card_of_what_was_recorded(notebook: Notebook) -> None:
    cell = notebook.start(1, TRAINING.replace("400", "100_000").replace("== 300", "< 0"))
    cell.locator(".nbm-live").get_by_role("img", name="loss: from 1 to").wait_for()

    notebook.window.interrupt()

    cell.locator(".nbmlops").get_by_text("cancelled").wait_for()
    notebook.wait(1, "error")
    assert cell.locator(".nbm-live").count() == 0
    assert VIEW not in {
        kind for each in notebook.window.outputs[1].values() for kind in each["data"]
    }


@pytest.mark.parametrize("notebook", ["Dark Modern", "Light Modern"], indirect=True)
def test_runs_are_sorted_filtered_and_opened_in_the_place_of_their_table(
    notebook: Notebook, workspace: Workspace, tmp_path: Path
) -> None:
    theme = notebook.webview.locator("body").get_attribute("data-vscode-theme-name")
    cell = notebook.run(2, "%runs credit")
    names = cell.locator(".nbm-run-name")
    cell.get_by_text("6 runs").wait_for()
    assert names.first.inner_text() == "long"
    assert notebook.paper_of(cell.locator(".nbm-runs")) == PAPER[theme]
    look(notebook.page, tmp_path, f"runs-{theme}")
    assert notebook.findings() == []

    # The kernel sorts and filters.
    cell.get_by_role("columnheader", name="auc", exact=True).click()
    notebook.webview.locator(".nbm-run-name:text-is('long')").first.wait_for()
    cell.get_by_role("combobox", name="Filter runs").fill("metrics.auc > 0.9")
    cell.get_by_role("combobox", name="Filter runs").press("Enter")
    cell.get_by_text("4 runs").wait_for()
    assert sorted(names.all_inner_texts()) == ["clipped tails", "faster", "long", "other seed"]

    # A run opens in the same place, and what is written there is kept.
    names.get_by_text("faster", exact=True).click()
    run = cell.locator(".nbm-run")
    run.get_by_role("heading", name="faster").wait_for()
    run.get_by_role("img", name=re.compile("^loss: from")).wait_for()
    assert cell.get_by_role("button", name="Back").evaluate("it => it === document.activeElement")
    assert notebook.paper_of(run) == PAPER[theme]
    tag = f"seen={theme.partition(' ')[0]}"
    run.get_by_role("textbox", name="Add a tag").fill(tag)
    run.get_by_role("textbox", name="Add a tag").press("Enter")
    run.get_by_role("button", name="Remove the tag seen").wait_for()
    look(notebook.page, tmp_path, f"run-{theme}")
    assert notebook.findings() == []
    # What is deleted there comes back by the same notice.
    run.get_by_role("button", name="Delete").click()
    notice = cell.locator(".nbm-opened-told", has_text="faster is deleted")
    notice.get_by_role("button", name="Undo").click()
    notice.wait_for(state="detached")
    run.get_by_role("button", name="Delete").wait_for()
    # From there the comparison with the run before, and back to where all began.
    run.get_by_role("button", name=re.compile("^Compare")).first.click()
    cell.locator(".nbm-compare").get_by_role("heading", name="2 runs compared").wait_for()
    cell.get_by_role("button", name="Back").click()
    run.get_by_role("heading", name="faster").wait_for()
    cell.get_by_role("button", name="Back").click()
    names.get_by_text("faster", exact=True).wait_for()
    assert run.count() == 0

    for name in ("faster", "long"):
        cell.get_by_role("row").filter(has_text=name).locator(".nbm-grid-mark").click()
    cell.get_by_role("button", name="Compare", exact=True).click()
    compared = cell.locator(".nbm-compare")
    compared.get_by_role("heading", name="2 runs compared").wait_for()
    look(notebook.page, tmp_path, f"opened-comparison-{theme}")
    assert notebook.findings() == []
    workspace.runs.flush()
    (found,) = workspace.runs.find("name = 'faster'", experiment="credit")
    assert found.tags["seen"] == theme.partition(" ")[0]


@pytest.mark.parametrize("notebook", ["Dark Modern", "Light Modern"], indirect=True)
def test_runs_are_compared_side_by_side_with_their_pictures(
    notebook: Notebook, workspace: Workspace, tmp_path: Path
) -> None:
    theme = notebook.webview.locator("body").get_attribute("data-vscode-theme-name")
    ids = {run.name: run.id for run in workspace.runs.find(experiment="credit")}
    cell = notebook.run(3, f"%compare {ids['baseline']} {ids['strong penalty']}")

    view = cell.locator(".nbm-compare")
    view.get_by_role("heading", name="2 runs compared").wait_for()
    view.get_by_role("switch", name="Only differences").wait_for()
    picture = view.locator(".nbm-figure img").first
    picture.scroll_into_view_if_needed()
    picture.wait_for()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    assert notebook.paper_of(view) == PAPER[theme]
    # VS Code's stripes and lines of tables are not ours.
    rows = view.locator(".nbm-compare-table tbody tr").evaluate_all(
        "rows => rows.map(row => getComputedStyle(row).backgroundColor)"
    )
    assert set(rows) == {"rgba(0, 0, 0, 0)"}
    view.get_by_role("heading", name="2 runs compared").scroll_into_view_if_needed()
    look(notebook.page, tmp_path, f"comparison-{theme}")
    assert notebook.findings() == []

    view.locator(".nbm-compare-run").get_by_role("button", name="strong penalty").first.click()
    cell.locator(".nbm-run").get_by_role("heading", name="strong penalty").wait_for()
    cell.get_by_role("button", name="Back").click()
    view.get_by_role("heading", name="2 runs compared").wait_for()


@pytest.mark.parametrize("notebook", ["Dark Modern", "Light Modern"], indirect=True)
def test_a_report_of_drift_opens_its_columns_and_its_run(
    notebook: Notebook, tmp_path: Path
) -> None:
    theme = notebook.webview.locator("body").get_attribute("data-vscode-theme-name")
    cell = notebook.run(4, DRIFT)

    report = cell.locator(".nbm-drift")
    report.get_by_text("1 of 2 columns drifted: age.").wait_for()
    assert notebook.paper_of(report) == PAPER[theme]
    report.get_by_role("button", name="age").first.click()
    report.locator(".nbm-drift-opened").wait_for()
    look(notebook.page, tmp_path, f"drift-{theme}")
    assert notebook.findings() == []
    report.get_by_role("searchbox", name="Filter columns").fill("income")
    report.locator(".nbm-drift-row", has_text="age").wait_for(state="detached")
    assert report.locator(".nbm-drift-row").count() == 1

    report.get_by_role("button", name="Open its run").click()
    # The run's own way to its report leads to it in the same place.
    cell.locator(".nbm-run").get_by_role("button", name="Open report").click()
    cell.locator(".nbm-opened .nbm-drift").wait_for()
    for _ in range(2):
        cell.get_by_role("button", name="Back").click()
    report.get_by_text("1 of 2 columns drifted: age.").wait_for()


def test_a_change_of_vscodes_theme_changes_what_is_shown(notebook: Notebook) -> None:
    cell = notebook.run(2, "%runs credit")
    cell.get_by_text("6 runs").wait_for()
    cell.locator(".nbm-run-name").get_by_text("long", exact=True).click()
    chart = cell.locator(".nbm-run canvas").first
    chart.wait_for()
    pixels = "canvas => canvas.toDataURL()"
    before = chart.evaluate(pixels)

    notebook.window.choose_theme("Light Modern")

    notebook.webview.locator("body.vscode-light").wait_for(state="attached")
    for _ in range(200):  # the page's styles follow a moment after its class
        if notebook.paper_of(chart) == PAPER["Light Modern"]:
            break
        notebook.page.wait_for_timeout(50)
    assert notebook.paper_of(chart) == PAPER["Light Modern"]
    # A canvas is drawn anew in the new colors.
    changed = """(element, before) => new Promise(done => {
        const look = () => element.querySelector('canvas').toDataURL() === before
            ? setTimeout(look, 50) : done(true);
        look();
    })"""
    assert cell.locator(".nbm-run").evaluate(changed, before)
