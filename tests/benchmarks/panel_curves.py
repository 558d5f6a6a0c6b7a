"""Curves of 100,000 points, and the live card at 60 points a second."""

from __future__ import annotations

import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from lab_pages import cell, open_in_lab, run, wait_until_run, write
from live_card import core_share
from panel_pages import (
    FRAMES,
    SINCE_ANSWER,
    Row,
    ask,
    browser,
    ms,
    open_lab,
    page_of,
    timed,
)
from running_lab import Lab, running_lab

from nbmlops.workspace import Workspace, open_workspace

# ── curves ───────────────────────────────────────────────────────────────────────────────────

CURVES, POINTS = 10, 100_000
SPIKE_AT, SPIKE = 51_234, 77.0
OPEN = """([runs, workspace]) => document.dispatchEvent(
    new CustomEvent('nbmlops-open', {detail: {runs, workspace}}))"""
ARE_DRAWN = """return document.querySelectorAll(`${given.view} .nbm-curve canvas`).length
    >= given.count;"""
INK = """view => [...document.querySelectorAll(`${view} .nbm-curve canvas`)].map(canvas => {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.some(part => part !== 0);
})"""


def record_curves(workspace: Workspace) -> tuple[list[str], str]:
    """Ten runs with a curve each, and one run with ten, of 100,000 points, each with a spike."""
    runs = []
    names = [[f"loss_{at}" for at in range(CURVES)], *(["loss"] for _ in range(CURVES))]
    for number, each in enumerate(names):
        with workspace.runs.track("curves", name=f"curve {number}") as run:
            for step in range(POINTS):
                value = SPIKE if step == SPIKE_AT else (number + 1) / (1 + step) + step % 7 / 100
                run.log(dict.fromkeys(each, value), step=step)
        runs.append(run.id)
    workspace.runs.flush()
    return runs[1:], runs[0]


def measure_curves() -> list[Row]:
    """Long curves, drawn from what the server thinned."""
    with tempfile.TemporaryDirectory() as folder, running_lab(Path(folder)) as lab:
        with closing(open_workspace(lab.workspace)) as workspace:
            runs, wide = record_curves(workspace)
        with browser() as running, page_of(running) as page:
            open_lab(page, lab, "curves")
            key = ask(lab, "workspaces")["current"]
            return [
                _drawn(lab, page, key, runs, ".nbm-compare", 1, "/compare", "runs compared"),
                _drawn(lab, page, key, [wide], ".nbm-run", CURVES, "/series", "metrics of a run"),
            ]


def _drawn(
    lab: Lab, page: Any, key: str, runs: list[str], view: str, count: int, path: str, what: str
) -> Row:
    act = partial(page.evaluate, OPEN, [runs, key])
    with page.expect_response(lambda answer: f"{path}?" in answer.url) as told:
        timed(page, act, "nbmlops-open", ARE_DRAWN, {"view": view, "count": count})
    fetched, over = page.evaluate(SINCE_ANSWER, f"{path}?")
    if not all(page.evaluate(INK, view)):
        raise SystemExit(f"a curve of {view} is empty")
    kept = str(told.value.text()).count(f"{SPIKE}")
    return Row(
        f"{CURVES} {what}, {POINTS:,} points each, drawn",
        f"{ms(over)} over the fetch",
        f"the fetch: {ms(fetched)}, {len(told.value.body()) / 1024:,.0f} KiB; "
        f"the spike is in {kept} of {CURVES}",
        "at most 500 ms, extremes kept",
        over <= 500 and kept >= CURVES,
    )


# ── the live card ────────────────────────────────────────────────────────────────────────────

LIVE = """%%track live
import time, nbmlops
step, began = 0, time.perf_counter()
while True:
    nbmlops.log(loss=1 / (1 + step), accuracy=step / 10_000, step=step)
    step += 1
    time.sleep(max(0.0, began + step / 60 - time.perf_counter()))"""
FRAME_MS = 1000 / 60


def measure_live() -> list[Row]:
    """Frames of a page that draws 60 points/s, beside those of the same page before, and the kernel."""
    with tempfile.TemporaryDirectory() as folder, running_lab(Path(folder)) as lab:
        write(lab, "live.ipynb", ["%load_ext nbmlops", LIVE])
        with browser() as running, page_of(running) as page:
            notebook = open_in_lab(lab, page, "live.ipynb")
            run(page, notebook, 0)
            wait_until_run(notebook, 0)
            page.wait_for_timeout(2000)
            before = page.evaluate(FRAMES, 8000)
            run(page, notebook, 1)
            card = cell(notebook, 1).locator(".nbm-live")
            card.get_by_role("img", name="loss: from 1 to").wait_for()
            page.wait_for_timeout(6000)  # what is told again in the first seconds is over
            going = page.evaluate(FRAMES, 8000)
            card.get_by_role("button", name="Stop").click()
            cell(notebook, 1).locator(".nbmlops").get_by_text("cancelled").wait_for()
    idle, (missed, frames) = dropped(before), dropped(going)
    alone, with_card = core_share("off"), core_share("1")
    share = with_card - alone
    return [
        Row(
            "live card at 60 points/s, two curves: frames dropped",
            f"{missed} of {frames}, the longest gap {max(going):.0f} ms",
            f"the page before: {idle[0]} of {idle[1]}, {max(before):.0f} ms",
            "none more than before, by 1 %",
            missed <= idle[0] + frames / 100,
        ),
        Row(
            "the same in the kernel",
            f"{100 * share:.1f} % of a core",
            f"the cell without the card: {100 * alone:.1f} %",
            "less than 5 %",
            share < 0.05,
        ),
    ]


def dropped(gaps: list[float]) -> tuple[int, int]:
    """How many frames were left out between those that there were, and of how many."""
    missed = sum(max(0, round(gap / FRAME_MS) - 1) for gap in gaps)
    return missed, missed + len(gaps)
