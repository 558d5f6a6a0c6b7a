"""Data sets cut over time and by groups: which row is in which chunk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbmlops.data.chunks import Every, parse_every
from nbmlops.data.cuts import ALL, Cut, cut_up
from nbmlops.errors import InvalidDataError, InvalidOptionError


def counts(data, time=None, every=None, by=None, **options) -> dict:
    cut = Cut(time, None if every is None else parse_every(every), by)
    tables = data if isinstance(data, list) else [data]
    found = cut_up(tables, cut, **options)
    return {
        (found.labels[place], group): profile.row_count
        for (place, group), profile in found.profiles.items()
    }


@pytest.mark.parametrize(
    ("text", "meant"),
    [("1d", Every(1, "d")), ("day", Every(1, "d")), ("6 h", Every(6, "h")), ("30m", Every(30, "min")),
     ("2 Weeks", Every(2, "w")), ("1mo", Every(1, "mo")), (500, Every(500, "rows")),
     ("500", Every(500, "rows")), ("500 rows", Every(500, "rows")), ("1y", Every(1, "y"))],
)  # fmt: skip
def test_a_length_is_said_as_people_say_it(text: str | int, meant: Every) -> None:
    assert parse_every(text) == meant


@pytest.mark.parametrize("text", ["", "d1", "1 fortnight", 0, "0d", -3, "1.5d", True, None, 10**9])
def test_what_is_no_length_is_told(text: object) -> None:
    with pytest.raises(InvalidOptionError, match="length of time nor a number of rows"):
        parse_every(text)


def test_rows_in_any_order_are_in_the_chunks_of_their_times() -> None:
    times = pd.date_range("2026-02-27", periods=96, freq="h")
    frame = pd.DataFrame({"at": times, "x": np.arange(96.0)}).sample(frac=1, random_state=1)

    days = counts(frame, "at", "1d")

    assert days == {(f"2026-{day}", ALL): 24 for day in ("02-27", "02-28", "03-01", "03-02")}
    assert counts(frame, "at", "1mo") == {("2026-02", ALL): 48, ("2026-03", ALL): 48}
    assert counts(frame, "at", "1w") == {("2026-02-23", ALL): 72, ("2026-03-02", ALL): 24}
    found = cut_up([frame], Cut("at", parse_every("1d")))
    assert [found.profiles[place, ALL]["x"].mean for place in range(4)] == [11.5, 35.5, 59.5, 83.5]


@pytest.mark.parametrize("form", ["pandas", "arrow", "polars", "text", "array", "dates"])
def test_times_are_read_from_every_kind_of_frame(form: str) -> None:
    times = pd.date_range("2026-03-01 18:00", periods=8, freq="3h")
    frame = pd.DataFrame({"at": times, "x": range(8)})
    data = {
        "pandas": frame,
        "arrow": pa.table(frame),
        "polars": pl.from_pandas(frame),
        "text": frame.assign(at=frame["at"].astype(str)),
        "array": frame.to_records(index=False),
        "dates": frame.assign(at=frame["at"].dt.date),
    }[form]

    assert counts(data, "at", "1d") == {("2026-03-01", ALL): 2, ("2026-03-02", ALL): 6}


def test_a_day_of_a_time_zone_begins_at_its_own_midnight() -> None:
    utc = pd.date_range("2026-03-28 22:30", periods=4, freq="h", tz="UTC")  # 23:30 in Berlin
    frame = pd.DataFrame({"at": utc.tz_convert("Europe/Berlin"), "x": range(4)})

    for data in (frame, pa.table(frame), pl.from_pandas(frame)):
        found = cut_up([data], Cut("at", parse_every("1d")))
        assert found.zone == "Europe/Berlin"
        assert counts(data, "at", "1d") == {("2026-03-28", ALL): 1, ("2026-03-29", ALL): 3}


def test_days_without_rows_are_chunks_and_rows_without_a_time_are_in_none() -> None:
    frame = pd.DataFrame({"at": ["2026-01-01", None, "2026-01-04", None], "x": range(4)})
    frame["at"] = pd.to_datetime(frame["at"])

    found = cut_up([frame], Cut("at", parse_every("1d")))

    assert found.labels == ("2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04")
    assert sorted(found.profiles) == [(0, ALL), (3, ALL)]
    assert found.timeless_count == 2
    assert cut_up([frame.iloc[1:2]], Cut("at", parse_every("1d"))).labels == ()


def test_rows_are_counted_in_the_order_of_the_time() -> None:
    frame = pd.DataFrame({"at": [3, 1, 2, 5, 4], "x": [30.0, 10.0, 20.0, 50.0, 40.0]})

    found = cut_up([frame], Cut("at", parse_every(2)))

    assert found.labels == ("rows 1–2", "rows 3–4", "row 5")
    assert [found.profiles[place, ALL]["x"].mean for place in range(3)] == [15.0, 35.0, 50.0]
    assert (found.starts, found.ends) == (("1", "3", "5"), ("2", "4", "5"))
    parts = [frame.sort_values("at").iloc[:3], frame.sort_values("at").iloc[3:]]
    assert counts(parts, "at", 2) == counts(frame, "at", 2)
    with pytest.raises(InvalidDataError, match="not in its order"):
        counts(parts[::-1], "at", 2)


def test_groups_are_a_column_or_a_season_of_the_time() -> None:
    times = pd.date_range("2026-03-02", periods=14, freq="D")  # a Monday
    frame = pd.DataFrame({"at": times, "store": [1.0, np.nan] * 7, "x": range(14)})

    assert counts(frame, by="store") == {("all rows", "1"): 7, ("all rows", "(missing)"): 7}
    found = cut_up([frame], Cut("at", None, "weekday"))
    assert found.groups[0] == "Monday"
    assert found.groups[-1] == "Sunday"
    assert {one.row_count for one in found.profiles.values()} == {2}
    assert counts(frame.assign(month="own"), "at", None, "month") == {("all rows", "own"): 14}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"time": "att", "every": "1d"}, "no column of this name"),
        ({"time": "x", "every": "1d"}, "has numbers and no times"),
        ({"time": "name", "every": "1d"}, "is no time"),
        ({"every": "1d"}, "no column of times is given"),
        ({"time": "at", "every": "1min"}, "at most 1,000 are compared"),
        ({"by": "stor"}, "no column of this name"),
        ({"by": "weekday"}, "no column of times is given"),
        ({"time": "x", "by": "weekday"}, "needs a column of times"),
        ({"by": "name"}, "more than 60 groups"),
        ({"by": "nested"}, "nested"),
    ],
)
def test_what_cannot_be_cut_is_told(options: dict, told: str) -> None:
    frame = pd.DataFrame({"at": pd.date_range("2026-01-01", periods=70), "x": range(70)})
    frame["name"] = [f"n{place}" for place in range(70)]
    frame["nested"] = [[place] for place in range(70)]

    with pytest.raises((InvalidOptionError, InvalidDataError), match=told):
        counts(frame, **options)


@settings(max_examples=40, deadline=None)
@given(
    hours=st.lists(st.integers(-2000, 2000), min_size=1, max_size=60),
    at=st.integers(0, 60),
    every=st.sampled_from(["1d", "7h", "1w", "1mo"]),
)
def test_a_data_set_in_pieces_has_the_chunks_of_the_whole(
    hours: list[int], at: int, every: str
) -> None:
    moments = pd.Timestamp("2026-01-01") + pd.to_timedelta(hours, unit="h")
    frame = pd.DataFrame({"at": moments, "x": hours, "by": [abs(each) % 3 for each in hours]})
    pieces = [frame.iloc[:at], frame.iloc[at:]]

    whole = cut_up([frame], Cut("at", parse_every(every), "by"))
    parts = cut_up(pieces, Cut("at", parse_every(every), "by"))

    assert (parts.labels, parts.groups) == (whole.labels, whole.groups)
    for key, profile in whole.profiles.items():
        assert parts.profiles[key].row_count == profile.row_count
        assert parts.profiles[key]["x"].mean == pytest.approx(profile["x"].mean)
