"""Arrow and polars: chunks, offsets and encodings leave no trace in the digest; values do."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from digests import digest, usually
from hypothesis import given
from hypothesis import strategies as st

ARROW = {
    "int8": (pa.int8(), [1, None, -3]),
    "bool": (pa.bool_(), [True, None, False]),
    "float16": (pa.float16(), [1.5, None, float("nan")]),
    "double": (pa.float64(), [1.5, None, float("nan")]),
    "string": (pa.string(), ["a", None, "bcd"]),
    "large_string": (pa.large_string(), ["a", None, ""]),
    "string_view": (pa.string_view(), ["a", None, "longer than twelve bytes"]),
    "binary": (pa.binary(), [b"a", None, b""]),
    "binary_view": (pa.binary_view(), [b"a", None, b"longer than twelve bytes"]),
    "fixed": (pa.binary(2), [b"ab", None, b"cd"]),
    "nothing": (pa.null(), [None, None, None]),
    "date": (pa.date32(), [1, None, 3]),
    "time": (pa.time64("us"), [1, None, 3]),
    "timestamp": (pa.timestamp("us", "UTC"), [1, None, 3]),
    "decimal": (pa.decimal128(5, 2), [1, None, 3]),
    "interval": (pa.month_day_nano_interval(), [(1, 2, 3), None, (0, 0, 0)]),
    "list": (pa.list_(pa.int16()), [[1, None], None, []]),
    "list of strings": (pa.large_list(pa.string()), [["a"], None, ["b", None]]),
    "list view": (pa.list_view(pa.int16()), [[1, None], None, []]),
    "fixed list": (pa.list_(pa.int16(), 2), [[1, None], None, [2, 3]]),
    "struct": (pa.struct([("a", pa.int8()), ("b", pa.string())]), [{"a": 1}, None, {"b": "x"}]),
    "map": (pa.map_(pa.string(), pa.int8()), [[("a", 1), ("b", None)], None, []]),
    "dictionary": (pa.dictionary(pa.int8(), pa.string()), ["a", None, "b"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ARROW)
@usually
@given(places=st.lists(st.integers(0, 2), min_size=1, max_size=40), data=st.data())
def test_arrow_data_has_one_digest_in_every_layout(
    name: str, places: list[int], data: st.DataObject
) -> None:
    kind, some = ARROW[name]
    values = [some[place] for place in places]
    told = digest(pa.chunked_array([pa.array(values, kind)]))
    cut = data.draw(st.integers(0, len(values)))
    before = data.draw(st.integers(0, 9))
    longer = pa.array([some[0]] * before + values + [some[2]], kind)

    assert digest(pa.chunked_array([pa.array(values[:cut], kind), pa.array(values[cut:], kind)],
                                   kind)) == told  # fmt: skip
    assert digest(pa.chunked_array([longer.slice(before, len(values))])) == told


@pytest.mark.parametrize("name", sorted(set(ARROW) - {"nothing"}))
def test_arrow_data_that_differs_has_another_digest(name: str) -> None:
    kind, (one, _, two) = ARROW[name]
    rows = [[one, None, two], [two, None, one], [one, two, None], [one, None, None], [one, None]]
    digests = {digest(pa.array(values, kind)) for values in rows}

    assert len(digests) == len(rows)


def test_lists_with_the_same_items_in_other_lists_differ() -> None:
    kind = pa.list_(pa.int8())

    assert digest(pa.array([[1], [2, 3]], kind)) != digest(pa.array([[1, 2], [3]], kind))


def test_what_is_behind_a_null_does_not_matter() -> None:
    clean = pa.array(["a", None, "b"])
    dirty = pa.Array.from_buffers(
        pa.string(), 3,
        [clean.buffers()[0], pa.py_buffer(np.array([0, 1, 9, 10], "i4")), pa.py_buffer(b"a<hidden>b")],
    )  # fmt: skip
    assert dirty.equals(clean)
    numbers = pa.array([1, None, 3], pa.int64())
    hidden = pa.Array.from_buffers(
        pa.int64(), 3, [numbers.buffers()[0], pa.py_buffer(np.array([1, 99, 3], "i8"))]
    )

    assert digest(dirty) == digest(clean)
    assert digest(hidden) == digest(numbers)


def test_dictionaries_are_read_by_their_values() -> None:
    one = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), ["a", "b"])
    two = pa.DictionaryArray.from_arrays(pa.array([2, 0, 1], pa.int8()), ["b", None, "a"])
    assert one.to_pylist() == two.to_pylist()

    assert digest(one) == digest(two)


def polars_frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "n": [1, None, 3],
            "f": [1.5, float("nan"), None],
            "s": ["a", None, "longer than twelve bytes"],
            "l": [["a"], None, []],
            "r": [{"a": 1}, None, {"a": None}],
            "c": pl.Series(["x", None, "y"], dtype=pl.Categorical),
            "e": pl.Series(["x", None, "y"], dtype=pl.Enum(["y", "x"])),
            "b": [True, None, False],
            "t": pl.Series([1, None, 3], dtype=pl.Datetime("ms", "UTC")),
        }
    )


def test_a_polars_frame_has_one_digest_whatever_its_chunks() -> None:
    frame = polars_frame()
    chunked = pl.concat([frame[:1], frame[1:]], rechunk=False)
    assert chunked.n_chunks() == 2

    assert digest(chunked) == digest(frame)
    assert digest(pl.concat([frame, frame])[3:]) == digest(frame)
    assert chunked.n_chunks() == 2


@pytest.mark.parametrize("name", polars_frame().columns)
def test_another_value_of_a_polars_column_is_another_digest(name: str) -> None:
    frame = polars_frame()
    other = frame.with_columns(frame[name].reverse())

    assert digest(other) != digest(frame)
    assert digest(frame[name].reverse()) != digest(frame[name])


def test_an_enum_is_told_by_its_categories() -> None:
    one, two = (pl.Series(["x"], dtype=pl.Enum(names)) for names in (["x", "y"], ["x", "z"]))

    assert digest(one) != digest(two)
