"""pandas frames, series and indexes as columns, read past every cache and view that pandas keeps.

What pandas would make on the way (a series for each column, an index's dtype, consolidated
blocks) would stay with the user's object, so that the stored attributes themselves are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbmlops.data.arrays import ArrayReader, feed_flat, identity_of, plain, shown_dtype
from nbmlops.data.classes import stored
from nbmlops.data.pandas_arrays import (
    LevelsReader,
    RangeReader,
    array_reader,
    labels_in,
    values_of,
)
from nbmlops.data.python_values import label_text
from nbmlops.data.streams import OpaqueReader, Portion, Ranges, Reader, Streams, count_rows, slabs

__all__ = ["frame_columns", "index_column", "index_reader", "row_count", "series_columns"]

Array = np.ndarray[Any, Any]
Columns = list[tuple[str, Reader]]


def frame_columns(frame: Any, budget_bytes: int | None = None) -> Columns:
    """The columns of a frame in their order; of too many for the budget some are not read."""
    manager = stored(frame, "_mgr")
    names = [label_text(label) for label in labels_of(manager.axes[0])]
    chosen = Portion.columns(len(names), budget_bytes)
    readers: dict[int, Reader] = {}
    for block in manager.blocks:
        places = _places(block)
        wanted = [row for row, place in enumerate(places) if place in chosen]
        if len(wanted) < len(places):
            (one,) = block_readers(block.values, [0])
            readers |= dict.fromkeys(places, OpaqueReader(one.dtype))
        if wanted:
            found = block_readers(block.values, wanted)
            readers |= zip((places[row] for row in wanted), found, strict=True)
    return [(name, readers[place]) for place, name in enumerate(names)]


def series_columns(series: Any) -> Columns:
    """The values of a series under its name."""
    manager = stored(series, "_mgr")
    (reader,) = block_readers(manager.blocks[0].values, [0])
    label = stored(series, "_name")
    name = "values" if label is None else label_text(label)
    return [(name, reader)]


def index_column(value: Any) -> Columns:
    """The index of a frame or a series as a column, or nothing where it only counts from 0."""
    reader = index_reader(stored(value, "_mgr").axes[-1])
    return [] if _only_counts(reader) else [("index", reader)]


def row_count(value: Any) -> int:
    """The rows of a frame or a series."""
    return index_reader(stored(value, "_mgr").axes[-1]).length


def _places(block: Any) -> Sequence[int]:
    places = block.mgr_locs.indexer
    if isinstance(places, slice):
        return range(places.start, places.stop, places.step or 1)
    return [int(place) for place in places]


def block_readers(values: Any, rows: list[int]) -> list[Reader]:
    """One reader for each of these rows of a block, which are columns of the frame."""
    inner = values if isinstance(values, np.ndarray) else getattr(values, "_ndarray", None)
    if not isinstance(inner, np.ndarray) or (inner is not values and inner.ndim == 1):
        return [array_reader(values)]
    inner = np.atleast_2d(plain(inner))
    dtype = shown_dtype(inner.dtype) if inner.dtype == values.dtype else str(values.dtype)
    identity = identity_of(inner.dtype) if inner.dtype == values.dtype else dtype
    if inner.strides[1] == inner.itemsize or inner.dtype.hasobject or len(rows) == 1:
        return [ArrayReader(inner[row], dtype, identity) for row in rows]
    block = Block(inner, rows)
    return [BlockReader(block, row, dtype, identity) for row in rows]


class Block:
    """Columns whose values alternate in memory, which are fetched once for all of them."""

    def __init__(self, values: Array, rows: list[int]) -> None:
        self.values, self.rows = values, rows
        self.row_bytes = values.itemsize * len(rows)
        self._fed: dict[int, Streams] = {}

    def streams(self, row: int, ranges: Ranges) -> Streams:
        """What a column feeds for these rows of the frame."""
        if not self._fed:
            self._fed = {row: Streams() for row in self.rows}
            for start, stop in slabs(ranges, self.row_bytes):
                part = self.values[:, start:stop]
                part = part if len(self.rows) == len(part) else part[self.rows]
                for fed, piece in zip(self._fed.values(), np.ascontiguousarray(part), strict=True):
                    feed_flat(fed, piece)
        return self._fed[row]


class BlockReader(ArrayReader):
    """One column of such a block."""

    def __init__(self, block: Block, row: int, dtype: str, identity: str) -> None:
        super().__init__(block.values[row], dtype, identity)
        self.block, self.row = block, row
        self.row_bytes *= 2  # what lies beside a value comes along with it

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these rows."""
        streams.become(self.block.streams(self.row, ranges))
        streams.rows = count_rows(ranges)


def index_reader(index: Any) -> Reader:
    """The reader of an index of any kind."""
    kind = type(index).__name__
    if kind == "RangeIndex":
        return RangeReader(stored(index, "_range"))
    if kind == "MultiIndex":
        levels = [values_of(level) for level in stored(index, "_levels")]
        return LevelsReader(levels, [np.asarray(codes) for codes in stored(index, "_codes")])
    return array_reader(values_of(index))


def _only_counts(reader: Reader) -> bool:
    """True for 0, 1, 2, … whether as a range or written out."""
    if isinstance(reader, RangeReader):
        return reader.values == range(reader.length)
    if type(reader) is not ArrayReader or reader.array.dtype != np.int64:
        return False
    array, length = reader.array, reader.length
    if not length or array[0] != 0 or array[-1] != length - 1:
        return False
    return all(
        np.array_equal(array[first:last], np.arange(first, last))
        for first, last in slabs([(0, length)], 8)
    )


def labels_of(index: Any) -> list[Any]:
    """The labels of an index, from its stored values."""
    if type(index).__name__ != "MultiIndex":
        return labels_in(values_of(index))
    levels = [labels_of(level) for level in stored(index, "_levels")]
    codes = [np.asarray(code).tolist() for code in stored(index, "_codes")]
    parts = (
        [None if place < 0 else level[place] for place in code]
        for level, code in zip(levels, codes, strict=True)
    )
    return list(zip(*parts, strict=True))
