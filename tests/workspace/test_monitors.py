"""`ws.monitors`: what is new is looked at once, whatever happens in between."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nbmlops.drift.monitor_report import MonitorReport
from nbmlops.errors import (
    AlreadyExistsError,
    InvalidDataError,
    InvalidNameError,
    InvalidOptionError,
    MonitorMovedError,
    MonitorNotFoundError,
    PathNotFoundError,
)
from nbmlops.store import open_store
from nbmlops.store.rebuild import rebuild
from nbmlops.workspace import Workspace
from nbmlops.workspace.drift import REPORT
from nbmlops.workspace.monitors import MONITOR_REPORT


def rows(seed: int, count: int = 300, shift: float = 0.0) -> pd.DataFrame:
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
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


def write(logs: Path, day: int, shift: float = 0.0) -> None:
    rows(100 + day, shift=shift).to_parquet(logs / f"day-{day:03d}.parquet")


def watch(workspace: Workspace, logs: Path, **options: object) -> None:
    given = {"reference": rows(1, 3000), "source": str(logs / "*.parquet"), **options}
    workspace.monitors.add("live", **given)


def shown(report: MonitorReport) -> dict:
    """A report without what differs from run to run."""
    said = report.to_dict()
    for name in ("run_id", "notes", "verdict", "looks"):
        said.pop(name)
    said["monitor"] = {
        name: value
        for name, value in said["monitor"].items()
        if name in ("look_count", "row_count", "drifted", "is_harmful")
    }
    return said


def test_each_run_looks_at_the_files_that_are_new(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs)
    first = workspace.monitors.run("live")
    assert first.looks == ()
    assert "There is nothing in" in first.notes[0]

    for day in range(3):
        write(logs, day)
    second = workspace.monitors.run("live")
    write(logs, 3)
    third = workspace.monitors.run("live")
    fourth = workspace.monitors.run("live")

    assert [look.label for look in second.new_looks] == ["day-000", "day-001", "day-002"]
    assert [look.label for look in third.new_looks] == ["day-003"]
    assert fourth.new_looks == ()
    assert fourth.notes == ("Nothing is new since the last look.",)
    assert fourth.monitor.row_count == 1200
    assert not fourth.drifted


def test_a_run_is_a_run_with_its_reports_and_its_numbers(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs, experiment="watching")
    for day in range(6):
        write(logs, day, shift=6)

    report = workspace.monitors.run("live")

    assert report.drifted_columns == ("age",)
    assert report.verdict.startswith("Monitor live: age drifted, first found in day-00")
    run = workspace.runs.get(str(report.run_id))
    assert (run.kind, run.experiment, run.name) == ("check", "watching", "monitor live")
    assert run.metrics["drifted_columns"] == 1
    assert run.metrics["new_rows"] == 1800
    assert len(run.series("evidence/age")) == 6
    assert run.params["budget"] == "1 in 5 years"
    kept = json.loads(workspace.runs.artifact(run, MONITOR_REPORT))
    assert kept["verdict"] == report.verdict
    assert workspace.drift.show(run).drifted_columns == ("age",)
    found = workspace.runs.find("tags.monitor = 'live' and metrics.drifted_columns > 0")
    assert [one.id for one in found] == [run.id]


def test_an_alarm_stays_and_is_shown_without_a_new_look(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs)
    for day in range(12):
        write(logs, day, shift=6 if day < 6 else 0)
    ran = workspace.monitors.run("live")

    again = workspace.monitors.show("live")

    assert again.drifted
    assert shown(again) == shown(ran)
    assert len(workspace.runs.find("tags.monitor = 'live'")) == 1
    assert workspace.monitors.find()[0].drifted == ("age",)


def test_how_often_it_is_run_changes_nothing(
    workspace: Workspace, logs: Path, tmp_path: Path
) -> None:
    watch(workspace, logs)
    workspace.monitors.add("often", reference=rows(1, 3000), source=str(logs / "*.parquet"))
    for day in range(7):
        write(logs, day, shift=0.1 * day)
        workspace.monitors.run("often")

    assert shown(workspace.monitors.run("live")) == shown(workspace.monitors.show("often"))


def test_rows_of_a_file_that_grows_are_told_by_their_time(
    workspace: Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "sales.csv"
    every = rows(5, 2000).assign(sold_at=pd.date_range("2026-01-01", periods=2000, freq="30min"))
    every.iloc[:500].to_csv(file, index=False)
    workspace.monitors.add("sales", reference=rows(1, 3000), source=file, time="sold_at")
    workspace.monitors.add("once", reference=rows(1, 3000), source=file, time="sold_at")

    first = workspace.monitors.run("sales")
    every.sample(frac=1, random_state=2).to_csv(file, index=False)
    second = workspace.monitors.run("sales")

    assert [look.row_count for look in first.looks] == [48] * 10 + [20]
    assert sum(look.row_count for look in second.looks) == second.monitor.row_count == 2000
    assert second.new_looks[0].label == "2026-01-11"  # the day that was looked at in part
    assert workspace.monitors.run("sales").new_looks == ()
    assert workspace.monitors.run("once").monitor.row_count == 2000


def test_a_season_of_the_time_is_no_drift(workspace: Workspace, tmp_path: Path) -> None:
    def weeks(seed: int, start: str) -> pd.DataFrame:
        frame = rows(seed, 56 * 40).assign(at=pd.date_range(start, periods=56 * 40, freq="36min"))
        frame["age"] += 12 * (frame["at"].dt.day_of_week >= 5)
        return frame

    weeks(3, "2026-03-02").to_parquet(tmp_path / "live.parquet")
    options = {"reference": weeks(2, "2026-01-05"), "source": tmp_path / "live.parquet"}
    workspace.monitors.add("plain", time="at", **options)
    workspace.monitors.add("apart", time="at", by="weekday", **options)

    assert workspace.monitors.run("plain").drifted
    report = workspace.monitors.run("apart")
    assert not report.drifted
    assert report.monitor.look_count == 56


def test_the_loss_is_watched_where_labels_come(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs, target="bought", prediction="score")
    for day in range(4):
        write(logs, day)
    rows(50).drop(columns="bought").to_parquet(logs / "day-005.parquet")
    calm = workspace.monitors.run("live")
    for day in range(6, 16):
        frame = rows(day)
        frame["bought"] = 1 - frame["bought"]
        frame.to_parquet(logs / f"day-{day:03d}.parquet")
    worse = workspace.monitors.run("live")

    assert calm.losses is not None
    assert (calm.is_harmful, calm.losses.metric, calm.losses.row_count) == (
        False, "Brier score", 1200,
    )  # fmt: skip
    assert calm.losses.losses[-1] is None
    assert worse.is_harmful
    assert "The model does worse: its Brier score is above" in worse.verdict
    assert workspace.runs.get(str(worse.run_id)).metrics["harm"] == 1


@pytest.mark.parametrize("time", [None, "at"])
def test_a_file_that_cannot_be_read_keeps_no_other_from_being_looked_at(
    workspace: Workspace, logs: Path, time: str | None
) -> None:
    def put(day: int) -> None:
        frame = rows(100 + day).assign(at=pd.Timestamp("2026-03-01") + pd.Timedelta(days=day))
        frame.to_parquet(logs / f"day-{day:03d}.parquet")

    reference = rows(1, 3000).assign(at=pd.Timestamp("2026-01-01"))
    watch(workspace, logs, reference=reference, time=time)
    damaged = logs / "day-001.parquet"
    put(0)
    workspace.monitors.run("live")
    damaged.write_bytes(b"PAR1 and no more")

    with pytest.raises(InvalidDataError, match="day-001"):  # where nothing else is new
        workspace.monitors.run("live")
    assert workspace.monitors.get("live").look_count == 1
    assert workspace.runs.find("tags.monitor = 'live'")[0].status == "failed"
    put(2)
    (note,) = workspace.monitors.run("live").notes
    assert "day-001.parquet' cannot be read and is in no look; it is tried again" in note
    assert workspace.monitors.get("live").row_count == 600
    put(1)  # whole now, and earlier than what was seen meanwhile
    report = workspace.monitors.run("live")

    assert (report.monitor.row_count, report.notes) == (900, ())


def test_a_file_that_changed_after_its_look_is_told(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs)
    write(logs, 0)
    workspace.monitors.run("live")
    rows(4, 500).to_parquet(logs / "day-000.parquet")

    (note,) = workspace.monitors.run("live").notes

    assert "changed since it was looked at" in note
    assert "--time" in note
    assert workspace.monitors.run("live").notes == ("Nothing is new since the last look.",)


# ── two at once, and crashes ─────────────────────────────────────────────────────────────────


def test_of_two_that_look_at_once_one_moves_it_and_the_other_is_told(
    workspace: Workspace, logs: Path
) -> None:
    watch(workspace, logs)
    write(logs, 0)
    store = workspace.store.monitors
    before = store.get("live")
    state = store.content(before)

    report = workspace.monitors.run("live")

    with pytest.raises(MonitorMovedError):
        store.move(before, before, state, who="me")
    assert workspace.monitors.get("live") == report.monitor
    assert store.content(report.monitor)


RUN = "import sys; from nbmlops.workspace import open_workspace as o; o(sys.argv[1]).monitors.run('live')"


def test_processes_that_look_at_once_count_each_row_once(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs)
    for day in range(4):
        write(logs, day)
    place = str(workspace.settings.root)
    started = [
        subprocess.Popen([sys.executable, "-c", RUN, place], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [(one.communicate()[1], one.returncode) for one in started]

    assert any(code == 0 for _, code in said)
    assert all(code == 0 or "MonitorMovedError" in text for text, code in said), said
    assert workspace.monitors.run("live").monitor.row_count == 1200
    assert [look.number for look in workspace.monitors.show("live").looks] == [1, 2, 3, 4]


KILLED = """
import os, signal, sys
from nbmlops.workspace import open_workspace
from nbmlops.store.monitors import Monitors

