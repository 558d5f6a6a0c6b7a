"""`nbmlops monitors …` on real files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

Terminal = Callable[..., Any]


def write(folder: Path, day: int, shift: float) -> None:
    random = np.random.default_rng(day)
    score = random.random(500)
    frame = pd.DataFrame(
        {
            "age": random.normal(40 + shift, 9, 500),
            "score": score,
            "bought": (random.random(500) < score).astype(int),
        }
    )
    frame.to_csv(folder / f"day-{day}.csv", index=False)


@pytest.fixture
def add(terminal: Terminal, tmp_path: Path) -> Callable[..., Any]:
    """Adds the monitor `live` on a folder with two files without drift."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "reference").mkdir()
    for day in range(8):
        write(tmp_path / "reference", 100 + day, 0)
    for day in range(2):
        write(tmp_path / "logs", day, 0)

    def added(*options: str) -> Any:
        sides = ("--reference", str(tmp_path / "reference"), "--source", str(tmp_path / "logs"))
        return terminal("monitors", "add", "live", *sides, *options)

    return added


def test_the_exit_code_says_what_was_found(
    terminal: Terminal, add: Callable[..., Any], tmp_path: Path
) -> None:
    assert add("--target", "bought", "--prediction", "score").code == 0
    calm = terminal("monitors", "run", "live", "--fail-on", "drifted")
    for day in range(2, 7):
        write(tmp_path / "logs", day, 6)
    drifted = terminal("monitors", "run", "live", "--fail-on", "drifted")
    harmless = terminal("monitor", "run", "live", "--fail-on", "harm")

    assert (calm.code, drifted.code, harmless.code) == (0, 1, 0)
    assert calm.out.startswith("○ Monitor live: no alarm in 2 looks at 1,000 rows.")
    assert "● Monitor live: age drifted, first found in day-2" in drifted.out
    assert "The model does no worse, as far as 3,500 labels tell." in " ".join(drifted.out.split())
    assert not drifted.err


def test_harm_cannot_be_asked_of_a_monitor_without_labels(
    terminal: Terminal, add: Callable[..., Any]
) -> None:
    add()
    said = terminal("monitors", "run", "live", "--fail-on", "harm")

    assert said.code == 2
    assert "--target and --prediction" in said.err
    assert terminal("monitors", "show", "live", "--json").record["monitor"]["look_count"] == 0


def test_json_has_the_names_of_the_records(terminal: Terminal, add: Callable[..., Any]) -> None:
    assert add("--json").record["name"] == "live"
    record = terminal("monitors", "run", "live", "--json").record

    assert record["drifted"] is False
    assert [look["label"] for look in record["looks"]] == ["day-0", "day-1"]
    assert len(record["columns"][0]["evidence"]) == 2
    (found,) = terminal("monitors", "find", "--json").record
    assert (found["look_count"], found["row_count"]) == (2, 1000)
    assert terminal("monitors", "remove", "live", "--json").record["name"] == "live"
    assert terminal("monitors", "find", "--json").record == []


def test_a_report_is_written_as_a_page(
    terminal: Terminal, add: Callable[..., Any], tmp_path: Path
) -> None:
    add()
    terminal("monitors", "run", "live")
    page = str(tmp_path / "live.html")

    verdict, told = terminal("monitors", "show", "live", "--html", page).out.splitlines()
    assert told == page
    assert verdict in terminal("monitors", "show", "live").out
    assert Path(page).read_text("utf-8").startswith("<!doctype html>")
    assert terminal("monitors", "show", "live", "--html", page).code == 4


@pytest.mark.parametrize("name", ["there.html", "nowhere/x.html"])
def test_no_look_is_taken_whose_page_has_no_place(
    terminal: Terminal, add: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    add()
    (tmp_path / "there.html").touch()

    assert terminal("monitors", "run", "live", "--html", str(tmp_path / name)).code in (3, 4)

    (found,) = terminal("monitors", "find", "--json").record
    assert found["look_count"] == 0
    assert terminal("runs", "find", "--json").record["runs"] == []


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("run", "nosuch"), 3, "No monitor 'nosuch'"),
        (("show", "nosuch"), 3, "Add one with"),
        (("remove", "nosuch"), 3, "No monitor"),
        (("add", "x", "--reference", "nowhere.csv", "--source", "logs"), 3, "nowhere.csv"),
        (("add", "x", "--source", "logs"), 2, "--reference"),
        (("shwo", "x"), 2, "Did you mean 'show'?"),
    ],
)
def test_what_does_not_fit_is_told(
    terminal: Terminal, words: tuple[str, ...], code: int, told: str
) -> None:
    said = terminal("monitors", *words)

    assert said.code == code
    assert told in said.err
