"""Monitors come along with the experiment that their looks are recorded in, whole or not at all."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from places import settings_at

from nbmlops.cli import main
from nbmlops.errors import ExperimentNotFoundError, InvalidArchiveError, MonitorNotFoundError
from nbmlops.settings import Settings
from nbmlops.store import open_store
from nbmlops.store.doctor import check
from nbmlops.store.framing import frame
from nbmlops.workspace import Workspace


def rows(seed: int, shift: float = 0.0, count: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    score = random.random(count)
    return pd.DataFrame(
        {
            "age": random.normal(40 + shift, 9, count),
            "city": random.choice(["Rome", "Bonn"], count),
            "score": score,
            "bought": (random.random(count) < score).astype(int),
        }
    )


@pytest.fixture
def here(workspace_settings: Settings):
    """A workspace on either database."""
    opened = Workspace(workspace_settings)
    yield opened
    opened.close()


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


def write(logs: Path, day: int, shift: float = 0.0) -> None:
    rows(100 + day, shift).to_parquet(logs / f"day-{day:03d}.parquet")


def watched(ws: Workspace, logs: Path, **options: Any) -> Workspace:
    given = {
        "reference": rows(1, count=2000),
        "source": str(logs / "*.parquet"),
        "target": "bought",
        "prediction": "score",
        "experiment": "watching",
        **options,
    }
    ws.monitors.add("live", **given)
    for day in range(6):
        write(logs, day, shift=3)
    ws.monitors.run("live")
    return ws


def elsewhere(settings: Settings, tmp_path: Path, name: str = "elsewhere") -> Workspace:
    return Workspace(settings_at(settings, tmp_path / name))


def as_told(ws: Workspace) -> dict[str, Any]:
    said = ws.monitors.show("live").to_dict()
    said["monitor"].pop("revision")
    return said


def test_a_monitor_comes_with_its_definition_and_all_that_it_has_seen(
    here: Workspace, logs: Path, tmp_path: Path
) -> None:
    watched(here, logs)
    file = here.runs.export("watching", tmp_path / "watching.nbx")
    there = elsewhere(here.store.settings, tmp_path)

    taken = there.runs.import_(file)

    assert (len(taken), taken.monitors) == (1, ["live"])
    assert there.monitors.show("live").drifted_columns == ("age",)
    assert as_told(there) == as_told(here)
    assert [each.code for each in check(there.store) if each.severity == "error"] == []
    write(logs, 6, shift=3)  # both go on from the same place
    one, other = here.monitors.run("live"), there.monitors.run("live")
    assert [look.label for look in other.new_looks] == ["day-006"]
    assert [column.evidence for column in other.columns] == [
        column.evidence for column in one.columns
    ]
    there.close()


def test_importing_into_either_database_and_again_adds_nothing(
    here: Workspace, logs: Path, tmp_path: Path
) -> None:
    away = watched(elsewhere(here.store.settings, tmp_path), logs)
    file = away.runs.export("watching", tmp_path / "watching.nbx")

    first, second = here.runs.import_(file), here.runs.import_(file)

    assert (first.monitors, second.monitors, second.monitors_already) == (["live"], [], ["live"])
    assert as_told(here) == as_told(away)
    here.monitors.remove("live")
    assert here.runs.import_(file).monitors_already == ["live"]
    with pytest.raises(MonitorNotFoundError):
        here.monitors.get("live")
    away.close()


def test_another_monitor_of_that_name_stays_as_it_is_until_it_is_removed(
    here: Workspace, logs: Path, tmp_path: Path
) -> None:
    away = watched(elsewhere(here.store.settings, tmp_path), logs)
    file = away.runs.export("watching", tmp_path / "watching.nbx")
    here.monitors.add("live", reference=rows(3), source=str(logs))
    own = here.monitors.get("live")

    taken = here.runs.import_(file)

    assert (len(taken), taken.monitors, taken.monitors_left_out) == (1, [], ["live"])
    assert here.monitors.get("live") == own
    here.monitors.remove("live")
    assert here.runs.import_(file).monitors == ["live"]
    assert as_told(here) == as_told(away)
    here.store.drain()
    assert as_told(here) == as_told(away)
    away.close()


def test_only_monitors_of_the_experiment_come_along(
    here: Workspace, logs: Path, tmp_path: Path
) -> None:
    watched(here, logs)
    here.monitors.add("other", reference=rows(3), source=str(logs), experiment="elsewhere")
    here.monitors.add("new", reference=rows(3), source=str(logs), experiment="WATCHING")
    plain = {"reference": rows(3), "source": str(logs / "*.parquet")}
    here.monitors.add("unnamed", **plain)
    run = here.monitors.run("unnamed").run_id
    there = elsewhere(here.store.settings, tmp_path)

    with pytest.raises(ExperimentNotFoundError):
        here.runs.export("elsewhere", tmp_path / "none.nbx")
    there.runs.import_(here.runs.export("watching", tmp_path / "watching.nbx"))
    assert [one.name for one in there.monitors.find()] == ["live", "new"]

    its = here.runs.get(str(run)).experiment
    there.runs.import_(here.runs.export(its, tmp_path / "its.nbx"))
    assert [one.name for one in there.monitors.find()] == ["live", "new", "unnamed"]
    there.close()


def test_a_monitor_whose_last_run_was_deleted_comes_without_it(
    here: Workspace, logs: Path, tmp_path: Path
) -> None:
    watched(here, logs)
    gone = here.monitors.get("live").run_id
    write(logs, 7)
    kept = here.monitors.run("live").run_id
    here.runs.delete(str(kept))
    there = elsewhere(here.store.settings, tmp_path)

    taken = there.runs.import_(here.runs.export("watching", tmp_path / "watching.nbx"))

    assert list(taken) == [gone]
    assert there.monitors.get("live").run_id is None
    assert there.monitors.show("live").monitor.look_count == 7
    there.close()


# ── files of somebody else's ─────────────────────────────────────────────────────────────────


@pytest.fixture
def exported(folder_settings: Settings, logs: Path, tmp_path: Path) -> Path:
    ws = watched(Workspace(folder_settings), logs)
    file = ws.runs.export("watching", tmp_path / "watching.nbx")
    ws.close()
    return file


def members_of(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


class Opened:
    """An export taken apart: its records, its manifest, and the monitor's state."""

    def __init__(self, file: Path) -> None:
        self.members = members_of(file)
        lines = self.members.pop("events.nbj").split(b"\n")
        self.records = [json.loads(line[:-12]) for line in lines if line]
        self.manifest = json.loads(self.members.pop("manifest.json"))
        self.said = next(each for each in self.records if isinstance(each, dict)
                         and each["k"] == "monitor")["d"]  # fmt: skip
        self.state = json.loads(self.members[f"artifacts/{self.said['state_digest']}"])

    def written(self, file: Path) -> Path:
        """The file again, under digests that are right."""
        state = json.dumps(self.state).encode()
        if self.said.get("state_digest") in {name[10:] for name in self.members}:
            self.said["state_digest"] = hashlib.sha256(state).hexdigest()
            self.members[f"artifacts/{self.said['state_digest']}"] = state
        events = b"".join(frame(json.dumps(each).encode()) for each in self.records)
        members = {**self.members, "events.nbj": events}
        self.manifest["members"] = {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in members.items()
        }
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
            archive.writestr("manifest.json", json.dumps(self.manifest))
        return file


