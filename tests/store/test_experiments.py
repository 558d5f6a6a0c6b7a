"""Experiments whose names differ by case, or by how Unicode writes them, are one."""

from __future__ import annotations

import json
import unicodedata
import zipfile
from dataclasses import replace

import pytest

from nbmlops.errors import RunNotFoundError
from nbmlops.events import NAME_BYTES, check_name, experiment_key
from nbmlops.store import open_store
from nbmlops.store.rebuild import rebuild

# Spellings of one experiment each, the first as its first run has it; none of one is in another.
ONE = (
    ("Churn", "churn", "CHURN"),
    ("Straße", "STRASSE", "strasse", "STRA\u1e9eE"),
    ("Café", "CAFÉ", "cafe\u0301", "CAFE\u0301"),
    ("ΟΔΟΣ", "οδος", "οδοσ"),
    ("İzmir", "i\u0307zmir"),
    ("ısı",),
    ("ISI", "isi"),
    ("team/A", "TEAM/a"),
    ("cafe", "CAFE"),
)


@pytest.fixture
def spelled(store, record):
    """The ids of one run for each spelling, by the experiment's first spelling."""
    return {
        spellings[0]: [
            record(store, experiment=spelling, name=spelling, metrics={"auc": at / 10})
            for at, spelling in enumerate(spellings)
        ]
        for spellings in ONE
    }


def ids(page) -> set[str]:
    return {run.id for run in page.runs}


def test_every_letter_has_the_key_of_its_other_cases():
    """All of Unicode: cases and compositions agree, the key is its own key, and stays short."""
    dotless = []
    for code in (*range(0xD800), *range(0xE000, 0x20000)):
        letter = chr(code)
        key = experiment_key(letter)
        assert experiment_key(key) == key
        assert len(key.encode()) <= 3 * len(letter.encode())
        for other in (letter.lower(), letter.upper(), letter.title(), letter.swapcase()):
            if experiment_key(other) != key:
                dotless.append(letter)
        for form in ("NFC", "NFD"):
            assert experiment_key(unicodedata.normalize(form, letter)) == key
    assert set(dotless) == {"ı"}  # the small letter of I in Turkish alone


@pytest.mark.parametrize("spellings", ONE, ids=[spellings[0] for spellings in ONE])
def test_every_spelling_finds_the_runs_of_all(store, spelled, spellings):
    wanted = set(spelled[spellings[0]])
    for spelling in spellings:
        assert ids(store.runs.find(experiment=spelling)) == wanted
        assert ids(store.runs.find(f"experiment = '{spelling}'")) == wanted
        assert ids(store.runs.find(f"experiment in ('none', '{spelling}')")) == wanted
        assert ids(store.runs.find(f"experiment != '{spelling}'")).isdisjoint(wanted)
        assert ids(store.runs.find(f"not experiment = '{spelling}'")).isdisjoint(wanted)
        assert store.runs.find(experiment=spelling).total == len(wanted)
        assert store.runs.history(spelling).count == len(wanted)


def test_a_run_keeps_its_spelling(store, spelled):
    for spellings in ONE:
        for run, spelling in zip(spelled[spellings[0]], spellings, strict=True):
            assert store.runs.get(run).experiment == spelling


def test_an_experiment_is_listed_once_under_its_first_spelling(store, spelled):
    listed = {each.name: each.run_count for each in store.runs.experiments()}
    assert listed == {spellings[0]: len(spellings) for spellings in ONE}


def test_the_first_spelling_is_that_of_the_first_run_that_is_there(store, spelled):
    first = spelled["Churn"][0]
    store.writer.append("deleted", {"who": "me"}, run=first)
    assert "churn" in {each.name for each in store.runs.experiments()}
    store.writer.append("restored", {"who": "me"}, run=first)
    assert "Churn" in {each.name for each in store.runs.experiments()}


def test_like_looks_at_the_spelling(store, spelled):
    churn, upper = spelled["Churn"], spelled["Churn"][2:]
    assert ids(store.runs.find("experiment like 'CH%'")) == set(upper)
    assert ids(store.runs.find("experiment ilike 'ch%'")) == set(churn)


def test_sorted_by_experiment_all_spellings_stand_together(store, record):
    for experiment in ("b", "A", "B", "a"):
        record(store, experiment=experiment)
    for direction, wanted in (("", ["a", "a", "b", "b"]), (" desc", ["b", "b", "a", "a"])):
        cursor, found = None, []
        while True:
            page = store.runs.find(sort=f"experiment{direction}", limit=1, cursor=cursor)
            found += [run.experiment.lower() for run in page.runs]
            if (cursor := page.cursor) is None:
                break
        assert found == wanted


