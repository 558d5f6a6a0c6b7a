"""Every call that we make around a cell fails once, for every one of them: the cell stays the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from striking import is_one_try
from struck_cells import ONE_TRY, strike_cells

ODD = "--tag a=b --param k=2 --metric m=lr*2 --metric n=1/0 --sillent --silent"


@pytest.fixture(autouse=True)
def _here(workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("part", range(4))
def test_a_cell_is_the_same_whichever_of_our_calls_fails(part: int, workspace_folder: Path) -> None:
    hurts = strike_cells("result", "--silent", workspace_folder, part=(part, 4))

    assert hurts == [], "\n".join(hurts)


def test_options_that_fail_change_nothing(workspace_folder: Path) -> None:
    hurts = strike_cells(
        "result", ODD, workspace_folder, places=("magics/", "capture/cell.py"), most=1
    )

    assert hurts == [], "\n".join(hurts)


@pytest.mark.parametrize("kind", ["result", "error"])
def test_what_deals_with_a_failure_may_fail_too(kind: str, workspace_folder: Path) -> None:
    hurts = strike_cells(kind, "--silent", workspace_folder, twice=100)

    assert hurts == [], "\n".join(hurts)


@pytest.mark.parametrize("name", sorted(ONE_TRY))
def test_what_is_not_struck_is_nothing_but_one_try(name: str) -> None:
    assert is_one_try(name)
