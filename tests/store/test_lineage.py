"""Which runs made what a run used, and which used what it made: by content, file and name."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from earlier import set_back

from nbmlops.errors import RunNotFoundError
from nbmlops.settings import Settings
from nbmlops.store import Store, open_store
from nbmlops.store.lineage import MOST_CHILDREN
from nbmlops.store.lineage_records import Lineage, Thing
from nbmlops.store.lineage_search import MOST_LINKS
from nbmlops.store.transfer import export, import_

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
        read_from: dict[str, str] | None = None,
        end: bool = True,
        host: str | None = None,
    ) -> str:
        run, at = f"01ARZ3NDEKTSV4RRFF{next(ids):08}", next(times)
        started = {"name": name, "experiment": "e", "kind": kind, "parent": parent, "host": host}
        store.writer.append("run_started", {**started, "started_at": at}, run=run)
        if kind == "cell":
            cell = {"source": source, "digest": "d", "notebook_path": notebook, "kernel_id": kernel}
            store.writer.append("cell", cell, run=run)
            names = {"bound": bound, "read": read, "mutated": mutated, "unsure": [], "used": []}
            names |= {"settings": [], "made_files": [], "partial": False, "read_from": read_from}
            store.writer.append("observed", names, run=run)
        for each in data:
            store.writer.append("dataset", dataset(*each), run=run)
        for model in models:
            store.writer.append("model", {"name": model, "class_name": "sk.Ridge"}, run=run)
        if end:
            store.writer.append("run_ended", {"status": "succeeded"}, run=run)
        return run

    return told


def dataset(
    name: str, role: str, digest: str, source: str | None = None, size: int = 500
) -> dict[str, Any]:
    """The record of a data set; what begins with F is a file, with ~ known in part only."""
    told = {"name": name, "role": role, "digest": digest, "source": source, "columns": []}
    told |= {"kind": "file", "size_bytes": size} if digest.startswith("F") else {"kind": "frame"}
    return {**told, "shape": [size], "row_count": size, "partial": digest.startswith("~")}


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
    tell(
        ("zeros", "made", "D", None, 30),
        ("flags", "made", "E", None, 30),
        ("y", "made", "Y", None, 1),
        ("empty.txt", "made", "F1", "empty.txt", 0),
        name="maker",
    )
    run = tell(
        ("other", "read", "D", None, 30),
        ("flags", "read", "E", None, 30),
        ("y", "read", "Y", None, 1),
        ("also empty.txt", "read", "F1", "also empty.txt", 0),
    )
    assert linked(of(store, run).inputs) == {
        "flags": [("maker", "content")],
        **{name: [] for name in ("other", "y", "also empty.txt")},
    }


def test_the_fingerprint_of_a_part_is_no_proof(store: Store, tell: Tell) -> None:
    made = tell(("wide", "made", "~D"), name="maker", kernel="k", bound=("wide",))
    used = tell(("wide", "read", "~D"), name="here", kernel="k", read=("wide",))
    other = tell(("wide", "read", "~D"), name="elsewhere")
    assert linked(of(store, used).inputs) == {"wide": [("maker", "name")]}
    assert linked(of(store, other).inputs) == {"wide": []}
    assert linked(of(store, made).outputs) == {"wide": [("here", "name")]}


def test_what_was_made_after_a_run_was_over_was_not_used_by_it(store: Store, tell: Tell) -> None:
    long = tell(name="long", end=False)
    early = tell(("X", "train", "D"), name="early")
    store.writer.append("dataset", dataset("X", "made", "D"), run=long)
    late = tell(("X", "train", "D"), name="late")
    store.writer.append("run_ended", {"status": "succeeded"}, run=long)
    assert linked(of(store, early).inputs) == {"X": []}
    assert linked(of(store, late).inputs) == {"X": [("long", "content")]}
    assert linked(of(store, long).outputs) == {"X": [("late", "content")]}


def test_what_a_run_says_of_its_data_last_is_what_holds(store: Store, tell: Tell) -> None:
    tell(("X", "made", "D1"), ("X", "made", "D2"), name="maker")
    first, last = tell(("X", "train", "D1")), tell(("X", "train", "D2"))
    assert linked(of(store, first).inputs) == {"X": []}
    assert linked(of(store, last).inputs) == {"X": [("maker", "content")]}


def test_a_file_links_the_runs_that_wrote_and_read_it(store: Store, tell: Tell) -> None:
    writer = tell(("a.csv", "made", "F1", "data/a.csv"), name="write", notebook="/srv/one.ipynb")
    same = tell(("df", "read", "D1", "data/a.csv"), name="same", notebook="/srv/two.ipynb")
    rooted = tell(("df", "read", "D1", "/srv/data/a.csv"), name="from the root")
    around = tell(
        ("df", "read", "D1", "../data/a.csv"), name="around", notebook="/srv/sub/three.ipynb"
    )
    for run in (same, rooted, around):
        assert linked(of(store, run).inputs) == {"df": [("write", "file")]}
    users = linked(of(store, writer).outputs)["a.csv"]
    assert users == [("same", "file"), ("from the root", "file"), ("around", "file")]


def test_files_of_the_same_name_are_not_the_same_file(store: Store, tell: Tell) -> None:
    tell(("a.csv", "made", "F1", "data/a.csv"), name="write", notebook="/srv/one.ipynb", host="a")
    runs = [
        tell(("df", "read", "D1", "/other/data/a.csv"), host="a"),
        tell(("df", "read", "D1", "data/a.csv"), notebook="/other/two.ipynb", host="a"),
        tell(("df", "read", "D1", "/srv/data/a.csv"), host="b"),
        tell(("df", "read", "D1", "s3://bucket/data/a.csv"), host="a"),
    ]
    for run in runs:
        assert linked(of(store, run).inputs) == {"df": []}
    tell(("a.csv", "made", "F2", "s3://bucket/a.csv"), name="upload", host="a")
    far = tell(("df", "read", "D1", "s3://bucket/a.csv"), host="b")
    assert linked(of(store, far).inputs) == {"df": [("upload", "file")]}


def test_a_name_links_the_cells_of_one_kernel_until_another_binds_it(
    store: Store, tell: Tell
) -> None:
    fit = tell(name="fit", kernel="k", bound=("model",), models=("model",))
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


def test_a_deleted_maker_is_the_maker_still_and_a_purged_one_is_gone(
    store: Store, tell: Tell
) -> None:
    deleted = tell(("a", "made", "D1"), name="deleted")
    purged = tell(("b", "made", "D2"), name="purged")
    run = tell(("a", "read", "D1"), ("b", "read", "D2"))
    assert linked(of(store, run).inputs) == {
        "a": [("deleted", "content")],
        "b": [("purged", "content")],
    }
    store.decide("deleted", {"who": "me"}, run=deleted)
    store.purge(purged, who="me", why="asked")
    found = of(store, run)
    assert linked(found.inputs) == {"a": [("deleted", "content")], "b": []}
    assert found.inputs[0].links[0].run.is_deleted
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


def test_cells_of_two_processes_share_no_names(store: Store, tell: Tell, tmp_path: Path) -> None:
    fit = tell(name="fit", bound=("model", "rate"), models=("model",))
    score = tell(name="score", read=("model", "rate"))
    later = tell(name="later", read=("model", "rate"))
    store.drain()
    with store.database.write() as session:  # as another process would have recorded it
        session.run("INSERT INTO writers (writer, host) VALUES ('other', 'here')")
        session.run(
            "UPDATE runs SET owner = (SELECT id FROM writers WHERE writer = 'other') WHERE run = ?",
            (later,),
        )
    assert linked(of(store, score).inputs) == {
        "model": [("fit", "name")],
        "rate": [("fit", "name")],
    }
    assert of(store, later).inputs == ()
    # Imported, they have one owner, which says nothing of processes.
    exported = tmp_path / "e.nbmlops"
    export(store, "e", exported)
    root = tmp_path / "copy"
    copied = Settings(root=root, database=f"sqlite:///{root / 'w.db'}", artifacts=str(root / "a"))
    copy = open_store(copied)
    import_(copy, exported)
    assert linked(of(copy, fit).outputs) == {"model": []}
    assert of(copy, score).inputs == ()
    copy.close()


def test_what_the_observer_saw_goes_before_what_names_suggest(store: Store, tell: Tell) -> None:
    fit = tell(name="fit", bound=("model",), models=("model",))
    # A cell that was not recorded has bound it anew.
    score = tell(name="score", read=("model",), read_from={})
    again = tell(name="again", bound=("model",), models=("model",))
    first = tell(name="first again", read=("model",), read_from={"model": fit})
    loop = "for model in models:\n    model.fit()"
    own = tell(name="loop", source=loop, read=("model",), read_from={"model": again})
    assert of(store, score).inputs == ()
    assert linked(of(store, first).inputs) == {"model": [("fit", "name")]}
    assert of(store, own).inputs == ()
    assert linked(of(store, fit).outputs) == {"model": [("first again", "name")]}
    assert linked(of(store, again).outputs) == {"model": []}


def test_what_a_cell_makes_and_trains_with_is_not_its_input(store: Store, tell: Tell) -> None:
    run = tell(
        ("raw", "read", "D1", "raw.csv"),
        ("X", "train", "D2"),
        ("y", "train", "D3"),
        bound=("raw", "X"),
        read=("y",),
    )
    found = of(store, run)
    assert linked(found.inputs) == {"raw": [], "y": []}
    assert linked(found.outputs) == {"X": []}


def test_what_one_cell_of_a_notebook_makes_for_another_is_no_input_of_the_notebook(
    store: Store, tell: Tell
) -> None:
    earlier = tell(name="earlier notebook", kind="notebook")
    tell(("X", "made", "D1"), name="split, earlier", parent=earlier)
    notebook = tell(name="notebook", kind="notebook")
    split = tell(("X", "made", "D1"), name="split", parent=notebook)
    tell(("X", "train", "D1"), name="train", parent=notebook)
    assert of(store, notebook).inputs == ()
    store.decide("deleted", {"who": "me"}, run=split)
    assert of(store, notebook).inputs == ()


def test_what_an_observer_left_out_is_no_name(store: Store, tell: Tell) -> None:
    tell(name="many", bound=("a", "and 50 more"))
    run = tell(name="many, too", read=("a", "and 50 more"))
    assert linked(of(store, run).inputs) == {"a": [("many", "name")]}


def test_a_family_is_looked_at_for_as_long_as_there_is_time(
    store: Store, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = tell(name="sweep", kind="block")
    tell(("X", "made", "D1"), name="prepare")
    for at in range(MOST_CHILDREN + 20):
        tell(("X", "train", "D1"), name=f"child {at}", parent=parent)
    found = of(store, parent)
    assert (len(found.children), found.child_count) == (MOST_CHILDREN, MOST_CHILDREN + 20)
    assert found.partial
    assert linked(found.inputs) == {"X": [("prepare", "content")]}
    monkeypatch.setattr("nbmlops.store.lineage.TIME_SECONDS", -1.0)
    hurried = of(store, parent)
    assert (hurried.inputs, hurried.partial, hurried.child_count) == ((), True, found.child_count)
    alone = of(store, found.children[0].id)
    assert (linked(alone.inputs), alone.partial) == ({"X": []}, True)


def test_a_workspace_of_the_schema_before_knows_its_data(store: Store, tell: Tell) -> None:
    tell(("clean", "made", "D1"), ("a.csv", "made", "F1", "a.csv"), name="prepare")
    run = tell(("X", "train", "D1"), ("df", "read", "D7", "a.csv"))
    before = of(store, run)
    assert linked(before.inputs) == {"X": [("prepare", "content")], "df": [("prepare", "file")]}
    set_back(store, 3)
    upgraded = open_store(store.settings)
    assert upgraded.runs.lineage(run) == before
    upgraded.close()
