"""JupyterLab's start with the extension and without it, and the table of runs beside MLflow's own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import sleep
from typing import Any

from environments import prepare
from panel_pages import (
    PANEL,
    RUNS,
    TIMES,
    Row,
    browser,
    lab_with_runs,
    ms,
    open_lab,
    page_of,
    timed,
)
from processes import Laboratory
from running_lab import running_lab
from workloads import _write_runs

# ── JupyterLab's start ───────────────────────────────────────────────────────────────────────

READY = """const look = () => {
    const isThere = document.querySelector('.jp-LauncherCard')
        && !document.querySelector('#jupyterlab-splash');
    if (isThere) window.nbmReady = performance.now();
    else requestAnimationFrame(look);
};
look();"""
STARTS = 8


def measure_start() -> list[Row]:
    """From the address to the launcher, with the extension and without it, turn by turn."""
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        running_lab(Path(one)) as with_ours,
        running_lab(Path(other), without_ours=True) as without,
        browser() as running,
        page_of(running) as first,
        page_of(running) as second,
    ):
        taken: dict[str, list[float]] = {"with": [], "without": []}
        pages = {"with": (first, with_ours), "without": (second, without)}
        for page, _ in pages.values():
            page.add_init_script(READY)
        for number in range(STARTS + 1):  # the first fills the cache
            for name, (page, lab) in pages.items():
                page.goto(f"{lab.url}/lab/workspaces/start?reset&token={lab.token}")
                page.wait_for_function("() => window.nbmReady !== undefined")
                if number > 0:
                    taken[name].append(page.evaluate("window.nbmReady"))
                page.goto("about:blank")
        ours = first.goto(f"{with_ours.url}/lab?reset&token={with_ours.token}")
        if "nbmlops" not in ours.text():
            raise SystemExit("the extension is not there")
    more = median(taken["with"]) - median(taken["without"])
    return [
        Row(
            "JupyterLab's start, from its address to the launcher",
            ms(median(taken["with"])),
            f"without the extension: {ms(median(taken['without']))}",
            f"{more:+,.0f} ms (at most +100 ms)",
            more <= 100,
        )
    ]


# ── beside MLflow ────────────────────────────────────────────────────────────────────────────

THEIR_FIRST_IS = """return [...document.querySelectorAll('.ag-row[row-index="0"]')].some(
    row => row.textContent.includes(given.first));"""
OUR_FIRST_IS = """return document.querySelector(
    '.nbm-tab .nbm-grid-row[aria-rowindex="2"] .nbm-run-name')?.textContent === given.first;"""
SINCE_LOADED = """([seen, given]) => {
    const isSeen = new Function('given', seen);
    const look = () => {
        if (isSeen(given)) window.nbmReady = performance.now();
        else requestAnimationFrame(look);
    };
    look();
}"""


@contextmanager
def mlflow_with_runs(folder: Path) -> Iterator[str]:
    """The address of MLflow's own server, of one process as ours is, with as many runs."""
    tool = prepare("mlflow")
    if tool.problem:
        raise SystemExit(tool.problem)
    place = Laboratory(folder)
    store = place.store(tool)
    _write_runs(store / "runs.jsonl", RUNS)
    place.run(tool, "seed", store, data=str(store / "runs.jsonl"), count=RUNS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    uri = f"sqlite:///{store / 'mlflow.db'}"
    asked = ["--backend-store-uri", uri, "--port", str(port), "--host", "127.0.0.1"]
    environment = place.environment(tool, store)
    environment["PATH"] = f"{Path(tool.python).parent}{os.pathsep}{environment['PATH']}"
    with (store / "server.txt").open("wb") as said:
        server = subprocess.Popen(
            [tool.python, "-m", "mlflow", "server", *asked, "--workers", "1"],
            cwd=store, env=environment, stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        for _ in range(600):
            try:
                opener.open(f"http://127.0.0.1:{port}/health", timeout=2).close()
                break
            except OSError:
                sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def loaded(running: Any, address: str, seen: str, given: Any) -> float:
    """Milliseconds from an address to rows, the second time: what is cached is there."""
    with page_of(running) as page:
        page.add_init_script(f"({SINCE_LOADED})({json.dumps([seen, given])})")
        taken = []
        for _ in range(1 + TIMES):
            page.goto(address)
            page.wait_for_function("() => window.nbmReady !== undefined")
            taken.append(page.evaluate("window.nbmReady"))
            page.goto("about:blank")
        return median(taken[1:])


def measure_peers() -> list[Row]:
    """The table of 100,000 runs in MLflow's own page, and ours within JupyterLab."""
    with tempfile.TemporaryDirectory() as folder, browser() as running:
        with mlflow_with_runs(Path(folder)) as url:
            # MLflow runs its jobs for a while after its start.
            address = f"{url}/#/experiments/1/runs"
            newest, oldest = {"first": f"run-{RUNS - 1}"}, {"first": "run-0"}
            their_start = loaded(running, address, THEIR_FIRST_IS, newest)
            with page_of(running) as page:
                page.goto(address)
                head = page.locator(".ag-header-cell", has_text="Created")
                page.locator('.ag-row[row-index="20"]').first.wait_for()
                page.wait_for_timeout(3000)
                their_sort = timed(page, head.click, "click", THEIR_FIRST_IS, oldest)
        with lab_with_runs() as (lab, _):
            with page_of(running) as page:
                open_lab(page, lab, "beside")
                page.locator(PANEL).click()
                page.get_by_role("button", name="Open as a table").click()
                page.locator(".nbm-tab .nbm-run-name").nth(20).wait_for()
                head = page.locator(".nbm-tab").get_by_role("columnheader", name="Started")
                our_sort = timed(page, head.click, "click", OUR_FIRST_IS, {"first": "run-000000"})
                head.click()
                page.wait_for_timeout(3000)  # JupyterLab keeps its layout after a while
            address = f"{lab.url}/lab/workspaces/beside?token={lab.token}"
            our_start = loaded(running, address, OUR_FIRST_IS, {"first": f"run-{RUNS - 1:06}"})
    return [
        Row(
            "the table of runs, page loaded anew to rows (JupyterLab and all)",
            ms(our_start),
            f"MLflow: {ms(their_start)}",
            "not slower than MLflow",
            our_start <= their_start,
        ),
        Row(
            "the table sorted by the time of start, oldest first",
            ms(our_sort),
            f"MLflow: {ms(their_sort)}",
            "not slower than MLflow",
            our_sort <= their_sort,
        ),
    ]
