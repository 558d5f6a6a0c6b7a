"""A run in which each text and each name is another: the view of it shows every single one."""

from __future__ import annotations

import itertools
import re
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import hostile_runs
import pytest
from browser_tools import look

from nbmlops.records import Run, to_dict
from nbmlops.workspace import open_workspace

pytestmark = pytest.mark.browser

# Everything in sight or under the pointer: what is written, titles, and what fields hold.
SEEN = """view => [...view.querySelectorAll('*')].flatMap(element => [
    element.title, element.value ?? '', element.getAttribute('aria-label') ?? '',
    ...[...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data),
]).join('\\n')"""


def numbered(told: dict[str, Any]) -> dict[str, Any]:
    """The record with another text at each place where it has one."""

    def varied(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {varied(key): varied(item, key) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [varied(item) for item in value]
        if isinstance(value, str) and "§" in value:
            return re.sub("§", lambda _: f"text{next(COUNT)}", value)
        return value

    return {name: varied(value, name) for name, value in told.items()}


COUNT = itertools.count(1000)


def texts_of(value: Any, path: str = "") -> dict[str, str]:
    """Every text of a record and where it stands, names of mappings among them."""
    if isinstance(value, dict):
        found = {f"{path} has {key}": key for key in value if "text" in key and key[-1].isdigit()}
        for key, item in value.items():
            found |= texts_of(item, f"{path}.{key}")
        return found
    if isinstance(value, list):
        return {
            place: text
            for at, item in enumerate(value)
            for place, text in texts_of(item, f"{path}[{at}]").items()
        }
    return {path: value} if isinstance(value, str) else {}


def test_everything_that_was_recorded_of_a_run_is_in_its_view(
    lab: Any, watch: Any, tmp_path: Path
) -> None:
    with closing(open_workspace(lab.workspace)) as workspace:
        id_ = hostile_runs.write(workspace, "§", 7, numbered)
        workspace.runs.flush()
        run = workspace.runs.get(id_)
    empty = {each.name for each in fields(Run) if not getattr(run, each.name)}
    assert {name for name in empty if name[0] != "_"} <= {"deleted_at"}
    page = watch.page
    page.set_viewport_size({"width": 1500, "height": 1000})
    page.goto(f"{lab.url}/lab/workspaces/whole?reset&token={lab.token}&nbmlops={id_}")
    view = page.locator(".nbm-run")
    view.locator(".nbm-figure img").first.wait_for()
    view.locator(".nbm-curve").first.wait_for()
    view.evaluate("view => view.querySelectorAll('details').forEach(one => one.open = true)")
    for _ in range(30):  # what opens may hold more that can be opened
        closed = view.locator(".nbm-more:not([aria-expanded=true])").filter(
            has_text=re.compile(r"\d|column|feature")
        )
        if closed.count() == 0:
            break
        closed.first.click()
    seen = view.evaluate(SEEN) + view.inner_text()
    height = int(view.bounding_box()["height"]) + 120
    page.set_viewport_size({"width": 1500, "height": height})
    look(page, tmp_path, "whole")

    recorded = texts_of(to_dict(run))
    assert len(recorded) > 80
    missing = {place: text for place, text in recorded.items() if shown(place, text) not in seen}
    assert missing == {}


def shown(place: str, text: str) -> str:
    """What a text is shown as: many lines by their first, a long id by its end, "" where not at all.

    Times are told as people read them, and `changed` names parameters of a model, whose names vary
    here on their own.
    """
    if place.endswith("_at") or ".changed[" in place:
        return ""
    return text[-8:] if place == ".parent_id" else text.partition("\n")[0]