def body(**said: Any) -> Callable[[Opened], object]:
    return lambda opened: opened.said["body"].update(said)


def without(digest: str) -> Callable[[Opened], object]:
    return lambda opened: opened.members.pop(f"artifacts/{opened.said[digest]}")


def other_reference(opened: Opened) -> None:
    content = b"no profile"
    digest = hashlib.sha256(content).hexdigest()
    opened.said["reference_digest"] = digest
    opened.members[f"artifacts/{digest}"] = content


def twice(opened: Opened) -> None:
    opened.records.append(opened.records[-1])


def renamed(name: str) -> Callable[[Opened], object]:
    def change(opened: Opened) -> None:
        opened.said["name"] = opened.said["body"]["name"] = name
        opened.manifest["monitors"] = [name]

    return change


HOSTILE: dict[str, Callable[[Opened], object]] = {
    "a name that acts": renamed("a\x1b[31m"),
    "a name that is a path": renamed("../../x"),
    "a name of two": body(name="another"),
    "a monitor that the manifest lacks": lambda opened: opened.manifest.pop("monitors"),
    "a monitor that only the manifest has": lambda opened: opened.manifest["monitors"].append("x"),
    "a monitor twice": twice,
    "a monitor that was removed": lambda opened: opened.said.update(removed_at=4),
    "a monitor of a run": lambda opened: opened.records[-1].update(r=opened.manifest["runs"][0]),
    "a digest that is a path": lambda opened: opened.said.update(reference_digest="../../x"),
    "no digest": lambda opened: opened.said.update(state_digest=None),
    "no state": without("state_digest"),
    "no reference": without("reference_digest"),
    "a reference that is none": other_reference,
    "a run that is not there": body(run_id="01JD8Z3K5V9Q2W4X6Y8Z0A1B2C"),
    "a run that is a path": body(run_id="../../x"),
    "an experiment that acts": body(experiment="a\x1b[31m"),
    "a password in the source": body(source="s3://me:secret@bucket/x.csv"),
    "a password in the database": body(
        source="SELECT 1", database="postgresql://me:secret@host/x", time="at"
    ),
    "a query without a time": body(source="SELECT 1", database="sqlite:///x.db"),
    "a query that changes": body(source="DELETE FROM x", database="sqlite:///x.db", time="at"),
    "a budget that is none": body(budget="never"),
    "a length that is none": body(every="500 rows"),
    "half of a loss": body(prediction=None),
    "a count that is not that of the state": body(look_count=2),
    "a state that is none": lambda opened: setattr(opened, "state", [1]),
    "a record of no run": lambda opened: opened.records.append(
        {"s": 1, "t": 1, "k": "note", "r": "-", "d": {"text": "x"}}
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_monitor_that_breaks_a_rule_is_refused_before_anything_is_written(
    kind: str, exported: Path, folder_settings: Settings, tmp_path: Path, capsys: Any
) -> None:
    opened = Opened(exported)
    HOSTILE[kind](opened)
    bad = opened.written(tmp_path / "bad.nbx")
    there = elsewhere(folder_settings, tmp_path)

    with pytest.raises(InvalidArchiveError) as refused:
        there.runs.import_(bad)

    assert "secret" not in str(refused.value)
    assert not there.store.settings.root.exists()
    there.close()
    with pytest.raises(SystemExit) as left:
        main(["--workspace", str(tmp_path / "new"), "runs", "import", str(bad)])
    said = capsys.readouterr()
    assert (left.value.code, said.out) == (2, "")
    assert "Traceback" not in said.err
    assert "\x1b" not in said.err


NONSENSE: list[Any] = [
    *(None, [], {}, -1, 2**63, 1e308, True, "", "x" * 2000, "<script>", [[[]]], {"a": None}),
    *(float("nan"), float("inf"), [None], "NaN", 1.5, 10**400),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, item in inside:
        found.append((*path, key))
        if isinstance(item, (dict, list)):
            found += places(item, (*path, key))
    return found


def test_a_state_with_nonsense_anywhere_is_refused_or_goes_on(
    exported: Path, folder_settings: Settings, logs: Path, tmp_path: Path
) -> None:
    pick = random.Random(4)
    taken = 0
    kept = Opened(exported)
    paths = [("watch", *path) for path in places(kept.state["watch"]) if len(path) < 4]
    paths += [("seen", *path) for path in places(kept.state["seen"])]
    every = [*pick.sample(paths, 60), *pick.sample(places(kept.state), 60)]
    for number, path in enumerate(every):
        opened = Opened(exported)
        value, at = pick.choice(NONSENSE), opened.state
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = copy.deepcopy(value)
        there = elsewhere(folder_settings, tmp_path, f"there-{number}")
        try:
            there.runs.import_(opened.written(tmp_path / "bad.nbx"))
        except InvalidArchiveError:
            assert not there.store.settings.root.exists()
            continue
        finally:
            there.close()
        taken += 1
        again = elsewhere(folder_settings, tmp_path, f"there-{number}")
        try:
            report = again.monitors.run("live")
            repr(report)
            json.dumps(report.to_dict(), allow_nan=False)
        except Exception as problem:
            problem.add_note(f"{path} = {value!r}"[:200])
            raise
        finally:
            again.close()
    assert taken < len(every) / 2


def test_an_older_version_says_that_the_file_is_newer(exported: Path) -> None:
    assert Opened(exported).manifest["version"] == 2  # which one that knows no monitors refuses


def test_a_file_without_monitors_is_what_it_was(
    folder_settings: Settings, record: Any, tmp_path: Path
) -> None:
    store = open_store(folder_settings)
    record(store)
    file = store.export("churn", tmp_path / "churn.nbx")
    assert json.loads(members_of(file)["manifest.json"])["version"] == 1
    store.close()


def test_the_terminal_says_what_an_imported_monitor_reads(
    exported: Path, logs: Path, tmp_path: Path, capsys: Any
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--workspace", str(tmp_path / "new"), "runs", "import", str(exported)])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "1 run imported." in said
    assert f"Monitor live imported; a run of it reads {logs}" in said