def test_a_cursor_goes_on_under_another_spelling(store, spelled):
    for search in (
        lambda name, cursor: store.runs.find(experiment=name, limit=2, cursor=cursor),
        lambda name, cursor: store.runs.find(f"experiment = '{name}'", limit=2, cursor=cursor),
    ):
        page = search("churn", None)
        rest = search("CHURN", page.cursor)
        assert ids(page) | ids(rest) == set(spelled["Churn"])


def test_history_and_best_are_those_of_all_spellings(store, record):
    def higher(name):
        return "higher"

    runs = [
        record(store, experiment=experiment, metrics={"auc": auc})
        for experiment, auc in (("Churn", 0.7), ("other", 0.99), ("churn", 0.9), ("CHURN", 0.8))
    ]
    history = store.runs.history("churN", better=higher)
    assert history.best["auc"].run_id == runs[2]
    assert [run.id for run in history.recent] == [runs[3], runs[2], runs[0]]
    # The latest run is one of CHURN, so that the best of its experiment is meant.
    assert store.runs.resolve("best", better=higher) == runs[2]
    assert store.runs.resolve("best", "chUrn", better=higher) == runs[2]
    headlines = {each.name: each.headline for each in store.runs.experiments(better=higher)}
    assert headlines["Churn"].run_id == runs[2]


def test_names_of_parameters_metrics_and_tags_differ_by_case(store, record):
    run = record(
        store, params={"c": 1, "C": 2}, metrics={"auc": 0.1, "AUC": 0.2}, tags={"t": "x", "T": "y"}
    )
    found = store.runs.get(run)
    assert (found.params, found.metrics) == ({"c": 1, "C": 2}, {"auc": 0.1, "AUC": 0.2})
    assert found.tags == {"t": "x", "T": "y"}
    assert not store.runs.find("params.c = 2").runs
    assert ids(store.runs.find("params.C = 2 and tags.T = 'y'")) == {run}


def test_an_export_holds_every_spelling_and_an_import_keeps_it(store, spelled, tmp_path):
    file = store.export("CHURN", tmp_path / "churn.nbx")
    with zipfile.ZipFile(file) as archive:
        assert json.loads(archive.read("manifest.json"))["experiment"] == "Churn"
    root = tmp_path / "other"
    target = open_store(
        replace(
            store.settings,
            root=root,
            database=f"sqlite:///{root / 'workspace.db'}",
            artifacts=str(root / "artifacts"),
        )
    )
    assert set(target.import_(file)) == set(spelled["Churn"])
    found = {run.id: run.experiment for run in target.runs.find(experiment="cHURN").runs}
    assert [found[run] for run in spelled["Churn"]] == ["Churn", "churn", "CHURN"]
    assert [each.name for each in target.runs.experiments()] == ["Churn"]
    target.close()
    with pytest.raises(RunNotFoundError, match="Churm"):
        store.export("Churm", tmp_path / "none.nbx")


def test_rebuilt_tables_know_the_same_experiments(store, spelled):
    listed = store.runs.experiments()
    rebuild(store)
    assert store.runs.experiments() == listed
    assert ids(store.runs.find(experiment="CHURN")) == set(spelled["Churn"])


def test_a_purged_run_leaves_no_experiment(store, record):
    run = record(store, experiment="Churn")
    store.purge(run, who="me", why="asked")
    with store.database.read() as session:
        left = session.rows("SELECT experiment, experiment_key FROM runs WHERE run = ?", (run,))
    assert [tuple(row) for row in left] == [(None, None)]
    assert store.runs.experiments() == []


@pytest.mark.parametrize("letter", ["\U0001d160", "ΐ", "ß", "ŉ", "ᾷ", "x", "𝔛"])
def test_the_longest_names_find_their_runs(store, record, letter):
    name = letter * (NAME_BYTES // len(letter.encode()))
    while len(unicodedata.normalize("NFC", name).encode()) > NAME_BYTES:
        name = name[:-1]
    run = record(store, experiment=check_name("an experiment", name))
    foreign = record(store, experiment=letter * (1000 // len(letter.encode())))  # not from us
    assert ids(store.runs.find(experiment=name.upper())) == {run}
    assert foreign in ids(store.runs.find(experiment=store.runs.get(foreign).experiment.upper()))
