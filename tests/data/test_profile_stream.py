"""Rows that come one by one: small, within the bound they tell, whole again when merged."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbmlops.data.kll import Kll
from nbmlops.data.profile import Profile, profile_of
from nbmlops.data.profile_files import profile_from_bytes
from nbmlops.data.profile_stream import ProfileStream
from nbmlops.drift.compare import compare
from nbmlops.errors import InvalidDataError

LAWS = {
    "normal": lambda random, n: random.normal(size=n),
    "sorted": lambda random, n: np.sort(random.normal(size=n)),
    "falling": lambda random, n: -np.arange(float(n)),
    "heavy": lambda random, n: random.standard_t(1.5, n),
    "zeros": lambda random, n: np.where(random.random(n) < 0.8, 0.0, random.exponential(1, n)),
    "waves": lambda random, n: np.sin(np.arange(n) / 700),
}


def worst_of(sketch: Kll, values: np.ndarray) -> float:
    """The most that any share of the sketch is off."""
    found, ordered = sketch.numbers(10**9), np.sort(values)
    places = np.unique(values)
    below, upto = (np.searchsorted(ordered, found.points, side) for side in ("left", "right"))
    gaps = [np.abs(found.upto - upto).max(), np.abs(found.below - below).max()]
    # Between two points the sketch says nothing rises; at all values that came, that is a step.
    step = np.searchsorted(found.points, places, "right") - 1
    said = np.where(step >= 0, found.upto[np.maximum(step, 0)], 0)
    gaps.append(np.abs(said - np.searchsorted(ordered, places, "right")).max())
    return float(max(gaps)) / len(values)


@pytest.mark.parametrize("name", list(LAWS))
@pytest.mark.parametrize("count", [10_000, 300_000])
def test_no_share_is_off_by_more_than_the_sketch_says(name: str, count: int) -> None:
    for seed in range(3):
        values = LAWS[name](np.random.default_rng(seed), count)
        sketch = Kll(seed=seed)
        sketch.add(values)

        assert worst_of(sketch, values) <= sketch.doubt
        assert sketch.doubt < 0.0025
        assert sum(map(len, sketch._levels)) < 12_288


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    cuts=st.lists(st.integers(0, 6000), max_size=5),
    size=st.sampled_from([16, 64, 256]),
)
def test_merged_sketches_are_within_the_bound_for_every_split(
    seed: int, cuts: list[int], size: int
) -> None:
    values = np.random.default_rng(seed).normal(size=6000).round(2)
    parts = np.split(values, sorted(cuts))
    whole = Kll(size, seed)
    for place, part in enumerate(parts):
        sketch = Kll(size, seed + place + 1)
        sketch.add(part)
        whole.merge(sketch)

    assert whole.count == 6000
    assert sum(len(level) * 2**at for at, level in enumerate(whole._levels)) == 6000
    assert worst_of(whole, values) <= whole.doubt


def test_few_numbers_are_kept_as_they_are() -> None:
    sketch = Kll()
    sketch.add(np.array([3.0, np.nan, 1.0]))

    assert (sketch.count, sketch.doubt) == (2, 0.0)
    assert sketch.numbers().raw is not None
    with pytest.raises(ValueError, match="different sizes"):
        sketch.merge(Kll(16))


def frame(seed: int, count: int, shift: float = 0.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": np.where(
                random.random(count) < 0.1, np.nan, random.normal(40 + shift, 9, count)
            ),
            "city": random.choice(["Rome", "Bonn", "Nice"], count),
            "new": random.random(count) < 0.5,
        }
    )


def streamed(data: pd.DataFrame, seed: int = 0) -> ProfileStream:
    stream = ProfileStream(seed)
    for row in data.to_dict("records"):
        stream.add(row)
    return stream


def alike(one: Profile, other: Profile) -> None:
    assert one.row_count == other.row_count
    for column, exact in zip(one.columns, other.columns, strict=True):
        assert (column.name, column.form) == (exact.name, exact.form)
        assert column.missing_count == exact.missing_count
        if exact.numbers is not None and column.numbers is not None:
            assert column.mean == pytest.approx(exact.mean)
            assert column.deviation == pytest.approx(exact.deviation)
            assert column.numbers.count == exact.numbers.count
        elif exact.counts is not None and column.counts is not None:
            assert dict(zip(column.levels, column.counts.tolist(), strict=True)) == dict(
                zip(exact.levels, exact.counts.tolist(), strict=True)
            )


def test_a_stream_has_the_counts_of_the_frame() -> None:
    data = frame(1, 9000)

    alike(streamed(data).profile(), profile_of(data))


def test_streams_of_several_processes_are_one() -> None:
    data = frame(2, 6000)
    first, second = streamed(data.iloc[:2500], 1), streamed(data.iloc[2500:], 9)

    first.merge(second)
    first.merge(ProfileStream())

    alike(first.profile(), profile_of(data))


def test_what_comes_later_was_missing_before() -> None:
    stream = ProfileStream()
    for place in range(1500):
        stream.add({"a": place})
    for place in range(1500):
        stream.add({"a": place, "b": 0.5, "c": "x"})
    stream.add({"c": "y"})

    profile = stream.profile()

    assert profile.row_count == 3001
    missing = {column.name: column.missing_count for column in profile.columns}
    assert missing == {"a": 1, "b": 1501, "c": 1500}
    assert ProfileStream().profile().columns == ()


def test_doubt_is_kept_in_files_and_never_told_as_drift() -> None:
    flagged = 0
    for seed in range(12):
        reference, current = frame(seed, 20_000), frame(500 + seed, 20_000)
        kept = profile_from_bytes(streamed(reference, seed).profile().to_bytes())
        assert kept["age"].numbers is not None
        assert kept["age"].numbers.doubt > 0
        report = compare(kept, streamed(current, 50 + seed).profile())
        flagged += report.drifted
        exact = compare(profile_of(reference), profile_of(current))
        assert report["age"].results[0].effect <= exact["age"].results[0].effect + 1e-9
        assert any("counted row by row" in note for note in report["age"].notes)

    assert flagged <= 3  # 7 in 100 reports, so that four would be seen once in a thousand studies


def test_drift_of_a_stream_is_found() -> None:
    report = compare(streamed(frame(1, 20_000)).profile(), streamed(frame(2, 20_000, 1)).profile())

    assert report.drifted_columns == ("age",)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (1.5, "abc"),
        (True, 2),
        ("a", 1),
        (1, True),
        (dt.datetime(2024, 1, 1), 3),
        (2, dt.date.today()),
    ],
)
@pytest.mark.parametrize("before", [500, 2000])
def test_a_value_of_another_kind_is_refused_and_all_other_rows_stay(
    good: Any, bad: Any, before: int
) -> None:
    stream = ProfileStream()
    for _ in range(before):
        stream.add({"income": good, "city": "Rome"})

    with pytest.raises(InvalidDataError, match=f"'income' has .* of type {type(bad).__name__}"):
        stream.add({"city": "Bonn", "income": bad})
    stream.add({"income": good, "city": None})
    profile = stream.profile()

    assert profile.row_count == before + 1
    assert profile["income"].missing_count == 0
    assert profile["income"].form != "unreadable"
    assert profile["city"].levels == ("Rome",)


@pytest.mark.parametrize("row", [{}, {1: 2}, 5, "age", None, [1, 2], {"a": object()}, {"a": 1j}])
def test_what_is_no_row_of_a_stream_is_refused(row: Any) -> None:
    stream = ProfileStream()
    stream.add({"a": None})

    with pytest.raises(InvalidDataError):
        stream.add(row)
    stream.add({"a": 2.0})  # and has left no mark

    assert stream.profile()["a"].numbers.count == 1


def test_values_of_one_kind_are_taken_in_whatever_their_types() -> None:
    stream = ProfileStream()
    rows = [
        {
            "n": 1,
            "t": pd.Timestamp("2024-01-01 10:00"),
            "s": "a",
            "x": [1],
            "d": pd.Timedelta("1h"),
        },
        {"n": np.float32(2.5), "t": np.datetime64("2024-01-02"), "s": "\ud800", "x": {"k": 1}},
        {"n": 2**80, "t": dt.date(2024, 1, 3), "s": np.str_("a"), "x": "ab".split()},
        {"n": Decimal("4.5"), "t": pd.NaT, "s": pd.NA, "x": None, "d": dt.timedelta(hours=2)},
        pd.Series({"n": 2**60 + 1, "t": dt.datetime(2024, 1, 5), "s": None}, dtype=object),
    ]
    for row in rows:
        stream.add(row)

    profile = stream.profile()

    assert {one.name: one.form for one in profile.columns} == {
        "n": "number", "t": "time", "s": "label", "x": "unreadable", "d": "duration"
    }  # fmt: skip
    assert [one.missing_count for one in profile.columns[:3]] == [0, 1, 2]
    times = profile["t"].numbers.quantiles(np.array([0.0, 1.0])).tolist()
    assert times == [1704103200.0, 1704412800.0]
    assert profile["d"].numbers.quantiles(np.array([0.0, 1.0])).tolist() == [3600.0, 7200.0]


def test_streams_whose_columns_differ_in_kind_are_not_merged() -> None:
    first, second = ProfileStream(), ProfileStream()
    first.add({"a": 1})
    second.add({"a": "x"})

    with pytest.raises(InvalidDataError, match="'a' has numbers here and labels in the other"):
        first.merge(second)

    assert first.profile()["a"].form == "integer"
