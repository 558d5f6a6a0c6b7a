"""Monitors in a real JupyterLab: in the panel, beside a report, live, in any theme."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accessibility import accessibility_findings
from browser_tools import look, open_panel
from drifting_days import loans
from lab_pages import cell, open_in_lab, run_all, write
from payloads import PAYLOADS

from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

WATCHED = ["age", "income", "debt_ratio", "channel", "region", "owns_home", "months_employed"]


@pytest.fixture(scope="module")
def workspace(lab: Any) -> Iterator[Workspace]:
    """What the kernels of this JupyterLab record to."""
    opened = open_workspace(lab.workspace)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a file of loans comes into each day."""
    return tmp_path_factory.mktemp("logs")


@pytest.fixture
def page(lab: Any, watch: Any) -> Any:
    watch.page.set_viewport_size({"width": 1500, "height": 1000})
    watch.page.set_default_timeout(30_000)
    return watch.page


def start(page: Any, lab: Any, link: str = "") -> None:
    page.goto(f"{lab.url}/lab/workspaces/monitors?reset&token={lab.token}{link}")


def show_monitors(page: Any) -> Any:
    open_panel(page)
    page.get_by_role("tab", name="Drift", exact=True).click()
    return page.locator(".nbm-drifts .nbm-monitors")


def day_comes(logs: Path, day: int) -> None:
    loans(1500, 10 + day, day)[WATCHED].to_parquet(logs / f"day-{day + 1}.parquet")


def test_a_monitor_is_added_looks_and_raises_an_alarm_before_ones_eyes(
    page: Any, lab: Any, workspace: Workspace, logs: Path, tmp_path: Path
) -> None:
    start(page, lab)
    monitors = show_monitors(page)
    monitors.get_by_role("button", name="Monitors").click()
    monitors.get_by_text("No monitors yet").wait_for()
    assert "%monitor add live --reference" in monitors.inner_text()
    look(page, tmp_path, "empty")

    for name in ("loans-live", "calm"):
        columns = WATCHED if name == "loans-live" else ["age", "owns_home"]
        workspace.monitors.add(
            name,
            reference=loans(4000, 1)[WATCHED],
            reference_name="loans_2025",
            source=str(logs / "*.parquet"),
            columns=columns,
            experiment="loans",
        )
    # Nobody asks for it: the server pushes that something changed.
    monitors.get_by_text("never looked").first.wait_for()

    day_comes(logs, 0)
    for name in ("loans-live", "calm"):
        workspace.monitors.run(name)
    workspace.runs.flush()
    live = monitors.locator(".nbm-monitor", has_text="loans-live")
    live.get_by_text("No alarm in 1 look at 1,500 rows.").wait_for()

    for day in range(1, 9):
        day_comes(logs, day)
    for name in ("loans-live", "calm"):
        report = workspace.monitors.run(name)
    assert not report.drifted
    workspace.runs.flush()

    live.get_by_text("income").first.wait_for()
    found = workspace.monitors.show("loans-live")
    assert {"income", "channel"} <= set(found.drifted_columns)
    said = live.inner_text()
    assert "drifted, first found in day-" in said
    for column in found.drifted_columns:
        assert column in said
    income = live.get_by_role("img", name="income: evidence")
    label = income.get_attribute("aria-label")
    assert "after 9 looks" in label
    assert "of what an alarm of it alone needs; since day-" in label
    monitors.get_by_role("button", name="Monitors: 1 alarm").wait_for()
    # The alarm is first.
    first = monitors.locator(".nbm-monitor").first
    assert "loans-live" in first.inner_text()
    monitors.locator(".nbm-monitor", has_text="calm").get_by_text("No alarm in 9 looks").wait_for()
    look(page, tmp_path, "alarm")

    # A look stands among the reports, under the name of the monitor.
    drifts = page.locator(".nbm-drifts")
    drifts.get_by_role("link", name="loans_2025 → monitor loans-live").first.wait_for()
    first.get_by_role("link", name="Monitor loans-live").click()
    page.locator(".nbm-run").get_by_role("heading", name="monitor loans-live").wait_for()


