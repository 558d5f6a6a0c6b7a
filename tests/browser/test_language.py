"""JupyterLab in another language: a language pack that is installed translates what is ours too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_tools import look, open_panel
from lab_pages import cell, open_in_lab, run, run_all, write
from running_lab import Lab, running_lab

pytestmark = pytest.mark.browser

WORDS = {
    "Runs": ["Läufe"],
    "MLOps": ["Versuche"],
    "Track this Cell": ["Zelle verfolgen"],
    "Open the Latest Run of this Cell": ["Letzten Lauf der Zelle öffnen"],
    "Stop": ["Anhalten"],
    "in %1": ["unter %1"],
    "%1 running": ["%1 läuft"],
    "%1 run is running": ["%1 Lauf läuft", "%1 Läufe laufen"],
    "%2 run": ["%2 Lauf", "%2 Läufe"],
}
GOING = """%%track german --name going
import time, nbmlops
for step in range(100_000):
    nbmlops.log(loss=1 / (1 + step), step=step)
    time.sleep(0.02)"""


def write_language_pack(folder: Path) -> None:
    """Writes a package as those that translate JupyterLab, with words of ours."""
    told = {
        "domain": "nbmlops",
        "language": "de-DE",
        "plural_forms": "nplurals=2; plural=(n != 1);",
        "version": "1.0",
    }
    messages = folder / "german_pack" / "locale" / "de_DE" / "LC_MESSAGES"
    messages.mkdir(parents=True)
    (folder / "german_pack" / "__init__.py").write_text("")
    (messages / "nbmlops.json").write_text(json.dumps({"": told, **WORDS}))
    about = folder / "german_pack-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: german_pack\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[jupyterlab.languagepack]\nde_DE = german_pack\n")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab in German."""
    home, packages = (tmp_path_factory.mktemp(name) for name in ("german", "packages"))
    write_language_pack(packages)
    settings = home / "user_settings" / "@jupyterlab" / "translation-extension"
    settings.mkdir(parents=True)
    (settings / "plugin.jupyterlab-settings").write_text('{"locale": "de_DE"}')
    with running_lab(home, packages=packages) as running:
        yield running


def test_the_panel_the_menus_and_the_widgets_speak_the_language_of_the_page(
    lab: Lab, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    write(lab, "german.ipynb", ["%load_ext nbmlops", GOING])
    notebook = open_in_lab(lab, page, "german.ipynb")
    run_all(page, notebook, 1)
    run(page, notebook, 1)
    open_panel(page)

    page.locator(".nbm-panel").get_by_role("tab", name="Läufe", exact=True).wait_for()
    page.locator(".nbm-panel .nbm-foot", has_text="1 Lauf").wait_for()
    page.locator("#nbmlops-status").get_by_text("1 läuft").wait_for()
    page.locator("#nbmlops-status [aria-label='1 Lauf läuft']").wait_for()
    card = cell(notebook, 1).locator(".nbm-live")
    card.get_by_text("unter german").wait_for()
    look(page, tmp_path, "german")
    cell(notebook, 1).locator(".cm-content").click(button="right")
    for label in ("Zelle verfolgen", "Letzten Lauf der Zelle öffnen"):
        page.locator(".lm-Menu-itemLabel").get_by_text(label, exact=True).wait_for()
    page.keyboard.press("Escape")
    card.get_by_role("button", name="Anhalten").click()
    cell(notebook, 1).locator(".nbmlops").get_by_text("cancelled").wait_for()
