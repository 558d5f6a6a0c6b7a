"""The arrays of pandas as columns: Arrow, masked, sparse ones, categories, intervals, levels."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbmlops.data.arrays import ArrayReader, MaskedReader, batches, feed_flat, gathered, plain
from nbmlops.data.classes import class_name, stored
from nbmlops.data.python_values import (
    TEXT_BYTES,
    feed_objects,
    feed_texts,
    is_missing,
    value_digest,
)
from nbmlops.data.streams import OpaqueReader, Portion, Ranges, Reader, Streams, count_rows, slabs

__all__ = ["LevelsReader", "RangeReader", "array_reader", "labels_in", "values_of"]

Array = np.ndarray[Any, Any]
MOST_CATEGORIES = 4_096  # that are read where only a part of the rows is


def values_of(index: Any) -> Any:
    """The array behind an index that is not nested."""
    if type(index).__name__ == "RangeIndex":
        held = stored(index, "_range")
        return np.arange(held.start, held.stop, held.step, dtype=np.int64)
    return stored(index, "_data")


def labels_in(values: Any) -> list[Any]:
    """The values of an array of pandas or NumPy as Python has them."""
    if isinstance(values, np.ndarray):
        return list(plain(values).tolist())
    if hasattr(values, "_pa_array"):
        return list(values._pa_array.to_pylist())
    if class_name(type(values)) == "pandas.Categorical":
        categories = labels_in(values_of(values.dtype.categories))
        return [None if code < 0 else categories[code] for code in values._ndarray.tolist()]
    return list(values) if class_name(type(values)).startswith("pandas.") else []


def array_reader(values: Any) -> Reader:
    """The reader of an array of pandas or NumPy; what is of another library is opaque."""
    if isinstance(values, np.ndarray):
        return ArrayReader(plain(values))
    name = class_name(type(values))
    if not name.startswith("pandas."):
        return OpaqueReader(name)
    match name.removeprefix("pandas."):
        case "Categorical":
            return CategoryReader(values)
        case "SparseArray":
            return SparseReader(values)
        case "IntervalArray":
            return IntervalReader(values)
        case "StringArray" | "StringArrayNumpySemantics":
            return TextReader(values)
        case "NumpyExtensionArray" | "PandasArray":
            return ArrayReader(plain(values._ndarray))
    return _array_reader_by_storage(values, name)


def _array_reader_by_storage(values: Any, name: str) -> Reader:
    if hasattr(values, "_mask"):
        dtype = _masked_dtype(values._data.dtype)
        return MaskedReader(values._data, values._mask, dtype, dtype)
    dtype = str(values.dtype)
    if hasattr(values, "_pa_array"):
        from nbmlops.data.arrow import ArrowReader

        held = values._pa_array
        return ArrowReader(held.chunks, held.type, dtype)
    if hasattr(values, "_ndarray"):
        held = values._ndarray
        # Periods are integers among which NaT is the one that it is among times.
        return ArrayReader(held.view("m8[s]") if "Period" in name else held, dtype, dtype)
    return OpaqueReader(name)


def _masked_dtype(dtype: np.dtype[Any]) -> str:
    """What pandas calls a masked array, which would cache the answer if it were asked."""
    if dtype.kind == "b":
        return "boolean"
    return dtype.name.replace("uint", "UInt") if dtype.kind == "u" else dtype.name.capitalize()


class RangeReader:
    """An index that only counts; the same as the numbers that it stands for."""

    def __init__(self, values: range) -> None:
        self.values = values
        self.dtype, self.identity = "int64", np.dtype(np.int64).str
        self.length, self.row_bytes, self.size_bytes = len(values), 8, 0
        self.work_bytes = 8 * self.length

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these rows."""
        for first, last in slabs(ranges, 8):
            part = self.values[first:last]
            streams.add("values", np.arange(part.start, part.stop, part.step, dtype=np.int64))
        streams.rows += count_rows(ranges)


class TextReader:
    """Strings that pandas keeps as Python objects; the same as those that it keeps in Arrow."""

    def __init__(self, values: Any) -> None:
        self.array: Array = values._ndarray
        self.dtype = self.identity = str(values.dtype)
        self.length, self.row_bytes = len(self.array), TEXT_BYTES
        self.size_bytes, self.work_bytes = self.array.nbytes, self.length * TEXT_BYTES

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these rows."""
        for some in batches(ranges, self.row_bytes):
            values = gathered(self.array, some).tolist()
            missing = [row for row, text in enumerate(values) if not issubclass(type(text), str)]
            if missing:
                streams.count_missing(len(missing))
                streams.add("missing", np.array(missing, np.int64) + streams.rows)
                for row in missing:
                    values[row] = ""
            feed_texts(streams, values)
            streams.rows += len(values)


class CategoryReader:
    """Codes and their categories. Without an order of their own, categories are a set."""

    def __init__(self, values: Any) -> None:
        self.codes: Array = values._ndarray
        self.is_ordered = bool(values.dtype.ordered)
        self._categories = values_of(values.dtype.categories)
        reader = array_reader(self._categories)
        self._kind = f"{'ordered' if self.is_ordered else 'any order'} {reader.identity}"
        self.dtype = self.identity = "category"
        # Codes may have to be translated, one by one.
        self.length, self.row_bytes = len(self.codes), 4 * self.codes.dtype.itemsize
        self.size_bytes = self.codes.nbytes + reader.size_bytes
        self.work_bytes = self.length * self.row_bytes + reader.length * TEXT_BYTES
        self._places: Array | None = None

    def prepare(self, portion: Portion) -> bool:
        """Read the categories; False where not all of them were read."""
        if not portion.is_whole and len(self._categories) > MOST_CATEGORIES:
            return False
        streams, values = Streams(), self._categories
        if isinstance(values, np.ndarray) and values.dtype.kind != "O":
            order = list(range(len(values))) if self.is_ordered else np.argsort(values).tolist()
            feed_flat(streams, np.ascontiguousarray(values[order]))
        else:
            labels = labels_in(values)
            order = list(range(len(labels))) if self.is_ordered else _order_of(labels)
            feed_objects(streams, [labels[place] for place in order])
        if order != list(range(len(order))):
            self._places = np.empty(len(order) + 1, self.codes.dtype)
            self._places[order] = np.arange(len(order))
            self._places[len(order)] = -1  # where the code of missing values finds itself
        self.identity = f"category {self._kind} {len(order)} {streams.digest()}"
        return not streams.is_partial

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these rows."""
        for some in batches(ranges, self.row_bytes):
            piece = gathered(self.codes, some)
            if piece.size and np.minimum.reduce(piece) < 0:
                streams.count_missing(int(np.count_nonzero(piece < 0)))
            if self._places is not None:
                piece = _translated(piece, self._places)
            streams.add("values", piece.view("u1"))
        streams.rows += count_rows(ranges)


