"""Reports of drift in a real JupyterLab: in the panel, in a tab, and under a cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from accessibility import accessibility_findings
from browser_tools import look, open_panel
from drifting_days import loans, watch_loans
from lab_pages import cell, open_in_lab, run_all, save, saved, write
from payloads import PAYLOADS

from nbmlops.drift.records import DriftReport
from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def workspace(lab: Any) -> Iterator[Workspace]:
    """What the kernels of this JupyterLab record to."""
    opened = open_workspace(lab.folder.parent / "home" / ".local" / "share" / "nbmlops")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def reports(workspace: Workspace) -> list[DriftReport]:
    return watch_loans(workspace)


@pytest.fixture
def page(lab: Any, watch: Any) -> Any:
    watch.page.set_viewport_size({"width": 1500, "height": 1000})
    watch.page.set_default_timeout(30_000)
    return watch.page


def start(page: Any, lab: Any, link: str = "", *, reset: bool = True) -> None:
    again = "reset&" if reset else ""
    page.goto(f"{lab.url}/lab/workspaces/drift?{again}token={lab.token}{link}")


def show_list(page: Any) -> Any:
    """The list of reports in the panel."""
    open_panel(page)
    page.get_by_role("tab", name="Drift", exact=True).click()
    return page.locator(".nbm-drifts")


def test_before_there_is_a_report_the_panel_says_how_to_make_one_and_then_shows_it(
    page: Any, lab: Any, workspace: Workspace, tmp_path: Path
) -> None:
    start(page, lab)
    drifts = show_list(page)
    drifts.get_by_text("No reports of drift yet").wait_for()
    look(page, tmp_path, "empty")

    workspace.drift.check(loans(200, 1), loans(200, 2), names=("first", "second"))
    workspace.runs.flush()

    # Nobody asked for it: the server has pushed that something changed.
    drifts.get_by_role("link", name="first → second").wait_for()


def test_reports_are_found_narrowed_and_opened_from_the_panel(
    page: Any, lab: Any, workspace: Workspace, reports: list[DriftReport], tmp_path: Path
) -> None:
    start(page, lab)
    drifts = show_list(page)
    count = len(workspace.runs.find("kind = 'check'"))
    drifts.get_by_text(f"{count} reports").wait_for()
    latest = drifts.get_by_role("link", name="loans_2025 → loans day 8")
    latest.wait_for()
    row = drifts.locator(".nbm-grid-row", has_text="loans day 8")
    assert "6 / 9" in row.inner_text()
    drifts.get_by_text("Over 8 checks").wait_for()
    courses = drifts.locator(".nbm-over-time li")
    assert (
        courses.first.get_by_role("img")
        .get_attribute("aria-label")
        .startswith(courses.first.locator(".nbm-over-time-name").inner_text())
    )
    look(page, tmp_path, "panel")

    drifts.get_by_label("Outcome").select_option("calm")
    latest.wait_for(state="detached")
    drifts.get_by_role("link", name="loans day 1").wait_for()
    drifts.get_by_label("Outcome").select_option("drifted")
    latest.wait_for()
    drifts.get_by_label("Column").select_option("income")
    drifts.get_by_label("Filter reports").fill("day 7")
    drifts.get_by_text("1 report", exact=True).wait_for()
    drifts.get_by_label("Filter reports").fill("nowhere")
    drifts.get_by_text("No report fits").wait_for()
    drifts.get_by_role("button", name="Show all").click()
    drifts.get_by_text(f"{count} reports").wait_for()

    # What was chosen is there again with the layout; opened by keyboard.
    drifts.get_by_label("Experiment").select_option("loans")
    drifts.get_by_text("8 reports").wait_for()
    page.wait_for_timeout(1500)  # JupyterLab saves its layout a moment later
    start(page, lab, reset=False)
    drifts.get_by_text("8 reports").wait_for()
    grid = drifts.get_by_role("grid", name="Reports of drift")
    grid.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    tab = page.locator(".nbm-drift")
    tab.get_by_role("heading", name="columns drifted").wait_for()
    title = page.locator(".lm-DockPanel-tabBar", has_text="loans_2025 → loans day 7")
    title.wait_for()

    # A report that is open is open again.
    page.wait_for_timeout(1500)
    start(page, lab, reset=False)
    tab.get_by_role("heading", name="columns drifted").wait_for()
    title.wait_for()


def test_a_report_is_sorted_filtered_and_opened_down_to_the_formula(
    page: Any, lab: Any, reports: list[DriftReport], tmp_path: Path
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    report = reports[-1]
    start(page, lab, f"&nbmlops=drift:{report.run_id}")
    view = page.locator(".nbm-drift")
    view.get_by_role("heading", name="6 of 9 columns drifted").wait_for()
    openers = view.locator(".nbm-drift-opener")
    assert openers.count() == len(report.columns)
    view.locator(".nbm-drift-row .nbm-trend").first.wait_for()
    look(page, tmp_path, "report")

    # By keyboard: down to the second row, opened, closed.
    openers.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    details = view.locator(".nbm-drift-opened")
    details.get_by_text("Tests", exact=True).wait_for()
    page.keyboard.press("ArrowLeft")
    details.wait_for(state="detached")

    opener = view.get_by_role("button", name="income")
    opener.click()
    assert opener.get_attribute("aria-expanded") == "true"
    said = details.inner_text()
    for part in ("Cramér–von Mises", "T = nm/N", "T. W. Anderson", "Quantile shifts", "50 %"):
        assert part in said
    details.get_by_role("img", name="Distributions of income").wait_for()
    look(page, tmp_path, "income")
    view.get_by_role("button", name="channel").click()
    view.locator(".nbm-levels").get_by_text("partner").wait_for()
    look(page, tmp_path, "channel")

    # The course leads to the other checks.
    details.first.locator(".nbm-trend-point[role=button]").first.press("Enter")
    page.locator(".nbm-drift:visible").get_by_text("loans day 1").first.wait_for()
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="loans day 8").click()

    view = page.locator(".nbm-drift:visible")
    view.get_by_label("Filter columns").fill("own")
    view.get_by_text(f"1 of {len(report.columns)} columns").wait_for()
    view.get_by_label("Filter columns").fill("")
    untested = [one.name for one in report.columns if one.state == "untested"]
    view.get_by_role("group", name="States").get_by_role("button", name="untested").click()
    view.get_by_text(f"{len(untested)} of {len(report.columns)} columns").wait_for()
    view.get_by_role("group", name="States").get_by_role("button", name="untested").click()
    view.get_by_role("button", name="Effect").click()
    head = view.get_by_role("columnheader", name="Effect")
    assert head.get_attribute("aria-sort") == "descending"
    effects = [one.leading.effect for one in report.columns if one.leading is not None]
    shown = view.locator("td.nbm-drift-effect").first.inner_text()
    assert float(shown.split("\n")[0]) == pytest.approx(max(effects), rel=0.01)

    view.get_by_role("button", name="Copy link").click()
    page.get_by_text("Copied").wait_for()
    link = page.evaluate("() => navigator.clipboard.readText()")
    page.goto(f"{link}&reset&token={lab.token}")
    page.locator(".nbm-drift").get_by_role("heading", name="6 of 9 columns drifted").wait_for()
    page.locator(".nbm-drift").get_by_role("button", name="Open its run").click()
    page.locator(".nbm-run").get_by_role("button", name="Open report").click()
    page.locator(".nbm-drift").get_by_role("heading", name="6 of 9 columns drifted").wait_for()


def test_reports_keep_nobody_out_in_any_theme(
    page: Any, lab: Any, reports: list[DriftReport], tmp_path: Path
) -> None:
    start(page, lab, f"&nbmlops=drift:{reports[-1].run_id}")
    show_list(page).locator(".nbm-over-time li").first.wait_for()
    page.locator(".nbm-drift").get_by_role("button", name="income").click()
    page.locator(".nbm-drift-opened .nbm-wide-trend").wait_for()

    assert accessibility_findings(page, tmp_path, "themes") == []


def test_text_of_data_is_only_ever_text(
    page: Any, lab: Any, workspace: Workspace, watch: Any, tmp_path: Path
) -> None:
    texts = [text for text in PAYLOADS.values() if text.isprintable() or text.isascii()]
    random = np.random.default_rng(1)
    sides = [
        pd.DataFrame(
            {f"{number} {text}": random.choice([text, "plain", f"{side}"], 400)
             for number, text in enumerate(texts)}
        )
        for side in range(2)
    ]  # fmt: skip
    report = workspace.drift.check(*sides, names=(texts[0], texts[1]))
    workspace.runs.flush()
    start(page, lab, f"&nbmlops=drift:{report.run_id}")
    show_list(page).locator(".nbm-drifts-cell").first.wait_for()
    page.locator(".nbm-drift-opener").nth(1).wait_for()
    for opener in page.locator(".nbm-drift-opener").all()[:6]:
        opener.click()
    page.evaluate("() => new Promise(done => setTimeout(() => requestAnimationFrame(done), 300))")
    look(page, tmp_path, "hostile")

    assert watch.dialogs == []
    ours = (lab.url, "data:", "blob:")
    assert [each for each in watch.requests if not each.startswith(ours)] == []
    acting = "script, iframe, object, embed, [onerror], [onclick], [data-commandlinker-command]"
    assert page.locator(".nbm-root").locator(acting).count() == 0


CHECK = """%load_ext nbmlops
import numpy as np, pandas as pd
random = np.random.default_rng(3)
X_train = pd.DataFrame({"age": random.normal(40, 9, 900), "plan": random.choice(["a", "b"], 900)})
X_live = pd.DataFrame({"age": random.normal(44, 9, 700), "plan": random.choice(["a", "b"], 700)})"""


def test_a_check_in_a_cell_is_the_same_view_and_leaves_its_static_form(
    page: Any, lab: Any, tmp_path: Path
) -> None:
    write(lab, "drift.ipynb", [CHECK, "%drift X_train X_live"])
    notebook = open_in_lab(lab, page, "drift.ipynb")
    run_all(page, notebook, 2)

    view = cell(notebook, 1).locator(".nbm-under-cell .nbm-drift")
    view.get_by_role("heading", name="1 of 2 columns drifted: age.").wait_for()
    view.get_by_role("button", name="age").click()
    view.get_by_text("T = nm/N").wait_for()
    look(page, tmp_path, "inline")
    save(page)
    (output,) = saved(lab, "drift.ipynb")["cells"][1]["outputs"]
    assert {"text/html", "text/plain", VIEW} == set(output["data"])
    assert "1 of 2 columns drifted" in "".join(output["data"]["text/html"])
    view.get_by_role("button", name="Open its run").click()
    page.locator(".nbm-run").get_by_role("heading", name="drift X_train → X_live").wait_for()
