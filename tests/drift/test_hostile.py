"""Data of all kinds: a defined answer or a clear error, and never a warning."""

from __future__ import annotations

import datetime as dt
import decimal
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from nbmlops.data.profile import merge_profiles, profile_of
from nbmlops.data.profile_files import profile_from_bytes
from nbmlops.data.profile_stream import ProfileStream
from nbmlops.drift.compare import Question, compare
from nbmlops.drift.records import STATES, ColumnDrift, DriftReport, report_from_dict
from nbmlops.errors import InvalidDataError, InvalidOptionError

N = 300


@pytest.fixture(autouse=True)
def _no_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def check(first: Any, second: Any, **options: Any) -> DriftReport:
    report = compare(profile_of(first), profile_of(second), Question(**options))
    for column in report.columns:
        assert column.state in STATES
        assert column.state != "untested" or column.reason, column
    assert report_from_dict(report.to_dict()).to_dict() == report.to_dict()
    assert report.to_html()
    assert report.to_text()
    assert len(report.to_pandas()) == len(report.results)
    return report


def column(first: Any, second: Any, **options: Any) -> ColumnDrift:
    report = check(pd.DataFrame({"x": first}), pd.DataFrame({"x": second}), **options)
    return report["x"]


random = np.random.default_rng(1)
NORMAL = random.normal(size=N)
WORDS = random.choice(["red", "green", "blue"], N)


