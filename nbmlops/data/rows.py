"""Some rows of a data set, drawn at random where it has more: what a model is asked about."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nbmlops.data.columns import columns_of
from nbmlops.data.scans import DataFile, tables_of
from nbmlops.errors import InvalidDataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rows", "rows_of", "rows_of_files"]


@dataclass(frozen=True)
class Rows:
    """Rows as a pandas frame whose columns have the names that reports use."""

    frame: pd.DataFrame
    row_count: int  # of the whole
    as_given: Callable[[pd.DataFrame], Any]  # such a frame as the value that it was drawn from


def rows_of(data: Any, most: int, names: Sequence[str] | None = None, seed: int = 0) -> Rows:
    """At most so many rows of a frame, an array or a table, in their order, with all columns or
    with those of these names.

    >>> rows_of({"age": [31, 42, 53]}, 2).frame.shape
    (2, 1)
    """
    import pandas as pd

    columns = columns_of(data)
    if names is not None:
        columns = columns.of_names(names)
    count = columns.row_count
    taken = np.arange(count)
    if count > most:
        taken = np.sort(np.random.default_rng(seed).choice(count, most, replace=False))
    source = columns.source
    if isinstance(source, list):
        given = np.asarray(data)
        frame = pd.DataFrame(dict(zip(columns.names, (one[taken] for one in source), strict=True)))
        if given.dtype.names is None:
            return Rows(frame, count, lambda each: each.to_numpy(dtype=given.dtype))
        return Rows(frame, count, lambda each: each)
    if hasattr(source, "iloc"):
        labels = dict(zip(columns.names, source.columns, strict=True))
        frame = source.iloc[taken].reset_index(drop=True)
        frame.columns = pd.Index(columns.names)
        return Rows(frame, count, lambda each: each.set_axis([labels[n] for n in each], axis=1))
    frame = _without_views(source).take(taken).to_pandas()
    frame.columns = pd.Index(columns.names)
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(data, polars.DataFrame):
        return Rows(frame, count, polars.from_pandas)
    return Rows(frame, count, lambda each: each)


def _without_views(table: Any) -> Any:
    """The table with texts of polars in a form that Arrow can draw rows of."""
    import pyarrow as pa

    plain = {"string_view": pa.large_string(), "binary_view": pa.large_binary()}
    fields = [each.with_type(plain.get(str(each.type), each.type)) for each in table.schema]
    return table.cast(pa.schema(fields)) if fields != list(table.schema) else table


def rows_of_files(
    files: Iterable[DataFile], most: int, columns: Sequence[str] | None = None, seed: int = 0
) -> Rows:
    """At most so many rows of files, each row with the same chance; memory does not grow."""
    import pandas as pd

    random = np.random.default_rng(seed)
    kept: pd.DataFrame | None = None
    keys = np.empty(0)
    count = 0
    for file in files:
        for table in tables_of(file, columns):
            drawn = random.random(table.num_rows)
            count += table.num_rows
            best = np.sort(np.argsort(drawn, kind="stable")[:most])
            part = table.take(best).to_pandas()
            kept = part if kept is None else pd.concat([kept, part], ignore_index=True)
            keys = np.concatenate([keys, drawn[best]])
            if len(kept) > most:
                stay = np.sort(np.argsort(keys, kind="stable")[:most])
                kept, keys = kept.iloc[stay].reset_index(drop=True), keys[stay]
    if kept is None:
        raise InvalidDataError("data", "it has no rows")
    return Rows(kept, count, lambda each: each)
