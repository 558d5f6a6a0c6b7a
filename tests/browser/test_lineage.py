"""The lineage of a run as a small graph: real cells, read from the picture, by keyboard, in themes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accessibility import accessibility_findings
from browser_tools import look
from lab_pages import open_in_lab, run_all, write
from loan_cells import CELLS

from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def runs(lab: Any, browser: Any) -> Iterator[dict[str, str]]:
    """The ids of the runs that a notebook's cells recorded, and a sweep, by their names."""
    page = browser.new_page()
    page.set_default_timeout(60_000)
    write(lab, "lineage.ipynb", CELLS)
    run_all(page, open_in_lab(lab, page, "lineage.ipynb"), len(CELLS))
    page.close()
    workspace: Workspace = open_workspace(
        lab.folder.parent / "home" / ".local" / "share" / "nbmlops"
    )
    with workspace.runs.track("sweeps", name="sweep") as sweep:
        for depth in range(5):
            with workspace.runs.track("sweeps", name=f"depth {depth}", parent_id=sweep.id) as run:
                run.log(auc=depth / 10)
    workspace.runs.flush()
    yield {run.name: run.id for run in workspace.runs.find()}
    workspace.close()


def graph_of(page: Any, lab: Any, run: str) -> Any:
    """The graph in the view of a run."""
    page.goto(f"{lab.url}/lab/workspaces/lineage?reset&token={lab.token}&nbmlops={run}")
    graph = page.locator(".nbm-lineage")
    graph.wait_for()
    return graph


def column(graph: Any, name: str) -> list[str]:
    """What stands in a column, from the top, each in one line."""
    listed = graph.get_by_role("list", name=name, exact=True).get_by_role("listitem")
    return [" ".join(each.inner_text().split()) for each in listed.all()]


def names(graph: Any, column: str) -> list[str]:
    """The names of the runs in a column, from the top."""
    listed = graph.get_by_role("list", name=column, exact=True).locator(".nbm-lineage-title")
    return list(listed.all_inner_texts())


def test_the_graph_tells_where_data_came_from_and_who_used_the_model(
    lab: Any, runs: dict[str, str], watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    graph = graph_of(page, lab, runs["train"])
    look(page, tmp_path, "train")
    assert names(graph, "Where it came from") == ["split"]
    assert column(graph, "Used") == ["X_train train · 450 × 5", "y_train train · 450"]
    assert column(graph, "Made") == ["classifier LogisticRegression"]
    assert names(graph, "Used by") == ["score"]
    # How it is known stands beside the graph, and in the words of each run.
    foot = page.locator(".nbm-lineage-foot")
    assert "same content" in foot.inner_text()
    assert "same variable" in foot.inner_text()
    split = graph.get_by_role("button", name="split")
    assert "made X_train (same content)" in (split.get_attribute("title") or "")

    # From one run to the next, by the keyboard, as far back as it goes.
    split.focus()
    page.keyboard.press("Enter")
    shown = page.locator(".nbm-lineage:visible")
    shown.get_by_role("button", name="report").wait_for()
    look(page, tmp_path, "split")
    assert names(shown, "Where it came from") == ["read"]
    assert names(shown, "Used") == ["loans"]
    assert sorted(names(shown, "Made")) == [
        *("X_test", "X_train", "test_rows.parquet", "y_test", "y_train")
    ]
    assert sorted(names(shown, "Used by")) == ["report", "score", "train"]
    report = shown.get_by_role("button", name="report").get_attribute("title")
    assert "used test_rows.parquet (same file)" in report
    shown.get_by_role("button", name="read", exact=False).first.click()
    first = page.locator(".nbm-lineage:visible", has_text="raw_loans.csv")
    first.wait_for()
    assert names(first, "Where it came from") == ["raw_loans.csv"]
    assert names(first, "Used by") == ["split"]


def test_what_belongs_together_lights_up(lab: Any, runs: dict[str, str], watch: Any) -> None:
    graph = graph_of(watch.page, lab, runs["train"])
    graph.get_by_text("classifier", exact=True).hover()
    dim = graph.locator("li.nbm-mod-dim .nbm-lineage-title")
    dim.first.wait_for()
    # The model's data stays lit, its labels and who made them do not.
    assert sorted(dim.all_inner_texts()) == ["split", "y_train"]
    watch.page.mouse.move(5, 5)
    dim.first.wait_for(state="detached")


def test_a_run_stands_among_its_parent_and_the_runs_below(
    lab: Any, runs: dict[str, str], watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    middle = "The run, what it is part of, and the runs below it"
    graph = graph_of(page, lab, runs["sweep"])
    look(page, tmp_path, "sweep")
    assert names(graph, middle) == ["sweep", "depth 0", "depth 1", "depth 2"]
    page.locator(".nbm-lineage-foot").get_by_role("button", name="2 more").click()
    graph.get_by_role("button", name="depth 4").click()
    below = page.locator(
        ".nbm-lineage:visible", has=page.locator("[aria-current]", has_text="depth 4")
    )
    below.wait_for()
    assert names(below, middle) == ["sweep", "depth 4"]


def test_a_narrow_page_scrolls_the_graph_and_nothing_else(
    lab: Any, runs: dict[str, str], watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    page.set_viewport_size({"width": 700, "height": 900})
    graph = graph_of(page, lab, runs["split"])
    graph.get_by_role("button", name="report").wait_for()
    look(page, tmp_path, "narrow")
    assert graph.evaluate("graph => graph.scrollWidth > graph.clientWidth")
    assert graph.get_attribute("tabindex") == "0"  # so that the keyboard can scroll it
    tab = page.locator(".nbm-tab", has=graph)
    assert tab.evaluate("tab => tab.scrollWidth <= tab.clientWidth + 1")


def test_the_graph_keeps_nobody_out_in_any_theme(
    lab: Any, runs: dict[str, str], watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    graph_of(page, lab, runs["split"]).scroll_into_view_if_needed()
    assert accessibility_findings(page, tmp_path, "lineage") == []