def test_a_report_shows_what_watches_its_reference_or_how_to_watch_it(
    page: Any, lab: Any, workspace: Workspace, tmp_path: Path
) -> None:
    plain = loans(3000, 2)[WATCHED]
    watched = workspace.drift.check(plain, loans(900, 3)[WATCHED], names=("loans_2025", "today"))
    other = workspace.drift.check(plain, loans(900, 4)[WATCHED], names=("X_other", "today"))
    workspace.runs.flush()

    start(page, lab, f"&nbmlops=drift:{watched.run_id}")
    beside = page.locator(".nbm-drift .nbm-monitors")
    beside.locator(".nbm-monitor", has_text="loans-live").get_by_text("income").first.wait_for()
    look(page, tmp_path, "beside")

    start(page, lab, f"&nbmlops=drift:{other.run_id}")
    page.locator(".nbm-drift h1").wait_for()
    beside.get_by_text("No monitor looks for drift from this reference").wait_for()
    assert "%monitor add live --reference X_other" in beside.inner_text()
    look(page, tmp_path, "none-beside")


CHECK = """%load_ext nbmlops
import numpy as np, pandas as pd
random = np.random.default_rng(3)
loans_2025 = pd.DataFrame({"age": random.normal(40, 9, 900)})
today = pd.DataFrame({"age": random.normal(44, 9, 700)})"""


def test_the_view_under_a_cell_asks_its_own_kernel_for_monitors(
    page: Any, lab: Any, tmp_path: Path
) -> None:
    write(lab, "watched.ipynb", [CHECK, "%drift loans_2025 today"])
    notebook = open_in_lab(lab, page, "watched.ipynb")
    run_all(page, notebook, 2)

    view = cell(notebook, 1).locator(".nbm-under-cell .nbm-drift")
    view.locator(".nbm-monitor", has_text="loans-live").get_by_text("income").first.wait_for()
    look(page, tmp_path, "inline")


def test_monitors_keep_nobody_out_in_any_theme(
    page: Any, lab: Any, workspace: Workspace, tmp_path: Path
) -> None:
    latest = workspace.monitors.get("loans-live").run_id
    start(page, lab, f"&nbmlops=drift:{latest}")
    show_monitors(page).locator(".nbm-monitor").first.wait_for()
    page.locator(".nbm-drift .nbm-monitor").first.wait_for()

    assert accessibility_findings(page, tmp_path, "themes") == []


def test_names_of_monitors_and_their_columns_are_only_ever_text(
    page: Any, lab: Any, workspace: Workspace, watch: Any, tmp_path: Path
) -> None:
    texts = [text for text in PAYLOADS.values() if text.isprintable() or text.isascii()]
    folder = tmp_path / "hostile"
    folder.mkdir()
    frame = loans(800, 5)[["age", "income"]]
    later = loans(800, 6)[["age", "income"]] * 3
    for number, text in enumerate(texts[:4]):
        names = dict(zip(frame.columns, (f"{text}", f"2 {text}"), strict=True))
        later.rename(columns=names).to_parquet(folder / f"{number}.parquet")
        workspace.monitors.add(
            f"hostile {number}",
            reference=frame.rename(columns=names),
            reference_name=text,
            source=str(folder / f"{number}.parquet"),
        )
        workspace.monitors.run(f"hostile {number}")
    workspace.runs.flush()
    start(page, lab)
    monitors = show_monitors(page)
    monitors.get_by_text("hostile 3").first.wait_for()
    look(page, tmp_path, "hostile")

    assert watch.dialogs == []
    ours = (lab.url, "data:", "blob:")
    assert [each for each in watch.requests if not each.startswith(ours)] == []
    acting = "script, iframe, object, embed, [onerror], [onclick], [data-commandlinker-command]"
    assert page.locator(".nbm-root").locator(acting).count() == 0
