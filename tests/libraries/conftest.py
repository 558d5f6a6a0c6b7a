"""Tests with the real libraries, which are heavy and have an environment of their own in `.ci/run`.

There `NBMLOPS_TEST_LIBRARIES` is set, and a library that is missing is a failure. Elsewhere the tests
of a library that is not installed are not collected.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads that wait for each other are slow
sys.path.insert(0, str(Path(__file__).parent))

from nbmlops.records import Run
from nbmlops.testing import Shell
from nbmlops.workspace import open_workspace

ALL = ("xgboost", "lightgbm", "catboost", "keras", "lightning", "pytorch_lightning")
NEEDS = {
    "test_xgboost.py": ("xgboost",),
    "test_lightgbm.py": ("lightgbm",),
    "test_catboost.py": ("catboost",),
    "test_keras.py": ("keras", "torch"),
    "test_lightning.py": ("lightning", "pytorch_lightning"),
    "test_around_a_training.py": ALL,
    "test_models_kept.py": ALL,
    "test_under_scikit_learn.py": ALL,
}
DATA = """
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
frame = pd.DataFrame(rng.normal(size=(300, 3)), columns=["age", "pay", "hours"])
label = (frame["age"] + rng.normal(size=300) > 0).astype(int)
X, X_val, y, y_val = frame[:200], frame[200:], label[:200], label[200:]
"""

collect_ignore = [
    name
    for name, modules in NEEDS.items()
    if not os.environ.get("NBMLOPS_TEST_LIBRARIES")
    and not all(map(importlib.util.find_spec, modules))
]


@pytest.fixture
def shell(
    workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)  # where catboost and Lightning write what they write
    opened = Shell()
    opened.run(DATA)
    yield opened
    opened.close()


@pytest.fixture
def latest(workspace_folder: Path) -> Callable[[], Run]:
    def get() -> Run:
        return next(iter(open_workspace(workspace_folder).runs.find(experiment="l", limit=1)))

    return get


@pytest.fixture
def tracked(shell: Shell, latest: Callable[[], Run]) -> Callable[..., Run]:
    def run(cell: str, options: str = "") -> Run:
        shell.run(f"%%track l --silent {options}\n" + cell)
        return latest()

    return run
