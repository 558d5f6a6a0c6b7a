"""What was logged is found, exactly, on both databases."""

from __future__ import annotations

import math

import pytest

from nbmlops.errors import (
    AmbiguousRunError,
    BestNotFoundError,
    InvalidFilterError,
    InvalidValueError,
    RunNotFoundError,
)
from nbmlops.headline import headline_names
from nbmlops.records import Status
from nbmlops.store import names, pages, rows
from nbmlops.store.journal import Writer

NUMBERS = [
    float("nan"),
    float("inf"),
    float("-inf"),
    -0.0,
    5e-324,
    1.7976931348623157e308,
    0.1,
    2**53 + 1,
    -(2**63),
    2**63,
    10**400,
    -(10**5000),
    0,
    1,
    True + 1,
]


def same(one, other) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(other)) or (
            one == other and math.copysign(1, one) == math.copysign(1, other)
        )
    return one == other


def test_a_process_finds_what_it_has_just_logged(store, record):
    run = record(store, metrics={"auc": 0.9}, params={"depth": 8}, tags={"team": "risk"})
    found = store.runs.get(run)
    assert found.metrics == {"auc": 0.9}
    assert found.params == {"depth": 8}
    assert found.tags == {"team": "risk"}
    assert found.status is Status.SUCCEEDED
    assert [point.value for point in found.series("auc")] == [0.9]


@pytest.mark.parametrize("number", NUMBERS, ids=[str(at) for at in range(len(NUMBERS))])
def test_numbers_come_back_exactly(store, record, number):
    run = record(store, metrics={"m": number}, params={"p": number})
    found = store.runs.get(run)
    assert same(found.metrics["m"], number)
    assert same(found.params["p"], number)
    assert same(found.series("m")[0].value, number)


def test_nan_and_missing_sort_last_both_ways(store, record):
    low, high = (record(store, metrics={"m": value}) for value in (1, 2))
    nan, none = record(store, metrics={"m": float("nan")}), record(store)
    for sort, expected in (("metrics.m", [low, high]), ("metrics.m desc", [high, low])):
        ids = [run.id for run in store.runs.find(sort=sort).runs]
        assert ids[:2] == expected
        assert set(ids[2:]) == {nan, none}


def test_pages_join_to_the_whole_whatever_the_order(store, record):
    for at in range(23):
        record(store, metrics={"m": at % 5} if at % 3 else None, params={"p": at % 4 or "x"})
    for sort in (
        None,
        "metrics.m",
        "metrics.m desc",
        "params.p",
        "params.p desc",
        "name desc",
        "duration_seconds",
        "tags.none",
    ):
        whole = [run.id for run in store.runs.find(sort=sort).runs]
        assert len(set(whole)) == 23
        cursor, parts = None, []
        while True:
            page = store.runs.find(sort=sort, limit=4, cursor=cursor)
            assert page.total == 23
            parts += [run.id for run in page.runs]
            cursor = page.cursor
            if cursor is None:
                break
        assert parts == whole, sort


@pytest.mark.parametrize("near", [0, 1, 8, 1000])
@pytest.mark.parametrize(
    "words",
    [
        "metrics.m >= 0",
        "metrics.m > 1 and params.p >= 1",
        "metrics.m != 2 and not params.p = 1",
        "params.p = 'x' or metrics.m = 3",
        "params.p != 2 and metrics.m < 4 and name like '%'",
        "metrics.m is null",
    ],
)
def test_every_way_to_a_page_gives_the_same_runs(store, record, words, near, monkeypatch):
    for at in range(40):
        record(store, metrics={"m": at % 5} if at % 3 else None, params={"p": at % 4 or "x"})
    for sort in ("metrics.m desc", "metrics.m", "params.p", "started_at desc"):
        monkeypatch.setattr(pages, "NEAR", 0)
        monkeypatch.setattr(pages, "NARROW", 10_000)
        sorted_all = [run.id for run in store.runs.find(words, sort=sort).runs]
        monkeypatch.setattr(pages, "NEAR", near)
        monkeypatch.setattr(pages, "NARROW", 0 if near == 1 else 10_000)
        cursor, parts = None, []
        while True:
            page = store.runs.find(words, sort=sort, limit=2, cursor=cursor)
            parts += [run.id for run in page.runs]
            cursor = page.cursor
            if cursor is None:
                break
        assert parts == sorted_all, sort
        assert sorted_all
        for offset in (1, len(parts) - 3, len(parts) - 1, len(parts), len(parts) + 5):
            page = store.runs.find(words, sort=sort, limit=3, offset=offset)
            assert [run.id for run in page.runs] == parts[offset : offset + 3], (sort, offset)
            assert page.total == len(parts)
            if page.cursor is not None:
                page = store.runs.find(words, sort=sort, limit=3, cursor=page.cursor)
                assert [run.id for run in page.runs] == parts[offset + 3 : offset + 6]


