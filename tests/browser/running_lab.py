"""A real JupyterLab on loopback and the browser that opens it, for tests and benchmarks."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PATIENCE_SECONDS = 60


def find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


@dataclass
class Lab:
    """A running JupyterLab and the folder that it shows."""

    url: str
    token: str
    folder: Path
    start: Any = field(repr=False, default=None)
    server: Any = field(repr=False, default=None)

    @property
    def workspace(self) -> Path:
        """What its kernels record to, and its server shows."""
        return self.folder.parent / "home" / ".local" / "share" / "nbmlops"

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

    def kill(self) -> None:
        """SIGKILL for the server, as the system's killer of large processes has it."""
        self.server.send_signal(signal.SIGKILL)
        self.server.wait(20)

    def restart(self) -> None:
        """A server again where there was one, with the same address and token."""
        self.server = self.start()
        wait_for_server(self)


@contextmanager
def running_lab(
    home: Path, *, without_ours: bool = False, packages: Path | None = None
) -> Iterator[Lab]:
    """JupyterLab with folders of its own in `home`, a token, no news, no extension manager.

    `without_ours` leaves our front end out, as a person does who disables an extension; `packages` is
    a folder of more packages that are installed for it.
    """
    folder = home / "notebooks"
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    names = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    environment = kept | {name: str(home / name.lower()) for name in names}
    if packages is not None:
        environment["PYTHONPATH"] = str(packages)
    for name in names:
        (home / name.lower()).mkdir()
    (home / "app_settings").mkdir()
    config = home / "jupyter_config_dir" / "labconfig"
    config.mkdir()
    settings = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
    (config / "default_setting_overrides.json").write_text(json.dumps(settings))
    if without_ours:
        (config / "page_config.json").write_text('{"disabledExtensions": {"nbmlops": true}}')
    log = (home / "lab.log").open("ab")

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
                *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
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

    lab = Lab(f"http://127.0.0.1:{port}", token, folder, start, start())
    try:
        wait_for_server(lab)
        yield lab
    finally:
        lab.server.terminate()
        lab.server.wait(20)
        log.close()


def wait_for_server(lab: Lab) -> None:
    """Returns when the server answers, or raises what it said."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and lab.server.poll() is None:
        try:
            with opener.open(f"{lab.url}/api/status?token={lab.token}", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    log = (lab.folder.parent / "lab.log").read_text("utf-8", "replace")
    raise RuntimeError(f"JupyterLab did not start:\n{log[-3000:]}")
