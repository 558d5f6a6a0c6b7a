"""How fast the panel is: over what the server alone takes, or beside MLflow's own, in one run.

    python tests/benchmarks/panel_speed.py                 all parts
    python tests/benchmarks/panel_speed.py table curves    some of them
    python tests/benchmarks/panel_speed.py --write         and PANEL.md anew, with these parts

Real JupyterLab, real Chromium without a window, 100,000 runs. Times of a page are taken in it, from
what a person does to the end of the frame that shows it.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from panel_curves import measure_curves, measure_live
from panel_pages import (
    FIRST_PAGE,
    PANEL,
    RUNS,
    TIMES,
    Row,
    answer_ms,
    ask,
    browser,
    lab_with_runs,
    ms,
    open_lab,
    page_of,
    timed,
)
from panel_peers import measure_peers, measure_start
from running_lab import Lab

HERE = Path(__file__).parent

# ── the server alone ─────────────────────────────────────────────────────────────────────────


def rate(lab: Lab, path: str, *, clients: int = 4, seconds: float = 4.0) -> float:
    """Answers per second to clients that each ask again at once."""
    place = urlsplit(lab.url)
    counts = [0] * clients
    until = perf_counter() + seconds

    def go(at: int) -> None:
        line = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
        while perf_counter() < until:
            line.request("GET", path, headers={"Authorization": f"token {lab.token}"})
            answer = line.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path} was answered with {answer.status}")
            counts[at] += 1
        line.close()

    threads = [threading.Thread(target=go, args=(at,)) for at in range(clients)]
    began = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (perf_counter() - began)


def measure_server() -> list[Row]:
    """The list route at four clients, and what else a view asks for."""
    with lab_with_runs() as (lab, _):
        rate(lab, "/nbmlops/api/runs", seconds=1)
        ours, floor = rate(lab, "/nbmlops/api/runs"), rate(lab, "/api/status")
        panel = rate(lab, f"/nbmlops/api/runs?{urlencode(FIRST_PAGE)}")
        rows = [
            Row(
                "list route, 100 rows, 4 clients",
                f"{ours:,.0f} requests/s",
                f"the server's own `/api/status`: {floor:,.0f}",
                "at least 100",
                ours >= 100,
            ),
            Row(
                "the same, 200 rows with the panel's columns",
                f"{panel:,.0f} requests/s",
                "",
                "at least 100",
                panel >= 100,
            ),
        ]
        for by in ("experiment", "notebook", "parent_id"):
            taken = answer_ms(lab, "groups", by=by)
            rows.append(Row(f"runs counted by {by}", ms(taken), "", "at most 1 s", taken <= 1000))
        for told, offset in (("in the middle", RUNS // 2), ("at the end", RUNS - 200)):
            for sort in ("started_at desc", "metrics.auc desc"):
                taken = answer_ms(lab, "runs", **{**FIRST_PAGE, "sort": sort, "offset": offset})
                what = f"a page {told}, by {sort.removesuffix(' desc')}"
                rows.append(Row(what, ms(taken), "", "at most 1 s", taken <= 1000))
    return rows


# ── the panel and the table ──────────────────────────────────────────────────────────────────

PANEL_IS_FULL = "return document.querySelectorAll('.nbm-panel .nbm-run-name').length > 20;"
IN_TABLE = """const table = document.querySelector('.nbm-tab .nbm-runs');
    const first = table.querySelector('.nbm-grid-row[aria-rowindex="2"] .nbm-run-name');
    if (first?.textContent !== given.first) return false;"""
IS_SORTED = f"{IN_TABLE} return table.querySelector(`[aria-sort=${{given.way}}]`) !== null;"
IS_FILTERED = f"{IN_TABLE} return table.querySelector('.nbm-foot').textContent === given.foot;"
IS_AT = """const name = document.querySelector(
        `.nbm-tab .nbm-grid-row[aria-rowindex="${given.row}"] .nbm-run-name`);
    return name?.textContent === given.name;"""

SORTS = (("auc", "metrics.auc", "descending"), ("auc", "metrics.auc", "ascending"),
         ("Run", "name", "ascending"), ("Duration", "duration_seconds", "descending"))  # fmt: skip
FILTERS = (
    "metrics.auc > 0.9",
    "params.depth = 4",
    "params.solver = 'saga' and metrics.loss < 0.1",
    "name like '%999%'",
    "",
)


def measure_table() -> list[Row]:
    """First rows, sorting, filtering and scrolling, as they are seen."""
    with lab_with_runs() as (lab, _), browser() as running:
        answer = answer_ms(lab, "runs", **FIRST_PAGE)
        taken = []
        for _ in range(TIMES):
            with page_of(running) as page:
                open_lab(page, lab, "speed")
                page.wait_for_timeout(1000)  # people do not click in the first moment
                tab = page.locator(PANEL)
                taken.append(timed(page, tab.click, "pointerdown", PANEL_IS_FULL))
        rows = [
            Row(
                "first rows in the panel, opened for the first time",
                ms(median(taken)),
                f"the server's answer: {ms(answer)}",
                f"{ms(median(taken) - answer)} over it (at most 300 ms)",
                median(taken) - answer <= 300,
            )
        ]
        with page_of(running) as page:
            open_lab(page, lab, "speed")
            page.locator(PANEL).click()
            page.get_by_role("button", name="Open as a table").click()
            page.locator(".nbm-tab .nbm-run-name").nth(20).wait_for()
            rows += [_sorted(lab, page), _filtered(lab, page), _scrolled(lab, page)]
            print("DOM rows", page.locator(".nbm-tab .nbm-grid-row").count(), file=sys.stderr)
    return rows


def _worst(what: str, found: dict[str, tuple[float, float]], goal_ms: float) -> Row:
    """The slowest of several acts, each with the time of the server's answer alone."""
    print(what, {name: [round(each) for each in pair] for name, pair in found.items()},
          file=sys.stderr)  # fmt: skip
    name, (taken, answer) = max(found.items(), key=lambda each: each[1][0])
    typical = median(pair[0] for pair in found.values())
    return Row(
        what,
        f"{ms(typical)}, at worst {ms(taken)} ({name})",
        f"the server's answer to the worst: {ms(answer)}",
        f"at most {ms(goal_ms)}",
        taken <= goal_ms,
    )


