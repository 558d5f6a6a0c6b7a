"""A real browser, and a real JupyterLab on loopback."""

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

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "views"))
sys.path.insert(0, str(Path(__file__).parent))

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; without one the tests are skipped, or fail where CI is set."""
    path = find_chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium, and CI demands one.")
        pytest.skip("There is no Chromium.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@dataclass
class Watch:
    """What a page did: dialogs it opened, requests it made, errors of its scripts."""

    page: Any
    dialogs: list[str]
    requests: list[str]


@pytest.fixture
def watch(browser: Any) -> Iterator[Watch]:
    """A page of its own that is watched and that reaches nothing beyond this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 1100})
    context.set_default_timeout(90_000)  # a busy machine takes its time
    page = context.new_page()
    watched = Watch(page, [], [])

    def dialog(opened: Any) -> None:
        watched.dialogs.append(opened.message)
        opened.dismiss()

    def route(reached: Any) -> None:
        address = reached.request.url
        watched.requests.append(address)
        local = address.startswith(("http://127.0.0.1:", "file:", "data:", "blob:"))
        reached.continue_() if local else reached.abort()

    page.on("dialog", dialog)
    context.route("**/*", route)
    yield watched
    context.close()


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab and the folder that it shows."""

    url: str
    token: str
    folder: Path

    def choose_theme(self, theme: str) -> None:
        """Writes the theme ("Light" or "Dark") into the settings that the next page loads."""
        folder = self.folder.parent / "user_settings" / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        chosen = json.dumps({"theme": f"JupyterLab {theme}"})
        (folder / "themes.jupyterlab-settings").write_text(chosen)

    def trust(self, notebook: Any) -> None:
        """Signs a notebook as `jupyter trust` does, with this server's own key."""
        from nbformat.sign import NotebookNotary

        NotebookNotary(data_dir=str(self.folder.parent / "jupyter_data_dir")).sign(notebook)

    def address(self, notebook: str, workspace: str) -> str:
        return f"{self.url}/lab/workspaces/{workspace}/tree/{notebook}?reset&token={self.token}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab with its own folders, a token, no news, no extension manager."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    names = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    environment = kept | {name: str(home / name.lower()) for name in names}
    for name in names:
        (home / name.lower()).mkdir()
    settings = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
    overrides = home / "app_settings"
    overrides.mkdir()
    (home / "jupyter_config_dir" / "labconfig").mkdir()
    (home / "jupyter_config_dir" / "labconfig" / "default_setting_overrides.json").write_text(
        json.dumps(settings)
    )
    log = (home / "lab.log").open("wb")
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyter",
            "lab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={token}",
            f"--ServerApp.root_dir={folder}",
            "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
            f"--LabApp.workspaces_dir={home / 'workspaces'}",
            f"--LabApp.user_settings_dir={home / 'user_settings'}",
        ],
        cwd=folder,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for_server(f"{url}/api/status?token={token}", server, home / "lab.log")
        yield Lab(url, token, folder)
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def wait_for_server(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when the server answers; it gets 40 seconds."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with opener.open(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")