def test_rows_have_of_each_run_what_the_whole_run_has(store, record):
    record(
        store, metrics={"auc": math.nan, "n": 2**60}, params={"a": None, "b": [1]}, tags={"t": "x"}
    )
    other = record(store, name="other", metrics={"a.b": -0.0}, tags={"gone": "x", "name": "y"})
    store.writer.append("tags", {"remove": ["gone"]}, run=other)
    store.writer.append("note", {"text": "why"}, run=other)
    cell = {"source": "1", "digest": "d", "notebook_name": "b.ipynb", "kernel_id": "k-1"}
    store.writer.append("cell", cell, run=other)
    names = {
        "metrics": ("auc", "n", "a.b", "none"),
        "params": ("a", "b", "none"),
        "tags": ("t", "gone", "name", "none"),
    }
    columns = [*rows.COLUMNS, *rows.APART]
    columns += [f"{group}.{name}" for group, each in names.items() for name in each]

    found = store.runs.rows(columns, sort="name desc")

    runs = store.runs.find(sort="name desc").runs
    assert found.ids == [run.id for run in runs]
    assert found.first.id == runs[0].id
    for run, row in zip(runs, found.rows, strict=True):
        whole = {name: getattr(run, name, None) for name in columns if "." not in name}
        whole["notebook"] = run.cell.notebook_name if run.cell else None
        whole["kernel_id"] = run.cell.kernel_id if run.cell else None
        for group, each in names.items():
            whole |= {f"{group}.{name}": getattr(run, group).get(name) for name in each}
        assert all(same(value, whole[name]) for name, value in zip(columns, row, strict=True))


def test_the_names_that_runs_have(store, record):
    record(
        store, metrics={"auc": 0.9, "b": 1}, params={"depth": 3}, tags={"gone": "x", "team": "y"}
    )
    fraud = record(store, experiment="fraud", metrics={"loss": 0.1}, tags={"removed": "z"})
    store.writer.append("tags", {"set": {}, "remove": ["removed"]}, run=fraud)
    names = store.runs.names
    assert names("metric") == ["auc", "b", "loss"]
    assert names("metric", "fraud") == ["loss"]
    assert names("metric", among=["loss", "zzz"]) == ["loss"]
    assert names("param") == ["depth"]
    assert names("tag") == ["gone", "team"]
    assert names("metric", "nothing") == names("metric", deleted=True) == []


def test_the_names_of_the_latest_runs_come_first_where_they_are_asked_for(
    store, record, monkeypatch
):
    monkeypatch.setattr(names, "LATEST", 2)
    record(store, metrics={"a": 1, "d": 1})
    record(store, metrics={"c": 1}, tags={"t": "x"})
    record(store, metrics={"d": 1})

    assert store.runs.names("metric") == ["a", "c", "d"]
    assert store.runs.names("metric", nearest=True) == ["c", "d", "a"]
    assert store.runs.names("tag", nearest=True) == ["t"]
    assert store.runs.names("param", nearest=True) == []


def test_a_forged_cursor_or_one_of_another_search_is_refused(store, record):
    for _ in range(3):
        record(store)
    cursor = store.runs.find(limit=1).cursor
    flipped = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    for forged in (flipped, "x", "é", "", "AAAA" * 10):
        if forged:
            with pytest.raises(InvalidFilterError):
                store.runs.find(limit=1, cursor=forged)
    with pytest.raises(InvalidFilterError, match="another search"):
        store.runs.find(limit=1, cursor=cursor, sort="name")


@pytest.mark.parametrize("limit", [0, -1, True, "5"])
def test_a_limit_has_to_be_a_positive_number(store, record, limit):
    with pytest.raises(InvalidFilterError):
        store.runs.find(limit=limit)


def test_a_huge_limit_is_capped(store, record):
    record(store)
    assert len(store.runs.find(limit=10**9).runs) == 1


def test_a_run_answers_to_its_id_a_part_its_name_last_and_best(store, record):
    one = record(store, name="baseline", metrics={"auc": 0.9, "zzz": 1})
    two = record(store, name="deeper", metrics={"auc": 0.8})
    assert store.runs.resolve(one) == one
    assert store.runs.resolve(one.lower()) == one
    assert store.runs.resolve(one[-8:]) == one
    assert store.runs.resolve("deeper") == two
    assert store.runs.resolve("last") == two
    better = {"auc": "higher"}.get
    assert store.runs.resolve("best", better=better) == one
    with pytest.raises(RunNotFoundError, match="Did you mean 'deeper'"):
        store.runs.resolve("deepr")
    with pytest.raises(RunNotFoundError):
        store.runs.resolve("best")
    with pytest.raises(RunNotFoundError):
        store.runs.resolve("last", experiment="other")


