"""With a budget a part stands for the whole, says so, and is the same part in every layout."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from digests import told

from nbmlops.data.streams import BLOCK_BYTES, BLOCKS, COLUMN_BYTES, Portion


def large() -> pd.DataFrame:
    numbers = np.arange(400_000)
    return pd.DataFrame(
        {
            "f": numbers * 0.5,
            "i": numbers,
            "s": pd.Series([f"word {number % 1000}" for number in numbers], dtype="str"),
            "c": pd.Categorical.from_codes((numbers % 3).astype("i1"), ["c", "a", "b"]),
            "m": pd.array(numbers, "Int32"),
        }
    )


BUDGET = 4_000_000


def test_data_within_the_budget_is_read_in_full() -> None:
    frame = large()[:1000]

    assert told(frame, budget_bytes=BUDGET) == told(frame)


def test_data_beyond_the_budget_is_told_in_part() -> None:
    frame = large()
    whole, part = told(frame), told(frame, budget_bytes=BUDGET)

    assert part.partial
    assert part.digest.startswith("~")
    assert (part.kind, part.shape, part.row_count) == (whole.kind, whole.shape, whole.row_count)
    for one, other in zip(part.columns, whole.columns, strict=True):
        assert (one.name, one.dtype) == (other.name, other.dtype)
        assert one == other or (one.digest.startswith("~") and one.missing_count is None)


def test_a_column_that_fits_is_read_in_full_beside_one_that_does_not() -> None:
    table = pa.table({"big": np.arange(2_000_000.0), "small": np.zeros(2_000_000, "?")})
    part = told(table, budget_bytes=BUDGET)
    by_name = {each.name: each for each in part.columns}

    assert by_name["big"].digest.startswith("~")
    assert by_name["small"] == told(table).columns[1] or by_name["small"].digest.startswith("~")


def test_parts_of_equal_data_are_equal_in_every_layout() -> None:
    frame = large()
    part = told(frame, budget_bytes=BUDGET)
    split = pd.concat([frame[[name]] for name in frame], axis=1)
    alternating = np.asarray(frame[["f", "i"]], "f8", order="C")

    assert told(frame.copy(), budget_bytes=BUDGET) == part
    assert told(split, budget_bytes=BUDGET) == part
    assert told(pd.concat([frame[:7], frame[7:]]), budget_bytes=BUDGET).digest == part.digest
    assert (
        told(np.asfortranarray(alternating), budget_bytes=BUDGET).digest
        == told(alternating, budget_bytes=BUDGET).digest
    )


def test_chunks_do_not_change_what_is_sampled() -> None:
    table = pa.Table.from_pandas(large())
    chunked = pa.concat_tables([table[:1], table[1:300_001], table[300_001:]])
    frame = pl.from_arrow(table.drop_columns(["c"]))
    assert isinstance(frame, pl.DataFrame)
    halves = pl.concat([frame[:200_001], frame[200_001:]], rechunk=False)

    assert told(chunked, budget_bytes=BUDGET).digest == told(table, budget_bytes=BUDGET).digest
    assert told(halves, budget_bytes=BUDGET).digest == told(frame, budget_bytes=BUDGET).digest


@pytest.mark.parametrize("row", [0, -1])
@pytest.mark.parametrize("name", ["f", "i", "s", "m"])
def test_a_part_holds_the_first_and_the_last_row(name: str, row: int) -> None:
    frame = large()
    changed = frame.copy()
    changed.iloc[row, list(frame).index(name)] = "x" if name == "s" else 7_777

    part, other = told(frame, budget_bytes=BUDGET), told(changed, budget_bytes=BUDGET)

    differing = [a.name for a, b in zip(part.columns, other.columns, strict=True) if a != b]
    assert differing == [name]


def test_a_part_of_longer_data_is_another() -> None:
    zeros = np.zeros(3_000_000)

    assert told(zeros, budget_bytes=BUDGET).digest != told(zeros[:-1], budget_bytes=BUDGET).digest


def test_of_too_many_columns_some_are_read_and_all_are_named() -> None:
    frame = pd.DataFrame(np.zeros((10, 2_000)), columns=[f"c{number}" for number in range(2_000)])
    part = told(frame, budget_bytes=BUDGET)
    read = [each for each in part.columns if each.digest != "~"]

    assert [each.name for each in part.columns] == list(frame)
    assert 16 <= len(read) <= BUDGET // COLUMN_BYTES
    assert part.columns[0] in read
    assert part.columns[-1] in read
    assert part.digest.startswith("~")
    assert {each.dtype for each in part.columns} == {"float64"}


@pytest.mark.parametrize("row_bytes", [1, 3, 8, 100, 5_000, 10**6])
@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 10_000, 10**7])
@pytest.mark.parametrize("block_bytes", [64, 1_000, BLOCK_BYTES])
def test_blocks_are_spread_evenly_and_do_not_overlap(
    block_bytes: int, length: int, row_bytes: int
) -> None:
    ranges = Portion(block_bytes).ranges(length, row_bytes)

    assert ranges[0][0] == 0
    assert ranges[-1][1] == length
    if len(ranges) == 1:
        return
    assert len(ranges) == BLOCKS
    gaps = [after[0] - before[1] for before, after in itertools.pairwise(ranges)]
    assert min(gaps) >= 0
    assert max(gaps) - min(gaps) <= 1
    read = sum(stop - start for start, stop in ranges) * row_bytes
    assert read <= BLOCKS * max(block_bytes, row_bytes)
