"""The table of runs and the comparison under a cell: the same views as in the panel, in every theme."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from accessibility import accessibility_findings
from lab_pages import cell, open_in_lab, run_all, write

pytestmark = pytest.mark.browser

SCORED = """%%track inline --name {name}
import math
import nbmlops
rate = {rate}
for step in range(40):
    nbmlops.log(loss=math.exp(-step * rate) + 0.02 * math.sin(step), step=step)
nbmlops.log(auc=0.9 - rate / 10)"""


def test_runs_and_their_comparison_stand_under_a_cell_in_any_theme(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    page = watch.page
    page.set_viewport_size({"width": 1400, "height": 3200})
    names = ("first", "second", "third")
    cells = [SCORED.format(name=name, rate=0.05 * (1 + at)) for at, name in enumerate(names)]
    write(
        lab,
        "inline.ipynb",
        ["%load_ext nbmlops", *cells, "%runs inline", "%compare " + " ".join(names)],
    )
    notebook = open_in_lab(lab, page, "inline.ipynb")
    run_all(page, notebook, 6)

    table = cell(notebook, 4).locator(".nbm-under-cell .nbm-runs")
    for name in names:
        table.get_by_role("link", name=name, exact=True).wait_for()
    grid = table.get_by_role("grid")
    spare = "at => at.clientHeight - at.firstChild.offsetHeight - at.lastChild.offsetHeight"
    for _ in range(50):  # its columns come after its rows, and a scrollbar with them
        if grid.evaluate(spare) >= 15:
            break
        page.wait_for_timeout(100)
    assert grid.evaluate(spare) >= 15  # all rows are seen, above a scrollbar as well
    view = cell(notebook, 5).locator(".nbm-under-cell .nbm-compare")
    view.get_by_role("heading", name="3 runs compared").wait_for()
    view.get_by_role("img", name="loss: A").wait_for()
    row = view.locator(".nbm-compare-table").get_by_role("row", name="rate")
    assert row.get_by_role("cell").all_inner_texts() == ["0.05", "0.1", "0.15"]
    assert accessibility_findings(page, tmp_path, "inline") == []

    # It is the same view: a switch of it works, asked of the kernel.
    view.get_by_role("button", name="time", exact=True).click()
    pressed = view.get_by_role("button", name="time", exact=True)
    pressed.and_(page.locator('[aria-pressed="true"]')).wait_for()
    view.get_by_role("button", name="Tell the others against second").click()
    base = view.locator(".nbm-compare-run", has=page.get_by_text("base", exact=True))
    base.get_by_text("second", exact=True).wait_for()
