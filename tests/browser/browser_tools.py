"""What several browser tests do with JupyterLab's page."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def open_panel(page: Any) -> None:
    page.locator('.jp-SideBar .lm-TabBar-tab[data-id="nbmlops-panel"]').click()


def open_table(page: Any) -> Any:
    """The table of runs in its own tab, with rows in it."""
    page.get_by_role("button", name="Open as a table").click()
    table = page.locator(".nbm-tab .nbm-runs")
    table.locator(".nbm-run-name").first.wait_for()
    return table


def choose_theme(page: Any, theme: str) -> None:
    page.locator(".lm-MenuBar-itemLabel", has_text="Settings").first.click()
    for name in ("Theme", theme):
        page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True).last.click()
    page.locator(f'body[data-jp-theme-name="{theme}"]').wait_for(state="attached")


def look(page: Any, tmp_path: Path, name: str) -> None:
    page.screenshot(path=tmp_path / f"{name}.png")
