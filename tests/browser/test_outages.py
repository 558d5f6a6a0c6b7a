"""A server that is killed, pages that are two, lines that are cut: nothing is done twice, all catch up."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from typing import Any

import pytest
from browser_tools import open_panel
from freezing import line_to
from lab_pages import cell, open_in_lab, run, wait_until_run, write

from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

WAITING = """%%track cut --name cut
import os, time
import nbmlops
for step in range(20):
    nbmlops.log(loss=1 / (1 + step), step=step)
while not os.path.exists("cut"):
    time.sleep(0.05)"""


@pytest.fixture(autouse=True)
def _patience(watch: Any) -> None:
    watch.page.set_default_timeout(60_000)


@pytest.fixture(scope="module")
def workspace(lab: Any) -> Iterator[Workspace]:
    with closing(open_workspace(lab.workspace)) as opened:
        for number in range(30):
            with opened.runs.track("outages", name=f"kept {number}") as run:
                run.log(auc=number / 30)
        opened.runs.flush()
        yield opened


def panel_in(page: Any, lab: Any, name: str) -> Any:
    page.goto(f"{lab.url}/lab/workspaces/{name}?reset&token={lab.token}")
    open_panel(page)
    panel = page.locator(".nbm-panel")
    panel.locator(".nbm-run-name").first.wait_for()
    return panel


def link(panel: Any, name: str) -> Any:
    return panel.get_by_role("link", name=name, exact=True)


def test_a_server_that_is_killed_amid_requests_leaves_nothing_behind(
    lab: Any, watch: Any, workspace: Workspace
) -> None:
    """F4."""
    page = watch.page
    panel = panel_in(page, lab, "killed")
    ids = [found.id for found in workspace.runs.find(experiment="outages")]
    before = [(found.id, found.name, found.metrics) for found in workspace.runs.find()]
    ask = """async ([url, token, runs]) => {
        const headers = {Authorization: `token ${token}`, 'Content-Type': 'application/json'};
        window.answers = Array.from({length: 12}, (_, at) => fetch(
            at % 2 ? `${url}/nbmlops/api/compare` : `${url}/nbmlops/api/runs/${runs[at]}`,
            at % 2 ? {method: 'POST', headers, body: JSON.stringify({runs})}
                : {method: 'PATCH', headers, body: JSON.stringify({tags: {at: String(at)}})}
        ).then(told => told.status, () => 0));
    }"""
    page.evaluate(ask, [lab.url, lab.token, ids])
    lab.kill()
    statuses = page.evaluate("Promise.all(window.answers)")
    with workspace.runs.track("outages", name="meanwhile"):  # nobody holds a lock
        pass
    workspace.runs.flush()
    lab.restart()

    # The page looks again by itself, at the same runs.
    link(panel, "meanwhile").wait_for()
    link(panel, "kept 29").wait_for()
    found = {each.id: each for each in workspace.runs.find(limit=1000)}
    assert [(found[id_].id, found[id_].name, found[id_].metrics) for id_, *_ in before] == before
    # What was acknowledged is there; of the rest, each is there whole or not at all.
    for at in range(0, 12, 2):
        tags = found[ids[at]].tags
        assert tags == {"at": str(at)} if statuses[at] == 200 else tags in ({}, {"at": str(at)})
    told = page.request.patch(
        f"{lab.url}/nbmlops/api/runs/{ids[0]}",
        headers={"Authorization": f"token {lab.token}"},
        data={"tags": {"at": "last"}},
    )
    assert told.status == 200


def test_two_pages_agree_and_nothing_is_done_twice(
    lab: Any, watch: Any, workspace: Workspace
) -> None:
    """F38: a deletion, a double click, a page loaded anew, one that was offline."""
    page = watch.page
    other = page.context.new_page()
    panel, beside = panel_in(page, lab, "one"), panel_in(other, lab, "two")
    with workspace.runs.track("outages", name="unwanted"):
        pass
    for each in (panel, beside):
        link(each, "unwanted").wait_for()

    row = panel.locator(".nbm-grid-row", has_text="unwanted")
    row.locator(".nbm-grid-mark").click()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/runs/delete" in one.url else None)
    panel.get_by_role("button", name="Delete").dblclick()
    for each in (panel, beside):
        link(each, "unwanted").wait_for(state="detached")
    assert len(asked) == 1

    page.reload()
    panel = page.locator(".nbm-panel")
    link(panel, "kept 29").wait_for()
    assert link(panel, "unwanted").count() == 0
    assert len(asked) == 1
    (gone,) = workspace.runs.find("name = 'unwanted'", deleted=True)
    workspace.runs.restore(gone.id)
    for each in (panel, beside):
        link(each, "unwanted").wait_for()

    page.context.set_offline(True)
    with workspace.runs.track("outages", name="while away"):
        pass
    page.context.set_offline(False)
    for each in (panel, beside):
        link(each, "while away").wait_for()


def test_two_kernels_in_two_pages_record_at_once_and_both_pages_see_both(
    lab: Any, watch: Any, workspace: Workspace
) -> None:
    pages = {"left": watch.page, "right": watch.page.context.new_page()}
    notebooks = {}
    for name, page in pages.items():
        page.set_default_timeout(60_000)
        cell_ = WAITING.replace("cut", name)
        write(lab, f"{name}.ipynb", ["%load_ext nbmlops", cell_])
        notebooks[name] = open_in_lab(lab, page, f"{name}.ipynb")
        run(page, notebooks[name], 0)
        wait_until_run(notebooks[name], 0)
        run(page, notebooks[name], 1)
        open_panel(page)
    for page in pages.values():
        page.locator("#nbmlops-status").get_by_text("2 running").wait_for()
        for name in pages:
            row = page.locator(".nbm-panel .nbm-grid-row", has=link(page, name))
            row.locator('[data-status="running"]').wait_for()
    for name in pages:
        (lab.folder / name).touch()
    for page in pages.values():
        for name in pages:
            row = page.locator(".nbm-panel .nbm-grid-row", has=link(page, name))
            row.locator('[data-status="succeeded"]').wait_for()
    assert [len(workspace.runs.find(experiment=name)) for name in pages] == [1, 1]


def test_a_laptop_that_slept_catches_up_over_a_new_connection(
    lab: Any, watch: Any, workspace: Workspace
) -> None:
    """The old connections are silent and never closed: only the view's own clock tells of it."""
    page = watch.page
    page.clock.install()
    server = lab.url.rpartition(":")[2]
    with line_to(int(server)) as line:
        page.goto(
            f"{lab.url.replace(server, str(line.port))}/lab/workspaces/slept?reset&token={lab.token}"
        )
        open_panel(page)
        panel = page.locator(".nbm-panel")
        with workspace.runs.track("outages", name="before sleep"):
            pass
        link(panel, "before sleep").wait_for()

        assert line.freeze() > 0
        with workspace.runs.track("outages", name="while asleep"):
            pass
        workspace.runs.flush()
        page.clock.fast_forward("08:00:00")  # timers that were due meanwhile fire once, on waking
        come_in_time(page, link(panel, "while asleep"))
        with workspace.runs.track("outages", name="after sleep"):
            pass
        come_in_time(page, link(panel, "after sleep"))