def _sorted(lab: Lab, page: Any) -> Row:
    found = {}
    for head, key, way in SORTS:
        query = {**FIRST_PAGE, "sort": f"{key} {'desc' if way == 'descending' else 'asc'}"}
        first = ask(lab, "runs", **query)["rows"][0][0]
        label = page.locator(".nbm-tab").get_by_role("columnheader", name=head, exact=True)
        given = {"first": first, "way": way}
        found[f"`{query['sort']}`"] = (
            timed(page, label.click, "click", IS_SORTED, given),
            answer_ms(lab, "runs", **query),
        )
    return _worst("a sort of the table", found, 1000)


def _filtered(lab: Lab, page: Any) -> Row:
    found = {}
    for filter_ in FILTERS:
        query = {**FIRST_PAGE, "sort": "duration_seconds desc", "filter": filter_}
        told = ask(lab, "runs", **query)
        given = {"first": told["rows"][0][0], "foot": f"{told['total']:,} runs"}
        field = page.locator(".nbm-tab").get_by_label("Filter runs")
        field.fill(filter_)
        enter = partial(field.press, "Enter")
        found[f"`{filter_}`" if filter_ else "none"] = (
            timed(page, enter, "keydown", IS_FILTERED, given),
            answer_ms(lab, "runs", **query),
        )
    return _worst("a filter of the table", found, 1000)


def _scrolled(lab: Lab, page: Any) -> Row:
    found = {}
    for told, share, at in (("to the middle", 0.5, RUNS // 2), ("to the end", 1, RUNS - 1)):
        query = {**FIRST_PAGE, "sort": "duration_seconds desc", "offset": at, "limit": 1}
        name = ask(lab, "runs", **query)["rows"][0][0]
        given = {"row": at + 2, "name": name}
        page_of_it = {**query, "offset": at // 200 * 200, "limit": 200}
        grid = page.locator(".nbm-tab .nbm-grid")
        scroll = partial(grid.evaluate, "(grid, to) => { grid.scrollTop = to; }", 28 * RUNS * share)
        found[told] = (
            timed(page, scroll, "scroll", IS_AT, given),
            answer_ms(lab, "runs", **page_of_it),
        )
    return _worst("a jump of the scroll bar", found, 1000)


PARTS: dict[str, Callable[[], list[Row]]] = {
    "server": measure_server,
    "table": measure_table,
    "curves": measure_curves,
    "live": measure_live,
    "start": measure_start,
    "peers": measure_peers,
}


def document(parts: dict[str, Any]) -> str:
    """PANEL.md."""
    head = ("what", "nbmlops", "beside", "goal", "met")
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for name in PARTS:
        for row in parts.get(name, {}).get("rows", ()):
            cells = [row["what"], row["ours"], row["beside"], row["goal"]]
            lines.append(f"| {' | '.join(cells)} | {'yes' if row['met'] else 'no'} |")
    told = ", ".join(sorted({each["python"] for each in parts.values()}))
    return (
        f"# Speed of the panel\n\n{RUNS:,} runs, each with code, data, environment and costs as a "
        f"tracked cell leaves them (Python {told}, two cores, Chromium without a window or a "
        "graphics card, which draws by the processor). A time in a page goes from what a person "
        "does to the end of the frame that shows it; what stands beside it was measured in the "
        "same run. Other work on the machine when a part began (load average): "
        + ", ".join(f"{name} {parts[name].get('load', 'not noted')}" for name in PARTS if name in parts)
        + ".\n\n" + "\n".join(lines) + "\n\nMeasure again: "
        "`python tests/benchmarks/panel_speed.py [PART…] --write`; parts are "
        f"{', '.join(PARTS)}.\n"
    )  # fmt: skip


def main() -> None:
    """Measure, print, and perhaps write."""
    names = [name for name in sys.argv[1:] if not name.startswith("--")] or list(PARTS)
    kept, found = HERE / "panel.json", {}
    for name in names:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        rows = PARTS[name]()
        found[name] = {
            "python": platform.python_version(),
            "load": round(load, 1),
            "rows": [asdict(row) for row in rows],
        }
        for row in rows:
            print(f"{'  ' if row.met else 'NO'} {row.what}: {row.ours} | {row.beside} | {row.goal}",
                  flush=True)  # fmt: skip
    if "--write" in sys.argv[1:]:
        before = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
        parts = {name: each for name in PARTS if (each := (before | found).get(name))}
        kept.write_text(json.dumps(parts, indent=1) + "\n", "utf-8")
        (HERE / "PANEL.md").write_text(document(parts), "utf-8")


if __name__ == "__main__":
    main()
