"""What a fingerprint tells of data, what it keeps to itself, and what it costs."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from digests import digest, told

from nbmlops.data.fingerprint import fingerprint
from nbmlops.events import dataset_of

KINDS: dict[str, tuple[Any, int | None, tuple[int, ...]]] = {
    "pandas.DataFrame": (pd.DataFrame({"a": [1, 2]}), 2, (2, 1)),
    "pandas.Series": (pd.Series([1, 2]), 2, (2,)),
    "pandas.Index": (pd.Index(["a", "b"]), 2, (2,)),
    "pandas.DatetimeIndex": (pd.date_range("2026", periods=3), 3, (3,)),
    "pandas.MultiIndex": (pd.MultiIndex.from_product([[1, 2], [3, 4]]), 4, (4,)),
    "numpy.ndarray": (np.zeros((3, 4)), 3, (3, 4)),
    "numpy.ma.MaskedArray": (np.ma.array([1, 2]), 2, (2,)),
    "polars.DataFrame": (pl.DataFrame({"a": [1, 2]}), 2, (2, 1)),
    "polars.Series": (pl.Series([1, 2]), 2, (2,)),
    "polars.LazyFrame": (pl.LazyFrame({"a": [1]}), None, ()),
    "pyarrow.Table": (pa.table({"a": [1, 2]}), 2, (2, 1)),
    "pyarrow.RecordBatch": (pa.record_batch({"a": [1, 2]}), 2, (2, 1)),
    "pyarrow.Int64Array": (pa.array([1, 2]), 2, (2,)),
    "pyarrow.ChunkedArray": (pa.chunked_array([[1], [2]]), 2, (2,)),
    "scipy.sparse.csr_array": (sp.eye_array(3, format="csr"), 3, (3, 3)),
    "scipy.sparse.coo_matrix": (sp.coo_matrix(np.eye(3)), 3, (3, 3)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_data_is_told_by_kind_and_shape(kind: str) -> None:
    value, rows, shape = KINDS[kind]
    found = told(value)

    assert (found.kind, found.row_count, found.shape) == (kind, rows, shape)
    assert found.digest.lstrip("~") == found.digest[-32:]
    assert found.partial == (kind == "polars.LazyFrame")


def test_a_frame_is_told_by_names_types_and_counts() -> None:
    found = told(
        pd.DataFrame(
            {
                "number": [1.0, float("nan"), -0.5],
                "count": [1, 2, 3],
                "word": pd.Series(["a", None, "ü"], dtype="str"),
                "group": pd.Categorical(["x", "y", None]),
                "at": pd.to_datetime(["2026-01-01", None, "2026-01-03"]).as_unit("s"),
                ("two", 2): pd.array([1, None, None], "UInt8"),
            }
        )
    )

    assert [(each.name, each.dtype, each.missing_count) for each in found.columns] == [
        ("number", "float64", 1), ("count", "int64", 0), ("word", "str", 1),
        ("group", "category", 1), ("at", "datetime64[s]", 1), ("(two, 2)", "UInt8", 2),
    ]  # fmt: skip
    assert found.size_bytes is not None
    assert found.size_bytes > 100


@pytest.mark.parametrize(
    "value",
    [None, 3, 3.0, "text", b"bytes", [1, 2], {"a": [1]}, (1,), {1}, np.float64(3), pd.DataFrame, sys,
     len, object(), range(3), pd.Timestamp("2026"), pa.int8(), pa.schema([]), (x for x in [1])],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_not_data_has_no_fingerprint(value: Any) -> None:
    assert fingerprint(value) is None


class Offered:
    """Data of a library that is not known, with the number of times that it was read."""

    def __init__(self) -> None:
        self.table = pa.table({"a": [1, 2], "b": ["x", None]})
        self.read_count = 0

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        self.read_count += 1
        return self.table.__arrow_c_stream__(requested_schema)


class Measured(Offered):
    """The same, with a length, as data has it that is there."""

    def __len__(self) -> int:
        return len(self.table)


def test_data_of_any_library_is_read_through_arrow() -> None:
    value = Measured()
    found = told(value)

    assert found.columns == told(value.table).columns
    assert found.shape == (2, 2)


def test_a_stream_without_length_is_not_used_up() -> None:
    value = Offered()

    assert fingerprint(value) is None
    assert value.read_count == 0


def test_a_query_is_not_run() -> None:
    module = ModuleType("duckdb.fake")
    exec(
        "class Relation(Measured): pass", {"Measured": Measured, "__name__": "duckdb"}, vars(module)
    )
    value = module.Relation()

    assert fingerprint(value) is None
    assert value.read_count == 0


def test_no_value_is_told() -> None:
    word = "s3cretword"
    values = {
        "frame": pd.DataFrame(
            {
                "text": [word, "b"],
                "category": pd.Categorical([word, "b"]),
                "object": pd.Series([{word: word}, word], dtype=object),
                "sparse": pd.arrays.SparseArray([777001, 1], fill_value=777001),
            },
            index=[word, "b"],
        ),
        "polars": pl.DataFrame({"a": pl.Series([word], dtype=pl.Enum([word, "b"]))}),
        "lists": pl.DataFrame({"a": pl.Series([[word]], dtype=pl.List(pl.Enum([word])))}),
        "arrow": pa.table({"a": pa.array([word]).dictionary_encode()}),
        "array": np.array([word]),
        "strings": np.array([word], dtype=np.dtypes.StringDType(na_object=word)),
    }

    for name, value in values.items():
        for options in ({}, {"budget_bytes": 1}):
            found = json.dumps(asdict(told(value, **options)))
            assert word not in found, name
            assert "777001" not in found, name


def test_a_fingerprint_is_what_a_dataset_record_holds() -> None:
    found = told(pd.DataFrame({"a": [1.0, None]}))
    said = json.loads(json.dumps({**asdict(found), "name": "X", "role": "train"}))
    said["columns"] = [list(each.values()) for each in said["columns"]]

    record = dataset_of(said)

    assert (record.kind, record.digest, record.columns) == (found.kind, found.digest, found.columns)
    assert (record.shape, record.row_count, record.size_bytes) == ((2, 1), 2, found.size_bytes)


def test_a_name_that_is_too_long_is_told_in_part_and_counts_whole() -> None:
    long = pd.DataFrame({"n" * 5_000 + "a": [1]})
    other = pd.DataFrame({"n" * 5_000 + "b": [1]})

    assert len(told(long).columns[0].name) == 250
    assert digest(long) != digest(other)
