"""`nbmlops runs …` on a real workspace."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbmlops.workspace import Workspace

Terminal = Callable[..., Any]


@pytest.mark.parametrize("verb", ["find", "list"])
@pytest.mark.parametrize("subject", ["runs", "run"])
def test_find_shows_a_table(
    terminal: Terminal, recorded: list[str], subject: str, verb: str
) -> None:
    said = terminal(subject, verb)

    assert said.code == 0
    assert not said.err
    for word in ("shallow", "middle", "deep", "auc", "0.9"):
        assert word in said.out


def test_find_prints_records_under_their_own_names(terminal: Terminal, recorded: list[str]) -> None:
    page = terminal("runs", "find", "--json").record

    assert page["total"] == 3
    assert page["cursor"] is None
    assert {run["id"] for run in page["runs"]} == set(recorded)
    newest = page["runs"][0]
    assert newest["name"] == "deep"
    assert newest["experiment"] == "churn"
    assert newest["status"] == "succeeded"
    assert newest["params"] == {"max_depth": 8}
    assert newest["metrics"]["auc"] == 0.9
    assert newest["tags"]["team"] == "risk"


def test_json_may_stand_anywhere(terminal: Terminal, recorded: list[str]) -> None:
    assert terminal("--json", "runs", "find").record == terminal("runs", "find", "--json").record


def test_find_sorts_limits_and_goes_on(terminal: Terminal, recorded: list[str]) -> None:
    order = ("runs", "find", "churn", "--sort", "metrics.auc desc", "--limit", "2")

    first = terminal(*order, "--json").record
    second = terminal(*order, "--cursor", first["cursor"], "--json").record

    assert [run["name"] for run in first["runs"]] == ["deep", "middle"]
    assert [run["name"] for run in second["runs"]] == ["shallow"]
    assert second["cursor"] is None
    assert "Next page: --cursor " in terminal(*order).out


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["metrics.auc > 0.75"], ["deep", "middle"]),
        (["churn", "metrics.auc > 0.75 and params.max_depth < 8"], ["middle"]),
        (["--experiment", "churn", "name like 'sh%'"], ["shallow"]),
        (["metrics.auc", ">", "0.85"], ["deep"]),
        (["another"], []),
    ],
)
def test_find_takes_an_experiment_and_a_filter(
    terminal: Terminal, recorded: list[str], words: list[str], names: list[str]
) -> None:
    page = terminal("runs", "find", *words, "--json").record

    assert [run["name"] for run in page["runs"]] == names


AWKWARD = ("churn", "churn (v2)", "dogs in space", "name-exp", "name", "100%", "a = 1", "find")


@pytest.fixture
def awkward(workspace: Workspace) -> None:
    """Experiments whose names look like filters, each with a run `low` and a run `high`."""
    for experiment in AWKWARD:
        for name, auc in (("low", 0.1), ("high", 0.9)):
            with workspace.runs.track(experiment, name=name) as run:
                run.log(auc=auc)


@pytest.mark.parametrize("experiment", AWKWARD)
def test_an_experiment_that_exists_wins_over_a_filter(
    terminal: Terminal, awkward: None, experiment: str
) -> None:
    for words in ([experiment], [experiment, "name = 'high'"], [experiment, "name", "=", "'high'"]):
        runs = terminal("runs", "find", *words, "--json").record["runs"]
        assert {run["experiment"] for run in runs} == {experiment}, words
        assert {run["name"] for run in runs} == ({"low", "high"} if words[1:] == [] else {"high"})


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["name = 'high'"], 8),
        (["name", "=", "'high'"], 8),
        (["not", "name", "=", "'high'", "and", "experiment", "=", "'churn'"], 1),
        (["(name = 'high' or name = 'low') and experiment = 'churn'"], 2),
        (["name in ('high', 'x')"], 8),
        (["tags.team is null"], 16),
        (["tags.team", "like", "'risk%'"], 0),
        (["dogs", "in", "space"], 2),
        (["--experiment", "name", "name = 'high'"], 1),
    ],
)
def test_what_begins_as_a_filter_is_one_where_no_experiment_has_this_name(
    terminal: Terminal, awkward: None, words: list[str], count: int
) -> None:
    assert terminal("runs", "find", *words, "--json").record["total"] == count


@pytest.mark.parametrize("name", ["another", "another (v2)", "cats in space", "99%", "not mine"])
def test_what_looks_like_no_filter_is_an_experiment_that_is_missing(
    terminal: Terminal, recorded: list[str], name: str
) -> None:
    page = terminal("runs", "find", name, "--json").record

    assert page["total"] == 0
    assert page["notes"][0].startswith(f"No experiment {name!r} has a run.")


@pytest.mark.parametrize("sort", [("--sort", "metrics.auc"), ("--sort=metrics.auc",)])
@pytest.mark.parametrize(
    ("direction", "first"),
    [("desc", "deep"), ("DESC", "deep"), ("asc", "shallow"), ("", "shallow")],
)
def test_the_direction_of_a_sort_needs_no_quotes(
    terminal: Terminal, recorded: list[str], sort: tuple[str, ...], direction: str, first: str
) -> None:
    words = (*sort, *direction.split(), "churn", "--limit", "1")

    assert terminal("runs", "find", *words, "--json").record["runs"][0]["name"] == first


def test_find_says_when_there_is_nothing(terminal: Terminal) -> None:
    said = terminal("runs", "find")

    assert said.code == 0
    assert "No runs" in said.out
    assert terminal("runs", "find", "--json").record == {"runs": [], "total": 0, "cursor": None}


def test_csv_cannot_run_in_a_spreadsheet(terminal: Terminal, recorded: list[str]) -> None:
    for run, name in zip(recorded, ("=HYPERLINK(1)", "+1", "@x"), strict=True):
        assert terminal("runs", "tag", run, f"formula={name}").code == 0

    rows = list(csv.DictReader(io.StringIO(terminal("runs", "find", "--csv").out)))

    assert len(rows) == 3
    assert {row["tags.formula"] for row in rows} == {"'=HYPERLINK(1)", "'+1", "'@x"}
    assert {row["run_id"] for row in rows} == set(recorded)
    assert {float(row["metrics.auc"]) for row in rows} == {0.7, 0.8, 0.9}


def test_csv_that_is_not_all_says_so_and_goes_on(terminal: Terminal, recorded: list[str]) -> None:
    first = terminal("runs", "find", "--csv", "--limit", "2")
    told, cursor = first.err.rstrip().split(" --cursor ")
    second = terminal("runs", "find", "--csv", "--limit", "2", "--cursor", cursor)

    assert told == "nbmlops: 2 of 3 runs. Next page:"
    found = [list(csv.DictReader(io.StringIO(page.out))) for page in (first, second)]
    assert [[row["run_id"] for row in page] for page in found] == [recorded[:0:-1], recorded[:1]]
    assert second.err == ""


def test_names_cannot_speak_to_the_terminal(
    terminal: Terminal, workspace: Workspace, recorded: list[str]
) -> None:
    workspace.runs.set_tags(recorded[0], {"title": "\x1b]0;owned\x07\x1b[2J\r"})
    workspace.runs.set_note(recorded[0], "\x1b]52;c;aGk=\x07")

    for command in (("runs", "find"), ("runs", "show", recorded[0])):
        said = terminal(*command)
        assert said.code == 0
        assert "\x1b" not in said.out
        assert "\x07" not in said.out


def test_show_tells_everything(terminal: Terminal, recorded: list[str]) -> None:
    said = terminal("runs", "show", "deep")

    assert said.code == 0
    for word in ("deep", "churn", "succeeded", "max_depth", "auc", "team", "model.txt"):
        assert word in said.out


@pytest.mark.parametrize("word", ["deep", "last", "best"])
def test_show_takes_every_form_of_a_run(terminal: Terminal, recorded: list[str], word: str) -> None:
    assert terminal("runs", "show", word, "--json").record["id"] == recorded[2]
    assert terminal("runs", "show", recorded[2][8:], "--json").record["id"] == recorded[2]


@pytest.mark.parametrize(
    "command",
    [
        ("show", "deeep"),
        ("delete", "deeep"),
        ("restore", "deeep"),
        ("rename", "deeep", "x"),
        ("tag", "deeep", "a=b"),
        ("note", "deeep", "x"),
        ("artifact", "deeep", "model.txt"),
        ("purge", "deeep", "--why", "x", "--yes"),
    ],
)
def test_an_unknown_run_is_not_found(
    terminal: Terminal, recorded: list[str], command: tuple[str, ...]
) -> None:
    said = terminal("runs", *command)

    assert said.code == 3
    assert not said.out
    assert "No run 'deeep'." in said.err
    assert "Did you mean 'deep'?" in said.err


def test_part_of_several_ids_is_a_conflict(terminal: Terminal, recorded: list[str]) -> None:
    said = terminal("runs", "show", recorded[0][:6])

    assert said.code == 4
    assert "fits 3 runs" in said.err


def listed_runs(error: str) -> list[tuple[str, str, str]]:
    """Short id, name and experiment of each run that a message lists with its time."""
    line = r"^  (\w+)  (.+?) +in (.+?), \d{4}-\d\d-\d\d \d\d:\d\d UTC$"
    return re.findall(line, error, re.MULTILINE)


def test_what_may_be_meant_is_listed_by_names_and_ids_that_work(
    terminal: Terminal, workspace: Workspace, recorded: list[str]
) -> None:
    for experiment in ("churn", "fraud"):
        with workspace.runs.track(experiment, name="deep"):
            pass

    said = terminal("runs", "show", "deep")

    found = listed_runs(said.err)
    assert [(name, experiment) for _, name, experiment in found] == [
        ("deep", "fraud"),
        ("deep", "churn"),
        ("deep", "churn"),
    ]
    for short, _, experiment in found:
        assert len(short) == 8
        shown = terminal("runs", "show", short, "--json").record
        assert (shown["name"], shown["experiment"]) == ("deep", experiment)
    assert found[0][0] in said.err.splitlines()[-1]
    assert not any(run in said.err for run in recorded)


@pytest.mark.parametrize(("word", "code"), [("01", 3), ("twin", 4), ("twinn", 3), ("zzzzz", 3)])
def test_at_most_five_runs_are_listed_and_the_others_counted(
    terminal: Terminal, workspace: Workspace, word: str, code: int
) -> None:
    for _ in range(7):
        with workspace.runs.track("churn", name="twin"):
            pass

    said = terminal("runs", "show", word)

    assert said.code == code
    assert len(listed_runs(said.err)) == 5
    assert "\n  and 2 more\n" in said.err
    assert len(said.err.splitlines()) == 8


def test_runs_that_may_be_meant_are_records_for_a_machine(
    terminal: Terminal, recorded: list[str]
) -> None:
    details = json.loads(terminal("runs", "show", recorded[0][:6], "--json").err)["error"][
        "details"
    ]

    assert details["count"] == 3
    assert [run["id"] for run in details["runs"]] == recorded[::-1]
    assert {"name", "experiment", "started_at"} <= set(details["runs"][0])


def test_names_in_a_message_cannot_speak_to_the_terminal(
    terminal: Terminal, workspace: Workspace, recorded: list[str]
) -> None:
    for run in recorded:
        workspace.store.writer.append("renamed", {"name": "a\x1b[2J\nb" + "x" * 90}, run=run)

    said = terminal("runs", "show", recorded[0][:6])

    assert "\x1b" not in said.err
    assert len(listed_runs(said.err)) == 3
    assert max(map(len, said.err.splitlines())) < 100


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("metrics.auc >", 14),
        ("metrics.auc > 0.8 and or status = 'x'", 23),
        ("name = 'a' OR 1=1 --", None),
        ("'; DROP TABLE runs", None),
        ("length(name) > 3", None),
        ("nothing.auc > 1", 1),
    ],
)
def test_a_bad_filter_is_told_with_its_position(
    terminal: Terminal, recorded: list[str], text: str, position: int | None
) -> None:
    said = (
        terminal("runs", "find", "--", text) if text[0] == "'" else terminal("runs", "find", text)
    )

    assert said.code == 2
    assert "position" in said.err
    assert "^" in said.err
    if position is not None:
        assert f"position {position}:" in said.err
    assert terminal("runs", "find", "--json").record["total"] == 3


def test_an_error_is_one_object_where_json_was_asked_for(
    terminal: Terminal, recorded: list[str]
) -> None:
    said = terminal("runs", "find", "metrics.auc >", "--json")

    error = json.loads(said.err)["error"]
    assert said.code == 2
    assert not said.out
    assert (error["kind"], error["type"]) == ("InvalidError", "InvalidFilterError")
    assert error["details"]["position"] == 13


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_limit_has_to_be_a_number_of_runs(terminal: Terminal, limit: str) -> None:
    assert terminal("runs", "find", "--limit", limit).code == 2


@pytest.mark.parametrize("option", [("--sort", "auc; drop"), ("--cursor", "forged")])
def test_a_bad_order_or_page_is_refused(
    terminal: Terminal, recorded: list[str], option: tuple[str, str]
) -> None:
    assert terminal("runs", "find", *option).code == 2


def test_an_order_by_a_name_that_no_run_has_is_told(
    terminal: Terminal, recorded: list[str]
) -> None:
    said = terminal("runs", "find", "--sort", "metrics.acu desc")

    assert (said.code, said.out) == (2, "")
    assert "Sort, position 1: no run has a metric 'acu'." in said.err
    assert "Did you mean 'auc'?" in said.err
    assert terminal("runs", "find", "--sort", "metrics.auc desc").code == 0


def test_a_filter_on_a_name_that_no_run_has_is_told_in_each_form(
    terminal: Terminal, recorded: list[str]
) -> None:
    note = "No run has a metric 'acu'. Did you mean 'auc'?"
    search = ("runs", "find", "metrics.acu > 0.5")

    table, record, rows = (terminal(*search, *how) for how in ((), ("--json",), ("--csv",)))
    assert {table.code, record.code, rows.code} == {0}
    assert note in table.out
    assert record.record == {"runs": [], "total": 0, "cursor": None, "notes": [note]}
    assert rows.err == f"nbmlops: {note}\n"
    assert rows.out.startswith("run_id,")
    with_runs = terminal("runs", "find", "not metrics.acu > 0.5")
    assert f" ! {note}" in with_runs.out.splitlines()
    assert "deep" in with_runs.out


def test_delete_hides_and_restore_brings_back(terminal: Terminal, recorded: list[str]) -> None:
    assert terminal("runs", "delete", "deep", "middle", "--why", "wrong data").code == 0
    assert [run["name"] for run in terminal("runs", "find", "--json").record["runs"]] == ["shallow"]
    shown = " ".join(terminal("runs", "show", "deep").out.split())
    assert "Deleted 2" in shown
    assert "brings it back" in shown
    gone = terminal("runs", "find", "--deleted", "--json").record["runs"]
    assert {run["name"] for run in gone} == {"deep", "middle"}

    said = terminal("runs", "restore", *recorded[1:], "--json")

    assert said.record == {"runs": recorded[1:]}
    assert terminal("runs", "find", "--json").record["total"] == 3


def test_nothing_changes_when_one_of_several_runs_is_unknown(
    terminal: Terminal, recorded: list[str]
) -> None:
    assert terminal("runs", "delete", "deep", "nobody").code == 3
    assert terminal("runs", "find", "--json").record["total"] == 3


def test_purge_is_asked_for_and_needs_a_reason(terminal: Terminal, recorded: list[str]) -> None:
    run = recorded[0]
    assert terminal("runs", "delete", run).code == 0

    assert terminal("runs", "purge", run, "--yes").code == 2
    asked = terminal("runs", "purge", run, "--why", "privacy")
    assert asked.code == 2
    assert "--yes" in asked.err
    assert terminal("runs", "purge", run, "--why", "privacy", "--yes").code == 0
    assert terminal("runs", "artifact", run, "model.txt").code == 3


def test_purge_wants_a_deleted_run(terminal: Terminal, recorded: list[str]) -> None:
    said = terminal("runs", "purge", "deep", "--why", "privacy", "--yes")

    assert said.code == 5
    assert "not deleted" in said.err


def test_no_run_is_purged_where_one_of_them_may_not_be(
    terminal: Terminal, recorded: list[str]
) -> None:
    assert terminal("runs", "delete", recorded[0]).code == 0

    assert terminal("runs", "purge", *recorded[:2], "--why", "privacy", "--yes").code == 5
    assert terminal("runs", "artifact", recorded[0], "model.txt").code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--why", "privacy", "--yes"), 2),
        (("nobody", "--why", "privacy", "--yes"), 3),
        (("deep", "--why", "privacy"), 5),  # nobody is asked whether to do what is refused
    ],
)
def test_purge_says_by_its_exit_code_what_was_wrong(
    terminal: Terminal, recorded: list[str], arguments: tuple[str, ...], code: int
) -> None:
    assert terminal("runs", "purge", *arguments).code == code


def test_what_was_purged_is_not_found_again(terminal: Terminal, recorded: list[str]) -> None:
    run = recorded[0]
    terminal("runs", "delete", run)

    assert terminal("runs", "purge", run, "--why", "privacy", "--yes").code == 0
    assert terminal("runs", "purge", run, "--why", "privacy", "--yes").code == 3


def test_name_tags_and_note_can_be_changed(terminal: Terminal, recorded: list[str]) -> None:
    assert terminal("runs", "rename", "deep", "winner").code == 0
    assert terminal("runs", "tag", "winner", "stage=final", "x=a=b", "--remove", "team").code == 0
    assert terminal("runs", "note", "winner", "Use this one.").code == 0

    run = terminal("runs", "show", "winner", "--json").record

    assert run["id"] == recorded[2]
    assert run["tags"] == {"stage": "final", "x": "a=b"}
    assert run["note"] == "Use this one."


@pytest.mark.parametrize("arguments", [(), ("stage",), ("=x",)])
def test_a_tag_is_written_key_equals_value(
    terminal: Terminal, recorded: list[str], arguments: tuple[str, ...]
) -> None:
    assert terminal("runs", "tag", "deep", *arguments).code == 2


def test_an_artifact_goes_to_standard_output_or_to_a_new_file(
    terminal: Terminal, recorded: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "model.txt"

    assert terminal("runs", "artifact", "deep", "model.txt").out == "model of depth 8"
    assert terminal("runs", "artifact", "deep", "model.txt", "--output", str(file)).code == 0
    assert file.read_text() == "model of depth 8"
    again = terminal("runs", "artifact", "middle", "model.txt", "--output", str(file))
    assert again.code == 4
    assert file.read_text() == "model of depth 8"


def test_an_artifact_that_is_not_there_is_named(terminal: Terminal, recorded: list[str]) -> None:
    said = terminal("runs", "artifact", "deep", "modl.txt")

    assert said.code == 3
    assert "Did you mean 'model.txt'?" in said.err


def test_an_experiment_travels_in_one_file(
    terminal: Terminal, recorded: list[str], tmp_path: Path
) -> None:
    file = str(tmp_path / "churn.nbmlops")
    other = ("--workspace", str(tmp_path / "other"))

    assert terminal("runs", "export", "churn", "--output", file).code == 0
    assert terminal("runs", "export", "churn", "--output", file).code == 4
    assert set(terminal("runs", "import", file, "--json", *other).record["runs"]) == set(recorded)

    there = terminal(*other, "runs", "find", "--json").record
    assert {run["id"] for run in there["runs"]} == set(recorded)
    assert terminal(*other, "runs", "artifact", "deep", "model.txt").out == "model of depth 8"


def test_an_import_says_what_was_new_and_what_was_here(
    terminal: Terminal, workspace: Workspace, recorded: list[str], tmp_path: Path
) -> None:
    other = ("--workspace", str(tmp_path / "other"))
    for name in ("first", "second"):
        file = str(tmp_path / f"{name}.nbmlops")
        assert terminal("runs", "export", "churn", "--output", file).code == 0
        with workspace.runs.track("churn") as run:
            pass

    first, second = (str(tmp_path / f"{name}.nbmlops") for name in ("first", "second"))
    assert terminal("runs", "import", first, *other).out == "3 runs imported.\n"
    assert terminal("runs", "import", second, *other).out == "1 run imported, 3 already here.\n"
    again = terminal("runs", "import", first, "--json", *other).record
    assert (again["runs"], again["already"]) == ([], sorted(recorded))
    for kind in ("monitors", "monitors_already", "monitors_left_out"):
        assert again[kind] == []
    assert terminal("runs", "import", first, *other).out == "0 runs imported, 3 already here.\n"
    assert run.id not in again["already"]


def test_a_file_to_import_that_is_not_there_is_not_found(
    terminal: Terminal, recorded: list[str], tmp_path: Path
) -> None:
    assert terminal("runs", "export", "churn", "--output", str(tmp_path / "churn.nbx")).code == 0

    said = terminal("runs", "import", str(tmp_path / "chrun.nbx"))

    assert said.code == 3
    assert "Did you mean" in said.err
    assert "churn.nbx" in said.err


@pytest.mark.parametrize("command", [("export", "churn"), ("artifact", "deep", "model.txt")])
def test_a_folder_that_is_not_there_is_not_made(
    terminal: Terminal, recorded: list[str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    said = terminal("runs", *command, "--output", str(tmp_path / "typo" / "file"))

    assert said.code == 3
    assert "No folder" in said.err
    assert "typo" in said.err
    assert not (tmp_path / "typo").exists()


def test_a_file_that_is_no_export_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "x.nbmlops"
    file.write_bytes(b"PK\x03\x04 not really")

    said = terminal("runs", "import", str(file))

    assert said.code == 2
    assert terminal("runs", "find", "--json").record["total"] == 0
