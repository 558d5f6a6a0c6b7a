"""Tracked cells in a real JupyterLab, by keyboard and menu, as a person uses it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from nbmlops.records import Run
from nbmlops.workspace import Workspace, open_workspace

pytestmark = pytest.mark.browser

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
]
TRAIN = "%%track churn\nimport nbmlops\nfor i in range(6):\n    nbmlops.log(loss=1 / (i + 2), step=i)\nauc = 0.5 + depth / 100\nauc"
# Python misses a signal that strikes right before a long sleep begins: so many short ones.
SLOW = """%%track slow
import time
print('be' + 'gun', flush=True)
for _ in range(1200):
    time.sleep(0.1)"""
# A restart interrupts first; this cell does not care and has to be killed.
DEAF = """%%track lost
import time
print('be' + 'gun', flush=True)
while True:
    try:
        time.sleep(0.1)
    except KeyboardInterrupt:
        pass"""


def find_chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium, and CI demands one.")
        pytest.skip("There is no Chromium.")
    return path


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab, a page of it in a browser, and what its kernels record to."""

    url: str
    token: str
    folder: Path
    workspace: Workspace
    page: Any

    def open(self, name: str, *cells: str) -> None:
        """Make a notebook, open it, and wait until its kernel is there."""
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        document = new_notebook(
            cells=[new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": kernel, "language_info": {"name": "python"}},
        )
        nbformat.write(document, self.folder / name)
        self.visit(name)
        self.page.locator(".jp-Notebook .jp-InputArea-editor .cm-content").first.click()

    def visit(self, name: str) -> None:
        self.page.goto(f"{self.url}/lab/workspaces/{name[:-6]}/tree/{name}?token={self.token}")
        self.page.locator(".jp-Notebook").wait_for(timeout=40_000)
        # The notebook's own indicator says idle before the kernel is there.
        self.page.get_by_text("| Idle").first.wait_for(timeout=40_000)

    def cell(self, index: int) -> Any:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def runs(self, experiment: str) -> list[Run]:
        """The runs of an experiment in the order of their starts, with all there is to them."""
        found = self.workspace.runs.find(experiment=experiment, sort="started_at asc")
        return [self.workspace.runs.get(run.id) for run in found]

    def menu(self, *names: str) -> None:
        """Choose from the menus."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=names[0]).first.click()
        for name in names[1:]:
            label = self.page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True)
            label.last.click()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    path = find_chromium()
    home = tmp_path_factory.mktemp("lab")
    token = secrets.token_hex(16)
    server, url = start_server(home, token)
    workspace = open_workspace(home / "workspace")
    try:
        wait_for_server(f"{url}/api/status?token={token}", server, home / "lab.log")
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            yield Lab(url, token, home / "notebooks", workspace, page)
            browser.close()
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
        workspace.store.close()


def start_server(home: Path, token: str) -> tuple[subprocess.Popen[bytes], str]:
    """JupyterLab in folders of its own, on loopback, without news and extension manager."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    names = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    environment = kept | {name: str(home / name.lower()) for name in names}
    for name in (*(name.lower() for name in names), "notebooks"):
        (home / name).mkdir()
    settings = home / "jupyter_config_dir" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir()
    settings.write_text(
        json.dumps({"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}})
    )
    with (home / "lab.log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
                *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
                f"--IdentityProvider.token={token}",
                f"--ServerApp.root_dir={home / 'notebooks'}",
                "--LabApp.news_url=",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                "--LabApp.extension_manager=readonly",
                f"--LabApp.workspaces_dir={home / 'workspaces'}",
                f"--LabApp.user_settings_dir={home / 'user_settings'}",
            ],
            cwd=home / "notebooks",
            env=environment | {"NBMLOPS_WORKSPACE": str(home / "workspace")},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return server, f"http://127.0.0.1:{port}"


def wait_for_server(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with opener.open(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


def test_a_person_tracks_a_cell_changes_it_saves_and_comes_back(lab: Lab, tmp_path: Path) -> None:
    page = lab.page
    lab.open("train.ipynb", "")

    for cell in ("%load_ext nbmlops", "depth = 8", TRAIN):
        page.keyboard.insert_text(cell)
        page.keyboard.press("Shift+Enter")
    card = lab.cell(2).locator(".nbmlops")
    card.wait_for(timeout=90_000)
    page.screenshot(path=tmp_path / "first-light.png")

    outputs = lab.cell(2).locator(".jp-OutputArea-child")
    (first,) = lab.runs("churn")
    assert outputs.count() == 2
    assert outputs.nth(0).inner_text().strip().endswith("0.58")
    assert first.name in outputs.nth(1).inner_text()
    assert (first.status, first.params, first.metrics["auc"]) == ("succeeded", {"depth": 8}, 0.58)
    assert first.cell is not None
    assert (first.cell.notebook_path, first.cell.notebook_name) == (
        str(lab.folder / "train.ipynb"),
        "train.ipynb",
    )
    assert first.cell.execution_count == 3

    # The same cell again, with another depth: the card says what changed.
    lab.cell(1).locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("depth = 12")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    lab.cell(2).get_by_text("depth").and_(page.locator(":visible")).last.wait_for()
    lab.cell(2).locator(".nbmlops", has_text="best so far").wait_for(timeout=90_000)
    text = " ".join(lab.cell(2).locator(".nbmlops").inner_text().split())
    second = lab.runs("churn")[-1]
    assert second.id != first.id
    assert second.cell is not None
    assert second.cell.cell_id == first.cell.cell_id
    assert "0.04" in text
    assert "8" in text
    assert "12" in text

    # Saved and opened anew, it is still there; light and dark.
    page.keyboard.press("Control+S")
    page.locator(".jp-mod-dirty").wait_for(state="detached")
    saved = nbformat.read(lab.folder / "train.ipynb", 4)
    assert first.cell.cell_id in [cell.id for cell in saved.cells]
    assert second.id[-8:] in json.dumps(saved.cells[2].outputs)
    lab.visit("train.ipynb")
    lab.cell(2).locator(".nbmlops").wait_for(timeout=90_000)
    page.screenshot(path=tmp_path / "saved-light.png")
    lab.menu("Settings", "Theme", "JupyterLab Dark")
    page.locator('body[data-jp-theme-name="JupyterLab Dark"]').wait_for(state="attached")
    lab.cell(2).locator("summary").first.click()
    page.screenshot(path=tmp_path / "saved-dark.png")
    assert len(lab.runs("churn")) == 2


def test_an_interrupt_cancels_the_run_and_a_killed_kernel_loses_it(
    lab: Lab, tmp_path: Path
) -> None:
    page = lab.page
    lab.open("slow.ipynb", "%load_ext nbmlops", SLOW, DEAF, SLOW)
    page.keyboard.press("Shift+Enter")

    page.keyboard.press("Shift+Enter")
    lab.cell(1).get_by_text("begun", exact=True).wait_for(timeout=90_000)
    lab.menu("Kernel", "Interrupt Kernel")
    lab.cell(1).locator(".nbmlops").wait_for(timeout=90_000)

    (cancelled,) = lab.runs("slow")
    assert cancelled.status == "cancelled"
    assert "KeyboardInterrupt" in lab.cell(1).inner_text()
    page.screenshot(path=tmp_path / "cancelled.png")

    lab.cell(2).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    lab.cell(2).get_by_text("begun", exact=True).wait_for(timeout=90_000)
    (running,) = lab.runs("lost")
    assert running.status == "running"
    lab.menu("Kernel", "Restart Kernel…")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.locator(".jp-Dialog").wait_for(state="detached")
    # Jupyter asks nicely for a few seconds before it kills.
    page.get_by_text("| Restarting").or_(page.get_by_text("| Idle")).first.wait_for(timeout=90_000)

    lost = looked_at_until_final(lab, "lost")
    assert lost.status == "lost"
    assert lost.reason
    assert lost.ended_at is not None

    # The new kernel starts from nothing, and tracks.
    page.get_by_text("| Idle").first.wait_for(timeout=40_000)
    lab.cell(0).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    lab.cell(3).locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("%%track slow --name after\nauc = 0.5 + 0.25")
    page.keyboard.press("Shift+Enter")
    lab.cell(3).locator(".nbmlops", has_text="after").wait_for(timeout=90_000)
    assert lab.runs("slow")[-1].status == "succeeded"


def looked_at_until_final(lab: Lab, experiment: str) -> Run:
    """The run as it is seen when it is no longer running; it has ten seconds after the kill."""
    deadline = time.monotonic() + 10 + 6
    while True:
        (run,) = lab.runs(experiment)
        if run.status != "running" or time.monotonic() > deadline:
            return run
        lab.page.wait_for_timeout(100)