def dying(self, *given, **more):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(Monitors, sys.argv[2], dying)
open_workspace(sys.argv[1]).monitors.run("live")
"""


@pytest.mark.parametrize(
    ("where", "rows_before"),
    [("_keep", 300), ("move", 300), ("_tell", 600)],
)
def test_a_look_that_is_killed_loses_no_row_and_counts_none_twice(
    workspace: Workspace, logs: Path, where: str, rows_before: int
) -> None:
    watch(workspace, logs)
    write(logs, 0)
    workspace.monitors.run("live")
    write(logs, 1)
    place = str(workspace.settings.root)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, place, where], capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr

    assert workspace.monitors.get("live").row_count == rows_before
    report = workspace.monitors.run("live")

    assert report.monitor.row_count == 600
    assert [look.label for look in report.looks] == ["day-000", "day-001"]
    straight = Workspace(workspace.settings)
    straight.monitors.add("other", reference=rows(1, 3000), source=str(logs / "*.parquet"))
    assert shown(straight.monitors.run("other")) == shown(report)


def test_a_rebuilt_database_has_the_monitors_where_they_were(
    workspace: Workspace, logs: Path
) -> None:
    watch(workspace, logs)
    workspace.monitors.add("gone", reference=rows(1, 3000), source=str(logs))
    workspace.monitors.remove("gone", why="a test")
    write(logs, 0)
    before = workspace.monitors.run("live").monitor

    rebuild(workspace.store)
    assert list(workspace.monitors.find()) == [before]
    workspace.close()
    database = workspace.settings.root / "workspace.db"
    for path in workspace.settings.root.glob("workspace*.db*"):
        path.unlink()
    assert not database.exists()
    rebuild(workspace.store)

    assert list(workspace.monitors.find()) == [before]  # from the journal alone
    write(logs, 1)
    assert workspace.monitors.run("live").monitor.row_count == 600


def test_what_is_no_longer_spoken_of_is_not_kept(workspace: Workspace, logs: Path) -> None:
    def kept() -> int:
        return len(list(workspace.store.artifacts.local.all()))

    watch(workspace, logs)
    assert kept() == 2
    workspace.monitors.run("live")
    states = kept()
    workspace.monitors.run("live")
    assert kept() - states <= 2  # the reports of the second run
    workspace.monitors.remove("live")

    runs = workspace.runs.find("tags.monitor = 'live'")
    assert kept() == len({one.digest for run in runs for one in run.artifacts.values()})


def test_purging_a_run_leaves_what_a_monitor_needs(workspace: Workspace, logs: Path) -> None:
    profile = workspace.drift.profile(rows(1, 3000)).thin()
    with workspace.runs.track("churn") as run:
        run.log_artifact(profile.to_bytes(), "train.profile")
    watch(workspace, logs, reference=f"run:{run.id}/train")
    workspace.runs.delete(run.id)
    workspace.runs.purge(run.id, why="a test")
    write(logs, 0)

    assert workspace.monitors.run("live").monitor.row_count == 300


def test_monitors_are_one_and_the_same_on_postgresql(
    postgres_url: str, tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbmlops.workspace import open_workspace

    monkeypatch.setenv("NBMLOPS_ARTIFACTS", str(tmp_path / "artifacts"))
    shared = open_workspace(postgres_url)
    try:
        watch(shared, logs)
        for day in range(5):
            write(logs, day, shift=8)
        report = shared.monitors.run("live")
        assert report.drifted_columns == ("age",)
        assert list(shared.monitors.find()) == [report.monitor]
        with pytest.raises(AlreadyExistsError):
            watch(shared, logs)
        shared.monitors.remove("live")
        watch(shared, logs)
        assert shared.monitors.get("live").look_count == 0
        assert shared.monitors.get("live").revision == 4
        rebuild(open_store(shared.settings))
        assert shared.monitors.get("live").revision == 4
    finally:
        shared.close()


# ── what does not fit ────────────────────────────────────────────────────────────────────────


def test_a_name_is_used_once_and_may_be_used_again(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs)
    with pytest.raises(AlreadyExistsError, match="live"):
        watch(workspace, logs)
    workspace.monitors.remove("live")
    with pytest.raises(MonitorNotFoundError):
        workspace.monitors.run("live")
    watch(workspace, logs)
    assert workspace.monitors.get("live").look_count == 0


def test_a_name_that_is_not_there_is_told_with_those_that_are(
    workspace: Workspace, logs: Path
) -> None:
    with pytest.raises(MonitorNotFoundError, match="Add one"):
        workspace.monitors.show("live")
    watch(workspace, logs)
    with pytest.raises(MonitorNotFoundError, match="Did you mean 'live'"):
        workspace.monitors.show("liev")
    with pytest.raises(MonitorNotFoundError, match="There are: 'live'"):
        workspace.monitors.remove("quite different")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"budget": "never"}, InvalidOptionError),
        ({"every": "500 rows"}, InvalidOptionError),
        ({"every": "1 fortnight"}, InvalidOptionError),
        ({"target": "bought"}, InvalidOptionError),
        ({"by": "weekday"}, InvalidOptionError),
        ({"by": "town"}, InvalidOptionError),
        ({"source": "s3://user:secret@host/x"}, InvalidOptionError),
        ({"reference": "nowhere.parquet"}, PathNotFoundError),
        ({"reference": 3}, InvalidDataError),
        ({"reference": pd.DataFrame({"id": [f"u{n}" for n in range(99)]})}, InvalidDataError),
        ({"target": "bought", "prediction": "score", "reference": rows(1, 9)}, InvalidDataError),
        ({"columns": ["aeg"]}, InvalidDataError),
    ],
)
def test_what_does_not_fit_is_told_and_adds_nothing(
    workspace: Workspace, logs: Path, options: dict, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        watch(workspace, logs, **options)

    assert "secret" not in str(caught.value)
    assert len(workspace.monitors.find()) == 0


@pytest.mark.parametrize("name", ["", "../up", "a\nb", "C:x"])
def test_names_are_held_to_the_rules_of_names(workspace: Workspace, logs: Path, name: str) -> None:
    with pytest.raises(InvalidNameError):
        workspace.monitors.add(name, reference=rows(1), source=str(logs))


def test_a_column_that_is_no_longer_there_raises_an_alarm(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs, columns=["age", "city"])
    rows(3).drop(columns="city").to_parquet(logs / "a.parquet")

    report = workspace.monitors.run("live")

    states = {one.name: one.state for one in report.columns}
    assert states == {"age": "none", "city": "drifted"}
    assert "the new rows do not have it" in report.to_text()


def test_its_parts_are_there_from_any_folder(
    workspace: Workspace, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(logs.parent)
    workspace.monitors.add("live", reference=rows(1, 3000), source="logs/*.parquet")
    write(logs, 0)
    monkeypatch.chdir("/")

    assert workspace.monitors.run("live").monitor.row_count == 300
    assert os.path.isabs(workspace.monitors.get("live").source)


def test_a_damaged_report_spoils_no_monitor(workspace: Workspace, logs: Path) -> None:
    watch(workspace, logs)
    write(logs, 0)
    run = str(workspace.monitors.run("live").run_id)

    assert {MONITOR_REPORT, REPORT} == set(workspace.runs.get(run).artifacts)
    workspace.runs.delete(run)
    workspace.runs.purge(run, why="a test")
    assert workspace.monitors.show("live").monitor.row_count == 300


# ── queries ──────────────────────────────────────────────────────────────────────────────────


def sales(seed: int, start: str, count: int = 480, shift: float = 0.0) -> pd.DataFrame:
    times = pd.date_range(start, periods=count, freq="12min")
    return rows(seed, count, shift).assign(sold_at=times)


@pytest.mark.parametrize("where", ["", " WHERE sold_at > :after"])
def test_rows_of_a_database_are_looked_at_once(
    workspace: Workspace, tmp_path: Path, where: str
) -> None:
    address = f"sqlite:///{tmp_path}/sales.db"
    with closing(sqlite3.connect(tmp_path / "sales.db")) as connection:
        sales(1, "2026-03-01").to_sql("sales", connection, index=False)
        workspace.monitors.add(
            "sales",
            reference=rows(1, 3000),
            source=f"SELECT * FROM sales{where}",
            database=address,
            time="sold_at",
        )
        first = workspace.monitors.run("sales")
        sales(2, "2026-03-05", shift=9).to_sql("sales", connection, index=False, if_exists="append")
    second = workspace.monitors.run("sales")

    assert [look.row_count for look in first.looks] == [120] * 4
    assert second.new_looks[0].label == "2026-03-05"
    assert second.monitor.row_count == 960
    assert second.drifted_columns == ("age",)
    assert workspace.monitors.run("sales").new_looks == ()


def test_rows_of_postgresql_are_looked_at_and_its_password_is_kept_nowhere(
    workspace: Workspace, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlalchemy as sa

    engine = sa.create_engine(postgres_url)
    sales(1, "2026-03-01").to_sql("sales_of_a_test", engine, index=False, if_exists="replace")
    monkeypatch.setenv("SALES_DB", postgres_url)
    query = "SELECT * FROM sales_of_a_test WHERE sold_at > :after"
    options = {"reference": rows(1, 3000), "time": "sold_at", "database": "env:SALES_DB"}
    workspace.monitors.add("sales", source=query, **options)

    assert workspace.monitors.run("sales").monitor.row_count == 480
    assert workspace.monitors.run("sales").new_looks == ()
    gone = "WITH gone AS (DELETE FROM sales_of_a_test RETURNING *) SELECT * FROM gone"
    workspace.monitors.add("evil", source=gone, **options)
    with pytest.raises(InvalidDataError, match="the query failed"):
        workspace.monitors.run("evil")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM sales_of_a_test")).scalar() == 480
    engine.dispose()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"source": "SELECT 1", "time": "t"}, "needs the address"),
        ({"source": "logs/*", "time": "t", "database": "sqlite:///x.db"}, "is no query"),
        ({"source": "SELECT 1", "database": "sqlite:///x.db"}, "column of times"),
        ({"source": "SELECT 1", "time": "t", "database": "env:NO_SUCH_DB"}, "is not set"),
        ({"source": "SELECT 1", "time": "t", "database": "postgresql://a:secret@b/c"}, "password"),
    ],
)
def test_a_query_that_does_not_fit_is_told(
    workspace: Workspace, logs: Path, options: dict, told: str
) -> None:
    with pytest.raises(InvalidOptionError, match=told) as caught:
        watch(workspace, logs, **options)

    assert "secret" not in str(caught.value)


def test_a_query_that_fails_is_told_and_moves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/sales.db"
    options = {"reference": rows(1, 3000), "database": address, "time": "sold_at"}
    workspace.monitors.add("sales", source="SELECT * FROM nowhere", **options)

    with pytest.raises(InvalidDataError, match="no such table"):
        workspace.monitors.run("sales")
    assert workspace.monitors.get("sales").look_count == 0
