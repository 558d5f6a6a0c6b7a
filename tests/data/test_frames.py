"""pandas: blocks, slices, copies and files leave no trace in the digest; what a frame says does."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from digests import digest, told, usually
from hypothesis import given
from hypothesis import strategies as st

SOME = st.integers(0, 12)


def pandas_columns(rows: int) -> dict[str, Any]:
    """A column of every kind that pandas has."""
    number = np.arange(rows, dtype="f8")
    text = [None if row % 3 == 1 else "wörd " * (row % 4) for row in range(rows)]
    return {
        "f8": np.where(number % 4 == 2, np.nan, number),
        "f4": number.astype("f4"),
        "i8": number.astype("i8"),
        "i2": number.astype("i2"),
        "bool": number % 2 == 0,
        "object": np.array([None if row % 3 else (row, "x") for row in range(rows)] + [0], "O")[
            :-1
        ],
        "time": pd.to_datetime(number, unit="s"),
        "zone": pd.to_datetime(number, unit="s").tz_localize("UTC").tz_convert("Europe/Berlin"),
        "span": pd.to_timedelta(number, unit="s"),
        "period": pd.period_range("2026", periods=rows, freq="D"),
        "Int64": pd.array([None if row % 3 else row for row in range(rows)], "Int64"),
        "boolean": pd.array([None if row % 3 else True for row in range(rows)], "boolean"),
        "str": pd.array(text, "str"),
        "string": pd.array(text, "string[python]"),
        "category": pd.Categorical(text),
        "ordered": pd.Categorical(text, ordered=True),
        "numbers": pd.Categorical(number % 3),
        "days": pd.Categorical(pd.to_datetime(number % 3, unit="D")),
        "sparse": pd.arrays.SparseArray(number % 3),
        "interval": pd.arrays.IntervalArray.from_breaks(np.arange(rows + 1)),
        "arrow": pd.array(text, pd.ArrowDtype(pa.string())),
        "lists": pd.array([[row] for row in range(rows)], pd.ArrowDtype(pa.list_(pa.int64()))),
    }


KINDS = sorted(pandas_columns(1))


@usually
@given(SOME, st.lists(st.sampled_from(KINDS), max_size=6), st.randoms())
def test_a_frame_has_one_digest_in_every_layout(rows: int, kinds: list[str], chance: Any) -> None:
    columns = pandas_columns(rows)
    frame = pd.DataFrame({f"{kind} {at}": columns[kind] for at, kind in enumerate(kinds)},
                         index=range(rows))  # fmt: skip
    expected = digest(frame)

    one_by_one = pd.DataFrame(index=range(rows))
    for name in frame:
        one_by_one[name] = frame[name].copy()
    shuffled = list(frame)
    chance.shuffle(shuffled)
    halves = pd.concat([frame.iloc[: rows // 2], frame.iloc[rows // 2 :]])
    longer = pd.concat([frame, frame]).iloc[rows:]

    assert digest(one_by_one) == expected
    assert digest(frame[shuffled][list(frame)]) == expected
    assert digest(frame.copy()) == expected
    assert digest(halves) == expected
    if rows:
        assert digest(longer) == expected
        assert digest(frame.iloc[::-1].iloc[::-1]) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_another_value_of_a_column_is_another_digest_of_it_alone(kind: str) -> None:
    columns = {"before": [1, 2, 3, 4, 5, 6], kind: pandas_columns(6)[kind], "after": list("uvwxyz")}
    frame = pd.DataFrame(columns)
    other = pd.DataFrame({**columns, kind: pd.Series(columns[kind]).iloc[::-1].array})
    assert not frame.equals(other)

    left, right = told(frame), told(other)

    assert left.digest != right.digest
    differing = [a.name for a, b in zip(left.columns, right.columns, strict=True) if a != b]
    assert differing == [kind]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"i8", "i2", "bool", "sparse", "interval"}))
def test_one_missing_value_more_is_another_digest(kind: str) -> None:
    values = pd.Series(pandas_columns(7)[kind])
    more = values.copy()
    more[0] = None
    assert more.isna().sum() == values.isna().sum() + 1

    assert digest(more) != digest(values)
    assert told(more).columns[0].missing_count == more.isna().sum()


def test_blocks_whose_columns_alternate_are_read_like_others() -> None:
    array = np.arange(600_000.0).reshape(-1, 3)
    array[7, 1] = np.nan
    alternating = pd.DataFrame(array, copy=False)
    assert not alternating._mgr.blocks[0].values.flags.c_contiguous

    assert told(alternating) == told(alternating.copy())


def test_strings_are_the_same_in_arrow_and_in_python() -> None:
    words = ["a", None, "", "ü", "𝄞"] * 3

    assert digest(pd.Series(words, dtype="string[python]")) == digest(
        pd.Series(words, dtype="string[pyarrow]")
    )


def test_a_slice_of_strings_does_not_know_its_neighbours() -> None:
    words = pd.Series([f"word {number}" for number in range(100)])

    assert digest(words[10:20].reset_index(drop=True)) == digest(pd.Series(list(words[10:20])))


def test_categories_without_order_are_a_set() -> None:
    values = ["b", "a", None, "b"]
    one = pd.Series(pd.Categorical(values, categories=["a", "b", "c"]))
    two = pd.Series(pd.Categorical(values, categories=["c", "b", "a"]))
    assert one.dtype == two.dtype

    assert digest(one) == digest(two)
    assert digest(one) != digest(pd.Series(pd.Categorical(values, categories=["a", "b", "d"])))
    assert digest(one.cat.as_ordered()) != digest(two.cat.as_ordered())
    assert digest(one.cat.as_ordered()) != digest(one)


def test_many_categories_are_a_set_too() -> None:
    names = [f"category {number:05}" for number in range(500)]
    one = pd.Categorical.from_codes(np.arange(500), names)
    two = pd.Categorical(names, categories=names[::-1])

    assert digest(pd.Series(one)) == digest(pd.Series(two))
    assert digest(pd.Series(one)) != digest(pd.Series(one[::-1]))


@pytest.mark.parametrize("format_", ["parquet", "feather"])
def test_a_round_trip_through_a_file_changes_nothing(format_: str) -> None:
    left_out = {
        "sparse",
        "days",
        "numbers",
        "interval",
        "object",
        "span",
        "lists",
        "arrow",
        "period",
    }
    columns = {kind: each for kind, each in pandas_columns(50).items() if kind not in left_out}
    frame = pd.DataFrame(columns)
    file = io.BytesIO()
    getattr(frame, f"to_{format_}")(file)
    again = getattr(pd, f"read_{format_}")(file)
    assert list(map(str, again.dtypes)) == list(map(str, frame.dtypes))

    assert told(again).columns == told(frame).columns


def test_an_index_that_only_counts_is_no_column_and_any_other_is_one() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3]})
    written_out = frame.set_index(pd.Index([0, 1, 2], dtype="int64"))
    shifted = frame.set_index(pd.RangeIndex(1, 4))

    assert digest(written_out) == digest(frame)
    assert digest(shifted) != digest(frame)
    assert digest(shifted) == digest(frame.set_index(pd.Index([1, 2, 3], dtype="int64")))
    assert [each.name for each in told(shifted).columns] == ["a", "index"]


def test_levels_of_a_nested_index_are_told_by_their_values() -> None:
    pairs = [(2, "b"), (1, None), (2, "a")]
    index = pd.MultiIndex.from_tuples(pairs)
    larger = pd.MultiIndex.from_tuples([*pairs, (0, "0")])[:3]
    assert list(larger.levels[0]) != list(index.levels[0])
    frame = pd.DataFrame({"a": [1, 2, 3]}, index=index)

    assert digest(frame.set_index(larger)) == digest(frame)
    assert digest(frame.set_index(index[::-1])) != digest(frame)


def test_names_and_their_order_make_a_difference() -> None:
    frame = pd.DataFrame({"a": [1], "b": [1]})

    assert digest(frame[["b", "a"]]) != digest(frame)
    assert digest(frame.rename(columns={"b": "c"})) != digest(frame)
