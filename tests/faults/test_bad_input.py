"""Every row of the table of bad input through every door."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from bad_input import ROWS, Row
from doors import (
    CALLS,
    SEARCHES,
    Terminal,
    is_typed,
    judge,
    through_magic,
    through_python,
    through_terminal,
)
from import_door import IMPORTED, through_import

from nbmlops.records import to_dict
from nbmlops.testing import Shell
from nbmlops.workspace import Workspace

pytestmark = pytest.mark.usefixtures("here", "nothing_outside")


# What only one door has: a word on the line of a magic, an id in a file that is imported.
LINE = ("tag option", "param option")
FILE = ("run id", "digest")
NEVER_IN_A_CELL = (*FILE, "tag removed", "export")


@pytest.mark.parametrize("row", [row for row in ROWS if row.verb not in (*LINE, *FILE)], ids=str)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_python(row: Row, ws: Workspace) -> None:
    judge(row, through_python(row, ws))


@pytest.mark.parametrize(
    "row", [row for row in ROWS if is_typed(row) and row.verb not in NEVER_IN_A_CELL], ids=str
)
def test_magic(row: Row, ws: Workspace, shell: Shell) -> None:
    judge(row, through_magic(row, ws, shell))


TYPED = ("run name", "tag", "note", "tag name", "tag removed", *SEARCHES, "run", "artifact name", "export")  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        row
        for row in ROWS
        if row.verb in TYPED
        and isinstance(row.given, (str, int))
        and (
            row.verb != "tag name"
            or (isinstance(row.given, str) and row.given.strip() and "=" not in row.given)
        )
    ],
    ids=str,
)
def test_terminal(row: Row, ws: Workspace, terminal: Terminal) -> None:
    if row.verb == "artifact name":  # asked for there, not given
        row = Row(row.id, row.verb, row.given, "missing", kind="NotFoundError")
    judge(row, through_terminal(row, ws, terminal))


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.verb in IMPORTED and isinstance(row.given, str)],
    ids=str,
)
def test_import(row: Row, ws: Workspace, tmp_path: Path) -> None:
    judge(row, through_import(row, ws, tmp_path / "given.nbx"))


SHOWN = [
    row for row in ROWS if row.expect in ("kept", "flagged") and row.verb in ("metric", "param")
]


@pytest.mark.parametrize("row", SHOWN, ids=str)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_terminal_shows_what_was_kept(row: Row, ws: Workspace, terminal: Terminal) -> None:
    with ws.runs.track("shown") as run:
        CALLS[row.verb](run, row.given)

    code, out, err = terminal("runs", "show", "--json", run.id)
    shown = json.loads(out)[f"{row.verb}s"]["it"]
    plain_code, plain, _ = terminal("runs", "show", run.id)

    assert (code, plain_code) == (0, 0), err
    assert shown == to_dict(ws.runs.get(run.id))[f"{row.verb}s"]["it"]
    assert "it" in plain
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", plain)
