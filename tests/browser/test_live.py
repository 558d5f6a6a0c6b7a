"""The live card in a real JupyterLab: a training loop is watched, stopped, and leaves its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lab_pages import cell, open_in_lab, run, save, saved, wait_until_run, write

pytestmark = pytest.mark.browser

VIEW = "application/vnd.jupyter.widget-view+json"
STATIC = {"text/html", "text/plain", "image/png"}
# It waits near its end until the test has seen what it wants to see.
TRAINING = """%%track live-test --name training
import math, os, time
import nbmlops

epochs = 400
for epoch in range(epochs):
    nbmlops.log(loss=math.exp(-epoch / 90), accuracy=1 - math.exp(-epoch / 60) / 2, step=epoch)
    time.sleep(0.02)
    while epoch == 300 and not os.path.exists("go-on"):
        time.sleep(0.05)
"""


def outputs_of(lab: Any, name: str, number: int) -> list[Any]:
    return [
        output
        for output in saved(lab, name)["cells"][number]["outputs"]
        if output["output_type"] == "display_data"
    ]


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_training_loop_is_watched_and_leaves_its_static_card(
    lab: Any, watch: Any, tmp_path: Path, theme: str
) -> None:
    name = f"training-{theme.lower()}.ipynb"
    (lab.folder / "go-on").unlink(missing_ok=True)
    write(lab, name, ["%load_ext nbmlops", TRAINING])
    lab.choose_theme(theme)
    notebook = open_in_lab(lab, watch.page, name)
    run(watch.page, notebook, 0)
    wait_until_run(notebook, 0)
    run(watch.page, notebook, 1)

    card = cell(notebook, 1).locator(".nbm-live")
    card.get_by_role("button", name="Stop").wait_for()
    card.get_by_role("img", name="loss: from 1 to").wait_for()
    card.get_by_text("of 400").wait_for()
    card.get_by_text("left", exact=False).first.wait_for()
    card.get_by_text("CPU").wait_for()
    first = int(card.get_by_role("progressbar").get_attribute("aria-valuenow"))
    watch.page.wait_for_function(
        "first => Number(document.querySelector('.nbm-live [role=progressbar]').ariaValueNow) > first",
        arg=first,
    )
    watch.page.screenshot(path=tmp_path / f"live-{theme}.png")
    (lab.folder / "go-on").touch()

    static = cell(notebook, 1).locator(".jp-OutputArea-output .nbmlops")
    static.get_by_text("succeeded").wait_for()
    assert card.count() == 0
    assert static.count() == 1
    watch.page.screenshot(path=tmp_path / f"static-{theme}.png")
    save(watch.page)
    (output,) = outputs_of(lab, name, 1)
    assert set(output["data"]) == STATIC
    assert "succeeded" in "".join(output["data"]["text/plain"])
    assert "widgets" not in saved(lab, name)["metadata"]


def test_stop_interrupts_the_cell_and_keeps_what_was_recorded(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    write(lab, "stop.ipynb", ["%load_ext nbmlops", TRAINING.replace("400", "100_000"), "epoch"])
    notebook = open_in_lab(lab, watch.page, "stop.ipynb")
    run(watch.page, notebook, 0)
    wait_until_run(notebook, 0)
    run(watch.page, notebook, 1)

    card = cell(notebook, 1).locator(".nbm-live")
    card.get_by_role("img", name="loss: from 1 to").wait_for()
    card.get_by_role("button", name="Stop").click()

    static = cell(notebook, 1).locator(".jp-OutputArea-output .nbmlops")
    static.get_by_text("cancelled").wait_for()
    cell(notebook, 1).get_by_text("KeyboardInterrupt").first.wait_for()
    assert card.count() == 0
    # The kernel lives, with everything in it.
    run(watch.page, notebook, 2)
    wait_until_run(notebook, 2)
    assert int(cell(notebook, 2).locator(".jp-OutputArea-output").inner_text()) > 0


def test_a_cell_that_takes_an_interrupt_for_itself_is_told_again(lab: Any, watch: Any) -> None:
    obstinate = """%%track live --name obstinate
