"""Scores keep their names whatever their values are, told of cells in a real shell."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nbmlops.records import Run
from nbmlops.testing import Shell

Tracked = Callable[[str], Run]
DATA = (
    "from sklearn import metrics\n"
    "y = [0, 1, 0, 1]\n"
    "good, bad, fair = [.1, .8, .3, .9], [.9, .2, .4, .3], [.1, .4, .3, .2]\n"
    "def evaluate(p): return metrics.roc_auc_score(y, p)"
)


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (
            (
                "scores = {}\nfor p in each:\n    scores[len(scores)] = metrics.roc_auc_score(y, p)\n"
                "best_auc = max(scores.values())"
            ),
            {"best_auc", "roc_auc_score"},
        ),
        (
            "best = max([metrics.roc_auc_score(y, p) for p in each])",
            {"best", "roc_auc_score"},
        ),
        ("best = max(evaluate(p) for p in each)", {"best", "roc_auc_score"}),
        (
            "best = 0\nfor p in each:\n    best = max(best, metrics.roc_auc_score(y, p))",
            {"best", "roc_auc_score"},
        ),
        (
            (
                "scores = {}\nfor p in each:\n    scores[len(scores)] = auc = "
                "metrics.roc_auc_score(y, p)\nbest = max(scores.values())"
            ),
            {"auc", "best"},
        ),
        (
            "for p in each:\n    auc = float(metrics.roc_auc_score(y, p))\nbest = auc",
            {"auc", "best"},
        ),
        ("for p in each:\n    auc = evaluate(p)\nbest = max(0, auc)", {"auc", "best"}),
    ],
)
def test_a_series_has_one_name_whichever_of_its_values_is_the_best(
    shell: Shell, tracked: Tracked, cell: str, names: set[str]
) -> None:
    for order in ("[good, fair, bad]", "[bad, fair, good]", "[bad, fair, good]"):
        shell.run(f"each = {order}")

        assert set(tracked(cell).metrics) == names
