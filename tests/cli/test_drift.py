"""`nbmlops drift …` on real files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

Terminal = Callable[..., Any]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Two files, of which the second has drifted in one of two columns."""
    random = np.random.default_rng(3)
    first = pd.DataFrame(
        {"age": random.normal(40, 9, 800), "city": random.choice(["Rome", "Bonn"], 800)}
    )
    first.to_parquet(tmp_path / "train.parquet")
    first.assign(age=first.age + 5).to_csv(tmp_path / "live.csv", index=False)
    return str(tmp_path / "train.parquet"), str(tmp_path / "live.csv")


def test_a_check_prints_the_report(terminal: Terminal, files: tuple[str, str]) -> None:
    said = terminal("drift", "check", *files)

    assert said.code == 0
    assert not said.err
    assert said.out.startswith("● 1 of 2 columns drifted: age.")
    assert "reference train.parquet · 800 rows → current live.csv · 800 rows" in said.out


def test_the_exit_code_says_what_was_found(terminal: Terminal, files: tuple[str, str]) -> None:
    assert terminal("drift", "check", *files, "--fail-on", "drifted").code == 1
    assert terminal("drift", "check", files[0], files[0], "--fail-on", "drifted").code == 0
    unknown = terminal("drift", "check", *files, "--fail-on", "harm")
    assert unknown.code == 2
    assert "Give --target and --prediction" in unknown.err
    assert terminal("drift", "check", files[0], "nowhere.csv").code == 3


def test_a_column_or_rows_that_are_missing_pass_no_gate(
    terminal: Terminal, files: tuple[str, str], tmp_path: Path
) -> None:
    whole = pd.read_parquet(files[0])
    whole[["age"]].to_parquet(tmp_path / "narrow.parquet")
    whole[:0].to_parquet(tmp_path / "empty.parquet")

    narrow = terminal(
        "drift", "check", files[0], str(tmp_path / "narrow.parquet"), "--fail-on", "drifted"
    )
    empty = terminal(
        "drift", "check", files[0], str(tmp_path / "empty.parquet"), "--fail-on", "drifted"
    )

    assert (narrow.code, empty.code) == (1, 1)
    assert narrow.out.startswith("● city is missing from the current data. No drift found in 1")
    assert empty.out.startswith("● The current data have no rows")


def test_json_has_the_names_of_the_record(terminal: Terminal, files: tuple[str, str]) -> None:
    record = terminal("drift", "check", *files, "--json").record

    assert record["drifted"] is True
    (result,) = record["columns"][0]["results"]
    assert result["measure"] == "cramer_von_mises"
    assert {"column", "kind", "statistic", "p_value", "p_adjusted", "effect", "state"} <= set(
        result
    )


def test_an_earlier_report_is_shown_again(
    terminal: Terminal, files: tuple[str, str], tmp_path: Path
) -> None:
    printed = terminal("drift", "check", *files)
    shown = terminal("drift", "show", "last")
    page = tmp_path / "report.html"
    written = terminal("drift", "show", "last", "--html", str(page))

    assert shown.out == printed.out
    assert written.out.splitlines() == ["1 of 2 columns drifted: age.", str(page)]
    text = page.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert terminal("drift", "show", "last", "--html", str(page)).code == 4


def test_a_page_that_cannot_be_written_is_told_before_anything_is_recorded(
    terminal: Terminal, files: tuple[str, str], tmp_path: Path
) -> None:
    there = tmp_path / "report.html"
    there.write_text("mine")

    assert terminal("drift", "check", *files, "--html", str(there)).code == 4
    assert terminal("drift", "check", *files, "--html", str(tmp_path / "no" / "a.html")).code == 3
    assert terminal("drift", "check", *files, "--html", "/proc/a.html").code != 0
    assert there.read_text() == "mine"
    assert terminal("runs", "find", "--json").record["runs"] == []
    written = terminal("drift", "check", *files, "--html", str(tmp_path / "new.html"))
    assert written.out.splitlines() == [
        "1 of 2 columns drifted: age.",
        str(tmp_path / "new.html"),
    ]