import time
interrupts = 0
while interrupts < 2:
    try:
        time.sleep(0.05)
    except KeyboardInterrupt:
        interrupts += 1"""
    write(lab, "obstinate.ipynb", ["%load_ext nbmlops", obstinate])
    notebook = open_in_lab(lab, watch.page, "obstinate.ipynb")
    run(watch.page, notebook, 0)
    wait_until_run(notebook, 0)
    run(watch.page, notebook, 1)

    card = cell(notebook, 1).locator(".nbm-live")
    card.get_by_role("button", name="Stop", exact=True).click()
    card.get_by_role("button", name="Stopping…").wait_for()
    card.get_by_role("button", name="Stop", exact=True).click()

    static = cell(notebook, 1).locator(".jp-OutputArea-output .nbmlops")
    static.get_by_text("succeeded").wait_for()


def test_a_cell_without_a_loop_shows_its_time_and_a_cell_that_prints_keeps_its_card(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    printing = (
        "%%track\nimport time\nfor at in range(40):\n    print('line', at)\n    time.sleep(.1)"
    )
    write(lab, "prints.ipynb", ["%load_ext nbmlops", printing])
    notebook = open_in_lab(lab, watch.page, "prints.ipynb")
    run(watch.page, notebook, 0)
    wait_until_run(notebook, 0)
    run(watch.page, notebook, 1)

    cell(notebook, 1).locator(".nbm-live-time").wait_for()
    cell(notebook, 1).locator(".nbmlops").get_by_text("succeeded").wait_for()
    save(watch.page)
    (output,) = outputs_of(lab, "prints.ipynb", 1)
    assert set(output["data"]) == STATIC
    streams = [each for each in saved(lab, "prints.ipynb")["cells"][1]["outputs"] if "text" in each]
    printed = "".join("".join(each["text"]) for each in streams)
    assert printed == "".join(f"line {at}\n" for at in range(40))


def test_notebook_7_shows_the_live_card_and_the_static_one_and_opens_runs_in_jupyterlab(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    write(lab, "seven.ipynb", ["%load_ext nbmlops", TRAINING, "%runs live-test"])
    page.set_default_timeout(40_000)
    page.goto(f"{lab.url}/notebooks/seven.ipynb?token={lab.token}")
    notebook = page.locator(".jp-NotebookPanel")
    notebook.locator(".jp-CodeCell").first.wait_for()
    page.locator(".jp-NotebookKernelStatus, .jp-Toolbar-kernelName").first.wait_for()
    for number in (0, 1):
        run_until_taken(page, notebook, number)

    card = cell(notebook, 1).locator(".nbm-live")
    card.get_by_role("img", name="loss: from 1 to").wait_for()
    page.screenshot(path=tmp_path / "notebook-7.png")
    card.get_by_role("button", name="Stop").click()

    cell(notebook, 1).locator(".nbmlops").get_by_text("cancelled").wait_for()
    run_until_taken(page, notebook, 2)
    link = cell(notebook, 2).locator(".nbm-runs .nbm-run-name").first
    link.wait_for()
    page.screenshot(path=tmp_path / "notebook-7-static.png")

    # Its pages hold one document each, so that a run is opened in JupyterLab beside it.
    with page.context.expect_page() as opened:
        link.click()
    run_view = opened.value.locator(".nbm-run")
    run_view.get_by_role("heading", name="training").wait_for()
    with page.context.expect_page() as opened:
        cell(notebook, 1).locator(".nbm-badge").click()
    assert "/lab?nbmlops=" in opened.value.url
    page.keyboard.press("Control+Alt+r")
    panel = page.locator(".nbm-panel")
    panel.locator(".nbm-run-name", has_text="training").first.wait_for()
    panel.get_by_label("Filter runs").fill("status = 'cancelled'")
    panel.get_by_label("Filter runs").press("Enter")
    with page.context.expect_page() as opened:
        panel.get_by_role("button", name="Open as a table").click()
    table = opened.value.locator(".nbm-tab .nbm-runs")
    table.locator(".nbm-run-name", has_text="training").first.wait_for()
    assert table.get_by_label("Filter runs").input_value() == "status = 'cancelled'"


def run_until_taken(page: Any, notebook: Any, number: int) -> None:
    """Runs a cell; Notebook shows no sign of a kernel that is ready, so it is tried until it is."""
    prompt = cell(notebook, number).locator(".jp-InputPrompt")
    for _ in range(60):
        cell(notebook, number).locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(500)
        if prompt.inner_text().strip() not in ("[ ]:", ""):
            return
    raise AssertionError(prompt.inner_text())


FRAMES = """() => new Promise(done => {
    const began = performance.now(), long = [];
    let before = began, count = 0;
    const observer = new PerformanceObserver(list => long.push(...list.getEntries()));
    observer.observe({entryTypes: ['longtask']});
    const next = now => {
        count += 1;
        if (now - began < 3000) requestAnimationFrame(next);
        else done({count, long: long.reduce((sum, each) => sum + each.duration, 0)});
    };
    requestAnimationFrame(next);
})"""


def test_a_page_that_draws_sixty_points_a_second_has_time_for_everything_else(
    lab: Any, watch: Any
) -> None:
    fast = TRAINING.replace("400", "100_000").replace("epoch == 300", "False")
    write(lab, "fast.ipynb", ["%load_ext nbmlops", fast.replace("sleep(0.02)", "sleep(1 / 60)")])
    notebook = open_in_lab(lab, watch.page, "fast.ipynb")
    run(watch.page, notebook, 0)
    wait_until_run(notebook, 0)
    run(watch.page, notebook, 1)
    card = cell(notebook, 1).locator(".nbm-live")
    card.get_by_role("img", name="loss: from 1 to").wait_for()

    frames = watch.page.evaluate(FRAMES)

    print(frames)
    # The page is busy for less than half of the time, whatever else this machine does.
    assert frames["count"] > 10
    assert frames["long"] < 1500
    card.get_by_role("button", name="Stop").click()
    cell(notebook, 1).locator(".nbmlops").get_by_text("cancelled").wait_for()
