"""The widgets in a front end that has nothing of ours but them, as VS Code: only messages of widgets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_pages import cell, open_in_lab, run, run_all, save, saved, wait_until_run, write
from running_lab import Lab, running_lab

pytestmark = pytest.mark.browser

GOING = """%%track alone --name {name}
import time, nbmlops
for step in range(100_000):
    nbmlops.log(loss=1 / (1 + step), step=step)
    time.sleep(0.02)"""
SCORE = """%%track scores --name {name}
import nbmlops
depth = {depth}
nbmlops.log(accuracy=0.5 + depth / 100)"""
STATIC = {"text/html", "text/plain", "image/png"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab without our front end; anywidget's shows the widgets."""
    with running_lab(tmp_path_factory.mktemp("alone"), without_ours=True) as running:
        yield running


def test_the_live_card_moves_is_stopped_and_leaves_its_static_form(
    lab: Lab, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    lab.choose_theme("Dark")
    write(lab, "live.ipynb", ["%load_ext nbmlops", *(GOING.format(name=n) for n in ("a", "b"))])
    notebook = open_in_lab(lab, page, "live.ipynb")
    run_all(page, notebook, 1)
    assert page.locator(".nbm-panel").count() == 0

    # By the server of the page; a page without one, as in VS Code, offers no Stop that a busy kernel
    # would not hear, and the notebook's own is as good.
    for number in (1, 2):
        if number == 2:
            page.evaluate("() => document.getElementById('jupyter-config-data').remove()")
        run(page, notebook, number)
        card = cell(notebook, number).locator(".nbm-live")
        card.get_by_role("img", name="loss: from 1 to").wait_for()
        card.get_by_text("of 100,000").wait_for()
        page.screenshot(path=tmp_path / f"live-{number}.png")
        if number == 1:
            card.get_by_role("button", name="Stop").click()
        else:
            notebook.locator('[data-command="notebook:interrupt-kernel"]').click()
        static = cell(notebook, number).locator(".jp-OutputArea-output .nbmlops")
        static.get_by_text("cancelled").wait_for()
        assert card.count() == 0

    save(page)
    for number in (1, 2):
        outputs = saved(lab, "live.ipynb")["cells"][number]["outputs"]
        cards = [each for each in outputs if each["output_type"] == "display_data"]
        assert [set(each["data"]) for each in cards] == [STATIC]


def test_runs_and_comparisons_are_read_and_a_run_opens_in_their_place(
    lab: Lab, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    scores = [SCORE.format(name=name, depth=depth) for name, depth in (("low", 1), ("high", 9))]
    sources = ["%load_ext nbmlops", *scores, "%runs scores", "%compare low high"]
    write(lab, "views.ipynb", sources)
    notebook = open_in_lab(lab, page, "views.ipynb")
    run_all(page, notebook, 4)
    place = cell(notebook, 3).locator(".nbm-under-cell")
    table = place.locator(".nbm-runs")
    table.get_by_label("Filter runs").fill("params.depth > 1")
    table.get_by_label("Filter runs").press("Enter")
    table.get_by_role("link", name="low", exact=True).wait_for(state="detached")

    table.get_by_role("link", name="high", exact=True).click()
    opened = place.locator(".nbm-opened .nbm-run")
    opened.get_by_role("heading", name="high").wait_for()
    opened.get_by_role("rowheader", name="depth").or_(opened.get_by_text("depth")).first.wait_for()
    page.screenshot(path=tmp_path / "opened.png")
    assert place.get_by_role("button", name="Back").evaluate("it => it === document.activeElement")
    page.keyboard.press("Enter")
    opened.wait_for(state="detached")
    assert table.get_by_label("Filter runs").input_value() == "params.depth > 1"

    table.get_by_label("Filter runs").fill("")
    table.get_by_label("Filter runs").press("Enter")
    table.get_by_role("link", name="low", exact=True).wait_for()
    table.get_by_role("grid").focus()
    for key in ("Control+Home", "Space", "Shift+ArrowDown"):
        page.keyboard.press(key)
    bar = table.get_by_role("toolbar", name="Selected runs")
    bar.get_by_role("button", name="Compare", exact=True).click()
    place.locator(".nbm-opened").get_by_role("heading", name="2 runs compared").wait_for()
    place.get_by_role("button", name="Back").click()

    run(page, notebook, 4)
    wait_until_run(notebook, 4)
    place = cell(notebook, 4).locator(".nbm-under-cell")
    compared = place.locator(".nbm-compare")
    compared.get_by_role("heading", name="2 runs compared").wait_for()
    compared.get_by_role("button", name="low", exact=True).click()
    place.locator(".nbm-run").get_by_role("heading", name="low").wait_for()
    page.screenshot(path=tmp_path / "opened-from-comparison.png")
    place.get_by_role("button", name="Back").click()
    compared.get_by_role("heading", name="2 runs compared").wait_for()
