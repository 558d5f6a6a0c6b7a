"""Which metric speaks for a run, and for several: the one rule of cards, tables and `best`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nbmlops.capture.metrics import better
from nbmlops.headline import best_of, headline_names
from nbmlops.records import Run, Status
from nbmlops.views.runs import card_text, rich_table, table_bundle

RUN = Run("0" * 26, "a", "churn", Status.SUCCEEDED, "cell", datetime(2026, 3, 1, tzinfo=UTC))


def run(metrics: dict[str, float], **changed: object) -> Run:
    return replace(RUN, metrics=metrics, **changed)


@pytest.mark.parametrize(
    ("first", "others"),
    [
        ("auc", ["loss", "n_rows", "accuracy"]),
        ("accuracy", ["n_rows", "loss", "fit_seconds"]),
        ("val/loss", ["auc", "loss"]),
        ("testAccuracy", ["train_auc", "f1"]),
        ("f1", ["train_f1", "train_auc"]),
        ("rmse", ["throughput", "duration"]),
        ("fit_seconds", ["interval", "n_rows"]),
    ],
)
def test_the_metric_that_speaks_for_a_run_comes_first_in_whatever_order_it_was_recorded(
    first: str, others: list[str]
) -> None:
    for names in ([first, *others], [*others, first]):
        one = run(dict.fromkeys(names, 0.5))

        assert headline_names([one], better)[0] == first
        assert f"{first}=0.5" in repr(one).split(", ")[2]
        assert card_text(one).split("\n")[1].split()[0] == first


def test_among_equals_one_that_was_logged_comes_first() -> None:
    found = run({"auc": 0.5, "f1": 0.5}, metric_sources={"auc": "roc_auc_score", "f1": "log"})

    assert headline_names([found], better) == ["f1", "auc"]


def test_a_metric_that_few_of_the_runs_have_does_not_speak_for_all() -> None:
    usual = [run({"loss": 0.5})] * 2 + [run({"loss": 0.5, "auc": 0.8})] * 3
    stopped = [run({"loss": 0.5}, status=Status.FAILED)] * 9

    assert headline_names([*usual, *stopped], better) == ["auc", "loss"]
    assert headline_names([*usual, run({"val_auc": 0.9})], better)[:2] == ["auc", "loss"]


def test_a_table_has_the_columns_in_this_order_and_marks_the_best() -> None:
    runs = [run({"loss": 0.5, "auc": 0.9}), run({"loss": 0.4, "auc": 0.8}, id="1" * 26, name="b")]

    head, _, first, second = table_bundle(runs)["text/plain"].splitlines()[:4]

    assert head.index("auc") < head.index("loss")
    assert ("★ 0.9000" in first, "★ 0.4000" in second) == (True, True)
    assert best_of(runs, better) == ("auc", runs[0])
    assert rich_table(runs)


def test_there_is_no_best_of_runs_that_stopped_or_have_no_direction() -> None:
    assert best_of([], better) is None
    assert best_of([run({"n_rows": 3})], better) is None
    assert best_of([run({"auc": 0.9}, status=Status.FAILED)], better) is None
    broken, whole = run({"auc": float("nan"), "loss": 1.0}), run({"loss": 10**400})
    assert best_of([broken, whole], better) == ("loss", broken)
