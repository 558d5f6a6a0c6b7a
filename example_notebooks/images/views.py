"""Makes the README's pictures of JupyterLab again: `python example_notebooks/images/views.py`.

A few models are trained in a real shell, a JupyterLab with folders of its own shows them, and
Chromium takes the pictures.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BROWSER = HERE.parents[1] / "tests" / "browser"
TRAINING = BROWSER / "compared_runs.py"
LOANS = BROWSER / "loan_cells.py"
SIZE = {"width": 1180, "height": 740}
COLORS = 256  # a PNG with a palette takes a third of one without
PATIENCE_SECONDS = 60


@contextmanager
def jupyterlab(home: Path) -> Iterator[str]:
    """The address of a JupyterLab that asks for no news, with its token."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    config = home / "config" / "labconfig"
    config.mkdir(parents=True)
    news = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
    (config / "default_setting_overrides.json").write_text(json.dumps(news))
    folders = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data"}
    environment = os.environ | {name: str(home / folder) for name, folder in folders.items()}
    options = [
        f"--port={port}",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={home}",
    ]
    more = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--LabApp.extension_manager=readonly"]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "lab", *options, *more],
        cwd=home,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/api/status?token={token}")
        yield f"http://127.0.0.1:{port}/lab?reset&token={token}"
    finally:
        server.terminate()
        server.wait(20)


def wait_for(address: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            opener.open(address, timeout=2).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("JupyterLab did not start.")


def photograph(page: Any, name: str, part: str | None = None) -> None:
    """A part of the page as a small PNG, when its canvases are drawn."""
    from PIL import Image

    page.mouse.move(600, 5)
    page.wait_for_timeout(1000)
    taken = page.locator(part).screenshot() if part else page.screenshot()
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    file = HERE / f"{name}.png"
    kept = picture.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    kept.save(file, optimize=True)
    print(file, file.stat().st_size)


def main() -> None:
    sys.path.append(str(BROWSER))
    from drifting_days import loans, watch_loans
    from playwright.sync_api import sync_playwright

    from nbmlops.workspace import open_workspace

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        home = Path(folder)
        os.environ["NBMLOPS_WORKSPACE"] = str(home / "runs")
        subprocess.run([sys.executable, str(TRAINING)], cwd=home, check=True)
        with closing(open_workspace(home / "runs")) as workspace:
            runs = [run.id for run in workspace.runs.find(sort="started_at asc")]
        browser = play.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.5)
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        with jupyterlab(home) as address:
            page.goto(f"{address}&nbmlops={runs[1]}")
            page.locator(".nbm-run").get_by_role("img", name="loss").first.wait_for()
            page.locator('.jp-SideBar .lm-TabBar-tab[data-id="nbmlops-panel"]').click()
            page.locator(".nbm-panel .nbm-run-name").first.wait_for()
            photograph(page, "run")
            photograph(page, "panel", ".nbm-panel")
            page.goto(f"{address}&nbmlops={','.join(runs[:3])}")
            page.locator(".nbm-compare").get_by_role("img", name="loss").first.wait_for()
            page.locator('.jp-SideBar .lm-TabBar-tab[data-id="filebrowser"]').click()
            photograph(page, "compare")
            subprocess.run([sys.executable, str(LOANS)], cwd=home, check=True)
            with closing(open_workspace(home / "runs")) as workspace:
                split = workspace.runs.find("name = 'split'")[0].id
            page.goto(f"{address}&nbmlops={split}")
            page.locator(".nbm-lineage").get_by_role("button", name="report").wait_for()
            photograph(page, "lineage", ".nbm-section:has(.nbm-lineage)")
            (home / "loans").mkdir()
            with closing(open_workspace(home / "runs")) as workspace:
                monitors = workspace.monitors
                monitors.add(
                    "loans-live",
                    reference=loans(3000, 1),
                    source=home / "loans",
                    columns=["income", "channel", "age", "owns_home"],
                    reference_name="loans_2025",
                )
                for day in range(8):
                    day_of_loans = loans(1500, 10 + day, day)
                    day_of_loans.to_parquet(home / "loans" / f"day-{day + 1}.parquet")
                monitors.run("loans-live")
                check = watch_loans(workspace)[-1].run_id
            page.goto(f"{address}&nbmlops=drift:{check}")
            page.locator(".nbm-drift .nbm-trend").first.wait_for()
            page.locator('.jp-SideBar .lm-TabBar-tab[data-id="nbmlops-panel"]').click()
            page.get_by_role("tab", name="Drift", exact=True).click()
            page.locator(".nbm-over-time li").first.wait_for()
            photograph(page, "drift")
        browser.close()


if __name__ == "__main__":
    main()
