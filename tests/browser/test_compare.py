"""Runs compared in a real JupyterLab: from the table, by link, brushed, zoomed and exported."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile_runs
import pytest
from browser_tools import choose_theme, look, open_panel, open_table
from PIL import Image

from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

RUNS = ("baseline", "faster", "clipped tails", "strong penalty", "other seed", "long")


@pytest.fixture(scope="module")
def workspace(lab: Any) -> Iterator[Workspace]:
    """Six trained models, in the workspace that the kernels of this JupyterLab record to."""
    folder = lab.folder.parent / "home" / ".local" / "share" / "nbmlops"
    script = Path(__file__).with_name("compared_runs.py")
    environment = {**os.environ, "NBMLOPS_WORKSPACE": str(folder), "HOME": str(lab.folder.parent)}
    subprocess.run([sys.executable, str(script)], cwd=lab.folder, env=environment, check=True)
    opened = open_workspace(folder)
    yield opened
    opened.close()


@pytest.fixture
def ids(workspace: Workspace) -> list[str]:
    found = {run.name: run.id for run in workspace.runs.find(experiment="credit")}
    return [found[name] for name in RUNS]


@pytest.fixture
def page(lab: Any, workspace: Workspace, watch: Any) -> Any:
    watch.page.set_viewport_size({"width": 1500, "height": 1000})
    watch.page.set_default_timeout(30_000)
    return watch.page


def compare(page: Any, lab: Any, ids: list[str]) -> Any:
    """The view of these runs, opened by a link."""
    named = ",".join(ids)
    page.goto(f"{lab.url}/lab/workspaces/compare?reset&token={lab.token}&nbmlops={named}")
    view = page.locator(".nbm-compare")
    view.get_by_role("heading", name=f"{len(ids)} runs compared").wait_for()
    return view


def test_selected_runs_are_compared_against_the_first_one(
    page: Any, lab: Any, workspace: Workspace, tmp_path: Path
) -> None:
    page.goto(f"{lab.url}/lab/workspaces/compare?reset&token={lab.token}")
    open_panel(page)
    table = open_table(page)
    for name in ("baseline", "strong penalty"):
        table.locator(".nbm-grid-row", has_text=name).locator(".nbm-grid-mark").click()
    table.get_by_role("button", name="Compare", exact=True).click()

    view = page.locator(".nbm-compare")
    view.get_by_role("heading", name="2 runs compared").wait_for()
    page.get_by_role("tab", name="baseline ↔ strong penalty").wait_for()
    # Why, in the order of proof.
    kinds = view.locator(".nbm-reasons .nbm-chip").all_inner_texts()
    assert list(dict.fromkeys(kinds)) == ["data", "parameter", "code"]
    view.locator(".nbm-says", has_text="column children added").first.wait_for()
    # What differs is told; what is the same only when it is asked for.
    row = view.locator(".nbm-compare-table").get_by_role("row", name="penalty")
    assert row.get_by_role("cell").all_inner_texts() == ["l2", "l1"]
    assert view.locator(".nbm-compare-table").get_by_role("row", name="epochs").count() == 0
    view.get_by_role("switch", name="Only differences").uncheck()
    epochs = view.locator(".nbm-compare-table").get_by_role("row", name="epochs")
    assert epochs.get_by_role("cell").all_inner_texts() == ["200", "200"]
    view.get_by_role("switch", name="Only differences").check()
    assert (
        "best"
        in view.locator(".nbm-compare-table")
        .get_by_role("row", name="val/auc")
        .get_by_role("cell")
        .nth(1)
        .inner_text()
    )
    # Code side by side, what changed in a line marked.
    code = view.get_by_role("group", name="How the code of B differs")
    names = code.get_by_role("columnheader").locator(".nbm-mark-name").all_inner_texts()
    assert names == ["baseline", "strong penalty"]
    assert code.locator(".nbm-mod-left mark").all_inner_texts()[0] == "1"
    assert code.locator(".nbm-mod-right mark").all_inner_texts()[0] == "5"
    view.get_by_role("button", name="whole code").click()
    view.get_by_role("group", name="Code as executed").get_by_text("%%track").wait_for()
    # Pictures beside each other.
    view.locator(".nbm-figure img").nth(1).wait_for()
    look_at_all(page, tmp_path, "two")

    # The other one becomes the base, and the tab comes back so after a reload.
    ids = {run.name: run.id for run in workspace.runs.find(experiment="credit")}
    kept = f"{ids['strong penalty']},{ids['baseline']}"
    with page.expect_request(
        lambda request: request.method == "PUT" and kept in (request.post_data or "")
    ):
        view.get_by_role("button", name="Tell the others against strong penalty").click()
    page.get_by_role("tab", name="strong penalty ↔ baseline").wait_for()
    assert row.get_by_role("cell").all_inner_texts() == ["l1", "l2"]
    page.goto(f"{lab.url}/lab/workspaces/compare?token={lab.token}")
    page.get_by_role("tab", name="strong penalty ↔ baseline").wait_for()
    view.get_by_role("heading", name="2 runs compared").wait_for()


def test_environments_and_data_that_differ_stand_side_by_side(
    page: Any, lab: Any, workspace: Workspace, tmp_path: Path
) -> None:
    ids = [hostile_runs.write(workspace, text, at) for at, text in ((1, "before"), (2, "after"))]
    workspace.runs.flush()
    view = compare(page, lab, ids)
    versions = view.get_by_role("group", name="Versions that differ")
    rows = {
        row.get_by_role("rowheader").inner_text(): row.get_by_role("cell").all_inner_texts()
        for row in versions.locator("tbody").get_by_role("row").all()
    }
    look_at_all(page, tmp_path, "environments")
    assert ["before1", "after2"] in rows.values()  # of Python
    assert (rows["before"], rows["after"]) == (["1", "–"], ["–", "2"])

    # Of the data, each column that is another one, and how.
    data = view.locator(".nbm-data-run", has_text="after added")
    assert "before removed" in data.first.inner_text()


def look_at_all(page: Any, tmp_path: Path, name: str) -> None:
    """A picture of the whole view, however long it is."""
    size = page.viewport_size
    height = page.locator(".nbm-compare").bounding_box()["height"]
    page.set_viewport_size({"width": size["width"], "height": int(height) + 120})
    page.evaluate("() => new Promise(done => setTimeout(() => requestAnimationFrame(done), 300))")
    look(page, tmp_path, name)
    page.set_viewport_size(size)


def test_runs_are_marked_by_brushes_and_narrowed_to(
    page: Any, lab: Any, ids: list[str], tmp_path: Path
) -> None:
    view = compare(page, lab, ids)
    parallel = view.locator(".nbm-parallel")
    parallel.scroll_into_view_if_needed()
    # Along the axis of the learning rate, from its top to its middle: the fastest two.
    grip = view.get_by_role("slider", name="Mark runs by learning_rate")
    box = grip.bounding_box()
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] * 0.6, steps=5)
    page.mouse.up()
    view.get_by_text("2 of 6 marked").wait_for()
    assert marked(view) == ["other seed", "long"]
    look(page, tmp_path, "brushed")
    # By keyboard: the lower end of the band goes up, Escape takes it away.
    grip.focus()
    for _ in range(9):
        page.keyboard.press("ArrowUp")
    view.get_by_text("1 of 6 marked").wait_for()
    page.keyboard.press("Escape")
    view.get_by_text("marked").wait_for(state="hidden")

    # Over points: the upper right of the scatter.
    scatter = view.locator(".nbm-scatter")
    scatter.get_by_label("across").select_option("epochs")
    scatter.get_by_label("up").select_option("auc")
    box = scatter.locator("svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] * 0.9, steps=5)
    page.mouse.up()
    view.get_by_text("1 of 6 marked").wait_for()
    assert marked(view) == ["long"]

    # One more by its box, and only these are left.
    view.get_by_role("checkbox", name="Mark faster").check()
    view.get_by_role("button", name="Compare only these").click()
    view.get_by_role("heading", name="2 runs compared").wait_for()
    assert view.locator(".nbm-compare-run-name").all_inner_texts() == ["faster", "long"]


def marked(view: Any) -> list[str]:
    runs = view.locator(".nbm-compare-run:has(input:checked) .nbm-compare-run-name")
    return runs.all_inner_texts()


def test_curves_are_laid_over_each_other_and_read_anew_where_one_looks_closer(
    page: Any, lab: Any, ids: list[str], tmp_path: Path
) -> None:
    view = compare(page, lab, ids)
    loss = view.locator(".nbm-curve").first
    loss.scroll_into_view_if_needed()
    frame = loss.get_by_role("img", name="loss: A baseline: from")
    said = frame.get_attribute("aria-label")
    assert all(f"{letter} {name}" in said for letter, name in zip("ABCDEF", RUNS, strict=True))
    assert "thinned, extremes kept" in loss.inner_text()

    box = frame.bounding_box()
    with page.expect_request(lambda request: "/series?" in request.url) as asked:
        page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 80)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 80, steps=5)
        page.mouse.up()
    assert "from=" in asked.value.url
    assert ids[5] in asked.value.url
    loss.get_by_text("read anew").wait_for()
    assert int(loss.get_attribute("data-points")) > 300
    loss.get_by_role("button", name="all", exact=True).click()
    loss.get_by_text("read anew").wait_for(state="hidden")

    view.get_by_label("smoothing").fill("0.9")
    view.get_by_role("button", name="log scale").click()
    with page.expect_response(lambda answer: "/series?" in answer.url):
        view.get_by_role("button", name="time", exact=True).click()
    view.get_by_role("button", name="time", exact=True).and_(
        page.locator('[aria-pressed="true"]')
    ).wait_for()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 150)
    page.wait_for_timeout(300)
    look(page, tmp_path, "curves-smoothed")
    view.get_by_label("smoothing").fill("0")
    view.get_by_role("button", name="log scale").click()


def test_a_comparison_is_linked_and_exported(
    page: Any, lab: Any, ids: list[str], tmp_path: Path
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view = compare(page, lab, ids[:3])
    view.get_by_role("button", name="Copy link").click()
    page.get_by_text("Copied").wait_for()
    link = page.evaluate("() => navigator.clipboard.readText()")

    saved = {form: export(page, view, tmp_path, form) for form in ("csv", "html", "png")}
    rows = list(csv.reader(saved["csv"].open(encoding="utf-8-sig")))
    assert any("learning_rate" in cell for row in rows for cell in row)
    assert "clipped tails" in saved["html"].read_text("utf-8")
    with Image.open(saved["png"]) as picture:
        assert picture.width == 2400
        assert len(picture.convert("RGB").getcolors(10**6)) > 50

    page.goto(f"{link}&reset&token={lab.token}")
    names = page.locator(".nbm-compare .nbm-compare-run-name")
    names.nth(2).wait_for()
    assert names.all_inner_texts() == list(RUNS[:3])


@pytest.fixture
def crowd(workspace: Workspace) -> list[str]:
    """Thirty runs of a sweep, each a little better than the one before."""
    return swept(workspace, 30)


def swept(workspace: Workspace, count: int) -> list[str]:
    ids = []
    for number in range(count):
        with workspace.runs.track("sweep", name=f"trial {number}") as run:
            run.log_params({"learning_rate": 0.001 * 1.2**number, "batch": 2 ** (4 + number % 4)})
            for step in range(40):
                loss = 1 / (1 + step * (1 + number) / 20) + 0.01 * (step * number % 7)
                run.log(loss=loss, auc=0.9 - loss / 3, step=step)
        ids.append(run.id)
    workspace.runs.flush()
    return ids


@pytest.mark.parametrize("theme", ["Light", "Dark", "Dark High Contrast"])
def test_fifty_runs_are_compared_and_kept_as_files(
    page: Any, lab: Any, workspace: Workspace, browser: Any, tmp_path: Path, theme: str
) -> None:
    view = compare(page, lab, swept(workspace, 50))
    choose_theme(page, f"JupyterLab {theme}")
    page.wait_for_timeout(600)
    assert view.locator(".nbm-compare-run").count() == 50
    table = view.locator(".nbm-compare-table").first
    assert table.get_by_role("row", name="auc").get_by_role("cell").count() == 50
    look_at_all(page, tmp_path, "fifty")

    saved = {form: export(page, view, tmp_path, form) for form in ("png", "csv", "html")}
    with Image.open(saved["png"]) as picture:
        colors = picture.convert("RGB").getcolors(10**7)
    # A line of a crowd is a pixel of the page wide, two of the picture: sharp, none is blown up.
    assert len(colors) > 50
    ground = max(colors)[1]
    assert sum(ground) < 200 if "Dark" in theme else ground == (255, 255, 255)
    rows = list(csv.reader(saved["csv"].open(encoding="utf-8-sig")))
    assert sum("trial 49" in cell for row in rows for cell in row) == 1
    assert len(max(rows, key=len)) > 50
    alone = browser.new_page(viewport={"width": 1300, "height": 1000})
    alone.goto(saved["html"].as_uri())
    assert "trial 49" in alone.locator("body").inner_text()
    alone.screenshot(path=tmp_path / "page.png", full_page=True)
    width = alone.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 1300  # what is wider scrolls by itself
    alone.close()
    choose_theme(page, "JupyterLab Light")


def export(page: Any, view: Any, tmp_path: Path, form: str) -> Path:
    """The comparison as a file, as the menu offers it."""
    words = {"csv": "Table (CSV)", "html": "Page (HTML)", "png": "Charts (PNG)"}
    view.get_by_role("button", name="Export").click()
    with page.expect_download() as offered:
        view.get_by_role("menuitem", name=words[form]).click()
    assert offered.value.suggested_filename == f"comparison.{form}"
    offered.value.save_as(tmp_path / f"comparison.{form}")
    return tmp_path / f"comparison.{form}"


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_of_a_crowd_the_colors_tell_how_good_each_is_and_letters_whom_one_points_at(
    page: Any, lab: Any, crowd: list[str], tmp_path: Path, theme: str
) -> None:
    view = compare(page, lab, crowd)
    choose_theme(page, f"JupyterLab {theme}")
    scale = view.locator(".nbm-ranks")
    assert scale.inner_text().split() == ["auc", "worse", "better"]
    stroke = "path => path.getAttribute('stroke')"
    lines = view.locator(".nbm-parallel-line")
    assert lines.first.evaluate(stroke) == "var(--nbm-rank-1)"
    assert lines.last.evaluate(stroke) == "var(--nbm-rank-8)"  # the best lie on top
    letters = view.locator(".nbm-point text")
    assert (view.locator(".nbm-point").count(), letters.count()) == (30, 0)
    look_at_all(page, tmp_path, "crowd")

    run = view.locator(".nbm-compare-run").nth(27)
    run.hover()
    letters.wait_for()
    assert letters.all_text_contents() == ["AB"]
    assert view.locator(".nbm-mod-told").count() == 1
    run.get_by_role("button", name="Leave trial 27 out").wait_for()
    page.wait_for_timeout(300)
    look(page, tmp_path, "pointed")
    choose_theme(page, "JupyterLab Light")


@pytest.mark.parametrize("theme", ["Light", "Dark", "Dark High Contrast"])
def test_a_comparison_is_drawn_in_any_theme(
    page: Any, lab: Any, ids: list[str], tmp_path: Path, theme: str
) -> None:
    view = compare(page, lab, ids)
    choose_theme(page, f"JupyterLab {theme}")
    page.wait_for_timeout(600)
    view.locator(".nbm-figure img").nth(1).wait_for()
    look(page, tmp_path, "top")
    look_at_all(page, tmp_path, "all")
    choose_theme(page, "JupyterLab Light")