@pytest.mark.parametrize(
    ("first", "second", "state", "told"),
    [
        ([7.0] * N, [7.0] * N, "none", "7' in every row"),
        ([7.0] * N, [8.0] * N, "drifted", ""),
        ([7.0] * N, NORMAL, "drifted", ""),
        ([np.nan] * N, [np.nan] * N, "untested", "no values in both sides"),
        ([np.nan] * N, NORMAL, "drifted", "no values in the reference"),
        (NORMAL, [np.nan] * N, "drifted", "no values in the current"),
        (NORMAL, [], "untested", "no values in the current"),
        ([], [], "untested", "no values"),
        ([1.0], [2.0], "none", ""),
        (NORMAL, [0.5], "none", ""),
        (NORMAL, [np.inf, -np.inf] * (N // 2), "drifted", ""),
        (NORMAL, NORMAL, "none", ""),
        (["a"] * N, ["a"] * N, "none", "'a' in every row"),
        (["a"] * N, ["b"] * N, "drifted", "new: 'b'"),
        (WORDS, NORMAL, "drifted", "type changed"),
        ([None] * N, WORDS, "drifted", "no values in the reference"),
        ([1e308, -1e308] * (N // 2), [1e308, -1e308] * (N // 2), "none", ""),
        ([5e-324, 0.0] * (N // 2), [-0.0, 0.0] * (N // 2), "none", ""),
        ([2**63 - 1 - n for n in range(N)], [2**62 - n for n in range(N)], "untested", "floats"),
        ([True, False] * (N // 2), [1, 0] * (N // 2), "none", ""),
        ([[1, 2]] * N, [[1, 2]] * N, "untested", "nested"),
        ([{"a": 1}] * N, [{"a": 1}] * N, "untested", "nested"),
        ([b"x"] * N, [b"y"] * N, "untested", "bytes"),
        ([1 + 2j] * N, [1 + 2j] * N, "untested", "complex"),
    ],
)  # fmt: skip
def test_extreme_columns_have_a_defined_answer(
    first: Any, second: Any, state: str, told: str
) -> None:
    found = column(first, second)

    assert found.state == state, found
    assert told in found.reason + " ".join(one.reason for one in found.results)


def test_a_column_of_mixed_objects_is_compared_by_what_they_are_called() -> None:
    mixed: list[Any] = ["a", 1, None, 2.5, dt.date(2026, 1, 1), "a"] * 50

    found = column(pd.Series(mixed, dtype=object), pd.Series(mixed, dtype=object))

    assert (found.kind, found.state) == ("categorical", "none")
    assert found.reference is not None
    assert found.reference.missing_count == 50


def test_numbers_beside_labels_that_are_called_like_them_are_compared_as_labels() -> None:
    codes = random.integers(1, 5, N)

    found = column(pd.Categorical(codes), codes)
    other = column(pd.Series(codes).astype(str), np.where(codes == 1, 2, codes))

    assert (found.kind, found.state) == ("categorical", "none")
    assert "compared as labels" in found.notes[0]
    assert other.state == "drifted"


def test_a_hundred_thousand_levels_are_compared() -> None:
    codes = random.integers(0, 100_000, 300_000)
    frame = pd.DataFrame({"x": "v" + pd.Series(codes).astype(str)})
    other = pd.DataFrame({"x": "v" + pd.Series(random.integers(0, 100_000, 300_000)).astype(str)})

    found = check(frame, other)["x"]

    assert found.state == "none"
    assert found.reference is not None
    assert (found.reference.distinct_count or 0) > 90_000


def test_identifiers_and_texts_are_set_aside_and_said() -> None:
    frame = pd.DataFrame(
        {
            "customer": [f"c-{n:08}" for n in range(N)],
            "row": range(N),
            "account_id": np.arange(N) * 7919 + 13,
            "remark": [f"this is remark {n} of someone who had much to say" for n in range(N)],
            "income": random.integers(20_000, 900_000, N),
        }
    )

    report = check(frame, frame.assign(row=frame.row + N))

    kinds = {one.name: (one.kind, one.state) for one in report.columns}
    assert kinds["customer"] == kinds["row"] == kinds["account_id"] == ("identifier", "untested")
    assert kinds["remark"] == ("text", "untested")
    assert kinds["income"] == ("numeric", "none")


@pytest.mark.parametrize(("first", "second"), [(3000, 500), (300_000, 400_000), (6000, 20)])
@pytest.mark.parametrize("thin", [False, True])
def test_rows_that_are_numbered_are_no_drift_beside_a_profile_either(
    first: int, second: int, thin: bool
) -> None:
    kept = profile_of({"id": np.arange(first)})
    kept = profile_from_bytes(kept.to_bytes(), "kept") if thin else kept

    report = compare(kept, profile_of({"id": np.arange(second) + first}))

    assert (report["id"].kind, report["id"].state) == ("identifier", "untested")
    twice = np.repeat(np.arange(first // 2), 2)
    assert compare(kept, profile_of({"id": twice}))["id"].state == "drifted"


def test_every_extension_type_of_pandas_is_read() -> None:
    numbers = pd.Series(range(N))
    frame = pd.DataFrame(
        {
            "Int64": (numbers % 90).astype("Int64").mask(numbers % 10 == 0),
            "Float32": (numbers / 7).astype("Float32"),
            "boolean": (numbers % 3 == 0).astype("boolean").mask(numbers % 10 == 0),
            "string": numbers.mod(4).astype("string"),
            "python": numbers.mod(4).astype(pd.StringDtype("python")),
            "category": numbers.mod(5).astype("category"),
            "ordered": pd.Categorical(np.array(["lo", "mid", "hi"])[numbers % 3], ordered=True),
            "arrow": numbers.mod(50).astype("int32[pyarrow]"),
            "dictionary": numbers.mod(4).astype(str).astype(
                pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))
            ),
            "sparse": pd.arrays.SparseArray(np.where(numbers % 9 == 0, numbers, 0.0)),
            "interval": pd.cut(numbers, 5),
            "period": pd.period_range("2020-01", periods=N, freq="D"),
            "zone": pd.date_range("2020", periods=N, freq="h", tz="Europe/Berlin"),
            "naive": pd.date_range("2020", periods=N, freq="h"),
            "delta": pd.to_timedelta(numbers % 60, unit="s"),
            "decimal": [decimal.Decimal(int(n) % 40) / 8 for n in numbers],
            "date": [dt.date(2020, 1, 1) + dt.timedelta(int(n) % 50) for n in numbers],
            "half": (numbers % 30).astype("float16"),
            "unsigned": (numbers % 100).astype("uint8"),
        }
    )  # fmt: skip

    report = check(frame, frame)

    untested = {one.name for one in report.columns if one.state == "untested"}
    assert untested == {"period", "zone", "naive", "date"}  # which are times
    assert not report.drifted
    kinds = {one.name: one.kind for one in report.columns}
    assert kinds["decimal"] == kinds["delta"] == kinds["arrow"] == kinds["Float32"] == "numeric"
    assert kinds["boolean"] == "boolean"
    assert kinds["interval"] == kinds["dictionary"] == kinds["ordered"] == "categorical"


def test_names_may_stand_twice_or_be_anything() -> None:
    frame = pd.DataFrame(np.column_stack([NORMAL, NORMAL * 2, NORMAL]), columns=["a", "a", "b"])
    deep = pd.DataFrame(
        np.column_stack([NORMAL, NORMAL]),
        columns=pd.MultiIndex.from_tuples([("x", 1), ("x", 2)]),
    )
    odd = pd.DataFrame({"": NORMAL, None: NORMAL, 3: NORMAL, "<u>\x1b[31m": NORMAL, "名": NORMAL})

    assert {one.name for one in check(frame, frame).columns} == {"a", "a (2)", "b"}
    assert {one.name for one in check(deep, deep).columns} == {"x / 1", "x / 2"}
    report = check(odd, odd + 3)
    assert len(report.drifted_columns) == 5
    assert "<u>" not in report.to_html()
    assert "\x1b" not in report.to_html() + report.to_text()


def polars_frame() -> Any:
    return pl.DataFrame({"n": NORMAL, "w": WORDS.tolist(), "c": WORDS.tolist()}).with_columns(
        pl.col("c").cast(pl.Categorical), pl.Series("e", WORDS.tolist(), pl.Enum(["red", "green", "blue"]))
    )  # fmt: skip


def masked() -> Any:
    return np.ma.masked_array(np.column_stack([NORMAL, NORMAL]), np.column_stack([NORMAL > 1] * 2))


def structured() -> Any:
    array = np.zeros(N, [("a", "f8"), ("b", "i4")])
    array["a"] = NORMAL
    return array


@pytest.mark.parametrize(
    ("make", "count"),
    [
        (lambda: NORMAL, 1),
        (lambda: np.column_stack([NORMAL, NORMAL]).astype("f4"), 2),
        (masked, 2),
        (structured, 2),
        (lambda: np.asfortranarray(np.column_stack([NORMAL] * 3))[::2], 3),
        (lambda: pd.Series(NORMAL, name="x"), 1),
        (lambda: pa.table({"n": NORMAL, "w": WORDS}), 2),
        (lambda: pa.record_batch({"n": NORMAL}), 1),
        (lambda: pa.table({"n": pa.chunked_array([NORMAL[:9], NORMAL[9:]])}), 1),
        (polars_frame, 4),
        (lambda: {"n": NORMAL.tolist(), "w": WORDS.tolist()}, 2),
        (lambda: pd.DataFrame({f"c{n}": NORMAL for n in range(2000)}), 2000),
    ],
)
def test_every_form_of_data_is_read(make: Callable[[], Any], count: int) -> None:
    report = check(make(), make())

    assert len(report.columns) == count
    assert not report.drifted
    assert all(one.state == "none" for one in report.columns)


def sparse_matrix() -> Any:
    from scipy.sparse import csr_array

    return csr_array(np.eye(3))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: 3, "no columns"),
        (lambda: None, "no columns"),
        (lambda: b"text", "no columns"),
        (lambda: [1, 2, 3], "no columns"),
        (lambda: np.zeros((2, 2, 2)), "3 dimensions"),
        (lambda: np.float64(3), "no columns"),
        (sparse_matrix, "Make it dense"),
        (lambda: pl.LazyFrame({"a": [1]}), "Collect it"),
        (lambda: {"a": [1, 2], "b": [1]}, "no mapping of columns"),
        (lambda: pd.DataFrame(index=range(3)), "no column"),
    ],
)
def test_what_is_no_data_is_told(make: Callable[[], Any], told: str) -> None:
    with pytest.raises(InvalidDataError, match=told):
        check(make(), pd.DataFrame({"x": NORMAL}))


def test_frames_without_a_column_in_common_are_told() -> None:
    with pytest.raises(InvalidDataError, match="Rename"):
        check(pd.DataFrame({"a": NORMAL}), pd.DataFrame({"b": NORMAL}))


def test_columns_of_one_side_alone_are_said() -> None:
    report = check(
        pd.DataFrame({"a": NORMAL, "b": NORMAL}), pd.DataFrame({"a": NORMAL, "c": NORMAL})
    )

    assert report["b"].reason == "the current data do not have it"
    assert report["c"].reason == "the reference does not have it"
    assert report.verdict.startswith("b is missing from the current data. No drift found in 1 col")
    assert (report["b"].state, report["c"].state) == ("drifted", "untested")
    assert report.columns[0].name == "b"
    assert report.drifted


def test_labels_that_are_still_to_come_are_no_drift() -> None:
    first = pd.DataFrame({"a": NORMAL, "churned": NORMAL > 0})

    report = check(first, first[["a"]], target="churned")

    assert report["churned"].state == "untested"
    assert not report.drifted


@pytest.mark.parametrize(
    ("rows", "told"), [((N, 0), "current data have"), ((0, N), "reference has")]
)
def test_a_side_without_rows_passes_no_gate(rows: tuple[int, int], told: str) -> None:
    sides = [pd.DataFrame({"a": NORMAL[:count], "w": WORDS[:count]}) for count in rows]

    report = check(*sides)

    assert report.drifted
    assert report.verdict == f"The {told} no rows, so that nothing could be compared."
    assert report.to_text().startswith("●")
    with pytest.raises(InvalidDataError, match="no rows and no columns"):
        compare(profile_of(sides[0]), ProfileStream().profile())


def test_where_nothing_was_tested_nothing_is_called_calm() -> None:
    report = check({"id": [f"user {n}" for n in range(N)]}, {"id": [f"user {n}" for n in range(N)]})

    assert report.to_text().startswith("– No column could be tested.")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"columns": {"nothing": None}}, "neither side has a column"),
        ({"columns": {"x": "numerical"}}, "no kind"),
        ({"target": "y"}, "neither side has a column"),
        ({"correction": "bhy"}, "no such correction"),
        ({"level": 0.0}, "not between 0 and 1"),
        ({"floors": {"psi": 0.1}}, "decides nothing"),
    ],
)
def test_options_that_do_not_fit_are_told(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidOptionError, match=told):
        column(NORMAL, NORMAL, **options)


def test_the_users_frame_is_left_as_it_is() -> None:
    frame = pd.DataFrame({"x": NORMAL.copy(), "w": WORDS})
    before = frame.copy(deep=True)
    frame["x"].to_numpy()

    check(frame, frame)

    pd.testing.assert_frame_equal(frame, before)


BIG = 2**60 + np.arange(50)


@pytest.mark.parametrize(
    "data",
    [
        {"x": BIG},
        {"x": BIG.astype("uint64")},
        {"x": np.append(BIG, 0)},
        {"x": np.repeat(2**60 + 7, 50)},
        {"x": pa.array([*BIG.tolist(), None])},
        pd.DataFrame({"x": pd.array([*BIG, None], "Int64")}),
        pd.DataFrame({"x": pd.Series([*BIG.tolist(), None], dtype=object)}),
    ],
)
def test_whole_numbers_that_floats_cannot_tell_apart_are_never_called_equal(data: Any) -> None:
    report = check({"x": np.repeat(2**60, 50)}, data)

    assert report["x"].state == "untested"
    assert "floats cannot tell them" in report["x"].reason
    merged = merge_profiles([profile_of({"x": np.arange(9)}), profile_of(data)])
    assert "floats cannot tell them" in merged["x"].reason


def test_large_whole_numbers_that_floats_can_tell_apart_are_compared() -> None:
    hashes = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, 6000)

    assert check({"h": hashes[:3000]}, {"h": hashes[3000:]})["h"].state == "none"
    assert check({"h": hashes[:3000]}, {"h": hashes[3000:] // 2})["h"].state == "drifted"


def test_numbers_that_come_as_text_are_compared_and_the_type_is_named() -> None:
    numbers = np.repeat(np.arange(5), 60)

    report = check(pd.DataFrame({"x": numbers}), pd.DataFrame({"x": numbers.astype(str)}))

    assert report["x"].state == "none"
    assert any("'x' is of another type int64 →" in note for note in report.notes)
    assert "a model, may fail" in report.to_text().replace("\n  ", " ")
    calm = check(pd.DataFrame({"x": numbers}), pd.DataFrame({"x": numbers}))
    assert not calm.notes


@pytest.mark.parametrize("make", [lambda frame: frame, pa.Table.from_pandas, pl.from_pandas])
def test_a_time_is_told_in_its_own_zone_and_tested_when_asked(
    make: Callable[[pd.DataFrame], Any],
) -> None:
    days = pd.date_range("2024-03-01", periods=N, freq="h", tz="Asia/Tokyo")
    first, second = (
        make(pd.DataFrame({"t": days})),
        make(pd.DataFrame({"t": days + pd.Timedelta("9D")})),
    )

    same, moved = check(first, first)["t"], check(first, second)["t"]

    assert same.reason.startswith("a time is not tested unless asked: 2024-03-01 to 2024-03-13 on")
    assert "move on" not in same.reason
    assert "by themselves (2024-03-01 to 2024-03-13 → 2024-03-10 to 2024-03-22)" in moved.reason
    assert "columns={'t': 'numeric'} tests it" in moved.reason
    assert check(first, second, columns={"t": "numeric"})["t"].state == "drifted"
