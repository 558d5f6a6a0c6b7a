"""As `test_nothing_of_ours_hurts`, where the cell raises, awaits or shows a card."""

from __future__ import annotations

from pathlib import Path

import pytest
from struck_cells import strike_cells


@pytest.fixture(autouse=True)
def _here(workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("part", range(3))
def test_an_error_is_the_same_whichever_of_our_calls_fails(
    part: int, workspace_folder: Path
) -> None:
    hurts = strike_cells("error", "--silent", workspace_folder, most=1, part=(part, 3))

    assert hurts == [], "\n".join(hurts)


@pytest.mark.parametrize("part", range(3))
def test_an_awaiting_cell_is_the_same_whichever_of_our_calls_fails(
    part: int, workspace_folder: Path
) -> None:
    hurts = strike_cells("await", "--silent", workspace_folder, most=1, part=(part, 3))

    assert hurts == [], "\n".join(hurts)


@pytest.mark.parametrize("part", range(3))
def test_a_card_that_fails_changes_nothing(part: int, workspace_folder: Path) -> None:
    places = ("views/", "magics/card.py", "workspace/")
    hurts = strike_cells("result", "", workspace_folder, places=places, most=1, part=(part, 3))

    assert hurts == [], "\n".join(hurts)