def test_a_run_is_read_though_changes_come_faster_than_answers(
    lab: Any, watch: Any, workspace: Workspace
) -> None:
    page = watch.page
    panel = panel_in(page, lab, "slow")
    is_over = Event()

    def go_on() -> None:
        with workspace.runs.track("outages", name="restless") as run:
            for step in itertools.count():
                run.log(loss=1 / (1 + step), step=step)
                workspace.runs.flush()
                if is_over.wait(0.2):
                    break

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(go_on)
        try:
            link(panel, "restless").wait_for()
            slow = page.context.new_cdp_session(page)
            limits = {"latency": 2000, "downloadThroughput": -1, "uploadThroughput": -1}
            slow.send("Network.emulateNetworkConditions", {"offline": False, **limits})
            link(panel, "restless").click()
            view = page.locator(".nbm-run:visible")
            view.get_by_role("heading", name="restless").wait_for()
            view.locator(".nbm-curve canvas").first.wait_for()
            first = view.locator(".nbm-curve-foot").first.inner_text()
            moved = view.locator(".nbm-curve-foot").first.filter(has_not_text=first)
            moved.wait_for()
        finally:
            is_over.set()
        going.result()


def come_in_time(page: Any, seen: Any) -> None:
    """What is waited for comes once requests over connections that are gone have been given up: the
    browser may try each that it kept before it makes a new one.
    """
    for _ in range(60):
        if seen.is_visible():
            return
        page.wait_for_timeout(1000)  # what is asked over a good one is answered meanwhile
        page.clock.fast_forward("01:20")
    seen.wait_for()


def test_a_kernels_line_that_is_cut_costs_no_card_and_makes_no_second_run(
    lab: Any, watch: Any, workspace: Workspace
) -> None:
    """F38: the websocket of the kernel."""
    page = watch.page
    lines: list[Any] = []

    def connect(line: Any) -> None:
        lines.append((line, line.connect_to_server()))

    page.route_web_socket("**/api/kernels/*/channels*", connect)
    write(lab, "cut.ipynb", ["%load_ext nbmlops", WAITING])
    notebook = open_in_lab(lab, page, "cut.ipynb")
    run(page, notebook, 0)
    wait_until_run(notebook, 0)
    run(page, notebook, 1)
    card = cell(notebook, 1).locator(".nbm-live")
    card.get_by_role("img", name="loss: from 1 to").wait_for()

    count = len(lines)
    for here, there in lines:
        there.close()
        here.close()
    (lab.folder / "cut").touch()

    static = cell(notebook, 1).locator(".jp-OutputArea-output .nbmlops")
    static.get_by_text("succeeded").wait_for()
    assert len(lines) > count
    assert static.count() == 1
    assert card.count() == 0
    assert len(workspace.runs.find(experiment="cut")) == 1
