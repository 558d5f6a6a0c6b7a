"""The panel in a real JupyterLab: runs are found, watched and opened beside the notebook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from browser_tools import choose_theme, look, open_panel, open_table
from payloads import PAYLOADS

from nbmlops.errors import InvalidNameError
from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

MANY = 1200
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8"
    "cfc00000030101001827058e0000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def workspace(lab: Any) -> Iterator[Workspace]:
    """What the kernels of this JupyterLab record to, with many runs in it."""
    opened = open_workspace(lab.folder.parent / "home" / ".local" / "share" / "nbmlops")
    for number in range(MANY):
        with opened.runs.track("churn", name=f"sweep-{number:04}") as run:
            run.log_params({"depth": number % 7, "solver": "saga" if number % 2 else "lbfgs"})
            run.log(auc=number / MANY)
    with opened.runs.track("digits", name="deep", tags={"team": "risk"}) as run:
        for step in range(300):
            run.log({"loss": 1 / (1 + step), "val/auc": 0.5 + step / 1000}, step=step)
        run.log_params({"learning_rate": 0.1, "layers": [64, 32]})
        run.log_artifact(PIXEL, name="pixel.png")
    opened.runs.set_note(run.id, "**Keep** this <img src='x' onerror='alert(1)'> one")
    yield opened
    opened.close()


@pytest.fixture
def page(lab: Any, workspace: Workspace, watch: Any) -> Any:
    """A page of JupyterLab, loaded anew, with the panel open."""
    watch.page.set_default_timeout(30_000)
    watch.page.goto(f"{lab.url}/lab/workspaces/panel?reset&token={lab.token}")
    open_panel(watch.page)
    return watch.page


def names(table: Any) -> list[str]:
    """The names of the rows in sight, from the top."""
    rows = table.locator(".nbm-grid-row").all()
    placed = [(int(row.get_attribute("aria-rowindex")), row) for row in rows]
    return [row.locator(".nbm-run-name").inner_text() for _, row in sorted(placed, key=by_place)]


def by_place(placed: tuple[int, Any]) -> int:
    return placed[0]


def test_a_table_of_runs_is_sorted_narrowed_and_walked_by_keyboard(
    page: Any, tmp_path: Path
) -> None:
    table = open_table(page)
    table.get_by_text(f"{MANY + 1:,} runs").wait_for()
    assert names(table)[0] == "deep"
    grid = table.get_by_role("grid")
    assert grid.get_attribute("aria-rowcount") == str(MANY + 2)
    assert table.locator(".nbm-grid-row").count() < 80

    # To the end and back, one run and its column sorted, by keyboard alone.
    grid.focus()
    page.keyboard.press("Control+End")
    table.get_by_role("link", name="sweep-0000", exact=True).wait_for()
    page.keyboard.press("Control+Home")
    table.get_by_role("link", name="deep", exact=True).wait_for()
    table.get_by_label("Experiment").select_option("churn")
    table.get_by_text(f"{MANY:,} runs").wait_for()
    grid.focus()
    heads = grid.get_by_role("columnheader").all_inner_texts()
    page.keyboard.press("ArrowUp")
    for _ in range([head.strip("\n↓↑ ") for head in heads].index("auc") - 1):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator('[aria-sort="descending"]', has_text="auc").wait_for()
    table.get_by_role("link", name=f"sweep-{MANY - 1:04}", exact=True).wait_for()
    page.keyboard.press("Enter")
    page.locator('[aria-sort="ascending"]', has_text="auc").wait_for()
    table.get_by_role("link", name="sweep-0000", exact=True).wait_for()

    # Typed with completion; an error is shown where it is, and what was there stays.
    field = table.get_by_label("Filter runs")
    field.fill("params.dep")
    table.get_by_role("option", name="params.depth").wait_for()
    field.press("Tab")
    field.press_sequentially("= = 3")
    field.press("Enter")
    table.locator(".nbm-problem mark", has_text="=").wait_for()
    look(page, tmp_path, "problem")
    assert table.locator(".nbm-grid-row").count() > 10
    field.fill("params.depth = 3")
    field.press("Enter")
    table.get_by_text(f"{len(range(3, MANY, 7)):,} runs").wait_for()

    # Narrowed to a value by the key F, then by a click.
    grid.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("f")
    table.get_by_label("Filter runs").and_(page.locator('[value*="solver ="]')).wait_for()
    assert " and params.solver = 'saga'" in field.input_value()
    field.fill("")
    field.press("Escape")
    table.get_by_text(f"{MANY:,} runs").wait_for()
    cell = table.locator(".nbm-grid-cell", has_text="lbfgs").first
    cell.hover()
    cell.locator(".nbm-narrow").click()
    table.get_by_text(f"{MANY // 2:,} runs").wait_for()

    # Several are selected, deleted, and brought back.
    grid.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    table.get_by_text("2 selected").wait_for()
    table.get_by_role("button", name="Delete").click()
    table.get_by_text(f"{MANY // 2 - 2:,} runs").wait_for()
    page.get_by_role("button", name="Undo").click()
    table.get_by_text(f"{MANY // 2:,} runs").wait_for()
    look(page, tmp_path, "table")


def test_the_choice_of_columns_is_remembered(page: Any, lab: Any, tmp_path: Path) -> None:
    table = open_table(page)
    table.get_by_role("button", name="Choose columns").click()
    menu = table.get_by_role("dialog", name="Columns")
    menu.get_by_label("Find a column").fill("team")
    menu.get_by_role("checkbox", name="team", exact=True).uncheck()
    menu.get_by_label("Find a column").fill("")
    menu.get_by_role("checkbox", name="Kind", exact=True).check()
    menu.get_by_role("button", name="Keep columns up to Experiment in sight").click()
    menu.get_by_role("button", name="Move auc to the left").click()
    look(page, tmp_path, "columns")
    page.keyboard.press("Escape")
    table.get_by_role("columnheader", name="auc", exact=True).click()
    page.locator('[aria-sort="descending"]', has_text="auc").wait_for()
    heads = table.get_by_role("columnheader").all_inner_texts()
    handle = table.locator(".nbm-grid-label", has_text="Experiment").locator(".nbm-grid-handle")
    box = handle.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 85, box["y"] + 10, steps=4)
    width = table.locator(".nbm-grid-label", has_text="Experiment").bounding_box()["width"]

    def keeps_the_width(request: Any) -> bool:
        return request.method == "PUT" and f'"width":{width:.0f}' in (request.post_data or "")

    with page.expect_request(keeps_the_width):
        page.mouse.up()
    page.goto(f"{lab.url}/lab/workspaces/panel?token={lab.token}")
    again = page.locator(".nbm-tab .nbm-runs")
    again.locator(".nbm-run-name").first.wait_for()

    head = again.locator(".nbm-grid-label", has_text="Experiment")
    assert head.bounding_box()["width"] == pytest.approx(width, abs=1)
    assert again.locator(".nbm-grid-label", has_text="team").count() == 0
    assert again.get_by_role("columnheader").all_inner_texts() == heads
    assert again.locator('[aria-sort="descending"]', has_text="auc").count() == 1
    assert names(again)[0] == f"sweep-{MANY - 1:04}"
    # What was pinned stays in sight when the rest is scrolled aside, and only that.
    places = """grid => ['Run', 'Experiment', 'Duration'].map(name => [...grid.querySelectorAll(
        '.nbm-grid-label')].find(head => head.textContent.startsWith(name))
        .getBoundingClientRect().left)"""
    grid = again.get_by_role("grid")
    before = grid.evaluate(places)
    page.set_viewport_size({"width": 700, "height": 900})
    grid.evaluate("grid => { grid.scrollLeft = 200; }")
    page.locator(".nbm-tab .nbm-grid.nbm-mod-aside").wait_for()
    after = grid.evaluate(places)
    assert after[:2] == before[:2]
    assert after[2] < before[2]


def test_looking_through_runs_leaves_one_tab_and_what_is_used_stays(
    page: Any, tmp_path: Path
) -> None:
    panel = page.locator("#nbmlops-panel")
    tabs = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab")
    view = page.locator(".nbm-run:visible")
    rows = panel.locator(".nbm-run-name")

    def opened(place: int) -> str:
        name = rows.nth(place).inner_text()
        rows.nth(place).click()
        view.get_by_role("heading", name=name).wait_for()
        return name

    first = opened(1)
    second = opened(2)
    preview = page.locator(".lm-TabBar-tab.nbm-mod-preview")
    assert preview.inner_text() == second
    assert tabs.get_by_text(first, exact=True).count() == 0
    look(page, tmp_path, "preview")

    # What is asked for twice stays, as what somebody does something in.
    opened(2)
    assert preview.count() == 0
    third = opened(3)
    view.get_by_role("heading", name=third).click()
    fourth = opened(4)
    assert preview.inner_text() == fourth
    for kept in (second, third, fourth):
        assert tabs.get_by_text(kept, exact=True).count() == 1


def test_a_run_shows_up_by_itself_while_somebody_looks(
    page: Any, workspace: Workspace, watch: Any, tmp_path: Path
) -> None:
    panel = page.locator(".nbm-panel")
    panel.locator(".nbm-run-name").first.wait_for()

    with workspace.runs.track("live", name="going") as run:
        run.log(loss=0.5, step=1)
        panel.get_by_role("link", name="going", exact=True).wait_for()
        page.locator("#nbmlops-status").get_by_text("1 running").wait_for()
        look(page, tmp_path, "running")
    panel.locator('.nbm-grid-row:has-text("going") [data-status="succeeded"]').wait_for()
    page.locator("#nbmlops-status button").wait_for(state="hidden")

    # Hidden, nothing is asked, whatever happens; seen again, it catches up.
    hide = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    page.evaluate(hide % "true" + "document.dispatchEvent(new Event('visibilitychange'))")
    asked = len([each for each in watch.requests if "/nbmlops/api/" in each])
    with workspace.runs.track("live", name="unseen"):
        pass
    workspace.runs.find(experiment="live")
    page.wait_for_timeout(1500)
    assert len([each for each in watch.requests if "/nbmlops/api/" in each]) == asked
    page.evaluate(hide % "false" + "document.dispatchEvent(new Event('visibilitychange'))")
    panel.get_by_role("link", name="unseen", exact=True).wait_for()

    # With another panel in its place, no rows are asked for; back again, they are there.
    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="filebrowser"]').click()
    panel.wait_for(state="hidden")
    asked = len(watch.requests)
    with workspace.runs.track("live", name="behind"):
        page.locator("#nbmlops-status").get_by_text("1 running").wait_for()
    page.locator("#nbmlops-status button").wait_for(state="hidden")
    assert [each for each in watch.requests[asked:] if "offset=" in each] == []
    open_panel(page)
    panel.get_by_role("link", name="behind", exact=True).wait_for()


def test_a_run_is_read_changed_linked_and_seen_in_any_theme(
    page: Any, lab: Any, workspace: Workspace, watch: Any, tmp_path: Path
) -> None:
    (found,) = workspace.runs.find(experiment="digits")
    page.goto(f"{lab.url}/lab/workspaces/panel?token={lab.token}&nbmlops={found.id}")
    view = page.locator(".nbm-run")
    view.get_by_role("heading", name="deep").wait_for()

    view.get_by_role("img", name="loss: from 1 to").wait_for()
    text = view.inner_text()
    for part in (
        "succeeded",
        "digits",
        "learning_rate",
        "[64, 32]",
        "team",
        "Python",
        "300 points",
    ):
        assert part in text
    view.get_by_role("img", name="Figure pixel.png").wait_for()
    assert view.locator(".nbm-note-text strong").inner_text() == "Keep"
    assert view.locator(".nbm-note-text img").count() == 0

    view.get_by_label("Add a tag, as name=value").fill("stage=ready")
    page.keyboard.press("Enter")
    view.get_by_role("button", name="Remove the tag stage").wait_for()
    view.get_by_role("button", name="Rename").click()
    view.get_by_label("Name", exact=True).fill("deeper")
    page.keyboard.press("Enter")
    view.get_by_role("heading", name="deeper").wait_for()
    view.get_by_role("button", name="log scale").click()
    changed = workspace.runs.get(found.id)
    assert (changed.name, changed.tags) == ("deeper", {"team": "risk", "stage": "ready"})

    inks = set()
    for theme in ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"):
        choose_theme(page, theme)
        # The canvas is drawn anew a moment after the style sheet is there.
        page.wait_for_timeout(400)
        inks.add(view.evaluate("node => getComputedStyle(node).color"))
        look(page, tmp_path, theme.replace(" ", "-"))
    choose_theme(page, "JupyterLab Light")
    assert len(inks) >= 2

    page.goto(f"{lab.url}/lab/workspaces/panel?token={lab.token}")
    page.locator(".nbm-run").get_by_role("heading", name="deeper").wait_for()
    assert watch.dialogs == []


def test_text_of_runs_is_only_ever_text(
    page: Any, lab: Any, workspace: Workspace, watch: Any, tmp_path: Path
) -> None:
    texts = list(PAYLOADS.values())
    for number, text in enumerate(texts):
        with workspace.runs.track("hostile", tags={"text": text}) as run:
            run.log_params({"text": text, "nested": {text: [text]}})
            run.log(score=number)
        with suppress(InvalidNameError):
            workspace.runs.rename(run.id, f"{number} {text}")
    workspace.runs.set_tags(run.id, {f"tag {number}": text for number, text in enumerate(texts)})
    workspace.runs.set_note(run.id, "\n\n".join(texts))
    table = open_table(page)
    table.get_by_label("Experiment").select_option("hostile")
    table.get_by_text(f"{len(texts)} runs").wait_for()
    look(page, tmp_path, "hostile-table")
    table.get_by_role("link").first.click()
    page.locator(".nbm-note-text .jp-RenderedMarkdown").wait_for()
    page.evaluate("() => new Promise(done => setTimeout(() => requestAnimationFrame(done), 300))")
    look(page, tmp_path, "hostile-run")

    assert watch.dialogs == []
    ours = (lab.url, "data:", "blob:")
    assert [each for each in watch.requests if not each.startswith(ours)] == []
    acting = "script, iframe, object, embed, [onerror], [onclick], [data-commandlinker-command]"
    assert page.locator(".nbm-root").locator(acting).count() == 0
    links = page.locator(".nbm-root a").evaluate_all("all => all.map(each => each.protocol)")
    assert set(links) <= {"http:", "https:", ":"}  # ":" is a link to nowhere


def test_a_missing_server_part_is_told_with_the_line_that_installs_it(
    lab: Any, workspace: Workspace, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    page.route("**/nbmlops/api/**", lambda route: route.fulfill(status=404, body="<h1>404</h1>"))
    page.goto(f"{lab.url}/lab/workspaces/missing?reset&token={lab.token}")

    open_panel(page)

    page.get_by_text("pip install --upgrade nbmlops").wait_for()
    look(page, tmp_path, "missing")
    asked = len([each for each in watch.requests if "/nbmlops/api/" in each])
    page.wait_for_timeout(1500)
    assert len([each for each in watch.requests if "/nbmlops/api/" in each]) == asked


def test_a_cell_is_tracked_by_its_button(lab: Any, workspace: Workspace, watch: Any) -> None:
    page = watch.page
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**cell, "source": "score = 0.5 + 0.25"}]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    document = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    (lab.folder / "plain.ipynb").write_text(json.dumps(document))
    page.goto(lab.address("plain.ipynb", "plain"))
    page.locator(".jp-Notebook .cm-content").first.click()

    page.locator('[data-command="nbmlops:track-cell"]').first.click()

    page.locator(".jp-Notebook .cm-content", has_text="%load_ext nbmlops").wait_for()
    page.locator(".jp-Notebook .cm-content", has_text="%%track").wait_for()
