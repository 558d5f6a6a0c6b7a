"""The doors to runs in a real JupyterLab: each opens what it says, and can be moved or taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from browser_tools import look, open_panel
from lab_pages import cell, open_in_lab, run_all, saved, write

from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

SCORE = "%%track doors --name {name}\nimport nbmlops\nnbmlops.log(accuracy={accuracy})"
OURS = '.lm-Menu-item[data-command^="nbmlops:"]'
ENTRIES = {
    "nbmlops:track-cell": "track",
    "nbmlops:open-cell-run": "open",
    "nbmlops:compare-cell-run": "compare",
    "nbmlops:show-notebook-runs": "runs",
}


@pytest.fixture(scope="module")
def workspace(lab: Any) -> Iterator[Workspace]:
    """What the kernels of this JupyterLab record to."""
    with closing(open_workspace(lab.workspace)) as opened:
        with opened.runs.track("plain", name="of the user"):
            pass
        opened.runs.flush()
        yield opened


@pytest.fixture
def page(lab: Any, workspace: Workspace, watch: Any) -> Any:
    watch.page.set_default_timeout(20_000)
    return watch.page


def start(page: Any, lab: Any, name: str) -> None:
    page.goto(f"{lab.url}/lab/workspaces/{name}?reset&token={lab.token}")


def tab(page: Any, name: str) -> Any:
    return page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text=name)


def entries(page: Any, place: Any) -> dict[str, bool]:
    """What the context menu of a place offers of ours, and whether each can be chosen."""
    place.click(button="right")
    page.locator(".lm-Menu.jp-ThemedContainer, .lm-Menu").first.wait_for()
    page.locator('.lm-Menu-item[data-command="nbmlops:show-notebook-runs"]').wait_for()
    return {
        ENTRIES[item.get_attribute("data-command")]: (
            "lm-mod-disabled" not in item.get_attribute("class")
        )
        for item in page.locator(OURS).all()
    }


def choose(page: Any, place: Any, label: str) -> None:
    """Choose an entry of the context menu of a place."""
    place.click(button="right")
    page.locator(".lm-Menu-item:not(.lm-mod-disabled)").get_by_text(label, exact=True).click()


@contextmanager
def settings(lab: Any, changed: dict[str, Any]) -> Iterator[None]:
    """What a person wrote into the settings, while it applies."""
    folder = lab.folder.parent / "user_settings" / "@jupyterlab"
    files = {folder / f"{name}.jupyterlab-settings": changed[name] for name in changed}
    for file, told in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(told))
    try:
        yield
    finally:
        for file in files:
            file.unlink()


def test_the_panel_follows_the_notebook_in_front_until_a_workspace_is_chosen(
    page: Any, lab: Any, tmp_path: Path
) -> None:
    project = lab.folder / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text('[tool.nbmlops]\nworkspace = "kept"\n')
    write(lab, "project/theirs.ipynb", ["%load_ext nbmlops", "%%track --name theirs\nscore = 1"])
    write(lab, "mine.ipynb", ["1"])
    open_in_lab(lab, page, "mine.ipynb")
    for name in ("project", "theirs.ipynb"):
        page.locator(".jp-DirListing-item", has_text=name).dblclick()
    tab(page, "theirs.ipynb").wait_for()
    page.locator("#jp-main-statusbar", has_text="theirs.ipynb").wait_for()
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    run_all(page, page.locator(".jp-NotebookPanel:visible"), 2)
    tab(page, "mine.ipynb").click()
    open_panel(page)
    panel = page.locator(".nbm-panel")
    mine, theirs = (
        panel.get_by_role("link", name=name, exact=True) for name in ("of the user", "theirs")
    )

    # It shows what the kernel of the notebook in front records to.
    mine.wait_for()
    assert theirs.count() == 0
    tab(page, "theirs.ipynb").click()
    theirs.wait_for()
    assert mine.count() == 0
    switcher = panel.get_by_label("Workspace")
    assert switcher.evaluate("one => one.selectedOptions[0].text") == "The notebook's workspace"
    assert [each.rpartition("/")[2] for each in switcher.locator("option").all_inner_texts()] == [
        "The notebook's workspace",
        "nbmlops",
        "kept",
    ]

    # What was chosen stays, whichever notebook is in front, and is what is opened.
    switcher.select_option(index=1)
    mine.wait_for()
    tab(page, "mine.ipynb").click()
    tab(page, "theirs.ipynb").click()
    page.wait_for_timeout(500)
    assert (mine.count(), theirs.count()) == (1, 0)
    switcher.select_option(index=2)
    theirs.wait_for()
    tab(page, "mine.ipynb").click()
    page.wait_for_timeout(500)
    assert (mine.count(), theirs.count()) == (0, 1)
    look(page, tmp_path, "switched")
    theirs.click()
    page.locator(".nbm-run").get_by_role("heading", name="theirs").wait_for()

    # And it follows again.
    switcher.select_option(index=0)
    mine.wait_for()
    tab(page, "theirs.ipynb").click()
    theirs.wait_for()

    # A server that was started anew knows no workspace but its own, and is told of the others.
    lab.kill()
    lab.restart()
    with closing(open_workspace(project / "kept")) as kept, kept.runs.track("later", name="later"):
        panel.get_by_role("link", name="later", exact=True).wait_for()
    again = page.context.new_page()
    page.close()
    again.goto(f"{lab.url}/lab/workspaces/mine?token={lab.token}")
    tab(again, "theirs").filter(has_not_text=".ipynb").click()
    again.locator(".nbm-run").get_by_role("heading", name="theirs").wait_for()


def test_the_launcher_has_a_card_for_mouse_and_keyboard(
    page: Any, lab: Any, tmp_path: Path
) -> None:
    start(page, lab, "launcher")
    card = page.locator(".jp-LauncherCard", has_text="Experiments")
    card.wait_for()
    look(page, tmp_path, "launcher")
    section = page.locator(".jp-Launcher-section", has=card)
    assert section.locator(".jp-Launcher-sectionTitle").inner_text() == "MLOps"

    card.focus()
    page.keyboard.press("Enter")
    table = page.locator(".nbm-tab .nbm-runs:visible")
    table.get_by_role("link", name="of the user").wait_for()
    tab(page, "Runs").locator(".lm-TabBar-tabCloseIcon").click()
    table.wait_for(state="detached")

    card.click()  # a tab that was closed is opened anew
    table.get_by_role("link", name="of the user").wait_for()


def test_the_context_menu_of_a_cell_does_what_it_says_where_it_makes_sense(
    page: Any, lab: Any, tmp_path: Path
) -> None:
    scores = [
        SCORE.format(name=name, accuracy=value)
        for name, value in (("lower", 0.5), ("higher", 0.75))
    ]
    write(lab, "menus.ipynb", ["%load_ext nbmlops", *scores, "plain = 1"])
    document = saved(lab, "menus.ipynb")
    text = {"cell_type": "markdown", "id": "text", "metadata": {}, "source": "# Only text"}
    document["cells"].append(text)
    (lab.folder / "menus.ipynb").write_text(json.dumps(document))
    notebook = open_in_lab(lab, page, "menus.ipynb")
    run_all(page, notebook, 4)
    worse, best, plain = (cell(notebook, number).locator(".cm-content") for number in (1, 2, 3))
    cell(notebook, 2).locator(".nbm-badge").get_by_text("★ best").wait_for()
    cell(notebook, 1).locator('.nbm-badge[data-standing="behind"]').wait_for()

    offered = {}
    for name, place in {
        "worse": worse,
        "best": best,
        "plain": plain,
        "text": notebook.locator(".jp-MarkdownCell"),
    }.items():
        offered[name] = entries(page, place)
        look(page, tmp_path, f"menu-{name}")
        page.keyboard.press("Escape")
    assert offered == {
        "worse": {"track": True, "open": True, "compare": True, "runs": True},
        "best": {"track": True, "open": True, "compare": False, "runs": True},
        "plain": {"track": True, "open": False, "compare": False, "runs": True},
        "text": {"runs": True},
    }

    # The cell that is pointed at is meant, not the one that is active.
    best.click()
    choose(page, plain, "Track this Cell")
    plain.get_by_text("%%track", exact=True).wait_for()
    best.click()
    entries(page, plain)
    tracked = page.locator(".lm-Menu-item.lm-mod-toggled", has_text="Track this Cell")
    tracked.wait_for()  # a check and the words that it means, not their contrary
    tracked.click()
    plain.get_by_text("%%track").wait_for(state="detached")
    assert plain.inner_text() == "plain = 1"
    choose(page, best, "Open the Latest Run of this Cell")
    page.locator(".nbm-run:visible").get_by_role("heading", name="higher").wait_for()
    tab(page, "menus.ipynb").click()
    choose(page, worse, "Compare its Latest Run with the Best One")
    compared = page.locator(".nbm-compare:visible")
    compared.get_by_role("heading", name="2 runs compared").wait_for()
    names = compared.locator(".nbm-compare-run-name").all_inner_texts()
    assert [name.strip() for name in names][:2] == ["higher", "lower"]
    tab(page, "menus.ipynb").click()
    choose(page, worse, "Show Runs of this Notebook")
    field = page.locator(".nbm-panel").get_by_label("Filter runs")
    field.and_(page.locator('[value*="menus.ipynb"]')).wait_for()

    # The button of a cell marks it, and takes the mark away.
    plain.click()
    button = cell(notebook, 3).locator('[data-command="nbmlops:track-cell"]')
    assert "by %%track" in button.get_attribute("title")
    button.click()
    plain.get_by_text("%%track", exact=True).wait_for()
    button.click()
    plain.get_by_text("%%track").wait_for(state="detached")
    notebook.locator(".jp-MarkdownCell").click()
    bar = notebook.locator(".jp-MarkdownCell .jp-cell-toolbar")
    bar.locator('[data-command="nbmlops:track-cell"][aria-disabled="true"]').wait_for()


def test_entries_menus_and_buttons_are_taken_away_and_moved_by_settings(
    page: Any, lab: Any, tmp_path: Path
) -> None:
    taken = {"command": "nbmlops:open-cell-run", "selector": ".jp-Notebook .jp-CodeCell"}
    moved = {"command": "nbmlops:open-runs", "rank": 0}
    with settings(
        lab,
        {
            "application-extension/context-menu": {
                "contextMenu": [{**taken, "args": {"isPointedAt": True}, "disabled": True}]
            },
            "cell-toolbar-extension/plugin": {
                "toolbar": [{"name": "nbmlops-track", "disabled": True}]
            },
            "mainmenu-extension/plugin": {
                "menus": [
                    {
                        "id": "jp-mainmenu-view",
                        "items": [{"command": "nbmlops:show-drift", "disabled": True}],
                    },
                    {"id": "jp-mainmenu-help", "items": [moved]},
                ]
            },
            "shortcuts-extension/shortcuts": {
                "shortcuts": [
                    {
                        "command": "nbmlops:show-panel",
                        "keys": ["Accel Alt R"],
                        "selector": "body",
                        "disabled": True,
                    },
                    {
                        "command": "nbmlops:show-panel",
                        "keys": ["Accel Alt J"],
                        "selector": "body",
                    },
                ]
            },
        },
    ):
        write(lab, "moved.ipynb", ["plain = 1"])
        notebook = open_in_lab(lab, page, "moved.ipynb")
        place = cell(notebook, 0).locator(".cm-content")
        offered = entries(page, place)
        look(page, tmp_path, "moved")
        page.keyboard.press("Escape")
        assert set(offered) == {"track", "compare", "runs"}
        place.click()
        bar = cell(notebook, 0).locator(".jp-cell-toolbar")
        bar.locator('[data-command="notebook:duplicate-below"]').first.wait_for()
        assert bar.locator('[data-command="nbmlops:track-cell"]').count() == 0

        menus = {name: in_menu(page, name) for name in ("View", "Help")}
        assert menus["View"] == {"nbmlops:show-panel", "nbmlops:open-runs", "nbmlops:compare-runs"}
        assert menus["Help"] == {"nbmlops:open-runs"}

        page.keyboard.press("Control+Alt+r")
        page.keyboard.press("Control+Alt+j")
        page.locator(".nbm-panel .nbm-run-name").first.wait_for()


def in_menu(page: Any, name: str) -> set[str]:
    """The commands of ours in a menu of the main bar."""
    page.locator(".lm-MenuBar-itemLabel").get_by_text(name, exact=True).click()
    page.locator(".lm-Menu-item").first.wait_for()
    found = {item.get_attribute("data-command") for item in page.locator(OURS).all()}
    page.keyboard.press("Escape")
    return found


def test_the_status_bar_says_what_runs_and_opens_it(
    page: Any, lab: Any, workspace: Workspace, tmp_path: Path
) -> None:
    start(page, lab, "status")
    item = page.locator("#nbmlops-status").get_by_role("button")
    with workspace.runs.track("plain", name="first"), workspace.runs.track("plain", name="second"):
        page.locator("#nbmlops-status").get_by_text("2 running").wait_for()
        assert item.get_attribute("aria-label") == "2 runs are running"
        look(page, tmp_path, "status")
        item.click()
        panel = page.locator(".nbm-panel")
        panel.get_by_role("link", name="second", exact=True).wait_for()
        assert panel.locator('[data-status="running"]').count() >= 2
    item.wait_for(state="hidden")


def test_the_end_of_a_long_run_is_told_once_and_leads_to_it(
    page: Any, lab: Any, workspace: Workspace, tmp_path: Path
) -> None:
    toasts = page.locator(".Toastify__toast")
    start(page, lab, "short")
    with workspace.runs.track("plain", name="brief"):
        page.locator("#nbmlops-status").get_by_text("1 running").wait_for()
    page.locator("#nbmlops-status button").wait_for(state="hidden")

    with settings(lab, {"../nbmlops/plugin": {"notifyAfterSeconds": 0.001}}):
        start(page, lab, "long")
        with workspace.runs.track("plain", name="patient"):
            page.locator("#nbmlops-status").get_by_text("1 running").wait_for()
            page.wait_for_timeout(1500)
        told = toasts.filter(has_text="patient succeeded after")
        told.wait_for()
        look(page, tmp_path, "told")
        assert toasts.count() == 1  # the brief one took less than a minute
        told.get_by_role("button", name="Open").click()
        page.locator(".nbm-run").get_by_role("heading", name="patient").wait_for()

        with suppress(ZeroDivisionError), workspace.runs.track("plain", name="broken"):
            page.locator("#nbmlops-status").get_by_text("1 running").wait_for()
            page.wait_for_timeout(1500)  # it is asked for while it runs, as a long run would be
            raise ZeroDivisionError
        toasts.filter(has_text="broken ended as failed after").wait_for()


def test_what_is_told_again_stands_in_the_same_notification(
    page: Any, lab: Any, workspace: Workspace
) -> None:
    start(page, lab, "told")
    open_panel(page)
    page.locator(".nbm-panel").get_by_role("link", name="of the user", exact=True).click()
    copy = page.locator(".nbm-run").get_by_role("button", name="Copy link")
    copied = page.locator(".Toastify__toast", has_text="Copied")
    bell = page.locator("#jp-main-statusbar .jp-Notification-Status")
    before = int(bell.inner_text())
    for _ in range(3):
        copy.click()
        copied.wait_for()

    assert copied.count() == 1
    assert int(bell.inner_text()) - before <= 1
    copied.wait_for(state="detached")
    copy.click()
    copied.wait_for()
    assert int(bell.inner_text()) - before <= 1
