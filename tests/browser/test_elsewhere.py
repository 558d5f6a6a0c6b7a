"""A kernel that records where this server does not look is told of in the panel, and no other is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from accessibility import accessibility_findings
from browser_tools import look, open_panel
from lab_pages import cell, open_in_lab, run, run_all, save, saved, wait_until_run, write

from nbmlops.workspace import open_workspace

pytestmark = pytest.mark.browser

TITLE = "records where this server does not look"
TRACKED = "%%track far --name distant\nscore = 0.5"
BLOCK = """import nbmlops
with nbmlops.track("far", name="block"):
    pass"""


def add_kernel(lab: Any, name: str, **environment: str) -> None:
    """A kernelspec whose kernels have this environment."""
    folder = lab.folder.parent / "jupyter_data_dir" / "kernels" / name
    folder.mkdir(parents=True, exist_ok=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": name,
        "language": "python",
        "env": environment,
    }
    (folder / "kernel.json").write_text(json.dumps(spec))


@pytest.fixture
def far(lab: Any, tmp_path: Path) -> Path:
    """The workspace of kernels by the name of "far"."""
    place = tmp_path / "far-workspace"
    add_kernel(lab, "far", NBMLOPS_WORKSPACE=str(place))
    return place


@pytest.fixture
def lookups(watch: Any) -> list[str]:
    """What the page has asked of single runs, as it grows."""
    asked: list[str] = []
    watch.page.on("request", lambda each: asked.append(each.url) if "id+%3D" in each.url else None)
    return asked


def note(page: Any) -> Any:
    return page.locator(".nbm-panel .nbm-elsewhere")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_kernel_of_another_environment_is_told_of(
    lab: Any, watch: Any, far: Path, tmp_path: Path, theme: str
) -> None:
    page, name = watch.page, f"far-{theme.lower()}.ipynb"
    write(lab, name, ["%load_ext nbmlops", TRACKED, TRACKED], kernel="far")
    lab.choose_theme(theme)
    notebook = open_in_lab(lab, page, name)
    open_panel(page)
    told = note(page)
    told.wait_for(state="attached")  # a screen reader knows the place before it says something
    assert told.get_attribute("role") == "status"
    told.get_by_text("records to another workspace").wait_for(state="detached")
    assert told.text_content() == ""
    run_all(page, notebook, 2)

    told.get_by_text(TITLE).wait_for()
    look(page, tmp_path, f"elsewhere-{theme}")
    words = told.inner_text()
    for part in (str(far), str(lab.workspace), "NBMLOPS_WORKSPACE", "Its runs are kept there"):
        assert part in words
    assert [found.name for found in open_workspace(far).runs.find()] == ["distant"]
    page.get_by_text("This notebook’s kernel records elsewhere").wait_for()
    page.get_by_role("tab", name="Drift").click()
    page.get_by_text("No reports of drift here").wait_for()
    assert told.get_by_text(TITLE).is_visible()

    # No file says where that was.
    save(page)
    kept = json.dumps(saved(lab, name))
    assert "distant" in kept
    assert str(far) not in kept

    # A page that is loaded anew is told nothing by the kernel, and says it all the same.
    page.reload()
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    told.get_by_text(TITLE).wait_for()


def test_it_goes_when_it_is_no_longer_true(
    lab: Any, watch: Any, far: Path, lookups: list[str]
) -> None:
    page = watch.page
    restored = "import os\ndel os.environ['NBMLOPS_WORKSPACE']"
    write(lab, "restored.ipynb", ["%load_ext nbmlops", TRACKED, restored, TRACKED], kernel="far")
    notebook = open_in_lab(lab, page, "restored.ipynb")
    run_all(page, notebook, 2)
    assert lookups == []  # nobody has opened the panel
    open_panel(page)
    told = note(page).get_by_text(TITLE)
    told.wait_for()

    page.locator(".lm-MenuBar-itemLabel", has_text="Kernel").first.click()
    page.locator(".lm-Menu-itemLabel", has_text="Restart Kernel…").first.click()
    page.locator(".jp-Dialog").get_by_role("button", name="Confirm").click()
    told.wait_for(state="detached")

    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    run_all(page, notebook, 2)
    told.wait_for()
    run(page, notebook, 2)
    wait_until_run(notebook, 2)
    run(page, notebook, 3)
    wait_until_run(notebook, 3)
    told.wait_for(state="detached")
    page.locator(".nbm-panel .nbm-run-name", has_text="distant").wait_for()


def test_an_ordinary_kernel_is_not_told_of_and_asked_for_once(
    lab: Any, watch: Any, far: Path, lookups: list[str]
) -> None:
    page = watch.page
    write(lab, "near.ipynb", ["%load_ext nbmlops", *["%%track near\nscore = 1"] * 4])
    write(lab, "far.ipynb", ["%load_ext nbmlops", TRACKED], kernel="far")
    notebook = open_in_lab(lab, page, "near.ipynb")
    open_panel(page)
    with page.expect_response(lambda answer: "id+%3D" in answer.url):
        run_all(page, notebook, 2)
    run_all(page, notebook, 5)
    page.wait_for_timeout(6000)  # longer than a second look would take
    assert len(lookups) == 1
    assert note(page).text_content() == ""

    # Beside another one: it is said while that is in front.
    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="filebrowser"]').click()
    page.locator(".jp-DirListing-item", has_text="far.ipynb").dblclick()
    other = page.locator(".jp-NotebookPanel:visible")
    page.locator("#jp-main-statusbar", has_text="far | Idle").wait_for()
    run_all(page, other, 2)
    open_panel(page)
    told = note(page).get_by_text(TITLE)
    told.wait_for()
    page.locator(".lm-TabBar-tabLabel", has_text="near.ipynb").click()
    told.wait_for(state="detached")
    page.locator(".lm-TabBar-tabLabel", has_text="far.ipynb").click()
    told.wait_for()


def test_cards_that_others_made_say_nothing(lab: Any, watch: Any, far: Path) -> None:
    """Those of papermill, and of a notebook that a colleague has sent."""
    page = watch.page
    write(lab, "source.ipynb", ["%load_ext nbmlops", TRACKED])
    environment = {**os.environ, "NBMLOPS_WORKSPACE": str(far)}
    subprocess.run(
        [sys.executable, "-m", "papermill", "-k", "python3", "source.ipynb", "received.ipynb"],
        cwd=lab.folder,
        env=environment,
        check=True,
        capture_output=True,
    )
    assert "distant" in json.dumps(saved(lab, "received.ipynb"))
    assert str(far) not in json.dumps(saved(lab, "received.ipynb"))
    notebook = open_in_lab(lab, page, "received.ipynb")
    open_panel(page)
    cell(notebook, 1).locator(".nbmlops", has_text="distant").first.wait_for()
    page.wait_for_timeout(6000)

    assert note(page).text_content() == ""


def test_a_block_has_no_card_and_is_told_of_too(lab: Any, watch: Any, far: Path) -> None:
    page = watch.page
    write(lab, "cardless.ipynb", ["%load_ext nbmlops", BLOCK], kernel="far")
    notebook = open_in_lab(lab, page, "cardless.ipynb")
    open_panel(page)
    run_all(page, notebook, 2)

    note(page).get_by_text(TITLE).wait_for()
    assert cell(notebook, 1).locator(".jp-OutputArea-output").count() == 0


def test_a_workspace_that_the_server_knows_is_shown_by_a_click(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    page, project = watch.page, lab.folder / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text('[tool.nbmlops]\nworkspace = "kept"\n')
    add_kernel(lab, "to-project", NBMLOPS_WORKSPACE=str(project / "kept"))
    write(lab, "beside.ipynb", ["%load_ext nbmlops", TRACKED], kernel="to-project")
    address = f"{lab.url}/nbmlops/api/workspaces?notebook=project/inside.ipynb"
    page.request.get(address, headers={"Authorization": f"token {lab.token}"})
    notebook = open_in_lab(lab, page, "beside.ipynb")
    open_panel(page)
    run_all(page, notebook, 2)

    told = note(page)
    told.get_by_text("The kernel of beside.ipynb records to another workspace").wait_for()
    look(page, tmp_path, "known")
    show = told.get_by_role("button", name="Show its runs")
    show.click()
    show.wait_for(state="detached")  # runs of that name stand in both workspaces
    page.locator(".nbm-panel .nbm-run-name", has_text="distant").wait_for()
    assert told.text_content() == ""
    # Back to the workspace of the notebook, and it is said again.
    page.get_by_label("Workspace", exact=True).select_option("")
    told.get_by_role("button", name="Show its runs").wait_for()


def test_a_kernel_on_another_machine_is_told_of_with_both_names(
    lab: Any, watch: Any, far: Path, tmp_path: Path
) -> None:
    page = watch.page

    def on_another_machine(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "host": "hub-1"})

    page.route("**/nbmlops/api/workspaces*", on_another_machine)
    write(lab, "remote.ipynb", ["%load_ext nbmlops", TRACKED], kernel="far")
    notebook = open_in_lab(lab, page, "remote.ipynb")
    open_panel(page)
    run_all(page, notebook, 2)

    told = note(page)
    told.get_by_text("The kernel of remote.ipynb records where this server cannot look").wait_for()
    assert "This server, on hub-1, looks at" in told.inner_text()
    assert "postgresql://…" in told.inner_text()
    assert accessibility_findings(page, tmp_path, "remote") == []


def test_runs_that_come_late_take_the_notice_away(lab: Any, watch: Any, tmp_path: Path) -> None:
    page = watch.page

    def nothing(route: Any) -> None:
        if "id+%3D" not in route.request.url:
            return route.fallback()
        answer = route.fetch()
        return route.fulfill(response=answer, json={**answer.json(), "total": 0})

    page.route("**/nbmlops/api/runs?*", nothing)
    write(lab, "late.ipynb", ["%load_ext nbmlops", "%%track late --name late\nscore = 1"])
    notebook = open_in_lab(lab, page, "late.ipynb")
    open_panel(page)
    run_all(page, notebook, 2)
    told = note(page).get_by_text("The runs of late.ipynb do not arrive here")
    told.wait_for()
    look(page, tmp_path, "late")

    page.unroute("**/nbmlops/api/runs?*")
    opened = open_workspace(lab.workspace)
    with opened.runs.track("late", name="something came"):
        pass
    opened.close()
    told.wait_for(state="detached")


def test_a_database_is_named_without_its_password(
    lab: Any, watch: Any, postgres_url: str, tmp_path: Path
) -> None:
    page = watch.page
    add_kernel(lab, "database", NBMLOPS_WORKSPACE=postgres_url)
    write(lab, "database.ipynb", ["%load_ext nbmlops", TRACKED], kernel="database")
    notebook = open_in_lab(lab, page, "database.ipynb")
    open_panel(page)
    run_all(page, notebook, 2)

    told = note(page)
    told.get_by_text("set to this database").wait_for()
    look(page, tmp_path, "database")
    words = told.inner_text()
    assert "postgresql+psycopg:///test_" in words
    assert "@" not in words
