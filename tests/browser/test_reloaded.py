"""A page that is loaded anew while a cell runs: the end of the run reaches the notebook all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_tools import choose_theme, look
from lab_pages import cell, open_in_lab, run, save, saved, wait_until_run, write

pytestmark = pytest.mark.browser

VIEW = "application/vnd.jupyter.widget-view+json"
# Each waits until the test has seen what it wants to see.
WAITING = """%%track reloaded --name {name}
import os, time
import nbmlops
step = 0
while not os.path.exists("{name}"):
    if step < 20 or os.path.exists("{name}-more") and step < 60:
        nbmlops.log(loss=1 / (1 + step), step=step)
        step += 1
    time.sleep(0.05)
nbmlops.log(auc=0.75)"""


errors: list[str] = []  # of pages that came while a cell ran


@pytest.fixture(autouse=True)
def _no_page_has_an_error() -> Iterator[None]:
    errors.clear()
    yield
    assert errors == []


def begin(lab: Any, page: Any, name: str, *sources: str) -> Any:
    """A notebook whose first tracked cell is running, with its live card in sight."""
    write(lab, f"{name}.ipynb", ["%load_ext nbmlops", *sources])
    notebook = open_in_lab(lab, page, f"{name}.ipynb")
    run(page, notebook, 0)
    wait_until_run(notebook, 0)
    for number in range(1, 1 + len(sources)):
        run(page, notebook, number)
    cell(notebook, 1).locator(".nbm-live").get_by_role("button", name="Stop").wait_for()
    return notebook


def load(lab: Any, page: Any, name: str) -> Any:
    """The notebook in a fresh page, when its badge says that the run is going on."""
    page.on("pageerror", lambda error: errors.append(f"{error}\n{error.stack}"))
    page.goto(f"{lab.url}/lab/workspaces/{name}-again/tree/{name}.ipynb?token={lab.token}")
    notebook = page.locator(".jp-NotebookPanel:visible")
    cell(notebook, 1).locator('.nbm-badge[data-status="running"]').wait_for()
    return notebook


def leave(page: Any) -> Any:
    """A page in place of this one, which goes without a question; nobody has the old one's memory."""
    fresh = page.context.new_page()
    page.close()
    return fresh


def followed(notebook: Any, number: int) -> Any:
    """The live card of a run that another page began."""
    card = cell(notebook, number).locator(".nbm-live")
    card.get_by_role("button", name="Stop").wait_for()
    return card


def final(notebook: Any, number: int) -> Any:
    """The static card of a run that has succeeded, in its cell."""
    card = cell(notebook, number).locator(".jp-OutputArea-output .nbmlops")
    card.get_by_text("succeeded").wait_for()
    return card


