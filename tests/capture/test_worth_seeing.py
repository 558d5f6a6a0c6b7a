"""Warnings worth seeing: shared rows, a notebook out of order, a metric far from before."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbmlops.data.overlap import shared_rows
from nbmlops.records import Run
from nbmlops.testing import Shell
from nbmlops.views.runs import card_html, card_text
from nbmlops.workspace import open_workspace

DATA = """
import numpy as np, pandas as pd, nbmlops
from sklearn.linear_model import LogisticRegression
rng = np.random.default_rng(0)
frame = pd.DataFrame(rng.normal(size=(400, 3)), columns=["age", "pay", "hours"])
frame["kind"] = "text"
label = (frame["age"] + rng.normal(size=400) > 0).astype(int)
X = frame[["age", "pay", "hours"]]
X_train = X[:300]
"""


def latest(folder: Path) -> Run:
    workspace = open_workspace(folder)
    workspace.runs.flush()
    return workspace.runs.get("last")


def told(run: Run, code: str) -> list[str]:
    return [warning.message for warning in run.warnings if warning.code == code]


FITTED = "%%track shared --silent\nmodel = LogisticRegression().fit(X_train, label[:300])\n"


@pytest.mark.parametrize(
    ("used", "shared"),
    [("X[300:]", 0), ("X[200:]", 100), ("X[290:].sample(frac=1, random_state=0)", 10), ("X", 150)],
)
def test_rows_that_train_and_test_share_are_told(shell, workspace_folder, used, shared):
    shell.run(FITTED + f"score = model.predict({used}).mean()")
    messages = told(latest(workspace_folder), "shared-rows")

    assert len(messages) == (shared > 0)
    if shared:
        assert messages[0].startswith(f"{shared} of ")


def test_a_score_on_the_training_data_itself_is_no_surprise(shell, workspace_folder):
    shell.run(
        "%%track shared --silent\nmodel = LogisticRegression().fit(X, label)\nmodel.score(X, label)"
    )

    assert told(latest(workspace_folder), "shared-rows") == []


def test_rows_are_compared_only_where_they_can_be_told_apart():
    values = np.random.default_rng(0).normal(size=(1000, 4))
    coarse = np.random.default_rng(0).integers(0, 3, size=(1000, 4))
    frame = pd.DataFrame(values, columns=list("abcd"))
    with_gaps = frame.copy()
    with_gaps.loc[::2, "b"] = np.nan

    assert shared_rows(values, values[500:]) == (200, 200)
    assert shared_rows(values[:500], values[500:]) == (0, 200)
    assert shared_rows(with_gaps, with_gaps[:150]) == (150, 150)
    assert shared_rows(frame, frame.assign(d=0.0)) == (0, 200)
    assert shared_rows(coarse, coarse) is None
    assert shared_rows(frame, frame[["a", "b"]]) is None
    assert shared_rows(frame, values) is None
    assert shared_rows(frame, frame[:0]) is None
    assert shared_rows([1], frame) is None


def census(rows: int, seed: int) -> pd.DataFrame:
    """Few values in each column, so that some rows are equal without being the same."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(17, 90, rows),
            "hours": pd.array(rng.integers(20, 60, rows), dtype="Int64"),
            "years": rng.integers(1, 16, rows),
            "job": rng.choice(list("abcdefghij"), rows),
            "kind": pd.Categorical(rng.choice(["x", "y"], rows)),
        }
    )
    frame.loc[::7, "job"] = None
    frame.loc[::5, "hours"] = pd.NA
    return frame


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_rows_that_repeat_anyway_are_no_shared_ones(library):
    taken = {"pandas": lambda frame: frame, "polars": pytest.importorskip("polars").from_pandas}
    of = taken[library]
    train = census(20_000, 0)

    assert shared_rows(of(train), of(train[3000:9000])) == (200, 200)
    half = pd.concat([train[:3000], census(3000, 1)])
    assert shared_rows(of(train), of(half))[0] >= 100
    for seed in range(1, 21):
        found = shared_rows(of(train), of(census(5000, seed)))
        assert found is None or found[0] == 0


def test_looking_for_rows_leaves_a_frame_as_it_is():
    frame = pd.DataFrame({"a": np.arange(300.0), "b": 1.0})
    before = dict(vars(frame))
    shared_rows(frame, frame[100:])

    assert vars(frame).keys() == before.keys()
    assert all(vars(frame)[name] is before[name] for name in before if name != "_item_cache")
    assert not vars(frame).get("_item_cache")


def test_a_notebook_that_is_run_out_of_order_is_told(
    shell, workspace_folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    cells = {"first": "%%track order --silent\ntotal = 1.5 * scale", "second": "scale = 3 + 1"}
    notebook = tmp_path / "study.ipynb"
    notebook.write_text(
        json.dumps(
            {
                "cells": [
                    {"cell_type": "code", "id": key, "source": text} for key, text in cells.items()
                ]
            }
        )
    )
    monkeypatch.setenv("NBMLOPS_NOTEBOOK", str(notebook))
    shell.ip.run_cell(cells["second"], cell_id="second", store_history=True)
    shell.ip.run_cell(cells["first"], cell_id="first", store_history=True)
    (message,) = told(latest(workspace_folder), "order")
    assert "scale was made by a cell further down" in message

    shell.ip.run_cell("scale = 5", cell_id="zeroth", store_history=True)  # not saved yet: who knows
    shell.ip.run_cell(cells["first"], cell_id="first", store_history=True)
    assert told(latest(workspace_folder), "order") == []


def test_a_metric_far_from_before_is_on_the_card(shell, workspace_folder):
    cell = "%%track far --silent\nnbmlops.log(auc={})"
    for value in (0.84, 0.85, 0.86, 0.85, 0.84, 0.86):
        shell.ip.run_cell(cell.format(value), cell_id="one")
    runs = open_workspace(workspace_folder).runs
    for value, is_far in ((0.87, False), (0.999, True)):
        shell.ip.run_cell(cell.format(value), cell_id="one")
        run = latest(workspace_folder)
        history = runs.history_of(run)
        for card in (card_text(run, history), card_html(run, history)):
            assert ("far from what this cell gave before: 0.8400 to 0.87" in card) is is_far


def test_what_is_not_committed_is_on_the_card_of_a_cell_that_turned_out_to_fit(
    shell: Shell, tmp_path: Path
) -> None:
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        (tmp_path / "helpers.py").write_text("depth = 4\n")
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True)
    (tmp_path / "helpers.py").write_text("depth = 5\n")
    shell.run("%track on worth")
    shell.run("import time\nfrom nbmlops.capture import surroundings")
    # Its repository is looked at while the cell works, however long it works after that.
    shell.run(
        "surroundings._repositories._answers.clear()\n"
        "model = LogisticRegression().fit(X_train, label[:300])\n"
        "tries = 0\n"
        "while not surroundings._repositories._answers and tries < 3000:\n"
        "    tries, waited = tries + 1, time.sleep(0.01)\n"
        "time.sleep(1.1)\n"
    )
    (card,) = shell.displayed
    assert "uncommitted changes" in card["text/plain"]
