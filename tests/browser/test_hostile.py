"""Hostile text in every field of every record: no view runs it, asks for it, or makes a link of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import hostile_runs
import pytest
from browser_tools import look, open_panel, open_table
from payloads import PAYLOADS

from nbmlops.records import Run
from nbmlops.workspace import open_workspace

pytestmark = pytest.mark.browser

ACTING = """() => [...document.querySelectorAll('.nbm-root *')].flatMap(element => [
    ...(/^(script|iframe|object|embed|form|link|meta|base|foreignObject)$/i.test(element.tagName)
        ? ['<' + element.tagName + '>'] : []),
    ...element.getAttributeNames().filter(name => /^on|commandlinker|srcdoc|formaction/i.test(name)),
    ...(element.tagName === 'A' && !/^(https?)?:$/.test(element.protocol) ? [element.href] : []),
    ...(element.tagName === 'IMG' && !element.src.startsWith('blob:') ? [element.src] : []),
    ...(element.tagName === 'STYLE' ? ['<style>'] : []),
])"""


@pytest.fixture(scope="module")
def hostile(lab: Any) -> Iterator[dict[str, str]]:
    """The ids of runs by the text that they are full of."""
    folder = lab.folder.parent / "home" / ".local" / "share" / "nbmlops"
    opened = open_workspace(folder)
    ids = {
        text: hostile_runs.write(opened, text, number)
        for number, text in enumerate(PAYLOADS.values(), 10)
    }
    opened.runs.flush()
    for run in ids.values():
        found = opened.runs.get(run)
        empty = {each.name for each in fields(Run) if not getattr(found, each.name)}
        assert empty - {"deleted_at"} <= {each.name for each in fields(Run) if each.name[0] == "_"}
    yield ids
    opened.close()


def check_inert(page: Any, lab: Any, watch: Any) -> None:
    assert watch.dialogs == []
    assert page.evaluate(ACTING) == []
    ours = (lab.url, "data:", "blob:")
    assert [each for each in watch.requests if not each.startswith(ours)] == []
    assert page.evaluate("() => window.struck") is None


@pytest.fixture
def page(lab: Any, hostile: dict[str, str], watch: Any) -> Any:
    watch.page.set_viewport_size({"width": 1500, "height": 1000})
    watch.page.set_default_timeout(30_000)
    for name in ("alert", "confirm", "prompt"):
        watch.page.add_init_script(f"window.{name} = () => {{ window.struck = '{name}' }}")
    return watch.page


def test_the_panel_the_table_and_every_run_do_nothing(
    page: Any, lab: Any, hostile: dict[str, str], watch: Any, tmp_path: Path
) -> None:
    page.goto(f"{lab.url}/lab/workspaces/hostile?reset&token={lab.token}")
    open_panel(page)
    table = open_table(page)
    table.get_by_text(f"{len(hostile)} runs").wait_for()
    table.get_by_role("button", name="Choose columns").click()
    table.get_by_role("dialog").wait_for()
    look(page, tmp_path, "table")
    check_inert(page, lab, watch)
    page.keyboard.press("Escape")
    for by in ("experiment", "notebook", "parent_id"):
        table.get_by_label("grouped by").select_option(by)
        # Those of the grouping before stay until the next are there; one of them is open.
        table.locator('.nbm-grid-group[aria-expanded="true"]').wait_for(state="hidden")
        table.locator(".nbm-grid-group").nth(5).wait_for()
        table.locator(".nbm-grid-group").first.click()
        table.locator(".nbm-run-name").first.wait_for()
        look(page, tmp_path, f"grouped-{by}")
        check_inert(page, lab, watch)
    table.get_by_label("grouped by").select_option("")
    links = page.locator(".nbm-panel .nbm-run-name")
    for at in range(links.count()):
        links.nth(at).click()
        run = page.locator(".nbm-run:visible")
        run.locator(".nbm-figure img").first.wait_for()
        run.evaluate("view => view.querySelectorAll('details').forEach(one => one.open = true)")
        more = run.locator(".nbm-more:not([aria-expanded=true])")
        for _ in range(30):  # what is open says it no more by a number
            if (closed := more.filter(has_text=re.compile(r"\d+ \w+"))).count() == 0:
                break
            closed.first.click()
        check_inert(page, lab, watch)
        if at == 0:
            look(page, tmp_path, "run")
        page.keyboard.press("Alt+w")  # closes the tab


def test_a_comparison_of_all_of_them_does_nothing(
    page: Any, lab: Any, hostile: dict[str, str], watch: Any, tmp_path: Path
) -> None:
    named = ",".join(hostile.values())
    page.goto(f"{lab.url}/lab/workspaces/hostile?reset&token={lab.token}&nbmlops={named}")
    view = page.locator(".nbm-compare")
    view.get_by_role("heading", name=f"{len(hostile)} runs compared").wait_for()
    view.get_by_role("switch", name="Only differences").uncheck()
    for _ in range(3):
        for button in view.locator(".nbm-more").all():
            button.click()
    view.evaluate("view => view.querySelectorAll('details').forEach(one => one.open = true)")
    view.locator(".nbm-curve").first.wait_for()
    box = view.locator(".nbm-curve .u-over").first.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    look(page, tmp_path, "comparison")
    check_inert(page, lab, watch)
    with page.expect_download() as offered:
        view.get_by_role("button", name="Export").click()
        view.get_by_role("menuitem", name="Charts (PNG)").click()
    assert Path(offered.value.path()).stat().st_size > 1000
    check_inert(page, lab, watch)
