"""The live card in a real JupyterLab: a training loop is watched, stopped, and leaves its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lab_pages import cell, open_in_lab, run, save, saved, wait_until_run, write

pytestmark = pytest.mark.browser

VIEW = "application/vnd.jupyter.widget-view+json"
STATIC = {"text/html", "text/plain", "image/png"}
TRAINING = """%%track live-test --name training
import math, time
import nbmlops

epochs = 400
go_on = True
for epoch in range(epochs):
    nbmlops.log(loss=math.exp(-epoch / 90), accuracy=1 - math.exp(-epoch / 60) / 2, step=epoch)
    time.sleep(0.02)
"""


def outputs_of(lab: Any, name: str, number: int) -> list[Any]:
    return [
        output
        for output in saved(lab, name)["cells"][number]["outputs"]
        if output["output_type"] == "display_data"
    ]


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_training_loop_is_watched_and_leaves_its_static_card(
    lab: Any, watch: Any, tmp_path: Path, theme: str
) -> None:
    name = f"training-{theme.lower()}.ipynb"
    write(lab, name, ["%load_ext nbmlops", TRAINING])
    lab.choose_theme(theme)
    notebook = open_in_lab(lab, watch.page, name)
    run(watch.page, notebook, 0)
    wait_until_run(notebook, 0)
    run(watch.page, notebook, 1)

    card = cell(notebook, 1).locator(".nbm-live")
    card.get_by_role("button", name="Stop").wait_for()
    card.get_by_role("img", name="loss: from 1 to").wait_for()
    card.get_by_text("of 400").wait_for()
    card.get_by_text("left", exact=False).first.wait_for()
    card.get_by_text("CPU").wait_for()
    first = int(card.get_by_role("progressbar").get_attribute("aria-valuenow"))
    watch.page.wait_for_function(
        "first => Number(document.querySelector('.nbm-live [role=progressbar]').ariaValueNow) > first",
        arg=first,
    )
    watch.page.screenshot(path=tmp_path / f"live-{theme}.png")

    static = cell(notebook, 1).locator(".jp-OutputArea-output .nbmlops")
    static.get_by_text("succeeded").wait_for()
    assert card.count() == 0
    assert static.count() == 1
    watch.page.screenshot(path=tmp_path / f"static-{theme}.png")
    save(watch.page)
    (output,) = outputs_of(lab, name, 1)
    assert set(output["data"]) == STATIC
    assert "succeeded" in output["data"]["text/plain"]
    assert "widgets" not in saved(lab, name)["metadata"]
