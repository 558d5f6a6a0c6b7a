"""Rows of the table of bad input that databases take differently, on a real PostgreSQL server."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from bad_input import ROWS
from doors import judge, through_python

from nbmlops.workspace import open_workspace

# NUL, NaN and the infinities, integers beyond 64 bits, lone surrogates, thousands of digits, and
# names that are long or in another form of Unicode.
DIFFER = ("B10", "B12", "B13", "B31", "B32", "B33", "B34", "B41", "B42", "B45", "B47", "B52")
ONE_DOOR = ("tag option", "param option", "run id", "digest")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_databases_take_differently_is_stored_the_same(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    workspace = open_workspace(postgres_url)
    rows = [row for row in ROWS if row.id in DIFFER and row.verb not in ONE_DOOR]
    failed = []
    for row in rows:
        try:
            judge(row, through_python(row, workspace))
        except Exception as problem:  # every row is tried, whatever one of them does
            failed.append(f"{row}: {type(problem).__name__}: {problem}"[:300])
    workspace.close()

    assert failed == []
    assert len(rows) > 100
