"""A real browser, and a real JupyterLab on loopback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "views"))
sys.path.insert(0, str(Path(__file__).parent))

from running_lab import FLAGS, Lab, find_chromium, running_lab


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


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab with its own folders, a token, no news, no extension manager."""
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running
