"""A hundred thousand runs in a real JupyterLab: scrolled, sorted, filtered and grouped.

What is seen is compared with what the server answers, row by row.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from browser_tools import look, open_panel, open_table
from many_runs import record_many

from nbmlops.workspace import open_workspace

pytestmark = pytest.mark.browser

RUNS = 100_000
MOST_ROWS = 80  # in the document, whatever the length of the table
IN_SIGHT = """grid => [...grid.querySelectorAll('.nbm-grid-row')].map(
    row => [Number(row.ariaRowIndex), row.querySelector('.nbm-run-name')?.textContent ?? null])"""


@pytest.fixture(scope="module", autouse=True)
def workspace(lab: Any) -> Iterator[None]:
    with closing(open_workspace(lab.workspace)) as opened:
        record_many(opened, RUNS)
        yield


def answer(lab: Any, path: str, **query: Any) -> Any:
    """What the server says to a question of ours, asked beside the page."""
    headers = {"Authorization": f"token {lab.token}"}
    address = f"{lab.url}/nbmlops/api/{path}?{urlencode(query)}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(address, headers=headers)) as told:
        return json.load(told)


def check(lab: Any, grid: Any, at: int, **query: Any) -> list[str]:
    """The names around the row `at`, which are in sight, in the order that the server has."""
    first = max(0, at - 50)
    told = answer(lab, "runs", columns="name", offset=first, limit=200, **query)
    expected = {first + place: row[0] for place, row in enumerate(told["rows"])}
    deadline = time.monotonic() + 60
    while True:  # the rows of before stay until those that were asked for are there
        rows = grid.evaluate(IN_SIGHT)
        seen = {place - 2: name for place, name in rows if name is not None}
        if len(seen) == len(rows) > 15 and at in seen and seen.items() <= expected.items():
            break
        assert time.monotonic() < deadline, (query, at, seen)
        grid.page.wait_for_timeout(50)
    assert grid.locator(".nbm-grid-row").count() < MOST_ROWS
    assert int(grid.get_attribute("aria-rowcount")) == told["total"] + 1
    return [seen[place] for place in sorted(seen)]


def sort_by(grid: Any, name: str, way: str) -> None:
    head = grid.get_by_role("columnheader", name=name, exact=True)
    head.click()
    grid.locator(f'[aria-sort="{way}"]', has_text=name).wait_for()


def scroll(grid: Any, share: float) -> None:
    grid.evaluate(f"grid => {{ grid.scrollTop = {share} * grid.scrollHeight; }}")


def narrow(table: Any, filter_: str, count: str) -> None:
    field = table.get_by_label("Filter runs")
    field.fill(filter_)
    field.press("Enter")
    table.locator(".nbm-foot").get_by_text(count, exact=True).wait_for()


def test_a_hundred_thousand_runs_are_scrolled_sorted_filtered_and_grouped(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    page.goto(f"{lab.url}/lab/workspaces/many?reset&token={lab.token}")
    open_panel(page)
    table = open_table(page)
    table.get_by_text(f"{RUNS:,} runs").wait_for()
    grid = table.get_by_role("grid")
    newest = {"sort": "started_at desc"}

    # As they began, from the top to the middle and the end, by the scroll bar and by a key.
    assert check(lab, grid, 0, **newest)[0] == f"run-{RUNS - 1:06}"
    scroll(grid, 0.5)
    check(lab, grid, RUNS // 2, **newest)
    grid.focus()
    page.keyboard.press("Control+End")
    assert check(lab, grid, RUNS - 1, **newest)[-1] == "run-000000"
    look(page, tmp_path, "end")

    # Sorted by a metric, whose order nobody wrote down; then the other way round.
    sort_by(grid, "auc", "descending")
    page.keyboard.press("Control+Home")
    best = check(lab, grid, 0, sort="metrics.auc desc")
    scroll(grid, 0.5)
    check(lab, grid, RUNS // 2, sort="metrics.auc desc")
    sort_by(grid, "auc", "ascending")
    page.keyboard.press("Control+End")
    assert check(lab, grid, RUNS - 1, sort="metrics.auc asc")[-1] == best[0]

    # Narrowed, within that order.
    filter_ = "params.solver = 'saga' and metrics.loss < 0.1"
    count = answer(lab, "runs", filter=filter_)["total"]
    assert 2000 < count < 5000
    narrow(table, filter_, f"{count:,} runs")
    page.keyboard.press("Escape")
    scroll(grid, 0)
    check(lab, grid, 0, sort="metrics.auc asc", filter=filter_)
    scroll(grid, 1)
    check(lab, grid, count - 1, sort="metrics.auc asc", filter=filter_)
    narrow(table, "", f"{RUNS:,} runs")

    # In a thousand groups, one of them open.
    table.get_by_label("grouped by").select_option("parent_id")
    tree = table.get_by_role("treegrid")
    tree.locator(".nbm-grid-group").nth(10).wait_for()
    assert int(tree.get_attribute("aria-rowcount")) > RUNS // 100
    scroll(tree, 0)
    tree.locator(".nbm-grid-group").nth(1).click()
    tree.locator(".nbm-run-name").nth(10).wait_for()
    assert tree.locator(".nbm-grid-row, .nbm-grid-group").count() < MOST_ROWS
    look(page, tmp_path, "groups")