def _translated(codes: Array, places: Array) -> Array:
    """The place of each code; the last place is that of -1."""
    if codes.dtype != np.int8:
        return np.take(places, codes)
    # A table of 256 bytes is several times faster than an index of each code.
    table = np.zeros(256, np.int8)
    table[: len(places) - 1], table[255] = places[:-1], places[-1]
    return np.frombuffer(codes.tobytes().translate(table.tobytes()), np.int8)


def _order_of(labels: list[Any]) -> list[int]:
    """The places of these labels in an order that depends on nothing but the labels."""
    kinds = {id(type(label)) for label in labels}
    keys = labels
    if len(kinds) > 1 or not kinds <= _SORTED:
        keys = [value_digest(label) for label in labels]
    return sorted(range(len(keys)), key=keys.__getitem__)


_SORTED = frozenset(map(id, (str, int, bool, bytes)))


class LevelsReader:
    """A nested index: for each level its values, whatever the codes that stand for them."""

    def __init__(self, levels: list[Any], codes: list[Array]) -> None:
        self.levels, self.codes = levels, codes
        readers = [array_reader(level) for level in levels]
        self.dtype = f"MultiIndex[{', '.join(reader.dtype for reader in readers)}]"
        self.identity = f"MultiIndex[{', '.join(reader.identity for reader in readers)}]"
        self.length = len(codes[0]) if codes else 0
        self.row_bytes = sum(max(reader.row_bytes, 8) for reader in readers)
        self.size_bytes = sum(part.nbytes for part in codes) + sum(
            reader.size_bytes for reader in readers
        )
        self.work_bytes = self.length * self.row_bytes

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these rows, level by level."""
        streams.missing = None
        for number, (values, codes) in enumerate(zip(self.levels, self.codes, strict=True)):
            inner = streams.inner(str(number))
            for some in batches(ranges, self.row_bytes):
                reader = _taken(values, gathered(codes, some))
                reader.feed(inner, [(0, reader.length)])
        streams.rows += count_rows(ranges)


def _taken(values: Any, codes: Array) -> Reader:
    if not isinstance(values, np.ndarray):
        return array_reader(values.take(codes, allow_fill=True))
    mask = codes < 0
    if not len(values):
        return MaskedReader(np.zeros(len(codes), values.dtype), mask)
    return MaskedReader(values[np.where(mask, 0, codes)], mask)


class SparseReader:
    """The places and values of what is stored, and what stands everywhere else."""

    def __init__(self, values: Any) -> None:
        self._values: Array = values.sp_values
        self._places: Array = values.sp_index.to_int_index().indices
        fill = values.fill_value
        self._fill_is_missing = is_missing(fill)
        self.dtype = f"Sparse[{self._values.dtype}]"
        self.identity = f"{self.dtype} {value_digest(fill).hex()}"
        self.length = int(values.sp_index.length)
        self.size_bytes = self._values.nbytes + self._places.nbytes
        self.row_bytes = max(1, self.size_bytes // max(self.length, 1))
        self.work_bytes = self.size_bytes

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these rows."""
        for start, stop in ranges:
            first, last = np.searchsorted(self._places, [start, stop])
            places = self._places[first:last].astype(np.int64) - start + streams.rows
            streams.add("places", places)
            feed_flat(streams, np.ascontiguousarray(self._values[first:last]))
            if self._fill_is_missing:
                streams.count_missing(stop - start - len(places))
            streams.rows += stop - start


class IntervalReader:
    """Intervals by their left and right ends."""

    def __init__(self, values: Any) -> None:
        self.dtype = self.identity = str(values.dtype)
        self._left, self._right = map(_side, (values._left, values._right))
        self.length = self._left.length
        self.row_bytes = self._left.row_bytes + self._right.row_bytes
        self.size_bytes = self._left.size_bytes + self._right.size_bytes
        self.work_bytes = self.length * self.row_bytes

    def feed(self, streams: Streams, ranges: Ranges) -> None:
        """Feed these rows."""
        left = streams.inner("left")
        self._left.feed(left, ranges)
        self._right.feed(streams.inner("right"), ranges)
        streams.missing = left.missing
        streams.rows += count_rows(ranges)


def _side(values: Any) -> Reader:
    """The ends of intervals, which some versions of pandas keep as an index."""
    is_index = not isinstance(values, np.ndarray) and type(values).__name__.endswith("Index")
    return array_reader(values_of(values) if is_index else values)
