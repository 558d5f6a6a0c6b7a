"""Runs that read models of earlier cells are not called the same, told of cells in a real shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbmlops.comparison import compare
from nbmlops.records import Run
from nbmlops.testing import Shell
from nbmlops.views.runs import card_html, card_text
from nbmlops.workspace import open_workspace

DATA = (
    "from sklearn.datasets import make_classification\n"
    "from sklearn.ensemble import GradientBoostingClassifier\n"
    "from sklearn.linear_model import LogisticRegression\n"
    "from sklearn.metrics import roc_auc_score\n"
    "X, y = make_classification(300, n_informative=4, flip_y=0.2, random_state=3)\n"
    "lr = LogisticRegression().fit(X, y)\n"
    "names = ['gb', 'lr']"
)
TRAIN = (
    "gb = GradientBoostingClassifier(n_estimators=3, learning_rate=0.01, random_state=1).fit(X, y)"
)
EVALUATE = (
    "auc = roc_auc_score(y, gb.predict_proba(X)[:, 1])\nbase = lr.score(X, y)\nn = len(names)"
)
Track = Callable[[str, str], tuple[Run, str, str]]


@pytest.fixture
def track(
    workspace_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Track]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nbmlops.capture.watching.watch.FREE_SECONDS", 60.0)
    shell = Shell()
    shell.run(DATA)

    def run(cell: str, cell_id: str) -> tuple[Run, str, str]:
        source = f"%%track reads --silent --name {cell_id}\n{cell}"
        assert shell.ip.run_cell(source, store_history=True, cell_id=cell_id).success
        workspace = open_workspace(workspace_folder)
        workspace.runs.flush()
        found = workspace.runs.get("last")
        history = workspace.runs.history_of(found)
        workspace.store.close()
        return found, card_text(found, history), card_html(found, history)

    yield run
    shell.close()


def test_evaluations_of_two_models_are_not_the_same_attempt(track: Track) -> None:
    track(TRAIN, "train")
    first, _, _ = track(EVALUATE, "evaluate")
    track(TRAIN.replace("0.01", "0.9").replace("=3", "=40"), "train")
    second, text, html = track(EVALUATE, "evaluate")
    (why,) = compare([first, second]).why

    assert first.metrics["auc"] != second.metrics["auc"]
    assert "same attempt" not in text + html
    told = "'gb', 'lr' (read from earlier cells) were not compared"
    assert f"nothing recorded differs from evaluate; {told}" in " ".join(text.split())
    assert why.verdict == f"The metrics differ though nothing recorded does, but {told}."
    assert [(each.kind, each.sure, each.evidence) for each in why.reasons] == [
        ("data", "possible", ("gb", "lr"))
    ]


def test_equal_metrics_do_not_make_an_identical_attempt_of_it(track: Track) -> None:
    track(TRAIN, "train")
    first, _, _ = track(EVALUATE, "evaluate")
    second, text, _ = track(EVALUATE, "evaluate")
    (why,) = compare([first, second]).why

    assert first.metrics == second.metrics
    assert "same attempt" not in text
    assert why.verdict == (
        "The metrics are equal and nothing recorded differs, but 'lr' (read from earlier cells) "
        "was not compared."
    )


def test_one_difference_is_not_all_there_is_where_a_model_was_read(track: Track) -> None:
    track(TRAIN, "train")
    first, _, _ = track(EVALUATE, "evaluate")
    track(TRAIN.replace("0.01", "0.9").replace("=3", "=40"), "train")
    second, _, _ = track(EVALUATE + "\nprint(n)", "evaluate")
    (why,) = compare([first, second]).why

    assert "one recorded difference that is certain" in why.verdict
    assert why.reasons[-1].says == "'gb', 'lr' (read from earlier cells) were not compared"


def test_what_is_recorded_of_all_that_was_read_makes_the_same_attempt(track: Track) -> None:
    # Data have fingerprints, `names` is written down, and a model that is fitted begins anew.
    cell = "gb.fit(X, y)\nauc = roc_auc_score(y, gb.predict_proba(X)[:, 1])\nn = len(names)"
    track(TRAIN, "train")
    first, _, _ = track(cell, "again")
    second, text, _ = track(cell, "again")
    (why,) = compare([first, second]).why

    assert "same attempt as again" in text
    assert (
        why.verdict == "Nothing recorded differs and the metrics are equal: an identical attempt."
    )
    assert why.reasons == ()


def test_the_same_model_of_the_same_run_needs_no_comparing(track: Track) -> None:
    track(TRAIN, "train")
    cell = "auc = roc_auc_score(y, gb.predict_proba(X)[:, 1])"
    first, _, _ = track(cell, "evaluate")
    second, text, _ = track(cell, "evaluate")
    assert "not compared" not in text
    (why,) = compare([first, second]).why
    assert "not compared" not in why.verdict
    track(TRAIN, "train")
    third, text, _ = track(cell, "evaluate")
    assert "'gb' (read from earlier cells) was not compared" in text
    (why,) = compare([first, third]).why
    assert "'gb' (read from earlier cells) was not compared" in why.verdict


def test_the_variables_of_a_loop_are_the_cells_own(track: Track) -> None:
    loop = "for step in range(5):\n    decay = 0.5 ** step + {}\nloss = decay"
    first, _, _ = track(loop.format(1), "loop")
    second, text, _ = track(loop.format(2), "loop")
    assert "not compared" not in text
    (why,) = compare([first, second]).why
    assert not any("not compared" in reason.says for reason in why.reasons)
