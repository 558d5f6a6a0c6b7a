"""Every fit, score and metric call of a cell is found, in the ways in which notebooks write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbmlops.records import Run
from nbmlops.testing import Shell
from nbmlops.workspace import open_workspace

DATA = """
import numpy as np, pandas as pd
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
X, y = load_iris(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
"""


@pytest.fixture
def shell(
    workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    opened = Shell()
    opened.run(DATA)
    yield opened
    opened.close()


@pytest.fixture
def tracked(shell: Shell, workspace_folder: Path) -> Callable[[str], Run]:
    def run(cell: str) -> Run:
        result = shell.run("%%track calls --silent\n" + cell)
        assert result.success, result.error_in_exec
        found = open_workspace(workspace_folder).runs.find(experiment="calls", limit=1)
        return next(iter(found))

    return run


def classes(run: Run) -> dict[str, str]:
    return {name: model.class_name.rpartition(".")[2] for name, model in run.models.items()}


def test_transformers_are_fitted_by_fit_transform_too(tracked):
    run = tracked(
        "from sklearn.preprocessing import LabelEncoder, PolynomialFeatures, StandardScaler\n"
        "scaler = StandardScaler()\n"
        "scaled = scaler.fit_transform(X_train)\n"
        "powers = PolynomialFeatures(degree=2)\n"
        "powers.set_output(transform='pandas')\n"
        "grown = powers.fit_transform(X_train)\n"
        "encoder = LabelEncoder()\n"
        "codes = encoder.fit_transform(['a', 'b', 'a'])\n"
    )

    assert classes(run) == {
        "scaler": "StandardScaler",
        "powers": "PolynomialFeatures",
        "encoder": "LabelEncoder",
    }
    assert run.models["scaler"].train_dataset == "X_train"
