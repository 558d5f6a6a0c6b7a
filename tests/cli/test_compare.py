"""`nbmlops runs compare` on a real workspace."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbmlops.workspace import Workspace

Terminal = Callable[..., Any]


def test_runs_are_shown_side_by_side(terminal: Terminal, recorded: list[str]) -> None:
    said = terminal("runs", "compare", "shallow", "deep")

    assert said.code == 0
    assert not said.err
    for words in ("2 runs compared in churn", "max_depth 2 → 8", "A ✓ shallow", "▲ 0.2000 better"):
        assert words in said.out


def test_json_has_the_names_of_the_record(terminal: Terminal, recorded: list[str]) -> None:
    record = terminal("runs", "compare", *recorded, "--json").record

    assert [run["id"] for run in record["runs"]] == recorded
    (param,) = record["params"]
    assert param == {
        "name": "max_depth",
        "values": dict(zip(recorded, (2, 4, 8), strict=True)),
        "differs": True,
    }
    assert [why["run_id"] for why in record["why"]] == recorded[1:]
    assert record["why"][0]["reasons"][0]["kind"] == "parameter"


def test_csv_goes_to_standard_output_or_to_a_file(
    terminal: Terminal, recorded: list[str], tmp_path: Path
) -> None:
    printed = terminal("runs", "compare", *recorded, "--csv", "-")
    written = terminal("runs", "compare", *recorded, "--csv", str(tmp_path / "runs.csv"))

    rows = list(csv.reader(io.StringIO(printed.out)))
    assert rows[0] == ["part", "name", "differs", *recorded]
    assert ["params", "max_depth", "yes", "2", "4", "8"] in rows
    assert (tmp_path / "runs.csv").read_bytes().decode() == printed.out
    assert written.out.strip() == str(tmp_path / "runs.csv")


def test_a_page_is_written_once(terminal: Terminal, recorded: list[str], tmp_path: Path) -> None:
    file = tmp_path / "report.html"

    said = terminal("runs", "compare", "best", "shallow", "--html", str(file))
    again = terminal("runs", "compare", "best", "shallow", "--html", str(file))

    assert said.code == 0
    assert said.out.strip() == str(file)
    page = file.read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "max_depth" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert again.code == 4
    assert "already exists" in again.err


@pytest.mark.parametrize(
    ("runs", "code", "told"),
    [
        (["deep"], 2, "'deep' is one"),
        (["deep", "deep"], 2, "all 2 are 'deep'"),
        (["deep", "nobody"], 3, "No run 'nobody'"),
        (["deep"] * 51, 2, "51 are too many"),
    ],
)
def test_what_cannot_be_compared_has_its_exit_code(
    terminal: Terminal, recorded: list[str], runs: list[str], code: int, told: str
) -> None:
    said = terminal("runs", "compare", *runs)

    assert said.code == code
    assert told in said.err
    assert not said.out


def test_an_ambiguous_name_lists_the_runs_that_have_it(
    terminal: Terminal, recorded: list[str], workspace: Workspace
) -> None:
    with workspace.runs.track("churn", name="deep"):
        pass

    said = terminal("runs", "compare", "deep", "shallow")

    assert said.code == 4
    assert recorded[2][-8:] in said.err