BETTER = {"auc": "higher", "loss": "lower", "fit_seconds": "lower"}.get


def test_the_best_is_by_the_metric_that_leads_the_cards(store, record):
    one = record(store, metrics={"loss": 0.5, "auc": 0.9, "fit_seconds": 2.0, "n_rows": 1})
    record(store, metrics={"loss": 0.4, "auc": 0.8, "fit_seconds": 1.0, "n_rows": 2})
    record(store, metrics={"loss": 0.1}, end="failed")
    record(store, metrics={"loss": 0.2, "auc": float("nan")})
    record(store, metrics={"auc": float("inf")})
    record(store, metrics={"auc": 0.99}, end=None)
    record(store, metrics={"auc": 0.99}, end="failed")
    assert headline_names([store.runs.get(one)], BETTER)[0] == "auc"
    assert store.runs.resolve("best", better=BETTER) == one
    (found,) = store.runs.experiments(better=BETTER)
    assert (found.headline.name, found.headline.value) == ("auc", 0.9)


@pytest.mark.parametrize(("metric", "value"), [("auc", 0.9), ("loss", 0.1)])
def test_a_notebook_that_repeats_the_metric_of_its_cell_is_the_best_of_both(
    store, record, metric, value
):
    record(store, metrics={metric: 0.5})
    notebook = record(store, kind="notebook", metrics={metric: value})
    record(store, parent=notebook, metrics={metric: value})
    assert store.runs.resolve("best", better=BETTER) == notebook


@pytest.mark.parametrize(
    ("metrics", "why", "hint"),
    [
        ({}, "no run of 'churn' that succeeded has a metric", "nbmlops.log(auc=0.9)"),
        ({"n_rows": 3, "x": 1}, "from the name of 'n_rows', 'x'", "--sort 'metrics.n_rows desc'"),
        ({"loss": float("nan")}, "no run of 'churn' that succeeded has a finite 'loss'", "%runs"),
    ],
)
def test_where_there_is_no_best_the_error_says_why(store, record, metrics, why, hint):
    record(store, experiment="other", metrics={"auc": 0.9})
    record(store, metrics=metrics)
    record(store, metrics={"auc": 0.9}, end="failed")
    with pytest.raises(BestNotFoundError) as raised:
        store.runs.resolve("best", better=BETTER)
    assert raised.value.message.startswith("No run 'best': ")
    assert why in raised.value.message
    assert hint in raised.value.hint
    assert isinstance(raised.value, RunNotFoundError)


def test_a_name_or_part_that_fits_several_runs_is_ambiguous(store, record):
    record(store, name="a")
    record(store, name="a")
    with pytest.raises(AmbiguousRunError):
        store.runs.resolve("a")


@pytest.mark.parametrize("wild", ["%", "_", "%%%", "___", "\0", "' OR 1=1 --", "..", "\ud800"])
def test_a_hostile_name_of_a_run_finds_nothing(store, record, wild):
    record(store)
    with pytest.raises(RunNotFoundError):
        store.runs.resolve(wild)
    with pytest.raises(RunNotFoundError):
        store.runs.get(wild)


def test_children_stand_in_the_order_of_their_start(store, record):
    parent = record(store, kind="notebook")
    children = [record(store, parent=parent, name=str(at)) for at in range(3)]
    assert [run.id for run in store.runs.children(parent)] == children


def test_experiments_are_listed_with_their_headline(store, record):
    record(store, metrics={"auc": 0.7, "rare": 3})
    best = record(store, metrics={"auc": 0.9})
    record(store, experiment="other")
    better = {"auc": "higher", "rare": "higher"}.get
    churn, other = sorted(store.runs.experiments(better=better), key=lambda item: item.name)
    assert (churn.name, churn.run_count, other.run_count) == ("churn", 2, 1)
    assert churn.headline.run_id == best
    assert churn.headline.value == 0.9
    assert other.headline is None


def test_history_is_the_run_before_and_the_best_so_far(store, record):
    one = record(store, metrics={"auc": 0.9, "loss": 0.2, "odd": 1})
    two = record(store, metrics={"auc": 0.8, "loss": 0.1, "odd": 2})
    record(store, end="failed", metrics={"auc": 1.0})
    three = record(store, metrics={"auc": 0.85})
    better = {"auc": "higher", "loss": "lower"}.get
    history = store.runs.history("churn", before=store.runs.get(three), better=better)
    assert history.previous.id == two
    assert history.count == 2
    assert history.best["auc"].run_id == one
    assert history.best["loss"].value == 0.1
    assert "odd" not in history.best


