"""Which runs made what a run used, and which used what it made: by content, file and name."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from earlier import set_back

from nbmlops.errors import RunNotFoundError
from nbmlops.store import Store, open_store
from nbmlops.store.lineage_records import Lineage, Thing
from nbmlops.store.lineage_search import MOST_LINKS

Tell = Callable[..., str]


@pytest.fixture
def tell(store: Store) -> Tell:
    """A function that records a run with data, models and names; its id."""
    times = itertools.count(1_700_000_000_000_000_000, 1_000_000_000)
    ids = itertools.count(1)

    def told(
        *data: tuple[Any, ...],
        name: str = "run",
        kernel: str | None = None,
        notebook: str | None = None,
        bound: tuple[str, ...] = (),
        read: tuple[str, ...] = (),
        mutated: tuple[str, ...] = (),
        models: tuple[str, ...] = (),
        parent: str | None = None,
        kind: str = "cell",
        source: str = "1",
    ) -> str:
        run, at = f"01ARZ3NDEKTSV4RRFF{next(ids):08}", next(times)
        started = {"name": name, "experiment": "e", "kind": kind, "parent": parent}
        store.writer.append("run_started", {**started, "started_at": at}, run=run)
        if kind == "cell":
            cell = {"source": source, "digest": "d", "notebook_path": notebook, "kernel_id": kernel}
            store.writer.append("cell", cell, run=run)
            names = {"bound": bound, "read": read, "mutated": mutated, "unsure": [], "used": []}
            names |= {"settings": [], "made_files": [], "partial": False}
            store.writer.append("observed", names, run=run)
        for what, role, digest, *rest in data:
            source = rest[0] if rest else None
            size = rest[1] if len(rest) > 1 else 500
            told = {"name": what, "role": role, "digest": digest, "source": source, "columns": []}
            told |= {"kind": "file" if digest.startswith("F") else "frame", "row_count": size}
            store.writer.append("dataset", {**told, "shape": [size], "partial": False}, run=run)
        for model in models:
            store.writer.append("model", {"name": model, "class_name": "sk.Ridge"}, run=run)
        store.writer.append("run_ended", {"status": "succeeded"}, run=run)
        return run

    return told


def linked(side: tuple[Thing, ...]) -> dict[str, list[tuple[str, str]]]:
    """Thing → the names of the runs at its other end, and what tells so."""
    return {each.name: [(link.run.name, link.told_by) for link in each.links] for each in side}


def of(store: Store, run: str) -> Lineage:
    return store.runs.lineage(run)


def test_the_same_content_links_runs_whoever_recorded_them(store: Store, tell: Tell) -> None:
    made = tell(("clean", "made", "D1"), name="prepare", kernel="one")
    used = tell(("X", "train", "D1"), name="train", kernel="two")
    other = tell(("X", "train", "D2"), name="other")
    assert linked(of(store, used).inputs) == {"X": [("prepare", "content")]}
    assert linked(of(store, made).outputs) == {"clean": [("train", "content")]}
    assert of(store, used).inputs[0].links[0].name == "clean"
    assert linked(of(store, other).inputs) == {"X": []}
    assert of(store, made).inputs == ()


def test_the_latest_maker_before_a_run_is_the_one(store: Store, tell: Tell) -> None:
    first = tell(("a", "made", "D"), name="first")
    early = tell(("a", "read", "D"), name="early")
    second = tell(("a", "made", "D"), name="second")
    late = tell(("a", "read", "D"), name="late")
    assert linked(of(store, early).inputs) == {"a": [("first", "content")]}
    assert linked(of(store, late).inputs) == {"a": [("second", "content")]}
    assert of(store, late).inputs[0].links[0].run_count == 2
    # What was made anew since is the other's.
    assert linked(of(store, first).outputs) == {"a": [("early", "content")]}
    assert linked(of(store, second).outputs) == {"a": [("late", "content")]}


def test_few_values_that_are_equal_by_chance_link_nothing(store: Store, tell: Tell) -> None:
    tell(("zeros", "made", "D", None, 10), ("flags", "made", "E", None, 10), name="maker")
    run = tell(("other", "read", "D", None, 10), ("flags", "read", "E", None, 10))
    assert linked(of(store, run).inputs) == {"other": [], "flags": [("maker", "content")]}


def test_a_file_links_the_runs_that_wrote_and_read_it(store: Store, tell: Tell) -> None:
    writer = tell(("a.csv", "made", "F1", "data/a.csv"), name="write", notebook="/work/one.ipynb")
    same = tell(("df", "read", "D1", "data/a.csv"), name="same words")
    rooted = tell(("df", "read", "D1", "/work/data/a.csv"), name="from the root")
    around = tell(
        ("df", "read", "D1", "../data/a.csv"), name="around", notebook="/work/sub/two.ipynb"
    )
    elsewhere = tell(
        ("df", "read", "D9", "/other/data/a.csv"), name="elsewhere", notebook="/work/three.ipynb"
    )
    for run in (same, rooted, around):
        assert linked(of(store, run).inputs) == {"df": [("write", "file")]}
    assert linked(of(store, elsewhere).inputs) == {"df": []}
    users = linked(of(store, writer).outputs)["a.csv"]
    assert users == [("same words", "file"), ("from the root", "file"), ("around", "file")]


def test_a_name_links_the_cells_of_one_kernel_until_another_binds_it(
    store: Store, tell: Tell
) -> None:
    fit = tell(name="fit", kernel="k", bound=("model",), models=("model",))
    tell(name="elsewhere", kernel="other", bound=("model",), models=("model",))
    score = tell(name="score", kernel="k", read=("model",), bound=("auc",))
    again = tell(name="again", kernel="k", bound=("model",), models=("model",))
    last = tell(name="last", kernel="k", read=("model", "auc"))
    assert linked(of(store, score).inputs) == {"model": [("fit", "name")]}
    assert of(store, score).inputs[0].kind == "model"
    assert of(store, score).inputs[0].type_name == "sk.Ridge"
    assert linked(of(store, last).inputs) == {
        "model": [("again", "name")],
        "auc": [("score", "name")],
    }
    assert linked(of(store, fit).outputs) == {"model": [("score", "name")]}
    assert linked(of(store, again).outputs) == {"model": [("last", "name")]}


def test_data_that_has_changed_under_its_name_is_not_the_other_cells(
    store: Store, tell: Tell
) -> None:
    made = tell(("df", "made", "D1"), name="make", kernel="k", bound=("df",))
    same = tell(("df", "read", "D1"), name="same", kernel="k", read=("df",))
    changed = tell(("df", "read", "D2"), name="after an untracked cell", kernel="k", read=("df",))
    unknown = tell(name="not looked at", kernel="k", read=("df",))
    assert linked(of(store, same).inputs) == {"df": [("make", "content")]}
    assert linked(of(store, changed).inputs) == {"df": []}
    assert linked(of(store, unknown).inputs) == {"df": [("make", "name")]}
    assert linked(of(store, made).outputs) == {
        "df": [("same", "content"), ("not looked at", "name")]
    }


def test_a_name_that_a_cell_makes_itself_comes_from_no_other(store: Store, tell: Tell) -> None:
    loop = "%%track\nfor step in range(9):\n    loss = 1 / (1 + step)\nprint(loss)"
    # The observer cannot know whether the loop runs at all, so that `loss` may be an older one.
    common = {"kernel": "k", "bound": ("loss",), "read": ("loss",)}
    tell(name="first", source=loop, **common)
    second = tell(name="second", source=loop, **common)
    third = tell(name="third", source="%%track\nloss = loss + 1", **common)
    assert linked(of(store, second).inputs) == {}
    assert linked(of(store, second).outputs) == {"loss": [("third", "name")]}
    assert linked(of(store, third).inputs) == {"loss": [("second", "name")]}


def test_what_a_cell_changes_in_place_comes_from_one_and_goes_to_the_next(
    store: Store, tell: Tell
) -> None:
    tell(("df", "made", "D1"), name="make", kernel="k", bound=("df",))
    change = tell(("df", "changed", "D2"), name="change", kernel="k", mutated=("df",))
    tell(("df", "read", "D2"), name="use", kernel="k", read=("df",))
    found = of(store, change)
    assert linked(found.inputs) == {"df": [("make", "name")]}
    assert linked(found.outputs) == {"df": [("use", "content")]}


def test_a_notebook_is_seen_from_outside(store: Store, tell: Tell) -> None:
    tell(("a.csv", "made", "F1", "a.csv"), name="source", notebook="/w/n.ipynb")
    notebook = tell(name="notebook", kind="notebook")
    common = {"parent": notebook, "kernel": "k", "notebook": "/w/m.ipynb"}
    tell(("df", "read", "D1", "a.csv"), name="read", bound=("df",), **common)
    tell(("df", "read", "D1", "a.csv"), ("X", "made", "D2"), name="split", read=("df",), **common)
    fit = tell(("X", "train", "D2"), name="fit", bound=("m",), models=("m",), **common)
    tell(("p.csv", "made", "F2", "p.csv"), name="write", **common)
    tell(("p", "read", "D3", "/w/p.csv"), name="report")
    found = of(store, notebook)
    assert linked(found.inputs) == {"df": [("source", "file")]}
    assert linked(found.outputs) == {"p.csv": [("report", "file")], "m": []}
    assert [child.name for child in found.children] == ["read", "split", "fit", "write"]
    assert found.parent is None
    parent = of(store, fit).parent
    assert parent is not None
    assert parent.id == notebook


def test_deleted_and_purged_runs_are_no_links(store: Store, tell: Tell) -> None:
    deleted = tell(("a", "made", "D1"), name="deleted")
    purged = tell(("b", "made", "D2"), name="purged")
    run = tell(("a", "read", "D1"), ("b", "read", "D2"))
    assert linked(of(store, run).inputs) == {
        "a": [("deleted", "content")],
        "b": [("purged", "content")],
    }
    store.decide("deleted", {"who": "me"}, run=deleted)
    store.purge(purged, who="me", why="asked")
    assert linked(of(store, run).inputs) == {"a": [], "b": []}
    with store.database.read() as session:
        keys = session.rows("SELECT key FROM seen_data WHERE made = 1")
    assert [row[0] for row in keys] == ["D1"]
    assert of(store, deleted).run.name == "deleted"  # which can be restored
    with pytest.raises(RunNotFoundError):
        of(store, purged)


def test_much_that_was_used_much_stays_small(store: Store, tell: Tell) -> None:
    made = tell(*((f"d{at}", "made", f"D{at}") for at in range(80)), name="wide")
    for _ in range(30):
        tell(("d0", "train", "D0"))
    found = of(store, made)
    assert len(found.outputs) + found.more_count == 80
    assert found.outputs[0].name == "d0"  # what is linked comes first
    assert len(found.outputs[0].links) == MOST_LINKS
    assert found.outputs[0].links[0].run_count == 30


def test_a_workspace_of_the_schema_before_knows_its_data(store: Store, tell: Tell) -> None:
    tell(("clean", "made", "D1"), ("a.csv", "made", "F1", "a.csv"), name="prepare")
    run = tell(("X", "train", "D1"), ("df", "read", "D7", "a.csv"))
    before = of(store, run)
    assert linked(before.inputs) == {"X": [("prepare", "content")], "df": [("prepare", "file")]}
    set_back(store, 3)
    upgraded = open_store(store.settings)
    assert upgraded.runs.lineage(run) == before
    upgraded.close()
