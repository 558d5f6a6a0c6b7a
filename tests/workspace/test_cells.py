"""Which run a notebook's cell had last, and how it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nbmlops.records import Status
from nbmlops.testing import Kernel
from nbmlops.workspace import open_workspace


@pytest.fixture
def notebook(tmp_path: Path) -> Any:
    """A workspace after two cells of one notebook and one of another with the same cell ids."""
    for place, cells in {
        "a": [("one", 0.5), ("two", 0.9), ("one", 0.7)],
        "b": [("one", 0.1)],
    }.items():
        path = tmp_path / place / "it's.ipynb"
        path.parent.mkdir()
        environment = {
            "NBMLOPS_WORKSPACE": str(tmp_path / "workspace"),
            "NBMLOPS_NOTEBOOK": str(path),
        }
        with Kernel(environment=environment) as kernel:
            kernel.run("%load_ext nbmlops\nimport nbmlops")
            for cell_id, auc in cells:
                kernel.metadata = {"cellId": cell_id}
                kernel.run(f"%%track scores --silent\nnbmlops.log(auc={auc})")
    workspace = open_workspace(tmp_path / "workspace")
    yield workspace, tmp_path
    workspace.close()


def test_each_cell_has_its_latest_run_and_knows_the_best(notebook: Any) -> None:
    workspace, folder = notebook

    one, two = workspace.runs.cells(folder / "a" / "it's.ipynb")

    assert (one.cell_id, one.value, one.standing, one.best_value) == ("one", 0.7, "behind", 0.9)
    assert (two.cell_id, two.value, two.standing) == ("two", 0.9, "best")
    assert (one.best_run, one.direction, one.status) == (two.run, "higher", Status.SUCCEEDED)
    (other,) = workspace.runs.cells(str(folder / "b" / "it's.ipynb"))
    assert (other.cell_id, other.value) == ("one", 0.1)
    assert workspace.runs.cells(folder / "c" / "none.ipynb") == []
