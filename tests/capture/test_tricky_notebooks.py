"""What cells made, changed and read, told of small notebooks that are tricky to follow."""

from __future__ import annotations

import pytest
from notebooks import Notebook, told
from tricky_notebooks import HISTORIES


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", HISTORIES)
def test_what_each_cell_makes_changes_and_reads(name: str) -> None:
    notebook = Notebook()
    found = [(source, told(notebook.run(source))) for source, _ in HISTORIES[name]]

    assert found == HISTORIES[name]


def test_there_are_many_of_them() -> None:
    assert len(HISTORIES) >= 60