def test_no_half_of_a_profile_is_left_where_no_more_may_be_written(
    files: tuple[str, str], tmp_path: Path
) -> None:
    pd.DataFrame(
        {f"x{n}": np.random.default_rng(n).normal(size=4000) for n in range(5)}
    ).to_parquet(tmp_path / "wide.parquet")
    folder = tmp_path / "kept"
    folder.mkdir()
    program = (
        "import resource, signal, sys\n"
        "from nbmlops.errors import UnsafePathError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from nbmlops import open_workspace\n"
        "drift = open_workspace().drift\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try:\n    drift.keep_profile(sys.argv[1], sys.argv[2])\n"
        "except UnsafePathError as problem:\n    print(problem)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "wide.parquet"), str(folder / "a.profile")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )

    assert "File too large" in done.stdout, done.stderr
    assert list(folder.iterdir()) == []


def test_a_profile_takes_the_place_of_the_data(
    terminal: Terminal, files: tuple[str, str], tmp_path: Path
) -> None:
    file = str(tmp_path / "train.profile")

    made = terminal("drift", "profile", files[0], "--output", file)
    said = terminal("drift", "check", file, files[1], "--fail-on", "drifted")

    assert made.out.startswith(f"{file}  800 rows, 2 columns, ")
    assert said.code == 1
    assert "reference train.profile" in said.out
    assert terminal("drift", "profile", files[0], "--output", file).code == 4


def test_harm_is_told_of_files_with_predictions(terminal: Terminal, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    truth = random.integers(0, 2, 900)
    score = np.clip(truth * 0.4 + random.uniform(0, 0.6, 900), 0, 1)
    good = pd.DataFrame({"churned": truth, "score": score})
    good.to_parquet(tmp_path / "test.parquet")
    good.assign(score=1 - score).to_csv(tmp_path / "bad.csv", index=False)
    good[["score"]].to_parquet(tmp_path / "later.parquet")
    names = ["--target", "churned", "--prediction", "score", "--fail-on", "harm"]

    def check(current: str) -> Any:
        sides = (str(tmp_path / "test.parquet"), str(tmp_path / current))
        return terminal("drift", "check", *sides, *names)

    assert check("test.parquet").code == 0
    assert "The model does no worse, as far as 900 labels tell" in check("test.parquet").out
    assert check("bad.csv").code == 1
    assert "The model does worse: AUC" in check("bad.csv").out
    assert check("later.parquet").code == 0
    assert "The model probably does no worse" in check("later.parquet").out


def test_harm_needs_rows_and_says_so(terminal: Terminal, tmp_path: Path) -> None:
    frame = pd.DataFrame({"churned": [0, 1] * 100, "score": np.linspace(0, 1, 200)})
    file, profile = str(tmp_path / "test.parquet"), str(tmp_path / "test.profile")
    frame.to_parquet(file)
    terminal("drift", "profile", file, "--output", profile)
    names = ["--target", "churned", "--prediction", "score"]

    said = terminal("drift", "check", profile, file, *names)

    assert said.code == 0
    assert "it is a profile, which keeps no rows" in " ".join(said.out.split())
    assert terminal("drift", "check", profile, file, *names, "--fail-on", "harm").code == 2


def test_all_columns_together_are_tested_when_asked(
    terminal: Terminal, files: tuple[str, str]
) -> None:
    said = terminal("drift", "check", *files, "--multivariate")

    assert said.code == 0
    assert "● All columns together drifted: a classifier tells the sides apart, by age" in said.out


def test_files_are_compared_over_time(terminal: Terminal, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "at": pd.date_range("2026-01-01", periods=2000, freq="6min"),
            "x": random.normal(size=2000),
        }
    )
    frame.to_csv(tmp_path / "train.csv", index=False)
    frame.loc[1500:, "x"] += 2
    frame.to_csv(tmp_path / "live.csv", index=False)
    sides = str(tmp_path / "train.csv"), str(tmp_path / "live.csv")

    said = terminal(
        "drift", "check", *sides, "--time", "at", "--every", "1d", "--fail-on", "drifted"
    )
    record = terminal("drift", "check", *sides, "--every", "500", "--json").record

    assert said.code == 1
    assert "Over 9 chunks, x drifted in 3 of 9, first in 2026-01-07." in said.out
    assert record["over_time"]["chunks"][0]["label"] == "rows 1–500"
    assert terminal("drift", "check", *sides, "--every", "1d").code == 2


def test_slices_are_looked_for_when_asked(terminal: Terminal, files: tuple[str, str]) -> None:
    said = terminal("drift", "check", *files, "--segments")

    assert "slices of " in said.out