def test_deleted_runs_are_found_only_when_asked_for(store, record):
    run, other = record(store), record(store)
    store.writer.append("deleted", {"who": "me", "why": ""}, run=run)
    assert [found.id for found in store.runs.find().runs] == [other]
    assert [found.id for found in store.runs.find(deleted=True).runs] == [run]
    assert store.runs.get(run).deleted_at is not None
    store.writer.append("restored", {"who": "me", "why": ""}, run=run)
    assert {found.id for found in store.runs.find().runs} == {run, other}


def test_an_environment_is_kept_once_and_found_by_every_run(store, record):
    body = {"python": "3.11", "platform": "linux", "packages": {"numpy": "2"}, "variables": {}}
    one, two = record(store), record(store)
    store.writer.append("environment", {"digest": "e" * 64, "body": body}, run=one)
    store.writer.append("environment", {"digest": "e" * 64}, run=two)
    assert store.runs.get(two).environment == store.runs.get(one).environment
    assert store.runs.get(two).environment.packages == {"numpy": "2"}


def test_history_compares_runs_with_their_like_and_over_all_of_them(store, record):
    record(store, kind="notebook", metrics={"auc": 0.99})
    first = record(store, metrics={"auc": 0.9})
    for _ in range(30):
        record(store, metrics={"auc": 0.5, "other": float("inf")})
    now = record(store, metrics={"auc": 0.6})
    better = {"auc": "higher", "other": "higher"}.get
    history = store.runs.history("churn", before=store.runs.get(now), better=better)
    assert history.best["auc"].run_id == first
    assert "other" not in history.best
    assert history.count == 31


def test_a_clock_that_is_set_back_does_not_make_the_later_word_an_earlier_one(
    workspace_settings, store
):
    times = iter([10**18, 10**18 + 1, 10**18 + 2, *range(10**17, 10**17 + 20)])
    writer = Writer(workspace_settings.journal_dir, clock=times.__next__)
    started = {"name": "n", "experiment": "churn", "kind": "block", "started_at": 10**18}
    writer.append("run_started", started, run="R1")
    writer.append("metric", {"loss": 1.0}, run="R1")
    writer.append("metric", {"loss": 2.0}, run="R1")  # a day earlier, says the clock
    writer.append("tags", {"set": {"a": "1"}}, run="R1")
    store.drain()
    writer.append("tags", {"set": {"a": "2"}}, run="R1")
    writer.append("run_ended", {"status": "succeeded", "duration_seconds": 1.0}, run="R1")
    run = store.runs.get("R1")
    assert run.metrics == {"loss": 2.0}
    assert run.tags == {"a": "2"}
    assert run.duration_seconds == 1.0
    assert [point.value for point in store.runs.series("R1", "loss")] == [1.0, 2.0]
    writer.close()


def test_a_total_is_right_after_everything_that_may_change_it(store, record) -> None:
    def total(filter_: str = "") -> int:
        return store.runs.find(filter_, limit=1).total

    first = [record(store, experiment="count") for _ in range(3)]
    assert (total(), total("status = 'succeeded'")) == (3, 3)
    record(store, experiment="count")
    assert (total(), total("status = 'succeeded'")) == (4, 4)
    store.writer.append("deleted", {"who": "me"}, run=first[0], sync=True)
    assert (total(), total("status = 'succeeded'")) == (3, 3)
    assert [store.runs.find(limit=2, offset=at).total for at in (0, 1, 2, 3)] == [3] * 4
    assert [len(store.runs.find(limit=2, offset=at).runs) for at in (0, 1, 2, 3)] == [2, 2, 1, 0]


def test_runs_are_counted_by_what_they_have_in_common(store, record):
    parent = record(store, name="sweep", experiment="Churn", metrics={"auc": 0.1})
    for at in range(3):
        record(store, experiment="churn", parent=parent, metrics={"auc": at / 2})
    other = record(store, experiment="fraud", metrics={"auc": 0.9})

    groups, count, runs = store.runs.groups("experiment")
    assert [(group.value, group.run_count) for group in groups] == [("fraud", 1), ("Churn", 4)]
    assert (count, runs) == (2, 5)
    assert groups[0].latest_at == store.runs.get(other).started_at
    below, count, runs = store.runs.groups("parent_id", "metrics.auc > 0.4", limit=1)
    assert (len(below), count, runs) == (1, 2, 3)
    groups, _, _ = store.runs.groups("parent_id", experiment="CHURN")
    named = {group.value: (group.label, group.run_count) for group in groups}
    assert named == {parent: ("sweep", 3), None: (None, 1)}
    for group in groups:
        term = f"parent_id = '{group.value}'" if group.value else "parent_id is null"
        assert len(store.runs.find(term, experiment="churn").runs) == group.run_count
    assert store.runs.groups("notebook", deleted=True) == ([], 0, 0)
    with pytest.raises(InvalidValueError, match="Did you mean 'experiment'"):
        store.runs.groups("experimnt")
    with pytest.raises(InvalidFilterError):
        store.runs.groups("notebook", "metrics.auc >")
