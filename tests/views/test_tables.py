"""What a table of runs says."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sample_runs import HISTORY, START, run
from sample_tables import TABLE
from test_hostile_text import Document, check_html, printed

from nbmlops.capture.metrics import better
from nbmlops.records import Dataset, FittedModel, Run, Status
from nbmlops.views import runs as views
from nbmlops.views.csv import csv_cell
from nbmlops.views.tabulation import fitting, tabulate


def titles(runs: list[Run]) -> list[str]:
    return [column.title for column in tabulate(runs, better=better).columns]


def test_parameters_that_vary_have_columns_and_constant_ones_a_sentence() -> None:
    table = tabulate(TABLE, better=better)
    assert [column.title for column in table.columns if column.group == "params"] == [
        "learning_rate",
        "max_depth",
        "encoder",
    ]
    assert table.caption == [
        "12 of 132 runs in churn",
        "by metrics.auc desc",
        "same in all: random_state = 7, max_iter = 200, early_stopping = True",
    ]


def test_the_best_value_of_a_metric_is_marked_by_its_direction() -> None:
    table = tabulate(TABLE, better=better)
    best = {
        column.title: [entry.text for entry in column.entries if entry.is_best]
        for column in table.columns
        if column.group == "metrics"
    }
    assert best == {
        "auc": ["0.8900"],
        "accuracy": ["0.8492"],
        "log_loss": ["0.2900"],
        "n_leaves": [],
    }


def test_one_run_is_not_the_best_of_anything() -> None:
    assert "★" not in views.table_bundle([run()])["text/plain"]


def test_experiments_are_a_column_where_there_are_several() -> None:
    assert "experiment" not in titles([run()])
    assert "experiment" in titles([run(), run(experiment="other")])


def test_many_parameters_and_metrics_are_counted_instead_of_shown() -> None:
    runs = [
        run(
            params={f"p{name}": name * factor for name in range(1, 20)},
            metrics={f"auc_{name}": name * factor for name in range(1, 20)},
        )
        for factor in (1, 2)
    ]
    table = tabulate(runs, better=better)
    assert table.hidden == {"params": 13, "metrics": 13}
    assert table.caption[-2:] == ["+13 more parameters", "+13 more metrics"]


@pytest.mark.parametrize("width", [24, 40, 60, 80, 100, 140, 200])
def test_text_fits_into_its_width(width: int) -> None:
    table = fitting(tabulate(TABLE, better=better), width)
    assert table.columns[0].title == "run"
    assert len(table.columns) == 1 or sum(column.width + 2 for column in table.columns) <= width + 2


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_the_terminal_table_is_never_wider_than_the_terminal_and_cuts_no_number(width: int) -> None:
    shown = printed(views.rich_table(TABLE), width=width)
    rows = [line.rstrip() for line in shown.splitlines()]
    assert max(map(len, rows)) <= width
    assert "…" not in shown
    # Without color, a status that is not the usual one must not read as a part of the name.
    assert re.search(r"✕ one-hot {2,}failed\b", shown)
    assert "status" in rows[1]


def test_where_all_runs_succeeded_no_column_says_so() -> None:
    shown = printed(views.rich_table([run(), run(name="other")]))
    assert "succeeded" not in shown
    assert "status" not in shown


@pytest.mark.parametrize("status", Status)
def test_every_status_fits_into_its_column(status: Status) -> None:
    shown = printed(views.rich_table([run(status=status), run()]), width=40)
    assert ("…" in shown, f" {status.value} " in shown) == (False, status != "succeeded")


def test_a_start_is_an_age_where_there_is_a_now() -> None:
    now = START + timedelta(minutes=3)
    shown = views.table_bundle(TABLE, now=now)["text/html"]
    assert "3 min ago" in shown
    assert 'title="2026-03-14 09:26:53 UTC"' in shown
    assert "ago" not in views.table_bundle(TABLE)["text/html"]


def test_no_runs_is_said() -> None:
    for text in views.table_bundle([]).values():
        assert "No runs found" in text
        assert "%%track" in text
    in_terminal = printed(views.rich_table([]))
    assert "No runs found. `nbmlops demo` makes some." in in_terminal
    assert "%" not in in_terminal


def test_the_table_has_heads_for_its_columns_and_rows() -> None:
    document = check_html(views.table_bundle(TABLE)["text/html"])
    scopes = [value for _, name, value in document.attributes if name == "scope"]
    assert scopes.count("row") == 12
    assert scopes.count("col") == 11
    assert "✕ one-hot failed" in document.text


def test_a_hundred_wide_runs_make_a_table_of_a_reasonable_size() -> None:
    runs = [
        run(
            id=f"{index:026}",
            params={f"parameter_{name}": index * name for name in range(1, 9)},
            metrics={f"metric_{name}": index / name for name in range(1, 9)},
        )
        for index in range(300)
    ]
    bundle = views.table_bundle(runs)
    assert len(bundle["text/html"]) < 250_000
    assert "100 of 300 runs" in bundle["text/plain"]


def test_one_run_on_a_terminal_tells_everything() -> None:
    data = Dataset(
        "X_train", "train", "pandas.DataFrame", "ab" * 16, shape=(9000, 12), source="a.csv"
    )
    model = FittedModel(
        "model", "sklearn.linear_model.Ridge", {"alpha": 2.0, "tol": 0.1}, ("alpha",)
    )
    one = run(status=Status.FAILED, note="why", datasets={"X_train": data}, models={"model": model})
    shown = printed(views.rich_run(one))
    for part in ("deeper-trees", "learning_rate", "0.891234", "roc.png", "ada@lovelace", "numpy"):
        assert part in shown
    assert "X_train  train  9,000 × 12  pandas.DataFrame  from a.csv  abababababab" in shown
    assert "Ridge · alpha 2.0" in shown
    assert "Changes since the commit" in shown
    assert "  -depth = 6 " in shown
    assert Document(shown).tags == []


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", '=HYPERLINK("http://x")', "＝1", "-"],
)
def test_text_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert csv_cell(text) == "'" + text


@pytest.mark.parametrize("value", [-1, -1.5, 1e-7, 0, "auc", "a=b", "", "'x"])
def test_numbers_and_plain_text_stay(value: object) -> None:
    assert csv_cell(value) in (value, str(value))


def test_runs_as_csv_have_the_columns_that_people_know_and_nothing_to_run() -> None:
    hostile = "=cmd|' /C calc'!A0"
    text = views.runs_csv(
        [run(), run(name=hostile, params={hostile: hostile}, tags={"t": hostile})]
    )
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:6] == [
        "run_id",
        "experiment",
        "name",
        "status",
        "started_at",
        "duration_seconds",
    ]
    assert {"params.max_depth", "metrics.auc", "tags.team", f"params.{hostile}"} <= set(rows[0])
    assert rows[2][2] == "'" + hostile
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "\t"))]
    assert rows[1][rows[0].index("metrics.auc")] == "0.891234"


def test_parameters_that_differ_stand_before_what_only_some_runs_have() -> None:
    kinds = {"scale": "sklearn.StandardScaler", "ridge": "sklearn.Ridge"}
    pipeline = {**kinds, "steps": [list(part) for part in kinds.items()]}
    runs = [
        run(params=pipeline | {"ridge__alpha": 1.0}),
        run(params=pipeline | {"ridge__alpha": 2.0}),
        run(params={"n_estimators": 30}),
    ]
    titles = [column.title for column in tabulate(runs, better=better).columns]
    assert titles[4:9] == ["ridge__alpha", "n_estimators", "scale", "ridge", "steps"]


def test_what_changed_in_words_is_not_gone() -> None:
    cell = run().cell
    edited = run(cell=replace(cell, source=f"{cell.source}\nprint(1)", digest="0" * 64))
    before = HISTORY.previous
    history = replace(HISTORY, previous=replace(before, cell=cell, params=edited.params))
    shown = printed(views.rich_run(edited, history), width=120)
    assert "changed  the code differs: " in shown
    assert "gone" not in shown


def test_numbers_of_many_digits_read_well_and_are_exact_for_who_points_at_them() -> None:
    rates = (0.1 + 0.2, 1 / 3, 0.25)
    runs = [
        run(id=f"01JQ8V3M5N7P9R1S3T5V7X9Z1{at}", params={"rate": rate})
        for at, rate in enumerate(rates)
    ]
    (column,) = (each for each in tabulate(runs, better=better).columns if each.title == "rate")
    assert [entry.text for entry in column.entries] == ["0.3", "0.333333", "0.25"]
    assert [entry.title for entry in column.entries] == [
        "0.30000000000000004",
        "0.3333333333333333",
        "",
    ]
    html = views.run_bundle(runs[0])["text/html"]
    assert '<span title="0.30000000000000004">0.3</span>' in html
