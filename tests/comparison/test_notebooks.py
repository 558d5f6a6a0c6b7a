"""Runs of whole notebooks are compared by what their cells recorded, too."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from attempts import COLUMNS, ENVIRONMENT, attempt, dataset, fitted

from nbmlops.comparison.notebooks import with_cells
from nbmlops.workspace import Workspace

CELLS = (
    "depth = 2",
    """import nbmlops
%load_ext nbmlops
import pandas as pd
from sklearn.tree import DecisionTreeClassifier""",
    """%%track tree
X_train = pd.DataFrame({"a": [0, 1, 2, 3], "b": [1, 1, 0, depth]})
y_train = pd.Series([0, 1, 0, 1], name="y")
model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X_train, y_train)
for step in range(3):
    nbmlops.log(loss=depth / (step + 1), step=step)
accuracy = model.score(X_train, y_train)""",
)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook that fits a tree on data that depend on its parameter."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    cells[0].metadata["tags"] = ["parameters"]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(made, tmp_path / "tree.ipynb")
    return tmp_path / "tree.ipynb"


def test_notebooks_that_were_run_differ_in_the_data_of_their_cells(
    workspace: Workspace, notebook: Path
) -> None:
    first = workspace.pipelines.run(notebook, params={"depth": 2})
    other = workspace.pipelines.run(notebook, params={"depth": 3})

    found = workspace.runs.compare(first, other)

    (train,) = [row for row in found.data if row.name == "X_train"]
    assert [column.name for column in train.changes[other.id].columns] == ["b"]
    (model,) = found.models
    assert [one.name for one in model.changes[other.id].params] == ["max_depth"]
    assert found.environment.missing == ()
    (curve,) = [curve for curve in found.curves if curve.name == "loss"]
    assert curve.lines[first.id] == ((0.0, 2.0), (1.0, 1.0), (2.0, 2 / 3))
    assert [reason.kind for reason in found.why[0].reasons][:2] == ["data", "parameter"]
    assert found.why[0].gaps == ()


def test_cells_that_use_one_name_for_two_things_keep_both(workspace: Workspace) -> None:
    coarse = dataset(columns={**COLUMNS, "age": "ff"})
    ids = [
        attempt(workspace, "parent", datasets=[], environment=None),
        attempt(workspace, "one", models=[fitted()]),
        attempt(workspace, "two", datasets=[coarse], models=[fitted()]),
    ]
    parent, one, two = workspace.store.runs.several(ids)

    whole = with_cells(parent, [one, two])

    assert set(whole.datasets) == {"X_train", "X_train #2"}
    assert whole.datasets["X_train #2"].columns == two.datasets["X_train"].columns
    assert set(whole.models) == {"model"}
    assert whole.environment is not None
    assert whole.environment.packages == ENVIRONMENT["packages"]
    assert with_cells(parent, []) is parent