def test_the_end_of_a_run_reaches_a_page_that_was_loaded_while_it_ran(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    second = WAITING.format(name="second")
    begin(lab, page, "first", WAITING.format(name="first"), second)

    # Nothing was saved: the file knows of no output. The cell behind was queued by the page before.
    page = leave(page)
    notebook = load(lab, page, "first")
    assert cell(notebook, 1).locator(".jp-OutputArea-output").count() == 0
    followed(notebook, 1)
    (lab.folder / "first").touch()
    card = final(notebook, 1)
    cell(notebook, 2).locator(".jp-OutputArea-output .nbmlops").get_by_text("running").wait_for()
    page.screenshot(path=tmp_path / "again.png")
    (lab.folder / "second").touch()
    final(notebook, 2)

    assert card.count() == 1
    assert notebook.locator(".nbm-live").count() == 0
    save(page)
    for number in (1, 2):
        (output,) = saved(lab, "first.ipynb")["cells"][number]["outputs"]
        assert set(output["data"]) == {"text/html", "text/plain", "image/png"}
        assert "0.75" in "".join(output["data"]["text/plain"])


def test_a_card_that_was_saved_as_running_is_brought_up_to_date(lab: Any, watch: Any) -> None:
    page = watch.page
    begin(lab, page, "kept", WAITING.format(name="kept"))
    save(page)
    (output,) = saved(lab, "kept.ipynb")["cells"][1]["outputs"]
    assert VIEW in output["data"]
    assert output["metadata"]["nbmlops"]["status"] == "running"

    # What the file says of it has a live card in its place; it ends while this page looks.
    page = leave(page)
    notebook = load(lab, page, "kept")
    followed(notebook, 1)
    static = cell(notebook, 1).locator(".jp-OutputArea-output .nbmlops")
    assert static.count() == 1
    assert not static.is_visible()
    (lab.folder / "kept").touch()
    assert final(notebook, 1).is_visible()
    assert notebook.locator(".nbm-live").count() == 0

    # It ended while nobody looked: the file says still that it runs.
    page = leave(page)
    page.goto(lab.address("kept.ipynb", "kept-later"))
    notebook = page.locator(".jp-NotebookPanel:visible")
    card = final(notebook, 1)
    assert card.count() == 1
    save(page)
    (output,) = saved(lab, "kept.ipynb")["cells"][1]["outputs"]
    assert VIEW not in output["data"]
    assert "status" not in output["metadata"]["nbmlops"]


def test_two_pages_of_a_notebook_both_see_the_end(lab: Any, watch: Any, browser: Any) -> None:
    page = watch.page
    notebook = begin(lab, page, "twice", WAITING.format(name="twice"))
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(40_000)
    try:
        other = load(lab, context.new_page(), "twice")
        (lab.folder / "twice").touch()
        assert final(notebook, 1).count() == 1
        assert final(other, 1).count() == 1
    finally:
        context.close()


def test_a_run_is_seen_going_on_and_stopped_from_a_page_that_came_later(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    begin(lab, page, "going", WAITING.format(name="going"))
    page = leave(page)
    notebook = load(lab, page, "going")
    card = followed(notebook, 1)
    card.locator("canvas").wait_for()
    card.get_by_text("at 19", exact=True).wait_for()

    # It moves, and is no output of the notebook.
    (lab.folder / "going-more").touch()
    card.get_by_text("at 59", exact=True).wait_for()
    for theme in ("Dark", "Light"):
        choose_theme(page, f"JupyterLab {theme}")
        look(page, tmp_path, f"followed-{theme}")
    assert cell(notebook, 1).locator(".jp-OutputArea-output").count() == 0

    card.get_by_role("button", name="Stop").click()
    cell(notebook, 1).locator(".jp-OutputArea-output .nbmlops").get_by_text("cancelled").wait_for()
    assert notebook.locator(".nbm-live").count() == 0


def test_a_run_far_down_is_seen_going_on_when_somebody_comes_to_its_cell(
    lab: Any, watch: Any
) -> None:
    page = watch.page
    settings = lab.folder.parent / "user_settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    windowed = settings / "tracker.jupyterlab-settings"  # cells out of sight are not in the page
    windowed.write_text('{"windowingMode": "full"}')
    tall = ["\n".join(f"line_{number} = {number}" for number in range(12))] * 40
    write(lab, "far.ipynb", ["%load_ext nbmlops", *tall, WAITING.format(name="far")])
    open_in_lab(lab, page, "far.ipynb")
    page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
    page.locator(".lm-Menu-itemLabel").get_by_text("Run All Cells", exact=True).click()
    page.locator("#nbmlops-status").get_by_text("1 running").wait_for()

    page = leave(page)
    page.goto(f"{lab.url}/lab/workspaces/far-again/tree/far.ipynb?token={lab.token}")
    notebook = page.locator(".jp-NotebookPanel:visible")
    notebook.locator(".jp-CodeCell").first.wait_for()
    page.locator("#nbmlops-status").get_by_text("1 running").wait_for()
    page.wait_for_timeout(3000)  # all that is asked for at the beginning has been answered
    tracked = notebook.locator(".jp-CodeCell", has_text="%%track")
    assert tracked.count() == 0
    notebook.locator(".jp-CodeCell").first.hover()
    while tracked.locator(".cm-content:visible").count() == 0:
        page.mouse.wheel(0, 2000)
        page.wait_for_timeout(100)

    tracked.locator(".nbm-live").get_by_role("button", name="Stop").click()
    tracked.locator('.nbm-badge[data-status="cancelled"]').wait_for()
    windowed.unlink()


def test_a_run_is_stopped_from_its_own_view(lab: Any, watch: Any) -> None:
    page = watch.page
    notebook = begin(lab, page, "viewed", WAITING.format(name="viewed"))
    cell(notebook, 1).locator('.nbm-badge[data-status="running"]').click()
    view = page.locator(".nbm-run:visible")

    view.get_by_role("button", name="Stop").click()

    view.locator(".nbm-run-meta").get_by_text("cancelled").wait_for()
    assert view.get_by_role("button", name="Stop").count() == 0
