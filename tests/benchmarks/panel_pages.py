"""What the parts of the benchmark share: 100,000 runs in a JupyterLab, a browser, times in a page."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from many_runs import record_many
from running_lab import FLAGS, Lab, find_chromium, running_lab

from nbmlops.workspace import Workspace, open_workspace

PATIENCE_MS = 120_000
PANEL = '.lm-TabBar-tab[data-id="nbmlops-panel"]'
# Milliseconds from a person's act (an event of the page) until what it leads to has been painted:
# the frame in which it is there has ended. `seen` is the body of a function of `given`.
WATCH = """([event, seen, given]) => {
    const frame = () => new Promise(done => requestAnimationFrame(done));
    const isSeen = new Function('given', seen);
    window.nbmTimed = (async () => {
        const began = await new Promise(done => addEventListener(
            event, told => done(told.timeStamp), {capture: true, once: true}));
        while (!isSeen(given)) {
            if (performance.now() - began > 60000) throw new Error('not seen: ' + seen);
            await frame();
        }
        await frame();
        await new Promise(done => setTimeout(done));
        window.nbmSeenAt = performance.now();
        return window.nbmSeenAt - began;
    })();
}"""
# Milliseconds that the latest answer under an address took, and from its end to what was seen.
SINCE_ANSWER = """path => {
    const asked = performance.getEntriesByType('resource').filter(each => each.name.includes(path));
    const last = asked.at(-1);
    return [last.responseEnd - last.startTime, window.nbmSeenAt - last.responseEnd];
}"""
# The gaps between the frames of a page, over so many milliseconds.
FRAMES = """milliseconds => new Promise(done => {
    const began = performance.now(), gaps = [];
    let before = began;
    const next = now => {
        gaps.push(now - before);
        before = now;
        if (now - began < milliseconds) requestAnimationFrame(next);
        else done(gaps.slice(2));
    };
    requestAnimationFrame(next);
})"""


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    if path is None:
        raise SystemExit("There is no Chromium.")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield running
        finally:
            running.close()


@contextmanager
def page_of(running: Any) -> Iterator[Any]:
    """A page with a cache and cookies of its own."""
    context = running.new_context(viewport={"width": 1500, "height": 1000})
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


def timed(page: Any, act: Callable[[], Any], event: str, seen: str, given: Any = None) -> float:
    """Milliseconds from the event that an act causes to what is seen of it."""
    page.evaluate(WATCH, [event, seen, given])
    act()
    return float(page.evaluate("window.nbmTimed"))


def ask(lab: Lab, path: str, **query: Any) -> Any:
    """What one of our routes answers."""
    address = f"{lab.url}/nbmlops/api/{path}"
    if query:
        address += f"?{urlencode(query)}"
    request = urllib.request.Request(address, headers={"Authorization": f"token {lab.token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        return json.loads(answer.read())


def open_lab(page: Any, lab: Lab, name: str, link: str = "") -> None:
    """JupyterLab with its launcher, when all of it is there."""
    page.goto(f"{lab.url}/lab/workspaces/{name}?reset&token={lab.token}{link}")
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="filebrowser"]').wait_for()


RUNS = 100_000
TIMES = 5
FIRST_PAGE = {
    "sort": "started_at desc",
    "limit": 200,
    "columns": "name,status,started_at,duration_seconds,experiment,metrics.auc",
}


@dataclass(frozen=True)
class Row:
    """A line of the table: what was measured, beside what, against which goal."""

    what: str
    ours: str
    beside: str
    goal: str
    met: bool


def ms(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms"


@contextmanager
def lab_with_runs() -> Iterator[tuple[Lab, Workspace]]:
    with tempfile.TemporaryDirectory() as folder, running_lab(Path(folder)) as lab:
        with closing(open_workspace(lab.workspace)) as workspace:
            record_many(workspace, RUNS, whole=True)
            yield lab, workspace


def answer_ms(lab: Lab, path: str, **query: Any) -> float:
    """The median time of one answer of the server, asked by itself."""
    ask(lab, path, **query)
    taken = []
    for _ in range(TIMES):
        began = perf_counter()
        ask(lab, path, **query)
        taken.append(1000 * (perf_counter() - began))
    return median(taken)
