"""Monitors of data with times: each row is looked at once, however late it comes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbmlops.errors import InvalidOptionError
from nbmlops.workspace import Workspace, open_workspace

START = pd.Timestamp("2026-03-01")


def sales(seed: int, hours: range, shift: float = 0.0) -> pd.DataFrame:
    """One row for each hour; the times of equal hours are equal."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "sold_at": [START + pd.Timedelta(hours=hour) for hour in hours],
            "price": random.normal(40 + shift, 9, len(hours)),
        }
    )


@pytest.fixture
def logs(workspace: Workspace, tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    watch(workspace, folder)
    return folder


def watch(workspace: Workspace, folder: Path) -> None:
    workspace.monitors.add(
        "live",
        reference=sales(1, range(3000)),
        source=str(folder),
        time="sold_at",
    )


def counted(workspace: Workspace) -> int:
    return workspace.monitors.run("live").monitor.row_count


@pytest.mark.parametrize(
    ("time", "told"), [("nosuch", "no column of this name"), ("price", "numbers and no times")]
)
def test_times_that_are_none_are_told_before_the_first_look(
    workspace: Workspace, tmp_path: Path, time: str, told: str
) -> None:
    sales(2, range(20)).to_csv(tmp_path / "a.csv", index=False)

    with pytest.raises(InvalidOptionError, match=told):
        workspace.monitors.add(
            "live", reference=sales(1, range(300)), source=tmp_path / "a.csv", time=time
        )

    assert list(workspace.monitors.find()) == []


def test_a_new_file_of_days_that_were_seen_is_looked_at(workspace: Workspace, logs: Path) -> None:
    sales(2, range(120)).to_parquet(logs / "north.parquet")
    calm = workspace.monitors.run("live")
    sales(3, range(120), shift=30.0).to_parquet(logs / "south.parquet")  # the same hours

    drifted = workspace.monitors.run("live")

    assert (calm.drifted, calm.monitor.row_count) == (False, 120)
    assert (drifted.drifted, drifted.monitor.row_count) == (True, 240)
    assert [look.label for look in drifted.looks] == [f"2026-03-0{day}" for day in range(1, 6)] * 2
    assert counted(workspace) == 240


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_appended_is_new_whatever_its_times(
    workspace: Workspace, logs: Path, ending: str
) -> None:
    def put(frame: pd.DataFrame) -> None:
        path = logs / f"sales.{ending}"
        frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)

    frame = sales(2, range(100)).assign(sold_at=lambda found: found["sold_at"].dt.floor("D"))
    put(frame[:60])  # in the middle of the third day
    assert counted(workspace) == 60
    put(frame)
    assert counted(workspace) == 100
    late = sales(3, range(10, 40))  # of the first days
    put(pd.concat([frame, late]))
    assert counted(workspace) == 130
    timeless = late.assign(sold_at=pd.NaT)
    put(pd.concat([frame, late, timeless, sales(4, range(200, 210))]))
    report = workspace.monitors.run("live")

    assert report.monitor.row_count == 140
    assert report.notes == ("30 rows have no time in 'sold_at' and are in no look.",)
    assert counted(workspace) == 140


def test_of_a_file_that_was_written_anew_the_later_rows_are_new(
    workspace: Workspace, logs: Path
) -> None:
    path = logs / "last_hundred.parquet"
    sales(2, range(100)).to_parquet(path)
    assert counted(workspace) == 100
    sales(2, range(40, 140)).to_parquet(path)  # the first forty are gone
    report = workspace.monitors.run("live")

    assert report.monitor.row_count == 140
    (note,) = report.notes
    assert "no longer begins with the rows that were looked at" in note
    assert counted(workspace) == 140
    sales(2, range(40, 150)).to_parquet(path)  # it only grew
    assert workspace.monitors.run("live").notes == ()
    assert counted(workspace) == 150


def test_a_file_that_is_moved_brings_nothing_new(workspace: Workspace, logs: Path) -> None:
    current = logs / "sales.csv"
    sales(2, range(100)).to_csv(current, index=False)
    assert counted(workspace) == 100
    current.rename(logs / "sales.1.csv")
    assert counted(workspace) == 100
    sales(3, range(100, 130)).to_csv(current, index=False)
    assert counted(workspace) == 130
    (logs / "sales.1.csv").rename(logs / "sales.2.csv")  # the next turn: a copy, and a new start
    (logs / "sales.1.csv").write_bytes(current.read_bytes())
    sales(4, range(130, 140)).to_csv(current, index=False)
    assert counted(workspace) == 140


def test_a_state_that_went_by_times_alone_goes_on(workspace: Workspace, logs: Path) -> None:
    from nbmlops.workspace.monitor_state import packed, unpacked

    sales(2, range(100)).to_parquet(logs / "a.parquet")
    workspace.monitors.run("live")
    store = workspace.store.monitors
    before = store.get("live")
    watch_of, seen = unpacked(before, store.content(before))
    del seen["rows"]
    store.move(before, before, packed("live", watch_of, seen), who="me")

    sales(2, range(110)).to_parquet(logs / "a.parquet")
    assert counted(workspace) == 110
    sales(3, range(50)).to_parquet(logs / "b.parquet")
    assert counted(workspace) == 160


def test_rows_that_a_query_brings_too_late_are_told_once(
    workspace: Workspace, tmp_path: Path
) -> None:
    place = tmp_path / "sales.db"

    def put(frame: pd.DataFrame) -> None:
        with closing(sqlite3.connect(place)) as connection:
            frame.to_sql("sales", connection, if_exists="append", index=False)

    put(sales(2, range(60)))
    workspace.monitors.add(
        "live",
        reference=sales(1, range(3000)),
        source="SELECT * FROM sales",
        database=f"sqlite:///{place}",
        time="sold_at",
    )
    assert counted(workspace) == 60
    put(sales(3, range(40, 70)))  # of which twenty are too late
    report = workspace.monitors.run("live")

    assert report.monitor.row_count == 70
    (note,) = report.notes
    assert note.startswith("20 rows came with times that are not later than the last look's")
    assert workspace.monitors.run("live").notes == ("Nothing is new since the last look.",)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_row_is_looked_at_once_in_whatever_order_files_grow(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("grown")
    opened = open_workspace(folder / "workspace")
    logs = folder / "logs"
    logs.mkdir()
    watch(opened, logs)
    files: dict[str, pd.DataFrame] = {}
    for turn in range(data.draw(st.integers(1, 4))):
        for name in data.draw(st.lists(st.sampled_from("abc"), min_size=1, unique=True)):
            begin = data.draw(st.integers(0, 200))
            more = sales(turn, range(begin, begin + data.draw(st.integers(1, 40))))
            files[name] = pd.concat([files.get(name, more[:0]), more])
            files[name].to_parquet(logs / f"{name}.parquet")
        assert counted(opened) == sum(map(len, files.values()))
    opened.close()
